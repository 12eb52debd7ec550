"""Data sets of arrays: `.npz` and `.npy` files, and the IDX files of MNIST and its relatives."""

import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError
from gnomon.models.datasets.column import Column, of_arrays, of_numbers
from gnomon.models.datasets.packed import unpacked
from gnomon.models.datasets.table import Table, held

MAX_BYTES: Final = 16 << 30
"""Of arrays in memory."""

_PART: Final = re.compile(r"(?:(.*)[_-])?(train|training|t10k|test|testing|val|valid|validation)(?:[_-](.*))?\Z")
_PARTS: Final = {"training": "train", "t10k": "test", "testing": "test", "val": "validation", "valid": "validation"}
_DTYPES: Final = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_USUAL: Final = {"images": "image", "labels": "label", "x": "x", "y": "y"}


def read_npz(path: Path) -> Table:
    """Return the arrays of a NumPy archive as columns; nothing in it is ever unpickled.

    Arrays called `x_train` and `x_test` are one column `x` whose rows come in these parts.

    Raises:
        InputError: It holds arrays of objects, or arrays that do not have as many rows.
        CorruptError: It is no such file.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            _check_size(path, archive)
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, MemoryError, OverflowError) as error:
        msg = f"{path}: expected a NumPy archive, received something else: {error}."
        raise CorruptError(msg) from error
    except ValueError as error:
        msg = f"{path}: expected arrays of numbers, received {error}. Save them with numbers only; objects are never unpickled."
        raise InputError(msg, field="path") from error
    return _table(path, arrays)


def read_npy(path: Path) -> Table:
    """Return one array as a column, mapped and not read.

    Raises:
        InputError: It is no array of numbers.
    """
    try:
        return _table(path, {path.stem: np.load(path, mmap_mode="r", allow_pickle=False)})
    except (ValueError, OverflowError, OSError, EOFError) as error:  # a head may promise more than any file holds
        msg = f"{path}: expected an array of numbers, received {error}."
        raise InputError(msg, field="path") from error


def read_idx(folder: Path) -> Table:
    """Return the IDX files of a folder, compressed or not, such as MNIST's `train-images-idx3-ubyte.gz`.

    Raises:
        CorruptError: One is damaged.
        InputError: There is none, or images and labels are not as many.
    """
    arrays: dict[str, npt.NDArray[Any]] = {}
    for path in idx_files(folder):
        name = re.sub(r"[.-]idx\d.*\Z", "", path.name)
        arrays[name] = idx(path)
    if not arrays:
        msg = f"{folder}: expected files such as train-images-idx3-ubyte.gz, received none."
        raise InputError(msg, field="path")
    return _table(folder, arrays)


def idx_files(folder: Path) -> list[Path]:
    """Return the IDX files of a folder."""
    return sorted(
        path for path in folder.iterdir() if re.search(r"[.-]idx\d-ubyte(\.gz)?\Z", path.name) and path.is_file()
    )


def idx(path: Path) -> npt.NDArray[Any]:
    """Return the array of one IDX file.

    Raises:
        CorruptError: It is not what its head says.

    Source:
        Y. LeCun, C. Cortes, C. Burges: The MNIST database, section "File formats".
    """
    try:
        with unpacked(path) as stream:
            head = stream.read(4)
            if len(head) != 4 or head[:2] != b"\0\0" or head[2] not in _DTYPES or not 1 <= head[3] <= 8:
                msg = f"{path}: expected an IDX file, received one that begins with {head!r}."
                raise CorruptError(msg)
            shape = tuple(np.frombuffer(stream.read(4 * head[3]), ">u4").tolist())
            dtype = np.dtype(_DTYPES[head[2]])
            size = math.prod(shape) * dtype.itemsize
            if len(shape) != head[3] or size > MAX_BYTES:
                msg = f"{path}: expected arrays of at most {MAX_BYTES >> 30} GiB, received a head that says {shape}."
                raise CorruptError(msg)
            data = stream.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{path}: expected an IDX file, received one that cannot be read: {error}."
        raise CorruptError(msg) from error
    if len(data) != size:
        msg = f"{path}: expected {size:,} bytes of {'×'.join(map(str, shape))}, received {len(data):,}{' or more' if len(data) > size else ''}."
        raise CorruptError(msg)
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _check_size(path: Path, archive: Any) -> None:
    size = sum(entry.file_size for entry in archive.zip.infolist())
    if size > MAX_BYTES:
        msg = f"{path}: expected at most {MAX_BYTES >> 30} GiB of arrays, received {size >> 20:,} MiB. Save them as .npy files."
        raise LimitError(msg)


def _table(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> Table:
    """Return arrays as columns: those whose names differ in their part only are one."""
    found: dict[str, dict[str, npt.NDArray[Any]]] = {}
    for name, array in arrays.items():
        if not array.ndim or array.dtype.kind not in "biufSU":
            msg = f"{path}: expected arrays with a row for each sample in {name!r:.60}, received {array.dtype} of shape {array.shape}."
            raise InputError(msg, field=name)
        column, part = _named(name)
        found.setdefault(column, {})[part] = array
    lengths = {column: {part: len(array) for part, array in parts.items()} for column, parts in found.items()}
    first = next(iter(lengths.values()), {})
    for column, own in lengths.items():
        if own != first:
            msg = f"{path}: expected as many rows in every array, received {first} in {next(iter(lengths))} and {own} in {column}."
            raise InputError(msg, field=column)
    order = sorted(first, key=("train", "validation", "test", "").index)
    joined = {name: _joined([parts[part] for part in order]) for name, parts in found.items()}
    columns = {name: (_column(name, values), values) for name, values in joined.items()}
    return held(path, columns, parts=_parts([(part, first[part]) for part in order if part]))


def _named(name: str) -> tuple[str, str]:
    """Return the column and the part that the name of an array says.

    Example:
        >>> _named("x_train"), _named("t10k-images"), _named("weights")
        (('x', 'train'), ('image', 'test'), ('weights', ''))
    """
    match = _PART.match(name)
    if match is None:
        return _USUAL.get(name, name), ""
    column = match[1] or match[3] or "x"
    return _USUAL.get(column, column), _PARTS.get(match[2], match[2])


def _joined(arrays: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _parts(lengths: list[tuple[str, int]]) -> dict[str, npt.NDArray[np.int64]]:
    found, first = {}, 0
    for part, length in lengths:
        found[part] = np.arange(first, first + length)
        first += length
    return found


def _column(name: str, values: npt.NDArray[Any]) -> Column:
    flat = values.reshape(len(values)) if values.ndim == 2 and values.shape[1] == 1 else values
    if flat.ndim == 1 and flat.dtype.kind in "biuf":
        return of_numbers(name, flat)[0]
    if flat.ndim == 1:
        texts = np.unique(flat.astype(str))
        return Column(name, "category", f"{len(texts)} different texts", classes=tuple(texts.tolist()))
    return of_arrays(name, values)
