"""What stands before an app that serves models in a process of its own: whose requests pass, and who may read the answers.

The pages of other sites may call it when their origin was named, or when they come from this machine; the names it
answers to are checked as the server's are, so that a foreign page cannot reach it through a name that it controls.
"""

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gnomon.server.errors import problem
from gnomon.server.serving.http import Headers, header, refuse
from gnomon.server.settings import ServerSettings, is_loopback

_ALLOWED: Final = (
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"content-type, authorization"),
    (b"access-control-max-age", b"600"),
    (b"vary", b"origin"),
)


class Front:
    """Check requests, and mark answers for the pages that may read them.

    Args:
        app: What answers.
        settings: Names and token.
        origins: Origins whose pages may call, such as `https://lab.example`; `*` for all. Those of this machine may.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings, origins: tuple[str, ...] = ()) -> None:
        self._app, self._settings = app, settings
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self._token = settings.token.encode() if settings.token is not None else None
        self._known: dict[str, bool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        origin = header(scope, b"origin")
        marks: Headers = [(b"access-control-allow-origin", origin.encode()), *_ALLOWED] if origin else []
        if not self._answers_to(header(scope, b"host")):
            await refuse(send, problem(403, "Host: this server answers to its own names only.", field="Host"))
        elif not self._may_call(scope, origin):
            hint = f"Start it with --cors {origin or 'ORIGIN'} to let pages from there in."
            await refuse(send, problem(403, "Origin: pages of that site may not call this.", field="Origin", hint=hint))
        elif scope["method"] != "OPTIONS" and not self._has_token(scope):
            await refuse(send, problem(401, "Authorization: send Bearer TOKEN.", field="Authorization"), marks)
        else:
            await self._app(scope, receive, _marking(send, marks) if marks else send)

    def _answers_to(self, host: str) -> bool:
        known = self._known.get(host)
        if known is None:
            known = self._settings.allows(host)
            if len(self._known) < 1_000:  # every name somebody thinks of is not worth remembering
                self._known[host] = known
        return known

    def _may_call(self, scope: Scope, origin: str) -> bool:
        if origin:
            return "*" in self._origins or origin.lower() in self._origins or _is_here(origin)
        # A picture or a link of a foreign page names no origin, and could reset the network all the same.
        return header(scope, b"sec-fetch-site") in {"", "none", "same-origin", "same-site"} or "*" in self._origins

    def _has_token(self, scope: Scope) -> bool:
        if self._token is None:
            return True
        scheme, _, given = header(scope, b"authorization").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token)


def _is_here(origin: str) -> bool:
    try:
        name = urlsplit(origin).hostname
    except ValueError:
        return False
    return name is not None and is_loopback(name)


def _marking(send: Send, marks: Headers) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *marks]}
        await send(message)

    return marked
