"""Where the array of a record lies in its payload, so that a part of it can be read without the rest."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.arrays import NUMBERS
from gnomon.core.records.small_floats import ITEM_BYTES, as_float32

_MOST_DIMS: Final = 64
_INDEX: Final = re.compile(r"(-?\d{1,18})|(-?\d{1,18})?:(-?\d{1,18})?(?::(-?\d{1,18})?)?")


@dataclass(frozen=True, slots=True)
class ArrayLayout:
    """Say how an array lies in a payload: in C order.

    Args:
        dtype: Name of the format as in `meta`: NumPy's name, or `"bfloat16"` ….
        stored: Format of the bytes, with their order; bits for formats that NumPy lacks.
        shape: Lengths of its axes.
        offset: Where it begins, in bytes.
        scale: Factor and summand that make stored numbers physical ones (FITS BSCALE and BZERO).
    """

    dtype: str
    stored: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int = 0
    scale: tuple[float, float] = (1.0, 0.0)

    def numbers(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return stored values as NumPy computes with them, little-endian."""
        if self.dtype in ITEM_BYTES:
            return as_float32(values, self.dtype)
        if self.scale != (1.0, 0.0):
            return _scaled(values, *self.scale)
        return values.astype(values.dtype.newbyteorder("<"), copy=False)


