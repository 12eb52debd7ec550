"""What blobs survive: kill -9 at any moment, between the blob and its row too, and a disk without space."""

import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gnomon.core.batch import Batch, Object
from gnomon.core.errors import StoreError
from gnomon.core.limits import BLOB_BYTES
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import RUN, batch, frame, stored

# Writes batches of three records, two of them large, until it is killed, and says so on stdout after each. The number
# of a record is in its bytes, so that each blob is another.
WRITER = """
import os, signal, sys
from pathlib import Path
from gnomon.core.batch import Batch, Object
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import RUN, opened
engine = SqliteEngine(Path(sys.argv[1]))
if sys.argv[2] == "between":
    stage = engine.blobs.put_all
    def put_all(parts):
        names = stage(parts)
        if engine.offset(RUN, "wr1ter") == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return names
    engine.blobs.put_all = put_all
for i in range(engine.offset(RUN, "wr1ter"), 1_000_000):
    data = [(3 * i + j).to_bytes(8) * (10 if j == 1 else 9_000) for j in range(3)]
    items = tuple(Object("x", "file", 3 * i + j, 0, {}, data[j]) for j in range(3))
    (result,) = engine.append([Batch(RUN, "wr1ter", i, i + 1, items, {}, opened() if i == 0 else None)])
    assert not isinstance(result, Exception), result
    os.write(1, b".")
"""


def trials(sample: int, full: int) -> int:
    """Return how often to try: as tests/conftest.py has it, which is not importable from here."""
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


def check(home: Path, acknowledged: int) -> None:
    """See that every record has its bytes, and that the sweep leaves exactly the blobs that have a row."""
    with SqliteEngine(home) as engine:
        found = engine.records(RUN, "x")
        # One batch may have been committed and not yet acknowledged.
        assert len(found) // 3 in (acknowledged, acknowledged + 1)
        assert [r.step for r in found] == list(range(len(found)))
        for record in found:
            data = engine.payload(RUN, record.id)
            assert data == record.step.to_bytes(8) * (10 if record.step % 3 == 1 else 9_000)
        named = {record.blob for record in found if record.blob is not None}
        there = set(engine.blobs.all())
        assert named <= there
        assert len(there - named) <= 2
        for path in engine.blobs.folder.rglob("*"):
            os.utime(path, (1, 1))
        engine.sweeper.all()
        assert {path.name for path in engine.blobs.folder.rglob("*") if path.is_file()} == named
        assert engine.facts()["orphans"] == 0


@pytest.mark.slow
def test_kill_9_at_any_moment_leaves_no_row_without_its_blob(tmp_path: Path) -> None:
    chance = random.Random(os.urandom(8))
    for trial in range(trials(1, 20)):
        before = 0
        home = tmp_path / f"home{trial}"
        for _ in range(2):  # the second time on what the first has left
            with subprocess.Popen([sys.executable, "-c", WRITER, str(home), "on"], stdout=subprocess.PIPE) as writer:
                assert writer.stdout is not None
                wanted = chance.randint(1, 30)
                assert len(writer.stdout.read(wanted)) == wanted, "the writer ended by itself"
                writer.kill()
                acknowledged = before + wanted + len(writer.stdout.read())
            check(home, acknowledged)
            with SqliteEngine(home) as engine:
                before = engine.offset(RUN, "wr1ter")


def test_kill_9_between_a_blob_and_its_row_leaves_an_orphan_that_the_sweep_removes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path), "between"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"...")
    with SqliteEngine(tmp_path) as engine:
        assert (len(engine.records(RUN, "x")), engine.facts()["orphans"]) == (9, 2)
    check(tmp_path, 3)


def test_a_sweep_removes_what_a_killed_process_left_half_written(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        writer = engine.blobs.writer("0" * 64)
        writer.write(b"half")
        (left,) = [path for path in engine.blobs.folder.rglob("*") if path.is_file()]
        os.utime(left, (1, 1))
        engine.sweeper.all()
        assert not left.exists()
        writer.discard()


def test_a_disk_without_space_refuses_the_batch_and_takes_it_later(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: writing fails in the middle of a blob."""
    large = Object("x", "file", 1, 0, {}, bytes(40 * BLOB_BYTES))
    one = Batch(RUN, "wr1ter", 10, 20, (frame("a", [1.0], 1), large))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(frame("a", [0.0])))
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20 * BLOB_BYTES, before[1]))
            with pytest.raises(StoreError, match="File too large"):
                engine.append([one])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert [path for path in engine.blobs.folder.rglob("*") if path.is_file()] == []
        assert (engine.offset(RUN, "wr1ter"), engine.record_keys(RUN)) == (10, {})
        stored(engine, one)
        assert (engine.points(RUN, "a").value.tolist(), engine.payload(RUN, 1)) == ([0.0, 1.0], large.data)
