r"""The fingerprint of data: the same for the same rows, whatever file they lie in and wherever that lies.

    data   = sha256( "gnomon dataset 1\n" + hash of gnomon.sdk.data.fingerprint over the columns, sorted by name )
    column = its values as they were read, before anything is said of them or done to them
             numbers as float64 or the type of the array, texts as UTF-8, times as microseconds since 1970,
             pictures as the bytes of their files, boxes as float64

So a table has one fingerprint as CSV and as Parquet, packed or not, in any order of its columns; rows in another order
are other data, for a split deals out rows by their place. Everything is hashed, never a sample: a version of a data set
is a promise. What was hashed is remembered by sizes and times of its files, so that it is hashed again only when these
change.
"""

import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.core.folder import make_private, write_whole
from gnomon.models.datasets.places import PACKAGED
from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.datasets.table import Table
from gnomon.sdk.data.fingerprint import Fingerprint, Part

VERSION: Final = 1
_BLOCK: Final = 4096
_UNSETTLED_NS: Final = 2_000_000_000
"""A file that changed just now may change again within one tick of its clock: it is not remembered."""


def fingerprint(table: Table) -> str:
    """Return the SHA-256 of the rows of a table as it was opened, 64 hexadecimal digits.

    Example:
        >>> from gnomon.models.datasets.source import open_data
        >>> fingerprint(open_data("gnomon:digits"))[:16]
        '0de3da0fed279924'
    """
    found = Fingerprint()
    for name in sorted(table.columns):
        if name in table.files:
            _add_files(found, table, name)
        else:
            _add_values(found, table, name)
    return hashlib.sha256(f"gnomon dataset {VERSION}\n{found.hexdigest()}".encode()).hexdigest()


def _add_files(found: Fingerprint, table: Table, name: str) -> None:
    for row in range(table.rows):
        size, digest = table.files[name].digest(row) or (-1, b"")
        found.add_file(name, size, digest, exact=True)


def _add_values(found: Fingerprint, table: Table, name: str) -> None:
    values = table.read(name, slice(None))
    if values.dtype.kind not in "OUS":
        found.add(Part(name, values.dtype.name, values), sys.maxsize)
        return
    if values.ndim == 1 and all(isinstance(value, str) or value is None for value in values):
        found.add(Part(name, "text", values), sys.maxsize)
        return
    for first in range(0, len(values), _BLOCK):
        texts = np.empty(len(values[first : first + _BLOCK]), object)
        texts[:] = [_packed(value) for value in values[first : first + _BLOCK]]
        found.add(Part(name, "text", texts), sys.maxsize)


def _packed(value: Any) -> str | None:
    """Return an array, a list or a number as a text that no other one has."""
    if value is None:
        return None
    array: npt.NDArray[Any] = np.asarray(value)
    if array.dtype.kind not in "biuf":
        return msgspec.json.encode(value, enc_hook=str).decode()
    numbers = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    return f"{array.dtype.name} {array.shape} {numbers.tobytes().hex()}"


def seal(path: str, table: Table | None = None) -> str | None:
    """Return a hash of names, sizes and times of the files at a path; `None` while one changes, or is not there.

    Args:
        path: A file or a folder.
        table: What was opened there: the pictures that a file names count too.
    """
    if path.startswith(PACKAGED):
        return path
    place = Path(path)
    named = [] if table is None else sorted({each for files in table.files.values() for each in files.paths()})
    found = hashlib.sha256()
    newest = 0
    try:
        for name, status in _files(place) if place.is_dir() else [(str(f), f.stat()) for f in (place, *named)]:
            found.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "replace"))
            newest = max(newest, status.st_mtime_ns)
    except OSError:
        return None
    return None if time.time_ns() - newest < _UNSETTLED_NS else found.hexdigest()


def _files(folder: Path) -> list[tuple[str, os.stat_result]]:
    found = []
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(top)
        found += [
            ((here / name).relative_to(folder).as_posix(), (here / name).stat())
            for name in sorted(names)
            if not name.startswith(".")
        ]
    return found


class Remembered:
    """Remember which fingerprint files had when they were last hashed.

    Args:
        folder: Where that is written: `cache/datasets` of a home.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, path: str, table: Table) -> str | None:
        """Return the fingerprint of what lies at a path; `None` when its files changed since, or nobody knows."""
        try:
            kept = msgspec.json.decode(self._place(path).read_bytes(), type=dict[str, str])
        except (OSError, msgspec.DecodeError):
            return None
        return kept.get("fingerprint") if kept.get("seal") == seal(path, table) is not None else None

    def put(self, path: str, table: Table, found: str, before: str | None) -> None:
        """Remember a fingerprint, when the files are still as they were before they were read."""
        if before is None or before != seal(path, table):
            return
        make_private(self._folder)
        write_whole(self._place(path), msgspec.json.encode({"seal": before, "fingerprint": found}))

    def _place(self, path: str) -> Path:
        return self._folder / f"{hashlib.sha256(path.encode('utf-8', 'replace')).hexdigest()[:32]}.json"


def hashed(path: str, table: Table, remembered: Remembered | None = None) -> str:
    """Return the fingerprint of a table, hashing it only when its files changed since that was done last."""
    known = remembered.get(path, table) if remembered is not None else None
    if known is not None:
        return known
    before = seal(path, table)
    found = fingerprint(table)
    if remembered is not None:
        remembered.put(path, table, found, before)
    return found


def check_content(spec: DatasetSpec, table: Table, path: str, remembered: Remembered | None = None) -> None:
    """See that data are still those that were registered.

    Raises:
        InputError: They are not; the message says what to do.
    """
    if hashed(path, table, remembered) != spec.fingerprint:
        msg = (
            f"{path}: what lies there is not the data of {spec.ref} any more ({table.rows:,} rows, it had "
            f"{spec.rows:,}). Put the old files back, or make a version of the new ones: gnomon data register "
            f"{path} --name {spec.name}"
        )
        raise InputError(msg, field="path")
