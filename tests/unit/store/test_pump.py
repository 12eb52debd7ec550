"""From the journals of a home into its store, with real files and a real engine."""

import os
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from gnomon.core import journal, liveness
from gnomon.core.batch import Batch
from gnomon.core.errors import BusyError, StoreError
from gnomon.core.folder import JournalFile, make_private
from gnomon.store.attachments import Taken
from gnomon.store.blobs import hash_of
from gnomon.store.engine import Appended, RecordInfo
from gnomon.store.memory import MemoryEngine
from gnomon.store.pump import JournalPump, Pending

RUN, FIRST, SECOND = "r" * 20, "a" * 12, "b" * 12
LOSS = journal.encode(journal.KEYS, 0, ["loss"])
LAYOUT = journal.Layout(0, 1)


def opening(writer: str = FIRST, run: str = RUN, us: int = 1, *, alive: bool = True, **more: object) -> bytes:
    """Return an open record of this process, or of one that is gone."""
    host, pid, started = liveness.identity()
    mark = started if alive else ":".join([*started.split(":")[:3], "1"])
    who = {"host": host, "pid": pid, "started": mark}
    return journal.encode(
        journal.OPEN, journal.Open(run=run, project="p", writer=writer, name="n", us=us, **who, **more)
    )


def scalar(step: int, value: float = 1.0) -> bytes:
    return LAYOUT.record(step, 1_000 + step, (value,))


def close(state: str | None = "finished") -> bytes:
    return journal.encode(journal.CLOSE, 9_000, state, None)


class Lab:
    """A home, an engine, a pump, and a clock that stands still until told."""

    def __init__(self, root: Path) -> None:
        self.root = root / "journal"
        self.engine = MemoryEngine()
        self.now = 100.0
        self.batches: list[Batch] = []
        self.refusal: Exception | None = None
        self.held: list[Callable[[], None]] | None = None
        self.pump = self.new_pump()

    def new_pump(self) -> JournalPump:
        return JournalPump(self.root, self.engine, self.submit, clock=lambda: self.now)

    def submit(self, batch: Batch) -> "Future[Appended]":
        future: Future[Appended] = Future()

        def settle() -> None:
            [outcome] = [self.refusal] if self.refusal else self.engine.append([batch])
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                self.batches.append(batch)
                future.set_result(outcome)

        if self.held is None:
            settle()
        else:
            self.held.append(settle)
        return future

    def write(self, *records: bytes, writer: str = FIRST, run: str = RUN) -> JournalFile:
        file = JournalFile(self.root / run / f"{writer}.j", run, writer)
        make_private(file.path.parent)
        with file.path.open("ab") as stream:
            stream.write(b"".join(records))
        return file

    def settle(self) -> None:
        """Poll until a poll finds nothing."""
        for _ in range(3):
            self.now += 2
            while self.pump.poll():
                pass

    def steps(self, run: str = RUN) -> list[int]:
        return self.engine.points(run, "loss").step.tolist()


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def test_a_folder_that_does_not_exist_yet_is_no_trouble(lab: Lab) -> None:
    assert (lab.pump.poll(), lab.pump.pending(), lab.pump.problems) == (0, [], [])


def test_a_journal_is_stored_as_it_grows(lab: Lab) -> None:
    lab.write(opening(), LOSS, scalar(0))
    lab.settle()
    assert (lab.steps(), lab.engine.run(RUN).state) == ([0], "running")
    lab.write(scalar(1), scalar(2)[:7])
    lab.settle()
    assert lab.steps() == [0, 1]
    lab.write(scalar(2)[7:])
    lab.settle()
    assert (lab.steps(), next((b.first, b.last) for b in lab.batches)[0]) == ([0, 1, 2], 0)


def test_a_closed_journal_is_removed_with_its_folder_once_it_is_stored(lab: Lab) -> None:
    lab.write(opening(), LOSS, scalar(0), close())
    lab.settle()
    assert (lab.steps(), lab.engine.run(RUN).state, list(lab.root.iterdir())) == ([0], "finished", [])


def test_nothing_is_removed_before_the_store_has_it(lab: Lab) -> None:
    lab.held = []
    file = lab.write(opening(), LOSS, scalar(0), close())
    lab.settle()
    size = file.path.stat().st_size
    assert lab.pump.pending() == [Pending(RUN, FIRST, 0, size)]
    assert len(lab.held) == 1  # and only one batch of a journal is on its way at any time
    lab.held.pop()()
    lab.settle()
    assert (file.path.exists(), lab.pump.pending(), lab.steps()) == (False, [], [0])


