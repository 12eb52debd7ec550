"""What the SQLite engine promises of records and blobs beyond the contract of all engines."""

import os
import sqlite3
from pathlib import Path

import pytest

from gnomon.core.batch import Batch, Object, Rewind
from gnomon.core.errors import CorruptError
from gnomon.core.limits import BLOB_BYTES
from gnomon.store.blobs import hash_of
from gnomon.store.bus import DocumentChanged
from gnomon.store.engine import RecordKey
from gnomon.store.home import Home
from gnomon.store.records import counted
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import OTHER, RUN, batch, stored
from gnomon.store.sweeper import EVERY_S, KEEP_S, Sweeper

LARGE = bytes(range(256)) * (BLOB_BYTES // 256)


def file(step: int, data: bytes, key: str = "x") -> Object:
    return Object(key, "file", step, step, {"n": step}, data)


def age(engine: SqliteEngine, blob: str) -> None:
    """Make a blob as old as one that may be swept."""
    path = engine.blobs.path(blob)
    assert path is not None
    os.utime(path, (1, 1))


def test_records_blobs_and_documents_are_there_again_after_closing(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(file(0, b"small"), file(1, LARGE), Rewind(2, 1), file(1, LARGE + b"2")))
        engine.documents.put("panel", "p", {"n": 1}, 5)
        before = engine.record_keys(RUN), engine.records(RUN, "x"), engine.documents.list("panel")
    with SqliteEngine(tmp_path) as engine:
        assert (engine.record_keys(RUN), engine.records(RUN, "x"), engine.documents.list("panel")) == before
        stored(engine, batch(file(2, b"later"), first=10, last=20))
        assert [(r.id, r.step) for r in engine.records(RUN, "x")] == [(1, 0), (3, 1), (4, 2)]
        assert engine.record_keys(RUN) == {"x": RecordKey("file", 3, 0, 2, 2, len(LARGE) + 11)}


def test_summaries_that_are_kept_equal_those_that_are_counted(tmp_path: Path) -> None:
    """Records of several keys, of several commits, some of them in the same one as a rewind."""
    items = [file(step, b"x" * (step % 5), key) for step in range(20) for key in ("a", "b")]
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(*items), batch(*items[:10], Rewind(0, 4), *items[:2], first=10, last=20))
        stored(engine, batch(Rewind(0, 9), *items[30:], Rewind(0, 17), first=20, last=30))
        for key, summary in engine.record_keys(RUN).items():
            expected: RecordKey | None = None
            for record in engine.records(RUN, key):
                data = engine.payload(RUN, record.id)
                expected = counted(expected, Object(key, record.kind, record.step, record.us, {}, data))
            assert summary == expected


def test_the_index_alone_finds_records(tmp_path: Path) -> None:
    """Neither a page of records nor the newest one may cost a look at all of them, with or without rewinds."""
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(*(file(s, b"x") for s in range(50)), Rewind(0, 40)))
        plans: list[str] = []
        with engine._connections.lend() as db:
            db.set_exec_trace(lambda _, sql, bindings: plans.append(explained(tmp_path, sql, bindings)) or True)
            engine.records(RUN, "x", 0, 30, limit=1, newest=True)
            engine.records(RUN, "x", offset=3, limit=5)
            engine.records(RUN, "x", every=7)
            engine.record_keys(RUN)
            engine.record(RUN, 3)
        db.set_exec_trace(None)
    assert [plan for plan in plans if "SCAN r" in plan or "TEMP B-TREE FOR ORDER BY\n" in plan] == []


def explained(home: Path, sql: str, bindings: object) -> str:
    """Return how SQLite does a statement."""
    if not sql.startswith(("SELECT", "WITH")):
        return ""
    with sqlite3.connect(f"file:{home}/store.db?mode=ro", uri=True) as db:
        found = db.execute(f"EXPLAIN QUERY PLAN {sql}", bindings if isinstance(bindings, tuple) else ()).fetchall()
    db.close()
    return "".join(f"{row[3]}\n" for row in found)


def test_facts_tell_blobs_and_orphans(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(file(0, LARGE), file(1, LARGE), file(2, b"small")))
        engine.documents.put("panel", "p", {"html": "x" * BLOB_BYTES}, 1)
        engine.blobs.put(b"named by nothing")
        facts = engine.facts()
        body = len('{"html":""}') + BLOB_BYTES
        assert {name: facts[name] for name in ("records", "blobs", "blob_bytes", "orphans")} == {
            "records": 3,
            "blobs": 2,
            "blob_bytes": len(LARGE) + body,
            "orphans": 1,
        }


