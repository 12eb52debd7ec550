"""The process of an endpoint that a server keeps: `python -m gnomon.server.serving.hosted --socket N --name NAME --home HOME`.

It listens on a socket that the server opened, so that whoever calls while a process is replaced waits instead of being
refused. Orders come down stdin, and when that ends, so does the process: it never outlives its server.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from starlette.types import Receive, Scope, Send

from gnomon.core.errors import GnomonError
from gnomon.server.run import serve_on
from gnomon.server.serving.endpoint import Endpoint
from gnomon.server.serving.orders import UNUSABLE, LogRun, Orders, Serving, Told, Trouble
from gnomon.server.serving.request_log import RequestLog, runs_of

TELL_S: Final = 1.0
_LINE: Final = 1 << 20
_decode = msgspec.json.Decoder(Orders).decode
_encode = msgspec.json.Encoder().encode


class Hosted:
    """An endpoint that follows orders.

    Args:
        endpoint: What answers.
        log: Which logs requests.
        first: The orders that it follows already.
        lines: Where further ones come from.
        tell: Called with what the server is to know.
        root: Path under which callers find it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        log: RequestLog,
        first: Orders,
        lines: IO[bytes],
        tell: Callable[[Told], None],
        root: str,
    ) -> None:
        self._endpoint, self._log, self._lines, self._tell, self._root = endpoint, log, lines, tell, root
        self._number = first.number

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._endpoint({**scope, "root_path": self._root}, receive, send)
            return
        with suppress(Exception):
            await receive()
            await send({"type": "lifespan.startup.complete"})
            tasks = [asyncio.create_task(self._obey()), asyncio.create_task(self._tick())]
            await receive()
            for task in tasks:
                task.cancel()
            self._serving()  # what was counted last
        await asyncio.to_thread(self._log.close)
        await send({"type": "lifespan.shutdown.complete"})

    def ready(self) -> None:
        """Tell that requests are answered."""
        self._serving()

    async def _obey(self) -> None:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[bytes] = asyncio.Queue()

        def read() -> None:
            for line in iter(lambda: self._lines.readline(_LINE), b""):
                loop.call_soon_threadsafe(arrived.put_nowait, line)
            os.kill(os.getpid(), signal.SIGTERM)  # the server is gone, or wants us no more

        threading.Thread(target=read, name="orders", daemon=True).start()
        while True:
            await self._follow(_decode(await arrived.get()))

    async def _follow(self, orders: Orders) -> None:
        self._log.spec = orders.log
        try:
            await self._endpoint.adopt(orders.plan)
        except Exception as error:  # noqa: BLE001 - it goes on answering, whatever it is
            self._endpoint.trouble = said(error)
            self._tell(Trouble(orders.number, self._endpoint.trouble))
            _note(f"Not changed: {self._endpoint.trouble}")
        else:
            self._number, self._endpoint.trouble = orders.number, ""
            _note(f"{orders.plan.model.ref} answers now.")
            self._serving()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TELL_S)
            self._serving()

    def _serving(self) -> None:
        pace = self._endpoint.pace
        self._tell(Serving(self._number, self._endpoint.told(), pace.recent(), pace.rate, self._endpoint.counts.news()))


def said(error: Exception) -> str:
    """Return an error as it is told."""
    return str(error) if isinstance(error, GnomonError) else f"{type(error).__name__}: {error}"


def main() -> int:
    """Serve until stdin ends; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--root", default="")
    parser.add_argument("--home", type=Path, required=True)
    asked = parser.parse_args()
    lines, tell = sys.stdin.buffer, teller()
    first = _decode(lines.readline(_LINE))
    begin = runs_of(asked.name, asked.home, first.runs, lambda version, run: tell(LogRun(version, run)))
    log = RequestLog(first.log, begin, note=_note)
    try:
        endpoint = Endpoint(asked.name, first.plan, log)
    except GnomonError as error:
        tell(Trouble(first.number, str(error)))
        _note(f"Not served: {error}")
        return UNUSABLE
    _note(f"{first.plan.model.ref} answers.")
    hosted = Hosted(endpoint, log, first, lines, tell, asked.root)
    serve_on(hosted, socket.socket(fileno=asked.socket), hosted.ready)
    return 0


def teller() -> Callable[[Told], None]:
    """Return what writes lines to the server; whatever else is printed goes to the log."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    lock = threading.Lock()

    def tell(told: Told) -> None:
        with lock, suppress(OSError):
            _write(out, _encode(told) + b"\n")

    return tell


def _write(out: Any, data: bytes) -> None:
    while data:
        data = data[out.write(data) :]


def _note(text: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
