"""Payloads made of several arrays one after the other, one row per point each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError, ShapeError
from gnomon.core.limits import MAX_FACES
from gnomon.core.records.arrays import wanted

_MOST_NAME_CHARS = 100_000


def rows_of(value: object, widths: tuple[int, ...], field: str, example: str) -> npt.NDArray[np.float32]:
    """Return real numbers as float32 `(n, width)`.

    Args:
        value: Anything like an array.
        widths: How many numbers a row may have; any number when empty.
        field: Name used in errors.
        example: The shape in words, for the error.

    Raises:
        ShapeError: It has another shape.
        InputError: It is not an array of real numbers.
        LimitError: It has more than `MAX_FACES` rows.
    """
    array = wanted(value, field)
    if array.ndim != 2 or (widths and array.shape[1] not in widths):
        msg = f"{field}: expected shape {example}, received {array.shape}. Pass one row per point."
        raise ShapeError(msg, field=field)
    if array.dtype.kind not in "biuf":
        msg = f"{field}: expected real numbers, received {array.dtype}."
        raise InputError(msg, field=field)
    if len(array) > MAX_FACES:
        msg = f"{field}: expected at most {MAX_FACES:,} rows, received {len(array):,}."
        raise LimitError(msg, field=field)
    with np.errstate(over="ignore"):
        return array.astype("<f4")


def column_of(value: object, n: int, field: str) -> npt.NDArray[Any]:
    """Return real numbers `(n,)`.

    Raises:
        ShapeError: It has another shape.
    """
    array = wanted(value, field)
    if array.shape != (n,) or array.dtype.kind not in "biuf":
        msg = f"{field}: expected one number per point, shape ({n},), received {array.shape} {array.dtype}."
        raise ShapeError(msg, field=field)
    return array


def labels_of(value: object, n: int, field: str) -> npt.NDArray[np.int32]:
    """Return class numbers as int32 `(n,)`.

    Raises:
        InputError: They are no integers, or larger than 32 bits.
    """
    array = column_of(value, n, field)
    whole = array.astype("<i4", casting="unsafe") if np.isfinite(array).all() else None
    if whole is None or not (whole == array).all():
        msg = f"{field}: expected whole numbers of 32 bits. Number your classes from 0 and pass their names in names=."
        raise InputError(msg, field=field)
    return whole


def colours_of(value: object, n: int, field: str) -> npt.NDArray[np.uint8]:
    """Return colours as uint8 `(n, 3)`; floats from 0 to 1 are scaled.

    Raises:
        ShapeError: They have another shape.
        InputError: They are out of range.
    """
    array = wanted(value, field)
    if array.shape != (n, 3) or array.dtype.kind not in "uif":
        msg = f"{field}: expected one colour per point, shape ({n}, 3), received {array.shape} {array.dtype}."
        raise ShapeError(msg, field=field)
    most = 1 if array.dtype.kind == "f" else 255
    if array.size and not (array.min() >= 0 and array.max() <= most):
        msg = f"{field}: expected 0 to {most} for {array.dtype}, received {array.min()} to {array.max()}."
        raise InputError(msg, field=field)
    return np.rint(array * 255).astype(np.uint8) if most == 1 else array.astype(np.uint8)


def names_of(value: Sequence[object], field: str) -> list[str]:
    """Return names as text.

    Raises:
        LimitError: Together they are longer than a record's meta should be.
    """
    names = [str(name) for name in value]
    if sum(len(name) + 4 for name in names) > _MOST_NAME_CHARS:
        msg = f"{field}: expected at most {_MOST_NAME_CHARS:,} characters in all. Name the classes, not the points."
        raise LimitError(msg, field=field)
    return names


def bounds(rows: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Return the corners of the box around all finite positions as `low` and `high`; `None` without any."""
    if not len(rows):
        return {"low": None, "high": None}
    low, high = rows.min(axis=0), rows.max(axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return bounds(rows[np.isfinite(rows).all(axis=1)])
    return {"low": [float(v) for v in low], "high": [float(v) for v in high]}


def count_of(meta: Any, name: str) -> int:
    """Return a length that `meta` names.

    Raises:
        CorruptError: It is none, or beyond `MAX_FACES`.
    """
    n = meta.get(name)
    if type(n) is not int or not 0 <= n <= MAX_FACES:
        msg = f"meta.{name}: expected 0 to {MAX_FACES:,}, received {n!r:.60}."
        raise CorruptError(msg)
    return n


def split(data: bytes, columns: Sequence[tuple[str, tuple[int, ...]] | None]) -> list[npt.NDArray[Any] | None]:
    """Return the arrays that lie one after the other in `data`, read-only views of it.

    Args:
        data: Payload.
        columns: Format and shape of each, `None` for one that is not there.

    Raises:
        CorruptError: They are not exactly as long as the payload.
    """
    sizes = [0 if c is None else np.dtype(c[0]).itemsize * int(np.prod(c[1], dtype=object)) for c in columns]
    if sum(sizes) != len(data):
        msg = f"Expected {sum(sizes)} bytes by its meta, received {len(data)}."
        raise CorruptError(msg)
    out: list[npt.NDArray[Any] | None] = []
    at = 0
    for column, size in zip(columns, sizes, strict=True):
        out.append(None if column is None else np.frombuffer(data[at : at + size], column[0]).reshape(column[1]))
        at += size
    return out
