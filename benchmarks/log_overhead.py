"""What one call of `log` costs the training loop, beside a bare `os.write` of the same bytes to such a file.

Both take turns in blocks on the same disk, so a slow moment of the machine falls on both. Prints JSON lines.
"""

import argparse
import math
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gnomon
from _measure import report

BLOCK = 200


def timed(call: Callable[[int], object], first: int) -> list[int]:
    """Return nanoseconds of each of `BLOCK` calls."""
    taken = []
    clock = time.perf_counter_ns
    for step in range(first, first + BLOCK):
        began = clock()
        call(step)
        taken.append(clock() - began)
    return taken


def measure(home: Path, keys: int, blocks: int) -> dict[str, list[int]]:
    """Return the nanoseconds of every call of `log` with `keys` scalars, and of every bare write."""
    run = gnomon.init("bench", home=home)
    values = {f"train/metric_{i}": math.sin(i) for i in range(keys)}
    run.log(values, 0)
    size = os.fstat(run._writer.fd).st_size
    run.log(values, 1)
    record = os.urandom(os.fstat(run._writer.fd).st_size - size)
    bare = os.open(home / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    log, write = run.log, os.write
    taken: dict[str, list[int]] = {"log": [], "write": []}
    for block in range(blocks):
        taken["log"] += timed(lambda step: log(values, step), 2 + block * BLOCK)
        taken["write"] += timed(lambda _: write(bare, record), 0)
        os.ftruncate(bare, 0)
    os.close(bare)
    run.finish()
    return {name: sorted(times) for name, times in taken.items()}


def floor() -> float:
    """Return the nanoseconds that timing itself costs."""
    return sorted(timed(lambda _: None, 0))[BLOCK // 2]


def main() -> None:
    """Measure one and ten scalars."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--blocks", type=int, default=250)
    blocks = parser.parse_args().blocks
    os.environ["GNOMON_AGENT"] = "off"
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder) / "warm", 10, 20)
        for keys in (1, 10):
            taken = measure(Path(folder) / str(keys), keys, blocks)
            empty = floor()
            middle, end = len(taken["log"]) // 2, len(taken["log"]) * 99 // 100
            p50, bare = ((taken[name][middle] - empty) / 1000 for name in ("log", "write"))
            p99, bare99 = ((taken[name][end] - empty) / 1000 for name in ("log", "write"))
            n = len(taken["log"])
            report(
                f"log of {keys} scalars, p50",
                p50,
                "us",
                limit=5.0,
                rival="bare os.write",
                ratio=p50 / bare,
                target=3.0,
                n=n,
            )
            report(f"log of {keys} scalars, p99", p99, "us", limit=50.0, rival="bare os.write", ratio=p99 / bare99, n=n)


if __name__ == "__main__":
    main()
