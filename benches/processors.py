#!/usr/bin/env python3
"""How fast the network runs on drivers for CPUs, beside the best product of each driver and numpy's: a Markdown table.

    benches/processors.py [NAME=MANIFEST ...] > table.md      the drivers, as `.ci/drivers` prints them [this machine's own]

Rounds alternate between the drivers and numpy, so that what else the machine does meets all of them; the table has the best.
A rate counts the operations of the direct algorithm. TOKENS=12, ROUNDS=3, KOKORO=target/release/kokoro.
"""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict

import numpy

TOKENS, ROUNDS = os.environ.get("TOKENS", "12"), int(os.environ.get("ROUNDS", "3"))
KOKORO = os.environ.get("KOKORO", "target/release/kokoro")


def kokoro(manifest, *arguments):
    environment = os.environ | ({"VK_DRIVER_FILES": manifest} if manifest else {})
    command = [KOKORO, *arguments, "--model", "seeded:0", "--tokens", TOKENS, "--json"]
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)


def product():
    """The rate of numpy's product of 1,024 rows."""
    a, b = (numpy.random.default_rng(seed).random((1024, 1024), dtype=numpy.float32) for seed in (0, 1))
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    return 2 * 1024**3 / best / 1e9


drivers = [argument.split("=", 1) for argument in sys.argv[1:] or ["this machine's="]]
names, best, numpys = {}, defaultdict(float), 0.0
for _ in range(ROUNDS):
    numpys = max(numpys, product())
    for name, manifest in drivers:
        profile = kokoro(manifest, "profile")
        speech = kokoro(manifest, "bench", "--runs", "2")
        names[name] = profile["driver"]
        seconds = speech["min_seconds"]
        rates = profile["total"]["flops"] / seconds / 1e9, profile["peak"]["gflops"], speech["audio_seconds"] / seconds
        for kind, rate in enumerate(rates):
            best[name, kind] = max(best[name, kind], rate)

print("| driver | times real time | network, GFLOP/s | its best product | network / product | numpy's product | network / numpy |")
print("|---|---:|---:|---:|---:|---:|---:|")
for name, driver in names.items():
    network, own, real_time = (best[name, kind] for kind in range(3))
    print(
        f"| {driver} | {real_time:.2f} | {network:.1f} | {own:.1f} | {network / own:.1f} | {numpys:.0f} | {network / numpys:.2f} |"
    )
