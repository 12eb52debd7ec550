"""Which rows make up a batch, and their values: a function of seed, epoch and place alone, so that it can be resumed."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
Int64 = npt.NDArray[np.int64]
KEPT_BYTES: Final = 1 << 30
"""Parts up to this size are read once and kept in memory."""
_BLOCK: Final = 512
_AUGMENTS: Final = 1
"""Sets the random numbers of augmentation apart from those of the order."""


class Source(Protocol):
    """What gives batches: `gnomon.models.datasets.binding.Binding`."""

    def length(self, part: str) -> int:
        """Return how many rows a part has, 0 when there is none of that name."""
        ...

    def batch(self, part: str, rows: Int64, rng: np.random.Generator | None = None) -> tuple[Arrays, Arrays]:
        """Return values by input node, and by output node."""
        ...

    @property
    def augments(self) -> bool:
        """Whether rows of `train` differ each time they are read."""
        ...


def order(seed: int, epoch: int, rows: int) -> Int64:
    """Return the rows of a part in the order in which an epoch sees them.

    Example:
        >>> order(0, 0, 4).tolist(), order(0, 1, 4).tolist()
        ([2, 0, 1, 3], [3, 0, 2, 1])
    """
    return np.random.default_rng((seed, epoch)).permutation(rows)


def count(rows: int, batch_size: int) -> int:
    """Return the batches of an epoch; one row that would be a batch by itself is left out, for what normalises needs two.

    Example:
        >>> count(128, 64), count(129, 64), count(130, 64), count(1, 64)
        (2, 2, 3, 1)
    """
    return rows // batch_size + (rows % batch_size > 1) if rows > 1 and batch_size > 1 else -(-rows // batch_size)


class Feed:
    """Give the batches of one part.

    Args:
        source: Where values come from.
        part: Of the data.
        batch_size: Rows in a batch; the last one may have fewer.
        seed: Of the order and of augmentation.
    """

    def __init__(self, source: Source, part: str, batch_size: int, seed: int = 0) -> None:
        self.part, self.rows = part, source.length(part)
        self.batch_size = min(batch_size, max(1, self.rows))
        self._source, self._seed = source, seed
        self._augments = part == "train" and source.augments
        self._kept: tuple[Arrays, Arrays] | None = None
        if self.rows and not self._augments:
            first = source.batch(part, np.arange(min(self.rows, _BLOCK), dtype=np.int64))
            size = sum(array.nbytes for arrays in first for array in arrays.values())
            if size * (self.rows / min(self.rows, _BLOCK)) <= KEPT_BYTES:
                self._kept = self._whole(first)

    @property
    def steps(self) -> int:
        """Batches in an epoch of training."""
        return count(self.rows, self.batch_size)

    def epoch(self, epoch: int, begin: int = 0) -> Iterator[tuple[Arrays, Arrays]]:
        """Yield the batches of an epoch, shuffled.

        Args:
            epoch: Which, from 0.
            begin: Batches that were seen already.
        """
        rows = order(self._seed, epoch, self.rows)
        for at in range(begin, self.steps):
            chosen = rows[at * self.batch_size : (at + 1) * self.batch_size]
            rng = np.random.default_rng((self._seed, epoch, at, _AUGMENTS)) if self._augments else None
            yield self.at(chosen, rng)

    def once(self) -> Iterator[tuple[Arrays, Arrays]]:
        """Yield all rows, in order."""
        for at in range(0, self.rows, self.batch_size):
            yield self.at(np.arange(at, min(at + self.batch_size, self.rows)))

    def at(self, rows: Int64, rng: np.random.Generator | None = None) -> tuple[Arrays, Arrays]:
        """Return the values of some rows."""
        if self._kept is None:
            return self._source.batch(self.part, rows, rng)
        inputs, outputs = self._kept
        return _chosen(inputs, rows), _chosen(outputs, rows)

    def _whole(self, first: tuple[Arrays, Arrays]) -> tuple[Arrays, Arrays]:
        starts = range(_BLOCK, self.rows, _BLOCK)
        rest = [self._source.batch(self.part, np.arange(at, min(at + _BLOCK, self.rows))) for at in starts]
        blocks = [first, *rest]
        return _joined([block[0] for block in blocks]), _joined([block[1] for block in blocks])


def _chosen(arrays: Mapping[str, npt.NDArray[Any]], rows: Int64) -> Arrays:
    return {name: array[rows] for name, array in arrays.items()}


def _joined(blocks: list[Arrays]) -> Arrays:
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