def test_a_new_pump_goes_on_where_the_store_says(lab: Lab) -> None:
    lab.write(opening(), LOSS, scalar(0))
    lab.settle()
    lab.write(scalar(1))
    lab.pump = lab.new_pump()
    lab.settle()
    assert lab.steps() == [0, 1]


def test_a_journal_that_somebody_shipped_in_the_meantime_is_not_stored_twice(lab: Lab) -> None:
    file = lab.write(opening(), LOSS, scalar(0))
    lab.settle()
    stored = file.path.stat().st_size
    keysets = {0: ("loss",)}
    lab.write(scalar(1))
    data = file.path.read_bytes()[stored:]
    lab.engine.append([batch_of(data, stored, keysets)])
    lab.write(scalar(2), close())
    lab.settle()
    assert (lab.steps(), file.path.exists(), lab.pump.problems) == ([0, 1, 2], False, [])


def batch_of(data: bytes, offset: int, keysets: dict[int, tuple[str, ...]]) -> Batch:
    from gnomon.core.batch import decode_batch

    return decode_batch(data, run=RUN, writer=FIRST, offset=offset, keysets=keysets)


def test_a_record_larger_than_a_piece_is_read_whole(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gnomon.store.pump.PIECE_BYTES", 400)
    text = b"x" * 5000
    lab.write(opening(), journal.encode(journal.OBJECT, "note", "text", 0, 0, {}, text), LOSS, *map(scalar, range(50)))
    lab.settle()
    assert [lab.engine.payload(RUN, r.id) for r in lab.engine.records(RUN, "note")] == [text]
    assert (lab.steps(), len(lab.batches) > 1) == (list(range(50)), True)


def test_a_damaged_record_sets_that_journal_aside_and_the_others_go_on(lab: Lab) -> None:
    bad = bytearray(scalar(1))
    bad[-1] ^= 1
    file = lab.write(opening(), LOSS, scalar(0), bytes(bad), scalar(2))
    other = "s" * 20
    lab.write(opening(run=other), LOSS, scalar(7), run=other)
    lab.settle()
    assert lab.pump.problems == []  # a network filesystem may still be delivering
    lab.now += 10
    lab.settle()
    [problem] = lab.pump.problems
    offset = file.path.stat().st_size - len(bad) - len(scalar(2))
    assert (problem.path, problem.offset) == (file.path, offset)
    assert problem.reason.endswith("a record does not match its checksum. What came before it is stored.")
    lab.write(scalar(8), run=other)
    lab.settle()
    assert (lab.steps(), lab.steps(other), file.path.exists()) == ([0], [7, 8], True)


def test_bytes_that_turn_into_a_record_after_a_while_are_no_damage(lab: Lab) -> None:
    record = scalar(1)
    file = lab.write(opening(), LOSS, scalar(0), bytes(len(record)))
    lab.settle()
    with file.path.open("r+b") as stream:
        stream.seek(-len(record), os.SEEK_END)
        stream.write(record)
    lab.now += 20
    lab.settle()
    assert (lab.steps(), lab.pump.problems) == ([0, 1], [])


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([journal.encode(journal.REWIND, 0, 1)], "expected an open record first"),
        ([opening(writer=SECOND)], f"it says that it is {RUN}/{SECOND}. Move it back"),
        ([opening(), journal.encode(journal.SCALARS, 5, bytes(24))], "is malformed"),
        ([opening(), journal.encode(99)], "written by a newer gnomon"),
        ([b"torn"], "it has no whole first record"),
    ],
)
def test_a_journal_that_makes_no_sense_is_reported_once_and_kept(records: list[bytes], reason: str, lab: Lab) -> None:
    file = lab.write(*records)
    for _ in range(3):
        lab.now += 11
        lab.settle()
    assert [reason in p.reason for p in lab.pump.problems] == [True]
    assert file.path.exists()


def test_a_journal_that_shrinks_is_reported_and_what_was_read_is_safe(lab: Lab) -> None:
    file = lab.write(opening(), LOSS, scalar(0), scalar(1))
    lab.settle()
    os.truncate(file.path, file.path.stat().st_size - 5)
    lab.settle()
    assert ["truncated or replaced" in p.reason for p in lab.pump.problems] == [True]
    assert lab.steps() == [0, 1]


