"""What is told of an array that came out of a node: its numbers, how they lie, and what they look like."""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.models.preview.picture import montage

Array = npt.NDArray[Any]

BINS: Final = 32
MOST_VALUES: Final = 64


def described(array: Array, *, is_image: bool = False) -> dict[str, Any]:
    """Return shape, type, statistics, histogram and picture or values of one sample.

    Args:
        array: Without the batch, channels last; anything but numbers and truths has only its shape and type told.
        is_image: Whether three or four channels are colours.
    """
    found: dict[str, Any] = {"shape": list(array.shape), "dtype": str(array.dtype)}
    if array.dtype.kind not in "fiub":
        return found
    numbers = array if array.dtype.kind == "f" and array.dtype.itemsize >= 4 else array.astype(np.float32)
    if array.dtype.kind in "iu":
        numbers = array.astype(np.float64)  # numbers of tokens and classes as they are
    flat = numbers.ravel(order="K")  # as it lies in memory: no copy of what PyTorch has channels first
    finite = flat if _is_finite(flat) else flat[np.isfinite(flat)]
    found["stats"] = _stats(flat, finite)
    if finite.size:
        found["histogram"] = _histogram(finite, found["stats"]["min"], found["stats"]["max"])
    picture = montage(numbers, is_image=is_image)
    if picture is not None:
        found["montage"] = picture
    else:
        found["values"] = [_told(float(value)) for value in numbers.reshape(-1)[:MOST_VALUES]]
    return found


def _is_finite(flat: Array) -> bool:
    # A sum is not finite when a number is not; one that overflows alone costs the slow way, and nothing else.
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(float(flat.sum()))


def _stats(flat: Array, finite: Array) -> dict[str, Any]:
    nan = int(np.isnan(flat).sum()) if finite.size < flat.size else 0
    found: dict[str, Any] = {"size": flat.size, "nan": nan, "inf": flat.size - finite.size - nan}
    found["zeros"] = int(flat.size - np.count_nonzero(flat))
    if not finite.size:
        return {**found, "min": None, "max": None, "mean": None, "std": None}
    mean = float(finite.mean(dtype=np.float64))
    with np.errstate(over="ignore", invalid="ignore"):
        away = finite - finite.dtype.type(mean)
        std = math.sqrt(float(np.dot(away, away)) / finite.size)
    found |= {"min": float(finite.min()), "max": float(finite.max()), "mean": mean}
    return {**found, "std": std if math.isfinite(std) else None}


def _histogram(finite: Array, low: float, high: float) -> dict[str, Any]:
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return {"low": low, "high": high, "counts": [finite.size, *[0] * (BINS - 1)]}
    away = finite - finite.dtype.type(low)
    away *= BINS / span
    places = away.astype(np.intp)
    counts = np.bincount(np.minimum(places, BINS - 1, out=places), minlength=BINS)
    return {"low": low, "high": high, "counts": counts.tolist()}


def _told(value: float) -> float | str:
    """Return a number as JSON can hold it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
