"""The change bus: what was committed a moment ago, kept for a while so that browsers can catch up.

Publishing only appends to a ring and pokes whoever listens; readers pull what they have not seen. A reader that is
slow therefore costs nothing but the ring's bounded memory, and ingest never waits for one.
"""

import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from gnomon.core.batch import Frame, Object
from gnomon.store.engine import Appended


@dataclass(frozen=True, slots=True)
class Removed:
    """A run is gone, with everything of it."""

    run: str
    project: str


@dataclass(frozen=True, slots=True)
class DocumentChanged:
    """A document has a new revision.

    Args:
        kind: What it is: `dashboard panel …`.
        id: Which one of its kind.
        rev: Its revision now.
        us: When it was changed.
        deleted: It is gone; its earlier revisions stay.
    """

    kind: str
    id: str
    rev: int
    us: int
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class DocumentEdited:
    """What was done to a document, for those who have the revision before and would follow without reading it anew.

    Args:
        kind: What it is: `graph …`.
        id: Which one of its kind.
        rev: The revision that the edit made.
        ops: Operations that lead there from the revision before; `None` when it must be read anew.
        more: Who did it, and what they call it.
        size_bytes: What it occupies in memory, roughly.
        deleted: It is gone.
    """

    kind: str
    id: str
    rev: int
    ops: list[dict[str, Any]] | None
    more: Mapping[str, str]
    size_bytes: int = 1000
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """How something is just now, for those who watch its kind; of several for one thing the last counts.

    Args:
        kind: What it is: `job …`.
        id: Which one of its kind.
        state: As it travels; `None` when it is gone.
    """

    kind: str
    id: str
    state: Any


Change = Appended | Removed | DocumentChanged | DocumentEdited | Told


@dataclass(frozen=True, slots=True)
class Event:
    """What one commit changed.

    Args:
        seq: 1 for the first event after the server started, then one more for each.
        changes: In the order in which they were stored.
        size_bytes: What it occupies in memory, roughly.
    """

    seq: int
    changes: tuple[Change, ...]
    size_bytes: int


class Bus:
    """Keep the latest events, at most `max_events` of them and `max_bytes` in all.

    A position is written `boot:seq`: `boot` is drawn anew by each server process, so that a cursor of another
    life is never mistaken for one of this.
    """

    def __init__(self, max_events: int = 8192, max_bytes: int = 32 << 20) -> None:
        self.boot = secrets.token_hex(4)
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._events: deque[Event] = deque()
        self._bytes = 0
        self._head = 0
        self._lock = threading.Lock()
        self._listeners: tuple[Callable[[], None], ...] = ()

    @property
    def head(self) -> int:
        """Return the number of the newest event, 0 when there was none."""
        return self._head

    @property
    def size_bytes(self) -> int:
        """Return what the ring holds."""
        return self._bytes

    def cursor(self, seq: int | None = None) -> str:
        """Return the position after event `seq`, by default after the newest."""
        return f"{self.boot}:{self._head if seq is None else seq}"

    def position(self, cursor: str) -> int | None:
        """Return the `seq` of a cursor of this server process, `None` for any other text."""
        boot, _, seq = cursor.partition(":")
        if boot != self.boot or not (seq.isascii() and seq.isdigit()) or len(seq) > 18:
            return None
        return int(seq) if int(seq) <= self._head else None

    def publish(self, changes: Sequence[Change]) -> None:
        """Append one event and poke the listeners. Safe from any thread; never waits for a reader."""
        if not changes:
            return
        size = sum(map(_size, changes))
        with self._lock:
            self._head += 1
            self._events.append(Event(self._head, tuple(changes), size))
            self._bytes += size
            while len(self._events) > self._max_events or (self._bytes > self._max_bytes and self._events):
                self._bytes -= self._events.popleft().size_bytes
            listeners = self._listeners
        for poke in listeners:
            poke()

    def since(self, seq: int) -> list[Event] | None:
        """Return the events after `seq`, oldest first, or `None` when some of them were dropped already."""
        with self._lock:
            wanted = self._head - seq
            if wanted > len(self._events) or wanted < 0:
                return None
            return list(islice(self._events, len(self._events) - wanted, None))

    def listen(self, poke: Callable[[], None]) -> Callable[[], None]:
        """Have `poke` called after each event, from the publishing thread; returns how to stop that.

        `poke` must return at once and must not raise.
        """
        with self._lock:
            self._listeners = (*self._listeners, poke)
        return lambda: self._forget(poke)

    def _forget(self, poke: Callable[[], None]) -> None:
        with self._lock:
            self._listeners = tuple(p for p in self._listeners if p is not poke)


def _size(change: Change) -> int:
    if isinstance(change, DocumentEdited):
        return 1000 + change.size_bytes
    if not isinstance(change, Appended) or change.batch is None:
        return 1000
    return 1000 + 200 * len(change.stats) + sum(map(item_bytes, change.batch.items))


def item_bytes(item: object) -> int:
    """Return what a part of a batch occupies in memory, roughly."""
    if isinstance(item, Frame):
        return 200 + item.values.nbytes + item.step.nbytes + item.us.nbytes
    return 200 + (len(item.data) if isinstance(item, Object) else 0)
