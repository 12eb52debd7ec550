"""The live channel: who listens, and how often they hear. Browsers pull from the bus's ring; nothing waits for them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec

from gnomon import __version__
from gnomon.server.frames import Watch, build
from gnomon.server.wire_live import HelloFrame, LiveFrame, ResetFrame
from gnomon.store.bus import Bus

PERIOD_S: Final = 0.05
SHARE: Final = 0.08
"""Part of the event loop's time that building and sending frames may take before frames become rarer."""

_MAX_FIRST: Final = 32
_MAX_BUILT_CHARS: Final = 32 << 20
_SEND_CHAR_S: Final = 2e-9
_SEND_S: Final = 40e-6  # one send through uvicorn and the kernel; the waiting is not ours to count

_encode = msgspec.json.Encoder().encode
Send = Callable[[str], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Listener:
    """One browser: what it wants, how far it is, what it must hear first, and an event set when there may be more."""

    send: Send
    seq: int
    watch: Watch = field(default_factory=Watch)
    first: list[str] = field(default_factory=list)
    due: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Wake the listeners when something was committed, at most 20 times a second.

    Frames are built once for all listeners that stand at the same place and want the same. When that takes more
    than a small part of the time, rounds become rarer instead of ingest slower.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.frames = 0
        self.resets = 0
        self.ending = asyncio.Event()
        """Set when the server is told to stop: whoever keeps a response open is to end it."""
        self._listeners: set[Listener] = set()
        self._changed = asyncio.Event()
        self._head = bus.head
        self._built: dict[tuple[int, int, Watch], tuple[str, ...] | None] = {}
        self._built_chars = 0
        self._spent_s = 0.0

    def __len__(self) -> int:
        return len(self._listeners)

    async def run(self) -> None:
        """Serve until cancelled."""
        loop = asyncio.get_running_loop()
        stop = self.bus.listen(lambda: _poke(loop, self._changed))
        self._changed.set()  # what was committed before we listened
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                self._round()
                await asyncio.sleep(PERIOD_S)
                await asyncio.sleep(max(0.0, self._spent_s / SHARE - PERIOD_S))
        finally:
            stop()

    def _round(self) -> None:
        self._head = self.bus.head
        self._built.clear()
        self._built_chars = 0
        self._spent_s = 0.0
        for listener in self._listeners:
            listener.due.set()

    def add(self, send: Send) -> Listener:
        """Begin to serve a listener, from now on."""
        self._head = max(self._head, self.bus.head)
        listener = Listener(send, self._head)
        self._listeners.add(listener)
        return listener

    def remove(self, listener: Listener) -> None:
        """Stop serving a listener."""
        self._listeners.discard(listener)

    def resume(self, listener: Listener, watch: Watch, since: str | None = None) -> None:
        """Change what a listener wants, and go on from a cursor; `follow` tells it so before anything else."""
        listener.watch = watch
        position = self.bus.head if since is None else self.bus.position(since)
        lost = position is None or self.bus.since(position) is None
        listener.seq = self.bus.head if lost or position is None else position
        self._head = self.bus.head
        listener.due.set()
        hello = _text(HelloFrame(cursor=self.bus.cursor(listener.seq), version=__version__))
        # One that asks and asks without reading hears of its latest wishes only.
        listener.first = [*listener.first, *([self._reset()] if lost else []), hello][-_MAX_FIRST:]

    async def follow(self, listener: Listener) -> None:
        """Send a listener what it wants, until cancelled. Waiting for a slow browser happens here and only here."""
        while True:
            await listener.due.wait()
            listener.due.clear()
            first, listener.first = listener.first, []
            for text in (*first, *self._news(listener)):
                await listener.send(text)
                self.frames += 1
                self._spent_s += _SEND_S + len(text) * _SEND_CHAR_S

    def _news(self, listener: Listener) -> tuple[str, ...]:
        """Return the frames from where a listener stands up to the current round, and move it there."""
        head = self._head
        key = (listener.seq, head, listener.watch)
        found = self._built[key] if key in self._built else self._build(key)
        listener.seq = head
        return (self._reset(),) if found is None else found

    def _build(self, key: tuple[int, int, Watch]) -> tuple[str, ...] | None:
        """Make frames, and keep them for others until the next round while that is not too much memory."""
        began = time.perf_counter()
        seq, head, watch = key
        events = self.bus.since(seq)
        found = None
        if events is not None:
            events = [e for e in events if e.seq <= head]
            found = tuple(_text(frame) for frame in build(events, watch, self.bus.cursor(head)))
        self._built_chars += sum(map(len, found or ()))
        if self._built_chars <= _MAX_BUILT_CHARS:
            self._built[key] = found
        self._spent_s += time.perf_counter() - began
        return found

    def _reset(self) -> str:
        self.resets += 1
        return _text(ResetFrame(cursor=self.bus.cursor(self._head)))


def _poke(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    # When it is set, the round that will clear it has not read the head yet, and so will see this event too.
    if not event.is_set():
        with suppress(RuntimeError):  # the loop is closing: nobody listens any more
            loop.call_soon_threadsafe(event.set)


def _text(frame: LiveFrame) -> str:
    return _encode(frame).decode()
