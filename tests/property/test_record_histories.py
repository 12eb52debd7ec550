"""Records of random histories equal the naive filter, and ranges of payloads equal slices, in both engines."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.batch import Batch, Object, Rewind
from gnomon.store import records as store_records
from gnomon.store import staging
from gnomon.store.blobs import hash_of
from gnomon.store.engine import Engine, RecordInfo, RecordKey
from gnomon.store.memory import MemoryEngine
from gnomon.store.sqlite import SqliteEngine
from gnomon.store.suite import RUN, opened

KEYS = ("a", "b")
LARGE = 40


@dataclass
class Naive:
    """Everything that was logged, in order, and which of it still stands: as simple as can be."""

    logged: list[tuple[RecordInfo, bytes]] = field(default_factory=list)
    standing: list[int] = field(default_factory=list)

    def add(self, item: Object | Rewind) -> None:
        if isinstance(item, Rewind):
            self.standing = [i for i in self.standing if self.logged[i][0].step < item.step]
            return
        blob = hash_of(item.data) if len(item.data) >= LARGE else None
        id_ = len(self.logged) + 1
        info = RecordInfo(id_, item.key, item.kind, item.step, item.us, item.meta, len(item.data), blob)
        self.standing.append(len(self.logged))
        self.logged.append((info, item.data))

    def of(self, key: str) -> list[RecordInfo]:
        return sorted((r for i in self.standing if (r := self.logged[i][0]).key == key), key=lambda r: r.step)

    def keys(self) -> dict[str, RecordKey]:
        out = {}
        for key in KEYS:
            if found := self.of(key):
                last = found[-1]
                size = sum(r.size for r in found)
                out[key] = RecordKey(last.kind, len(found), found[0].step, last.step, last.us, size)
        return out


def chosen(found: list[RecordInfo], how: dict[str, Any]) -> list[RecordInfo]:
    """Choose as `Engine.records` says."""
    last = how["last"] if how["last"] is not None else 1 << 60
    found = [r for r in found if how["first"] <= r.step <= last][:: how["every"]]
    if how["newest"]:
        found = found[::-1][how["offset"] :]
        return (found if how["limit"] is None else found[: how["limit"]])[::-1]
    return found[how["offset"] :] if how["limit"] is None else found[how["offset"] :][: how["limit"]]


small = st.integers(0, 12)
records = st.builds(
    Object,
    key=st.sampled_from(KEYS),
    kind=st.sampled_from(["text", "image"]),
    step=small,
    us=small,
    meta=st.dictionaries(st.sampled_from("xy"), small),
    data=st.one_of(st.binary(max_size=5), st.sampled_from([b"1" * LARGE, b"2" * LARGE])),
)
items = st.one_of(records, records, records, records, st.builds(Rewind, us=small, step=small))
pieces = st.lists(st.one_of(st.lists(items, max_size=8), st.just("reopen")), max_size=6)
choices = st.fixed_dictionaries(
    {
        "first": st.integers(0, 13),
        "last": st.one_of(st.none(), small),
        "every": st.integers(1, 4),
        "offset": st.sampled_from([0, 0, 1, 3, 50]),
        "limit": st.sampled_from([None, None, 0, 1, 2, 5, 100]),
        "newest": st.booleans(),
    }
)


@given(pieces, st.lists(choices, min_size=1, max_size=5), st.integers(0, 45), st.one_of(st.none(), st.integers(0, 45)))
def test_records_equal_the_naive_filter(
    history: list[Any], how: list[dict[str, Any]], start: int, size: int | None
) -> None:
    naive = Naive()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, MemoryEngine() as memory:
        patch.setattr(staging, "BLOB_BYTES", LARGE)
        patch.setattr(store_records, "_FAR", 3)
        sqlite = SqliteEngine(Path(folder))
        try:
            for n, piece in enumerate([[], *history]):
                if piece == "reopen":
                    sqlite.close()
                    sqlite = SqliteEngine(Path(folder))
                    continue
                batch = Batch(RUN, "", 0, 0, tuple(piece), {}, opened() if n == 0 else None)
                for engine in (sqlite, memory):
                    (result,) = engine.append([batch])
                    assert not isinstance(result, Exception), result
                for item in piece:
                    naive.add(item)
                check(sqlite, naive, how, start, size)
            check(memory, naive, how, start, size)
        finally:
            sqlite.close()


def check(engine: Engine, naive: Naive, how: list[dict[str, Any]], start: int, size: int | None) -> None:
    assert engine.record_keys(RUN) == naive.keys()
    for key in KEYS:
        found = naive.of(key)
        assert engine.records(RUN, key) == found
        for choice in how:
            assert engine.records(RUN, key, **choice) == chosen(found, choice)
    for info, data in naive.logged:
        assert engine.record(RUN, info.id) == info
        assert engine.payload(RUN, info.id, start, size) == data[start : None if size is None else start + size]
