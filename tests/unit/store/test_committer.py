import errno
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from gnomon.core import journal
from gnomon.core.batch import Batch, Frame, Object
from gnomon.core.errors import BusyError, NotFoundError, StoreError
from gnomon.core.limits import BLOB_BYTES
from gnomon.store.committer import Committer
from gnomon.store.engine import Appended
from gnomon.store.memory import MemoryEngine

LARGE = bytes(range(256)) * (BLOB_BYTES // 256)


class Gated(MemoryEngine):
    """A memory engine whose next commit waits until it is let go, or fails when told to."""

    def __init__(self) -> None:
        super().__init__(Path())
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.fail: Exception | None = None
        self.sizes: list[int] = []

    def append(self, batches: Sequence[Batch]) -> list[Appended | Exception]:
        self.entered.set()
        assert self.gate.wait(30)
        self.sizes.append(len(batches))
        if self.fail is not None:
            raise self.fail
        return super().append(batches)


def batch(run: str, step: int = 0, n: int = 1, *, opened: bool = True) -> Batch:
    steps = np.arange(step, step + n, dtype=np.int64)
    first = journal.Open(run=run, project="p", writer="w", name=run, us=1) if opened else None
    return Batch(run, "", 0, 0, (Frame(("loss",), steps, steps, np.zeros((1, n))),), opened=first)


@pytest.fixture
def engine() -> Gated:
    return Gated()


@pytest.fixture
def seen() -> list[list[Appended]]:
    return []


@pytest.fixture
def committer(engine: Gated, seen: list[list[Appended]]) -> Iterator[Committer]:
    made = Committer(engine, seen.append, max_bytes=100_000)
    yield made
    engine.gate.set()
    made.close()


def test_a_future_is_done_when_its_batch_is_stored_and_the_picture_follows_first(
    committer: Committer, engine: Gated, seen: list[list[Appended]]
) -> None:
    result = committer.submit(batch("a")).result(30)
    assert (result.created, result.run.name, engine.points("a", "loss").step.tolist()) == (True, "a", [0])
    assert seen == [[result]]
    assert (committer.tally.commits, committer.tally.batches, committer.tally.points) == (1, 1, 1)


def test_what_arrives_during_a_commit_shares_the_next(committer: Committer, engine: Gated) -> None:
    engine.gate.clear()
    first = committer.submit(batch("a"))
    assert engine.entered.wait(30)
    others = [committer.submit(batch("a", step)) for step in range(1, 6)]
    engine.gate.set()
    assert [f.result(30).run.id for f in (first, *others)] == ["a"] * 6
    assert engine.sizes == [1, 5]


def test_a_batch_that_cannot_be_applied_harms_no_other(committer: Committer, seen: list[list[Appended]]) -> None:
    good, bad, repeat = committer.submit_all([batch("a"), batch("nobody", opened=False), batch("b")])
    assert (good.result(30).run.id, repeat.result(30).run.id) == ("a", "b")
    with pytest.raises(NotFoundError):
        bad.result(30)
    assert [a.run.id for group in seen for a in group] == ["a", "b"]


def test_too_much_waiting_is_refused_and_nothing_of_it_is_queued(committer: Committer, engine: Gated) -> None:
    engine.gate.clear()
    first = committer.submit(batch("a", n=3_000))
    assert engine.entered.wait(30)
    with pytest.raises(BusyError, match="Retry"):
        committer.submit_all([batch("a", n=10), batch("a", n=3_000)])
    assert committer.tally.refused == 2
    engine.gate.set()
    first.result(30)
    committer.submit(batch("a", n=3_000)).result(30)
    assert engine.sizes == [1, 1]
    assert committer.queued_bytes == 0


def test_one_batch_larger_than_the_limit_still_passes_when_nothing_waits(committer: Committer) -> None:
    assert committer.submit(batch("a", n=50_000)).result(30).created


def test_after_a_full_disk_it_goes_on(committer: Committer, engine: Gated) -> None:
    engine.fail = StoreError("the disk is full")
    with pytest.raises(StoreError, match="full"):
        committer.submit(batch("a")).result(30)
    assert (committer.tally.trouble, committer.tally.failures) == ("the disk is full", 1)
    engine.fail = None
    committer.submit(batch("a")).result(30)
    assert (committer.tally.trouble, committer.queued_bytes) == (None, 0)


def test_a_bug_in_an_engine_does_not_end_the_thread(
    committer: Committer, engine: Gated, caplog: pytest.LogCaptureFixture
) -> None:
    engine.fail = RuntimeError("a bug")
    with pytest.raises(RuntimeError):
        committer.submit(batch("a")).result(30)
    engine.fail = None
    assert committer.submit(batch("a")).result(30).created
    assert "commit failed" in caplog.text


def test_a_bug_in_the_picture_does_not_unacknowledge_what_is_stored(
    engine: Gated, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: list[Appended]) -> None:
        raise RuntimeError

    committer = Committer(engine, broken)
    assert committer.submit(batch("a")).result(30).created
    committer.close()
    assert "after a commit" in caplog.text


def test_closing_stores_what_waits_and_refuses_what_comes_later(committer: Committer, engine: Gated) -> None:
    engine.gate.clear()
    futures = [committer.submit(batch("a", step)) for step in range(3)]
    closer = threading.Thread(target=committer.close)
    closer.start()
    engine.gate.set()
    closer.join(30)
    assert [f.result(0).run.id for f in futures] == ["a"] * 3
    with pytest.raises(StoreError, match="closing"):
        committer.submit(batch("a"))


def test_a_sender_that_gave_up_is_not_waited_for(committer: Committer, engine: Gated) -> None:
    engine.gate.clear()
    committer.submit(batch("a"))
    assert engine.entered.wait(30)
    given_up = committer.submit(batch("a", 1))
    assert given_up.cancel()
    engine.gate.set()
    committer.submit(batch("a", 2)).result(30)
    assert engine.points("a", "loss").step.tolist() == [0, 1, 2]


def heavy(run: str, data: bytes, step: int = 0) -> Batch:
    first = journal.Open(run=run, project="p", writer="w", name=run, us=1)
    return Batch(run, "", 0, 0, (Object("x", "file", step, 1, {}, data),), opened=first)


def test_large_payloads_are_on_the_disk_before_their_rows_and_hold_up_nothing_else(
    engine: Gated, seen: list[list[Appended]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blobs of one batch take as long as they like; scalars that come later are stored meanwhile."""
    let_go, real = threading.Event(), engine.blobs.put_all

    def slow(parts: Sequence[bytes | memoryview]) -> list[str]:
        assert let_go.wait(30)
        return real(parts)

    monkeypatch.setattr(engine.blobs, "put_all", slow)
    committer = Committer(engine, seen.append)
    waiting = committer.submit(heavy("a", LARGE))
    assert committer.submit(batch("b")).result(30).run.id == "b"
    assert (waiting.done(), engine.sizes, committer.queued_bytes > len(LARGE)) == (False, [1], True)
    second = committer.submit_all([heavy("a", LARGE + b"2", 1), batch("a", 5)])
    let_go.set()
    assert [f.result(30).run.id for f in (waiting, *second)] == ["a"] * 3
    committer.close()
    assert [engine.payload("a", r.id) for r in engine.records("a", "x")] == [LARGE, LARGE + b"2"]
    assert committer.queued_bytes == 0


def test_a_blob_that_cannot_be_written_fails_its_batch_and_nothing_half_written_stays(
    committer: Committer, engine: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left on device"):
            committer.submit(heavy("a", LARGE)).result(30)
    assert (committer.tally.failures, str(committer.tally.blob_trouble).endswith("stored by halves.")) == (1, True)
    assert committer.submit(batch("b")).result(30).created
    assert committer.tally.blob_trouble is not None  # scalars are stored, large files still are not
    assert [p for p in engine.blobs.folder.rglob("*") if p.is_file()] == []
    assert committer.submit(heavy("a", LARGE)).result(30).created
    assert (committer.tally.blob_trouble, engine.payload("a", 1)) == (None, LARGE)


def test_large_payloads_that_wait_are_stored_when_the_committer_closes(engine: Gated) -> None:
    committer = Committer(engine, lambda _: None)
    futures = committer.submit_all([heavy("a", LARGE + b"1"), heavy("a", LARGE + b"2", 1)])
    futures.append(committer.submit(batch("b")))
    committer.close()
    assert [f.result(0).run.id for f in futures] == ["a", "a", "b"]
    with pytest.raises(StoreError, match="closing"):
        committer.submit(heavy("a", LARGE))
