"""The coarser view of one chunk: for every 64 points their two extremes, their mean, how many are not finite.

A pyramid is made of the points that can be seen: of equal steps, the last. It holds where in its bucket an extreme
lies, not its step or time, which the axis of the chunk tells; so keys that share an axis share that too.

Stored as `<u16 buckets><u8 flags><u32 size>`, a codec column of the lows and then the highs (`size` bytes), then one
byte per bucket for the place of the low, one for the place of the high, a float32 mean, and, when flag 1 is set, one
byte for the count of non-finite points.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64
from gnomon.core.errors import CorruptError
from gnomon.store.codec import FAST, decode_into, encode

BUCKET: Final = 64
WIDE: Final = 1024
COARSE: Final = np.dtype(
    [("low", "<f8"), ("high", "<f8"), ("low_at", "<u2"), ("high_at", "<u2"), ("mean", "<f4"), ("bad", "<u2")]
)
"""What is kept of every 1,024 points beside the pyramid, small enough to be read with the chunk's statistics."""

LEAST: Final = 4 * BUCKET  # chunks with fewer points are read point by point
Byte = npt.NDArray[np.uint8]
_HEADER: Final = struct.Struct("<HBI")


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """Hold one row per bucket of 64 seen points, as they are stored, of one chunk or several.

    Args:
        extremes: float64 `(2, b)`, the smallest and the largest finite values, NaN when there is none.
        places: uint8 `(2, b)`, which point of the bucket each of them is.
        mean: float32 `(b,)`, mean of the finite values.
        bad: uint8 `(b,)`, non-finite points.
    """

    extremes: Float64
    places: Byte
    mean: npt.NDArray[np.float32]
    bad: Byte


def build(values: Float64, level: int = FAST) -> list[bytes | None]:
    """Return the stored pyramid of each row; `None` where a mean is too large for a float32, so that it stays exact.

    Args:
        values: float64 `(k, m)`, the seen points of k series on one axis; m at most 2^16 * 64.
        level: pco level.
    """
    cells = _Cells(values, BUCKET)
    told = np.isfinite(cells.mean) | (cells.good == 0)
    return [_pack(cells, i, level) if told[i].all() else None for i in range(len(values))]


def build_coarse(values: Float64) -> list[bytes]:
    """Return, for each row, what is kept of every 1,024 seen points: an array of `COARSE`."""
    cells = _Cells(values, WIDE)
    out = np.empty(cells.low.shape, COARSE)
    for name in COARSE.names or ():
        out[name] = getattr(cells, name)
    return [row.tobytes() for row in out]


class _Cells:
    """Extremes, means and counts of every `size` points of each row of values."""

    def __init__(self, values: Float64, size: int) -> None:
        k, m = values.shape
        buckets = -(-m // size)
        padded = np.full((k, buckets * size), np.nan)
        padded[:, :m] = values
        cells = padded.reshape(k, buckets, size)
        finite = np.isfinite(cells)
        whole = bool(finite.all())
        self.low_at = (cells if whole else np.where(finite, cells, np.inf)).argmin(2)
        self.high_at = (cells if whole else np.where(finite, cells, -np.inf)).argmax(2)
        self.good = finite.sum(2)
        with np.errstate(over="ignore", invalid="ignore"):
            sums = (cells if whole else np.where(finite, cells, 0.0)).sum(2)
            mean = np.divide(sums, self.good, out=np.full((k, buckets), np.nan), where=self.good > 0)
            self.mean = mean.astype("<f4")
        self.low = np.take_along_axis(cells, self.low_at[..., None], 2)[..., 0]
        self.high = np.take_along_axis(cells, self.high_at[..., None], 2)[..., 0]
        self.low[self.good == 0] = self.high[self.good == 0] = np.nan
        count = np.full(buckets, size)
        count[-1] = m - (buckets - 1) * size
        self.bad = count - self.good


def _pack(cells: _Cells, i: int, level: int) -> bytes:
    extremes = encode(np.concatenate([cells.low[i], cells.high[i]]), level)
    bad = cells.bad[i].astype("u1")
    flawed = bool(bad.any())
    head = _HEADER.pack(len(bad), flawed, len(extremes))
    places = cells.low_at[i].astype("u1").tobytes() + cells.high_at[i].astype("u1").tobytes()
    return b"".join([head, extremes, places, cells.mean[i].tobytes(), bad.tobytes() if flawed else b""])


def load(blobs: Sequence[bytes]) -> Pyramid:
    """Return stored pyramids one after the other, as one.

    Raises:
        CorruptError: The bytes are no pyramid.
    """
    try:
        heads = [_HEADER.unpack_from(blob) for blob in blobs]
        each = np.array([buckets for buckets, _, _ in heads], np.int64)
        first = np.cumsum(each) - each
        extremes = np.empty(2 * int(each.sum()))
        places, means, flaws = [], [], []
        at = 0
        for blob, (buckets, flawed, size) in zip(blobs, heads, strict=True):
            start = _HEADER.size + size
            decode_into(blob[_HEADER.size : start], extremes[at : at + 2 * buckets])
            at += 2 * buckets
            places.append(blob[start : start + 2 * buckets])
            means.append(blob[start + 2 * buckets : start + 6 * buckets])
            flaws.append(blob[start + 6 * buckets : start + 7 * buckets] if flawed else bytes(buckets))
        lows = np.arange(at // 2) + np.repeat(first, each)
        pairs = np.stack([lows, lows + np.repeat(each, each)])  # of each pyramid, the lows come before the highs
        place = np.frombuffer(b"".join(places), "u1")
        mean, bad = np.frombuffer(b"".join(means), "<f4"), np.frombuffer(b"".join(flaws), "u1")
        return Pyramid(extremes[pairs], place[pairs], mean.reshape(at // 2), bad.reshape(at // 2))
    except (struct.error, ValueError, IndexError) as error:
        msg = f"pyramid: {sum(map(len, blobs))} bytes do not decode: {error}."
        raise CorruptError(msg) from error
