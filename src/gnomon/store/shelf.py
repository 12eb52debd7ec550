"""Chunks as they are read: what is known of them without decoding, and decoded columns kept for the next reader."""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw
import numpy as np

from gnomon.core.batch import Float64, Int64
from gnomon.store import pyramid
from gnomon.store.axis import Axis
from gnomon.store.cache import Cache
from gnomon.store.chunks import FULL, REGULAR, REPEATS
from gnomon.store.codec import affine, decode, decode_into, decode_onto
from gnomon.store.level import Chunks, Level, assemble, assemble_coarse
from gnomon.store.order import visible
from gnomon.store.pyramid import BUCKET, Pyramid
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
_AT_ONCE: Final = 8  # series whose pyramids are put together: more of them would not fit the caches of a processor
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


def indexes_of(sealed: Sequence[int], rows: Sequence[Sequence[Any]], counts: Sequence[int]) -> Iterator[Index]:
    """Yield the index of each series, made of rows in the order of `_COLUMNS`.

    Args:
        sealed: Of each series.
        rows: Those of the first series, then those of the second, ….
        counts: How many of them each series has.
    """
    *columns, coarse = list(zip(*rows, strict=True)) if rows else [()] * (len(_INTEGERS) + len(_FLOATS) + 1)
    k = len(_INTEGERS)
    integers = np.array(columns[:k], np.int64)
    floats = np.array(columns[k:], np.float64)  # NULL becomes NaN
    ends = list(itertools.accumulate(counts))
    for reach, start, end in zip(sealed, [0, *ends], ends, strict=False):
        own = (*integers[:, start:end].copy(), *floats[:, start:end].copy())
        arrays: dict[str, Any] = dict(zip((*_INTEGERS, *_FLOATS), own, strict=True))
        yield Index(sealed=reach, coarse=tuple(coarse[start:end]), **arrays)


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Name a stretch of the chunks of a series: the chunks from `number * _STRETCH` on."""

    run: int
    series: int
    index: Index
    number: int

    def chunks(self) -> Chunks:
        """Return those of them that have a pyramid."""
        index, part = self.index, slice(self.number * _STRETCH, (self.number + 1) * _STRETCH)
        at = np.flatnonzero(index.pyramid[part]) + part.start
        return Chunks(at, index.seen[at], index.step0[at], index.stride[at])


Ready = dict[tuple[Axis, int, int, int], Level]
"""Levels by axis, run, series and number of the stretch."""


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

    def indexes(self, db: apsw.Connection, wanted: Iterable[tuple[int, int, int]]) -> dict[tuple[int, int], Index]:
        """Return the index of each series by its run and its number in it.

        Args:
            db: A reading connection.
            wanted: `(run, series, sealed)`; an index older than `sealed` is read again.
        """
        found: dict[tuple[int, int], Index] = {}
        missing = []
        for run, series, sealed in wanted:
            index = self._indexes.get((run, series))
            if index is not None and index.sealed >= sealed:
                found[run, series] = index
            else:
                missing.append((run, series))
        for i in range(0, len(missing), _GROUP):
            found |= self._load(db, missing[i : i + _GROUP])
        return found

    def _load(self, db: apsw.Connection, pairs: list[tuple[int, int]]) -> dict[tuple[int, int], Index]:
        want = json.dumps(pairs)
        db.execute("BEGIN")
        try:
            runs = json.dumps(list({run for run, _ in pairs}))
            sealed = dict(
                db.execute("SELECT id, sealed FROM run WHERE id IN (SELECT value FROM json_each(?))", (runs,))
            )
            sql = (
                f"SELECT {_COLUMNS}, w.key FROM json_each(?) w CROSS JOIN chunk c CROSS JOIN axis a "  # noqa: S608
                "ON c.run = w.value ->> 0 AND c.series = w.value ->> 1 AND a.run = c.run AND a.id = c.axis"
            )
            rows = query(db, sql, (want,))  # in the order of `pairs`
        finally:
            db.execute("COMMIT")
        out = {}
        counts = np.bincount([row[-1] for row in rows], minlength=len(pairs)).tolist()
        found = indexes_of([sealed.get(run, 0) for run, _ in pairs], [row[:-1] for row in rows], counts)
        for (run, series), index in zip(pairs, found, strict=True):
            out[run, series] = index
            self._indexes.put((run, series), index, 500 * len(index.axis) + 2_000)
        return out

    def levels(
        self, db: apsw.Connection, run: int, series: int, index: Index, at: Int64, axis: Axis, ready: Ready
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
            ready: What `fetch` has returned.

        Raises:
            GoneError: One of the chunks is no more.
        """
        out = []
        for stretch in sorted(set((at // _STRETCH).tolist())):
            level = ready.get((axis, run, series, stretch)) or self._held(axis, run, series, stretch, index)
            if level is None:
                (level,) = self._put_together(db, [Stretch(run, series, index, stretch)], axis).values()
            wanted = np.zeros(len(index.axis), np.bool_)
            wanted[at] = True
            chosen = wanted[level.chunk]
            out.append(level if chosen.all() else level.where(chosen))
        return out

    def fetch(self, db: apsw.Connection, wanted: Iterable[tuple[int, int, Index]], axis: Axis) -> Ready:
        """Put the pyramids of several series together at once, for `levels`; those it has already are left out.

        Only the first stretch of a series is: longer ones are seldom drawn this finely.

        Args:
            db: A reading connection.
            wanted: `(run, series, index)` of each.
            axis: As for `levels`.
        """
        missing = [
            Stretch(run, series, index, 0)
            for run, series, index in wanted
            if index.pyramid.any() and self._held(axis, run, series, 0, index) is None
        ]
        out: Ready = {}
        for i in range(0, len(missing), _AT_ONCE):
            out |= self._put_together(db, missing[i : i + _AT_ONCE], axis)
        return out

    def _held(self, axis: Axis, run: int, series: int, stretch: int, index: Index) -> Level | None:
        held = self._columns.get((axis, run, series, stretch))
        return held[1] if held is not None and held[0] is index else None

    def _put_together(self, db: apsw.Connection, stretches: list[Stretch], axis: Axis) -> Ready:
        """Return the level of each stretch; what NumPy takes for one call is shared by all of them."""
        each = [stretch.chunks() for stretch in stretches]
        joined = Chunks(*(np.concatenate([getattr(c, name) for c in each]) for name in Chunks.__slots__))
        level = assemble(joined, _load_pyramids(db, stretches, each), self._seen(db, stretches, each, axis), axis)
        ends = np.cumsum([(-(-c.seen // BUCKET)).sum() for c in each]).tolist()
        out: Ready = {}
        for stretch, start, end in zip(stretches, [0, *ends], ends, strict=False):
            key = (axis, stretch.run, stretch.series, stretch.number)
            own = out[key] = level.part(start, end).copy() if len(each) > 1 else level
            self._columns.put(key, (stretch.index, own), own.nbytes + 500)
        return out

    def _seen(
        self, db: apsw.Connection, stretches: list[Stretch], each: list[Chunks], axis: Axis
    ) -> Iterator[tuple[list[int], Int64]]:
        """Yield steps or times of the seen points of the chunks whose x cannot be counted out.

        Yields:
            The places among all chunks of those that lie on one axis, and its column; good until the next is asked for.
        """
        runs: dict[int, dict[int, list[int]]] = {}  # places, by run and axis
        repeats: set[tuple[int, int]] = set()
        begin = 0
        for s, chunks in zip(stretches, each, strict=True):
            flags, ids = s.index.flags[chunks.at], s.index.axis[chunks.at]
            read = np.flatnonzero((flags & REGULAR == 0) | (axis.name != "step"))
            places = runs.setdefault(s.run, {})
            for place, a in zip((read + begin).tolist(), ids[read].tolist(), strict=True):
                places.setdefault(a, []).append(place)
            repeats.update((s.run, a) for a in ids[flags & REPEATS > 0].tolist())
            begin += len(ids)
        for run, places in runs.items():
            for a, column in self._in_turn(db, axis.column, run, places):
                if (run, a) in repeats:
                    (steps,) = self.axes(db, "step", run, [a])
                    yield places[a], column[visible(steps)]
                else:
                    yield places[a], column

    def _in_turn(
        self, db: apsw.Connection, column: str, run: int, places: dict[int, list[int]]
    ) -> Iterator[tuple[int, Int64]]:
        """Yield axes and a column of each, good until the next is asked for.

        One that a single chunk wants is decoded over the one before: fresh memory costs more than decoding does.

        Raises:
            GoneError: One of them is no more.
        """
        scratch = np.empty(FULL, np.int64)
        held = {axis: self._axes.get((column, run, axis)) for axis in places}
        missing = [axis for axis, values in held.items() if values is None]
        yield from ((axis, values) for axis, values in held.items() if values is not None)
        for axis, blob in _rulers(db, column, run, missing):
            missing.remove(axis)
            yield axis, decode_onto(blob, scratch) if len(places[axis]) == 1 else self._keep(column, run, axis, blob)
        if missing:
            raise GoneError

    def _keep(self, column: str, run: int, axis: int, blob: bytes) -> Int64:
        values: Int64 = decode(blob)
        self._axes.put((column, run, axis), values, values.nbytes + 200)
        return values

    def coarse(self, run: int, series: int, index: Index) -> Level:
        """Return the buckets of 1,024 points of the chunks that have a pyramid and regular steps, over steps."""
        held = self._columns.get(("coarse", run, series, 0))
        if held is not None and held[0] is index:
            level: Level = held[1]
            return level
        at = np.flatnonzero((index.pyramid > 0) & ((index.flags & REGULAR) != 0))
        blobs = [index.coarse[i] or b"" for i in at.tolist()]
        level = assemble_coarse(Chunks(at, index.seen[at], index.step0[at], index.stride[at]), blobs)
        self._columns.put(("coarse", run, series, 0), (index, level), level.nbytes + 500)
        return level

    def axes(self, db: apsw.Connection, column: str, run: int, axes: list[int]) -> list[Int64]:
        """Return one column (`step`, `us` or `arrival`) of axes, in their order.

        Raises:
            GoneError: One of them is no more.
        """
        found = {axis: self._axes.get((column, run, axis)) for axis in axes}
        missing = [axis for axis, values in found.items() if values is None]
        for axis, blob in _rulers(db, column, run, missing):
            found[axis] = self._keep(column, run, axis, blob)
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


def _rulers(db: apsw.Connection, column: str, run: int, axes: list[int]) -> Iterable[tuple[Any, ...]]:
    """Return the ids of axes, as far as they are there, and one column of them as it is stored."""
    if not axes:
        return ()
    sql = f"SELECT axis, {column} FROM ruler WHERE run = ? AND axis IN (SELECT value FROM json_each(?))"  # noqa: S608
    return query(db, sql, (run, json.dumps(axes)))


def _load_pyramids(db: apsw.Connection, stretches: list[Stretch], each: list[Chunks]) -> Pyramid:
    """Return the pyramids of chunks, one after the other.

    Raises:
        GoneError: One of the chunks is no more.
    """
    wanted = [
        (s.run, s.series, a)
        for s, chunks in zip(stretches, each, strict=True)
        for a in s.index.axis[chunks.at].tolist()
    ]
    sql = (
        "SELECT c.data FROM json_each(?) w CROSS JOIN pyramid c "
        "ON c.run = w.value ->> 0 AND c.series = w.value ->> 1 AND c.axis = w.value ->> 2"
    )
    blobs = [blob for (blob,) in db.execute(sql, (json.dumps(wanted),))]  # in the order asked for
    if len(blobs) < len(wanted):
        raise GoneError
    return pyramid.load(blobs)