def test_a_journal_that_vanishes_is_forgotten(lab: Lab) -> None:
    file = lab.write(opening(), LOSS, scalar(0))
    lab.settle()
    lab.write(scalar(1))
    file.path.unlink()
    lab.settle()
    assert (lab.pump.pending(), lab.pump.problems, lab.steps()) == ([], [], [0])


def test_a_run_that_was_deleted_sets_its_journals_aside(lab: Lab) -> None:
    lab.write(opening(), LOSS, scalar(0))
    lab.settle()
    lab.engine.delete(RUN)
    lab.write(scalar(1))
    lab.settle()
    assert ["its run was deleted" in p.reason for p in lab.pump.problems] == [True]


def test_a_store_in_trouble_is_tried_again_and_nothing_is_lost(lab: Lab) -> None:
    lab.refusal = OSError(28, "No space left on device")
    lab.write(opening(), LOSS, scalar(0))
    lab.settle()
    assert [p.stored for p in lab.pump.pending()] == [0]
    lab.refusal = BusyError("later")
    lab.settle()
    lab.refusal = None
    lab.settle()
    assert (lab.steps(), lab.pump.pending(), lab.pump.problems) == ([0], [], [])


def test_a_journal_for_another_server_is_left_alone(lab: Lab) -> None:
    file = JournalFile(lab.root / RUN / f"{FIRST}.j", RUN, FIRST)
    make_private(file.path.parent)
    file.beside(".to").write_text('{"url": "http://127.0.0.1:1", "token": null}')
    lab.write(opening(), LOSS, scalar(0), close())
    lab.settle()
    assert (lab.engine.runs(), file.path.exists(), lab.pump.pending()) == ([], True, [])


def test_a_run_whose_process_is_gone_is_killed_at_its_last_write(lab: Lab) -> None:
    file = lab.write(opening(alive=False), LOSS, scalar(0), scalar(1)[:9])
    os.utime(file.path, ns=(5_000_000_000, 5_000_000_000))
    lab.settle()
    lab.settle()
    info = lab.engine.run(RUN)
    assert (info.state, info.error, lab.steps()) == (
        "killed",
        f"process {os.getpid()} on {info.meta['host']} is gone without a word",
        [0],
    )
    assert list(lab.root.iterdir()) == []


def test_a_worker_that_is_gone_says_nothing_about_its_run(lab: Lab) -> None:
    lab.write(opening(), LOSS, scalar(0))
    lab.write(opening(SECOND, us=2, alive=False, child=True, resumed=True), LOSS, scalar(1), writer=SECOND)
    lab.settle()
    lab.settle()
    assert (lab.engine.run(RUN).state, lab.steps()) == ("running", [0, 1])
    assert [p.name for p in (lab.root / RUN).iterdir()] == [f"{FIRST}.j"]


def test_a_resumed_run_waits_for_what_its_earlier_writer_had_written(lab: Lab) -> None:
    rewind = journal.encode(journal.REWIND, 5_000, 2)
    lab.write(opening(us=1), LOSS, *map(scalar, range(4)), journal.encode(journal.CLOSE, 6_000, "failed", None))
    lab.write(opening(SECOND, us=7_000, resumed=True), LOSS, rewind, scalar(2, 9.0), writer=SECOND)
    lab.held = []
    lab.settle()
    assert len(lab.held) == 1
    lab.held.pop()()
    lab.held = None
    lab.settle()
    assert (lab.engine.run(RUN).state, lab.steps()) == ("running", [0, 1, 2])
    assert lab.engine.points(RUN, "loss").value.tolist() == [1.0, 1.0, 9.0]


