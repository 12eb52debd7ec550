"""Weights as pictures: the filters of a convolution, the incoming weights of a unit, one tile for each."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import ShapeError
from gnomon.core.records.arrays import wanted
from gnomon.core.records.images import Images

Array = npt.NDArray[Any]


def tiles(weights: object, columns: int | None = None, *, each: bool = False, transpose: bool = False) -> Images:
    """Return weights to be logged as tiles.

    Args:
        weights: Filters `(out, in, h, w)`: one coloured tile for each filter when `in` is 3, else a grey one for each of
            the `out x in`; `(n, h, w)`: n tiles; or a matrix `(units, inputs)`: the weights of each unit as a rectangle.
        columns: Tiles in a row; by default as many as the panel has room for.
        each: Show each tile between its own smallest and largest value; else all share one range.
        transpose: The weights lie as Keras keeps them: a matrix `(inputs, units)`, filters `(h, w, in, out)`.

    Raises:
        ShapeError: Not weights of 2, 3 or 4 axes.

    Example:
        >>> tiles(np.zeros((16, 3, 7, 7))).batch.shape, tiles(np.zeros((10, 64))).batch.shape
        ((16, 7, 7, 3), (10, 8, 8, 1))
    """
    array = wanted(weights, "tiles.weights")
    if array.ndim not in (2, 3, 4) or array.size == 0 or array.dtype.kind not in "biuf":
        msg = f"tiles.weights: expected (m, n), (n, h, w) or (out, in, h, w), received {array.shape} {array.dtype}."
        raise ShapeError(msg, field="weights")
    if array.ndim == 3:
        made = np.asarray(array)[..., None]
    elif array.ndim == 2:
        made = dense_tiles(array.T if transpose else array)
    else:
        made = conv_tiles(np.moveaxis(array, (-1, -2), (0, 1)) if transpose else array)
    return Images(made, columns=columns, layout="NHWC", range="each" if each else None)


def conv_tiles(weight: Array, most: int = 1024) -> Array:
    """Return the filters of a convolution as pictures.

    Filters of one or three input channels are one grey or coloured picture each; otherwise there is a grey one for each
    input channel of each filter, filter by filter.

    Args:
        weight: Of shape `(filters, channels, h, w)`, or `(filters, channels, w)` of a one-dimensional convolution.
        most: Pictures at most; the rest is left out.

    Returns:
        An array of shape `(n, h, w, c)`, c 1 or 3, of the same type.

    Raises:
        ShapeError: `weight` has another rank.

    Example:
        >>> conv_tiles(np.zeros((16, 3, 5, 5))).shape, conv_tiles(np.zeros((4, 8, 3, 3))).shape
        ((16, 5, 5, 3), (32, 3, 3, 1))
    """
    if weight.ndim == 3:
        weight = weight[:, :, None, :]
    if weight.ndim != 4:
        msg = f"weight: expected shape (filters, channels, h, w), received {weight.shape}."
        raise ShapeError(msg, field="weight")
    filters, channels, h, w = weight.shape
    if channels in (1, 3):
        return np.ascontiguousarray(np.moveaxis(weight, 1, -1)[:most])
    return np.ascontiguousarray(weight.reshape(filters * channels, h, w, 1)[:most])


def dense_tiles(weight: Array, shape: tuple[int, ...] | None = None, most: int = 1024) -> Array:
    """Return the incoming weights of fully connected units as pictures, one for each unit.

    Args:
        weight: Of shape `(units, inputs)`.
        shape: `(h, w)` or `(h, w, c)` of the inputs; `None` takes the squarest rectangle that holds them, and fills
            what is left over with zeros.
        most: Pictures at most.

    Returns:
        An array of shape `(n, h, w, c)`.

    Raises:
        ShapeError: `weight` has another rank, or `shape` another size.

    Example:
        >>> dense_tiles(np.zeros((10, 64))).shape, dense_tiles(np.zeros((2, 7))).shape
        ((10, 8, 8, 1), (2, 3, 3, 1))
    """
    if weight.ndim != 2:
        msg = f"weight: expected shape (units, inputs), received {weight.shape}."
        raise ShapeError(msg, field="weight")
    rows = weight[:most]
    h, w, *rest = shape or rectangle(weight.shape[1])
    c = rest[0] if rest else 1
    if shape is not None and h * w * c != weight.shape[1]:
        msg = f"shape: expected {weight.shape[1]} values, received {shape}, which is {h * w * c}."
        raise ShapeError(msg, field="shape")
    padded = np.zeros((len(rows), h * w * c), weight.dtype)
    padded[:, : rows.shape[1]] = rows
    return padded.reshape(len(rows), h, w, c)


def rectangle(n: int) -> tuple[int, int]:
    """Return height and width of the squarest rectangle of exactly n places, or of the least square that holds n.

    A rectangle more than three times as wide as it is high is no picture, so a square with places to spare is taken.

    Example:
        >>> rectangle(784), rectangle(12), rectangle(13)
        ((28, 28), (3, 4), (4, 4))
    """
    h = next((h for h in range(math.isqrt(n), 0, -1) if n % h == 0), 1)
    if n and n // h <= 3 * h:
        return h, n // h
    side = math.isqrt(max(0, n - 1)) + 1
    return side, side
