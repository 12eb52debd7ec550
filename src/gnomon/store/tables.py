"""The statements of the SQLite engine that are not about chunks: what a draft writes, what the run table reads."""

import itertools
from typing import Any

import apsw
import msgspec
import numpy as np

from gnomon.store import console_sqlite, records
from gnomon.store.draft import Draft
from gnomon.store.engine import ConfigColumn, MetricColumn, RunInfo
from gnomon.store.fields import Fields, cell, flatten
from gnomon.store.ledger import RUN_COLUMNS, fields_row
from gnomon.store.schema import query
from gnomon.store.stats import ROW, StatsTable

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
(_EMPTY,) = StatsTable(1).pack(np.zeros(1, np.int64))
_NO_TAGS = _encode([])
_SET = ", ".join(f"{name.strip()} = ?" for name in RUN_COLUMNS.split(","))
_MARKS = ", ".join("?" * (5 + RUN_COLUMNS.count(",")))


def write_draft(db: apsw.Connection, draft: Draft) -> None:
    """Write everything a draft holds; must run inside a transaction."""
    ledger = draft.base
    run = ledger.id
    if draft.created:
        sql = f"INSERT INTO run(id, uid, sealed, stale, {RUN_COLUMNS}) VALUES({_MARKS})"
        db.execute(sql, (run, ledger.uid, 0, 0, *fields_row(draft.fields)))
        write_config(db, run, Fields("", "", 0, 0), draft.fields)
    elif draft.changed:
        write_fields(db, run, ledger.fields, draft.fields)
    elif not draft.payloads:  # else the tail says when something last arrived
        db.execute("UPDATE run SET updated_us = ? WHERE id = ?", (draft.fields.updated_us, run))
    if draft.names:
        rows = [(key, run, row, _EMPTY) for key, row in draft.names.items()]
        db.executemany("INSERT INTO series VALUES(?, ?, ?, ?)", rows)
    for lane, members in draft.members.items():
        db.execute("INSERT INTO lane VALUES(?, ?, ?)", (run, lane, members.astype("<i8").tobytes()))
    for writer, last in draft.writers.items():
        db.execute("INSERT OR REPLACE INTO writer VALUES(?, ?, ?)", (run, writer, last))
    for writer, number, keys in draft.keysets:
        db.execute("INSERT OR REPLACE INTO keyset VALUES(?, ?, ?, ?)", (run, writer, number, _encode(keys)))
    if draft.objects or draft.rewinds:
        records.write(db, draft)
    if draft.told:
        is_over = draft.fields.state != "running"  # a child's journal may be read after that of its parent has ended
        draft.lines = console_sqlite.write(db, run, [*draft.told, None] if is_over else draft.told)
    if draft.rewinds:
        db.execute("UPDATE run SET stale = 1 WHERE id = ?", (run,))
    for seq, us, payload in draft.payloads:
        db.execute("INSERT INTO tail VALUES(?, ?, ?, ?)", (seq, run, us, payload))


def write_fields(db: apsw.Connection, run: int, old: Fields, new: Fields) -> None:
    """Write the fields of a run that exists."""
    db.execute(f"UPDATE run SET {_SET} WHERE id = ?", (*fields_row(new), run))  # noqa: S608
    if new.config != old.config:
        write_config(db, run, old, new)


def write_config(db: apsw.Connection, run: int, old: Fields, new: Fields) -> None:
    """Write what differs between two flattened configs."""
    before, after = flatten(old.config), flatten(new.config)
    for key in before.keys() - {k for k, v in after.items() if v is not None}:
        db.execute("DELETE FROM param WHERE key = ? AND run = ?", (key, run))
    cells = ((key, run, cell(value)) for key, value in after.items())
    rows = [(key, run, *found) for key, run, found in cells if found != (None, None)]
    db.executemany("INSERT OR REPLACE INTO param VALUES(?, ?, ?, ?)", rows)


def delete_run(db: apsw.Connection, run: int, uid: str, us: int) -> None:
    """Take away every row of a run and leave a tombstone."""
    for table in (
        "param",
        "writer",
        "keyset",
        "series",
        "lane",
        "tail",
        "axis",
        "ruler",
        "chunk",
        "pyramid",
        "body",
        "rewind",
        "record_key",
        "console",
        "console_open",
    ):
        db.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608
    records.delete(db, run)
    db.execute("DELETE FROM run WHERE id = ?", (run,))
    db.execute("INSERT INTO deleted VALUES(?, ?, ?)", (uid, run, us))


def run_infos(db: apsw.Connection) -> list[RunInfo]:
    """Return every run as it is stored, by index."""
    sql = (
        "SELECT id, uid, project, name, state, created_us, updated_us, finished_us, grp, tags, notes, dropped, error, "
        "meta, last_step FROM run ORDER BY id"
    )
    out = []
    for row in db.execute(sql):
        tags = tuple(_decode(row[9])) if row[9] != _NO_TAGS else ()
        given: tuple[Any, ...] = (*row[:9], tags, *row[10:13], _decode(row[13]), row[14])
        out.append(RunInfo(*given))
    return out


def distinct_keys(db: apsw.Connection, table: str, project: str | None) -> list[str]:
    """Return the keys of `param` or `series`, sorted, hopping from key to key in the index."""
    sql = (
        f"WITH RECURSIVE k(key) AS (SELECT min(key) FROM {table} UNION ALL "  # noqa: S608
        f"SELECT (SELECT min(key) FROM {table} WHERE key > k.key) FROM k WHERE k.key IS NOT NULL) "
        "SELECT key FROM k WHERE key IS NOT NULL"
    )
    if project is None:
        return [key for (key,) in db.execute(sql)]
    of_project = f"SELECT 1 FROM {table} t JOIN run r ON r.id = t.run WHERE t.key = k.key AND r.project = ?"  # noqa: S608
    sql += f" AND EXISTS({of_project})"
    return [key for (key,) in db.execute(sql, (project,))]


def config_column(db: apsw.Connection, key: str) -> ConfigColumn:
    """Return one config key over all runs."""
    rows = query(db, "SELECT run, num, txt FROM param WHERE key = ? ORDER BY run", (key,))
    number = [np.nan if num is None else num for _, num, _ in rows]
    index = np.array([run for run, _, _ in rows], np.int64)
    return ConfigColumn(index, np.array(number, np.float64), [text for _, _, text in rows])


def metric_column(db: apsw.Connection, key: str, newer: dict[int, bytes]) -> MetricColumn:
    """Return one series key over all runs; `newer` rows, by run, replace what is stored."""
    rows = query(db, "SELECT run, stats FROM series WHERE key = ? ORDER BY run", (key,))
    if newer:
        rows = sorted((dict(rows) | newer).items())
    flat = list(itertools.chain.from_iterable(rows))
    stored = np.frombuffer(b"".join(flat[1::2]), ROW)
    columns = {name: stored[name].copy() for name in ROW.names or () if name != "last_us"}
    return MetricColumn(index=np.array(flat[::2], np.int64), **columns)


def facts(db: apsw.Connection) -> dict[str, int]:
    """Return sizes in bytes and counts of rows."""
    pages = {name: int(str(db.pragma(name))) for name in ("page_size", "page_count", "freelist_count", "user_version")}
    sql = "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM series), (SELECT count(*) FROM axis)"
    ((runs, series, axes),) = query(db, sql)
    return {
        "format": pages["user_version"],
        "store_bytes": pages["page_size"] * pages["page_count"],
        "free_bytes": pages["page_size"] * pages["freelist_count"],
        "runs": runs,
        "series": series,
        "axes": axes,
    }
