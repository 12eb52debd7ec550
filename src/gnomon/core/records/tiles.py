"""Weights as pictures: the filters of a convolution, or the rows of a layer, as tiles of one grid."""

import math

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, ShapeError
from gnomon.core.records.arrays import wanted
from gnomon.core.records.image import Image


def tiles(weights: object, columns: int | None = None, *, each: bool = False, transpose: bool = False) -> Image:
    """Return weights as one picture of tiles with gaps of one pixel between them, and no empty row.

    Args:
        weights: Filters `(out, in, h, w)`: one RGB tile per filter when `in` is 3, else one grey tile for each
            of the `out x in`; `(n, h, w)`: n tiles; or a matrix `(m, n)`: each row, one unit's weights, as a square (the
            last row of it is filled up with gaps when n is no square).
        columns: Tiles in a row; by default as many as make the picture nearly square.
        each: Scale each tile by its own smallest and largest value, to 0..1; else all share the picture's range.
        transpose: Take the columns of a matrix as units (Keras), and filters as `(h, w, in, out)`.

    Returns:
        A picture whose gaps are NaN, which is shown transparent.

    Raises:
        ShapeError: Not weights of 2, 3 or 4 axes.

    Example:
        >>> tiles([[0.0, 1, 2, 3], [3, 2, 1, 0]]).x.shape
        (2, 5, 1)
    """
    array = wanted(weights, "tiles.weights")
    if array.ndim not in (2, 3, 4) or array.size == 0 or array.dtype.kind not in "biuf":
        msg = f"tiles.weights: expected (m, n), (n, h, w) or (out, in, h, w), received {array.shape} {array.dtype}."
        raise ShapeError(msg, field="weights")
    if columns is not None and (type(columns) is not int or columns < 1):
        msg = f"tiles.columns: expected at least 1, received {columns!r:.40}."
        raise InputError(msg, field="columns")
    units = _units(array.transpose() if transpose and array.ndim != 3 else array, transpose)
    if each:
        low = np.nanmin(units, axis=(1, 2, 3), keepdims=True, initial=np.inf)
        high = np.nanmax(units, axis=(1, 2, 3), keepdims=True, initial=-np.inf)
        units = np.where(high > low, (units - low) / np.where(high > low, high - low, 1), 0 * units)
    return Image(_grid(units, columns), layout="HWC")


def _units(array: npt.NDArray[np.generic], transpose: bool) -> npt.NDArray[np.float32]:
    """Return one tile per unit, `(n, h, w, c)`."""
    values = array.astype(np.float32)
    if values.ndim == 4:
        if transpose:  # (h, w, in, out) turned round is (out, in, w, h)
            values = values.swapaxes(2, 3)
        if values.shape[1] == 3:
            return values.transpose(0, 2, 3, 1)
        return values.reshape(-1, *values.shape[2:], 1)
    if values.ndim == 3:
        return values[..., None]
    side = math.isqrt(values.shape[1] - 1) + 1
    rows = -(-values.shape[1] // side)
    filled = np.full((len(values), rows * side), np.nan, np.float32)
    filled[:, : values.shape[1]] = values
    return filled.reshape(-1, rows, side, 1)


def _grid(units: npt.NDArray[np.float32], columns: int | None) -> npt.NDArray[np.float32]:
    n, height, width, channels = units.shape
    across = min(columns or math.isqrt(n - 1) + 1, n)
    down = -(-n // across)
    out = np.full((down * (height + 1) - 1, across * (width + 1) - 1, channels), np.nan, np.float32)
    for i, unit in enumerate(units):
        top, left = i // across * (height + 1), i % across * (width + 1)
        out[top : top + height, left : left + width] = unit
    return out
