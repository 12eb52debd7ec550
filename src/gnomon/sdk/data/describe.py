"""What is told of data besides its hash: shapes, types, ranges, what is missing, how many of each class, first rows."""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.sdk.data.fingerprint import FULL_BYTES, Part, sample_rows

MAX_CLASSES: Final = 1000
MAX_COLUMNS: Final = 500
_HEAD: Final = 5
_THUMBNAILS: Final = 16
_LARGEST: Final = 64
_MAX_SIDE: Final = 4096


def part_facts(part: Part) -> dict[str, Any]:
    """Return `name dtype shape`, and of numbers `low high mean missing`; of a large part those of a sample.

    Example:
        >>> values = np.array([1.0, np.nan, 3.0])
        >>> part_facts(Part("x", "float64", values, values))
        {'name': 'x', 'dtype': 'float64', 'shape': [3], 'low': 1.0, 'high': 3.0, 'mean': 2.0, 'missing': 1}
    """
    facts: dict[str, Any] = {"name": part.name, "dtype": part.dtype, "shape": list(part.values.shape)}
    chosen = sample_rows(part.rows, part.size_bytes, FULL_BYTES)
    if part.dtype == "text":
        texts = part.values.ravel()
        return facts | {"missing": sum(text is None for text in texts), "distinct": len({str(text) for text in texts})}
    if part.numbers is None or part.numbers.dtype.kind not in "biuf" or not part.numbers.size:
        return facts
    values = part.numbers if chosen is None else part.numbers[chosen]
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        missing = int(values.size - np.count_nonzero(finite))
        values = values[finite] if missing else values
    else:
        missing = 0
    with np.errstate(all="ignore"):  # a mean may overflow
        figures = [values.min(), values.max(), values.mean(dtype=np.float64)] if values.size else [None] * 3
    return facts | dict(zip(("low", "high", "mean"), map(_figure, figures), strict=True)) | {"missing": missing}


def classes_of(parts: list[Part]) -> dict[str, int]:
    """Return how many samples each class has, by label in their order; empty when the targets are no classes.

    Whole numbers and texts of up to 1,000 values are classes, and so are rows with a single one among zeros.

    Example:
        >>> y = np.array([2, 0, 2])
        >>> classes_of([Part("y", "int64", y, y)])
        {'0': 1, '2': 2}
    """
    if len(parts) != 1:
        return {}
    labels = _labels(parts[0])
    if labels is None or not len(labels):
        return {}
    values, counts = np.unique(labels, return_counts=True)
    is_few = len(values) <= MAX_CLASSES and (len(values) < len(labels) or len(labels) <= 2)
    return {str(value): int(n) for value, n in zip(values.tolist(), counts, strict=True)} if is_few else {}


def _labels(part: Part) -> npt.NDArray[Any] | None:
    values = part.values
    if part.dtype == "text" and values.ndim == 1:
        return np.array([str(text) for text in values if text is not None])
    if part.numbers is None:
        return None
    numbers = part.numbers
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = numbers[:, 0]
    if numbers.ndim == 2 and numbers.shape[1] <= MAX_CLASSES and _is_one_hot(numbers):
        numbers = numbers.argmax(axis=1)
    labels: npt.NDArray[Any] | None = numbers if numbers.ndim == 1 and numbers.dtype.kind in "biu" else None
    return labels


def _is_one_hot(numbers: npt.NDArray[Any]) -> bool:
    return bool(((numbers == 0) | (numbers == 1)).all() and (numbers.sum(axis=1) == 1).all())


def head_of(parts: list[Part]) -> dict[str, list[Any]]:
    """Return the first values of columns, for a small table; empty when rows are arrays."""
    columns = [part for part in parts if part.values.ndim == 1][:50]
    return {part.name: [_shown(value) for value in part.values[:_HEAD].tolist()] for part in columns}


def thumbnails(parts: list[Part], labels: list[Part]) -> tuple[npt.NDArray[Any], list[str]] | None:
    """Return up to sixteen pictures, evenly spaced and made small, with their labels; `None` when rows are no pictures."""
    if len(parts) != 1 or parts[0].numbers is None:
        return None
    values = parts[0].numbers
    if not _is_pictures(values.shape) or values.dtype.kind not in "biuf":
        return None
    if values.ndim == 4 and values.shape[-1] not in (1, 3, 4):
        values = np.moveaxis(values, 1, -1)
    chosen = np.unique(np.linspace(0, len(values) - 1, min(len(values), _THUMBNAILS)).astype(int))
    stride = max(1, math.ceil(max(values.shape[1:3]) / _LARGEST))
    pictures = np.ascontiguousarray(values[chosen][:, ::stride, ::stride])
    known = (
        labels[0].values if len(labels) == 1 and labels[0].values.ndim == 1 and labels[0].rows == len(values) else None
    )
    return pictures, [] if known is None else [str(_shown(label)) for label in known[chosen].tolist()]


def _is_pictures(shape: tuple[int, ...]) -> bool:
    if len(shape) not in (3, 4) or not shape[0]:
        return False
    sides: tuple[int, ...]
    if len(shape) == 3:
        sides = shape[1:]
    elif shape[-1] in (1, 3, 4):
        sides = shape[1:3]
    elif shape[1] in (1, 3, 4):
        sides = shape[2:]
    else:
        return False
    return all(8 <= side <= _MAX_SIDE for side in sides) and max(sides) <= 4 * min(sides)


def _figure(value: Any) -> int | float | None:
    if value is None:
        return None
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, (bool, int)):
        return int(number)
    return float(number) if math.isfinite(number) else None


def _shown(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (int, float)) or value is None else str(value)[:200]
