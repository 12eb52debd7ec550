"""Records in the SQLite engine: how they are written, counted and read.

What a rewind hides is not marked row by row: `rewind.reach` says for each branch which of its steps still stand.
"""

from itertools import groupby
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from gnomon.core.batch import Object
from gnomon.core.errors import CorruptError
from gnomon.core.limits import MAX_STEP
from gnomon.store.blobs import Blobs
from gnomon.store.draft import Draft
from gnomon.store.engine import RecordInfo, RecordKey
from gnomon.store.reader import Connections
from gnomon.store.roster import unknown
from gnomon.store.schema import query
from gnomon.store.selection import check_range, check_selection, file_of, missing

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_NUMBER: Final = (1 << 32) - 1
_FAR: Final = 64

_KEY: Final = "kind, n, first_step, last_step, last_us, size"
_INFO: Final = "r.id, r.kind, r.step, r.us, r.meta, r.size, r.hash"
_STANDS: Final = (
    "r.step < coalesce((SELECT w.reach FROM rewind w WHERE w.run = (r.id >> 32) AND w.branch = r.branch + 1), "  # noqa: S608
    f"{MAX_STEP + 1})"
)
_COUNT: Final = (
    f"INSERT INTO record_key(run, key, {_KEY}) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(run, key) DO UPDATE SET "
    "kind = CASE WHEN n AND last_step > excluded.last_step THEN kind ELSE excluded.kind END, "
    "last_us = CASE WHEN n AND last_step > excluded.last_step THEN last_us ELSE excluded.last_us END, "
    "first_step = CASE WHEN n THEN min(first_step, excluded.first_step) ELSE excluded.first_step END, "
    "last_step = CASE WHEN n THEN max(last_step, excluded.last_step) ELSE excluded.last_step END, "
    f"n = n + excluded.n, size = size + excluded.size RETURNING id, {_KEY}"
)


def write(db: apsw.Connection, draft: Draft) -> None:
    """Write the records and rewinds of a draft in their order, and count them; must run inside a transaction."""
    run, number = draft.base.id, draft.base.records
    groups = {branch: [o for _, o in found] for branch, found in groupby(draft.objects, lambda entry: entry[0])}
    for i in range(len(draft.rewinds) + 1):
        branch = len(draft.base.rewinds) + i
        objects = groups.get(branch, [])
        keys = _count(db, run, objects, draft)
        _insert(db, (run << 32) + number + 1, branch, objects, keys)
        number += len(objects)
        if i < len(draft.rewinds):
            _rewind(db, run, branch + 1, *draft.rewinds[i], draft)


def _count(db: apsw.Connection, run: int, objects: list[Object], draft: Draft) -> dict[str, int]:
    """Count records in; return the ids of their keys."""
    sums: dict[str, RecordKey] = {}
    for o in objects:
        sums[o.key] = counted(sums.get(o.key), o)
    ids = {}
    for key, s in sums.items():
        row = (run, key, s.kind, s.n, s.first_step, s.last_step, s.last_us, s.size)
        ((ids[key], *found),) = query(db, _COUNT, row)
        draft.record_keys[key] = RecordKey(*found)
    return ids


def counted(known: RecordKey | None, o: Object) -> RecordKey:
    """Return the summary of a key with one more record.

    Example:
        >>> counted(None, Object("note", "text", 3, 9, {}, b"hi"))
        RecordKey(kind='text', n=1, first_step=3, last_step=3, last_us=9, size=2)
    """
    if known is None or not known.n:
        return RecordKey(o.kind, 1, o.step, o.step, o.us, o.size)
    newest = (known.kind, known.last_step, known.last_us) if known.last_step > o.step else (o.kind, o.step, o.us)
    kind, last_step, last_us = newest
    return RecordKey(kind, known.n + 1, min(known.first_step, o.step), last_step, last_us, known.size + o.size)


