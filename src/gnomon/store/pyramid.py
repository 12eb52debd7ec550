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

from gnomon.core.batch import Float64, Int64
from gnomon.core.errors import CorruptError
from gnomon.store.codec import FAST, decode, encode

BUCKET: Final = 64
LEAST: Final = 4 * BUCKET  # chunks with fewer points are read point by point
_HEADER: Final = struct.Struct("<HBI")


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """Hold one row per bucket of 64 seen points.

    Args:
        low: float64 `(b,)`, smallest finite value, NaN when there is none.
        high: float64 `(b,)`, largest finite value.
        low_at: int64 `(b,)`, which of the chunk's seen points `low` is.
        high_at: int64 `(b,)`, which of them `high` is.
        bad: int64 `(b,)`, non-finite points.
        mean: float64 `(b,)`, mean of the finite values, of float32 precision.
    """

    low: Float64
    high: Float64
    low_at: Int64
    high_at: Int64
    bad: Int64
    mean: Float64

    @property
    def nbytes(self) -> int:
        """Return the memory it takes, in bytes."""
        return 6 * self.low.nbytes


def build(values: Float64, level: int = FAST) -> list[bytes]:
    """Return the stored pyramid of each row.

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
    return [
        _pack(low[i], high[i], low_at[i].astype("u1"), high_at[i].astype("u1"), mean[i], bad[i].astype("u1"), level)
        for i in range(k)
    ]


def _pack(
    low: Float64, high: Float64, low_at: np.ndarray, high_at: np.ndarray, mean: np.ndarray, bad: np.ndarray, level: int
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
        extremes = decode(blob[_HEADER.size : start])
        places = np.frombuffer(blob, "u1", 2 * buckets, start).reshape(2, buckets)
        mean = np.frombuffer(blob, "<f4", buckets, start + 2 * buckets)
        bad = np.frombuffer(blob, "u1", buckets, start + 6 * buckets) if flawed else np.zeros(buckets, "u1")
        low, high = extremes.reshape(2, buckets)
    except (struct.error, ValueError) as error:
        msg = f"pyramid: {len(blob)} bytes do not decode: {error}."
        raise CorruptError(msg) from error
    base = np.arange(0, buckets * BUCKET, BUCKET)
    return Pyramid(low, high, base + places[0], base + places[1], bad.astype(np.int64), mean.astype(np.float64))
