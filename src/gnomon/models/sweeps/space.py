"""What a sweep searches: for each name a range of numbers or a list of values, written `log:1e-4..1e-1` or `16,32,64`."""

import json
import math
import re
from collections.abc import Mapping
from random import Random
from typing import Annotated, Any, Final

import msgspec

from gnomon.core.errors import InputError

MOST_VALUES: Final = 1_000
"""Values that one name may have in a grid."""
_DIGITS: Final = 6
"""Numbers that are drawn have so many digits: more say nothing, and are read by people."""
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE: Final = re.compile(
    rf"(?:(?P<kind>log|int|float):)?(?P<log>log:)?(?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER})(?::(?P<count>\d+))?"
)
_WHOLE: Final = re.compile(r"[-+]?\d+")
_FORMS: Final = (
    "0.1..0.9, log:1e-4..1e-1, int:16..256, int:log:16..512, log:1e-4..1e-1:4 (four values, for a grid), or a,b,c"
)


class Float(msgspec.Struct, frozen=True, tag="float", tag_field="kind", forbid_unknown_fields=True):
    """A range of numbers.

    Args:
        low: The least.
        high: The largest.
        log: Equal shares of it are equal ratios, as is usual for learning rates.
        count: How many of it a grid takes, both ends among them.
    """

    low: float
    high: float
    log: bool = False
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_VALUES)] | None = None


class Int(msgspec.Struct, frozen=True, tag="int", tag_field="kind", forbid_unknown_fields=True):
    """A range of whole numbers, both ends among them; the fields are those of `Float`."""

    low: int
    high: int
    log: bool = False
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_VALUES)] | None = None


class Choice(msgspec.Struct, frozen=True, tag="choice", tag_field="kind", forbid_unknown_fields=True):
    """Some values; one that is there twice counts once."""

    values: list[Any]


Axis = Float | Int | Choice
Space = dict[str, Axis]
Values = dict[str, Any]


def parse(text: str, name: str = "") -> Axis:
    """Return what a text says: a range or a list of values; a single value is a list of one.

    Raises:
        InputError: It says neither; `field` is the name.

    Example:
        >>> parse("log:1e-4..1e-1"), parse("16,32")
        (Float(low=0.0001, high=0.1, log=True, count=None), Choice(values=[16, 32]))
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        if ".." in text and not any(sign in text for sign in "/[{\"'"):
            msg = f"{name or 'range'}: expected a form such as {_FORMS}, received {text!r:.80}."
            raise InputError(msg, field=name)
        return checked(Choice(_listed(text)), name)
    log = found["kind"] == "log" or found["log"] is not None
    count = None if found["count"] is None else int(found["count"])
    low, high = found["low"], found["high"]
    whole = bool(_WHOLE.fullmatch(low) and _WHOLE.fullmatch(high))
    if found["kind"] == "int" and not whole:
        msg = f"{name or 'range'}: expected whole numbers behind int:, received {text!r:.80}."
        raise InputError(msg, field=name)
    if whole and found["kind"] != "float":
        return checked(Int(int(low), int(high), log, count), name)
    return checked(Float(float(low), float(high), log, count), name)


def _listed(text: str) -> list[Any]:
    """Return values that are parted by commas; each as JSON says it, else as text. A JSON list is its items."""
    whole = _plain(text)
    if isinstance(whole, list):
        return whole
    return [whole] if not isinstance(whole, str) else [_plain(each.strip()) for each in text.split(",")]


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def checked(axis: Axis, name: str) -> Axis:
    """Return a part of a space, its values each once.

    Raises:
        InputError: Nothing can be drawn from it; `field` is the name.
    """
    if isinstance(axis, Choice):
        kept = list({key({"": value}): value for value in axis.values}.values())
        if not kept:
            msg = f"{name}: expected at least one value, received none. Forms: {_FORMS}."
            raise InputError(msg, field=name)
        return Choice(kept)
    if not (math.isfinite(axis.low) and math.isfinite(axis.high)) or axis.low > axis.high:
        msg = f"{name}: expected a range from the smaller to the larger number, received {axis.low}..{axis.high}."
        raise InputError(msg, field=name)
    if axis.log and axis.low <= 0:
        msg = f"{name}: expected numbers above 0 behind log:, received {axis.low}..{axis.high}."
        raise InputError(msg, field=name)
    return axis


def check_space(space: Mapping[str, Axis]) -> Space:
    """Return a space whose parts can be drawn from.

    Raises:
        InputError: There is nothing to search.
    """
    found = {name: checked(axis, name) for name, axis in space.items()}
    if not any(size(axis) != 1 for axis in found.values()):
        msg = f"space: expected at least one name with more than one value, such as lr=log:1e-4..1e-1. Forms: {_FORMS}."
        raise InputError(msg, field="space")
    return found


def size(axis: Axis) -> int | None:
    """Return how many values there are; `None` when there is no end of them."""
    if isinstance(axis, Choice):
        return len(axis.values)
    if axis.low == axis.high:
        return 1
    return axis.high - axis.low + 1 if isinstance(axis, Int) else None


def draw(axis: Axis, random: Random) -> Any:
    """Return a value at random."""
    if isinstance(axis, Choice):
        return axis.values[random.randrange(len(axis.values))]
    if isinstance(axis, Int):
        if not axis.log:
            return random.randint(axis.low, axis.high)
        # Each whole number has the share of the numbers that are rounded to it.
        return min(
            axis.high, max(axis.low, round(_between(axis.low - 0.5, axis.high + 0.5, random.random(), log=True)))
        )
    return rounded(_between(axis.low, axis.high, random.random(), log=axis.log), axis)


def rounded(value: float, axis: Float) -> float:
    """Return a number with a few digits, within its range."""
    return min(axis.high, max(axis.low, float(f"{value:.{_DIGITS}g}")))


def spread(axis: Axis, name: str) -> list[Any]:
    """Return the values that a grid takes of it.

    Raises:
        InputError: There is no end of them, or too many.
    """
    if isinstance(axis, Choice):
        return axis.values
    many = size(axis)
    if axis.count is None and (many is None or many > MOST_VALUES):
        msg = f"{name}: a grid takes some values of a range, and it does not say how many. Write {axis.low}..{axis.high}:4."
        raise InputError(msg, field=name)
    if axis.count is None:
        return list(range(int(axis.low), int(axis.high) + 1))
    shares = [0.5] if axis.count == 1 else [place / (axis.count - 1) for place in range(axis.count)]
    found = [_between(axis.low, axis.high, share, log=axis.log) for share in shares]
    if isinstance(axis, Int):
        return list(dict.fromkeys(round(value) for value in found))
    return list(dict.fromkeys(rounded(value, axis) for value in found))


def _between(low: float, high: float, share: float, *, log: bool) -> float:
    if not log:
        return low + share * (high - low)
    return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))


def key(values: Mapping[str, Any]) -> str:
    """Return a text that two choices of values share when they are the same."""
    return json.dumps(values, sort_keys=True, default=str)
