"""Scripts that figures need: the JavaScript of a plotting library, logged once instead of inside every figure."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gnomon.core.errors import InputError

KEY: Final = ".scripts/"
"""What the keys of these records begin with; keys that begin with a dot are not listed."""


@dataclass(frozen=True, slots=True)
class Script:
    """Name a script of a library that is installed here.

    Args:
        name: File name, such as `"plotly.min.js"`.
        source: The file, or its text in UTF-8.
        sha256: Digest of its bytes in hexadecimal: the name that figures know it by.
    """

    name: str
    source: Path | bytes
    sha256: str


_known: dict[str, Script] = {}
_digests: dict[Path, tuple[tuple[int, int], str]] = {}


def offer(name: str, source: Path | bytes) -> str:
    """Make a script known in this process and return its digest; a file is read once for each time it changes.

    Raises:
        InputError: The library is installed without it.
    """
    sha256 = hashlib.sha256(source).hexdigest() if isinstance(source, bytes) else _digest(name, source)
    _known[sha256] = Script(name, source, sha256)
    return sha256


def find(sha256: object) -> Script | None:
    """Return a script that was offered in this process."""
    return _known.get(sha256) if isinstance(sha256, str) else None


def _digest(name: str, path: Path) -> str:
    try:
        status = path.stat()
        mark = (status.st_size, status.st_mtime_ns)
        if path not in _digests or _digests[path][0] != mark:
            _digests[path] = mark, hashlib.sha256(path.read_bytes()).hexdigest()
        return _digests[path][1]
    except OSError as error:
        msg = f"figure: expected {name} at {path}, as its library ships it: {error}. Install the library again."
        raise InputError(msg) from error
