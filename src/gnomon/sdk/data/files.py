"""Data in files: one file, or a folder of them, known by names, sizes and contents."""

import hashlib
import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.sdk.data.fingerprint import FULL_BYTES, Fingerprint

MAX_FILES: Final = 1_000_000
_PIECE: Final = 64 << 10


@dataclass(slots=True)
class Files:
    """Hold what is known of a file or a folder.

    Args:
        fingerprint: The hash.
        count: How many files.
        size_bytes: Their bytes.
        kinds: How many of each ending.
        classes: How many in each folder right below the top, when all lie in such folders.
        notes: What is to be said, one sentence each.
        head: The first files.
    """

    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    count: int = 0
    size_bytes: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """Return what is shown."""
        return {
            "files": self.count,
            "bytes": self.size_bytes,
            "kinds": dict(self.kinds.most_common(20)),
            "head": self.head,
        }


def read_array(path: Path) -> npt.NDArray[Any] | None:
    """Return the array of a `.npy` file, mapped rather than read; `None` for other files."""
    if path.suffix != ".npy":
        return None
    try:
        mapped: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        msg = f"x: expected an array of numbers in {path}, received: {error}."
        raise InputError(msg, field="x") from error
    return mapped


def read_files(path: Path) -> Files:
    """Return what is known of a file or a folder; up to 64 MiB in all its contents are read, beyond that samples.

    Raises:
        InputError: It is not there, or cannot be read.
    """
    try:
        found = [(path.name, path, path.stat().st_size)] if path.is_file() else _listed(path)
        return _read(found, is_folder=not path.is_file())
    except OSError as error:
        msg = f"x: expected a file or a folder that can be read, received {path}: {error.strerror or error}."
        raise InputError(msg, field="x") from error


def _listed(folder: Path) -> list[tuple[str, Path, int]]:
    if not folder.is_dir():
        raise FileNotFoundError(2, "it is not there")
    found = []
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            place = Path(top, name)
            status = place.stat()
            if stat.S_ISREG(status.st_mode) and not name.startswith("."):
                found.append((place.relative_to(folder).as_posix(), place, status.st_size))
        if len(found) > MAX_FILES:
            break
    return sorted(found)


def _read(found: list[tuple[str, Path, int]], *, is_folder: bool) -> Files:
    files = Files(count=len(found), size_bytes=sum(size for *_, size in found))
    exact = files.size_bytes <= FULL_BYTES
    if len(found) > MAX_FILES:
        files.notes.append(f"only the first {MAX_FILES:,} files were looked at.")
    for name, path, size in found[:MAX_FILES]:
        # The name of a single file is where somebody put it, not part of the data.
        files.fingerprint.add_file(name if is_folder else "", size, _digest(path, size, exact), exact)
        files.kinds[path.suffix.lower() or "none"] += 1
        if is_folder and "/" in name:
            files.classes[name.partition("/")[0]] += 1
    if not exact:
        files.fingerprint.exact = False
        files.fingerprint.sampled.append(f"names and sizes of {len(found):,} files, and three pieces of each")
    if sum(files.classes.values()) != len(found) or len(files.classes) < 2:
        files.classes.clear()
    files.head = [name for name, *_ in found[:10]]
    return files


def _digest(path: Path, size: int, exact: bool) -> bytes:
    hash_ = hashlib.sha256()
    with path.open("rb") as stream:
        if exact or size <= 3 * _PIECE:
            while chunk := stream.read(1 << 20):
                hash_.update(chunk)
        else:
            for start in (0, (size - _PIECE) // 2, size - _PIECE):
                stream.seek(start)
                hash_.update(stream.read(_PIECE))
    return hash_.digest()
