"""Which values come next: all of a grid in order, some at random, or those that what is known speaks for.

All are functions of the seed and of what was tried before, so that a sweep that is taken up again goes on as if it had
never been away.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from random import Random
from typing import Final, Literal

import msgspec

from gnomon.core.errors import InputError, MissingExtraError
from gnomon.models.sweeps.space import Axis, Space, Values, draw, key, size, spread

Search = Literal["grid", "random", "tpe"]
STARTUP: Final = 10
"""Points that TPE takes at random before it knows enough to choose."""
MOST_POINTS: Final = 10_000
_TRIES: Final = 200
_FINITE: Final = 100_000


class Seen(msgspec.Struct, frozen=True):
    """Hold what came of a point.

    Args:
        values: The point.
        value: Of the objective; `None` while it is not known, and when there is none.
        state: `finished`, `pruned` (the value is that of when it was ended), `failed`, or `open`.
        step: At which value of the objective it was pruned.
    """

    values: Values
    value: float | None = None
    state: Literal["finished", "pruned", "failed", "open"] = "open"
    step: int = 0


Suggest = Callable[[Space, int, str, Sequence[Seen]], Values]
"""Answers which point what is known speaks for: of a space, with a seed and a goal."""


def check_search(search: Search, space: Space) -> None:
    """Refuse a search that cannot be made.

    Raises:
        MissingExtraError: It needs Optuna, which is not installed.
        InputError: A grid has no end, or too many points.
    """
    if search == "tpe" and find_spec("optuna") is None:
        msg = "search: tpe needs Optuna. Install gnomon[sweep], or take random or grid, which need nothing."
        raise MissingExtraError(msg)
    if search == "grid" and (points := grid_size(space)) > MOST_POINTS:
        msg = f"space: a grid of {points:,} points is more than {MOST_POINTS:,}. Take fewer values, or --search random."
        raise InputError(msg, field="space")


def grid_size(space: Space) -> int:
    """Return how many points a grid has."""
    return math.prod(len(spread(axis, name)) for name, axis in space.items())


def points_of(space: Space) -> int | None:
    """Return how many points there are; `None` when there is no end of them."""
    sizes = [size(axis) for axis in space.values()]
    return math.prod(each for each in sizes if each is not None) if None not in sizes else None


def grid(space: Space, number: int) -> Values | None:
    """Return the point of a number, the last name changing fastest; `None` behind the last.

    Example:
        >>> from gnomon.models.sweeps.space import Choice
        >>> grid({"a": Choice([1, 2]), "b": Choice(["x", "y"])}, 2)
        {'a': 2, 'b': 'x'}
    """
    found: list[object] = []
    for values in reversed([spread(axis, name) for name, axis in space.items()]):
        number, place = divmod(number, len(values))
        found.append(values[place])
    return None if number else dict(zip(space, reversed(found), strict=True))


def at_random(space: Space, seed: int, number: int, seen: Sequence[Values]) -> Values | None:
    """Return a point at random that was not tried; `None` when all were.

    Args:
        space: Where.
        seed: Of the sweep.
        number: Of the point: two of one number are drawn alike.
        seen: Points that were tried.
    """
    known = {key(values) for values in seen}
    most = points_of(space)
    if most is not None and len(known) >= most:
        return None
    random = Random(f"{seed}/{number}")  # noqa: S311 - a search, no secret
    for _ in range(_TRIES):
        found = {name: draw(axis, random) for name, axis in space.items()}
        if key(found) not in known:
            return found
    return _left(space, known, random) if most is not None and most <= _FINITE else found


def _left(space: Space, known: set[str], random: Random) -> Values:
    """Return one of the few points that are left."""
    every = itertools.product(*(_all(axis) for axis in space.values()))
    left = [found for each in every if key(found := dict(zip(space, each, strict=True))) not in known]
    return left[random.randrange(len(left))]


def _all(axis: Axis) -> Sequence[object]:
    return axis.values if hasattr(axis, "values") else range(int(axis.low), int(axis.high) + 1)


def next_point(
    search: Search, space: Space, seed: int, goal: str, seen: Sequence[Seen], suggest: Suggest
) -> Values | None:
    """Return the next point of a search; `None` when there is none left.

    Args:
        search: How.
        space: Where.
        seed: Of the sweep.
        goal: `min` or `max`.
        seen: What came of those before, in the order in which they were proposed.
        suggest: Asks TPE; only called for that.
    """
    number, tried = len(seen), [each.values for each in seen]
    if search == "grid":
        return grid(space, number)
    if search == "tpe" and sum(each.state in ("finished", "pruned") for each in seen) >= STARTUP:
        found = suggest(space, seed, goal, seen)
        if key(found) not in {key(values) for values in tried}:
            return found
    return at_random(space, seed, number, tried)


def suggest_here(space: Space, seed: int, goal: str, seen: Sequence[Seen]) -> Values:
    """Ask TPE in this process."""
    from gnomon.models.sweeps.tpe import suggest  # noqa: PLC0415 - it brings Optuna

    return suggest(space, seed, goal, seen)


def suggest_params(space: Space, seed: int, goal: str, seen: Sequence[Seen]) -> Mapping[str, object]:
    """Return the question as a worker is asked it."""
    return {"space": msgspec.to_builtins(space), "seed": seed, "goal": goal, "seen": msgspec.to_builtins(list(seen))}
