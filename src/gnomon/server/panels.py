"""What a panel can hold: each kind's value is checked where it comes in, so that what is stored can be shown."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from gnomon.core.clock import now_us
from gnomon.core.errors import InputError, LimitError
from gnomon.core.ids import is_id
from gnomon.core.limits import MAX_NAME_CHARS, MAX_TEXT_CHARS, check_key, check_name
from gnomon.server.columns import NON_FINITE, read_columns

MAX_HTML_BYTES: Final = 8 << 20
MAX_IMAGE_BYTES: Final = 16 << 20
MAX_TEXT_BYTES: Final = 1 << 20
MAX_NUMBERS: Final = 50_000
MAX_LINES: Final = 64
MAX_OPTIONS: Final = 32
_MAX_URL_CHARS: Final = 2048
_DATA: Final = re.compile(r"data:(image/[a-z0-9.+-]+)(;[a-z0-9=-]+)*;base64,", re.IGNORECASE)
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
# A comment ends at its first "-->": were it allowed to go on, thirty of them could be read in 2^30 ways.
_SVG: Final = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--((?!-->).)*-->\s*)*(<!DOCTYPE[^>]*>\s*)?<svg[\s>]", re.DOTALL | re.IGNORECASE
)


def read_value(kind: str, value: Any) -> Any:
    """Return a value as it is stored.

    Args:
        kind: One of the kinds of panels.
        value: As decoded from JSON; `null` or an empty list is a panel that waits for its value.

    Raises:
        InputError: It is not what this kind shows.
        LimitError: It is larger than accepted.
    """
    if value is None or value == []:
        return None
    return _READERS[kind](value)


def guess_kind(value: Any) -> str:
    """Return the kind that shows a value when none was named.

    Example:
        >>> guess_kind(0.93), guess_kind("done"), guess_kind({"loss": [1, 2]})
        ('number', 'text', 'line')
    """
    if isinstance(value, int | float) or (isinstance(value, str) and value in NON_FINITE):
        return "number"
    return "line" if isinstance(value, dict | list) else "text"


def check_label(text: str, field: str) -> str:
    """Return a title or a tab: any one line that is not too long, empty too."""
    return check_name(text, field) if text.strip() else ""


def check_description(text: str) -> str:
    """Return a description that is not too long."""
    return _short(text, "description", MAX_TEXT_CHARS)


def check_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return options of the view that are few and short."""
    if len(options) > MAX_OPTIONS:
        msg = f"options: expected at most {MAX_OPTIONS}, received {len(options)}."
        raise LimitError(msg, field="options")
    for name, value in options.items():
        check_name(name, "options")
        if isinstance(value, str):
            _short(value, f"options.{name}", MAX_NAME_CHARS)
    return options


def image_of(data: bytes, field: str = "value") -> dict[str, Any]:
    """Return the value of an image panel for the bytes of a file; what it is, the bytes say.

    Raises:
        InputError: It is no image that a browser shows.
        LimitError: It is larger than accepted.
    """
    if len(data) > MAX_IMAGE_BYTES:
        msg = f"{field}: expected an image of at most {MAX_IMAGE_BYTES >> 20} MiB, received {len(data)} bytes. Make it smaller."
        raise LimitError(msg, field=field)
    found = media_type(data)
    if found is None:
        msg = f"{field}: expected a PNG, JPEG, GIF, WebP, AVIF, BMP or SVG image, received {data[:8]!r}…"
        raise InputError(msg, field=field)
    return {"media_type": found, "size": len(data), "data": base64.b64encode(data).decode()}


def media_type(data: bytes) -> str | None:
    """Return the media type of an image's bytes, `None` when they are none.

    Example:
        >>> media_type(b"GIF89a..."), media_type(b"<html>")
        ('image/gif', None)
    """
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return "image/svg+xml" if _SVG.match(data[:4096]) else None


def _number(value: Any) -> Any:
    if isinstance(value, str) and value in NON_FINITE:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f'value: expected a number (or "NaN", "Infinity", "-Infinity"), received {value!r:.40}.'
        raise InputError(msg, field="value")
    return value


def _text(value: Any) -> str:
    return _short(value, "value", MAX_TEXT_BYTES)


def _html(value: Any) -> str:
    return _short(value, "value", MAX_HTML_BYTES)


