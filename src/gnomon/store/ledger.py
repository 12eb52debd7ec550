"""What is kept in memory of one run that is being written: its fields, names, statistics and unsealed points."""

from dataclasses import dataclass, field
from typing import Any, Final

import apsw
import msgspec
import numpy as np

from gnomon.core.batch import Int64
from gnomon.core.errors import CorruptError
from gnomon.core.limits import SYSTEM
from gnomon.store.chunks import join
from gnomon.store.fields import Fields
from gnomon.store.schema import query
from gnomon.store.stats import StatsTable
from gnomon.store.tail import NO_TAIL, Buffer, Rows, Strip, Tail, decode_strips

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode

RUN_COLUMNS: Final = "project, name, created_us, updated_us, state, finished_us, grp, tags, notes, dropped, error, meta, state_us, last_step, config"


@dataclass(slots=True, eq=False)
class Ledger:
    """Hold the state of one run as it was last committed.

    Args:
        id: Row of the run.
        uid: Id of the run.
        fields: What is known of it besides its series.
        arrival: Number that the next row gets.
        sealed: Rows that arrived before this are in chunks.
        names: Row of each series in `stats`, by key; also its id in this run.
        keys: Key of each series, parallel to `stats`.
        lanes: Number of each lane, by its keys.
        members: Rows in `stats` of the keys of each lane; a lane of one overflowing key is numbered `-1 - row`.
        seqs: Rows of the table `tail` that hold unsealed points, as `(arrival of the end, seq)`.
        places: Lanes in which a row of `stats` occurs, and where in them.
        stale: The stored statistics do not hold any more, because of a rewind.
        records: Number of the latest record.
    """

    id: int
    uid: str
    fields: Fields
    arrival: int = 0
    sealed: int = 0
    names: dict[str, int] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    stats: StatsTable = field(default_factory=StatsTable)
    lanes: dict[tuple[str, ...], int] = field(default_factory=dict)
    members: dict[int, Int64] = field(default_factory=dict)
    writers: dict[str, int] = field(default_factory=dict)
    keysets: dict[str, dict[int, tuple[str, ...]]] = field(default_factory=dict)
    rewinds: list[tuple[int, int]] = field(default_factory=list)
    places: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    tail: dict[tuple[int, int], Buffer] = field(default_factory=dict)
    points: int = 0
    since_us: int = 0
    seqs: list[tuple[int, int]] = field(default_factory=list)
    stale: bool = False
    records: int = 0

    def fold(self, strip: Strip, rows: Int64) -> None:
        """Take a committed frame into the buffers and the statistics; `rows` are its series, as rows of `stats`."""
        if strip.lane is None:
            for row, values in zip(rows.tolist(), strip.values, strict=True):
                self.members[-1 - row] = np.array([row])
                self._buffer(-1 - row, strip.branch, 1).add(strip.step, strip.us, strip.arrival, values[None])
        else:
            self._buffer(strip.lane, strip.branch, len(rows)).add(strip.step, strip.us, strip.arrival, strip.values)
        self.stats.fold(rows, strip.step, strip.us, strip.values)
        self.points += strip.values.size
        self.arrival = strip.arrival + len(strip.step)

    def add_lane(self, lane: int, members: Int64) -> None:
        """Name the series of a lane."""
        self.members[lane] = members
        for at, row in enumerate(members.tolist()):
            self.places.setdefault(row, []).append((lane, at))

    def tail_of(self, row: int) -> Tail:
        """Return the unsealed points of one series, by arrival."""
        found = [
            (branch, buffer.rows(), at)
            for lane, at in [*self.places.get(row, ()), (-1 - row, 0)]
            for branch in range(len(self.rewinds) + 1)
            if (buffer := self.tail.get((lane, branch))) is not None
        ]
        if not found:
            return NO_TAIL
        parts = [Rows(r.step, r.us, r.arrival, r.values[at : at + 1]) for _, r, at in found]
        rows = join(parts)
        branch = np.repeat([b for b, _, _ in found], [len(r.step) for r in parts])
        tail = Tail(rows, branch)
        return tail if len(parts) == 1 else tail.where(np.argsort(rows.arrival, kind="stable"))

    def _buffer(self, lane: int, branch: int, keys: int) -> Buffer:
        found = self.tail.get((lane, branch))
        if found is None:
            found = self.tail[lane, branch] = Buffer(keys)
        return found

    def drop(self, arrival: int) -> None:
        """Forget unsealed rows that arrived before `arrival`: chunks hold them now."""
        self.tail = {at: left for at, buffer in self.tail.items() if (left := buffer.without(arrival)).n}
        self.points = sum(buffer.n * buffer.keys for buffer in self.tail.values())
        self.seqs = [(end, seq) for end, seq in self.seqs if end > arrival]
        self.sealed = arrival


