"""Documents that others see change: what is written is also told on the bus."""

import threading
from typing import Any

from gnomon.store.bus import Bus, DocumentChanged
from gnomon.store.documents import Document, Documents, History


class SharedDocuments:
    """Pass documents through, and publish each change once it is durable.

    Args:
        documents: Where they live.
        bus: Who hears of their changes.
    """

    def __init__(self, documents: Documents, bus: Bus) -> None:
        self._documents = documents
        self._bus = bus
        self._lock = threading.Lock()  # revisions are told in their order

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
        with self._lock:
            made = self._documents.put(kind, id, body, us, if_rev=if_rev, by=by)
            self._bus.publish([DocumentChanged(kind, id, made.rev, made.us)])
            return made

    def delete(self, kind: str, id: str, us: int) -> None:  # noqa: A002
        with self._lock:
            self._documents.delete(kind, id, us)
            rev, us = self._documents.history(kind, id, limit=1)[0]
            self._bus.publish([DocumentChanged(kind, id, rev, us, deleted=True)])

    def get(self, kind: str, id: str, *, rev: int | None = None, at_us: int | None = None) -> Document:  # noqa: A002
        return self._documents.get(kind, id, rev=rev, at_us=at_us)

    def list(self, kind: str, *, at_us: int | None = None) -> list[Document]:
        return self._documents.list(kind, at_us=at_us)

    def history(
        self,
        kind: str,
        id: str,  # noqa: A002
        *,
        limit: int = 1000,
        before_rev: int | None = None,
    ) -> History:
        return self._documents.history(kind, id, limit=limit, before_rev=before_rev)
