"""What people registered for their own classes.

Every value that is logged passes here, so this loads neither NumPy nor a record type.
"""

from collections.abc import Callable
from typing import Any, Final

from gnomon.core.errors import InputError

_MOST_CONVERSIONS: Final = 8

_converters: dict[type, Callable[[Any], object]] = {}


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
