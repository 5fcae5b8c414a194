"""Expected figures of OptimizerOracleTest: python3 optimizers.py > optimizers.txt

AdamW, SGD and clipping are PyTorch's (1.13, CPU); Adam in 8 bits, Adafactor, Lion and Muon are written down here in double precision from
their papers and references: arXiv:2110.02861, arXiv:1804.04235 (weight decay as in fairseq), arXiv:2302.06675,
kellerjordan.github.io/posts/muon. Ten steps; weights and gradients are of a linear congruential generator, which the test repeats.
"""
import math

import numpy as np
import torch

STEPS = 10
SHAPES = {
    "token_embd.weight": [70, 64],
    "blk.0.attn_norm.weight": [19],
    "blk.0.ffn_up.weight": [24, 16],
    "blk.0.ffn_down.weight": [16, 25],
    "blk.0.ffn_up_exps.weight": [3, 8, 12],
}
DECAY = 0.1


class Generator:
    def __init__(self):
        self.x = 1

    def take(self, shape):
        """Between -1 and 1, exact in float32; of different sizes."""
        n = math.prod(shape)
        out = np.empty(n)
        for i in range(n):
            self.x = (self.x * 1664525 + 1013904223) % 2**32
            out[i] = ((self.x >> 8) / 2**23 - 1) * 2.0 ** -(i % 7)
        return out.reshape(shape)


def problem():
    generator = Generator()
    weights = {name: generator.take(shape) for name, shape in SHAPES.items()}
    gradients = [{name: generator.take(shape) for name, shape in SHAPES.items()} for _ in range(STEPS)]
    return weights, gradients


def rate(peak, step):
    """Of step 0, 1, ..."""
    return peak * (step + 1) / STEPS


def decay_of(name):
    return 0 if "norm" in name else DECAY


def show(case, weights):
    for name, w in weights.items():
        flat = np.asarray(w, dtype=np.float64).reshape(-1)
        print(case, name, " ".join("%.9g" % v for v in flat[:: 97 if flat.size > 1000 else 7]))


def run_torch(case, peak, make, most=None):
    weights, gradients = problem()
    parameters = {name: torch.nn.Parameter(torch.tensor(w, dtype=torch.float32)) for name, w in weights.items()}
    optimizer = make([{"params": [p], "weight_decay": decay_of(name)} for name, p in parameters.items()])
    norms = []
    for s in range(STEPS):
        for name, p in parameters.items():
            p.grad = torch.tensor(gradients[s][name], dtype=torch.float32)
        if most is not None:
            norms.append(float(torch.nn.utils.clip_grad_norm_(list(parameters.values()), most)))
        for group in optimizer.param_groups:
            group["lr"] = rate(peak, s)
        optimizer.step()
    show(case, {name: p.detach().numpy() for name, p in parameters.items()})
    if norms:
        print(case, "norms", " ".join("%.9g" % n for n in norms))


def run(case, peak, update):
    """update(name, w, g, state, alpha, decay, t) -> w, for each tensor alone."""
    weights, gradients = problem()
    states = {name: {} for name in weights}
    for s in range(STEPS):
        for name in weights:
            weights[name] = update(
                name, weights[name], gradients[s][name], states[name], rate(peak, s), decay_of(name), s + 1
            )
    show(case, weights)


def lion(name, w, g, state, alpha, decay, t, b1=0.95, b2=0.98):
    m = state.get("m", np.zeros_like(w))
    w = w * (1 - alpha * decay) - alpha * np.sign(b1 * m + (1 - b1) * g)
    state["m"] = b2 * m + (1 - b2) * g
    return w


def rms(x):
    return np.sqrt(np.mean(x * x))


def adafactor(b1, relative):
    def update(name, w, g, state, alpha, decay, t):
        e1, e2, d = 1e-30, 1e-3, 1.0
        b2 = 1 - t**-0.8
        squares = g * g + e1
        if w.ndim >= 2:
            state["r"] = b2 * state.get("r", 0) + (1 - b2) * squares.mean(-1)
            state["c"] = b2 * state.get("c", 0) + (1 - b2) * squares.mean(-2)
            r, c = state["r"], state["c"]
            v = r[..., :, None] * c[..., None, :] / r.mean(-1)[..., None, None]
        else:
            state["v"] = b2 * state.get("v", 0) + (1 - b2) * squares
            v = state["v"]
        u = g / np.sqrt(v)
        u = u / max(1.0, rms(u) / d)
        a = alpha * max(e2, rms(w)) * (min(1e-2, 1 / math.sqrt(t)) if relative else 1)
        u = a * u
        if b1 > 0:
            state["m"] = b1 * state.get("m", 0) + (1 - b1) * u
            u = state["m"]
        return w - a * decay * w - u

    return update


