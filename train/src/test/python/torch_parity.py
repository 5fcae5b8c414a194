"""Losses, gradients and ten steps of AdamW of five architectures, computed by PyTorch in float32: what TorchParityTest compares with.

    python3 torch_parity.py FOLDER-WITH-GOLDEN-MODELS > ../resources/dev/keiryo/train/torch-parity.json

Needs torch and numpy alone (made with PyTorch 1.13.1). Models are read from GGUF files with float32 tensors.
"""
import json
import math
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
PLACES = 4


def gguf(path):
    """Metadata, and tensors by name with the outermost dimension first."""
    data = open(path, "rb").read()
    at = 4
    kinds = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

    def take(form):
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def text():
        nonlocal at
        n = take("Q")
        at += n
        return data[at - n : at].decode("utf-8", "replace")

    def value(kind):
        if kind == 8:
            return text()
        if kind == 9:
            inner, n = take("IQ")
            return [value(inner) for _ in range(n)]
        return take(kinds[kind])

    _, tensors, keys = take("IQQ")
    metadata = {}
    for _ in range(keys):
        key = text()
        metadata[key] = value(take("I"))
    places = []
    for _ in range(tensors):
        name = text()
        dims = take("I")
        shape = [take("Q") for _ in range(dims)]
        kind, offset = take("IQ")
        assert kind == 0, name
        places.append((name, shape[::-1], offset))
    at = (at + 31) // 32 * 32
    found = {}
    for name, shape, offset in places:
        numbers = np.frombuffer(data, "<f4", math.prod(shape), at + offset)
        found[name] = torch.tensor(numbers.reshape(shape).copy(), requires_grad=True)
    return metadata, found


