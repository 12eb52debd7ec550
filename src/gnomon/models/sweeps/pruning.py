"""Ending trials early: those that are worse than most were at the same place have little hope.

A place is the n-th value of the objective that a run logged, or a step. What is compared is the best value until there.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import Annotated, Literal

import msgspec

Series = Sequence[tuple[int, float]]
"""Steps and values, in order."""


class Pruning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say when a trial is ended early.

    Args:
        kind: `median`: it is worse than the median of the others at the same place. `halving`: at places `after`,
            `after · factor`, `after · factor²` … only the best of `factor` go on (asynchronous successive halving).
        after: The first place that is looked at.
        unit: Places are counted in values that the objective was given (`value`), or are steps.
        least: Others that must have come as far before anything is compared.
        factor: Of halving.
    """

    kind: Literal["median", "halving"]
    after: Annotated[int, msgspec.Meta(ge=1)] = 1
    unit: Literal["value", "step"] = "value"
    least: Annotated[int, msgspec.Meta(ge=1)] = 4
    factor: Annotated[int, msgspec.Meta(ge=2, le=100)] = 3


class Verdict(msgspec.Struct, frozen=True):
    """Say why a trial was ended.

    Args:
        reason: In words.
        step: At which step.
        value: What it had reached.
        place: At which value of the objective, from 1.
    """

    reason: str
    step: int
    value: float
    place: int


def judge(rule: Pruning, goal: str, metric: str, own: Series, others: Sequence[Series]) -> Verdict | None:
    """Return why a trial is to be ended; `None` when it goes on.

    Args:
        rule: When trials are ended.
        goal: `min` or `max`.
        metric: What it is judged by.
        own: What it logged until now.
        others: What the others logged, as far as they came.
    """
    for place in reversed(_places(rule, own)):
        found = _until(rule, own, place)
        others_there = [value for each in others if (value := _until(rule, each, place)) is not None]
        # The last place at which there is anybody to compare with decides.
        if found is None or len(others_there) < (rule.least if rule.kind == "median" else rule.factor - 1):
            continue
        reached = _best([value for _, value in found], goal)
        rivals = [_best([value for _, value in each], goal) for each in others_there]
        why = _why(rule, goal, reached, rivals)
        if why is None:
            return None
        where = f"value {place}" if rule.unit == "value" else f"step {place}"
        reason = f"{metric} was {reached:.4g} at {where}, {why}"
        return Verdict(reason, found[-1][0], reached, len(found))
    return None


def _why(rule: Pruning, goal: str, reached: float, rivals: list[float]) -> str | None:
    if rule.kind == "median":
        middle = median(rivals)
        return f"worse than the median {middle:.4g} of {len(rivals)} others" if _worse(reached, middle, goal) else None
    every = sorted([*rivals, reached], reverse=goal == "max")
    kept = max(1, len(every) // rule.factor)
    last = every[kept - 1]
    return (
        f"not among the best {kept} of {len(every)}, which begin at {last:.4g}" if _worse(reached, last, goal) else None
    )


def _places(rule: Pruning, own: Series) -> list[int]:
    """Return the places that a trial has come to."""
    if not own:
        return []
    far = len(own) if rule.unit == "value" else own[-1][0]
    if far < rule.after:
        return []
    if rule.kind == "median":
        return [far]
    return [rule.after * rule.factor**power for power in range(int(math.log(far / rule.after, rule.factor) + 1e-9) + 1)]


def _until(rule: Pruning, series: Series, place: int) -> Series | None:
    """Return what was logged until a place; `None` of one that did not come as far."""
    if rule.unit == "value":
        return series[:place] if len(series) >= place else None
    found = [each for each in series if each[0] <= place]
    return found if found and series[-1][0] >= place else None


def _best(values: Sequence[float], goal: str) -> float:
    """Return the best of some values; one that is no number is worse than all."""
    worst = -math.inf if goal == "max" else math.inf
    clean = [value if value == value else worst for value in values]  # noqa: PLR0124 - NaN
    return max(clean) if goal == "max" else min(clean)


def _worse(value: float, than: float, goal: str) -> bool:
    return value < than if goal == "max" else value > than
