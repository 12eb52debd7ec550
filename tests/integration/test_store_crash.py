"""What a store survives: kill -9 at any moment, a log cut at any byte, a disk without space."""

import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import apsw
import numpy as np
import pytest

from gnomon.core.batch import Batch
from gnomon.core.errors import StoreError
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import RUN, batch, frame, stored

KEYS = tuple(f"k{i}" for i in range(8))
ROWS = 20

# Writes batches of 20 rows of 8 keys until it is killed, and says so on stdout after each; seals all the while.
WRITER = """
import os, sys, threading
from pathlib import Path
import numpy as np
from gnomon.core.batch import Batch
from gnomon.store import sqlite
from gnomon.store.suite import RUN, frame, opened
keys, rows = tuple(f"k{i}" for i in range(8)), 20
engine = sqlite.SqliteEngine(Path(sys.argv[1]))
def look_after():
    while True:
        engine.seal()
        engine.maintain(idle=True)
if "seal" in sys.argv:
    threading.Thread(target=look_after, daemon=True).start()
first = engine.offset(RUN, "wr1ter")
for i in range(first, 1_000_000):
    values = np.arange(i * rows, i * rows + rows) + np.arange(8)[:, None] / 8
    one = Batch(RUN, "wr1ter", i, i + 1, (frame(keys, values, i * rows),), {}, opened() if i == 0 else None)
    (result,) = engine.append([one])
    assert not isinstance(result, Exception), result
    os.write(1, b".")
"""


def trials(sample: int, full: int) -> int:
    """Return how often to try: as tests/conftest.py has it, which is not importable from here."""
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


def written(home: Path, batches: int, *args: str) -> int:
    """Run a writer, kill it some moment after it has acknowledged that many batches; return how many it did."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(home), *args], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        seen = len(writer.stdout.read(batches))
        assert seen == batches, "the writer ended by itself"
        writer.kill()
        return seen + len(writer.stdout.read())


def rows_of(engine: SqliteEngine) -> int:
    """Return how many rows are stored, after checking that they are the first ones, whole, in every series."""
    counts = set()
    for i, key in enumerate(KEYS):
        points = engine.points(RUN, key)
        n = len(points.step)
        assert points.step.tolist() == list(range(n))
        np.testing.assert_array_equal(points.value, np.arange(n) + i / 8)
        stats = engine.series(RUN)[key]
        assert (stats.n, stats.last_step) == (n, n - 1)
        counts.add(n)
    assert len(counts) == 1
    assert engine.offset(RUN, "wr1ter") * ROWS == n
    return n


def is_sound(home: Path) -> bool:
    db = apsw.Connection(str(home / "store.db"))
    try:
        return db.pragma("integrity_check") == "ok"
    finally:
        db.close()


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_no_acknowledged_batch(tmp_path: Path) -> None:
    chance = random.Random(os.urandom(8))
    for _ in range(trials(2, 40)):
        before = 0
        home = tmp_path / f"home{chance.getrandbits(40)}"
        for _ in range(2):  # the second time on what the first has left
            acknowledged = before + written(home, chance.randint(1, 120), "seal")
            with SqliteEngine(home) as engine:
                before = rows_of(engine) // ROWS
            # One batch may have been committed and not yet acknowledged.
            assert acknowledged <= before <= acknowledged + 1
            assert is_sound(home)


@pytest.mark.slow
def test_a_log_cut_at_any_byte_leaves_a_whole_beginning(tmp_path: Path) -> None:
    chance = random.Random(os.urandom(8))
    for trial in range(trials(2, 30)):
        home = tmp_path / f"home{trial}"
        acknowledged = written(home, chance.randint(5, 60), *(["seal"] if trial % 2 else []))
        log = home / "store.db-wal"
        os.truncate(log, chance.randrange(log.stat().st_size + 1))
        (home / "store.db-shm").unlink(missing_ok=True)
        with SqliteEngine(home) as engine:
            if engine.runs() and engine.series(RUN):
                assert rows_of(engine) <= (acknowledged + 1) * ROWS
            stored(engine, Batch(RUN, "", 0, 0, (), {}, None) if engine.runs() else batch())
        assert is_sound(home)


@pytest.mark.slow
def test_a_damaged_page_of_the_log_is_not_believed(tmp_path: Path) -> None:
    written(tmp_path, 30)
    log = tmp_path / "store.db-wal"
    with log.open("r+b") as file:
        file.seek(log.stat().st_size // 2)
        file.write(os.urandom(64))
    (tmp_path / "store.db-shm").unlink(missing_ok=True)
    with SqliteEngine(tmp_path) as engine:
        if engine.runs() and engine.series(RUN):
            rows_of(engine)
    assert is_sound(tmp_path)


# Appends until the limit on the size of a file is met, then lifts it and goes on: a full disk that is emptied again.
FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from gnomon.core.errors import StoreError
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import RUN, batch, frame, stored
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
with SqliteEngine(Path(sys.argv[1])) as engine:
    stored(engine, batch(frame("a", [0.0])))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    n = 1
    rng = np.random.default_rng(0)
    failed = 0
    while failed < 3:
        try:
            stored(engine, batch(frame("a", rng.random((1, 1000)), n), first=9 + n, last=9 + n + 1000))
            n += 1000
        except StoreError as error:
            assert "Check the free space" in str(error), error
            failed += 1
    try:
        engine.seal()
    except StoreError:
        pass
    assert engine.series(RUN)["a"].n == len(engine.points(RUN, "a").step) == n
    assert engine.offset(RUN, "wr1ter") == 9 + n
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    stored(engine, batch(frame("a", [1.0], n), first=9 + n, last=10 + n))
    engine.seal()
    assert len(engine.points(RUN, "a").step) == n + 1
print(n + 1)
"""


def test_a_full_disk_refuses_new_points_and_harms_no_old_ones(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with SqliteEngine(tmp_path) as engine:
        assert len(engine.points(RUN, "a").step) == int(done.stdout)
    assert is_sound(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_refused_with_the_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="permissions"):
        SqliteEngine(tmp_path)
    tmp_path.chmod(0o700)


def test_a_home_below_a_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="GNOMON_HOME"):
        SqliteEngine(tmp_path / "file" / "home")


def test_a_checkpoint_without_space_leaves_the_log_as_it_is(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        for i in range(8):
            stored(
                engine,
                batch(frame("a", np.random.default_rng(i).random((1, 5000)), 5000 * i), first=10 * i, last=10 * i + 10),
            )
        size = (tmp_path / "store.db").stat().st_size
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            with pytest.raises(StoreError, match="cannot be taken into the store"):
                engine.maintain(idle=True)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        engine.maintain(idle=True)
        assert len(engine.points(RUN, "a").step) == 40_000
    assert is_sound(tmp_path)