class Model:
    def __init__(self, path):
        self.metadata, self.w = gguf(path)
        self.architecture = self.metadata["general.architecture"]

    def key(self, name, otherwise=None):
        return self.metadata.get(self.architecture + "." + name, otherwise)

    def linear(self, name, x):
        return F.linear(x, self.w[name + ".weight"], self.w.get(name + ".bias"))

    def rms(self, name, x):
        e = self.key("attention.layer_norm_rms_epsilon")
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + e) * self.w[name + ".weight"]

    def layer_norm(self, name, x):
        w = self.w[name + ".weight"]
        return F.layer_norm(x, w.shape, w, self.w.get(name + ".bias"), self.key("attention.layer_norm_epsilon"))

    def split(self, x, heads):
        return x.view(x.shape[0], heads, -1).transpose(0, 1)

    def attend(self, q, k, v, causal, scale=None, bias=None):
        """q, k, v [tokens, heads·dim] -> [tokens, heads·dim]."""
        heads = self.key("attention.head_count")
        kv = self.key("attention.head_count_kv", heads)
        q, k, v = self.split(q, heads), self.split(k, kv), self.split(v, kv)
        k, v = k.repeat_interleave(heads // kv, 0), v.repeat_interleave(heads // kv, 0)
        s = q @ k.transpose(1, 2) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
        if bias is not None:
            s = s + bias
        if causal:
            n, m = s.shape[-2:]
            s = s.masked_fill(torch.ones(n, m, dtype=torch.bool).triu(1), -math.inf)
        return (s.softmax(-1) @ v).transpose(0, 1).reshape(q.shape[1], -1)

    def rope(self, x, heads):
        dim = self.key("rope.dimension_count")
        f = self.key("rope.freq_base") ** (-torch.arange(0, dim, 2).float() / dim)
        angle = torch.arange(x.shape[0]).float()[:, None] * f
        cos, sin = angle.cos()[:, None], angle.sin()[:, None]
        x = x.view(x.shape[0], heads, dim // 2, 2)
        a, b = x[..., 0], x[..., 1]
        return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).reshape(x.shape[0], -1)

    def llama(self, tokens):
        x = self.w["token_embd.weight"][tokens]
        for i in range(self.key("block_count")):
            b = f"blk.{i}."
            h = self.rms(b + "attn_norm", x)
            q = self.rope(self.linear(b + "attn_q", h), self.key("attention.head_count"))
            k = self.rope(self.linear(b + "attn_k", h), self.key("attention.head_count_kv"))
            x = x + self.linear(b + "attn_output", self.attend(q, k, self.linear(b + "attn_v", h), True))
            h = self.rms(b + "ffn_norm", x)
            x = x + (self.experts(b, h) if self.key("expert_count") else self.swiglu(b, h))
        return self.linear("output", self.rms("output_norm", x))

    def swiglu(self, b, h):
        gate = F.silu(self.linear(b + "ffn_gate", h))
        return self.linear(b + "ffn_down", gate * self.linear(b + "ffn_up", h))

    def experts(self, b, h):
        router = self.linear(b + "ffn_gate_inp", h)
        best, which = router.topk(self.key("expert_used_count"), -1)
        share = best.softmax(-1)
        rows = []
        for t in range(h.shape[0]):
            row = 0
            for s, e in zip(share[t], which[t]):
                gate = F.silu(self.w[b + "ffn_gate_exps.weight"][e] @ h[t])
                up = self.w[b + "ffn_up_exps.weight"][e] @ h[t]
                row = row + s * (self.w[b + "ffn_down_exps.weight"][e] @ (gate * up))
            rows.append(row)
        return torch.stack(rows)

    def gpt2(self, tokens):
        x = self.w["token_embd.weight"][tokens] + self.w["position_embd.weight"][: len(tokens)]
        for i in range(self.key("block_count")):
            b = f"blk.{i}."
            q, k, v = self.linear(b + "attn_qkv", self.layer_norm(b + "attn_norm", x)).chunk(3, -1)
            x = x + self.linear(b + "attn_output", self.attend(q, k, v, True))
            h = self.linear(b + "ffn_up", self.layer_norm(b + "ffn_norm", x))
            h = 0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3)))
            x = x + self.linear(b + "ffn_down", h)
        return self.linear("output", self.layer_norm("output_norm", x))

    def bert(self, tokens):
        """Hidden states times the embedding: a masked language model's head, without its dense layer."""
        x = self.w["token_embd.weight"][tokens] + self.w["position_embd.weight"][: len(tokens)]
        x = self.layer_norm("token_embd_norm", x + self.w["token_types.weight"][0])
        for i in range(self.key("block_count")):
            b = f"blk.{i}."
            a = self.attend(self.linear(b + "attn_q", x), self.linear(b + "attn_k", x), self.linear(b + "attn_v", x), False)
            x = self.layer_norm(b + "attn_output_norm", x + self.linear(b + "attn_output", a))
            h = F.gelu(self.linear(b + "ffn_up", x))
            x = self.layer_norm(b + "layer_output_norm", x + self.linear(b + "ffn_down", h))
        return F.linear(x, self.w["token_embd.weight"])

    def buckets(self, n, m, both):
        """T5's: half of them exact distances, the others growing up to 128."""
        count = self.key("attention.relative_buckets_count")
        d = torch.arange(m)[None, :] - torch.arange(n)[:, None]
        first = torch.zeros_like(d)
        if both:
            count //= 2
            first = (d > 0).long() * count
            d = d.abs()
        else:
            d = -d.clamp(max=0)
        exact = count // 2
        far = exact + (torch.log(d.float().clamp(min=1) / exact) / math.log(128 / exact) * (count - exact)).long()
        return first + torch.where(d < exact, d, far.clamp(max=count - 1))

    def t5_ffn(self, b, x):
        h = self.rms(b + "ffn_norm", x)
        gate = self.linear(b + "ffn_gate", h)
        gate = 0.5 * gate * (1 + torch.tanh(math.sqrt(2 / math.pi) * (gate + 0.044715 * gate**3)))
        return x + self.linear(b + "ffn_down", gate * self.linear(b + "ffn_up", h))

    def t5_attend(self, name, x, text, causal, bias):
        h = self.rms(name + "_norm", x)
        text = h if text is None else text
        q, k, v = self.linear(name + "_q", h), self.linear(name + "_k", text), self.linear(name + "_v", text)
        return x + self.linear(name + "_o", self.attend(q, k, v, causal, 1, bias))

    def bias(self, stack, n, both):
        return self.w[stack + ".blk.0.attn_rel_b.weight"][self.buckets(n, n, both)].permute(2, 0, 1)

    def t5(self, source, tokens):
        x = self.w["token_embd.weight"][source]
        bias = self.bias("enc", len(source), True)
        for i in range(self.key("block_count")):
            x = self.t5_attend(f"enc.blk.{i}.attn", x, None, False, bias)
            x = self.t5_ffn(f"enc.blk.{i}.", x)
        text = self.rms("enc.output_norm", x)
        x = self.w["token_embd.weight"][tokens]
        bias = self.bias("dec", len(tokens), False)
        for i in range(self.key("block_count")):
            b = f"dec.blk.{i}."
            x = self.t5_attend(b + "attn", x, None, True, bias)
            x = self.t5_attend(b + "cross_attn", x, text, False, None)
            x = self.t5_ffn(b, x)
        return self.linear("output", self.rms("dec.output_norm", x))

    def logits(self, case):
        parts = []
        for d, tokens in enumerate(case["tokens"]):
            if self.architecture == "t5":
                parts.append(self.t5(torch.tensor(case["source"][d]), torch.tensor(tokens)))
            else:
                parts.append(getattr(self, self.architecture)(torch.tensor(tokens)))
        return torch.cat(parts)


def run(folder, name, random):
    case = {
        "source": [random.integers(0, 512, n).tolist() for n in (7, 12)],
        "tokens": [random.integers(0, 512, n).tolist() for n in (18, 9)],
    }
    n = sum(len(t) for t in case["tokens"])
    case["targets"] = random.integers(0, 512, n).tolist()
    model = Model(f"{folder}/{name}.gguf")

    def loss():
        return F.cross_entropy(model.logits(case), torch.tensor(case["targets"]))

    logits = model.logits(case)
    case["logits"] = [[i, j, logits[i, j].item()] for i, j in random.integers(0, [n, 512], (40, 2)).tolist()]
    loss().backward()
    case["gradients"] = {}
    for tensor, w in model.w.items():
        g = w.grad.flatten()
        top = g.abs().topk(PLACES).indices.tolist()
        case["gradients"][tensor] = {"norm": g.norm().item(), "places": [[i, g[i].item()] for i in top]}
    # The T5's scores are large: at 1e-3 PyTorch in float32 differs from itself in float64 by 7e-3 after ten steps.
    case["rate"] = 1e-4 if name == "t5" else 1e-3
    optimizer = torch.optim.AdamW(model.w.values(), lr=case["rate"], betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    case["losses"] = []
    for _ in range(10):
        optimizer.zero_grad()
        l = loss()
        l.backward()
        optimizer.step()
        case["losses"].append(l.item())
    case["losses"].append(loss().item())
    return case


random = np.random.default_rng(6)
print(json.dumps({m: run(sys.argv[1], m, random) for m in ("llama-gqa", "gpt2", "mixtral", "bert", "t5")}))
