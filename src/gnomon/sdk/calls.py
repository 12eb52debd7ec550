"""What a call of `log` was given: brought into shape, and written part by part."""

from collections.abc import Iterable, Mapping
from typing import Any

from gnomon.core.errors import InputError, LimitError
from gnomon.core.limits import MAX_KEYS_PER_CALL
from gnomon.sdk.notices import Notices
from gnomon.sdk.values import Values
from gnomon.sdk.writer import Writer


def with_axes(values: Mapping[str, Any], epoch: float | None, samples: float | None) -> Mapping[str, Any]:
    """Return the values with `epoch` and `samples` among them, where those are given."""
    axes = {name: axis for name, axis in (("epoch", epoch), ("samples", samples)) if axis is not None}
    try:
        return {**values, **axes}
    except TypeError:  # not a mapping: said where everything else is
        return values


def write_given(given: Values, step: int, us: int, writer: Writer, notices: Notices) -> None:
    """Write numbers and records at one step; count what is refused, and say why once per key.

    Args:
        given: What a call was given, sorted.
        step: Where to write it.
        us: When the call was.
        writer: The journal.
        notices: Who is told of keys that were refused or renamed.
    """
    for chunk in _chunks(given.numbers):
        writer.numbers(chunk, step, us)
    for key, encoded in given.records:
        try:
            writer.record(key, encoded, step, us)
        except (InputError, LimitError) as refused:
            given.refused.append((key, type(refused)(f"{key}: {refused}", field=key)))
    for key, kept in given.renamed.items():
        notices.hint(f"key {key}", f"{key}: keys that begin with gnomon/ are gnomon's own. It is kept as {kept}.")
    for key, error in given.refused:
        writer.lose(1, f"{key}: refused")
        notices.tell(f"key {key}", error)


def _chunks(numbers: dict[str, float]) -> Iterable[dict[str, float]]:
    """Return numbers in parts that one record can hold."""
    if len(numbers) <= MAX_KEYS_PER_CALL:
        return [numbers] if numbers else []
    pairs = list(numbers.items())
    return [dict(pairs[i : i + MAX_KEYS_PER_CALL]) for i in range(0, len(pairs), MAX_KEYS_PER_CALL)]


def count(values: Any) -> int:
    """Return how many values a call was given, whatever it was given."""
    try:
        return len(values)
    except Exception:  # noqa: BLE001 - it is not even a container
        return 1
