"""`/serve/{name}/…`: endpoints, each answered by its own process, and `/serve/mlp`, the digit classifier in the server itself.

The guard has seen host, origin, token and the size of the body. What goes on to a process is the request without whoever
sent it: no cookie, no token.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from gnomon.core.errors import BusyError
from gnomon.server.context import Context
from gnomon.server.errors import problem
from gnomon.server.serving import http
from gnomon.server.serving.upstream import Gone, Link, Upstream

PASSED: Final = frozenset({b"content-type", b"accept", b"x-request-id"})
RETURNED: Final = frozenset({b"content-type", b"content-length", b"gnomon-version", b"retry-after", b"allow"})
_METHODS: Final = ("GET", "POST", "OPTIONS")  # an answer to HEAD has a length, and nothing that comes


def mount(context: Context) -> Mount:
    """Return where it is found."""
    return Mount("/serve", app=Served(context))


class Served:
    """Answers for all endpoints."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._mlp: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        root = scope.get("root_path", "")
        name, slash, rest = scope["path"].removeprefix(root).lstrip("/").partition("/")
        if name == "mlp":
            self._mlp = self._mlp or _made(self._context)
            await self._mlp({**scope, "root_path": f"{root}/mlp"}, receive, send)
            return
        try:
            entry = self._context.endpoints.get(name)
            if scope["method"] not in _METHODS:
                allow = [(b"allow", ", ".join(_METHODS).encode())]
                await http.refuse(send, problem(405, f"An endpoint takes no {scope['method']:.20}."), allow)
                return
            await _pass(entry.upstream, scope, (f"/serve/{quote(name)}{slash}{quote(rest)}", receive, send))
        except http.Disconnected:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked gets an answer
            again = [(b"retry-after", b"1")] if isinstance(error, BusyError) else None
            await http.refuse(send, http.told(error), again)


async def _pass(upstream: Upstream, scope: Scope, where: tuple[str, Receive, Send]) -> None:
    """Pass a request on, and its answer back as it comes."""
    path, receive, send = where
    body = await http.read(receive) if scope["method"] == "POST" else b""
    link = await upstream.ask(_request(scope, path, body))
    try:
        await _answer(link, send)
    finally:
        upstream.done(link)


async def _answer(link: Link, send: Send) -> None:
    headers = [each for each in link.headers if each[0] in RETURNED]
    headers += [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": link.status, "headers": headers})
    if link.is_whole:
        await send({"type": "http.response.body", "body": b"".join(link.parts)})
        return
    try:
        async for part in link.rest():
            await send({"type": "http.response.body", "body": part, "more_body": True})
    except (Gone, TimeoutError):
        link.close()  # what is missing of the length tells whoever reads that it is not whole
    await send({"type": "http.response.body", "body": b""})


def _request(scope: Scope, path: str, body: bytes) -> bytes:
    """Return a request as it goes over the wire; paths are quoted, so that nothing in them ends a line."""
    lines = [f"{scope['method']} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n".encode("latin-1")]
    lines += [name + b": " + value + b"\r\n" for name, value in scope["headers"] if name in PASSED]
    lines.append(f"content-length: {len(body)}\r\n\r\n".encode())
    return b"".join(lines) + body


def _made(context: Context) -> ASGIApp:
    from gnomon.server.serving.front import Front  # noqa: PLC0415 - most homes never serve a model
    from gnomon.server.serving.mlp import MlpApp  # noqa: PLC0415
    from gnomon.server.serving.process import trainer  # noqa: PLC0415

    folder = context.home.path / "data" / "mnist"
    app = MlpApp(trainer(context.workers), str(folder) if folder.is_dir() else None)
    # The guard has seen the token. What it lets through, and this must not, is a foreign page's GET of /train.
    return Front(app, replace(context.settings, token=None))
