"""What it costs to check a run's health: 36 watched variables over thousands of steps, at first and while the run grows.

A made-up record of a network of 12 layers: twelve weights, their gradients, twelve activations, each with every figure that
`run.watch` writes, and a loss at every step. Prints JSON lines.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from _measure import report
from gnomon.core.batch import Batch, Frame
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.sdk.health import HealthReader
from gnomon.store.home import Home

LAYERS = 12
FIGURES = ("mean", "std", "norm", "min", "max", "zeros", "bad")
US = 1_790_000_000_000_000
LIMIT_MS = 5.0
ROUNDS = 21


def keys() -> list[str]:
    """Return the series of the watched variables."""
    found = []
    for i in range(LAYERS):
        for what, path in (("weights", f"{i}.weight"), ("gradients", f"{i}.weight"), ("activations", f"{i}")):
            figures = (*FIGURES, "dead") if what == "activations" else FIGURES
            found += [f"net/{what}/{path}/{figure}" for figure in figures]
    return found


def frame(names: list[str], first: int, n: int, rng: np.random.Generator) -> Frame:
    """Return values of series at n steps."""
    step = np.arange(first, first + n, dtype=np.int64)
    values = rng.uniform(0.1, 0.2, (len(names), n))
    for i, name in enumerate(names):
        if name.endswith("/bad"):
            values[i] = 0
    return Frame(tuple(names), step, US + step * 1000, values)


def measure(steps: int) -> None:
    """Measure a run of so many measured steps."""
    rng, names = np.random.default_rng(0), keys()
    with tempfile.TemporaryDirectory() as folder, Home.open(Path(folder) / "home") as home:
        run, end = run_id(), 0

        def write(first: int, n: int) -> None:
            nonlocal end
            items = (frame(names, first, n, rng), frame(["batch/loss", "train/loss", "val/loss"], first, n, rng))
            opened = Open(run=run, project="p", writer="w", name="r", us=US) if end == 0 else None
            home.submit([Batch(run, "w", end, end + 1, items, opened=opened)])[0].result()
            end += 1

        for first in range(0, steps, 1000):
            write(first, min(1000, steps - first))
        home.engine.seal()
        cold = median(timed(HealthReader(home), run) for _ in range(ROUNDS))
        reader, grown = HealthReader(home), []
        reader.health(run)
        for i in range(ROUNDS):
            write(steps + i, 1)
            grown.append(timed(reader, run))
        same = median(timed(reader, run) for _ in range(ROUNDS))
    more = {"variables": 3 * LAYERS, "series": len(names), "steps": steps}
    report(f"health of a run of {steps:,} steps, read for the first time", 1e3 * cold, "ms", **more)
    report(
        "the same, one step later: what a page that follows waits for",
        1e3 * median(grown),
        "ms",
        limit=LIMIT_MS,
        **more,
    )
    report("the same, unchanged", 1e3 * same, "ms", **more)


def timed(reader: HealthReader, run: str) -> float:
    """Return the seconds of processor time that one answer takes: other processes cannot lengthen them by much."""
    began = time.process_time()
    reader.health(run)
    return time.process_time() - began


def main() -> None:
    """Measure a short and a long run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, nargs="*", default=[1000, 5000])
    for steps in parser.parse_args().steps:
        measure(steps)


if __name__ == "__main__":
    main()