def array_layout(kind: str, meta: Mapping[str, Any], size: int) -> ArrayLayout | None:
    """Return how the array of a record lies in its payload; `None` when there is none that can be read in place.

    Args:
        kind: Kind of the record.
        meta: Its meta; not trusted.
        size: Bytes of its payload.

    Raises:
        CorruptError: `meta` promises what a payload of that size cannot hold.

    Example:
        >>> array_layout("tensor", {"dtype": "float32", "shape": [2, 3]}, 24).shape
        (2, 3)
    """
    if kind == "tensor" or (kind in {"image", "images", "video"} and meta.get("format") == "raw"):
        return _checked(str(meta.get("dtype")), _lengths(meta, "shape"), 0, size, exact=True)
    if kind == "histogram":
        return _checked("float64", (2 * _length(meta, "bins") + 1,), 0, size)
    if kind == "confusion":
        if size % 8 or math.isqrt(size // 8) ** 2 != size // 8:
            msg = f"A confusion matrix is k × k int64, received {size} bytes."
            raise CorruptError(msg)
        return _checked("int64", (math.isqrt(size // 8),) * 2, 0, size)
    if kind in {"points", "embedding"}:
        dims = _length(meta, "dims" if kind == "points" else "dim")
        return _checked("float32", (_length(meta, "n"), dims), 0, size)
    if kind == "mesh":
        return _checked("float32", (_length(meta, "vertices"), 3), 0, size)
    return _of_fits(meta, size) if kind == "fits" else None


def parse_slice(text: str, shape: Sequence[int]) -> tuple[slice | int, ...]:
    """Return indices as NumPy takes them, checked against a shape.

    Args:
        text: Indices of the first axes, joined by commas: `0,:,::2`, `-1`, `...,0`. Empty for everything.
        shape: Lengths of the axes.

    Raises:
        InputError: It does not parse, has too many indices, or one is outside.

    Example:
        >>> parse_slice("0,::2", (3, 10, 4)), parse_slice("...,-1", (3, 10, 4))
        ((0, slice(None, None, 2)), (slice(None, None, None), slice(None, None, None), -1))
    """
    parts = [part.strip() for part in text.strip().strip("[]").split(",")] if text.strip() else []
    if parts.count("...") == 1:
        at = parts.index("...")
        parts[at : at + 1] = [":"] * (len(shape) - len(parts) + 1)
    if len(parts) > len(shape):
        msg = f"slice: expected at most {len(shape)} indices for shape {list(shape)}, received {len(parts)}: {text!r:.80}."
        raise InputError(msg, field="slice")
    return tuple(_index(part, n, text) for part, n in zip(parts, shape, strict=False))


def _index(part: str, n: int, text: str) -> slice | int:
    found = _INDEX.fullmatch(part)
    if found is None:
        msg = f"slice: expected indices such as 0,:,::2, received {text!r:.80}."
        raise InputError(msg, field="slice")
    if found[1] is not None:
        if not -n <= int(found[1]) < n:
            msg = f"slice: index {found[1]} is outside an axis of length {n}."
            raise InputError(msg, field="slice")
        return int(found[1])
    first, end, step = (int(each) if each else None for each in (found[2], found[3], found[4]))
    if step == 0:
        msg = f"slice: a step of 0 leads nowhere, received {text!r:.80}."
        raise InputError(msg, field="slice")
    return slice(first, end, step)


def _checked(dtype: str, shape: tuple[int, ...], offset: int, size: int, *, exact: bool = False) -> ArrayLayout:
    if dtype in ITEM_BYTES:
        stored = np.dtype(f"<u{ITEM_BYTES[dtype]}")
    elif dtype in NUMBERS:
        stored = np.dtype(dtype).newbyteorder("<")
    else:
        msg = f"meta.dtype: expected the name of a number format, received {dtype!r:.60}."
        raise CorruptError(msg)
    return _fitting(ArrayLayout(dtype, stored, shape, offset), size, exact=exact)


def _fitting(layout: ArrayLayout, size: int, *, exact: bool = False) -> ArrayLayout:
    end = layout.offset + math.prod(layout.shape) * layout.stored.itemsize
    if end > size or (exact and end != size):
        msg = f"An array {layout.dtype} of shape {list(layout.shape)} ends at byte {end}, received {size} bytes."
        raise CorruptError(msg)
    return layout


def _of_fits(meta: Mapping[str, Any], size: int) -> ArrayLayout | None:
    """FITS stores big-endian numbers; `dtype` and `offset` were read from its header when it was logged."""
    header = meta.get("header")
    bits = header.get("BITPIX") if isinstance(header, Mapping) else None
    kinds = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
    if bits not in kinds or "offset" not in meta:
        return None
    scale = (_number(meta, "bscale", 1.0), _number(meta, "bzero", 0.0))
    stored = np.dtype(kinds[bits])
    found = ArrayLayout(stored.newbyteorder("<").name, stored, _lengths(meta, "shape"), _length(meta, "offset"), scale)
    return _fitting(found, size)


def _scaled(values: npt.NDArray[Any], scale: float, zero: float) -> npt.NDArray[Any]:
    """Return physical numbers. Unsigned integers are stored with their first bit flipped, and stay exact."""
    kind = values.dtype
    flip = 1 << (8 * kind.itemsize - 1)
    if kind.kind == "i" and scale == 1.0 and zero == flip:
        native: npt.NDArray[Any] = values.astype(kind.newbyteorder("=")).view(f"u{kind.itemsize}")
        native ^= np.array(flip, native.dtype)
        return native
    physical = values.astype(np.float64) * scale + zero
    return physical.astype(np.float32) if kind.kind == "f" and kind.itemsize == 4 else physical


def _number(meta: Mapping[str, Any], name: str, default: float) -> float:
    value = meta.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else default


def _length(meta: Mapping[str, Any], name: str) -> int:
    value = meta.get(name)
    if type(value) is not int or not 0 <= value < 1 << 50:
        msg = f"meta.{name}: expected a length, received {value!r:.60}."
        raise CorruptError(msg)
    return value


def _lengths(meta: Mapping[str, Any], name: str) -> tuple[int, ...]:
    shape = meta.get(name)
    if (
        not isinstance(shape, list | tuple)
        or len(shape) > _MOST_DIMS
        or any(type(n) is not int or not 0 <= n < 1 << 50 for n in shape)
    ):
        msg = f"meta.{name}: expected a list of lengths, received {shape!r:.60}."
        raise CorruptError(msg)
    return tuple(shape)
