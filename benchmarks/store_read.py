"""Reading: 1 M and 10 M points to 1,000 pixels, cold and warm; 100 series overlaid; a full read beside bare decoding.

Every warm read asks for another window, so that no finished envelope is found in memory; "again" asks for the window asked for last.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pcodec import standalone

import _measure as m
from gnomon.core import journal
from gnomon.core.batch import Batch, Frame
from gnomon.store.envelope import Window
from gnomon.store.sqlite import SqliteEngine

ROUNDS = 7
LONG = "longaaa"


def build(folder: Path) -> None:
    """Store one run of 1 M and 10 M points, one run of 100 series of 100 k points, and 100 runs of one such series."""
    with SqliteEngine(folder) as engine:
        create(engine, LONG)
        for key, n in (("1M", 1_000_000), ("10M", 10_000_000)):
            value = m.mix(n)[3][:1]
            engine.bulk(LONG, [Frame((key,), np.arange(n), m.wall(n, 1), value)])
        create(engine, "wideaaa")
        for r in range(10):
            keys, step, us, values = m.mix(100_000, r)
            engine.bulk("wideaaa", [Frame(tuple(f"{r}/{k}" for k in keys), step, us, values)])
        for r in range(100):
            create(engine, f"many{r:03}")
            engine.bulk(f"many{r:03}", [Frame(("loss",), step, us, values[:1])])


def create(engine: SqliteEngine, run: str) -> None:
    engine.append([Batch(run, "", 0, 0, (), {}, journal.Open(run=run, project="p", writer="", name=run, us=0))])


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def envelope(folder: Path, key: str, x: str) -> tuple[float, float]:
    """Return milliseconds of a cold and of a warm envelope, medians."""
    cold, warm = [], []
    for i in range(ROUNDS):
        m.forget(folder)
        with SqliteEngine(folder) as engine:
            engine.envelopes(
                [("many000", "loss")], Window(px=10)
            )  # what a server has done long before: imports, connecting
            cold.append(seconds(lambda: engine.envelopes([(LONG, key)], Window(px=1000, x=x))))
            if i == 0:
                warm = [
                    seconds(lambda n=n: engine.envelopes([(LONG, key)], Window(px=1000 - n, x=x))) for n in range(1, 30)
                ]
    return statistics.median(cold) * 1e3, statistics.median(warm) * 1e3


def overlay(folder: Path, series: list[tuple[str, str]]) -> tuple[float, float, float]:
    """Return milliseconds of the first envelope of many series, of another window, and of that again."""
    first, other, again = [], [], []
    for _ in range(ROUNDS):
        with SqliteEngine(folder) as engine:
            engine.envelopes([(LONG, "1M")], Window(px=10))
            first.append(seconds(lambda: engine.envelopes(series, Window(px=1000))))
            other.append(seconds(lambda: engine.envelopes(series, Window(px=999))))
            again.append(seconds(lambda: engine.envelopes(series, Window(px=999))))
    return statistics.median(first) * 1e3, statistics.median(other) * 1e3, statistics.median(again) * 1e3


def full(folder: Path) -> None:
    """Compare a full read of 1 M points with decoding the same three columns and nothing else."""
    with SqliteEngine(folder) as engine:
        points = engine.points(LONG, "1M")
        blobs = [
            standalone.simple_compress(np.ascontiguousarray(c[i : i + 8192]), m.pco())
            for c in (points.step, points.us, points.value)
            for i in range(0, len(points.step), 8192)
        ]
        found = m.interleaved(
            {
                "read": lambda: engine.points(LONG, "1M"),
                "decode": lambda: [standalone.simple_decompress(b) for b in blobs],
            },
            2 * ROUNDS,
        )
    m.report(
        "full read, 1 M points",
        found["read"] * 1e3,
        "ms",
        rival="pco decode of three columns",
        ratio=found["read"] / found["decode"],
        limit=2.0,
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        warm_1m = 0.0
        for x in ("step", "time"):
            for key, limit in (("1M", 3.0), ("10M", None)):
                cold, warm = envelope(folder, key, x)
                m.report(
                    f"envelope, {key} points to 1,000 px over {x}, cold",
                    cold,
                    "ms",
                    limit=10.0 if key == "1M" else None,
                )
                warm_1m = warm if key == "1M" else warm_1m
                m.report(f"envelope, {key} points to 1,000 px over {x}, warm", warm, "ms", limit=limit or 1.5 * warm_1m)
        wide = [("wideaaa", f"{r}/{k}") for r in range(10) for k in m.mix(1)[0]]
        many = [(f"many{r:03}", "loss") for r in range(100)]
        for what, series in (("100 keys of a run", wide), ("a key of 100 runs", many)):
            first, other, again = overlay(folder, series)
            m.report(f"overlay, {what} x 100 k points, first", first, "ms", limit=50.0)
            m.report(f"overlay, {what} x 100 k points, another window", other, "ms")
            m.report(f"overlay, {what} x 100 k points, again", again, "ms", limit=10.0)
        full(folder)


if __name__ == "__main__":
    main()
