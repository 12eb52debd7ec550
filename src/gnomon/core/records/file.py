"""Any file, as it is: a path that is copied, or bytes with a name."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Final

from gnomon.core.errors import InputError
from gnomon.core.limits import MAX_NAME_CHARS
from gnomon.core.records.held import check, held
from gnomon.core.records.record_type import Encoded

_UNKNOWN: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class File:
    """Hold a file, or bytes that could be one.

    A file is copied when it is logged, in pieces, so its size is limited by the disk alone.

    Args:
        content: Path of a file, or its bytes.
        name: Name to keep it under; the path's own when empty.
        media_type: Such as `"application/pdf"`; taken from the name when empty.
        purpose: What it is for, such as `"dataset"` or `"model"`; whatever you like.

    Example:
        >>> File(b"%PDF-1.7", name="report.pdf").media_type
        'application/pdf'
    """

    content: Any
    name: str = ""
    media_type: str = ""
    purpose: str = ""
    problem: Exception | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        with held(self):
            self._settle(self.content)

    def _settle(self, content: object) -> None:
        if isinstance(content, (str, PurePath)):
            object.__setattr__(self, "content", _checked(Path(content)))
        elif isinstance(content, (bytearray, memoryview)):
            object.__setattr__(self, "content", bytes(content))
        elif not isinstance(content, bytes):
            msg = f"File: expected a path or bytes, received {type(content).__name__}. Write it to a file first."
            raise InputError(msg, field="content")
        own = self.content.name if isinstance(self.content, Path) else "data"
        name = "".join(c for c in PurePath(str(self.name or own)).name if c.isprintable())[-MAX_NAME_CHARS:]
        object.__setattr__(self, "name", name or "data")
        object.__setattr__(self, "media_type", str(self.media_type) or media_type_of(self.name))
        object.__setattr__(self, "purpose", str(self.purpose)[:MAX_NAME_CHARS])


class FileType:
    """Bytes that nothing here reads: downloaded as they were given."""

    kind = "file"
    wrapper = File
    viewer = "file"

    def accept(self, value: object) -> bool:
        return isinstance(value, (bytes, bytearray, memoryview))

    def encode(self, value: object) -> Encoded:
        given = value if isinstance(value, File) else File(value)
        check(given)
        meta = {"name": given.name, "media_type": given.media_type}
        return Encoded(self.kind, meta | ({"purpose": given.purpose} if given.purpose else {}), given.content)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> bytes:
        del meta
        return bytes(data)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        return f"{meta.get('name', 'data')}, {size:,} bytes"


def media_type_of(name: str) -> str:
    """Return the media type that the ending of a name stands for.

    Example:
        >>> media_type_of("weights.npz"), media_type_of("scene.ply")
        ('application/octet-stream', 'application/octet-stream')
    """
    return mimetypes.guess_type(name)[0] or _UNKNOWN


def _checked(path: Path) -> Path:
    """Return an absolute path of a regular file: where it is logged, the working folder may be another."""
    if path.is_dir():
        msg = f"File: expected a file, received the folder {path}. Pack it first: shutil.make_archive(name, 'zip', folder)."
        raise InputError(msg, field="content")
    if not path.is_file():
        msg = f"File: expected a file, received {path}, which {'is no regular file' if path.exists() else 'is not there'}."
        raise InputError(msg, field="content")
    return path.absolute()


TYPE = FileType()