def test_the_sweep_removes_what_nothing_names_once_it_is_a_day_old(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(file(0, LARGE)))
        engine.documents.put("panel", "p", {"html": "x" * BLOB_BYTES}, 1)
        kept = set(engine.blobs.all())
        young, old = engine.blobs.put_all([b"young", b"old"])
        for blob in (*kept, old):
            age(engine, blob)
        engine.sweeper.all()
        assert set(engine.blobs.all()) == {*kept, young}
        age(engine, young)
        engine.delete(RUN)
        engine.sweeper.all()
        assert set(engine.blobs.all()) == kept - {hash_of(LARGE)}


def test_the_sweep_goes_on_a_little_at_a_time_once_an_hour(tmp_path: Path) -> None:
    now = 0.0
    with SqliteEngine(tmp_path) as engine:
        sweeper = engine.sweeper = Sweeper(engine.blobs, engine._disk, clock=lambda: now)
        assert (KEEP_S, sweeper.is_due) == (86_400, False)
        now = 60.0
        blob = engine.blobs.put(b"old")
        age(engine, blob)
        rounds = 0
        while engine.maintain() or engine.blobs.path(blob) is not None:
            rounds += 1
        assert (rounds, sweeper.is_due) == (255, False)
        now += EVERY_S
        assert sweeper.is_due


def test_a_record_whose_blob_was_taken_away_behind_our_back_says_so(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(file(0, LARGE)))
        engine.blobs.delete(hash_of(LARGE))
        with pytest.raises(CorruptError, match=r"its blob .* is gone\. Restore a backup\."):
            engine.payload_path(RUN, 1)


def test_a_blob_freed_while_its_batch_waits_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run one is deleted between the moment its blob is found to be there for run two, and the commit of run two."""
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(file(0, LARGE)))
        real = engine.blobs.put_all

        def put_all(parts: list[bytes]) -> list[str]:
            names = real(parts)
            monkeypatch.undo()
            engine.delete(RUN)
            return names

        monkeypatch.setattr(engine.blobs, "put_all", put_all)
        stored(engine, batch(file(0, LARGE), run=OTHER))
        assert engine.payload(OTHER, 1) == LARGE


def test_changes_of_documents_are_told_on_the_bus(tmp_path: Path) -> None:
    with Home.open(tmp_path) as lab:
        first = lab.bus.head
        lab.documents.put("panel", "p", {"n": 1}, 10)
        lab.documents.put("panel", "p", {"n": 2}, 20, if_rev=1)
        lab.documents.delete("panel", "p", 30)
        told = [change for event in lab.bus.since(first) or [] for change in event.changes]
        assert told == [
            DocumentChanged("panel", "p", 1, 10),
            DocumentChanged("panel", "p", 2, 20),
            DocumentChanged("panel", "p", 3, 30, deleted=True),
        ]
        assert (lab.documents.list("panel"), lab.documents.get("panel", "p", rev=2).body) == ([], {"n": 2})
        assert lab.documents.history("panel", "p", limit=2) == [(3, 30), (2, 20)]


def test_the_bus_keeps_no_payloads_and_no_names(tmp_path: Path) -> None:
    with Home.open(tmp_path) as lab:
        first = lab.bus.head
        named = Object("e", "embedding", 0, 1, {"names": ["a name"] * 10_000}, b"")
        lab.submit([batch(named, file(0, LARGE), file(1, b"x" * 60_000))])[0].result(30)
        [event] = lab.bus.since(first) or []
        assert event.size_bytes < 2_000
        told = event.changes[0].batch  # type: ignore[union-attr]
        assert isinstance(told, Batch)
        assert told.items[0] == Object("e", "embedding", 0, 1, {}, b"")


def test_a_file_that_was_removed_or_cut_by_hand_costs_its_record_only_and_is_told(tmp_path: Path) -> None:
    other = LARGE + b"another"
    with Home.open(tmp_path) as lab:
        lab.submit([batch(file(0, LARGE), file(1, other), file(2, b"inline"))])[0].result(30)
        assert (lab.troubles(), lab.engine.facts()["damaged"]) == ([], [])
        gone, cut = lab.engine.payload_path(RUN, 1), lab.engine.payload_path(RUN, 2)
        assert gone is not None
        assert cut is not None
        gone.unlink()
        os.truncate(cut, 1000)
        lab.engine.blobs.put(b"nobody names this" * 10_000)
        for number, said in ((1, "is gone"), (2, f"has 1000 of {len(other)} bytes")):
            with pytest.raises(CorruptError, match=f"record {number}: .* {said}"):
                lab.engine.payload_path(RUN, number)
        assert lab.engine.payload(RUN, 3) == b"inline"
        assert [record.size for record in lab.engine.records(RUN, "x")] == [len(LARGE), len(other), 6]
        facts = lab.engine.facts()
        assert (facts["damaged"], facts["orphans"]) == (sorted([gone.name, cut.name]), 1)
        [trouble] = lab.troubles()
        assert "2 stored files are gone or damaged" in trouble
