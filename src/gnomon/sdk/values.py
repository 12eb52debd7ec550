"""What one call of `log` holds: numbers, objects, and what has to be refused with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gnomon.core.errors import GnomonError, InputError
from gnomon.core.limits import check_key
from gnomon.core.plain import as_number, plain

_to_json = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Values:
    """Sort the values of one call.

    Args:
        numbers: Key and double; NaN and infinities are values like any other.
        objects: Key, kind (`"text"` or `"json"`), meta and bytes.
        refused: Key and why it cannot be written.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    objects: list[tuple[str, str, dict[str, Any], bytes]] = field(default_factory=list)
    refused: list[tuple[str, GnomonError]] = field(default_factory=list)

    @classmethod
    def of(cls, values: Mapping[Any, object]) -> "Values":
        """Sort `values` by what they are.

        Example:
            >>> Values.of({"loss": 1, "note": "warm-up over"}).objects
            [('note', 'text', {}, b'warm-up over')]
        """
        sorted_ = cls()
        for key, value in values.items():
            try:
                sorted_._add(check_key(key), value)
            except GnomonError as error:
                sorted_.refused.append((str(key)[:40], error))
        return sorted_

    def _add(self, key: str, value: object) -> None:
        if isinstance(value, str):
            self.objects.append((key, "text", {}, value.encode("utf-8", "replace")))
        elif value is None or isinstance(value, (list, tuple, Mapping)):
            self.objects.append((key, "json", {}, _to_json(plain(value, finite=True))))
        elif (number := as_number(value)) is not None:
            self.numbers[key] = number
        else:
            kind = type(value)
            what = f"{kind.__module__}.{kind.__qualname__}{_shape(value)}"
            msg = (
                f"{key}: expected a number, text, a list or a dict, received {what}. "
                "Log its mean or a single element; tensors come with a later gnomon."
            )
            raise InputError(msg, field=key)


def _shape(value: object) -> str:
    shape = getattr(value, "shape", None)
    return "" if shape is None else f" of shape {tuple(shape)}"
