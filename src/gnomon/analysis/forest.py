"""Small regression trees on NumPy, grown on random parts of the rows: enough to ask which parameters matter."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

_LEAF: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Hold a regression tree as arrays, one entry per node: left for `x[feature] <= threshold`.

    Args:
        feature: int64, column that a node looks at, -1 for a leaf.
        threshold: float64.
        left: int64, node to go to.
        right: int64.
        value: float64, mean of the rows that reach the node.
    """

    feature: Int64
    threshold: Float64
    left: Int64
    right: Int64
    value: Float64

    def predict(self, x: Float64) -> Float64:
        """Return the prediction for each row of `x`, float64 `(n, p)`."""
        at = np.zeros(len(x), np.int64)
        rows = np.arange(len(x))
        while True:
            feature = self.feature[at]
            inner = feature != _LEAF
            if not inner.any():
                return np.asarray(self.value[at])
            goes_left = x[rows, np.maximum(feature, 0)] <= self.threshold[at]
            at = np.where(inner, np.where(goes_left, self.left[at], self.right[at]), at)


def grow(x: Float64, y: Float64, rng: np.random.Generator, *, leaf: int = 3, tried: int | None = None) -> Tree:
    """Return a tree that splits where the squared error falls most.

    Args:
        x: float64 `(n, p)`, without NaN.
        y: float64 `(n,)`.
        rng: Chooses which columns a node may split by.
        leaf: Rows that a leaf has at least.
        tried: Columns that a node may choose among; a third of them, at least 3, when `None`.

    Source: L. Breiman, Random forests, Machine Learning 45 (2001).
    """
    p = x.shape[1]
    tried = min(p, max(3, -(-p // 3))) if tried is None else min(p, tried)
    nodes: list[tuple[int, float, int, int, float]] = [(_LEAF, 0.0, 0, 0, 0.0)]
    todo = [(0, np.arange(len(y)))]
    while todo:
        node, rows = todo.pop()
        own = y[rows]
        value = float(own.sum()) / len(own)
        columns = rng.permutation(p)
        split = None
        own = own - value
        # As scikit-learn does: columns that cannot be split do not count among those tried
        for start in range(0, p if len(rows) >= 2 * leaf else 0, tried):
            split = _split(x[rows[:, None], columns[start : start + tried]], own, leaf)
            if split is not None:
                split = int(columns[start + split[0]]), split[1]
                break
        if split is None:
            nodes[node] = (_LEAF, 0.0, 0, 0, value)
            continue
        feature, threshold = split
        goes_left = x[rows, feature] <= threshold
        nodes[node] = (feature, threshold, len(nodes), len(nodes) + 1, value)
        for part in (rows[goes_left], rows[~goes_left]):
            todo.append((len(nodes), part))
            nodes.append((_LEAF, 0.0, 0, 0, 0.0))
    feature_, threshold_, left, right, values = zip(*nodes, strict=True)
    return Tree(*map(np.array, (feature_, threshold_, left, right, values)))


def _split(x: Float64, y: Float64, leaf: int) -> tuple[int, float] | None:
    """Return column and threshold of the best split of centred `y` of two leaves or more, `None` when none helps."""
    n = len(y)
    order = np.argsort(x, axis=0, kind="stable")
    ordered = x[order, np.arange(x.shape[1])]
    sums = np.cumsum(y[order], axis=0)[:-1]
    left = np.arange(1, n)[:, None]
    # y is centred: the sum of the right side is minus that of the left, and the gain what both means explain
    gain = sums**2 * (1 / left + 1 / (n - left))
    gain[(ordered[1:] == ordered[:-1]) | (left < leaf) | (n - left < leaf)] = -1.0
    best = int(np.argmax(gain))
    row, column = divmod(best, x.shape[1])
    if gain[row, column] <= 1e-12 * float(y @ y):
        return None
    low, high = float(ordered[row, column]), float(ordered[row + 1, column])
    middle = low + (high - low) / 2
    return column, middle if low <= middle < high else low
