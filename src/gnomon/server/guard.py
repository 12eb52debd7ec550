"""What every request must pass before any route sees it, and what every answer carries. Denies by default.

One plain ASGI middleware around the whole app, so that a route added tomorrow is guarded without knowing it:

1. `Host` must be one of ours (a foreign page cannot reach us through a name it controls);
2. state changes and WebSocket upgrades must not come from another site;
3. a body must have a type its route expects, and must stay within the limits, declared or streamed;
4. with a token, only `/health`, `/login` and static files are open, and guessing it is slow;
5. every answer says that nothing may be framed, sniffed, cached or loaded from elsewhere.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gnomon.core.errors import GnomonError, LimitError
from gnomon.server.attempts import Attempts
from gnomon.server.errors import describe, problem, respond, unexpected
from gnomon.server.pages import login_form
from gnomon.server.rules import FORM, OCTETS, SIMPLE_TYPES, BodyRule, body_rule
from gnomon.server.settings import ServerSettings, host_name, is_loopback
from gnomon.server.wire import Problem

COOKIE: Final = "gnomon_session"
LEAST_BYTES_PER_S: Final = 16 << 10
"""A streamed body may take as long as it likes while it comes at least this fast."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'self'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(eq=False)  # not frozen: whoever passes an exception on sets its traceback
class Refusal(Exception):  # noqa: N818  # it is an answer, not a failure of ours
    """Carries the answer to a request that may not pass."""

    answer: Problem
    headers: dict[str, str] = field(default_factory=dict)


def session_of(token: str) -> str:
    """Return what the login cookie holds: a browser's copy cannot be turned back into the token."""
    return hmac.new(token.encode(), b"gnomon session 1", hashlib.sha256).hexdigest()


class Guard:
    """Check requests and mark answers.

    Args:
        app: What comes after.
        settings: Names, token and limits.
        is_static: Tells whether a GET of a path is one of the UI's public files.
        attempts: Wrong tokens so far, shared with the login page.
    """

    def __init__(
        self, app: ASGIApp, settings: ServerSettings, is_static: Callable[[str], bool], attempts: Attempts
    ) -> None:
        self._app = app
        self._settings = settings
        self._is_static = is_static
        self._attempts = attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            send = _mark(send)
        try:
            self._check(scope, Headers(scope=scope))
        except Refusal as refusal:
            await _refuse(refusal, scope, receive, send)
            return
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._settings.allows(hosts[0]):
            detail = "Host: this server answers to its own names only."
            hint = "Open it as http://127.0.0.1 or localhost, or name it with --allow-host."
            raise Refusal(problem(403, detail, field="Host", hint=hint))
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if changes:
            _check_site(headers, hosts[0])
        if self._settings.token is not None and not self._is_open(scope):
            self._check_token(scope, headers, self._settings.token)
        if changes and scope["type"] == "http":
            _check_body(body_rule(scope["path"], self._settings), headers, hosts[0])

    def _check_token(self, scope: Scope, headers: Headers, token: str) -> None:
        if _cookie_matches(headers, token):
            return
        given = _given_token(headers)
        if given is not None:
            wait_s = self._attempts.wait_s(scope)
            if wait_s:
                raise too_many(wait_s)
            if hmac.compare_digest(given.encode(), token.encode()):
                return
            self._attempts.failed(scope, given)
        hint = "Send Authorization: Bearer TOKEN, or open /login in a browser."
        answer = problem(401, "Authorization: no valid token came.", field="Authorization", hint=hint)
        raise Refusal(answer, {"WWW-Authenticate": 'Bearer realm="gnomon"'})

    def _is_open(self, scope: Scope) -> bool:
        path = scope["path"]
        if path in {"/health", "/login"}:
            return True
        return scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and self._is_static(path)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app; whatever it raises becomes an answer here, inside the marks that every answer carries."""
        started = False
        limited = _Limited(receive, body_rule(scope["path"], self._settings), self._settings.body_timeout_s)

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            if limited.is_over and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"  # the rest of the body is not worth reading
            await send(message)

        try:
            await self._app(scope, receive if scope["method"] in _SAFE else limited, watched)
        except ClientDisconnect:
            return
        except Refusal as refusal:
            await _refuse(refusal, scope, receive, send)
        except Exception as error:
            if started:
                raise
            await _refuse(Refusal(_answer_to(error)), scope, receive, send)


def _answer_to(error: Exception) -> Problem:
    if isinstance(error, GnomonError):
        return describe(error)
    if isinstance(error, TimeoutError):
        return problem(408, "body: it did not arrive in time.", field="body", hint="Send smaller pieces.")
    return unexpected(error)


class _Limited:
    """A `receive` that counts: a body without a length, or with a wrong one, cannot exceed the limit either."""

    def __init__(self, receive: Receive, rule: BodyRule, timeout_s: float) -> None:
        self._receive = receive
        self._rule = rule
        self._left = rule.max_bytes
        self._deadline = asyncio.get_running_loop().time() + timeout_s
        self._done = False
        self.is_over = False

    async def __call__(self) -> Message:
        if self._done:
            return await self._receive()
        async with asyncio.timeout_at(self._deadline):
            message = await self._receive()
        size = len(message.get("body", b""))
        self._left -= size
        if self._rule.is_streamed:
            self._deadline += size / LEAST_BYTES_PER_S
        self._done = not message.get("more_body", False)
        if self._left < 0:
            self.is_over = True
            raise _too_large(self._rule.max_bytes)
        return message


def _too_large(limit: int) -> LimitError:
    return LimitError(f"body: expected at most {limit} bytes. Send it in smaller pieces.", field="body")


def too_many(wait_s: int) -> Refusal:
    """Return the answer to an address that has tried too many tokens."""
    detail = f"Authorization: too many wrong tokens came from this address; none is looked at for {wait_s} s."
    hint = "Look up the token (the server was started with it), then try again after Retry-After seconds."
    return Refusal(problem(429, detail, field="Authorization", hint=hint), {"Retry-After": str(wait_s)})


def _check_site(headers: Headers, host: str) -> None:
    site = headers.get("sec-fetch-site", "none")
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != host.lower()
    if foreign or site not in {"none", "same-origin"}:
        detail = "Origin: another site may not change anything here, or listen."
        hint = "Call the API from a page of this server, or from a program that sends no Origin."
        raise Refusal(problem(403, detail, field="Origin", hint=hint))


def _given_token(headers: Headers) -> str | None:
    """Return the token in `Authorization`, `None` when there is none."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":  # clients that only know user and password send the token as password
        try:
            given = base64.b64decode(given, validate=True).decode("latin-1").partition(":")[2]
        except (binascii.Error, ValueError):
            return None
    elif scheme.lower() != "bearer":
        return None
    return given.strip()