def _insert(db: apsw.Connection, first: int, branch: int, objects: list[Object], keys: dict[str, int]) -> None:
    rows = [
        (
            i,
            keys[o.key],
            branch,
            o.step,
            o.us,
            o.kind,
            o.size,
            None if o.blob is None else bytes.fromhex(o.blob),
            _encode(o.meta),
        )
        for i, o in enumerate(objects, first)
    ]
    db.executemany("INSERT INTO record VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    inline = [(i, o.data) for i, o in enumerate(objects, first) if o.blob is None and o.data]
    db.executemany("INSERT INTO payload VALUES(?, ?)", inline)


def _rewind(db: apsw.Connection, run: int, branch: int, us: int, step: int, draft: Draft) -> None:
    """Write a rewind, and count out the records that it hides."""
    touched = query(db, "SELECT id, key, n FROM record_key WHERE run = ? AND n AND last_step >= ?", (run, step))
    gone = f"SELECT count(*), sum(r.size) FROM record r WHERE r.key = ? AND r.step >= ? AND {_STANDS}"  # noqa: S608
    hidden = {key: query(db, gone, (id_, step))[0] for id_, key, _ in touched}
    db.execute("INSERT INTO rewind VALUES(?, ?, ?, ?, ?)", (run, branch, us, step, step))
    db.execute("UPDATE rewind SET reach = ? WHERE run = ? AND reach > ?", (step, run, step))
    for id_, key, n in touched:
        count, total = hidden[key]
        found = _newest(db, id_) if count < n else ("", 0, 0)
        sql = (
            "UPDATE record_key SET n = n - ?, size = size - ?, kind = ?, last_step = ?, last_us = ?, "  # noqa: S608
            f"first_step = first_step * (n > ?) WHERE id = ? RETURNING {_KEY}"
        )
        (row,) = query(db, sql, (count, total or 0, *found, count, id_))
        draft.record_keys[key] = RecordKey(*row)


def _newest(db: apsw.Connection, key: int) -> tuple[Any, ...]:
    sql = (
        f"SELECT r.kind, r.step, r.us FROM record r WHERE r.key = ? AND {_STANDS} "  # noqa: S608
        "ORDER BY r.step DESC, r.branch DESC, r.id DESC LIMIT 1"
    )
    return query(db, sql, (key,))[0]


def delete(db: apsw.Connection, run: int) -> None:
    """Take away the records of a run; what it says of their keys goes with the other tables of the run."""
    ends = (run << 32, (run << 32) + _NUMBER)
    for table in ("record", "payload"):
        db.execute(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", ends)  # noqa: S608


def blobs_of(db: apsw.Connection, run: int) -> list[str]:
    """Return the blobs that the records of a run name."""
    sql = "SELECT DISTINCT hash FROM record WHERE id BETWEEN ? AND ? AND hash IS NOT NULL"
    return [blob.hex() for (blob,) in db.execute(sql, (run << 32, (run << 32) + _NUMBER))]


def is_named(db: apsw.Connection, blob: str) -> bool:
    """Tell whether a record or a document names a blob."""
    sql = "SELECT EXISTS(SELECT 1 FROM record WHERE hash = ?1) OR EXISTS(SELECT 1 FROM document WHERE hash = ?1)"
    return query(db, sql, (bytes.fromhex(blob),)) == [(1,)]


def since(db: apsw.Connection, run: int, number: int, limit: int) -> list[tuple[int, RecordInfo]]:
    """Return the records of a run after the one of that number, in the order of arrival, each with its branch."""
    sql = (
        f"SELECT r.branch, k.key, {_INFO} FROM record r JOIN record_key k ON k.id = r.key "  # noqa: S608
        "WHERE r.id BETWEEN ? AND ? ORDER BY r.id LIMIT ?"
    )
    found = query(db, sql, ((run << 32) + number + 1, (run << 32) + _NUMBER, limit))
    return [(branch, _info(*row)) for branch, *row in found]


def named(store: Path) -> list[str]:
    """Return the blobs that the records and documents of a store name; the store must not be in use.

    Raises:
        CorruptError: It names one by what is no SHA-256, as no store of ours does.
    """
    sql = (
        "SELECT hash FROM record WHERE hash IS NOT NULL UNION SELECT hash FROM document WHERE hash IS NOT NULL "
        "ORDER BY 1"
    )
    db = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found = [digest for (digest,) in db.execute(sql)]
    finally:
        db.close()
    if not all(isinstance(digest, bytes) and len(digest) == 32 for digest in found):
        msg = f"{store}: a record names its file by what is no SHA-256. The store is damaged: take another backup."
        raise CorruptError(msg)
    return [digest.hex() for digest in found]


def facts(db: apsw.Connection, blobs: Blobs) -> dict[str, Any]:
    """Return how many records there are and which blobs they and the documents name.

    `damaged` are those whose file is gone or of another size, `orphans` counts files that nothing names.
    """
    ((n,),) = query(db, "SELECT coalesce(sum(n), 0) FROM record_key")
    named = {
        digest.hex(): size
        for digest, size in query(
            db,
            "SELECT hash, max(size) FROM (SELECT hash, size FROM record WHERE hash IS NOT NULL UNION ALL "
            "SELECT hash, size FROM document WHERE hash IS NOT NULL) GROUP BY hash",
        )
    }
    return {
        "records": n,
        "blobs": len(named),
        "blob_bytes": sum(named.values()),
        "damaged": sorted(name for name, size in named.items() if blobs.size(name) != size),
        "orphans": sum(name not in named for name in blobs.all()),
    }


class RecordReader:
    """Read records.

    Args:
        connections: Reading connections.
        blobs: Where large payloads lie.
    """

    def __init__(self, connections: Connections, blobs: Blobs) -> None:
        self._connections = connections
        self._blobs = blobs

    def keys(self, run: str) -> dict[str, RecordKey]:
        """Return what each key of records holds, by key."""
        sql = f"SELECT key, {_KEY} FROM record_key WHERE run = ? AND n ORDER BY key"  # noqa: S608
        with self._connections.lend() as db:
            return {key: RecordKey(*found) for key, *found in db.execute(sql, (_row(db, run),))}

    def select(
        self, run: str, key: str, first: int, last: int | None, every: int, offset: int, limit: int | None, newest: bool
    ) -> list[RecordInfo]:
        """Return records of a key; see `Engine.records`."""
        check_selection(every, offset, limit)
        with self._connections.lend() as db:
            row = _row(db, run)
            sql = (
                "SELECT k.id, EXISTS(SELECT 1 FROM rewind w WHERE w.run = k.run) FROM record_key k "
                "WHERE k.run = ? AND k.key = ?"
            )
            found = query(db, sql, (row, key))
            if not found:
                return []
            ((key_id, rewound),) = found
            where = "r.key = ? AND r.step BETWEEN ? AND ?" + (f" AND {_STANDS}" if rewound else "")
            bounds = (key_id, first, MAX_STEP if last is None else last)
            most = -1 if limit is None else limit
            rows = _chosen(db, where, bounds, every, offset, most, newest=newest)
        return [_info(key, *found) for found in rows]

    def one(self, run: str, number: int) -> RecordInfo:
        """Return one record; see `Engine.record`."""
        with self._connections.lend() as db:
            sql = f"SELECT k.key, {_INFO} FROM record r JOIN record_key k ON k.id = r.key WHERE r.id = ?"  # noqa: S608
            found = query(db, sql, (_id(db, run, number),))
        if not found:
            raise missing(run, number)
        return _info(*found[0])

    def payload(self, run: str, number: int, start: int, size: int | None) -> bytes:
        """Return a range of a payload; see `Engine.payload`."""
        check_range(start, size)
        with self._connections.lend() as db:
            row = _id(db, run, number)
            found = query(db, "SELECT size, hash FROM record WHERE id = ?", (row,))
            if not found:
                raise missing(run, number)
            ((length, blob),) = found
            wanted = max(0, min(length - start, length if size is None else size))
            if not wanted:
                return b""
            if blob is None:
                with db.blob_open("main", "payload", "data", row, False) as stream:
                    stream.seek(start)
                    return stream.read(wanted)
        return self._blobs.read(blob.hex(), start, wanted)

    def path(self, run: str, number: int) -> Path | None:
        """Return the file of a payload; see `Engine.payload_path`."""
        return file_of(self.one(run, number), self._blobs)


def _chosen(
    db: apsw.Connection, where: str, bounds: tuple[int, ...], every: int, offset: int, limit: int, *, newest: bool
) -> list[tuple[Any, ...]]:
    """Choose ids in the index alone, then read the rows of these."""
    if every > 1 and newest:
        ((n,),) = query(db, f"SELECT count(*) FROM record r WHERE {where}", bounds)  # noqa: S608
        left = max(0, -(-n // every) - offset)
        limit = left if limit < 0 else min(limit, left)
        offset, newest = left - limit, False
    if every >= _FAR:
        return _hops(db, where, bounds, every, offset, limit)
    down = " DESC" if newest else ""
    order = f"r.step{down}, r.branch{down}, r.id{down}"
    sql = f"SELECT r.id FROM record r WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
    bindings: tuple[int, ...] = (*bounds, limit * every, offset * every)
    if every > 1:
        sql = f"SELECT id FROM (SELECT id, row_number() OVER () AS nr FROM ({sql})) WHERE (nr - 1) % ? = 0"  # noqa: S608
        bindings = (*bindings, every)
    full = f"SELECT {_INFO} FROM ({sql}) c JOIN record r ON r.id = c.id ORDER BY r.step, r.branch, r.id"  # noqa: S608
    return query(db, full, bindings)


def _hops(
    db: apsw.Connection, where: str, bounds: tuple[int, ...], every: int, offset: int, limit: int
) -> list[tuple[Any, ...]]:
    """Step over `every` entries of the index at a time: far quicker than numbering each of them."""
    sql = (
        f"SELECT {_INFO}, r.branch FROM record r WHERE {where} AND (r.step, r.branch, r.id) > (?, ?, ?) "  # noqa: S608
        "ORDER BY r.step, r.branch, r.id LIMIT 1 OFFSET ?"
    )
    key, first, last = bounds
    out: list[tuple[Any, ...]] = []
    after, skip = (first - 1, 0, 0), offset * every
    while len(out) != limit and (found := query(db, sql, (key, first, last, *after, skip))):
        ((*row, branch),) = found
        out.append(tuple(row))
        first = row[2]
        after, skip = (first, branch, row[0]), every - 1
    return out


def _row(db: apsw.Connection, run: str) -> int:
    found = query(db, "SELECT id FROM run WHERE uid = ?", (run,))
    if not found:
        raise unknown(run)
    return int(found[0][0])


def _id(db: apsw.Connection, run: str, number: int) -> int:
    row = _row(db, run)
    if not 0 < number <= _NUMBER:
        raise missing(run, number)
    return (row << 32) + number


def _info(key: str, *row: Any) -> RecordInfo:
    id_, kind, step, us, meta, size, blob = row
    return RecordInfo(id_ & _NUMBER, key, kind, step, us, _decode(meta), size, None if blob is None else blob.hex())
