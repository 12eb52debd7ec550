"""Sealing: what the tail of a run holds becomes chunks, and small chunks grow into larger ones.

Three steps, so that ingest is never held up by encoding: `plan` looks at the buffers, `encode` does the work outside
any transaction, `commit` swaps the rows in one short one. Rows that arrive in between stay in the tail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw
import numpy as np

from gnomon.core.batch import Int64
from gnomon.core.errors import CorruptError
from gnomon.store.chunks import FULL, Built, build, join, sort, split
from gnomon.store.codec import FAST, SMALL, decode
from gnomon.store.ledger import Ledger
from gnomon.store.schema import query
from gnomon.store.stats import StatsTable
from gnomon.store.tail import Rows, Strip

SEAL_POINTS: Final = 1 << 16
SEAL_AGE_US: Final = 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of one lane on one branch, and its series, by their number in the run."""

    lane: int
    branch: int
    series: list[int]
    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a run held unsealed at one moment, and what was known of it then."""

    run: int
    arrival: int
    parts: list[Part]
    stats: StatsTable
    touched: Int64
    keys: list[str]
    seqs: list[int]
    rewinds: int
    updated_us: int
    last_step: int | None
    level: int


@dataclass(frozen=True, slots=True, eq=False)
class Sealed:
    """Chunks that replace the rows of a part, and the axes of the chunks that were merged into them."""

    part: Part
    merged: list[int]
    built: list[Built]


def due(ledgers: Sequence[Ledger], now_us: int, most_bytes: int) -> list[str]:
    """Return the runs to be sealed, the one with the most points first.

    Args:
        ledgers: The runs in memory.
        now_us: What time it is.
        most_bytes: What unsealed points may occupy; beyond it the largest run is due whatever its age.
    """
    held = [(ledger.points, ledger.uid, ledger) for ledger in ledgers if ledger.points or ledger.stale]
    crowded = 8 * sum(points for points, _, _ in held) > most_bytes
    found = [
        (points, uid)
        for points, uid, ledger in held
        if points >= SEAL_POINTS or ledger.fields.state != "running" or not 0 <= now_us - ledger.since_us < SEAL_AGE_US
    ]
    if not found and crowded:
        found = [max((points, uid) for points, uid, _ in held)]
    return [uid for _, uid in sorted(found, reverse=True)]


def plan(ledger: Ledger) -> Plan:
    """Look at the tail of a run; nothing may change the ledger meanwhile."""
    parts = [
        Part(lane, branch, ledger.members[lane].tolist(), buffer.rows())
        for (lane, branch), buffer in ledger.tail.items()
    ]
    touched = [ledger.members[lane] for lane, _ in ledger.tail]
    rows = (
        np.arange(len(ledger.keys))
        if ledger.stale or not touched
        else np.flatnonzero(np.bincount(np.concatenate(touched)))
    )
    f = ledger.fields
    return Plan(
        run=ledger.id,
        arrival=ledger.arrival,
        parts=parts,
        stats=ledger.stats.copy(),
        touched=rows,
        keys=[ledger.keys[i] for i in rows.tolist()],
        seqs=[seq for end, seq in ledger.seqs if end <= ledger.arrival],
        rewinds=len(ledger.rewinds),
        updated_us=f.updated_us,
        last_step=f.last_step,
        level=FAST if f.state == "running" else SMALL,
    )


def parts_of(strip: Strip, rows: Int64) -> list[Part]:
    """Return a frame as parts: one for its lane, or one for each key when it has none.

    Args:
        strip: The frame.
        rows: Its series, as rows of the statistics.
    """
    arrival = np.arange(strip.arrival, strip.arrival + len(strip.step))
    if strip.lane is not None:
        return [Part(strip.lane, strip.branch, rows.tolist(), Rows(strip.step, strip.us, arrival, strip.values))]
    return [
        Part(-1 - row, strip.branch, [row], Rows(strip.step, strip.us, arrival, values[None]))
        for row, values in zip(rows.tolist(), strip.values, strict=True)
    ]


def encode(plan: Plan, db: apsw.Connection) -> list[Sealed]:
    """Encode every part, small earlier chunks of the same lane merged in."""
    return [encode_part(plan.run, part, plan.level, db) for part in plan.parts]


def encode_part(run: int, part: Part, level: int, db: apsw.Connection) -> Sealed:
    """Encode one part.

    The chunk before is merged in while it is not full and has at most twice the points of what comes after it, so a
    lane has few small chunks and no point is rewritten more often than the logarithm of a chunk's size.
    """
    parts, merged, n = [part.rows], [], len(part.rows.step)
    sql = "SELECT id, n FROM axis WHERE run = ? AND lane = ? AND branch = ? ORDER BY id DESC"
    for axis, count in db.execute(sql, (run, part.lane, part.branch)):
        if count >= FULL or count > 2 * n:
            break
        columns = "SELECT step, us, arrival FROM ruler WHERE run = ? AND axis = ?"
        step, us, arrival = query(db, columns, (run, axis))[0]
        values = np.stack([values_of(db, run, series, axis) for series in part.series])
        parts.insert(0, Rows(decode(step), decode(us), decode(arrival), values))
        merged.append(axis)
        n += count
    rows = sort(join(parts))
    return Sealed(part, merged, [build(piece, level) for piece in split(rows)])


def values_of(db: apsw.Connection, run: int, series: int, axis: int) -> Any:
    """Return the values of one series in one chunk."""
    for table in ("chunk", "body"):
        sql = f"SELECT data FROM {table} WHERE run = ? AND series = ? AND axis = ?"  # noqa: S608
        row = db.execute(sql, (run, series, axis)).fetchone()
        if row is not None and row[0] is not None:
            return decode(row[0])
    msg = f"run {run}: the values of series {series} on axis {axis} are not there. Restore a backup."
    raise CorruptError(msg)


def store(run: int, sealed: list[Sealed], db: apsw.Connection) -> None:
    """Write chunks and take away those that they replace; must run inside a transaction."""
    # An id is never used twice, so that whoever has cached a chunk never mistakes another one for it.
    axis = query(db, "SELECT coalesce(max(id), 0) FROM axis WHERE run = ?", (run,))[0][0]
    for one in sealed:
        part = one.part
        for built in one.built:
            axis += 1
            own = (run, axis, part.lane, part.branch, *built.axis)
            db.execute("INSERT INTO axis VALUES(?,?,?,?,?,?,?,?,?,?,?,?)", own)
            db.execute("INSERT INTO ruler VALUES(?,?,?,?,?)", (run, axis, *built.ruler))
            rows = [(run, s, axis, *c) for s, c in zip(part.series, built.chunks, strict=True)]
            for table, at in (("pyramid", -2), ("body", -1)):
                large = [(*row[:3], row[at]) for row in rows if row[-2] is not None]
                db.executemany(f"INSERT INTO {table} VALUES(?,?,?,?)", large)
            small = [(*row[:-2], row[-1] if row[-2] is None else None) for row in rows]
            db.executemany("INSERT INTO chunk VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", small)
        for old in one.merged:
            db.execute("DELETE FROM axis WHERE run = ? AND id = ?", (run, old))
            db.execute("DELETE FROM ruler WHERE run = ? AND axis = ?", (run, old))
            gone = [(run, s, old) for s in part.series]
            for table in ("chunk", "pyramid", "body"):
                db.executemany(f"DELETE FROM {table} WHERE run = ? AND series = ? AND axis = ?", gone)  # noqa: S608


def store_stats(run: int, stats: StatsTable, rows: Int64, keys: Sequence[str], db: apsw.Connection) -> None:
    """Write rows of statistics to the series they belong to; must run inside a transaction."""
    found = [(row, key, run) for row, key in zip(stats.pack(rows), keys, strict=True)]
    db.executemany("UPDATE series SET stats = ? WHERE key = ? AND run = ?", found)


def commit(plan: Plan, sealed: list[Sealed], settled: bool, db: apsw.Connection) -> None:
    """Swap the tail of a run for its chunks; must run inside a transaction.

    Args:
        plan: What was sealed.
        sealed: The chunks.
        settled: No rewind came since the plan was made.
        db: The writing connection.
    """
    store(plan.run, sealed, db)
    store_stats(plan.run, plan.stats, plan.touched, plan.keys, db)
    db.execute("UPDATE run SET sealed = ?, updated_us = ? WHERE id = ?", (plan.arrival, plan.updated_us, plan.run))
    if settled:
        db.execute("UPDATE run SET stale = 0, last_step = ? WHERE id = ?", (plan.last_step, plan.run))
    db.executemany("DELETE FROM tail WHERE seq = ?", [(seq,) for seq in plan.seqs])
