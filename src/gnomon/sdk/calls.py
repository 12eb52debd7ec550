"""What a call of `log` was given, brought into shape."""

from collections.abc import Iterable, Mapping
from typing import Any

from gnomon.core.limits import MAX_KEYS_PER_CALL


def with_axes(values: Mapping[str, Any], epoch: float | None, samples: float | None) -> Mapping[str, Any]:
    """Return the values with `epoch` and `samples` among them, where those are given."""
    axes = {name: axis for name, axis in (("epoch", epoch), ("samples", samples)) if axis is not None}
    try:
        return {**values, **axes}
    except TypeError:  # not a mapping: said where everything else is
        return values


def chunks(numbers: dict[str, float]) -> Iterable[dict[str, float]]:
    """Return numbers in parts that one record can hold."""
    if len(numbers) <= MAX_KEYS_PER_CALL:
        return [numbers] if numbers else []
    pairs = list(numbers.items())
    return [dict(pairs[i : i + MAX_KEYS_PER_CALL]) for i in range(0, len(pairs), MAX_KEYS_PER_CALL)]


def count(values: object) -> int:
    """Return how many values a call was given, whatever it was given."""
    try:
        return len(values)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - it is not even a container
        return 1
