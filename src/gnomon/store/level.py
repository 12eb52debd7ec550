"""The pyramids of a stretch of a series side by side, with the x of their buckets and extremes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gnomon.core.batch import Float64, Int64
from gnomon.store.axis import Axis
from gnomon.store.grid import Pieces
from gnomon.store.order import Mask
from gnomon.store.pyramid import BUCKET, COARSE, WIDE, Pyramid

Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Hold one row per bucket, by chunk and place.

    Args:
        chunk: int32 `(b,)`, which chunk of the index it belongs to.
        place: int32 `(b,)`, which of that chunk's seen points it begins with.
        n: int32 `(b,)`, points.
        bad: int32 `(b,)`, points that are not finite.
        left: float64 `(b,)`, x of its first point.
        right: float64 `(b,)`, x of its last point.
        low_at: float64 `(b,)`, x of `low`.
        high_at: float64 `(b,)`, x of `high`.
        low: float64 `(b,)`.
        high: float64 `(b,)`.
        total: float64 `(b,)`, sum of the finite values.
    """

    chunk: Int32
    place: Int32
    n: Int32
    bad: Int32
    left: Float64
    right: Float64
    low_at: Float64
    high_at: Float64
    low: Float64
    high: Float64
    total: Float64

    @property
    def nbytes(self) -> int:
        """Return the memory it takes, in bytes."""
        return 18 * self.chunk.nbytes

    def pieces(self) -> Pieces:
        """Return the buckets as pieces of an envelope."""
        return Pieces(
            self.left, self.right, self.n, self.bad, self.low, self.low_at, self.high, self.high_at, self.total
        )

    def where(self, keep: Mask) -> "Level":
        """Return some of the buckets, without copying them when they lie side by side."""
        chosen = np.flatnonzero(keep)
        if len(chosen) and chosen[-1] - chosen[0] + 1 == len(chosen):
            part = slice(int(chosen[0]), int(chosen[-1]) + 1)
            return Level(*(getattr(self, name)[part] for name in Level.__slots__))
        return Level(*(getattr(self, name)[keep] for name in Level.__slots__))


def assemble(
    chunks: Int64,
    seen: Int64,
    pyramids: list[Pyramid],
    start: Int64,
    stride: Int64,
    axes: dict[int, Int64],
    axis: Axis,
) -> Level:
    """Put pyramids side by side.

    Args:
        chunks: Which chunk of the index each belongs to, int64 `(c,)`.
        seen: How many points of each can be seen.
        pyramids: One for each chunk.
        start: First step of each chunk whose steps are regular.
        stride: Distance of its steps.
        axes: Steps or times of the seen points of the other chunks, by their place in `chunks`.
        axis: Makes x of them.
    """
    counts = -(-seen // BUCKET)
    first = np.cumsum(counts) - counts
    place = (np.arange(int(counts.sum())) - np.repeat(first, counts)) * BUCKET
    end = np.minimum(place + BUCKET, np.repeat(seen, counts)) - 1
    low, high = np.concatenate([p.extremes for p in pyramids], axis=1)
    low_at, high_at = np.concatenate([p.places for p in pyramids], axis=1) + place
    columns = [place, end, low_at, high_at]
    base, step = np.repeat(start, counts), np.repeat(stride, counts)
    found = [base + step * column for column in columns]
    for i, steps_or_times in axes.items():
        at = slice(int(first[i]), int(first[i] + counts[i]))
        for out, column in zip(found, columns, strict=True):
            out[at] = steps_or_times[column[at]]
    n = end - place + 1
    mean = np.concatenate([p.mean for p in pyramids]).astype(np.float64)
    bad = np.zeros(len(n), np.int64)
    if any(p.bad is not None for p in pyramids):
        bad = np.concatenate([np.zeros(p.mean.shape, np.uint8) if p.bad is None else p.bad for p in pyramids]).astype(
            np.int64
        )
        mean[bad == n] = 0.0
    total = mean * (n - bad)
    left, right, low_x, high_x = (axis.x(column, column) for column in found)
    small: list[Int32] = [c.astype(np.int32) for c in (np.repeat(chunks, counts), place, n, bad)]
    return Level(small[0], small[1], small[2], small[3], left, right, low_x, high_x, low, high, total)


def assemble_coarse(chunks: Int64, seen: Int64, blobs: list[bytes], start: Int64, stride: Int64) -> Level:
    """Put what is kept of every 1,024 points side by side, over steps.

    Args:
        chunks: Which chunk of the index each belongs to; all of them have regular steps.
        seen: How many points of each can be seen.
        blobs: One for each chunk, arrays of `COARSE`.
        start: First step of each chunk.
        stride: Distance of its steps.
    """
    counts = -(-seen // WIDE)
    rows = np.frombuffer(b"".join(blobs), COARSE)
    first = np.cumsum(counts) - counts
    place = (np.arange(int(counts.sum())) - np.repeat(first, counts)) * WIDE
    end = np.minimum(place + WIDE, np.repeat(seen, counts)) - 1
    base, step = np.repeat(start, counts), np.repeat(stride, counts)
    n, bad = end - place + 1, rows["bad"].astype(np.int64)
    mean = np.where(bad < n, rows["mean"], 0.0).astype(np.float64)
    left, right, low_x, high_x = (
        (base + step * at).astype(np.float64) for at in (place, end, place + rows["low_at"], place + rows["high_at"])
    )
    small: list[Int32] = [c.astype(np.int32) for c in (np.repeat(chunks, counts), place, n, bad)]
    low, high = rows["low"].astype(np.float64), rows["high"].astype(np.float64)
    return Level(small[0], small[1], small[2], small[3], left, right, low_x, high_x, low, high, mean * (n - bad))
