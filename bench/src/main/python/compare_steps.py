"""Steps of training by Keiryo and PyTorch in turn, then the memory of each in processes of their own.

    python3 compare_steps.py "java … dev.keiryo.bench.TrainingStep" "python3 torch_step.py" MODEL [ROUNDS [THREADS]]

Prints medians, least and most of the rounds in ms, the same of the processor's time, which others that use the machine change less;
with 0 rounds VmHWM in MB. Two rounds before are not counted.
"""
import shlex
import statistics
import subprocess
import sys

keiryo, torch, model = shlex.split(sys.argv[1]), shlex.split(sys.argv[2]), sys.argv[3]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
threads = sys.argv[5] if len(sys.argv) > 5 else "2"


class Program:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def step(self, line=""):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return [float(x) for x in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


if rounds > 0:
    a, b, c, d = (
        Program(command + [model] + mode + [threads])
        for command, mode in ((keiryo, ["f32", "0"]), (keiryo, ["bf16", "0"]), (torch, ["default"]), (torch, ["best"]))
    )
    times = {"Keiryo": [], "Keiryo, bf16 storage": [], "PyTorch": [], "PyTorch, best": []}
    for i in range(2 + rounds):
        for name, program in zip(times, (a, b, c, d)):
            times[name].append(program.step()[:2])
    for p in (a, b, c, d):
        p.close()
    for name, t in times.items():
        for what, c in (("", 0), (" of the processor", 1)):
            ms = [1000 * x[c] for x in t[2:]]
            print(f"{model} {name}: {statistics.median(ms):.0f} ms{what} ({min(ms):.0f} to {max(ms):.0f})", flush=True)
else:
    for name, command in {
        "Keiryo": keiryo + [model],
        "Keiryo, bf16 storage": keiryo + [model, "bf16"],
        "Keiryo, all layers again": keiryo + [model, "f32", "100"],
        "PyTorch": torch + [model, "default"],
        "PyTorch, best": torch + [model, "best"],
    }.items():
        p = Program(command)
        for _ in range(3):
            last = p.step()
        p.close()
        print(f"{model} {name}: {last[3] / 1e6:.0f} MB", flush=True)
