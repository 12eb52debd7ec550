"""Records from a request: which kind a file is, and how a value of JSON becomes a record."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError, LimitError
from gnomon.core.records.record_type import Encoded
from gnomon.core.records.registry import type_of, types
from gnomon.server.wire import plain

MAX_DECODED_BYTES: Final = 64 << 20
"""Largest file of a kind that is looked into when it comes; sound, film and plain files may be of any size."""

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image"),
    (0, b"\xff\xd8\xff", "image"),
    (0, b"GIF87a", "image"),
    (0, b"GIF89a", "image"),
    (8, b"WEBP", "image"),
    (0, b"BM", "image"),
    (8, b"WAVE", "audio"),
    (0, b"ID3", "audio"),
    (0, b"\xff\xfb", "audio"),
    (0, b"OggS", "audio"),
    (0, b"fLaC", "audio"),
    (4, b"ftyp", "video"),
    (0, b"\x1a\x45\xdf\xa3", "video"),
    (0, b"SIMPLE  =", "fits"),
)
_BY_TYPE: Final = {"text/html": "html", "text/plain": "text", "text/markdown": "text", "application/json": "json"}
_FILES: Final = frozenset({"image", "audio", "video", "fits", "file", "text", "html", "json"})
_STREAMED: Final = frozenset({"audio", "video", "file"})
# Kinds that are made of plain numbers. A path is text, and text never reaches a wrapper that would open it.
_OF_NUMBERS: Final = frozenset("tensor table histogram points embedding confusion curve mesh graph".split())
_DATA_URI: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,", re.ASCII)


def kind_of(head: bytes, content_type: str) -> str:
    r"""Return the kind of a file by its first bytes, then by the type it was sent with.

    Example:
        >>> kind_of(b"GIF89a", "text/html"), kind_of(b"<p>", "text/html"), kind_of(b"\x80\x04", "")
        ('image', 'html', 'file')
    """
    for at, mark, kind in _MAGIC:
        if head[at : at + len(mark)] == mark:
            return kind
    return _BY_TYPE.get(content_type.partition(";")[0].strip().lower(), "file")


def of_file(path: Path, kind: str, *, name: str = "", media_type: str = "", caption: str | None = None) -> Encoded:
    """Return an uploaded file as a record.

    Args:
        path: The file, ours.
        kind: One of `image audio video fits file text html json`.
        name: What its sender calls it; kept for a plain file.
        media_type: As sent; kept for a plain file.
        caption: Shown beside a picture or a sound.

    Raises:
        InputError: It is not of that kind.
        LimitError: It is too large to be looked into.
    """
    if kind not in _FILES:
        msg = f"kind: expected one of {', '.join(sorted(_FILES))} for a file, received {kind!r:.40}."
        raise InputError(msg, field="kind")
    size = path.stat().st_size
    if kind not in _STREAMED and size > MAX_DECODED_BYTES:
        msg = f"body: a file of kind {kind} may be {MAX_DECODED_BYTES} bytes, received {size}. Send it with kind=file."
        raise LimitError(msg, field="body")
    content = path if kind in _STREAMED else path.read_bytes()
    if kind == "file":
        return _encoded(kind, content, name=name or "data", media_type=media_type)
    return _of_content(kind, content, caption)


def of_value(value: Any, kind: str | None, caption: str | None = None) -> Encoded:
    """Return a value of a JSON body as a record: text, plain data, a data URI, or numbers of the kind named.

    Raises:
        InputError: It cannot be one of that kind.
    """
    if isinstance(value, str):
        found = _DATA_URI.match(value)
        if found is None:
            return _of_text(value, kind or "text", caption)
        content = _decoded(value[found.end() :])
        chosen = kind or kind_of(content[:16], found[1] or "")
        if chosen == "file":
            return _encoded("file", content, name=caption or "data", media_type=found[1] or "")
        return _of_content(chosen, content, caption)
    if kind in {None, "json"}:
        return Encoded("json", {}, msgspec.json.encode(plain(value)))
    if kind not in _OF_NUMBERS or not isinstance(value, list | dict):
        msg = f"value: a record of kind {kind!s:.40} cannot be made of {type(value).__name__}. Send a file, or a data URI."
        raise InputError(msg, field="value")
    if isinstance(value, dict) and kind not in {"table", "graph"}:
        return _encoded(kind, **{str(name): each for name, each in value.items()})
    return _encoded(kind, value)


def _of_text(text: str, kind: str, caption: str | None) -> Encoded:
    if kind == "file":
        return _encoded(kind, text.encode(), name=caption or "data.txt", media_type="")
    if kind not in {"text", "html", "json"}:
        msg = f"value: expected a data URI or numbers for kind {kind!r:.40}, received text."
        raise InputError(msg, field="value")
    return Encoded("json", {}, msgspec.json.encode(text)) if kind == "json" else _encoded(kind, text)


def _of_content(kind: str, content: bytes | Path, caption: str | None) -> Encoded:
    if kind not in _FILES:
        msg = f"kind: expected one of {', '.join(sorted(_FILES))} for a file, received {kind!r:.40}."
        raise InputError(msg, field="kind")
    if kind not in {"text", "html", "json"}:
        return _encoded(
            kind, content, **({"caption": caption} if caption and kind in {"image", "audio", "video"} else {})
        )
    assert isinstance(content, bytes)
    try:
        text = content.decode()
        return (
            Encoded("json", {}, msgspec.json.encode(msgspec.json.decode(content)))
            if kind == "json"
            else _encoded(kind, text)
        )
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        msg = f"body: expected {'JSON' if kind == 'json' else 'text in UTF-8'}: {error!s:.100}. Or send kind=file."
        raise InputError(msg, field="body") from None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        msg = "value: expected base64 after the comma of the data URI."
        raise InputError(msg, field="value") from None


def _encoded(kind: str, *args: object, **named: object) -> Encoded:
    """Wrap and encode; what a wrapper says of wrong arguments is an error of the sender."""
    if kind not in types():
        msg = f"kind: this server knows no records of kind {kind!r:.40}."
        raise InputError(msg, field="kind")
    found = type_of(kind)
    wrap: Callable[..., object] = found.wrapper or _same
    try:
        return found.encode(wrap(*args, **named))
    except TypeError as error:
        msg = f"value: it makes no record of kind {kind}: {error!s:.200}."
        raise InputError(msg, field="value") from None


def _same(value: object) -> object:
    return value


def meta_of(encoded: Encoded) -> Mapping[str, Any]:
    """Return the meta of a record as JSON can hold it."""
    return {name: plain(value) for name, value in encoded.meta.items()}
