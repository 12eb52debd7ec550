"""How a column of numbers is stored: one codec byte, then the body.

    0 raw     dtype character, then the values, little-endian
    1 pco     a standalone pco file
    2         reserved
    3 affine  int64 `start`, int64 `stride`, uint32 `n`: the column start, start + stride, start + 2 stride, …

Every byte ever written must decode forever: `tests/golden` holds one file of each.
"""

import struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pcodec import ChunkConfig, standalone

from gnomon.core.batch import Int64
from gnomon.core.errors import CorruptError

RAW, PCO, AFFINE = 0, 1, 3
FAST: Final = 4
"""pco level while a run is being written."""
SMALL: Final = 8
"""pco level when a run has finished: some 2 % smaller, twice the time."""

_LEAST: Final = 32  # below this many values the header of pco outweighs what it saves
_AFFINE: Final = struct.Struct("<qqI")
_DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "q": np.dtype("<i8"),
    "d": np.dtype("<f8"),
    "f": np.dtype("<f4"),
    "B": np.dtype("u1"),
}

Column = npt.NDArray[Any]


def encode(values: Column, level: int = FAST) -> bytes:
    """Return a column as bytes; every bit pattern comes back, NaN payloads and -0.0 too.

    Args:
        values: One-dimensional, of int64, float64, float32 or uint8.
        level: pco level, 1 to 12.
    """
    n = len(values)
    char = values.dtype.char if values.dtype.char != "l" else "q"
    if char == "q" and n >= 2:
        stride = affine_stride(values)
        if stride is not None:
            return b"\x03" + _AFFINE.pack(int(values[0]), stride, n)
    raw = b"\x00" + char.encode() + values.astype(_DTYPES[char], copy=False).tobytes()
    if n < _LEAST or char == "B":
        return raw
    body: bytes = standalone.simple_compress(np.ascontiguousarray(values), ChunkConfig(compression_level=level))
    return b"\x01" + body if len(body) + 1 < len(raw) else raw


def affine_stride(values: Int64) -> int | None:
    """Return the constant difference of a column of at least two integers, `None` when it has none."""
    step = values[1:] - values[:-1]  # wraps around, as decoding does
    return int(step[0]) if step[0] == step[-1] and (step == step[0]).all() else None


def decode(blob: bytes) -> Column:
    """Return the column that `encode` was given; the array may be read-only.

    Raises:
        CorruptError: The bytes are not a column.
    """
    try:
        match blob[0]:
            case 0:
                return np.frombuffer(blob, _DTYPES[chr(blob[1])], offset=2)
            case 1:
                found: Column | None = standalone.simple_decompress(blob[1:])
                if found is not None:
                    return found
            case 3:
                start, stride, n = _AFFINE.unpack_from(blob, 1)
                return affine(start, stride, n)
    except (ValueError, KeyError, IndexError, RuntimeError, TypeError, struct.error) as error:
        msg = f"column: {len(blob)} bytes that begin with {blob[:4]!r} do not decode: {error}."
        raise CorruptError(msg) from error
    msg = f"column: unknown codec {blob[0]}; it was written by a newer gnomon, or is damaged. Upgrade gnomon."
    raise CorruptError(msg)


def affine(start: int, stride: int, n: int) -> Int64:
    """Return `n` integers from `start` on, `stride` apart."""
    if stride == 1:
        return np.arange(start, start + n, dtype=np.int64)
    return np.int64(start) + np.int64(stride) * np.arange(n, dtype=np.int64)


def decode_into(blob: bytes, out: Column) -> None:
    """Decode a column into `out`, which must have its length and type.

    Raises:
        CorruptError: The bytes are not a column of that length.
    """
    if blob[0] == PCO:
        try:
            progress = standalone.simple_decompress_into(blob[1:], out)
        except (RuntimeError, TypeError) as error:
            msg = f"column: {len(blob)} bytes do not decode: {error}."
            raise CorruptError(msg) from error
        if progress.n_processed == len(out) and progress.finished:
            return
        msg = f"column: expected {len(out)} values, received {progress.n_processed}."
        raise CorruptError(msg)
    found = decode(blob)
    if len(found) != len(out):
        msg = f"column: expected {len(out)} values, received {len(found)}."
        raise CorruptError(msg)
    out[:] = found


def decode_onto(blob: bytes, scratch: Column) -> Column:
    """Return a column, decoded into the beginning of `scratch` where it fits there.

    Args:
        blob: What `encode` returned.
        scratch: Memory of the column's type that may be written over, a multiple of 256 values long.

    Raises:
        CorruptError: The bytes are not a column.
    """
    if blob[0] == PCO:
        try:
            progress = standalone.simple_decompress_into(blob[1:], scratch)
        except (RuntimeError, TypeError) as error:
            msg = f"column: {len(blob)} bytes do not decode: {error}."
            raise CorruptError(msg) from error
        if progress.finished:
            return scratch[: progress.n_processed]
    return decode(blob)
