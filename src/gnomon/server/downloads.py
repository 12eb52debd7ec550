"""Payloads sent as they are stored: in pieces, from where a reader asked, and never as a page of ours."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gnomon.server.errors import problem, respond

OCTETS: Final = "application/octet-stream"
SANDBOX: Final = "sandbox; default-src 'none'"
FOREVER: Final = "private, max-age=31536000, immutable"
_PIECE: Final = 256 << 10
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._ -]")

# What a browser may be told about bytes that somebody logged. None of these can run a script; everything else is bytes.
_TYPES: Final = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
_ENDINGS: Final = {"text": "txt", "json": "json", "html": "html", "table": "json", "graph": "json", "fits": "fits"}


@dataclass(frozen=True, slots=True)
class Payload:
    """What is sent, and under which name.

    Args:
        source: The bytes, or the file that holds them.
        size: How many there are.
        tag: Names the content: the same tag is the same bytes.
        media_type: One that is safe to show.
        name: File name for a reader who saves it; any text.
    """

    source: bytes | Path
    size: int
    tag: str
    media_type: str = OCTETS
    name: str = "data"


def media_type(kind: str, meta: Mapping[str, Any]) -> str:
    """Return the type to send a record with: that of a known picture, sound or film, plain text, or just bytes.

    Example:
        >>> media_type("image", {"format": "png"}), media_type("html", {}), media_type("figure", {"format": "svg"})
        ('image/png', 'application/octet-stream', 'application/octet-stream')
    """
    if kind == "text":
        return "text/plain; charset=utf-8"
    form = meta.get("format")
    is_media = kind in {"image", "audio", "video", "figure"} and isinstance(form, str)
    return _TYPES.get(str(form), OCTETS) if is_media else OCTETS


def file_name(kind: str, key: str, step: int, meta: Mapping[str, Any]) -> str:
    """Return the name to save a record under.

    Example:
        >>> file_name("image", "val/worst", 40, {"format": "png"})
        'val-worst-40.png'
    """
    if kind == "file" and isinstance(meta.get("name"), str) and meta["name"]:
        return str(meta["name"])
    form = meta.get("format")
    ending = str(form) if isinstance(form, str) and form.isalnum() and form != "raw" else _ENDINGS.get(kind, "bin")
    return f"{key.replace('/', '-')}-{step}.{ending if kind != 'text' else 'txt'}"


def disposition(name: str) -> str:
    r"""Return `Content-Disposition` for a name that anybody may have chosen (RFC 6266): it cannot end the header.

    Example:
        >>> disposition('a"b.png')
        'attachment; filename="a_b.png"; filename*=UTF-8\'\'a%22b.png'
    """
    last = re.split(r"[/\\]", name)[-1][:200] or "data"
    plain = _UNSAFE.sub("_", last)
    encoded = quote(last.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def send(request: Request, payload: Payload) -> Response:
    """Return the payload, or the one range of it that was asked for; several ranges at once are answered with all.

    The answer cannot become a page: it is an attachment, its type is not guessed, and a sandbox holds what is opened.
    """
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": FOREVER,
        "Content-Disposition": disposition(payload.name),
        "Content-Security-Policy": SANDBOX,
        "ETag": f'"{payload.tag}"',
    }
    if is_known(request, payload.tag):
        return Response(status_code=304, headers=headers)
    found = _range(request, payload)
    if found is None:
        return _body(payload, 0, payload.size, 200, headers)
    first, end = found
    if first >= end:
        detail = f"Range: expected a part of {payload.size} bytes."
        return respond(problem(416, detail, field="Range"), {"Content-Range": f"bytes */{payload.size}"})
    headers["Content-Range"] = f"bytes {first}-{end - 1}/{payload.size}"
    return _body(payload, first, end, 206, headers)


def is_known(request: Request, tag: str) -> bool:
    """Tell whether the reader has this content already."""
    given = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return f'"{tag}"' in given


def _range(request: Request, payload: Payload) -> tuple[int, int] | None:
    """Return first byte and end of the range asked for; an empty one when it lies outside, `None` for everything."""
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    wanted = request.headers.get("if-range")
    if found is None or found[0] == "bytes=-" or (wanted is not None and wanted != f'"{payload.tag}"'):
        return None
    first, last = found[1], found[2]
    if not first:
        return max(0, payload.size - int(last)), payload.size if int(last) else 0
    if last and int(last) < int(first):
        return None  # malformed, and so ignored
    return int(first), min(payload.size, int(last) + 1 if last else payload.size)


def _body(payload: Payload, first: int, end: int, status: int, headers: dict[str, str]) -> Response:
    if isinstance(payload.source, bytes):
        return Response(payload.source[first:end], status, headers, payload.media_type)
    headers["Content-Length"] = str(end - first)
    return StreamingResponse(_pieces(payload.source, first, end), status, headers, payload.media_type)


async def _pieces(path: Path, first: int, end: int) -> AsyncIterator[bytes]:
    """Yield a part of a file. A piece is read when the one before has gone out, so that memory stays at one piece."""
    file = await asyncio.to_thread(_open, path, first)
    try:
        while first < end:
            piece = await asyncio.to_thread(file.read, min(_PIECE, end - first))
            if not piece:
                return  # it became shorter: the connection breaks, which the reader notices by the length
            first += len(piece)
            yield piece
    finally:
        file.close()


def _open(path: Path, first: int) -> BinaryIO:
    file = path.open("rb")
    file.seek(first)
    return file
