"""Pictures in files: those of a folder, or those that a table names."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, GnomonError, InputError, LimitError
from gnomon.core.records.picture_file import decode_file, file_shape
from gnomon.models.datasets.column import PICTURES

MAX_BYTES: Final = 256 << 20
"""Of one picture file."""

_LOOKED_AT: Final = 200
"""Pictures whose size is looked at before anything else is known of them."""
_HEAD: Final = 256 << 10


class Pictures:
    """Read pictures by the names that a table or a listing gives them; none lies outside their folder.

    Args:
        folder: Where names begin.
        names: One for each row; `None` where a picture is missing.
    """

    def __init__(self, folder: Path, names: Sequence[str | None]) -> None:
        self._folder, self._names = folder.resolve(), names
        self._digests: dict[int, tuple[int, bytes] | None] = {}

    def __len__(self) -> int:
        return len(self._names)

    def names(self, rows: Sequence[int] | npt.NDArray[np.int64] | slice = slice(None)) -> npt.NDArray[Any]:
        """Return the names of pictures, objects; `None` where one is missing."""
        chosen = self._chosen(rows)
        values = np.empty(len(chosen), object)
        values[:] = chosen
        return values

    def file(self, row: int) -> bytes | None:
        """Return the file of a picture as it lies there; `None` where one is missing.

        Raises:
            InputError: It is not there, lies elsewhere, or is too large.
        """
        name = self._names[row]
        return None if name is None else self._bytes(name, MAX_BYTES)

    def digest(self, row: int) -> tuple[int, bytes] | None:
        """Return bytes and SHA-256 of a file, read once; `None` where a picture is missing.

        Raises:
            InputError: As of `file`.
        """
        if row not in self._digests:
            data = self.file(row)
            self._digests[row] = None if data is None else (len(data), hashlib.sha256(data).digest())
        return self._digests[row]

    def size(self, row: int) -> tuple[int, int, int] | None:
        """Return height, width and channels of a picture; `None` where one is missing.

        Raises:
            InputError: It is not there, or no picture.
        """
        name = self._names[row]
        return None if name is None else self._shape(name)

    def paths(self) -> list[Path]:
        """Return where the pictures lie, those that are missing left out."""
        return [self._folder / name for name in self._names if name is not None]

    def shape(self, most: int | None = _LOOKED_AT) -> tuple[int | None, ...]:
        """Return height, width and channels as far as pictures agree: the first ones, or all when `most` is `None`.

        Raises:
            InputError: One of them is not there, or no picture.
        """
        shapes = [self._shape(name) for name in self._names[:most] if name is not None]
        return tuple(axis[0] if len(set(axis)) == 1 else None for axis in zip(*shapes, strict=True)) or (
            None,
            None,
            None,
        )

    def read(self, rows: Sequence[int] | npt.NDArray[np.int64] | slice) -> npt.NDArray[Any]:
        """Return pictures as arrays of height, width and channels: one array when they agree, objects otherwise.

        Raises:
            InputError: One is not there, or no picture.
        """
        chosen = self._chosen(rows)
        found = [None if name is None else self._decoded(name) for name in chosen]
        shapes = {None if picture is None else picture.shape for picture in found}
        if len(shapes) == 1 and None not in shapes:
            return np.stack([picture for picture in found if picture is not None])
        values = np.empty(len(found), object)
        values[:] = found
        return values

    def _chosen(self, rows: Sequence[int] | npt.NDArray[np.int64] | slice) -> Sequence[str | None]:
        return self._names[rows] if isinstance(rows, slice) else [self._names[int(i)] for i in rows]

    def _shape(self, name: str) -> tuple[int, int, int]:
        for most in (_HEAD, MAX_BYTES):  # some cameras write long notes before the size
            try:
                return file_shape(self._bytes(name, most))
            except (CorruptError, LimitError, InputError) as error:
                if isinstance(error, InputError) and error.field == name:
                    raise  # it cannot be read at all, and the message names it
                reason: GnomonError = error
        msg = f"{name}: expected a picture, received a file that is none: {reason}"
        raise InputError(msg, field=name) from reason

    def _decoded(self, name: str) -> npt.NDArray[Any]:
        try:
            picture: npt.NDArray[Any] = decode_file(self._bytes(name, MAX_BYTES))
        except InputError:
            raise
        except (GnomonError, OSError, ValueError) as error:
            msg = f"{name}: expected a picture, received a file that does not decode: {error}."
            raise InputError(msg, field=name) from error
        return picture[..., None] if picture.ndim == 2 else picture

    def _bytes(self, name: str, most: int) -> bytes:
        path = self._folder.joinpath(name).resolve()
        if not path.is_relative_to(self._folder):
            msg = f"{name}: expected the name of a picture below {self._folder}, received one outside of it."
            raise InputError(msg, field=name)
        if path.exists() and not path.is_file():  # reading a pipe would wait for ever
            msg = f"{name}: expected a file, received a folder, a pipe or a device."
            raise InputError(msg, field=name)
        try:
            with path.open("rb") as stream:
                data = stream.read(most + 1)
        except OSError as error:
            msg = f"{name}: the picture cannot be read: {error.strerror or error}."
            raise InputError(msg, field=name) from error
        if len(data) > most == MAX_BYTES:
            msg = f"{name}: expected a picture of at most {MAX_BYTES >> 20} MiB."
            raise InputError(msg, field=name)
        return data


def listed(folder: Path) -> list[str]:
    """Return the names of all pictures below a folder, in order; links to folders and hidden ones are left out."""
    found = []
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(top).relative_to(folder)
        found += [
            (here / name).as_posix()
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in PICTURES
        ]
    return sorted(found)
