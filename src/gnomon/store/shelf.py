"""Chunks as they are read: what is known of them without decoding, and decoded columns kept for the next reader."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw
import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.store import pyramid
from gnomon.store.axis import Axis
from gnomon.store.cache import Cache
from gnomon.store.chunks import REGULAR, REPEATS
from gnomon.store.codec import affine, decode, decode_into
from gnomon.store.level import Level, assemble, assemble_coarse
from gnomon.store.order import visible
from gnomon.store.pyramid import Pyramid
from gnomon.store.schema import query

_INTEGERS: Final = (
    "axis", "branch", "n", "seen", "step0", "step1", "us0", "us1", "stride", "flags", "pyramid",
    "bad", "low_step", "low_us", "high_step", "high_us",
)  # fmt: skip
_FLOATS: Final = ("low", "high", "total")
_COLUMNS: Final = ", ".join(
    f"a.{'id' if c == 'axis' else c}" if c in _INTEGERS[:10] else "c.coarse IS NOT NULL" if c == "pyramid" else f"c.{c}"
    for c in (*_INTEGERS, *_FLOATS, "coarse")
)
Place = tuple[int, int, int]
"""Run, series and axis: where a chunk is."""
_AT_ONCE: Final = 4_000  # pyramids per statement
_GROUP: Final = 400  # series per statement
_STRETCH: Final = 128  # chunks whose pyramids are put together


class GoneError(Exception):
    """A chunk was merged into another since its index was read; read the index again."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Hold one row per chunk of a series, by axis; columns as in the tables `axis` and `chunk`.

    Args:
        sealed: Rows that arrived before this are in these chunks.
        axis: Ids, int64 `(c,)`.
        pyramid: Whether the chunk has one.
        coarse: What is kept of every 1,024 points of the chunks that have a pyramid, as `gnomon.store.pyramid.COARSE`.
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
    coarse: tuple[bytes | None, ...]


def index_of(sealed: int, rows: Sequence[Sequence[Any]]) -> Index:
    """Return the index made of rows in the order of `_COLUMNS`."""
    *columns, coarse = list(zip(*rows, strict=True)) if rows else [()] * (len(_INTEGERS) + len(_FLOATS) + 1)
    k = len(_INTEGERS)
    integers = np.array(columns[:k], np.int64)
    floats = [np.array(column, np.float64) for column in columns[k:]]  # NULL becomes NaN
    arrays: dict[str, Any] = dict(zip((*_INTEGERS, *_FLOATS), (*integers, *floats), strict=True))
    return Index(sealed=sealed, coarse=coarse, **arrays)


