"""Values as somebody sends them, brought to the form in which a data set's file would hold them.

From there on they take the way that training data take: the same transforms, with what was measured of `train`.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, GnomonError, InputError, LimitError, ShapeError
from gnomon.core.records.picture_file import decode_file, file_shape
from gnomon.models.datasets.column import Column, of_texts
from gnomon.models.datasets.dealing import NO_TIME
from gnomon.models.datasets.registry import Transform
from gnomon.server.serving.brought import numbers
from gnomon.server.serving.picture import MAX_PIXELS, from_base64

_FULL: Final = 255
_MAX_TEXT: Final = 1 << 20
_WHOLE: Final = 2.0**63


def number_values(values: Sequence[Any], column: Column) -> npt.NDArray[np.float64]:
    """Return numbers as float64, NaN where `None` says that one is not known.

    Raises:
        InputError: One is no finite number; the message says which.
    """
    found = np.full(len(values), np.nan)
    for i, value in enumerate(values):
        if value is not None:
            found[i] = _number(value, column.name, i)
    return found


def time_values(values: Sequence[Any], column: Column) -> npt.NDArray[np.int64]:
    """Return times, `2026-11-21` or `2026-11-21T14:02+01:00`, as microseconds since 1970.

    Raises:
        InputError: One is no time.
    """
    found = np.full(len(values), NO_TIME, np.int64)
    for i, value in enumerate(values):
        if value is not None:
            read, us = of_texts(column.name, [str(value)])
            if read.kind != "time":
                raise _wrong(column.name, i, "a time such as 2026-11-21T14:02", value)
            found[i] = us[0]
    return found


def text_values(values: Sequence[Any], column: Column) -> npt.NDArray[Any]:
    """Return texts.

    Raises:
        InputError: One is none.
        LimitError: One is a book.
    """
    found = np.empty(len(values), object)
    for i, value in enumerate(values):
        if value is not None and not isinstance(value, str):
            raise _wrong(column.name, i, "a text", value)
        if value is not None and len(value) > _MAX_TEXT:
            msg = f"{column.name}: expected at most {_MAX_TEXT:,} characters, received {len(value):,}."
            raise LimitError(msg, field=column.name)
        found[i] = value
    return found


def category_values(values: Sequence[Any], column: Column) -> npt.NDArray[Any]:
    """Return categories as they stand in the data.

    Raises:
        InputError: One is no class that training knew.
    """
    found = np.empty(len(values), object)
    known = frozenset(column.classes)
    for i, value in enumerate(values):
        text = _class(value)
        if text is not None and text not in known:
            classes = ", ".join(column.classes[:10]) + (" …" if len(column.classes) > 10 else "")
            raise _wrong(column.name, i, f"one of {classes}", value)
        found[i] = text
    return found


def array_values(values: Any, column: Column) -> npt.NDArray[Any]:
    """Return arrays of the shape that the column has.

    Raises:
        InputError: They hold what is no finite number.
        ShapeError: They have another shape.
    """
    found = values if isinstance(values, np.ndarray) else numbers(values, column.name)
    check_shape(found.shape[1:], column.shape, column.name)
    check_finite(found, column.name)
    return found


def picture_values(values: Sequence[Any], column: Column, how: Transform, *, is_from_files: bool) -> npt.NDArray[Any]:
    """Return pictures, each of shape `(h, w, c)`: an array when they agree, objects otherwise.

    Args:
        values: Of each row a file, base64 of one, or numbers as the data have them.
        column: What is known of it.
        how: Its transform.
        is_from_files: Whether training read files. Where it read arrays whose ink goes to another number than 255, as
            the packaged digits' to 16, a file's numbers are brought to that range first.

    Raises:
        InputError: One is no picture.
        LimitError: One is too large to be decoded.
        ShapeError: Numbers have another shape.
    """
    found = [_picture(value, column, how, i, is_from_files) for i, value in enumerate(values)]
    if len({each.shape for each in found}) == 1:
        return np.stack(found)
    made = np.empty(len(found), object)
    made[:] = found
    return made


def decoded(data: bytes, name: str) -> npt.NDArray[Any]:
    """Return the picture in a file, as the reading of data sets decodes it.

    Raises:
        InputError: It is no picture.
        LimitError: It has more pixels than we decode.
    """
    try:
        height, width, _ = file_shape(data)
    except LimitError as error:
        msg = f"{name}: expected at most {MAX_PIXELS:,} pixels. {error}"
        raise LimitError(msg, field=name) from None
    except GnomonError as error:
        raise _no_picture(name, error) from None
    if height * width > MAX_PIXELS:
        msg = f"{name}: expected at most {MAX_PIXELS:,} pixels, received {width} by {height}. Scale it down."
        raise LimitError(msg, field=name)
    try:
        found: npt.NDArray[Any] = decode_file(data)
    except CorruptError as error:
        raise _no_picture(name, error) from None
    return found[..., None] if found.ndim == 2 else found


def check_shape(shape: tuple[int, ...], asked: tuple[int | None, ...], name: str) -> None:
    """Refuse a value of another shape; `None` takes any length.

    Raises:
        ShapeError: With both shapes.
    """
    if len(shape) != len(asked) or any(b not in (None, a) for a, b in zip(shape, asked, strict=True)):
        expected = "×".join("any" if size is None else str(size) for size in asked) or "one number"
        msg = f"{name}: expected {expected} in each row, received {'×'.join(map(str, shape)) or 'one number'}."
        raise ShapeError(msg, field=name)


def check_finite(values: npt.NDArray[Any], name: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        InputError: One is there.
    """
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        msg = f"{name}: expected finite numbers, received NaN or infinity, or one too large for the model."
        raise InputError(msg, field=name)


