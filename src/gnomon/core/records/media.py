"""Sound and video files: which format their bytes are, and what their headers say."""

import os
import struct
from pathlib import Path
from typing import Any, Final

from gnomon.core.errors import InputError
from gnomon.core.records.image import read_file

ATTACH_BYTES: Final = 1 << 20
"""Files from this size on are attached by path rather than read in the training thread."""

_HEAD_BYTES: Final = 4096


def sniff_media(head: bytes) -> str | None:
    """Return `wav mp3 ogg flac mp4 webm gif webp` by the first bytes, `None` for anything else.

    Example:
        >>> sniff_media(b"fLaC...")
        'flac'
    """
    if head[:4] == b"RIFF":
        return {b"WAVE": "wav", b"WEBP": "webp"}.get(head[8:12])
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in {0xE2, 0xE4, 0xE6}):
        return "mp3"
    if head[4:8] == b"ftyp":
        return "mp4"
    starts = {b"OggS": "ogg", b"fLaC": "flac", b"\x1a\x45\xdf\xa3": "webm", b"GIF8": "gif"}
    return starts.get(head[:4])


def media_file(value: object, formats: frozenset[str], field: str) -> tuple[str, bytes, bytes | Path] | None:
    """Return format, first bytes and content of a file given by path or bytes; `None` for anything else.

    Raises:
        InputError: No such file, or not one of `formats`.
    """
    content: bytes | Path
    if isinstance(value, (str, os.PathLike)):
        path = Path(value).absolute()
        content = path if path.is_file() and path.stat().st_size >= ATTACH_BYTES else read_file(path, field)
    elif isinstance(value, (bytes, bytearray)):
        content = bytes(value)
    else:
        return None
    head = _head(content)
    found = sniff_media(head)
    if found is None or found not in formats:
        msg = f"{field}: expected a file of {', '.join(sorted(formats))}, received one that begins {head[:12]!r}."
        raise InputError(msg, field=field)
    return found, head, content


def sound_facts(format_: str, head: bytes, size: int) -> dict[str, Any]:
    """Return `rate channels frames seconds`, as many as the header of a sound file tells.

    Args:
        format_: As `sniff_media` says.
        head: The first 4 KiB.
        size: Length of the file in bytes.
    """
    try:
        if format_ == "flac":
            (bits,) = struct.unpack_from(">Q", head, 18)
            return _facts(bits >> 44, (bits >> 41 & 7) + 1, bits & (1 << 36) - 1)
        if format_ == "ogg":
            at = head.find(b"\x01vorbis")
            if at >= 0:
                (rate,) = struct.unpack_from("<I", head, at + 12)
                return _facts(rate, head[at + 11])
            at = head.find(b"OpusHead")
            return _facts(48_000, head[at + 9]) if at >= 0 else {}
        if format_ == "wav":
            at = head.find(b"fmt ", 12)
            channels, rate, _, frame = struct.unpack_from("<HIIH", head, at + 10) if at >= 0 else (0, 0, 0, 0)
            begin = head.find(b"data", at) if at >= 0 else -1
            if begin >= 0 and frame:
                (length,) = struct.unpack_from("<I", head, begin + 4)
                return _facts(rate, channels, min(length, size - begin - 8) // frame)
            return _facts(rate, channels)
    except (struct.error, IndexError):
        pass
    return {}


def _facts(rate: int, channels: int, frames: int | None = None) -> dict[str, Any]:
    if not rate or not channels:
        return {}
    out: dict[str, Any] = {"rate": rate, "channels": channels}
    return out | {"frames": frames, "seconds": frames / rate} if frames is not None else out


def _head(content: bytes | Path) -> bytes:
    if isinstance(content, bytes):
        return content[:_HEAD_BYTES]
    with content.open("rb") as file:
        return file.read(_HEAD_BYTES)
