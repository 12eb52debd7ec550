"""Pictures of what a network's units have learnt: the inputs they prefer, and what they make of an input.

Plain arrays in, plain arrays out; the integrations get the arrays out of their frameworks.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.analysis.tiles import dense_tiles
from gnomon.core.errors import InputError, ShapeError

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Preferred:
    """Hold the inputs that each unit answers to most.

    Args:
        index: int64 of shape `(units, k)`: which inputs, the strongest first.
        value: float64 of shape `(units, k)`: how strongly.
    """

    index: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]

    def tiles(self, inputs: Array, units: int = 64) -> Array:
        """Return the preferred inputs as pictures, unit by unit: `(units · k, h, w, c)`.

        Args:
            inputs: What was given to the network, as pictures `(n, h, w, c)`.
            units: How many units to show.
        """
        return inputs[self.index[:units].reshape(-1)]


class TopInputs:
    """Find the inputs that each unit prefers, batch by batch, so that no batch has to be kept.

    Args:
        k: How many inputs for each unit, at least 1.

    Example:
        >>> top = TopInputs(2)
        >>> top.add(np.array([[0.0, 5.0], [3.0, 1.0]]))
        >>> top.add(np.array([[2.0, 9.0]]))
        >>> top.result().index.tolist()
        [[1, 2], [2, 0]]
    """

    def __init__(self, k: int = 9) -> None:
        if k < 1:
            msg = f"k: expected at least 1, received {k}."
            raise InputError(msg, field="k")
        self._k, self._seen = k, 0
        self._index: npt.NDArray[np.int64] | None = None
        self._value: npt.NDArray[np.float64] | None = None

    def add(self, activations: Array, *, channels_first: bool = True) -> None:
        """Take in the activations of one batch.

        Args:
            activations: Of shape `(n, units)`; of a layer with places, `(n, units, …)` or `(n, …, units)`, where a
                unit answers as strongly as at its best place.
            channels_first: Units are the second axis rather than the last.

        Raises:
            ShapeError: There is no axis of units, or another number of them than before.
        """
        if activations.ndim < 2:
            msg = f"activations: expected shape (n, units, …), received {activations.shape}."
            raise ShapeError(msg, field="activations")
        if not channels_first:
            activations = np.moveaxis(activations, -1, 1)
        scores = activations.reshape(*activations.shape[:2], -1).max(2).astype(np.float64).T
        index = np.broadcast_to(np.arange(self._seen, self._seen + scores.shape[1]), scores.shape)
        self._seen += scores.shape[1]
        if self._index is not None and self._value is not None:
            if len(self._index) != len(scores):
                msg = f"activations: expected {len(self._index)} units as before, received {len(scores)}."
                raise ShapeError(msg, field="activations")
            index, scores = np.hstack([self._index, index]), np.hstack([self._value, scores])
        # NaN is preferred by nothing; equal scores keep the order of the inputs.
        order = np.argsort(np.where(np.isnan(scores), np.inf, -scores), axis=1, kind="stable")[:, : self._k]
        self._index = np.take_along_axis(index, order, 1).astype(np.int64)
        self._value = np.take_along_axis(scores, order, 1)

    def result(self) -> Preferred:
        """Return what was found.

        Raises:
            InputError: Nothing was added.
        """
        if self._index is None or self._value is None:
            msg = "data: expected at least one input, received none."
            raise InputError(msg, field="data")
        return Preferred(self._index, self._value)


def side_by_side(*pictures: Array) -> Array:
    """Return pictures of the same things in turns: the first of each, then the second of each, ….

    Args:
        pictures: Arrays of one shape `(n, h, w, c)`: inputs, their reconstructions, ….

    Returns:
        An array of shape `(n · len(pictures), h, w, c)`; in as many columns as there are arrays, things are rows.

    Raises:
        ShapeError: Their shapes differ.

    Example:
        >>> side_by_side(np.zeros((2, 1, 1, 1)), np.ones((2, 1, 1, 1))).ravel().tolist()
        [0.0, 1.0, 0.0, 1.0]
    """
    shapes = {each.shape for each in pictures}
    if len(shapes) != 1:
        msg = f"pictures: expected arrays of one shape, received {', '.join(map(str, sorted(shapes)))}."
        raise ShapeError(msg, field="pictures")
    shape = pictures[0].shape
    return np.stack(pictures, 1).reshape(shape[0] * len(pictures), *shape[1:])


def as_pictures(values: Array, *, channels_first: bool) -> Array:
    """Return a batch as pictures `(n, h, w, c)` with c 1, 3 or 4.

    Args:
        values: Of shape `(n, h, w)`, `(n, c, h, w)`, `(n, h, w, c)`, or `(n, d)`, each drawn as the squarest rectangle.
        channels_first: Whether channels come before height and width; other numbers of channels than 1, 3 or 4 are
            averaged.

    Raises:
        ShapeError: It has another rank.
    """
    if values.ndim == 2:
        return dense_tiles(values, most=len(values))
    if values.ndim == 3:
        return values[..., None]
    if values.ndim != 4:
        msg = f"values: expected a batch of pictures, received shape {values.shape}."
        raise ShapeError(msg, field="values")
    last = np.moveaxis(values, 1, -1) if channels_first else values
    return last if last.shape[-1] in (1, 3, 4) else last.mean(-1, keepdims=True)