def adam(w, g, state, alpha, decay, t, b1, b2, eps):
    state["m"] = b1 * state.get("m", 0) + (1 - b1) * g
    state["v"] = b2 * state.get("v", 0) + (1 - b2) * g * g
    u = state["m"] / (1 - b1**t) / (np.sqrt(state["v"] / (1 - b2**t)) + eps)
    return w * (1 - alpha * decay) - alpha * u


def newton_schulz(x):
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (np.linalg.norm(x) + 1e-7)
    for _ in range(5):
        g = x @ x.T
        x = a * x + (b * g + c * g @ g) @ x
    return x.T if tall else x


def muon(nesterov, scale, adam_rate):
    def update(name, w, g, state, alpha, decay, t):
        if not name.startswith("blk.") or w.ndim < 2:
            return adam(w, g, state, alpha * adam_rate, decay, t, 0.9, 0.95, 1e-10)
        state["b"] = 0.95 * state.get("b", 0) + 0.05 * g
        u = 0.05 * g + 0.95 * state["b"] if nesterov else state["b"]
        matrices = u.reshape(-1, *u.shape[-2:])
        u = np.stack([newton_schulz(x) * scale(*x.shape) for x in matrices]).reshape(w.shape)
        return w * (1 - alpha * decay) - alpha * u

    return update


def dynamic_map(signed):
    data = [0.0, 1.0]
    for i in range(7):
        boundaries = torch.linspace(0.1, 1, (2**i if signed else 2 ** (i + 1)) + 1)
        means = ((boundaries[:-1] + boundaries[1:]) / 2.0) * 10.0 ** (i - 6)
        data += means.tolist() + ((-means).tolist() if signed else [])
    return np.array(sorted(data))


def quantized(x, values, keep_above_0):
    """As it is after encoding and decoding, in blocks of 256."""
    flat = x.reshape(-1)
    out = np.empty_like(flat)
    for at in range(0, flat.size, 256):
        block = flat[at : at + 256]
        scale = np.abs(block).max()
        codes = np.abs(block[:, None] / (scale or 1) - values[None, :]).argmin(1)
        if keep_above_0:
            codes[(codes == 0) & (block > 0)] = 1
        out[at : at + 256] = scale * values[codes]
    return out.reshape(x.shape)


def adam_8bit(name, w, g, state, alpha, decay, t):
    w = adam(w, g, state, alpha, decay, t, 0.9, 0.95, 1e-8)
    if w.size >= 4096:
        state["m"] = quantized(state["m"], dynamic_map(True), False)
        state["v"] = quantized(state["v"], dynamic_map(False), True)
    return w


run_torch("adamw", 0.01, lambda groups: torch.optim.AdamW(groups, betas=(0.9, 0.95), eps=1e-8))
run_torch("adamw-clipped", 0.01, lambda groups: torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-6), most=0.5)
run_torch("sgd-plain", 0.1, lambda groups: torch.optim.SGD(groups, lr=1))
run_torch("sgd-momentum", 0.1, lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9))
run_torch("sgd-nesterov", 0.1, lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.8, nesterov=True))
run("lion", 0.01, lion)
run("adafactor", 1, adafactor(0, True))
run("adafactor-moment", 0.02, adafactor(0.9, False))
run("muon", 0.02, muon(True, lambda r, c: max(1, r / c) ** 0.5, 0.015))
run("muon-adamw", 0.01, muon(False, lambda r, c: 0.2 * max(r, c) ** 0.5, 1))
run("adamw-8bit", 0.01, adam_8bit)
print("dynamic-map signed", " ".join("%.9g" % v for v in dynamic_map(True)))
print("dynamic-map unsigned", " ".join("%.9g" % v for v in dynamic_map(False)))
