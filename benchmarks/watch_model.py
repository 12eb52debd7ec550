"""What `run.watch(model)` costs a training loop at its default budget, beside the same loop without it.

A small convolutional network on the packaged digits, on the CPU. Both loops log a loss at every step and take turns step by
step, so that a slow moment of the machine falls on both; two plain loops side by side say how much of a difference is
noise. Torch gets one thread, and processor time is counted, which other processes cannot lengthen by much. Prints JSON lines; without torch it says so and prints nothing else.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gnomon
from _measure import report
from gnomon.models import digits

BLOCK = 1
WARM_UP = 50


def loop(home: Path, name: str, batch: int, options: dict[str, Any] | None) -> tuple[Callable[[], float], gnomon.Run]:
    """Return what trains for one block and returns its seconds, and its run; `None` watches nothing."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    torch.set_num_threads(1)
    data = digits.load()
    x, y = torch.from_numpy(data.x_train).reshape(-1, 1, 8, 8), torch.from_numpy(data.y_train)
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(
            nn.Conv2d(32, 64, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 16, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        ),
    )
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    run = gnomon.init("bench", name, home=home)
    if options is not None:
        run.watch(model, **options)

    def block() -> float:
        began = time.process_time()
        for _ in range(BLOCK):
            rows = torch.randint(0, len(x), (batch,))
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            run.log({"train/loss": loss})
        return time.process_time() - began

    return block, run


def collections(run: gnomon.Run) -> int:
    """Return how often the watched model was written."""
    run.finish()
    with gnomon.connect(home=run.home) as lab:
        return len(lab.run(run.id).series("model/weights/0.weight/norm").numpy()["step"])


def measure(batch: int, blocks: int) -> None:
    """Measure one size of batch."""
    with tempfile.TemporaryDirectory() as folder:
        plain, _ = loop(Path(folder), "plain", batch, None)
        other, _ = loop(Path(folder), "again", batch, None)
        watched, run = loop(Path(folder), "watched", batch, {})
        for block in (plain, other, watched):
            block()
        taken: dict[str, list[float]] = {"plain": [], "other": [], "watched": []}
        for i in range(blocks):
            turns = [("plain", plain), ("watched", watched), ("other", other)]
            for name, block in turns[i % 3 :] + turns[: i % 3]:
                taken[name].append(block())
        step_s = statistics.median(taken["plain"]) / BLOCK
        over = _excess(taken["watched"], taken["plain"])
        noise = _excess(taken["other"], taken["plain"])
        n = collections(run)
        report(
            f"watch(model), batch {batch}: more time a step",
            100 * over,
            "%",
            limit=3.0,
            noise=100 * noise,
            step_ms=1e3 * step_s,
            steps=(blocks + 1) * BLOCK,
            collections=n,
        )


def _excess(one: list[float], other: list[float]) -> float:
    """Return how much longer all blocks of one took than those of the other; what is rare and dear counts in full."""
    return sum(one[WARM_UP:]) / sum(other[WARM_UP:]) - 1


def main() -> None:
    """Measure a quick and an ordinary step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--blocks", type=int, default=1200)
    blocks = parser.parse_args().blocks
    if find_spec("torch") is None:
        print("torch is not installed: nothing to measure", file=sys.stderr)
        sys.exit(77)
    os.environ["GNOMON_AGENT"] = "off"
    for batch in (32, 256):
        measure(batch, blocks)


if __name__ == "__main__":
    main()