def _picture(value: Any, column: Column, how: Transform, row: int, is_from_files: bool) -> npt.NDArray[Any]:
    if value is None:
        raise _wrong(column.name, row, "a picture", value)
    if isinstance(value, (bytes, str)):
        picture = decoded(from_base64(value) if isinstance(value, str) else value, column.name)
        if how.range is None or is_from_files or picture.dtype != np.uint8:
            return picture
        low, high = how.range
        moved = picture.astype(np.float32) * ((high - low) / _FULL) + low
        return np.rint(moved).astype(np.uint8) if low >= 0 and high <= _FULL else moved
    picture = numbers(value, column.name)
    shape = column.shape[:2] if picture.ndim == 2 and (len(column.shape) == 2 or column.shape[2] == 1) else column.shape
    check_shape(picture.shape, shape, column.name)
    check_finite(picture, column.name)
    picture = picture[..., None] if picture.ndim == 2 else picture
    return _in_eight_bits(picture, column.name, must=how.normalise == "scale" and how.range is None)


def _in_eight_bits(picture: npt.NDArray[Any], name: str, *, must: bool) -> npt.NDArray[Any]:
    """Return numbers of a picture in the type that data have: whole ones up to 255 are of 8 bits."""
    if picture.dtype == np.uint8 or (picture.dtype.kind == "f" and not must):
        return picture
    if ((picture >= 0) & (picture <= _FULL) & (picture == np.rint(picture))).all():
        return picture.astype(np.uint8)
    if must:
        msg = f"{name}: expected whole numbers from 0 to 255, as the pictures that were trained on have."
        raise InputError(msg, field=name)
    return picture


def _number(value: Any, name: str, row: int) -> float:
    try:
        found = float(value) if isinstance(value, (int, float, str, np.number)) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise _wrong(name, row, "a finite number, or null where it is not known", value)
    return found


def _class(value: Any) -> str | None:
    """Return a category as the classes of a column are written: `2` and `2.0` are class 2."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float)) and abs(value) < _WHOLE:
        return f"{value:g}"
    return None if value is None else str(value)


def _no_picture(name: str, why: GnomonError) -> InputError:
    msg = f"{name}: expected a whole picture, PNG or JPEG for one; these bytes are none, or end too early. {why}"
    return InputError(msg, field=name)


def _wrong(name: str, row: int, expected: str, value: Any) -> InputError:
    msg = f"{name}: expected {expected}, received {value!r:.60} in row {row}."
    return InputError(msg, field=name)
