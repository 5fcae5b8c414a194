"""A small GPT-2 on characters of tinyshakespeare, by PyTorch: the recipe of nanoGPT's train_shakespeare_char for a laptop, as
`keiryo train --shape gpt2` has it (biases, output matrix of its own), on the very windows that Keiryo takes. Prints the validation
loss every 250 steps. Debian's PyTorch has a BLAS without vectors; the official builds take a minute.

    python3 torch_baby.py TEXT [SEED] [STEPS]
"""
import math
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

LAYERS, HEADS, WIDTH, LENGTH, BATCH, VOCABULARY = 4, 4, 128, 64, 12, 259
RATE, LEAST, WARMUP, DECAY = 1e-3, 0.1, 100, 0.1
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
STEPS = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
torch.manual_seed(SEED)
torch.set_num_threads(1)  # products are small; a second thread gains little and waits for the first

data = torch.tensor(list(open(sys.argv[1], "rb").read()))
cut = len(data) * 9 // 10
learn, check = data[:cut], data[cut:]

MASK = (1 << 64) - 1


class SplittableRandom:
    """java.util.SplittableRandom: Steele et al. 2014."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self, shifts, first, second):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = (self.state ^ (self.state >> shifts[0])) * first & MASK
        return (z ^ (z >> shifts[1])) * second & MASK

    def long(self):
        z = self.next((30, 27), 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
        return z ^ (z >> 31)

    def int(self, bound):
        """In [0, bound), which is no power of two."""
        while True:
            u = (self.next((33, 28), 0x62A9D9ED799705F5, 0xCB24D0A5C88C35B3) >> 32) >> 1
            if u - u % bound + bound - 1 < 1 << 31:
                return u % bound


def windows(step):
    """Where the windows of a step begin: dev.keiryo.train.RandomWindows."""
    random = SplittableRandom(SplittableRandom(SEED ^ (step << 20)).long())
    return [random.int(len(learn) - LENGTH) for _ in range(BATCH)]


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        n = x.shape[1]
        q, k, v = (t.view(*t.shape[:2], HEADS, -1).transpose(1, 2) for t in self.qkv(self.a(x)).chunk(3, -1))
        s = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
        s = s.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), -math.inf)
        x = x + self.o((s.softmax(-1) @ v).transpose(1, 2).reshape(x.shape))
        h = self.up(self.b(x))
        return x + self.down(0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h**3))))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm, self.out = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, 0, 0.02 / (math.sqrt(2 * LAYERS) if name.endswith(("o.weight", "down.weight")) else 1))
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.out(self.norm(x))


def loss(model, text, at):
    ids = torch.stack([text[i : i + LENGTH] for i in at])
    targets = torch.stack([text[i + 1 : i + LENGTH + 1] for i in at])
    return F.cross_entropy(model(ids).flatten(0, 1), targets.flatten())


model = Gpt()
matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "positions" not in n]
others = [p for n, p in model.named_parameters() if p.dim() < 2 or "positions" in n]
groups = [{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0}]
optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.99))
for step in range(STEPS):
    passed = (step - WARMUP) / (STEPS - WARMUP)
    factor = (step + 1) / WARMUP if step < WARMUP else LEAST + (1 - LEAST) * (1 + math.cos(math.pi * passed)) / 2
    for group in optimizer.param_groups:
        group["lr"] = RATE * factor
    optimizer.zero_grad()
    loss(model, learn, windows(step)).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if (step + 1) % 250 == 0:
        with torch.no_grad():
            parts = [loss(model, check, range(i, i + 60 * LENGTH, LENGTH)) for i in range(0, 1500 * LENGTH, 60 * LENGTH)]
        print(step + 1, torch.stack(parts).mean().item(), flush=True)
