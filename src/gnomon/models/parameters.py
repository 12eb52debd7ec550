"""The parameters of a network as one vector, so that a step is three operations however many layers there are."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.floating[Any]]


class Parameters:
    """Hold weights and biases one after another, and their gradients alike.

    Args:
        weights: Of each layer, of shape `(units, inputs)`; copied.
        biases: Of each layer, of shape `(units,)`; copied.
    """

    def __init__(self, weights: Sequence[Float], biases: Sequence[Float]) -> None:
        self.values: Float = np.concatenate([each.ravel() for each in (*weights, *biases)])
        self.gradient: Float = np.empty_like(self.values)
        self.weights, self.biases = _views(self.values, weights), _views(self.values, biases, weights)
        self.d_weights, self.d_biases = _views(self.gradient, weights), _views(self.gradient, biases, weights)

    def are(self, weights: Sequence[Float], biases: Sequence[Float]) -> bool:
        """Tell whether these arrays are the views of this vector: none was put in the place of another, or copied."""
        mine, theirs = (*self.weights, *self.biases), (*weights, *biases)
        return len(mine) == len(theirs) and all(
            one is other and one.base is self.values for one, other in zip(mine, theirs, strict=True)
        )


def _views(vector: Float, like: Sequence[Float], behind: Sequence[Float] = ()) -> list[Float]:
    """Return views of a vector of the shapes of some arrays, which lie behind others."""

    def cut() -> Iterator[Float]:
        at = sum(each.size for each in behind)
        for each in like:
            yield vector[at : at + each.size].reshape(each.shape)
            at += each.size

    return list(cut())
