"""Do two sets of data share rows? A small sketch of each set answers that without keeping the data.

Each row is hashed, and the smallest hashes are kept (a bottom-k sketch). A row that is in both sets has the same hash
in both; where the sketches overlap, the share of hits below the smaller of both largest hashes estimates the share of
common rows, whatever the order of the rows.

Source: A. Broder, "On the resemblance and containment of documents" (1997); E. Cohen and H. Kaplan, "Summarizing data
using bottom-k sketches" (2007).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.sdk.data.fingerprint import FULL_BYTES, Part, sample_rows

KEPT: Final = 2048
MIN_DISTINCT: Final = 0.9
"""Rows of few distinct values (a table of flags) repeat by chance: below this share nothing is concluded."""

UInt64 = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """Hold the smallest hashes of the rows of one set.

    Args:
        hashes: Ascending, distinct, at most 2,048.
        rows: How many rows were hashed.
        distinct: Share of them that differ from one another.
        exact: All rows were hashed.
    """

    hashes: UInt64
    rows: int
    distinct: float
    exact: bool

    def shared_with(self, other: "Sketch") -> float:
        """Return which share of the smaller set's rows is in the other one, about; 0 when nothing can be concluded."""
        if min(self.distinct, other.distinct) < MIN_DISTINCT or not (len(self.hashes) and len(other.hashes)):
            return 0.0
        top = min(self.top, other.top)
        mine, theirs = self.hashes[self.hashes <= top], other.hashes[other.hashes <= top]
        fewest = min(len(mine), len(theirs))
        return len(np.intersect1d(mine, theirs, assume_unique=True)) / fewest if fewest else 0.0

    @property
    def top(self) -> np.uint64:
        """Return up to where every hash of the set is known."""
        return self.hashes[-1] if len(self.hashes) == KEPT else np.uint64(2**64 - 1)


def sketch(parts: list[Part]) -> Sketch | None:
    """Return the sketch of the rows of some parts taken together; `None` when they have no rows of numbers."""
    parts = [part for part in parts if part.dtype != "text" and part.values.ndim]
    if not parts or len({part.rows for part in parts}) != 1 or parts[0].rows < 2:
        return None
    chosen = sample_rows(parts[0].rows, sum(part.size_bytes for part in parts), FULL_BYTES)
    mixed: UInt64 | None = None
    for part in parts:
        hashes = row_hashes(part.values if chosen is None else part.values[chosen])
        mixed = hashes if mixed is None else _mix(mixed ^ hashes)
    assert mixed is not None
    distinct = np.unique(mixed)
    return Sketch(distinct[:KEPT], len(mixed), len(distinct) / len(mixed), exact=chosen is None)


def row_hashes(values: npt.NDArray[Any]) -> UInt64:
    """Return a 64-bit hash for each row, by its bytes."""
    rows = np.ascontiguousarray(values).reshape(len(values), -1).view(np.uint8).reshape(len(values), -1)
    words = -(-rows.shape[1] // 8)
    found = np.empty(len(rows), np.uint64)
    factors = _factors(words)
    each = max(1, (8 << 20) // max(1, 8 * words))
    for first in range(0, len(rows), each):
        block = rows[first : first + each]
        padded = np.zeros((len(block), 8 * words), np.uint8)
        padded[:, : rows.shape[1]] = block
        found[first : first + each] = _mix(
            (_mix(padded.view("<u8").astype(np.uint64)) * factors).sum(axis=1, dtype=np.uint64)
        )
    return found


def _mix(words: UInt64) -> UInt64:
    """Spread each word's bits over the whole word (the finaliser of MurmurHash3)."""
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    words = (words ^ (words >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return words ^ (words >> np.uint64(33))


def _factors(n: int) -> UInt64:
    """Return odd factors, one for each place, so that the same word elsewhere counts differently."""
    return _mix(np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)
