"""The little of HTTP that serving needs: a body within limits, and an answer, on plain ASGI.

A prediction takes some 100 µs; a framework between it and the socket would take as long again.
"""

from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope, Send

from gnomon.core.errors import GnomonError, InputError, LimitError
from gnomon.server.errors import PROBLEM, describe, problem, unexpected
from gnomon.server.wire import Problem

MAX_BODY_BYTES: Final = 16 << 20
Headers = list[tuple[bytes, bytes]]

_encode = msgspec.json.Encoder().encode


class Disconnected(Exception):  # noqa: N818 - nobody made a mistake
    """Raised when nobody waits for the answer any more."""


def header(scope: Scope, name: bytes) -> str:
    """Return a header of the request, empty when it has none; `name` in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            found: str = value.decode("latin-1")
            return found
    return ""


async def read(receive: Receive, limit: int = MAX_BODY_BYTES) -> bytes:
    """Return the body of a request.

    Raises:
        LimitError: It is longer than `limit`.
        Disconnected: Its sender went away.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            msg = f"body: expected at most {limit:,} bytes. Send a smaller picture, or fewer at once."
            raise LimitError(msg, field="body")
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def read_json(body: bytes, kind: Any) -> Any:
    """Return a JSON body as the type it should have.

    Raises:
        InputError: It does not decode, or a field is wrong; `field` names it.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        name = path.strip("`.") or "body"
        msg = f"{name}: {text[0].lower()}{text[1:]}."
        raise InputError(msg, field=name) from None
    except (msgspec.DecodeError, RecursionError) as error:
        msg = f"body: expected JSON: {error}."
        raise InputError(msg, field="body") from None


async def answer(send: Send, value: Any, status: int = 200, headers: Headers | None = None) -> None:
    """Send a value as JSON, or a text as it is."""
    is_text = isinstance(value, str)
    body = value.encode() if is_text else _encode(value)
    await _send(send, status, b"text/plain; charset=utf-8" if is_text else b"application/json", body, headers)


async def refuse(send: Send, found: Problem, headers: Headers | None = None) -> None:
    """Send a problem."""
    await _send(send, found.status, PROBLEM.encode(), _encode(found), headers)


def told(error: Exception) -> Problem:
    """Return what a caller is told about an error."""
    return describe(error) if isinstance(error, GnomonError) else unexpected(error)


def no_such_page(path: str, pages: str) -> Problem:
    """Return what somebody is told who asks for what is not there."""
    return problem(404, f"There is no {path!r:.60} here; there are {pages}.")


async def _send(send: Send, status: int, media: bytes, body: bytes, headers: Headers | None) -> None:
    every = [
        (b"content-type", media),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *(headers or ()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": body})
