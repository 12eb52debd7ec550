"""Chunks as they are read: what is known of them without decoding, and decoded columns kept for the next reader."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw
import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.store import pyramid
from gnomon.store.cache import Cache
from gnomon.store.chunks import REGULAR
from gnomon.store.codec import affine, decode, decode_into
from gnomon.store.pyramid import Pyramid

_INTEGERS: Final = (
    "axis", "branch", "n", "seen", "step0", "step1", "us0", "us1", "stride", "flags", "pyramid",
    "bad", "low_step", "low_us", "high_step", "high_us",
)  # fmt: skip
_FLOATS: Final = ("low", "high", "total")
_COLUMNS: Final = ", ".join(
    f"a.{'id' if c == 'axis' else c}"
    if c in _INTEGERS[:10]
    else "c.pyramid IS NOT NULL"
    if c == "pyramid"
    else f"c.{c}"
    for c in (*_INTEGERS, *_FLOATS)
)
_GROUP: Final = 400  # series per statement


class GoneError(Exception):
    """A chunk was merged into another since its index was read; read the index again."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Hold one row per chunk of a series, by axis; columns as in the tables `axis` and `chunk`.

    Args:
        sealed: Rows that arrived before this are in these chunks.
        axis: Ids, int64 `(c,)`.
        pyramid: Whether the chunk has one.
    """

    sealed: int
    axis: Int64
    branch: Int64
    n: Int64
    seen: Int64
    step0: Int64
    step1: Int64
    us0: Int64
    us1: Int64
    stride: Int64
    flags: Int64
    pyramid: Int64
    bad: Int64
    low_step: Int64
    low_us: Int64
    high_step: Int64
    high_us: Int64
    low: Float64
    high: Float64
    total: Float64


def index_of(sealed: int, rows: Sequence[Sequence[Any]]) -> Index:
    """Return the index made of rows in the order of `_COLUMNS`."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * (len(_INTEGERS) + len(_FLOATS))
    k = len(_INTEGERS)
    integers = np.array(columns[:k], np.int64)
    floats = [np.array([np.nan if v is None else v for v in column], np.float64) for column in columns[k:]]
    return Index(sealed, *integers, *floats)