def _cookie_matches(headers: Headers, token: str) -> bool:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return False
    return morsel is not None and hmac.compare_digest(morsel.value.encode(), session_of(token).encode())


def _check_body(rule: BodyRule, headers: Headers, host: str) -> None:
    length = headers.get("content-length")
    if length is not None and (not (length.isascii() and length.isdigit()) or len(length) > 18):
        raise Refusal(problem(400, "Content-Length: expected digits.", field="Content-Length"))
    if length is not None and int(length) > rule.max_bytes:
        raise Refusal(describe(_too_large(rule.max_bytes)))
    if rule.is_streamed and headers.get("content-encoding", "identity") != "identity":
        raise Refusal(problem(415, "Content-Encoding: expected none; this body is kept as it comes."))
    if length == "0" or (length is None and "transfer-encoding" not in headers):
        return
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    if given in rule.types or _is_believed(rule, given, headers, host):
        return
    wanted = rule.types or (OCTETS,)
    hint = f"Add the header: content-type: {wanted[0]}"
    detail = f"Content-Type: expected {' or '.join(wanted)}."
    raise Refusal(problem(415, detail, field="Content-Type", hint=hint))


def _is_believed(rule: BodyRule, given: str, headers: Headers, host: str) -> bool:
    """Tell whether a type that the rule does not list may pass."""
    if rule.takes_forms:
        return given in {"", FORM} and _is_plain_tool(headers, host)
    return not rule.types and (given not in SIMPLE_TYPES or not _is_browser(headers))


def _is_plain_tool(headers: Headers, host: str) -> bool:
    """Tell curl on this machine, which labels any data as a form, from a browser."""
    name = host_name(host)
    return not _is_browser(headers) and name is not None and is_loopback(name)


def _is_browser(headers: Headers) -> bool:
    """Tell a browser, which never leaves out where a request comes from."""
    return bool({"origin", "sec-fetch-site", "sec-fetch-mode", "referer", "cookie"} & set(headers.keys()))


def _mark(send: Send) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return marked


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    headers = dict(refusal.headers)
    if scope["type"] == "http" and scope["method"] not in _SAFE:
        headers["Connection"] = "close"  # the body was not read; what follows on this connection is not a request
    wants_page = scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")
    asks = refusal.answer.status == 401 and wants_page
    answer = login_form(status=401) if asks else respond(refusal.answer, headers)
    await answer(scope, receive, send)
