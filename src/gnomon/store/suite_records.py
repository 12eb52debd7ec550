"""What every engine promises of records; part of `gnomon.store.suite.EngineSuite`."""

import threading
from typing import Any, cast

import pytest

from gnomon.core.batch import Batch, Change, Item, Object, Rewind
from gnomon.core.errors import InputError, MissingBlobError, NotFoundError
from gnomon.core.limits import BLOB_BYTES
from gnomon.store.blobs import hash_of
from gnomon.store.engine import Engine, RecordInfo, RecordKey
from gnomon.store.suite_tools import BEGAN_US, OTHER, RUN, batch, frame, refused, stored

LARGE = bytes(range(256)) * (BLOB_BYTES // 256)


def note(step: int, data: bytes = b"", *, key: str = "t", kind: str = "text", us: int | None = None) -> Object:
    """Return one record."""
    return Object(key, kind, step, step if us is None else us, {}, data or str(step).encode())


def steps(found: list[RecordInfo]) -> list[int]:
    """Return the steps of records."""
    return [record.step for record in found]


class RecordSuite:
    """What every engine promises of records."""

    def test_records_come_back_by_step_then_by_arrival(self, engine: Engine) -> None:
        items = [Object("t", "text", s, s, {"lang": "en"}, f"{s}".encode()) for s in (5, 1, 3, 1)]
        (result,) = stored(engine, batch(*items, Object("j", "json", 2, 2, {}, b"{}")))
        found = engine.records(RUN, "t")
        assert [(r.step, r.id) for r in found] == [(1, 2), (1, 4), (3, 3), (5, 1)]
        assert found[2] == engine.record(RUN, 3) == RecordInfo(3, "t", "text", 3, 3, {"lang": "en"}, 1, None)
        keys = {"j": RecordKey("json", 1, 2, 2, 2, 2), "t": RecordKey("text", 4, 1, 5, 5, 4)}
        assert engine.record_keys(RUN) == result.records == keys
        assert [engine.payload(RUN, r.id) for r in found] == [b"1", b"1", b"3", b"5"]

    def test_numbers_of_records_go_on_in_each_run(self, engine: Engine) -> None:
        stored(engine, batch(note(0)), batch(note(0), note(1), run=OTHER))
        stored(engine, batch(note(1), first=10, last=20))
        assert [[r.id for r in engine.records(run, "t")] for run in (RUN, OTHER)] == [[1, 2], [1, 2]]

    def test_a_part_of_the_records_is_chosen(self, engine: Engine) -> None:
        stored(engine, batch(*map(note, range(10))))
        assert steps(engine.records(RUN, "t", 2, 4)) == [2, 3, 4]
        assert steps(engine.records(RUN, "t", 7)) == [7, 8, 9]
        assert steps(engine.records(RUN, "t", every=4)) == [0, 4, 8]
        assert steps(engine.records(RUN, "t", 1, every=4, offset=1)) == [5, 9]
        assert steps(engine.records(RUN, "t", offset=2, limit=3)) == [2, 3, 4]
        assert steps(engine.records(RUN, "t", limit=3, newest=True)) == [7, 8, 9]
        assert steps(engine.records(RUN, "t", limit=2, offset=1, newest=True)) == [7, 8]
        assert steps(engine.records(RUN, "t", every=4, limit=2, newest=True)) == [4, 8]
        assert steps(engine.records(RUN, "t", 0, 6, limit=1, newest=True)) == [6]
        assert engine.records(RUN, "t", limit=0) == engine.records(RUN, "t", limit=0, newest=True) == []
        assert engine.records(RUN, "nothing") == engine.records(RUN, "t", 11) == []

    @pytest.mark.parametrize(("name", "value"), [("every", 0), ("offset", -1), ("limit", -1)])
    def test_a_choice_that_makes_no_sense_is_refused(self, engine: Engine, name: str, value: int) -> None:
        stored(engine, batch(note(0)))
        with pytest.raises(InputError, match=rf"^{name}: expected at least"):
            engine.records(RUN, "t", **cast("Any", {name: value}))

    @pytest.mark.parametrize("data", [b"0123456789", LARGE, b""], ids=["inline", "blob", "nothing"])
    def test_a_payload_is_read_by_ranges(self, engine: Engine, data: bytes) -> None:
        stored(engine, batch(Object("t", "file", 0, 0, {}, data)))
        size = len(data)
        for start, length in ((0, None), (0, 3), (3, 4), (size - 1, 10), (5, None), (size, 1), (size + 7, 3), (2, 0)):
            end = None if length is None else max(start, 0) + length
            assert engine.payload(RUN, 1, max(start, 0), length) == data[max(start, 0) : end]
        for start, length in ((-1, None), (0, -1)):
            with pytest.raises(InputError, match=r"^start: expected a range"):
                engine.payload(RUN, 1, start, length)

    def test_a_large_payload_is_a_blob_and_a_small_one_is_not(self, engine: Engine) -> None:
        small = LARGE[:-1]
        (result,) = stored(engine, batch(note(0, LARGE), note(1, small), note(2, LARGE)))
        large, inline, again = engine.records(RUN, "t")
        assert (large.blob, inline.blob, again.blob) == (hash_of(LARGE), None, hash_of(LARGE))
        path = engine.payload_path(RUN, large.id)
        assert path is not None
        assert path.read_bytes() == LARGE
        assert path == engine.blobs.path(hash_of(LARGE)) == engine.payload_path(RUN, again.id)
        assert engine.payload_path(RUN, inline.id) is None
        assert engine.payload(RUN, inline.id) == small
        assert result.batch is not None
        told = [(o.data, o.blob, o.size) for o in result.batch.items if isinstance(o, Object)]
        name = hash_of(LARGE)
        assert told == [(b"", name, BLOB_BYTES), (b"", None, BLOB_BYTES - 1), (b"", name, BLOB_BYTES)]

    def test_a_record_that_names_a_blob_is_stored_once_the_blob_is_there(self, engine: Engine) -> None:
        name = hash_of(LARGE)
        attached = Object("v", "video", 3, 9, {"fps": 8}, b"", name, len(LARGE))
        stored(engine, batch())
        error = refused(engine, batch(attached, first=10, last=20))
        assert isinstance(error, MissingBlobError)
        assert error.missing == (name,)
        assert engine.record_keys(RUN) == {}
        engine.blobs.put(LARGE)
        stored(engine, batch(attached, first=10, last=20))
        assert engine.records(RUN, "v") == [RecordInfo(1, "v", "video", 3, 9, {"fps": 8}, len(LARGE), name)]
        assert engine.payload(RUN, 1, 300, 4) == LARGE[300:304]

    @pytest.mark.parametrize(
        "item",
        [
            Object("v", "video", 0, 0, {}, b"", hash_of(LARGE), len(LARGE) - 1),
            Object("v", "video", 0, 0, {}, b"", hash_of(LARGE), 0),
            Object("v", "video", 0, 0, {}, b"", "../../store.db", 5),
            Object("v", "video", 0, 0, {}, b"other", hash_of(b"elsewhere"), 5),
            Object("v", "video", 0, 0, {}, b"data", None, 9),
        ],
    )
    def test_a_record_that_is_not_what_it_says_is_refused(self, engine: Engine, item: Item) -> None:
        engine.blobs.put(LARGE)
        stored(engine, batch())
        assert isinstance(refused(engine, batch(item, first=10, last=20)), InputError)
        assert engine.record_keys(RUN) == {}

    def test_a_record_that_is_not_there_is_said_to_be_missing(self, engine: Engine) -> None:
        stored(engine, batch(note(0)), batch(run=OTHER))
        for run, number in ((RUN, 2), (RUN, 0), (RUN, -1), (RUN, 1 << 40), (OTHER, 1)):
            for ask in (engine.record, engine.payload, engine.payload_path):
                with pytest.raises(NotFoundError, match=f"No record {number} in run {run}"):
                    ask(run, number)
        with pytest.raises(NotFoundError, match='No run "nobody"'):
            engine.records("nobody", "t")

    def test_a_rewind_hides_records_and_counts_them_out(self, engine: Engine) -> None:
        stored(engine, batch(*(note(s, b"abc") for s in range(6)), note(0, key="gone"), note(4, key="gone")))
        items = (Rewind(1, 3), note(3, b"later", kind="html", us=50), Rewind(2, 5))
        (result,) = stored(engine, batch(*items, first=10, last=20))
        assert steps(engine.records(RUN, "t")) == [0, 1, 2, 3]
        assert engine.payload(RUN, engine.records(RUN, "t", 3)[0].id) == b"later"
        assert engine.payload(RUN, 4) == b"abc"  # hidden, yet not forgotten
        expected = {"t": RecordKey("html", 4, 0, 3, 50, 14), "gone": RecordKey("text", 1, 0, 0, 0, 1)}
        assert engine.record_keys(RUN) == result.records == expected
        (result,) = stored(engine, batch(Rewind(3, 0), first=20, last=30))
        assert engine.record_keys(RUN) == {}
        assert engine.records(RUN, "t") == engine.records(RUN, "t", every=2, newest=True, limit=1) == []
        assert result.records == {"t": RecordKey("", 0, 0, 0, 0, 0), "gone": RecordKey("", 0, 0, 0, 0, 0)}
        stored(engine, batch(note(7), first=30, last=40))
        assert engine.record_keys(RUN) == {"t": RecordKey("text", 1, 7, 7, 7, 1)}

    def test_a_deleted_run_frees_the_blobs_that_nothing_else_names(self, engine: Engine) -> None:
        mine, shared, drawn = LARGE + b"mine", LARGE + b"shared", {"svg": "x" * BLOB_BYTES}
        stored(engine, batch(note(0, mine), note(1, shared)), batch(note(0, shared), run=OTHER))
        engine.documents.put("panel", "p", drawn, BEGAN_US)
        engine.delete(RUN)
        assert engine.blobs.path(hash_of(mine)) is None
        assert engine.payload(OTHER, 1) == shared
        engine.delete(OTHER)
        assert engine.blobs.path(hash_of(shared)) is None
        assert engine.documents.get("panel", "p").body == drawn

    def test_records_do_not_hold_up_scalars_in_their_batch(self, engine: Engine) -> None:
        stored(engine, batch(frame("a", [1.0, 2.0]), note(0, LARGE), Change(3, {"notes": "n"}), frame("a", [3.0], 2)))
        assert engine.points(RUN, "a").value.tolist() == [1.0, 2.0, 3.0]
        assert (engine.run(RUN).notes, engine.record(RUN, 1).size) == ("n", BLOB_BYTES)

    def test_many_threads_read_records_while_one_writes(self, engine: Engine) -> None:
        stored(engine, batch())
        failures: list[BaseException] = []
        done = threading.Event()

        def read() -> None:
            try:
                while not done.is_set():
                    n = (engine.record_keys(RUN).get("t") or RecordKey("", 0, 0, 0, 0, 0)).n
                    found = engine.records(RUN, "t")
                    assert n <= len(found)
                    assert [r.id for r in found] == list(range(1, len(found) + 1))
                    for record in found[-1:]:
                        data = engine.payload(RUN, record.id)
                        assert (data[:4], len(data)) == (record.step.to_bytes(4), record.size)
            except BaseException as error:  # noqa: BLE001  # handed to the test, which raises it
                failures.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for i in range(30):
            data = i.to_bytes(4) + bytes(BLOB_BYTES if i % 3 else 100)
            stored(engine, Batch(RUN, "", 0, 0, (note(i, data),)))
        done.set()
        for reader in readers:
            reader.join()
        assert failures == []
