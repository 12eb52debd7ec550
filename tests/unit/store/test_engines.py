"""Both engines keep the contract, and what the SQLite engine promises beyond it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import numpy as np
import pytest

from gnomon.core.batch import Batch, Change, Object, Rewind
from gnomon.core.errors import CorruptError, NotFoundError, StoreError
from gnomon.store.engine import Engine
from gnomon.store.envelope import Window
from gnomon.store.memory import MemoryEngine
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import OTHER, RUN, EngineSuite, batch, frame, opened, stored


class TestMemoryEngine(EngineSuite):
    @pytest.fixture
    def engine(self) -> Iterator[Engine]:
        with MemoryEngine() as engine:
            yield engine


class TestSqliteEngine(EngineSuite):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Engine]:
        with SqliteEngine(tmp_path) as engine:
            yield engine


def test_what_is_written_is_synced_before_a_commit_returns(tmp_path: Path) -> None:
    """With a write-ahead log, NORMAL would lose the last commits when the power fails; only FULL syncs each."""
    for _ in range(2):  # a new store, and one that is there
        with SqliteEngine(tmp_path) as engine:
            assert [engine._disk.db.pragma(name) for name in ("journal_mode", "synchronous")] == ["wal", 2]


def test_everything_is_there_again_after_closing_sealed_or_not(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(
            engine,
            batch(frame(("a", "b"), np.arange(200.0).reshape(2, 100)), opened=opened(config={"x": 1}, tags=["t"])),
        )
        engine.seal()
        stored(
            engine, batch(frame("a", [7.0], 100), Change(5, {"notes": "late"}), first=10, last=20, keysets={3: ("a",)})
        )
        before = engine.runs(), engine.series(RUN), engine.config(RUN), engine.keysets(RUN, "wr1ter")
        values = engine.points(RUN, "a").value.tolist()
    with SqliteEngine(tmp_path) as engine:
        assert (engine.runs(), engine.series(RUN), engine.config(RUN), engine.keysets(RUN, "wr1ter")) == before
        assert engine.points(RUN, "a").value.tolist() == values
        assert engine.offset(RUN, "wr1ter") == 20


def test_the_index_of_a_deleted_run_is_never_used_again(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch())
        index = engine.run(RUN).index
        engine.delete(RUN)
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(run=OTHER))
        assert engine.run(OTHER).index > index


def test_the_space_of_a_deleted_run_is_given_back(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        rng = np.random.default_rng(0)
        stored(engine, batch())
        engine.bulk(RUN, [frame("a", rng.random((1, 2_000_000)))])
        engine.maintain(idle=True)
        large = (tmp_path / "store.db").stat().st_size
        engine.delete(RUN)
        while engine.maintain(idle=True):
            pass
        assert (tmp_path / "store.db").stat().st_size < large / 3


def test_small_seals_do_not_leave_many_small_chunks(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch())
        for i in range(50):
            stored(engine, Batch(RUN, "", 0, 0, (frame("a", range(160 * i, 160 * i + 160), 160 * i),)))
            engine.seal()
        assert engine.facts()["axes"] <= 14
        assert engine.points(RUN, "a").value.tolist() == list(range(8000))


def test_random_sets_of_keys_do_not_multiply_chunks(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch())
        for step in range(150):
            keys = tuple(f"k{i}" for i in np.flatnonzero(rng.random(40) < 0.3)) or ("k0",)
            stored(engine, Batch(RUN, "", 0, 0, (frame(keys, rng.random((len(keys), 1)), step),)))
        engine.seal()
        assert engine.facts()["axes"] <= 64 + 40


def test_a_finished_run_a_full_one_and_an_old_one_are_sealed(tmp_path: Path) -> None:
    now = [1_000_000]
    with SqliteEngine(tmp_path, clock=lambda: now[0]) as engine:
        stored(engine, batch(frame("a", [1.0])), batch(frame("a", [1.0]), run=OTHER))
        assert not engine.maintain()
        assert engine.facts()["unsealed"] == 2
        stored(engine, batch(Change(10**18, {"state": "finished"}), first=10, last=20))
        engine.maintain()
        assert engine.facts()["unsealed"] == 1
        now[0] += 61_000_000
        engine.maintain()
        assert engine.facts()["unsealed"] == 0
        stored(engine, batch(frame("a", range(70_000)), run=OTHER, first=10, last=20))
        engine.maintain()
        assert engine.facts()["unsealed"] == 0


def test_only_one_connection_can_write(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(frame("a", [1.0])))
        for copy in ("one.db", "two.db"):
            with engine._connections.lend() as reading, pytest.raises(apsw.ReadOnlyError):
                reading.execute("DELETE FROM run")
            engine.backup(tmp_path / copy)  # for which a reader may write, elsewhere and once
        assert engine.points(RUN, "a").value.tolist() == [1.0]


def test_a_clock_that_is_set_back_keeps_no_run_unsealed_and_loses_nothing(tmp_path: Path) -> None:
    now = [10**15]
    with SqliteEngine(tmp_path, clock=lambda: now[0]) as engine:
        stored(engine, batch(frame("a", [1.0, 2.0])))
        now[0] -= 86_400_000_000
        stored(engine, batch(frame("a", [3.0], 2), first=10, last=20))
        engine.maintain()
        assert engine.facts()["unsealed"] == 0
        stored(engine, batch(frame("a", [4.0], 3), Change(5, {"notes": "later"}), first=20, last=30))
        before = engine.run(RUN), engine.series(RUN), engine.points(RUN, "a").value.tolist()
        assert (before[0].notes, before[2]) == ("later", [1.0, 2.0, 3.0, 4.0])
    with SqliteEngine(tmp_path, clock=lambda: now[0]) as engine:
        assert (engine.run(RUN), engine.series(RUN), engine.points(RUN, "a").value.tolist()) == before


def test_points_that_arrive_while_a_run_is_sealed_stay_unsealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gnomon.store import seal

    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(frame("a", range(100))))
        encode = seal.encode

        def encode_slowly(*args: object) -> object:
            stored(engine, batch(frame("a", [100.0], 100), first=10, last=20))
            return encode(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(seal, "encode", encode_slowly)
        engine.seal()
        monkeypatch.undo()
        assert engine.facts()["unsealed"] == 1
        assert engine.series(RUN)["a"].n == 101
    with SqliteEngine(tmp_path) as engine:
        assert engine.series(RUN)["a"].n == 101
        assert engine.points(RUN, "a").value.tolist() == list(range(101))


def test_a_rewind_while_a_run_is_sealed_is_counted_after_reopening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gnomon.store import seal

    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(frame("a", range(100))))
        encode = seal.encode

        def encode_slowly(*args: object) -> object:
            stored(engine, batch(Rewind(1, 10), first=10, last=20))
            return encode(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(seal, "encode", encode_slowly)
        engine.seal()
        expected = engine.series(RUN)["a"]
    assert (expected.n, expected.high) == (10, 9.0)
    with SqliteEngine(tmp_path) as engine:
        assert engine.series(RUN)["a"] == expected
        assert engine.run(RUN).last_step == 9


def test_a_commit_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(frame("a", [1.0])))
        engine._disk.db.execute(
            "CREATE TEMP TRIGGER no BEFORE INSERT ON main.tail BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        with pytest.raises(StoreError, match="cannot be written"):
            engine.append([batch(frame(("a", "b"), [[2.0], [3.0]], 1), Change(1, {"notes": "x"}), first=10, last=20)])
        assert (list(engine.series(RUN)), engine.run(RUN).notes, engine.offset(RUN, "wr1ter")) == (["a"], "", 10)
        engine._disk.db.execute("DROP TRIGGER no")
        stored(engine, batch(frame(("a", "b"), [[2.0], [3.0]], 1), first=10, last=20))
        assert engine.points(RUN, "a").value.tolist() == [1.0, 2.0]


def test_a_store_of_a_newer_gnomon_is_left_alone(tmp_path: Path) -> None:
    SqliteEngine(tmp_path).close()
    db = apsw.Connection(str(tmp_path / "store.db"))
    db.execute("PRAGMA user_version=999")
    db.close()
    with pytest.raises(StoreError, match="version 999 was written by a newer gnomon"):
        SqliteEngine(tmp_path)


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"these are somebody's notes, not a database" * 100)
    with pytest.raises(CorruptError, match="no SQLite database"):
        SqliteEngine(tmp_path)
    path.unlink()
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE theirs(x)")
    db.close()
    with pytest.raises(CorruptError, match="no gnomon store"):
        SqliteEngine(tmp_path)


def test_a_closed_engine_says_so_and_may_be_closed_twice(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path)
    engine.close()
    engine.close()
    with pytest.raises(StoreError, match="closed"):
        engine.append([batch()])
    with pytest.raises(StoreError, match="closed"):
        engine.runs()


def test_bulk_and_live_points_of_one_run_are_one_series(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(frame("a", range(100))))
        assert engine.bulk(RUN, [frame("a", range(100, 20_100), 100), frame(("a", "b"), [[5.0], [6.0]], 50)]) == 20_002
        stored(engine, batch(frame("a", [7.0], 20_100), first=10, last=20))
        with pytest.raises(NotFoundError):
            engine.bulk(OTHER, [frame("a", [1.0])])
        before = engine.series(RUN)
        points = engine.points(RUN, "a")
        assert (before["a"].n, before["a"].last, before["b"].n) == (20_102, 7.0, 1)
        assert points.value[:52].tolist() == [*range(51), 5.0]
    with SqliteEngine(tmp_path) as engine:
        assert engine.series(RUN) == before


def test_writers_in_many_threads_lose_nothing(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch())

        def write(number: int) -> None:
            writer = f"writer{number}"
            for i in range(20):
                one = Batch(
                    RUN, writer, i, i + 1, (frame(f"k{number}", [i], i),), {}, opened(resumed=True) if i == 0 else None
                )
                stored(engine, one)
                if i % 7 == number % 7:
                    engine.seal()

        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {k: engine.points(RUN, k).value.tolist() for k in engine.series(RUN)} == {
            f"k{n}": list(range(20)) for n in range(8)
        }


def test_a_backup_taken_while_in_use_opens_as_a_store(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path / "home") as engine:
        stored(engine, batch(frame("a", range(1000))))
        engine.seal()
        stored(engine, batch(frame("a", [5.0], 1000), first=10, last=20))
        (tmp_path / "copy").mkdir()
        engine.backup(tmp_path / "copy" / "store.db")
        stored(engine, batch(frame("a", [6.0], 1001), first=20, last=30))
        with SqliteEngine(tmp_path / "copy") as copy:
            assert copy.series(RUN)["a"].n == 1001
            assert copy.points(RUN, "a").value[-1] == 5.0
        with pytest.raises(StoreError, match="exists already"):
            engine.backup(tmp_path / "copy" / "store.db")


def test_many_runs_leave_memory_and_are_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gnomon.store import roster

    monkeypatch.setattr(roster, "_IDLE_RUNS", 3)
    uids = [f"run{i:05}" for i in range(12)]
    with SqliteEngine(tmp_path) as engine:
        for i, uid in enumerate(uids):
            stored(engine, batch(frame("a", [float(i)]), run=uid))
            engine.seal()
        assert len(engine._roster.all()) <= 4
        for i, uid in enumerate(uids):
            assert engine.points(uid, "a").value.tolist() == [i]
            assert engine.envelopes([(uid, "a")], Window())[0].low.tolist() == [i]
        # A run that was only read is written again: what was remembered of it must not be believed any more.
        stored(engine, batch(frame("a", [9.0], 1), run=uids[0], first=10, last=20))
        assert engine.points(uids[0], "a").value.tolist() == [0.0, 9.0]
        assert engine.envelopes([(uids[0], "a")], Window())[0].n.sum() == 2
        assert [r.id for r in engine.runs()] == uids
        assert engine.metric_column("a").n.tolist() == [2, *[1] * 11]


def test_a_run_that_was_read_and_is_deleted_is_gone_for_readers_too(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch(frame("a", range(10))))
    with SqliteEngine(tmp_path) as engine:
        engine.seal()
    with SqliteEngine(tmp_path) as engine:
        assert engine.envelopes([(RUN, "a")], Window())[0].n.sum() == 10
        engine.delete(RUN)
        assert engine.envelopes([(RUN, "a")], Window())[0].n.sum() == 0


def test_memory_stays_bounded_when_nobody_does_the_background_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gnomon.store import sqlite

    monkeypatch.setattr(sqlite, "SEAL_BYTES", 400_000)
    with SqliteEngine(tmp_path) as engine:
        stored(engine, batch())
        for i in range(20):
            stored(engine, Batch(RUN, "", 0, 0, (frame("a", range(5_000 * i, 5_000 * i + 5_000), 5_000 * i),)))
        assert engine.facts()["unsealed"] < 60_000
        assert engine.points(RUN, "a").value.tolist() == list(range(100_000))


def test_no_row_of_a_deleted_run_is_left_in_any_table(tmp_path: Path) -> None:
    with SqliteEngine(tmp_path) as engine:
        items = frame("a", range(5000)), Object("t", "text", 1, 1, {}, b"x"), Rewind(1, 4000)
        stored(engine, batch(*items, opened=opened(config={"lr": 1}), keysets={0: ("a",)}))
        engine.seal()
        stored(engine, batch(frame("a", [1.0]), first=10, last=20))
        engine.delete(RUN)
        db = engine._disk.db
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()]
        counts = {table: engine._disk.number(f"SELECT count(*) FROM {table}") for table in tables}
    assert counts == {table: int(table == "deleted") for table in tables}
