"""Requests passed on to the process of an endpoint, over connections that are kept, with the answer as it comes.

A prediction changes nothing, so that one whose process dies before it answered is asked again of the next process, once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import httptools

from gnomon.core.errors import BusyError, UnavailableError
from gnomon.server.serving.http import Headers

MOST: Final = 256
"""Requests that an endpoint is asked at once."""
ANSWER_S: Final = 60.0
_IDLE_S: Final = 30.0
_AT_ONCE: Final = 64 << 10
_HELD: Final = 1 << 20


class Gone(Exception):  # noqa: N818 - nobody made a mistake
    """Raised when a connection ends before an answer began."""


class Link(asyncio.Protocol):
    """One connection, which is asked one thing at a time."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._began: asyncio.Future[None] | None = None
        self._reset()

    def _reset(self) -> None:
        self.status = 0
        self.headers: Headers = []
        self.parts: list[bytes] = []
        self.is_whole = False
        self._held = 0
        self._more = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """It can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> None:
        """Send a request; return when the whole answer is there, or its beginning if it is long.

        Raises:
            Gone: The other side ended first.
            TimeoutError: It takes too long.
        """
        if self._transport is None:
            raise Gone
        self._reset()
        self._parser = httptools.HttpResponseParser(self)
        self._began = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(ANSWER_S):
            await self._began

    async def rest(self) -> AsyncIterator[bytes]:
        """Yield what comes of the answer.

        Raises:
            Gone: It ends before it is whole.
        """
        while True:
            parts, self.parts, self._held = self.parts, [], 0
            if self._transport is not None:
                self._transport.resume_reading()
            for part in parts:
                yield part
            if self.parts:
                continue
            if self.is_whole:
                return
            if not self.is_open:
                raise Gone
            self._more.clear()
            async with asyncio.timeout(ANSWER_S):
                await self._more.wait()

    def close(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, AttributeError):  # what nobody asked for
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - of asyncio
        self._transport = None
        self._more.set()
        if self._began is not None and not self._began.done():
            self._began.set_exception(Gone())

    # httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        self.parts.append(data)
        self._held += len(data)
        if self._held > _AT_ONCE:
            self._begin()
        if self._held > _HELD and self._transport is not None:
            self._transport.pause_reading()
        self._more.set()

    def on_message_complete(self) -> None:
        self.is_whole = True
        self._more.set()
        self._begin()

    def _begin(self) -> None:
        if self._began is not None and not self._began.done():
            self._began.set_result(None)


class Upstream:
    """Ask the process of an endpoint.

    Args:
        address: Of its socket.
        ready: Waits until it is there, or raises why it is not.
    """

    def __init__(self, address: str, ready: Callable[[], Awaitable[None]]) -> None:
        self._address, self._ready = address, ready
        self._idle: list[Link] = []
        self._asking = 0

    async def ask(self, request: bytes) -> Link:
        """Return a connection that brings the answer; give it back with `done`.

        Raises:
            UnavailableError: Nobody answers.
            BusyError: Too many ask, or nobody answers yet.
        """
        if self._asking >= MOST:
            msg = f"{self._asking} requests are being answered. Ask again in a moment."
            raise BusyError(msg)
        self._asking += 1
        try:
            return await self._twice(request)
        except BaseException:
            self._asking -= 1
            raise

    def done(self, link: Link) -> None:
        """Take a connection back."""
        self._asking -= 1
        if link.is_whole and link.is_open:
            link.idle_since = asyncio.get_running_loop().time()
            self._idle.append(link)
        else:
            link.close()

    def close(self) -> None:
        """End all connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    async def _twice(self, request: bytes) -> Link:
        kept = self._kept()
        for link in ([kept] if kept is not None else []) + [None, None]:  # one that was kept may have ended unseen
            await self._ready()
            with suppress(Gone):
                return await self._asked(link or await self._connected(), request)
        msg = "The process of this endpoint ended each time it was asked. Its page tells more: Models, Endpoints."
        raise UnavailableError(msg)

    async def _asked(self, link: Link, request: bytes) -> Link:
        try:
            await link.ask(request)
        except TimeoutError:
            link.close()
            msg = f"There was no answer within {ANSWER_S:.0f} s. Send fewer rows at once."
            raise UnavailableError(msg) from None
        except BaseException:
            link.close()
            raise
        return link

    def _kept(self) -> Link | None:
        oldest = asyncio.get_running_loop().time() - _IDLE_S
        while self._idle:
            link = self._idle.pop()
            if link.is_open and link.idle_since > oldest:
                return link
            link.close()
        return None

    async def _connected(self) -> Link:
        try:
            _, link = await asyncio.get_running_loop().create_unix_connection(Link, self._address)
        except OSError:
            raise Gone from None
        return link
