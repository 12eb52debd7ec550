"""Run the server: bind, announce, serve until told to stop."""

import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import uvicorn
from anyio import to_thread
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gnomon.core.errors import InputError
from gnomon.server.settings import ServerSettings

if TYPE_CHECKING:
    from gnomon.store.home import Home

_HEADERS_S: Final = 20.0
_MAX_MESSAGE_BYTES: Final = 2 << 20


def serve(
    home: "Home",
    host: str,
    port: int,
    token: str | None = None,
    on_ready: Callable[[str], None] | None = None,
    settings: ServerSettings | None = None,
) -> None:
    """Serve a home until SIGINT or SIGTERM; the caller closes it afterwards.

    Args:
        home: Open; its background work is started here.
        host: Address or name to bind.
        port: TCP port, 0 for any that is free.
        token: Needed unless `host` is loopback.
        on_ready: Called with the URL once requests are answered.
        settings: Everything else.

    Raises:
        InputError: The address cannot be bound, or it needs a token.
    """
    from gnomon.server.app import create_app  # noqa: PLC0415 - a process that serves one model has no use for it

    settings = replace(settings or ServerSettings(), host=host, token=token)
    app = create_app(home, settings)
    with _bind(host, port) as bound:
        url = _url(host, bound.getsockname()[1])
        _raise_file_limit()
        home.start()
        server = _Server(_config(app), lambda: _ready(home, url, on_ready), app.state.context.hub.ending.set)
        server.run(sockets=[bound])


def serve_app(app: ASGIApp, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve an app that is no home's, until SIGINT or SIGTERM; see `serve`.

    Raises:
        InputError: The address cannot be bound.
    """
    with _bind(host, port) as bound:
        url = _url(host, bound.getsockname()[1])
        _raise_file_limit()
        _Server(_config(app), lambda: on_ready(url), lambda: None).run(sockets=[bound])


def serve_on(app: ASGIApp, bound: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve an app on a socket that somebody else has opened, until SIGINT or SIGTERM."""
    _raise_file_limit()
    _Server(_config(app), on_ready, lambda: None).run(sockets=[bound])


def _ready(home: "Home", url: str, on_ready: Callable[[str], None] | None) -> None:
    home.announce(url)
    if on_ready is not None:
        on_ready(url)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Http,
        ws="websockets-sansio",
        ws_max_size=_MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # it costs more time than loopback has to spare
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )


class _Server(uvicorn.Server):
    """A uvicorn server that says when it is ready and when it ends, and returns on a signal instead of dying of it."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], on_end: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready, self._on_end = on_ready, on_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()
            # What is loaded by now stays for good: the collector need not walk through it each time somebody reads a
            # column of all runs. Done in a worker thread, so that the first visitor does not wait for the first worker.
            await to_thread.run_sync(gc.freeze)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_end()  # uvicorn waits for responses that go on for ever, until it loses patience
        await super().shutdown(sockets=sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own raises the signal again at the end, before the store could be closed.
        known = {s: signal.signal(s, self.handle_exit) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in known.items():
                signal.signal(number, handler)


class _Http(HttpToolsProtocol):
    """Closes a connection whose request does not arrive: sockets are few, and opening them costs a stranger nothing."""

    def connection_made(self, transport: object) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._impatient = self.loop.call_later(_HEADERS_S, self.transport.close)

    def on_headers_complete(self) -> None:
        self._impatient.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._impatient.cancel()
        super().connection_lost(exc)


def _bind(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.socket(found[0], socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(found[4])
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "another program uses it. Choose another with --port" if taken else f"{error.strerror or error}"
        msg = f"port: cannot listen on {host}:{port}: {why}."
        raise InputError(msg, field="port") from None
    return bound


def _url(host: str, port: int) -> str:
    """Return where a program on this machine finds the server; one bound to all addresses is found on loopback."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound
    name = everywhere.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _raise_file_limit() -> None:
    """Allow as many sockets as the system lets us: idle tabs must not use them up."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 1 << 20
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, 1 << 16)), hard))
