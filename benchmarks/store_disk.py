"""Bytes per point on disk of the realistic mix, logged live and sealed, and imported in bulk; one row per point beside it."""

import sqlite3
import tempfile
from pathlib import Path

import numpy as np

import _measure as m
from gnomon.core import journal
from gnomon.core.batch import Batch, Frame
from gnomon.store.sqlite import SqliteEngine

POINTS = 100_000
RUNS = 4


def opened(run: str) -> journal.Open:
    return journal.Open(run=run, project="mix", writer="", name=run, us=0)


def live(folder: Path) -> int:
    """Log in batches of 100 steps, sealing as it falls due, and finish."""
    with SqliteEngine(folder) as engine:
        for r in range(RUNS):
            run = f"live00{r}"
            keys, step, us, values = m.mix(POINTS, r)
            engine.append([Batch(run, "", 0, 0, (), {}, opened(run))])
            for i in range(0, POINTS, 100):
                at = slice(i, i + 100)
                engine.append([Batch(run, "", 0, 0, (Frame(keys, step[at], us[at], values[:, at]),))])
                while engine.maintain():
                    pass
            engine.change(run, {"state": "finished"}, int(us[-1]))
        while engine.maintain(idle=True):
            pass
        while int(engine.facts()["free_bytes"]) > 1 << 20:
            engine.maintain(idle=True)
    return m.size(folder)


def bulk(folder: Path) -> int:
    with SqliteEngine(folder) as engine:
        for r in range(RUNS):
            run = f"bulk00{r}"
            keys, step, us, values = m.mix(POINTS, r)
            engine.append([Batch(run, "", 0, 0, (), {}, opened(run))])
            engine.bulk(run, [Frame(keys, step, us, values)])
    return m.size(folder)


def rows(folder: Path) -> int:
    """Store one row per point at its best: integers for names, clustered by key."""
    db = sqlite3.connect(folder / "rows.db")
    db.execute(
        "CREATE TABLE p(key INTEGER, step INTEGER, us INTEGER, value REAL, PRIMARY KEY(key, step)) WITHOUT ROWID"
    )
    for r in range(RUNS):
        _, step, us, values = m.mix(POINTS, r)
        for k, value in enumerate(values):
            key = np.full(POINTS, 10 * r + k)
            db.executemany(
                "INSERT INTO p VALUES(?,?,?,?)", zip(*(c.tolist() for c in (key, step, us, value)), strict=True)
            )
        db.commit()
    db.close()
    return m.size(folder)


def main() -> None:
    points = POINTS * RUNS * 10
    found = {}
    for name, work in (("live", live), ("bulk", bulk), ("rows", rows)):
        with tempfile.TemporaryDirectory() as folder:
            found[name] = work(Path(folder)) / points
    for name in ("live", "bulk"):
        m.report(
            f"disk, mix, {name}", found[name], "bytes/point", limit=3.0, ratio=found["rows"] / found[name],
            rival=f"one row per point in SQLite: {found['rows']:.1f}", n=points,
        )  # fmt: skip


if __name__ == "__main__":
    main()
