"""The parameters of a network as one vector, so that a step is three operations however many layers there are."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.floating[Any]]
WIDTH: Final = 16
"""Columns of a matrix are filled up to a multiple of this, with zeros: products of odd widths take a fifth longer."""


class Parameters:
    """Hold weights and biases one after another, and their gradients alike.

    `matrices[i]` is of shape `(inputs, units or a few more)`, as a batch is multiplied by it, `shifts[i]` of the shape of
    its columns; `weights[i]`, of shape `(units, inputs)`, and `biases[i]` are views of them without the zeros.

    Args:
        weights: Of each layer, of shape `(units, inputs)`; copied.
        biases: Of each layer, of shape `(units,)`; copied.
    """

    def __init__(self, weights: Sequence[Float], biases: Sequence[Float]) -> None:
        shapes = [(each.shape[1], -(-each.shape[0] // WIDTH) * WIDTH) for each in weights]
        self.values: Float = np.zeros(sum((rows + 1) * columns for rows, columns in shapes), weights[0].dtype)
        self.gradient: Float = np.zeros_like(self.values)
        self.matrices, self.shifts = _cut(self.values, shapes)
        self.d_matrices, self.d_shifts = _cut(self.gradient, shapes)
        units = [len(each) for each in biases]
        self.weights = [matrix[:, :n].T for matrix, n in zip(self.matrices, units, strict=True)]
        self.biases = [shift[:n] for shift, n in zip(self.shifts, units, strict=True)]
        for mine, given in zip((*self.weights, *self.biases), (*weights, *biases), strict=True):
            mine[...] = given

    def gradients(self) -> tuple[list[Float], list[Float]]:
        """Return copies of the gradients, of the shapes of weights and biases."""
        units = [len(each) for each in self.biases]
        d_weights = [each[:, :n].T.copy() for each, n in zip(self.d_matrices, units, strict=True)]
        return d_weights, [each[:n].copy() for each, n in zip(self.d_shifts, units, strict=True)]

    def are(self, weights: Sequence[Float], biases: Sequence[Float]) -> bool:
        """Tell whether these arrays are the views of this vector: none was put in the place of another, or copied."""
        mine, theirs = (*self.weights, *self.biases), (*weights, *biases)
        return len(mine) == len(theirs) and all(
            one is other and one.base is self.values for one, other in zip(mine, theirs, strict=True)
        )


def _cut(vector: Float, shapes: Sequence[tuple[int, int]]) -> tuple[list[Float], list[Float]]:
    """Return a matrix of each shape, and a row of as many columns behind it, as views of a vector."""
    matrices, rows, at = [], [], 0
    for shape in shapes:
        size, columns = shape[0] * shape[1], shape[1]
        matrices.append(vector[at : at + size].reshape(shape))
        rows.append(vector[at + size : at + size + columns])
        at += size + columns
    return matrices, rows
