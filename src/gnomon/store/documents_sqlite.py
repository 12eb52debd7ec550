"""Documents in the SQLite engine: every revision a row, written through the one writing connection."""

from typing import Any, Final

import apsw

from gnomon.core.limits import BLOB_BYTES
from gnomon.store import documents
from gnomon.store.blobs import Blobs
from gnomon.store.disk import Disk
from gnomon.store.documents import (
    Document,
    History,
    check_revision,
    decode_body,
    encode_body,
    no_document,
)
from gnomon.store.reader import Connections
from gnomon.store.schema import query

_COLUMNS: Final = "id, rev, us, created_us, by, hash, body"
_NEWEST: Final = "SELECT rev, us, created_us, deleted FROM document WHERE kind = ? AND id = ? ORDER BY rev DESC LIMIT 1"


class SqliteDocuments:
    """Keep documents in `store.db`.

    Args:
        disk: The writing connection.
        connections: Reading connections.
        blobs: Where large bodies lie.
    """

    def __init__(self, disk: Disk, connections: Connections, blobs: Blobs) -> None:
        self._disk = disk
        self._connections = connections
        self._blobs = blobs

    def put(
        self,
        kind: str,
        id: str,  # noqa: A002
        body: dict[str, Any],
        us: int,
        *,
        if_rev: int | None = None,
        by: str = "",
    ) -> Document:
        data = encode_body(kind, id, body)
        blob = self._blobs.put(data) if len(data) >= BLOB_BYTES else None
        with self._disk.transaction() as db:
            rev, last_us, created_us, is_there = _newest(db, kind, id)
            check_revision(kind, id, rev if is_there else 0, if_rev)
            us = max(us, last_us)
            made = Document(kind, id, rev + 1, us, decode_body(data), created_us if is_there else us, by)
            if blob is not None and self._blobs.path(blob) is None:  # freed meanwhile, with a run that had it too
                self._blobs.put(data)
            stored = (None, data) if blob is None else (bytes.fromhex(blob), None)
            _write(db, (kind, id, made.rev, us, made.created_us, by, 0, len(data), *stored))
        return made

    def delete(self, kind: str, id: str, us: int) -> None:  # noqa: A002
        with self._disk.transaction() as db:
            rev, last_us, created_us, is_there = _newest(db, kind, id)
            if not is_there:
                raise no_document(kind, id)
            _write(db, (kind, id, rev + 1, max(us, last_us), created_us, "", 1, 0, None, None))

    def get(self, kind: str, id: str, *, rev: int | None = None, at_us: int | None = None) -> Document:  # noqa: A002
        where, bindings = _moment(rev, at_us)
        sql = f"SELECT {_COLUMNS}, deleted FROM document WHERE kind = ? AND id = ? {where} ORDER BY rev DESC LIMIT 1"  # noqa: S608
        with self._connections.lend() as db:
            found = query(db, sql, (kind, id, *bindings))
        if not found or found[0][-1]:
            raise no_document(kind, id)
        return self._document(kind, found[0][:-1])

    def list(self, kind: str, *, at_us: int | None = None) -> list[Document]:
        where, bindings = _moment(None, at_us)
        sql = (
            "WITH RECURSIVE i(id) AS (SELECT min(id) FROM document WHERE kind = ?1 UNION ALL "  # noqa: S608
            "SELECT (SELECT min(d.id) FROM document d WHERE d.kind = ?1 AND d.id > i.id) FROM i WHERE i.id IS NOT NULL), "
            "r AS (SELECT id, (SELECT max(rev) FROM document d WHERE d.kind = ?1 AND d.id = i.id "
            f"{where}) AS rev FROM i WHERE id IS NOT NULL) "
            f"SELECT {_COLUMNS} FROM r JOIN document USING(id, rev) WHERE kind = ?1 AND NOT deleted "
            "ORDER BY created_us, id"
        )
        with self._connections.lend() as db:
            found = query(db, sql.replace("us <= ?", "us <= ?2"), (kind, *bindings))
        return [self._document(kind, row) for row in found]

    def history(
        self,
        kind: str,
        id: str,  # noqa: A002
        *,
        limit: int = 1000,
        before_rev: int | None = None,
    ) -> History:
        sql = "SELECT rev, us FROM document WHERE kind = ? AND id = ? AND rev < ? ORDER BY rev DESC LIMIT ?"
        with self._connections.lend() as db:
            rows = query(db, sql, (kind, id, 1 << 62 if before_rev is None else before_rev, limit))
        return [(rev, us) for rev, us in rows]

    def _document(self, kind: str, row: tuple[Any, ...]) -> Document:
        id_, rev, us, created_us, by, blob, body = row
        return Document(kind, id_, rev, us, decode_body(body or self._blobs.read(blob.hex())), created_us, by)


def _newest(db: apsw.Connection, kind: str, id: str) -> tuple[int, int, int, bool]:  # noqa: A002
    """Return revision, time, time of creation, and whether the document is there."""
    found = query(db, _NEWEST, (kind, id))
    if not found:
        return 0, -(1 << 63), 0, False
    ((rev, us, created_us, deleted),) = found
    return rev, us, created_us, not deleted


def _write(db: apsw.Connection, row: tuple[Any, ...]) -> None:
    db.execute(
        "INSERT INTO document(kind, id, rev, us, created_us, by, deleted, size, hash, body) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    kind, id_, rev = row[:3]
    if rev > documents.MOST_REVISIONS:
        db.execute(
            "DELETE FROM document WHERE kind = ? AND id = ? AND rev <= ?", (kind, id_, rev - documents.MOST_REVISIONS)
        )


def _moment(rev: int | None, at_us: int | None) -> tuple[str, tuple[int, ...]]:
    if rev is not None:
        return "AND rev = ?", (rev,)
    return ("", ()) if at_us is None else ("AND us <= ?", (at_us,))
