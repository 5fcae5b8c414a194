"""What dev.keiryo.bench.TrainingStep does, by PyTorch: a whole step for each line read, answered by seconds, the processor's seconds, loss,
VmHWM.

    python3 torch_step.py MODEL [default|best] [THREADS]

default: attention written out, AdamW as it comes. best: scaled_dot_product_attention and fused AdamW. MODEL may be followed by
the mode on each line read, so that one process measures both in turn.
"""
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

SIZES = {
    "llama-10m": (6, 320, 896, 5, 8192),
    "llama-110m": (12, 768, 2048, 12, 32000),
    "gpt2-10m": (6, 320, 1280, 5, 4096),
    "gpt2-110m": (12, 768, 3072, 12, 16384),
}
TEXTS, LENGTH = 4, 512
torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 2)
torch.manual_seed(1)
name = sys.argv[1]
LAYERS, WIDTH, FFN, HEADS, VOCABULARY = SIZES[name]
LLAMA = name.startswith("llama")
fused_attention = False


def attend(q, k, v):
    if fused_attention:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    s = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
    return s.masked_fill(MASK, -math.inf).softmax(-1) @ v


MASK = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1)
D = WIDTH // HEADS
ANGLES = torch.outer(torch.arange(LENGTH).float(), 10000 ** (-torch.arange(0, D, 2).float() / D))
COS, SIN = ANGLES.cos().repeat(1, 2), ANGLES.sin().repeat(1, 2)


def rope(x):
    a, b = x.chunk(2, -1)
    return x * COS + torch.cat((-b, a), -1) * SIN


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = (nn.RMSNorm(WIDTH), nn.RMSNorm(WIDTH)) if LLAMA else (nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH))
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH, bias=not LLAMA), nn.Linear(WIDTH, WIDTH, bias=not LLAMA)
        self.up, self.down = nn.Linear(WIDTH, (2 if LLAMA else 1) * FFN, bias=not LLAMA), nn.Linear(FFN, WIDTH, bias=not LLAMA)

    def forward(self, x):
        q, k, v = (t.view(*t.shape[:2], HEADS, D).transpose(1, 2) for t in self.qkv(self.a(x)).chunk(3, -1))
        if LLAMA:
            q, k = rope(q), rope(k)
        x = x + self.o(attend(q, k, v).transpose(1, 2).reshape(x.shape))
        h = self.up(self.b(x))
        if LLAMA:
            gate, up = h.chunk(2, -1)
            return x + self.down(F.silu(gate) * up)
        return x + self.down(F.gelu(h, approximate="tanh"))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = None if LLAMA else nn.Embedding(LENGTH, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.RMSNorm(WIDTH) if LLAMA else nn.LayerNorm(WIDTH)
        self.out = nn.Linear(WIDTH, VOCABULARY, bias=False)
        for p in self.parameters():
            if p.dim() == 2:
                nn.init.normal_(p, 0, 0.02)
        if LLAMA:
            self.out.weight = self.tokens.weight

    def forward(self, ids):
        x = self.tokens(ids)
        if self.positions is not None:
            x = x + self.positions.weight
        for layer in self.layers:
            x = layer(x)
        return self.out(self.norm(x))


model = Model()
print(f"{sum(p.numel() for p in model.parameters()):,} parameters", file=sys.stderr)
text = torch.randint(VOCABULARY, (100_000,))
optimizers = {}


def step(mode):
    global fused_attention
    fused_attention = mode == "best"
    if mode not in optimizers:
        optimizers.clear()
        optimizers[mode] = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.1, fused=mode == "best")
    at = torch.randint(len(text) - LENGTH - 1, (TEXTS,))
    ids = torch.stack([text[i : i + LENGTH] for i in at])
    targets = torch.stack([text[i + 1 : i + LENGTH + 1] for i in at])
    optimizers[mode].zero_grad()
    loss = F.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizers[mode].step()
    return loss.item()


for line in sys.stdin:
    mode = line.strip() or (sys.argv[2] if len(sys.argv) > 2 else "default")
    begun, cpu = time.perf_counter(), time.process_time()
    loss = step(mode)
    seconds = time.perf_counter() - begun
    most = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM")) * 1024
    print(seconds, time.process_time() - cpu, loss, most, flush=True)
