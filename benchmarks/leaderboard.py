"""The leaderboard as the server answers it: R runs of 20 config keys, three seeds to an entry, every well-known column.

    python benchmarks/leaderboard.py [R]        10,000 unless told

The store is a real one, filled through its tables as in run_table.py. Besides the whole answer to JSON it prints what a
comparison of 20 runs, all entries at once, importance over the runs and bands of 100 runs take.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from _measure import interleaved, report
from gnomon.analysis.banding import BandGroup, BandsQuery, bands
from gnomon.analysis.comparing import CompareQuery, compare
from gnomon.analysis.importances import ImportanceQuery, importance_of
from gnomon.analysis.ranking import LeaderboardQuery, rank
from gnomon.core.batch import Batch, Frame
from gnomon.core.journal import Open
from gnomon.store.home import Home
from gnomon.store.study import Study
from run_table import fill_store, values

SEEDS = 3
TARGET_MS = 100
CURVES, POINTS = 100, 5_000


def study(runs: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return config values that three runs each share, and metrics that follow them a little."""
    params, metrics = values(-(-runs // SEEDS))
    params = {key: np.repeat(column, SEEDS)[:runs] for key, column in params.items()}
    metrics = {key: tuple(np.repeat(part, SEEDS)[:runs] for part in parts) for key, parts in metrics.items()}
    rng = np.random.default_rng(1)
    known = {"p1": "lr", "p3": "batch_size", "p5": "epochs"}
    params = {known.get(key, key): column for key, column in params.items()}
    params["seed"] = np.tile(np.arange(SEEDS, dtype=float), len(params["lr"]))[:runs]
    last = 1 - 0.05 * (np.log10(params["lr"]) + 3) ** 2 + 0.02 * rng.standard_normal(runs)
    metrics["test/accuracy"] = (last, last, last)
    return params, metrics


def curves(home: Home) -> list[str]:
    """Log runs of one series each and return their ids."""
    rng = np.random.default_rng(2)
    step, us = np.arange(POINTS), 1_790_000_000_000_000 + np.arange(POINTS)
    ids = [f"c{n:019d}" for n in range(CURVES)]
    for run in ids:
        opened = Open(run=run, project="curves", writer="w", name=run, us=int(us[0]))
        frame = Frame(("loss",), step, us, rng.random((1, POINTS)))
        home.submit([Batch(run, "w", 0, 1, (frame,), opened=opened)])[0].result()
    home.engine.seal()
    return ids


def main() -> None:
    """Measure on one store."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    folder = Path(tempfile.mkdtemp(prefix="gnomon-bench-"))
    try:
        Home.open(folder).close()
        fill_store(folder, *study(runs))
        with Home.open(folder) as home:
            measure(home, runs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(home: Home, runs: int) -> None:
    """Print the figures of an open home."""
    size = f"{runs // 1000}k runs"
    asked = LeaderboardQuery(project="p", metric="test/accuracy")
    board = rank(Study(home), asked)  # the columns are read
    named = [f"{n:020d}" for n in range(20)]
    ids = curves(home)
    groups = [BandGroup(name=str(g), runs=ids[g :: CURVES // 10]) for g in range(10)]
    work = {
        "leaderboard": lambda: msgspec.json.encode(rank(Study(home), asked)),
        "all": lambda: msgspec.json.encode(rank(Study(home), msgspec.structs.replace(asked, limit=None))),
        "compare": lambda: msgspec.json.encode(compare(Study(home), CompareQuery(runs=named))),
        "bands": lambda: msgspec.json.encode(bands(Study(home), BandsQuery(key="loss", groups=groups))),
    }
    took = {name: seconds * 1e3 for name, seconds in interleaved(work, 9).items()}
    everything = rank(Study(home), msgspec.structs.replace(asked, limit=None))
    entries = len(everything.entries)
    report(
        f"leaderboard: {size} in {entries} entries, the best {len(board.entries)} with {len(board.columns)} columns, to JSON",
        took["leaderboard"],
        "ms",
        target=TARGET_MS,
    )
    report(f"leaderboard: bytes of that answer, {size}", len(work["leaderboard"]()) / 1e6, "MB")
    report(f"leaderboard: the same with all {entries} entries", took["all"], "ms")
    report("compare: 20 runs of 21 config keys and 31 metrics to JSON", took["compare"], "ms")
    report(f"bands: {CURVES} runs of {POINTS} points in 10 groups to JSON", took["bands"], "ms")
    few = LeaderboardQuery(project="p", metric="test/accuracy", where="")
    for test in ("welch", "permutation", "bootstrap"):
        query = msgspec.structs.replace(few, test=test, where="config.lr < 1.2e-5")
        ms = interleaved({"ask": lambda query=query: rank(Study(home), query)}, 3)["ask"] * 1e3
        report(f"leaderboard: {len(rank(Study(home), query).entries)} entries by {test}", ms, "ms")
    ms = (
        interleaved(
            {"ask": lambda: importance_of(Study(home), ImportanceQuery(project="p", metric="test/accuracy"))}, 3
        )["ask"]
        * 1e3
    )
    report(f"importance: 20 parameters over {size} (600 are drawn)", ms, "ms")


if __name__ == "__main__":
    main()
