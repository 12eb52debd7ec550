"""The coarser view of one chunk: for every 64 points their two extremes, their mean, how many are not finite.

A pyramid is made of the points that can be seen: of equal steps, the last. It holds where in its bucket an extreme
lies, not its step or time, which the axis of the chunk tells; so keys that share an axis share that too.

Stored as `<u16 buckets><u8 flags><u32 size>`, a codec column of the lows and then the highs (`size` bytes), then one
byte per bucket for the place of the low, one for the place of the high, a float32 mean, and, when flag 1 is set, one
byte for the count of non-finite points.
"""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64
from gnomon.core.errors import CorruptError
from gnomon.store.codec import FAST, decode, encode

BUCKET: Final = 64
LEAST: Final = 4 * BUCKET  # chunks with fewer points are read point by point
Byte = npt.NDArray[np.uint8]
_HEADER: Final = struct.Struct("<HBI")


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """Hold one row per bucket of 64 seen points, as they are stored.

    Args:
        extremes: float64 `(2, b)`, the smallest and the largest finite values, NaN when there is none.
        places: uint8 `(2, b)`, which point of the bucket each of them is.
        mean: float32 `(b,)`, mean of the finite values.
        bad: uint8 `(b,)`, non-finite points; `None` when there are none in any bucket.
    """

    extremes: Float64
    places: Byte
    mean: npt.NDArray[np.float32]
    bad: Byte | None


def build(values: Float64, level: int = FAST) -> list[bytes | None]:
    """Return the stored pyramid of each row; `None` where a mean is too large for a float32, so that it stays exact.

    Args:
        values: float64 `(k, m)`, the seen points of k series on one axis; m at most 2^16 * 64.
        level: pco level.
    """
    k, m = values.shape
    buckets = -(-m // BUCKET)
    padded = np.full((k, buckets * BUCKET), np.nan)
    padded[:, :m] = values
    cells = padded.reshape(k, buckets, BUCKET)
    finite = np.isfinite(cells)
    if finite.all():
        low_at, high_at, sums, good = cells.argmin(2), cells.argmax(2), cells.sum(2), np.full((k, buckets), BUCKET)
    else:
        low_at = np.where(finite, cells, np.inf).argmin(2)
        high_at = np.where(finite, cells, -np.inf).argmax(2)
        good = finite.sum(2)
        with np.errstate(over="ignore", invalid="ignore"):
            sums = np.where(finite, cells, 0.0).sum(2)
    low = np.take_along_axis(cells, low_at[..., None], 2)[..., 0]
    high = np.take_along_axis(cells, high_at[..., None], 2)[..., 0]
    low[good == 0], high[good == 0] = np.nan, np.nan
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.divide(sums, good, out=np.full((k, buckets), np.nan), where=good > 0).astype("<f4")
    size = np.full(buckets, BUCKET)
    size[-1] = m - (buckets - 1) * BUCKET
    bad = size - good
    told = np.isfinite(mean) | (good == 0)
    return [
        None
        if not told[i].all()
        else _pack(
            low[i], high[i], low_at[i].astype("u1"), high_at[i].astype("u1"), mean[i], bad[i].astype("u1"), level
        )
        for i in range(k)
    ]


def _pack(
    low: Float64, high: Float64, low_at: Byte, high_at: Byte, mean: npt.NDArray[np.float32], bad: Byte, level: int
) -> bytes:
    extremes = encode(np.concatenate([low, high]), level)
    flawed = bool(bad.any())
    parts = [
        _HEADER.pack(len(low), flawed, len(extremes)),
        extremes,
        low_at.tobytes(),
        high_at.tobytes(),
        mean.tobytes(),
    ]
    return b"".join([*parts, bad.tobytes()] if flawed else parts)


def load(blob: bytes) -> Pyramid:
    """Return a stored pyramid.

    Raises:
        CorruptError: The bytes are no pyramid.
    """
    try:
        buckets, flawed, size = _HEADER.unpack_from(blob)
        start = _HEADER.size + size
        extremes = decode(blob[_HEADER.size : start]).reshape(2, buckets)
        places = np.frombuffer(blob, "u1", 2 * buckets, start).reshape(2, buckets)
        mean = np.frombuffer(blob, "<f4", buckets, start + 2 * buckets)
        bad = np.frombuffer(blob, "u1", buckets, start + 6 * buckets) if flawed else None
    except (struct.error, ValueError) as error:
        msg = f"pyramid: {len(blob)} bytes do not decode: {error}."
        raise CorruptError(msg) from error
    return Pyramid(extremes, places, mean, bad)
