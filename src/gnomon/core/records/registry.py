"""All record types, found through the entry-point group `gnomon.record_types`."""

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from gnomon.core.records.advice import advise
from gnomon.core.records.converters import convert
from gnomon.core.records.record_type import Encoded, RecordType

GROUP: Final = "gnomon.record_types"

# The order in which plain values are offered to the types: special ones before those that take whatever looks like an
# array, and those before nested lists and bytes.
_BUILT_IN: Final = (
    "text figure table image tensor graph json file html histogram images audio video points embedding mesh fits "
    "confusion curve"
).split()


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
