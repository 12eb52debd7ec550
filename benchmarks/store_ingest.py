"""Durable ingest at the engine: chunks beside one row per point in SQLite, both synchronous=FULL, in turns; bulk import.

100 series of 10 runs; a batch is 1,000 or 100 points of one run (10 keys), ten batches to a commit, as group commit
makes them. Sealing is part of the time, as background work would be on a machine with no core to spare.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import numpy as np

import _measure as m
from gnomon.core import journal
from gnomon.core.batch import Batch, Frame
from gnomon.store.sqlite import SqliteEngine

RUNS = 10
COMMITS = {100: 60, 10: 200}
Group = list[tuple[int, tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]]


def groups(rows: int, commits: int) -> list[Group]:
    """Return what each commit holds: one batch of every run, `rows` steps of 10 keys."""
    runs = [m.mix(rows * commits, r) for r in range(RUNS)]
    return [
        [
            (r, keys, step[at], us[at], np.ascontiguousarray(values[:, at]))
            for r, (keys, step, us, values) in enumerate(runs)
        ]
        for at in (slice(rows * c, rows * c + rows) for c in range(commits))
    ]


def opened(run: str) -> Batch:
    return Batch(run, "", 0, 0, (), {}, journal.Open(run=run, project="p", writer="", name=run, us=0))


class Chunks:
    """The engine."""

    def __init__(self, folder: Path) -> None:
        self.engine = SqliteEngine(folder)
        self.engine.append([opened(f"ingest{r:02}") for r in range(RUNS)])

    def commit(self, group: Group) -> None:
        batches = [Batch(f"ingest{r:02}", "", 0, 0, (Frame(k, s, u, v),)) for r, k, s, u, v in group]
        for result in self.engine.append(batches):
            assert not isinstance(result, Exception), result
        while self.engine.maintain():
            pass

    def close(self) -> None:
        self.engine.seal()
        self.engine.close()


class Rows:
    """One row per point at its best: integers for names, clustered by key, the same driver and settings."""

    def __init__(self, folder: Path) -> None:
        self.db = apsw.Connection(str(folder / "rows.db"))
        for pragma in (
            "page_size=8192",
            "journal_mode=WAL",
            "synchronous=FULL",
            "wal_autocheckpoint=2000",
            "cache_size=-32000",
        ):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.execute("CREATE TABLE p(key INT, step INT, us INT, value REAL, PRIMARY KEY(key, step)) WITHOUT ROWID")

    def commit(self, group: Group) -> None:
        with self.db:
            for r, keys, step, us, values in group:
                s, u = step.tolist(), us.tolist()
                for k in range(len(keys)):
                    key = [10 * r + k] * len(s)
                    self.db.executemany(
                        "INSERT INTO p VALUES(?,?,?,?)", zip(key, s, u, values[k].tolist(), strict=True)
                    )

    def close(self) -> None:
        self.db.close()


def live(rows: int, commits: int) -> dict[str, float]:
    """Return points per second of both, blocks of ten commits in turns."""
    todo = groups(rows, commits)
    seconds = {"chunks": 0.0, "rows": 0.0}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        stores = {"chunks": Chunks(Path(one)), "rows": Rows(Path(other))}
        for i in range(0, len(todo), 10):
            for name, store in stores.items():
                seconds[name] += spent(lambda s=store, i=i: [s.commit(g) for g in todo[i : i + 10]])
        for name, store in stores.items():
            seconds[name] += spent(store.close)
    return {name: rows * commits * RUNS * 10 / s for name, s in seconds.items()}


def spent(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bulk(n: int) -> float:
    """Return points per second of an import of the mix, ten runs of ten keys."""
    runs = [m.mix(n, r) for r in range(RUNS)]
    with tempfile.TemporaryDirectory() as folder, SqliteEngine(Path(folder)) as engine:
        engine.append([opened(f"bulk{r:02}00") for r in range(RUNS)])
        seconds = spent(lambda: [engine.bulk(f"bulk{r:02}00", [Frame(*columns)]) for r, columns in enumerate(runs)])
    return n * RUNS * 10 / seconds


def main() -> None:
    for rows, commits in COMMITS.items():
        found = live(rows, commits)
        m.report(
            f"durable ingest, {rows * 10} points a batch", found["chunks"] / 1e6, "M points/s",
            rival=f"one row per point: {found['rows'] / 1e6:.3f}", ratio=found["chunks"] / found["rows"], target=">= 5x, >= 1",
        )  # fmt: skip
    m.report("bulk import, mix", bulk(100_000) / 1e6, "M points/s", limit=8.0, n=100_000 * RUNS * 10)


if __name__ == "__main__":
    main()