def _image(value: Any) -> dict[str, Any]:
    if not isinstance(value, str):
        msg = f"value: expected the address of an image or a data: URI, received {type(value).__name__}. Upload bytes to /image."
        raise InputError(msg, field="value")
    if value[:5].lower() == "data:":
        return _data_image(value)
    text = value.strip()
    scheme = re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE)
    if scheme is not None and scheme[0].lower() not in {"http:", "https:"}:
        msg = f"value: expected an http(s) address, a path or a data: URI, received {text[:40]!r}."
        raise InputError(msg, field="value")
    return {"url": _short(text, "value", _MAX_URL_CHARS)} if text else {}


def _data_image(value: str) -> dict[str, Any]:
    head = _DATA.match(value[:200])
    try:
        data = b"" if head is None else base64.b64decode(value[head.end() :], validate=True)
    except binascii.Error:
        data = b""
    if not data:
        msg = f"value: expected data:image/png;base64,…, received {value[:40]!r}…"
        raise InputError(msg, field="value")
    return image_of(data)


def _line(value: Any) -> dict[str, Any]:
    columns = {"value": value} if isinstance(value, list) else value
    try:
        found = read_columns(columns, now_us())
    except InputError as error:
        field = error.field.replace("columns", "value", 1)
        raise InputError(str(error).replace("columns", "value", 1), field=field) from None
    count = sum(len(part.keys) for part in found)
    if count > MAX_LINES or len(columns) * max((len(part.step) for part in found), default=0) > MAX_NUMBERS:
        msg = f"value: expected at most {MAX_LINES} lines and {MAX_NUMBERS} numbers. Append them: points that are appended have no such limit."
        raise LimitError(msg, field="value")
    for part in found:
        if (part.step[1:] <= part.step[:-1]).any():
            msg = "value.step: expected steps that rise from one to the next. Sort them."
            raise InputError(msg, field="value.step")
    return {"columns": columns}


class _Series(msgspec.Struct, forbid_unknown_fields=True):
    keys: list[str]
    project: str = "default"
    runs: list[str] | None = None
    where: str = ""


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    run: str
    key: str
    step: int | None = None


def _series(value: Any) -> dict[str, Any]:
    asked = _convert(value, _Series, '{"project": "digits", "runs": ["<id>"], "keys": ["train/loss"]}')
    if not 1 <= len(asked.keys) * max(len(asked.runs or ()), 1) <= MAX_LINES:
        msg = (
            f"value: expected 1 to {MAX_LINES} lines, received {len(asked.keys)} keys of {len(asked.runs or ())} runs."
        )
        raise LimitError(msg, field="value")
    for key in asked.keys:
        check_key(key, "value.keys")
    for run in asked.runs or ():
        _check_run(run, "value.runs")
    check_name(asked.project, "value.project")
    _short(asked.where, "value.where", MAX_TEXT_CHARS)
    plain: dict[str, Any] = msgspec.to_builtins(asked)
    return plain


def _record(value: Any) -> dict[str, Any]:
    asked = _convert(value, _Record, '{"run": "<id>", "key": "samples"}')
    check_key(asked.key, "value.key")
    _check_run(asked.run, "value.run")
    plain: dict[str, Any] = msgspec.to_builtins(asked)
    return plain


def _check_run(run: str, field: str) -> None:
    if not is_id(run):
        msg = f"{field}: expected the id of a run, received {run!r:.40}. The run's page and POST /api/v1/runs:query name it."
        raise InputError(msg, field=field)


def _convert(value: Any, kind: Callable[..., Any], example: str) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        msg = f"value: expected {example}: {error}."
        raise InputError(msg, field="value") from None


def _short(text: Any, field: str, longest: int) -> str:
    if not isinstance(text, str):
        msg = f"{field}: expected text, received {type(text).__name__}."
        raise InputError(msg, field=field)
    if len(text) > longest or len(text.encode("utf-8", "replace")) > longest:
        msg = f"{field}: expected at most {longest} bytes of text, received {len(text)} characters. Send a part of it."
        raise LimitError(msg, field=field)
    if any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        msg = f"{field}: lone surrogates cannot be stored."
        raise InputError(msg, field=field)
    return text


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "number": _number,
    "text": _text,
    "html": _html,
    "figure": _html,
    "image": _image,
    "line": _line,
    "series": _series,
    "record": _record,
}
