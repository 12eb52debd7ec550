"""The payload of array-like records: C order, little-endian, nothing else; and back, trusting no meta."""

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError
from gnomon.core.records.arrays import NUMBERS, Exact
from gnomon.core.records.small_floats import ITEM_BYTES, as_float32

_MOST_DIMS = 64


def raw_bytes(array: Exact) -> bytes:
    """Return the array's values in C order: the one copy that logging an array makes."""
    return array.values.tobytes()


def raw_view(array: Exact) -> bytes | memoryview:
    """Return the array's values in C order; where they lie so already the memory itself, for whoever writes to copy."""
    values = array.values
    if values.size and values.flags.c_contiguous:
        return values.reshape(-1).view(np.uint8).data
    return values.tobytes()


def stored_dtype(meta: Mapping[str, Any]) -> np.dtype[Any]:
    """Return the dtype in which the values lie in the payload; formats that NumPy lacks lie there as their bits.

    Raises:
        CorruptError: `meta["dtype"]` names no format.
    """
    name = meta.get("dtype")
    if isinstance(name, str) and name in ITEM_BYTES:
        return np.dtype(f"<u{ITEM_BYTES[name]}")
    if not isinstance(name, str) or name not in NUMBERS:
        msg = f"meta.dtype: expected the name of a number format, received {name!r:.60}."
        raise CorruptError(msg)
    return np.dtype(name).newbyteorder("<")


def stored_shape(meta: Mapping[str, Any], size: int, *, dims: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return `meta["shape"]` when the payload has exactly its size.

    Args:
        meta: With `dtype` and `shape`.
        size: Length of the payload in bytes.
        dims: How many axes there may be; any number when empty.

    Raises:
        CorruptError: It is not a shape, or not that of the payload.
    """
    shape = meta.get("shape")
    if (
        not isinstance(shape, (list, tuple))
        or len(shape) > _MOST_DIMS
        or any(type(n) is not int or n < 0 for n in shape)
        or (dims and len(shape) not in dims)
    ):
        msg = f"meta.shape: expected a list of {dims or 'some'} lengths, received {shape!r:.60}."
        raise CorruptError(msg)
    expected = math.prod(shape) * stored_dtype(meta).itemsize
    if expected != size:
        msg = f"An array {meta['dtype']} of shape {list(shape)} is {expected} bytes, received {size}."
        raise CorruptError(msg)
    return tuple(shape)


def from_raw(meta: Mapping[str, Any], data: bytes, *, dims: tuple[int, ...] = ()) -> npt.NDArray[Any]:
    """Return the array, a read-only view of `data`.

    bfloat16 and 8-bit floats come as arrays of the package `ml_dtypes` when it is installed, else as float32.

    Raises:
        CorruptError: `meta` and the payload do not fit each other.
    """
    shape = stored_shape(meta, len(data), dims=dims)
    try:
        values = np.frombuffer(data, stored_dtype(meta)).reshape(shape)
    except ValueError as error:  # an axis longer than memory beside one of length 0
        msg = f"meta.shape: NumPy has no array of shape {list(shape)}."
        raise CorruptError(msg) from error
    return as_numbers(values, meta["dtype"])


def as_numbers(values: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    """Return stored values as numbers: bits become `ml_dtypes` arrays or float32, the rest stays as it is."""
    if dtype not in ITEM_BYTES:
        return values
    try:
        import ml_dtypes  # noqa: PLC0415 - optional, and needed for these formats only
    except ImportError:
        return as_float32(values, dtype)
    return cast("npt.NDArray[Any]", values.view(getattr(ml_dtypes, dtype)))
