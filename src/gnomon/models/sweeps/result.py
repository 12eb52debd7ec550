"""What came of a sweep: its points in the order of what they reached, with how sure that is."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from gnomon.analysis.student import student_quantile
from gnomon.models.sweeps.folder import SweepFolder
from gnomon.models.sweeps.space import Values
from gnomon.models.sweeps.story import Point, Story, Trial, points

_SHARE = 0.975


class Ranked(msgspec.Struct, frozen=True):
    """Hold one point.

    Args:
        place: 1 for the best; those that reached the same share it. `None` of one that did not come to its end.
        point: Number of the point.
        values: What was tried.
        mean: Of what its trials reached.
        interval: 95 % confidence interval of the mean; `None` of fewer than two trials.
        reached: What each reached, by seed.
        trials: Numbers of its trials.
        runs: Their runs.
        state: `finished`, `open`, `pruned`, `failed` or `stopped`.
        reason: Why it did not come to its end.
    """

    place: int | None
    point: int
    values: Values
    mean: float | None
    interval: tuple[float, float] | None
    reached: list[float]
    trials: list[int]
    runs: list[str]
    state: str
    reason: str


class Result(msgspec.Struct, frozen=True):
    """Hold what came of a sweep.

    Args:
        id: Of the sweep.
        name: What it is called.
        project: Where its runs are.
        state: Of it.
        reason: Why it ended.
        metric: What was searched for.
        goal: Which direction is better.
        points: The best first; those that did not come to their end last.
        counts: How many trials are in which state.
    """

    id: str
    name: str
    project: str
    state: str
    reason: str
    metric: str
    goal: str
    points: list[Ranked]
    counts: dict[str, int]

    @property
    def best(self) -> Ranked | None:
        """The best point; `None` while none has come to its end."""
        return self.points[0] if self.points and self.points[0].place == 1 else None

    @property
    def best_of(self) -> int:
        """Of how many points it is the best: the more there are, the better the best looks by luck."""
        return sum(each.place is not None for each in self.points)

    def __iter__(self) -> Iterator[Ranked]:
        return iter(self.points)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the points as rows for a table."""
        return [{"place": each.place, **each.values, self.metric: each.mean, "runs": each.runs} for each in self.points]


def ranked(story: Story, goal: str, seeds: int) -> list[Ranked]:
    """Return the points of a sweep, the best first.

    A point of which not all seeds have ended is not ranked yet: the mean of one lucky seed is not to lead.
    """
    every = points(story.trials)
    whole = [point for point in every if point.mean is not None and _is_whole(point, seeds, story)]
    sign = -1 if goal == "max" else 1
    whole.sort(key=lambda point: sign * (point.mean or 0.0))
    places: dict[float | None, int] = {}
    first = [_told(point, places.setdefault(point.mean, place)) for place, point in enumerate(whole, 1)]
    known = {point.number for point in whole}
    return first + [_told(point, None) for point in every if point.number not in known]


def _is_whole(point: Point, seeds: int, story: Story) -> bool:
    if any(trial.state in ("open", "pruned") for trial in point.trials):
        return False
    return len(point.trials) >= seeds or story.state in ("finished", "stopped", "failed")


def _told(point: Point, place: int | None) -> Ranked:
    states = [trial.state for trial in point.trials]
    state = next((each for each in ("pruned", "open", "stopped") if each in states), "failed")
    return Ranked(
        place,
        point.number,
        point.values,
        point.mean,
        interval(point.reached),
        point.reached,
        [trial.number for trial in point.trials],
        [trial.run for trial in point.trials if trial.run],
        "finished" if place is not None else state,
        next((trial.reason for trial in point.trials if trial.reason), ""),
    )


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of the mean of some values, by Student's t; `None` of fewer than two.

    Example:
        >>> tuple(round(end, 3) for end in interval([0.9, 0.92, 0.94]))
        (0.87, 0.97)
    """
    n = len(values)
    if n < 2:
        return None
    mean = sum(values) / n
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
    half = student_quantile(_SHARE, n - 1) * deviation / math.sqrt(n)
    return mean - half, mean + half


def counts(trials: Sequence[Trial]) -> dict[str, int]:
    """Return how many trials are in which state."""
    found: dict[str, int] = {}
    for trial in trials:
        found[trial.state] = found.get(trial.state, 0) + 1
    return found


def result(folder: SweepFolder) -> Result:
    """Return what came of a sweep until now."""
    story = folder.story()
    spec = story.asked(folder.spec())
    return Result(
        folder.id,
        spec.name,
        spec.project,
        story.state,
        story.reason,
        spec.objective.metric,
        spec.objective.goal,
        ranked(story, spec.objective.goal, spec.seeds),
        counts(story.trials),
    )
