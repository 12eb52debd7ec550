"""Documents in memory: a list of revisions for each, the oracle of the others."""

import threading
from dataclasses import dataclass
from typing import Any

from gnomon.store import documents
from gnomon.store.documents import (
    Document,
    History,
    check_revision,
    decode_body,
    encode_body,
    no_document,
)


@dataclass(frozen=True, slots=True)
class _Revision:
    document: Document
    deleted: bool = False


class MemoryDocuments:
    """Keep documents in memory; nothing outlives the process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], list[_Revision]] = {}
        self._lock = threading.Lock()

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
        plain = decode_body(encode_body(kind, id, body))
        with self._lock:
            last = self._last(kind, id)
            is_there = last is not None and not last.deleted
            rev = 0 if last is None else last.document.rev
            check_revision(kind, id, rev if is_there else 0, if_rev)
            us = us if last is None else max(us, last.document.us)
            created_us = last.document.created_us if last is not None and is_there else us
            made = Document(kind, id, rev + 1, us, plain, created_us, by)
            self._add(_Revision(made))
        return made

    def delete(self, kind: str, id: str, us: int) -> None:  # noqa: A002
        with self._lock:
            last = self._last(kind, id)
            if last is None or last.deleted:
                raise no_document(kind, id)
            old = last.document
            self._add(_Revision(Document(kind, id, old.rev + 1, max(us, old.us), {}, old.created_us), deleted=True))

    def get(self, kind: str, id: str, *, rev: int | None = None, at_us: int | None = None) -> Document:  # noqa: A002
        with self._lock:
            found = self._at(kind, id, rev, at_us)
        if found is None or found.deleted:
            raise no_document(kind, id)
        return found.document

    def list(self, kind: str, *, at_us: int | None = None) -> list[Document]:
        with self._lock:
            found = [self._at(kind, id_, None, at_us) for of, id_ in self._kept if of == kind]
        there = [r.document for r in found if r is not None and not r.deleted]
        return sorted(there, key=lambda d: (d.created_us, d.id))

    def history(
        self,
        kind: str,
        id: str,  # noqa: A002
        *,
        limit: int = 1000,
        before_rev: int | None = None,
    ) -> History:
        with self._lock:
            found = [r.document for r in reversed(self._kept.get((kind, id), []))]
        return [(d.rev, d.us) for d in found if before_rev is None or d.rev < before_rev][:limit]

    def _last(self, kind: str, id: str) -> _Revision | None:  # noqa: A002
        found = self._kept.get((kind, id))
        return found[-1] if found else None

    def _at(self, kind: str, id: str, rev: int | None, at_us: int | None) -> _Revision | None:  # noqa: A002
        for found in reversed(self._kept.get((kind, id), [])):
            if (rev is None or found.document.rev == rev) and (at_us is None or found.document.us <= at_us):
                return found
        return None

    def _add(self, revision: _Revision) -> None:
        kept = self._kept.setdefault((revision.document.kind, revision.document.id), [])
        kept.append(revision)
        del kept[: -documents.MOST_REVISIONS]