class Shelf:
    """Read chunks and keep what was decoded.

    Args:
        limit: Bytes of decoded columns, pyramids and indexes to keep.
    """

    def __init__(self, limit: int) -> None:
        self._indexes: Cache[tuple[int, int], Index] = Cache(limit // 8)
        self._axes: Cache[tuple[str, int, int], Int64] = Cache(limit // 8)
        self._columns: Cache[tuple[Any, int, int, int], Any] = Cache(limit - limit // 4)

    def clear(self) -> None:
        """Forget everything decoded."""
        self._indexes.clear()
        self._axes.clear()
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
            self._indexes.put((run, series), index, 500 * len(index.axis) + 2_000)
        return out

    def levels(
        self,
        db: apsw.Connection,
        run: int,
        series: int,
        index: Index,
        at: Int64,
        axis: Axis,
        ready: Mapping[Place, Pyramid],
    ) -> list[Level]:
        """Return the buckets of chunks `at` of an index.

        They are put together a stretch of chunks at a time and kept so, since the next window often wants them again.

        Args:
            db: A reading connection.
            run: Row of the run.
            series: Id of the series.
            index: Its chunks.
            at: Which of them.
            axis: Makes x of steps and times.
            ready: Pyramids that `fetch` has read.

        Raises:
            GoneError: One of the chunks is no more.
        """
        out = []
        for stretch in sorted(set((at // _STRETCH).tolist())):
            key = (axis, run, series, stretch)
            held = self._columns.get(key)
            level: Level
            if held is not None and held[0] is index:
                level = held[1]
            else:
                level = self._level(db, run, series, index, stretch, axis, ready)
                self._columns.put(key, (index, level), level.nbytes + 500)
            wanted = np.zeros(len(index.axis), np.bool_)
            wanted[at] = True
            chosen = wanted[level.chunk]
            out.append(level if chosen.all() else level.where(chosen))
        return out

    def _level(
        self,
        db: apsw.Connection,
        run: int,
        series: int,
        index: Index,
        stretch: int,
        axis: Axis,
        ready: Mapping[Place, Pyramid],
    ) -> Level:
        part = slice(stretch * _STRETCH, (stretch + 1) * _STRETCH)
        at = np.flatnonzero(index.pyramid[part]) + part.start
        places = [(run, series, a) for a in index.axis[at].tolist()]
        held = ready if ready.keys() >= set(places) else _load_pyramids(db, places)
        if not held.keys() >= set(places):
            raise GoneError
        pyramids = [held[place] for place in places]
        flags = index.flags[at]
        regular = (flags & REGULAR) != 0 if axis.name == "step" else np.zeros(len(at), np.bool_)
        read = np.flatnonzero(~regular)
        ids = index.axis[at[read]].tolist()
        axes = dict(zip(read.tolist(), self.axes(db, axis.column, run, ids), strict=True))
        repeats = read[(flags[read] & REPEATS) != 0]
        steps = self.axes(db, "step", run, index.axis[at[repeats]].tolist())
        axes |= {i: axes[i][visible(step)] for i, step in zip(repeats.tolist(), steps, strict=True)}
        return assemble(at, index.seen[at], pyramids, index.step0[at], index.stride[at], axes, axis)

    def coarse(self, run: int, series: int, index: Index) -> Level:
        """Return the buckets of 1,024 points of the chunks that have a pyramid and regular steps, over steps."""
        held = self._columns.get(("coarse", run, series, 0))
        if held is not None and held[0] is index:
            level: Level = held[1]
            return level
        at = np.flatnonzero((index.pyramid > 0) & ((index.flags & REGULAR) != 0))
        blobs = [index.coarse[i] or b"" for i in at.tolist()]
        level = assemble_coarse(at, index.seen[at], blobs, index.step0[at], index.stride[at])
        self._columns.put(("coarse", run, series, 0), (index, level), level.nbytes + 500)
        return level

    def fetch(self, db: apsw.Connection, wanted: Iterable[tuple[int, int, Index]], axis: Axis) -> dict[Place, Pyramid]:
        """Read the pyramids of several series at once, for `levels` to put together; those it has already are left out.

        Args:
            db: A reading connection.
            wanted: `(run, series, index)` of each.
            axis: As for `levels`.
        """
        missing = []
        for run, series, index in wanted:
            held = self._columns.get((axis, run, series, 0))
            if held is None or held[0] is not index:
                missing += [(run, series, a) for a in index.axis[index.pyramid > 0].tolist()]
        out: dict[Place, Pyramid] = {}
        for i in range(0, len(missing), _AT_ONCE):
            out |= _load_pyramids(db, missing[i : i + _AT_ONCE])
        return out

    def axes(self, db: apsw.Connection, column: str, run: int, axes: list[int]) -> list[Int64]:
        """Return one column (`step`, `us` or `arrival`) of axes, in their order.

        Raises:
            GoneError: One of them is no more.
        """
        found = {axis: self._axes.get((column, run, axis)) for axis in axes}
        missing = [axis for axis, values in found.items() if values is None]
        if missing:
            sql = f"SELECT axis, {column} FROM ruler WHERE run = ? AND axis IN (SELECT value FROM json_each(?))"  # noqa: S608
            for axis, blob in query(db, sql, (run, json.dumps(missing))):
                values = found[axis] = decode(blob)
                self._axes.put((column, run, axis), values, values.nbytes + 200)
        out = [found[axis] for axis in axes]
        if any(values is None for values in out):
            raise GoneError
        return [values for values in out if values is not None]

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
        chosen = "run = ?1 AND series = ?2 AND axis IN (SELECT value FROM json_each(?3))"
        sql = (
            f"SELECT axis, data FROM chunk WHERE {chosen} AND data IS NOT NULL "  # noqa: S608
            f"UNION ALL SELECT axis, data FROM body WHERE {chosen}"
        )
        for axis, blob in db.execute(sql, (run, series, json.dumps(list(place)))):
            decode_into(blob, out[place.pop(axis)])
        if place:
            raise GoneError
        return out


def _load_pyramids(db: apsw.Connection, wanted: list[Place]) -> dict[Place, Pyramid]:
    sql = (
        "SELECT c.run, c.series, c.axis, c.data FROM json_each(?) w CROSS JOIN pyramid c "
        "ON c.run = w.value ->> 0 AND c.series = w.value ->> 1 AND c.axis = w.value ->> 2"
    )
    rows = db.execute(sql, (json.dumps(wanted),))
    return {(run, series, axis): pyramid.load(blob) for run, series, axis, blob in rows}
