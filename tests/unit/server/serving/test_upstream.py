"""Requests that are passed on to a process which breaks off, answers at length, or does not answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gnomon.core.errors import BusyError, UnavailableError
from gnomon.server.routes.serve import _request
from gnomon.server.serving import upstream
from gnomon.server.serving.upstream import Gone, Upstream

SHORT = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ngnomon-version: m@1\r\n\r\nok"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def ready() -> None:
    """Somebody is there."""


def asked(place: Path, serve: Serve, ask: Callable[[Upstream], Awaitable[Any]]) -> Any:
    """Return what `ask` does, of an upstream that `serve` answers."""

    answering: list[asyncio.Task[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, OSError):
                await serve(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.ensure_future(answer(reader, writer)))

    async def run() -> Any:
        address = str(place / "s")
        async with await asyncio.start_unix_server(begin, address):
            found = Upstream(address, ready)
            try:
                return await ask(found)
            finally:
                found.close()
                for left in (await asyncio.wait(answering, timeout=10))[1] if answering else ():
                    left.cancel()

    return asyncio.run(run())


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s")  # names of sockets are short


async def text_of(found: Upstream, request: bytes = b"GET / HTTP/1.1\r\n\r\n") -> tuple[int, bytes]:
    link = await found.ask(request)
    text = b"".join(link.parts) if link.is_whole else b"".join([part async for part in link.rest()])
    found.done(link)
    return link.status, text


def test_one_whose_connection_breaks_off_is_asked_again_and_connections_are_kept(place: Path) -> None:
    opened: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(len(opened))
        while await reader.readuntil(b"\r\n\r\n"):
            if len(opened) == 1:
                writer.close()
                return
            writer.write(SHORT)
            await writer.drain()

    async def ask(found: Upstream) -> list[tuple[int, bytes]]:
        return [await text_of(found) for _ in range(3)]

    assert asked(place, serve, ask) == [(200, b"ok")] * 3
    assert opened == [0, 1], "broken off, asked again, and kept"


def test_one_that_breaks_off_each_time_is_asked_no_more_than_twice(place: Path) -> None:
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    with pytest.raises(UnavailableError, match="ended each time it was asked"):
        asked(place, serve, text_of)
    assert len(requests) == 2


def test_a_long_answer_is_passed_on_as_it_comes_and_told_when_it_ends_early(place: Path) -> None:
    body, events = b"x" * 300_000, list[asyncio.Event]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked_for = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 600000\r\n\r\n" + body)
        await writer.drain()
        await events[-1].wait()  # until the first half was passed on
        writer.write(body if b"whole" in asked_for else b"")

    async def read(found: Upstream, path: str) -> int:
        events.append(asyncio.Event())
        link = await found.ask(f"GET /{path} HTTP/1.1\r\n\r\n".encode())
        assert (link.status, link.is_whole) == (200, False)
        size = 0
        try:
            async for part in link.rest():
                size += len(part)
                if size >= len(body):
                    events[-1].set()
        finally:
            found.done(link)
        return size

    assert asked(place, serve, lambda found: read(found, "whole")) == 600_000
    with pytest.raises(Gone):
        asked(place, serve, lambda found: read(found, "half"))


def test_so_many_are_asked_at_once_and_whoever_says_nothing_is_not_waited_for(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def many(found: Upstream) -> None:
        waiting = [asyncio.create_task(text_of(found)) for _ in range(2)]
        await asyncio.sleep(0)
        try:
            with pytest.raises(BusyError, match="2 requests are being answered"):
                await text_of(found)
        finally:
            found_ = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(each) for each in found_] == [UnavailableError, UnavailableError]

    monkeypatch.setattr(upstream, "MOST", 2)
    monkeypatch.setattr(upstream, "ANSWER_S", 0.05)
    asked(place, serve, many)


def test_neither_token_nor_cookie_goes_on_and_nothing_in_a_path_ends_a_line() -> None:
    headers = [
        (b"host", b"lab:7117"),
        (b"authorization", b"Bearer secret"),
        (b"cookie", b"gnomon_session=secret"),
        (b"content-type", b"image/png"),
        (b"x-request-id", b"7"),
        (b"transfer-encoding", b"chunked"),
    ]
    assert _request({"method": "POST", "headers": headers}, "/serve/m/predict", b"body") == (
        b"POST /serve/m/predict HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: image/png\r\nx-request-id: 7\r\n"
        b"content-length: 4\r\n\r\nbody"
    )