def test_a_thousand_finished_runs_leave_nothing_to_look_at(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    alphabet = "0123456789abcdefghjk"
    for i in range(1000):
        run = "r" * 17 + alphabet[i // 400 % 20] + alphabet[i // 20 % 20] + alphabet[i % 20]
        lab.write(opening(run=run), LOSS, scalar(0), close(), run=run)
    lab.settle()
    assert (len(lab.engine.runs()), list(lab.root.iterdir())) == (1000, [])
    lab.settle()
    calls: list[object] = []
    real = os.stat
    monkeypatch.setattr(os, "stat", lambda *a, **k: (calls.append(a), real(*a, **k))[1])
    lab.pump.poll()
    assert len(calls) == 1


def test_a_goal_is_reached_although_a_run_goes_on_writing(lab: Lab) -> None:
    lab.held = []
    lab.write(opening(), LOSS, scalar(0))
    lab.pump.poll()
    goal = lab.pump.sizes()
    lab.write(scalar(1), scalar(2)[:9])
    assert not lab.pump.has_reached(goal)
    lab.held.pop()()
    lab.pump.poll()
    assert (lab.pump.has_reached(goal), lab.steps()) == (True, [0])
    assert not lab.pump.has_reached(lab.pump.sizes())
    lab.held.pop()()
    lab.pump.poll()
    assert (lab.pump.has_reached(lab.pump.sizes()), lab.steps()) == (True, [0, 1])


@pytest.mark.parametrize("records", [[], [b"torn"], [opening()[:-3]]], ids=["empty", "torn", "cut"])
def test_a_journal_without_a_whole_first_record_holds_up_nobody(records: list[bytes], lab: Lab) -> None:
    file = lab.write(*records, writer=SECOND)
    lab.write(opening(), LOSS, scalar(0))
    lab.pump.poll()
    goal = lab.pump.sizes()
    lab.settle()
    assert (lab.pump.has_reached(goal), lab.steps(), file.path.exists()) == (True, [0], True)


def test_a_journal_that_was_torn_long_ago_is_reported_at_once(lab: Lab) -> None:
    file = lab.write(b"torn")
    os.utime(file.path, (1.7e9, 1.7e9))
    lab.pump.poll()
    lab.pump.poll()
    [problem] = lab.pump.problems
    assert (problem.path, problem.offset) == (file.path, 0)


def test_a_goal_includes_that_a_run_was_killed(lab: Lab) -> None:
    lab.write(opening(alive=False), LOSS, scalar(0))
    lab.pump.poll()
    goal = lab.pump.sizes()
    polls = 0
    while not lab.pump.has_reached(goal):
        lab.pump.poll()
        polls += 1
        assert polls < 10
    assert lab.engine.run(RUN).state == "killed"


VIDEO = bytes(range(256)) * 5
NAME = hash_of(VIDEO)


def stage(file: JournalFile, data: bytes, name: str = NAME) -> Path:
    make_private(file.attached(name).parent)
    file.attached(name).write_bytes(data)
    return file.attached(name)


def attached(step: int, name: str = NAME, size: int = len(VIDEO)) -> bytes:
    return journal.encode(journal.ATTACHED, "clip", "video", step, 1_000 + step, {"fps": 8}, name, size)


def clips(lab: Lab) -> list[tuple[int, bytes]]:
    return [(r.step, lab.engine.payload(RUN, r.id)) for r in lab.engine.records(RUN, "clip")]


def test_a_staged_file_is_stored_with_the_record_that_names_it(lab: Lab) -> None:
    file = lab.write(opening(), LOSS, scalar(0))
    staged = stage(file, VIDEO)
    lab.write(attached(1), scalar(2), attached(3))
    lab.settle()
    assert (clips(lab), lab.steps(), staged.exists()) == ([(1, VIDEO), (3, VIDEO)], [0, 2], False)
    assert lab.engine.record(RUN, 1) == RecordInfo(1, "clip", "video", 1, 1_001, {"fps": 8}, len(VIDEO), NAME)
    lab.write(attached(4), close())  # the store has the file by now
    lab.settle()
    assert (len(clips(lab)), list(lab.root.iterdir()), lab.pump.problems) == (3, [], [])


def test_a_staged_file_stays_until_the_store_has_its_record(lab: Lab) -> None:
    lab.held = []
    file = lab.write(opening())
    staged = stage(file, VIDEO)
    lab.write(attached(1))
    lab.settle()
    assert staged.exists()
    lab.engine.blobs.delete(NAME)  # as a sweep may
    lab.held.pop()()
    lab.held = None
    lab.settle()
    assert (clips(lab), staged.exists(), lab.pump.problems) == ([(1, VIDEO)], False, [])


def test_a_record_waits_for_its_file_and_what_came_before_it_does_not(lab: Lab) -> None:
    file = lab.write(opening(), LOSS, scalar(0), attached(1), scalar(2))
    lab.settle()
    assert (lab.steps(), clips(lab), lab.pump.problems) == ([0], [], [])
    assert lab.pump.has_reached(lab.pump.sizes())  # it holds up nobody
    stage(file, VIDEO)
    lab.settle()
    assert (lab.steps(), clips(lab), lab.pump.problems) == ([0, 2], [(1, VIDEO)], [])


def test_a_file_that_never_comes_costs_its_record_and_nothing_else(lab: Lab) -> None:
    other = hash_of(b"other")
    file = lab.write(opening(), LOSS, attached(1), scalar(2), attached(3, other, 5), scalar(4), close())
    lab.settle()
    lab.now += 10
    stage(file, b"other", other)  # late, and in time
    lab.settle()
    assert (lab.steps(), clips(lab), lab.engine.run(RUN).dropped) == ([2, 4], [(3, b"other")], 1)
    [problem] = lab.pump.problems
    assert problem.reason.endswith(f"the file {NAME} that a record names was never staged. The record is lost.")
    assert (lab.engine.run(RUN).meta["dropped_cause"], list(lab.root.iterdir())) == (
        "the file of 'clip' never arrived whole",
        [],
    )


@pytest.mark.parametrize(("data", "size"), [(VIDEO[:-1], len(VIDEO)), (VIDEO, len(VIDEO) + 1), (b"", len(VIDEO))])
def test_a_staged_file_that_is_damaged_costs_its_record_and_nothing_else(lab: Lab, data: bytes, size: int) -> None:
    file = lab.write(opening(), LOSS, scalar(0))
    stage(file, data)
    lab.write(attached(1, size=size), scalar(2), close())
    lab.settle()
    assert (lab.steps(), lab.engine.record_keys(RUN), lab.engine.run(RUN).dropped) == ([0, 2], {}, 1)
    [problem] = lab.pump.problems
    assert "a staged file is damaged, its record is lost: " in problem.reason
    assert list(lab.root.iterdir()) == []


@pytest.mark.parametrize("fields", [(NAME, 0), (NAME, -1), ("../../etc/passwd", 9), (NAME.upper(), 9), (7, 9)])
def test_a_record_that_cannot_name_a_file_sets_its_journal_aside(lab: Lab, fields: tuple[object, object]) -> None:
    malformed = journal.encode(journal.ATTACHED, "clip", "video", 1, 1, {}, *fields)
    lab.write(opening(), LOSS, scalar(0), malformed)
    lab.settle()
    [problem] = lab.pump.problems
    assert ("is malformed" in problem.reason, lab.steps()) == (True, [0])


def test_a_file_that_cannot_be_taken_in_now_is_tried_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise StoreError(reason)

    reason = "no space left"
    file = lab.write(opening())
    lab.settle()
    stage(file, VIDEO)
    lab.write(attached(1))
    with monkeypatch.context() as patch:
        patch.setattr(lab.engine.blobs, "adopt", full)
        lab.settle()
        assert (clips(lab), lab.pump.trouble) == ([], reason)
    lab.settle()
    assert (clips(lab), lab.pump.problems, lab.pump.trouble) == ([(1, VIDEO)], [], None)


def test_the_last_journal_of_a_run_takes_what_is_left_staged_with_it(lab: Lab) -> None:
    first = lab.write(opening(), LOSS, scalar(0), close(state=None))
    left = stage(first, b"of a record that was dropped", "f" * 64)
    second = lab.write(opening(SECOND, us=2), writer=SECOND)
    lab.settle()
    assert (first.path.exists(), left.exists()) == (False, True)
    lab.write(close(), writer=SECOND)
    lab.settle()
    assert (second.path.exists(), list(lab.root.iterdir())) == (False, [])


def test_a_large_file_holds_up_no_other_journal(lab: Lab) -> None:
    waiting: list[Callable[[], None]] = []

    def later(work: Callable[[], Taken]) -> "Future[Taken]":
        future: Future[Taken] = Future()
        waiting.append(lambda: future.set_result(work()))
        return future

    lab.pump = JournalPump(lab.root, lab.engine, lab.submit, clock=lambda: lab.now, in_background=later)
    file = lab.write(opening())
    stage(file, VIDEO)
    lab.write(attached(1))
    other = "s" * 20
    lab.write(opening(run=other), LOSS, scalar(7), run=other)
    lab.settle()
    assert (lab.steps(other), len(waiting)) == ([7], 1)
    waiting.pop()()
    lab.settle()
    assert clips(lab) == [(1, VIDEO)]
