"""What one call of `log` holds: numbers, records, and what has to be refused with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gnomon.core.errors import GnomonError, InputError, LimitError, MissingExtraError
from gnomon.core.limits import MAX_JSON_DEPTH, OURS, check_key
from gnomon.core.plain import as_number, plain
from gnomon.core.records.converters import convert
from gnomon.core.records.record_type import Encoded

_PLAIN: Final = (type(None), bool, int, float, str)
_PLAINER: Final = ("to_list", "toarray", "to_dense")
"""Methods of ragged and sparse arrays that give what can be logged."""
_to_json = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Values:
    """Sort the values of one call.

    Args:
        numbers: Key and double; NaN and infinities are values like any other.
        records: Key and what is written for it.
        refused: Key and why it cannot be written.
        renamed: Key that is ours, and the key that its value is written under.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    records: list[tuple[str, Encoded]] = field(default_factory=list)
    refused: list[tuple[str, GnomonError]] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[Any, object]) -> "Values":
        """Sort `values` by what they are.

        Example:
            >>> Values.of({"loss": 1, "note": "warm-up over"}).records
            [('note', Encoded(kind='text', meta={}, data=b'warm-up over'))]
        """
        sorted_ = cls()
        for key, value in values.items():
            try:
                sorted_._sort(sorted_._free(check_key(key)), value)
            except GnomonError as error:
                sorted_.refused.append((str(key)[:40], error))
        return sorted_

    def _free(self, key: str) -> str:
        """Return the key that a value is written under: those that begin with `gnomon/` are not for users."""
        if not key.startswith(OURS):
            return key
        self.renamed[key] = kept = check_key(f"user.{key}")
        return kept

    def _sort(self, key: str, value: object) -> None:
        try:
            self._add(key, convert(value))
        except (InputError, LimitError) as error:
            raise type(error)(_told(key, error), field=key) from error
        except MissingExtraError as error:
            raise MissingExtraError(_told(key, error)) from error
        except GnomonError:
            raise
        except Exception as error:
            # A property, a conversion or a drawing of the user's own objects may raise anything.
            msg = f"{key}: {_named(value)} cannot be logged, it raised {type(error).__name__}: {error!s:.200}"
            raise InputError(msg, field=key) from error

    def _add(self, key: str, value: object) -> None:
        if isinstance(value, str):
            self.records.append((key, Encoded("text", {}, value.encode("utf-8", "replace"))))
        elif value is None or isinstance(value, (list, tuple, Mapping)):
            self._add_nested(key, value)
        elif (number := as_number(value)) is not None:
            self.numbers[key] = number
        elif isinstance(value, int):
            msg = f"{key}: expected a number that fits a double, received one of {value.bit_length()} bits. Log it as text."
            raise InputError(msg, field=key)
        else:
            self._add_record(key, value)

    def _add_nested(self, key: str, value: object) -> None:
        """Write what a list or a dict holds: arrays and the like under keys of their own, the rest as JSON."""
        if _is_plain(value, MAX_JSON_DEPTH):
            self.records.append((key, Encoded("json", {}, _to_json(plain(value, finite=True, longest=None)))))
            return
        from gnomon.sdk.nested import split  # noqa: PLC0415 - it brings NumPy

        rest, inner = split(key, value)
        for inner_key, each in inner:
            self._add_inner(key, inner_key, each)
        if rest is not None:
            self.records.append((key, Encoded("json", {}, _to_json(plain(rest, finite=True, longest=None)))))

    def _add_inner(self, key: str, inner_key: str, value: object) -> None:
        """Write one part; that it cannot be written takes no other part with it."""
        try:
            check_key(inner_key)
        except InputError as error:
            self.refused.append((key, InputError(_told(key, error), field=key)))
            return
        try:
            self._sort(inner_key, value)
        except GnomonError as error:
            self.refused.append((key, error))

    def _add_record(self, key: str, value: object) -> None:
        from gnomon.core.records.registry import encode  # noqa: PLC0415 - it brings NumPy
        from gnomon.sdk.loose import is_wordy, loosened  # noqa: PLC0415 - as above

        encoded = None if is_wordy(value) else encode(value)
        if encoded is None and (said := loosened(value)) is not value:
            self._add(key, said)
            return
        if encoded is None:
            plainer = next((f"Log .{name}() of it. " for name in _PLAINER if hasattr(type(value), name)), "")
            msg = (
                f"{key}: no record type takes {_named(value)}. {plainer}Log a number, text, an array, a list or a dict of it, "
                "wrap it (gnomon.Image, gnomon.Table, gnomon.File …), or gnomon.register its class."
            )
            raise InputError(msg, field=key)
        self.records.append((key, encoded))


def _told(key: str, error: GnomonError) -> str:
    """Return what is wrong, with the key in front."""
    return str(error) if str(error).startswith(f"{key}: ") else f"{key}: {error}"


def _is_plain(value: object, depth: int) -> bool:
    """Return whether nothing but JSON's own kinds of values is in there, to some depth."""
    if type(value) in _PLAIN:
        return True
    if depth and type(value) is dict:
        return all(_is_plain(each, depth - 1) for each in value.values())
    return bool(depth) and type(value) in (list, tuple) and all(_is_plain(each, depth - 1) for each in value)  # type: ignore[attr-defined]


def _named(value: object) -> str:
    kind = type(value)
    try:
        shape = getattr(value, "shape", None)
        shown = "" if shape is None else f" of shape {tuple(shape)}"
    except Exception:  # noqa: BLE001 - somebody's property
        shown = ""
    return f"{kind.__module__}.{kind.__qualname__}{shown}"
