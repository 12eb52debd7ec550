"""kill -9 while many runs are deleted: all of them are gone or none is, and their space comes free later."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gnomon.core.batch import Object
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import RUN, batch, frame, stored

RUNS = [f"{RUN[:-2]}{n:02d}" for n in range(12)]
KEPT = RUNS[9:]

# Deletes nine of twelve runs and kills itself when something happens for the n-th time.
DELETER = """
import os, signal, sys
from pathlib import Path
from gnomon.store import sqlite
from gnomon.store.blobs import Blobs
from gnomon.store.disk import Disk
moment, left, runs = sys.argv[2], int(sys.argv[3]), sys.argv[4:]

def deadly(act):
    def acting(*arguments, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*arguments, **named)
    return acting

engine = sqlite.SqliteEngine(Path(sys.argv[1]))
if moment == "a run is taken out":
    sqlite.tables.delete_run = deadly(sqlite.tables.delete_run)
elif moment == "a file goes":
    Blobs.delete = deadly(Blobs.delete)
elif moment == "the store shrinks":
    Disk.shrink = deadly(Disk.shrink)
engine.delete_many(runs)
engine.reclaim()
"""


def filled(home: Path) -> None:
    """Store twelve runs: points enough for chunks, a file of their own each, and one that all share."""
    rng = np.random.default_rng(0)
    with SqliteEngine(home) as engine:
        for run in RUNS:
            own, shared = (
                Object(key, "file", 0, 0, {}, data)
                for key, data in ((run, run.encode() * 5_000), ("all", bytes(80_000)))
            )
            stored(engine, batch(frame("a", rng.random((1, 20_000))), own, shared, run=run))
        engine.seal()
        engine.reclaim()


@pytest.mark.parametrize(
    ("moment", "at", "are_gone"),
    [
        ("a run is taken out", 9, False),
        ("a file goes", 5, True),
        ("the store shrinks", 1, True),
    ],
)
def test_runs_are_deleted_whole_or_not_at_all_and_their_space_comes_free(
    moment: str, at: int, *, are_gone: bool, tmp_path: Path
) -> None:
    filled(tmp_path)
    size = (tmp_path / "store.db").stat().st_size
    command = [sys.executable, "-c", DELETER, str(tmp_path), moment, str(at), *RUNS[:9]]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, b"")
    left = KEPT if are_gone else RUNS
    with SqliteEngine(tmp_path) as engine:
        assert [run.id for run in engine.runs()] == left
        for run in left:
            assert len(engine.points(run, "a").step) == 20_000
            assert {key: engine.payload(run, engine.records(run, key)[0].id) for key in engine.record_keys(run)} == {
                run: run.encode() * 5_000,
                "all": bytes(80_000),
            }
        assert engine.delete_many(RUNS[:9]).runs == ([] if are_gone else RUNS[:9])
        engine.reclaim()
        for path in engine.blobs.folder.rglob("*"):
            os.utime(path, (1, 1))  # what was written just now might still get its row
        engine.sweeper.all()
        assert (engine.facts()["orphans"], len(list(engine.blobs.all()))) == (0, len(KEPT) + 1)
    assert (tmp_path / "store.db").stat().st_size < size / 2
