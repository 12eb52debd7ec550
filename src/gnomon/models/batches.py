"""Samples and labels on their way into a network: checked once, then plain arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, ShapeError

Float = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Hold checked samples: `x` of shape `(n, inputs)`, `y` int64 labels of shape `(n,)`."""

    x: Float
    y: npt.NDArray[np.int64]


def as_samples(data: tuple[Any, Any], sizes: tuple[int, ...], dtype: npt.DTypeLike, name: str) -> Samples:
    """Check `(x, y)` against a network and bring both into the form it computes with.

    Args:
        data: x of shape `(n, …)` with `sizes[0]` values per sample, y with n labels.
        sizes: Units per layer of the network.
        dtype: Type of `Samples.x`.
        name: What the caller called `data`, used in errors.

    Raises:
        ShapeError: The shapes do not fit the network or each other.
        InputError: A label is out of range, a value is not finite, or there are no samples.
    """
    try:
        x, y = data
    except (TypeError, ValueError):
        msg = f"{name}: expected a pair (x, y), received {type(data).__name__}."
        raise InputError(msg, field=name) from None
    images, single = as_images(x, sizes[0], dtype, f"{name} x")
    labels = _as_labels(y, sizes[-1], f"{name} y")
    if single or len(images) != len(labels):
        count = 1 if single else len(images)
        msg = f"{name}: expected one label per sample, received {count} samples and {len(labels)} labels."
        raise ShapeError(msg, field=name)
    if not len(labels):
        msg = f"{name}: expected at least one sample, received none."
        raise InputError(msg, field=name)
    return Samples(images, labels)


def as_images(x: Any, inputs: int, dtype: npt.DTypeLike, name: str = "x") -> tuple[Float, bool]:
    """Return `x` as rows of `inputs` values, and whether it was a single sample.

    Raises:
        ShapeError: The number of values per sample is another.
        InputError: `x` does not hold finite numbers.
    """
    values = _as_numbers(x, name)
    if values.ndim >= 2 and values.size == len(values) * inputs:
        rows, single = values.reshape(len(values), inputs), False
    elif values.size == inputs:
        rows, single = values.reshape(1, inputs), True
    else:
        msg = f"{name}: expected {inputs} values per sample, received shape {values.shape}. Pass one sample per row."
        raise ShapeError(msg, field=name)
    if not np.isfinite(rows).all():
        msg = f"{name}: expected finite numbers, received NaN or infinity. Fill the gaps first."
        raise InputError(msg, field=name)
    return np.ascontiguousarray(rows, dtype), single


def _as_numbers(x: Any, name: str) -> npt.NDArray[Any]:
    try:
        values = np.asarray(x)
    except ValueError as error:
        msg = f"{name}: expected an array, received rows of different length."
        raise ShapeError(msg, field=name) from error
    if values.dtype.kind not in "biuf":
        msg = f"{name}: expected numbers, received dtype {values.dtype}."
        raise InputError(msg, field=name)
    return values


def _as_labels(y: Any, classes: int, name: str) -> npt.NDArray[np.int64]:
    labels = _as_numbers(y, name)
    if labels.ndim != 1:
        msg = f"{name}: expected shape (n,), received {labels.shape}. Pass labels, not one-hot rows: y.argmax(axis=1)."
        raise ShapeError(msg, field=name)
    if labels.dtype.kind == "f" and not np.array_equal(labels, np.trunc(labels)):
        msg = f"{name}: expected whole numbers, received fractions or NaN."
        raise InputError(msg, field=name)
    if len(labels) and (labels.min() < 0 or labels.max() >= classes):
        msg = f"{name}: expected labels 0 to {classes - 1}, received {labels.min()} to {labels.max()}."
        raise InputError(msg, field=name)
    return labels.astype(np.int64)
