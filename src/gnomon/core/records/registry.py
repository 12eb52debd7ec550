"""All record types, found through the entry-point group `gnomon.record_types`, and the values people registered."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, cast

from gnomon.core.errors import InputError
from gnomon.core.records.advice import advise
from gnomon.core.records.record_type import Encoded, RecordType

GROUP: Final = "gnomon.record_types"

# The order in which plain values are offered to the types: special ones before those that take whatever looks like an
# array, and those before nested lists and bytes.
_BUILT_IN: Final = (
    "text figure table image tensor graph json file html histogram images audio video points embedding mesh fits "
    "confusion curve"
).split()
_MOST_CONVERSIONS: Final = 8

_converters: dict[type, Callable[[Any], object]] = {}


def types() -> dict[str, RecordType]:
    """Return every record type by its kind: plugins by name, then ours in the order in which they are asked."""
    return {kind: found for kind in _entries() if (found := _load(kind)) is not None}


def type_of(kind: str) -> RecordType:
    """Return the type that decodes records of `kind`; a kind that nobody here knows is a file of bytes."""
    found = _load(kind) if kind in _entries() else None
    return found if found is not None else cast("RecordType", _load("file"))


def encode(value: object) -> Encoded | None:
    """Return `value` as a record's bytes; `None` when no type knows it.

    Converters of `register` come first, then wrappers such as `gnomon.Image`, then what a type recognises by itself.

    Raises:
        InputError: A type knows the value, and it cannot be encoded.
        LimitError: It is larger than we accept.

    Example:
        >>> import numpy as np
        >>> encode(np.zeros((2, 3), np.uint8)).meta
        {'dtype': 'uint8', 'shape': [2, 3], 'low': 0, 'high': 0, 'bad': 0}
    """
    value = convert(value)
    if isinstance(value, Encoded):
        return value
    found = _by_wrapper().get(type(value)) or next((each for each in types().values() if _takes(each, value)), None)
    return None if found is None else found.encode(value)


def register(type_: type, to_record: Callable[[Any], object]) -> None:
    """Log instances of `type_`, and of its subclasses, as what `to_record` makes of them.

    Args:
        type_: Your class. A class nearer to a value's own wins over one further up; registering again replaces.
        to_record: Called with the value in the training thread; returns anything that can be logged: a number, an
            array, a `gnomon.Image`, an `Encoded`.

    Example:
        >>> class Rotation:
        ...     degrees = 90.0
        >>> register(Rotation, lambda rotation: rotation.degrees)
        >>> convert(Rotation())
        90.0
    """
    given: tuple[object, object] = (type_, to_record)
    if not (isinstance(given[0], type) and callable(given[1])):
        msg = f"register: expected a class and a function of its instances, received {type_!r:.60}, {to_record!r:.60}."
        raise InputError(msg, field="type_")
    _converters[type_] = to_record


def convert(value: object) -> object:
    """Return what the converters of `register` make of `value`, or `value` itself when none is for it.

    Raises:
        InputError: Converters lead to one another without end.
    """
    if not _converters:
        return value
    for _ in range(_MOST_CONVERSIONS):
        converter = next((_converters[c] for c in type(value).__mro__ if c in _converters), None)
        if converter is None:
            return value
        value = converter(value)
    msg = f"register: converters lead to one another without end, last to {type(value).__qualname__}."
    raise InputError(msg)


def _takes(type_: RecordType, value: object) -> bool:
    return type_.accept(value) if type_.wrapper is None else isinstance(value, type_.wrapper) or type_.accept(value)


@cache
def _entries() -> dict[str, EntryPoint]:
    ours = {kind: EntryPoint(kind, f"gnomon.core.records.{kind}:TYPE", GROUP) for kind in _BUILT_IN}
    # A checkout that was installed before a type was added lists fewer than there are, so ours need no metadata.
    listed = {entry.name: entry for entry in sorted(entry_points(group=GROUP)) if entry.name not in ours}
    return listed | ours


@cache
def _load(kind: str) -> RecordType | None:
    entry = _entries()[kind]
    try:
        return cast("RecordType", getattr(import_module(entry.module), entry.attr))
    except Exception as error:  # noqa: BLE001 - a broken plugin costs its own kind and nothing else
        advise(f"Record type {kind!r} of {entry.value} cannot be loaded: {error!r}")
        return None


@cache
def _by_wrapper() -> dict[type, RecordType]:
    return {type_.wrapper: type_ for type_ in types().values() if type_.wrapper is not None}
