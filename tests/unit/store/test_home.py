from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from gnomon.core import journal
from gnomon.core.batch import Batch, Frame, decode_batch
from gnomon.core.errors import LockedError, NotFoundError
from gnomon.core.folder import journal_root
from gnomon.store.catalog import Project
from gnomon.store.engine import Appended
from gnomon.store.home import Home
from gnomon.store.lock import holder
from gnomon.store.memory import MemoryEngine
from gnomon.store.query import RunQuery

MINUTE_US = 60_000_000


@dataclass
class Clock:
    us: int = 1_000 * MINUTE_US
    alive: dict[int, bool | None] = field(default_factory=dict)

    def __call__(self) -> int:
        return self.us

    def is_alive(self, host: str, pid: int, started: str) -> bool | None:
        return self.alive.get(pid)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lab(home: Path, clock: Clock) -> Iterator[Home]:
    with Home(home, MemoryEngine(clock=clock), clock=clock, is_alive=clock.is_alive) as opened:
        yield opened


def opening(run: str, name: str = "n", pid: int = 0, project: str = "p") -> Batch:
    host = "here" if pid else ""
    first = journal.Open(run=run, project=project, writer="w", name=name, us=5, pid=pid, host=host, started="x")
    return Batch(run, "", 0, 0, (), opened=first)


def points(run: str, us: int = 0, *steps: int) -> Batch:
    step = np.array(steps or (0,), np.int64)
    return Batch(run, "", 0, 0, (Frame(("loss",), step, step + us, np.zeros((1, len(step)))),))


def send(lab: Home, *batches: Batch) -> list[Appended]:
    return [future.result(30) for future in lab.submit(batches)]


def test_everything_in_memory_follows_a_commit_before_it_is_acknowledged(lab: Home) -> None:
    send(lab, opening("a", "first"))
    page = lab.table.query(RunQuery())
    assert [r.id for r in page.runs] == ["a"]
    assert lab.catalog.find("p", "first") == lab.catalog.get("a") == page.runs[0]
    assert lab.bus.head == 1


def test_projects_are_summed_up(lab: Home, clock: Clock) -> None:
    send(lab, opening("a", "x"), opening("b", "y"), opening("c", "z", project="q"))
    clock.us += 1
    lab.change("b", {"state": "finished"})
    assert lab.catalog.projects() == [
        Project("p", runs=2, running=1, created_us=5, updated_us=clock.us),
        Project("q", runs=1, running=1, created_us=5, updated_us=clock.us - 1),
    ]


def test_the_newest_run_of_a_name_is_found_and_a_renamed_one_by_its_new_name(lab: Home) -> None:
    send(lab, opening("a", "same"), opening("b", "same"))
    assert lab.catalog.find("p", "same") == lab.catalog.run("b")
    lab.change("b", {"name": "other"})
    assert lab.catalog.find("p", "other") == lab.catalog.run("b")
    assert lab.catalog.find("p", "nothing") is None


def test_a_deleted_run_does_not_come_back(lab: Home) -> None:
    send(lab, opening("a"))
    lab.delete("a")
    with pytest.raises(NotFoundError):
        send(lab, points("a"))
    with pytest.raises(NotFoundError):
        lab.change("a", {"notes": "x"})
    with pytest.raises(NotFoundError):
        lab.delete("a")
    assert (lab.catalog.runs(), lab.table.query(RunQuery()).total) == ([], 0)


def test_runs_that_went_silent_are_lost_unless_their_process_still_runs(lab: Home, clock: Clock) -> None:
    clock.alive = {1: True, 2: False, 3: None}
    send(lab, opening("a", pid=1), opening("b", pid=2), opening("c", pid=3), opening("d"))
    heard = clock.us
    clock.us += 9 * MINUTE_US
    send(lab, opening("e"))
    assert lab.mark_lost() == []
    clock.us += 2 * MINUTE_US
    assert lab.mark_lost() == ["b", "c", "d"]
    assert {r.id: r.state for r in lab.catalog.runs()} == {"e": "running", "a": "running"} | dict.fromkeys(
        "bcd", "lost"
    )
    assert lab.catalog.run("b").finished_us == heard


def test_a_lost_run_runs_again_when_something_of_it_comes_and_may_end_in_the_same_breath(
    lab: Home, clock: Clock
) -> None:
    send(lab, opening("a"), opening("b"))
    heard = clock.us
    clock.us += 20 * MINUTE_US
    assert lab.mark_lost() == ["a", "b"]
    (back,) = send(lab, points("a"))
    assert (back.run.state, back.run.finished_us) == ("running", None)
    record = journal.encode(journal.CLOSE, heard + 3 * MINUTE_US, "finished", None)
    (ended,) = send(lab, decode_batch(record, run="b", writer="", offset=0, keysets={}))
    assert (ended.run.state, ended.run.finished_us) == ("finished", heard + 3 * MINUTE_US)


def write_journal(home: Path, run: str, writer: str, count: int) -> None:
    folder = journal_root(home) / run
    folder.mkdir(parents=True)
    first = journal.Open(run=run, project="p", writer=writer, name="from-journal", us=5)
    layout = journal.Layout(0, 1)
    records = [journal.encode(journal.OPEN, first), journal.encode(journal.KEYS, 0, ["loss"])]
    records += [layout.record(step, 5 + step, (float(step),)) for step in range(count)]
    records.append(journal.encode(journal.CLOSE, 99, "finished", None))
    (folder / f"{writer}.j").write_bytes(b"".join(records))


def test_draining_stores_what_is_in_the_journals(home: Path) -> None:
    write_journal(home, "0123456789", "abcdefghjk", 500)
    with Home.open(home) as lab:
        assert lab.drain()
        (run,) = lab.catalog.runs()
        assert (run.name, run.state, lab.engine.series(run.id)["loss"].n) == ("from-journal", "finished", 500)


def test_the_background_work_reads_journals_by_itself_and_closing_waits_for_it(home: Path) -> None:
    write_journal(home, "0123456789", "abcdefghjk", 500)
    with Home.open(home) as lab:
        lab.start()
    with Home.open(home) as lab:
        assert lab.engine.series("0123456789")["loss"].n == 500


def test_a_folder_has_one_owner_who_can_be_found(home: Path) -> None:
    with Home.open(home) as lab:
        lab.announce("http://127.0.0.1:7000")
        found = holder(home)
        assert found is not None
        assert found.url == "http://127.0.0.1:7000"
        with pytest.raises(LockedError, match=r"127\.0\.0\.1:7000"):
            Home.open(home)
    assert holder(home) is None
    with Home.open(home) as lab:
        assert lab.facts()["runs"] == 0


def test_closing_twice_is_fine(home: Path) -> None:
    lab = Home.open(home)
    lab.start()
    lab.close()
    lab.close()