def load(db: apsw.Connection, uid: str) -> Ledger | None:
    """Read a run from the database, its sealed points left where they are; `None` when there is no such run."""
    sql = f"SELECT id, sealed, stale, {RUN_COLUMNS} FROM run WHERE uid = ?"  # noqa: S608
    found = query(db, sql, (uid,))
    if not found:
        return None
    row = found[0]
    ledger = Ledger(row[0], uid, fields_of(row[3:]), arrival=row[1], sealed=row[1], stale=bool(row[2]))
    rows = query(db, "SELECT key, stats FROM series WHERE run = ? ORDER BY id", (ledger.id,))
    keys = ledger.keys = [key for key, _ in rows]
    ledger.names = {key: i for i, key in enumerate(keys)}
    ledger.stats = StatsTable.load([stats for _, stats in rows])
    for lane, series in db.execute("SELECT id, series FROM lane WHERE run = ? ORDER BY id", (ledger.id,)):
        members = ledger_rows(ledger, np.frombuffer(series, "<i8"))
        ledger.add_lane(lane, members)
        ledger.lanes[tuple(keys[i] for i in members.tolist())] = lane
    ledger.writers = dict(query(db, "SELECT uid, last FROM writer WHERE run = ?", (ledger.id,)))
    for writer, number, blob in db.execute("SELECT writer, id, keys FROM keyset WHERE run = ?", (ledger.id,)):
        ledger.keysets.setdefault(writer, {})[number] = tuple(_decode(blob))
    ledger.rewinds = rewinds_of(db, ledger.id)
    sql = "SELECT max(id) & 0xffffffff FROM record WHERE id BETWEEN ? << 32 AND (? << 32) | 0xffffffff"
    ((number,),) = query(db, sql, (ledger.id, ledger.id))
    ledger.records = number or 0
    return ledger


def rewinds_of(db: apsw.Connection, run: int) -> list[tuple[int, int]]:
    """Return the rewinds of a run as `(us, step)`, in order."""
    return [(us, step) for us, step in query(db, "SELECT us, step FROM rewind WHERE run = ? ORDER BY branch", (run,))]


def load_tail(ledger: Ledger, seq: int, us: int, payload: bytes) -> None:
    """Fold one row of the table `tail` into its run."""
    for strip in decode_strips(payload):
        rows = ledger_rows(ledger, strip.series) if strip.lane is None else ledger.members[strip.lane]
        ledger.fold(strip, rows)
        is_system = ledger.keys[int(rows[0])].startswith(SYSTEM)
        if strip.branch == len(ledger.rewinds) and not is_system:  # what came before a rewind, the stored row has
            ledger.fields.reach(int(strip.step.max()))
    ledger.seqs.append((ledger.arrival, seq))
    ledger.since_us = ledger.since_us or us
    ledger.fields.updated_us = max(ledger.fields.updated_us, us)


def ledger_rows(ledger: Ledger, series: Int64) -> Int64:
    """Return the rows in `stats` of series ids: the id is the row."""
    if len(series) and not 0 <= series.min() <= series.max() < len(ledger.keys):
        msg = f"run {ledger.uid}: points of a series that the store does not name. Restore a backup."
        raise CorruptError(msg)
    return series


def fields_of(row: tuple[Any, ...]) -> Fields:
    """Return the fields of a row read as `RUN_COLUMNS`."""
    (
        project,
        name,
        created,
        updated,
        state,
        finished,
        group,
        tags,
        notes,
        dropped,
        error,
        meta,
        state_us,
        step,
        config,
    ) = row
    return Fields(
        project, name, created, updated, state, finished, group, set(_decode(tags)), notes, dropped, error,
        _decode(meta), _decode(config) if config else {}, step, state_us,
    )  # fmt: skip


def fields_row(fields: Fields) -> tuple[Any, ...]:
    """Return what `fields_of` reads."""
    f = fields
    return (
        f.project, f.name, f.created_us, f.updated_us, f.state, f.finished_us, f.group, _encode(sorted(f.tags)), f.notes,
        f.dropped, f.error, _encode(f.meta), f.state_us, f.last_step, _encode(f.config),
    )  # fmt: skip