class Shelf:
    """Read chunks and keep what was decoded.

    Args:
        limit: Bytes of decoded columns, pyramids and indexes to keep.
    """

    def __init__(self, limit: int) -> None:
        self._indexes: Cache[tuple[int, int], Index] = Cache(limit // 4)
        self._columns: Cache[tuple[str, int, int, int], Any] = Cache(limit - limit // 4)

    def clear(self) -> None:
        """Forget everything decoded."""
        self._indexes.clear()
        self._columns.clear()

    def indexes(self, db: apsw.Connection, wanted: Iterable[tuple[int, int, int]]) -> dict[int, Index]:
        """Return the index of each series by its id.

        Args:
            db: A reading connection.
            wanted: `(run, series, sealed)`; an index older than `sealed` is read again.
        """
        found: dict[int, Index] = {}
        missing = []
        for run, series, sealed in wanted:
            index = self._indexes.get((run, series))
            if index is not None and index.sealed >= sealed:
                found[series] = index
            else:
                missing.append((run, series))
        for i in range(0, len(missing), _GROUP):
            found |= self._load(db, missing[i : i + _GROUP])
        return found

    def _load(self, db: apsw.Connection, pairs: list[tuple[int, int]]) -> dict[int, Index]:
        want = json.dumps(pairs)
        db.execute("BEGIN")
        try:
            runs = json.dumps(list({run for run, _ in pairs}))
            sealed = dict(
                db.execute("SELECT id, sealed FROM run WHERE id IN (SELECT value FROM json_each(?))", (runs,))
            )
            rows: dict[int, list[tuple[Any, ...]]] = {series: [] for _, series in pairs}
            sql = (
                f"SELECT c.series, {_COLUMNS} FROM json_each(?) w CROSS JOIN chunk c CROSS JOIN axis a "  # noqa: S608
                "ON c.run = w.value ->> 0 AND c.series = w.value ->> 1 AND a.run = c.run AND a.id = c.axis"
            )
            for series, *row in db.execute(sql, (want,)):
                rows[series].append(tuple(row))
        finally:
            db.execute("COMMIT")
        out = {}
        for run, series in pairs:
            index = out[series] = index_of(sealed.get(run, 0), rows[series])
            self._indexes.put((run, series), index, 200 * len(index.axis) + 2_000)
        return out

    def pyramids(self, db: apsw.Connection, run: int, series: int, axes: Int64) -> list[Pyramid]:
        """Return the pyramids of chunks of one series, in the order of `axes`.

        Raises:
            GoneError: One of them is no more.
        """
        out = [self._columns.get(("p", run, series, axis)) for axis in axes.tolist()]
        missing = [axis for axis, found in zip(axes.tolist(), out, strict=True) if found is None]
        if missing:
            loaded = {axis: pyramid.load(blob) for axis, blob in _chunk_blobs(db, "pyramid", run, series, missing)}
            for axis, value in loaded.items():
                self._columns.put(("p", run, series, axis), value, value.nbytes + 200)
            out = [
                _present(loaded, axis) if found is None else found
                for axis, found in zip(axes.tolist(), out, strict=True)
            ]
        return out

    def axes(self, db: apsw.Connection, column: str, run: int, axes: list[int]) -> list[Int64]:
        """Return one column (`step`, `us` or `arrival`) of axes, in their order.

        Raises:
            GoneError: One of them is no more.
        """
        out = [self._columns.get((column, run, 0, axis)) for axis in axes]
        missing = [axis for axis, found in zip(axes, out, strict=True) if found is None]
        if missing:
            sql = f"SELECT id, {column} FROM axis WHERE run = ? AND id IN (SELECT value FROM json_each(?))"  # noqa: S608
            loaded = {axis: decode(blob) for axis, blob in db.execute(sql, (run, json.dumps(missing)))}
            for axis, value in loaded.items():
                self._columns.put((column, run, 0, axis), value, value.nbytes + 200)
            out = [_present(loaded, axis) if found is None else found for axis, found in zip(axes, out, strict=True)]
        return out

    def steps(self, db: apsw.Connection, run: int, index: Index, at: Int64) -> list[Int64]:
        """Return the steps of chunks `at` of an index; regular ones are counted out rather than read."""
        irregular = at[(index.flags[at] & REGULAR) == 0]
        read = dict(zip(irregular.tolist(), self.axes(db, "step", run, index.axis[irregular].tolist()), strict=True))
        return [
            read[i] if i in read else affine(int(index.step0[i]), int(index.stride[i]), int(index.n[i]))
            for i in at.tolist()
        ]

    def values(self, db: apsw.Connection, run: int, series: int, index: Index, at: Int64) -> Float64:
        """Return the values of chunks `at` of an index, one after the other.

        Raises:
            GoneError: One of them is no more.
        """
        end = np.cumsum(index.n[at])
        out = np.empty(int(end[-1]) if len(end) else 0)
        place = {
            a: slice(e - n, e)
            for a, e, n in zip(*(c.tolist() for c in (index.axis[at], end, index.n[at])), strict=True)
        }
        for axis, blob in _chunk_blobs(db, "data", run, series, list(place)):
            decode_into(blob, out[place.pop(axis)])
        if place:
            raise GoneError
        return out


def _chunk_blobs(
    db: apsw.Connection, column: str, run: int, series: int, axes: list[int]
) -> Iterable[tuple[int, bytes]]:
    sql = f"SELECT axis, {column} FROM chunk WHERE run = ? AND series = ? AND axis IN (SELECT value FROM json_each(?))"  # noqa: S608
    rows: Iterable[tuple[int, bytes]] = db.execute(sql, (run, series, json.dumps(axes)))
    return rows


def _present(loaded: dict[int, Any], axis: int) -> Any:
    if axis not in loaded:
        raise GoneError
    return loaded[axis]
