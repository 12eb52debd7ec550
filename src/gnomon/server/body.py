"""Request bodies: read within limits, inflated within limits, decoded to lines."""

import zlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from gnomon.core.errors import InputError, LimitError
from gnomon.core.limits import MAX_INFLATED_BYTES

_PIECE: Final = 1 << 20
_MAX_RATIO: Final = 200
_json = msgspec.json.Decoder()
_msgpack = msgspec.msgpack.Decoder()


async def read_body(receive: Receive) -> bytes:
    """Return the whole body; the guard in front limits its size and its time."""
    pieces = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def inflate(body: bytes, encoding: str, limit: int = MAX_INFLATED_BYTES) -> bytes:
    """Undo `Content-Encoding`.

    Args:
        body: As sent.
        encoding: Nothing, `identity` or `gzip`.
        limit: Most bytes that may come out; no more than 200 times what went in, whatever the limit.

    Raises:
        InputError: Another encoding, or damaged data.
        LimitError: It would become too large.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding != "gzip":
        msg = "Content-Encoding: expected gzip or none."
        raise InputError(msg, field="Content-Encoding")
    limit = min(limit, max(_PIECE, len(body) * _MAX_RATIO))
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in _members(body):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                msg = f"body: expected at most {limit} bytes after gzip. Send it in smaller pieces."
                raise LimitError(msg, field="body")
    except zlib.error:
        msg = "body: the gzip data is damaged."
        raise InputError(msg, field="body") from None
    return b"".join(pieces)


def _members(body: bytes) -> Iterator[bytes]:
    """Yield what a gzip body holds, piece by piece; `cat a.gz b.gz` is one body of two members."""
    stream = zlib.decompressobj(wbits=31)
    while body:
        yield stream.decompress(body, _PIECE)
        body = stream.unconsumed_tail or stream.unused_data
        if stream.eof and body:
            stream = zlib.decompressobj(wbits=31)
    if not stream.eof:
        msg = "body: the gzip data is cut short."
        raise InputError(msg, field="body")


def decode_lines(body: bytes, content_type: str) -> list[Any]:
    """Return the lines of a body; a line of NDJSON that does not decode is in its place as an error.

    Args:
        body: JSON object or array, NDJSON, or msgpack map or array.
        content_type: Without parameters, lower case.

    Raises:
        InputError: The whole body does not decode.
    """
    if content_type == "application/x-ndjson":
        return [_ndjson_line(line) for line in body.splitlines() if line.strip()]
    decode, name = (_msgpack.decode, "msgpack") if content_type == "application/msgpack" else (_json.decode, "JSON")
    try:
        found = decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _malformed(name, error) from None
    return found if isinstance(found, list) else [found]


def _ndjson_line(line: bytes) -> Any:
    try:
        return _json.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _malformed("JSON", error)


def _malformed(name: str, error: Exception) -> InputError:
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return InputError(f"body: expected {name}: {reason}. Numbers that are not finite travel as text.", field="body")
