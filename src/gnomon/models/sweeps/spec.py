"""What a sweep is asked for: what is searched, how, by which figure, and how much of it."""

from typing import Annotated, Any, Final, Literal

import msgspec

from gnomon.core.errors import InputError
from gnomon.core.limits import check_key, check_name
from gnomon.models.jobs.folder import GraphRef, Script
from gnomon.models.sweeps.proposing import Search, check_search, grid_size
from gnomon.models.sweeps.pruning import Pruning
from gnomon.models.sweeps.space import Space, check_space

MOST_TRIALS: Final = 10_000
TRIALS: Final = 20
"""Trials of a search that has no end of its own, unless told."""
FIRST_FAILS: Final = 3
Goal = Literal["min", "max"]


class Objective(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say which figure is searched for.

    Args:
        metric: Key of a series that each trial logs.
        goal: Which direction is better.
        of: The best value of the series, or its last.
    """

    metric: str
    goal: Goal
    of: Literal["best", "last"] = "best"


class SweepSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what was asked for.

    Args:
        format: Version of this file.
        kind: What is tried: a graph that is trained, a script, or a function of a program of the user's.
        name: What it is called; its runs are of this group.
        project: Where its runs go.
        space: What is searched. For graphs `train.optimizer.lr`, `lr`, `nodes.hidden.units`; for scripts names of
            placeholders.
        search: How.
        trials: How many at most.
        hours: After so many hours (without pauses) it is over, and what runs is stopped.
        seeds: How often each point is tried, with seeds `seed`, `seed + 1` …
        seed: Of the search, and of the first trial of each point.
        objective: Which figure is searched for.
        pruning: When trials are ended early.
        parallel: How many trials at a time.
        first_fails: When the first so many trials all fail, the sweep ends.
        graph: Document of format graph/1.
        graph_ref: Revision of the canvas that it was taken from.
        dataset: `name@digest`.
        components: Files of the project's own components that the graph uses, by type.
        script: The program; `{name}` in its words and variables stands for a value.
        device: Of each trial.
        priority: Likewise.
        restarts: Likewise.
        queued: A server drives it, also after it was restarted.
    """

    kind: Literal["graph", "script", "function"]
    name: str
    project: str
    space: Space
    objective: Objective
    format: Literal["sweep/1"] = "sweep/1"
    search: Search = "random"
    trials: int | None = None
    hours: float | None = None
    seeds: int = 1
    seed: int = 0
    pruning: Pruning | None = None
    parallel: int = 1
    first_fails: int = FIRST_FAILS
    graph: dict[str, Any] | None = None
    graph_ref: GraphRef | None = None
    dataset: str | None = None
    components: dict[str, str] = msgspec.field(default_factory=dict)
    script: Script | None = None
    device: str = "auto"
    priority: int = 0
    restarts: int | None = None
    queued: bool = False

    @property
    def most(self) -> int:
        """How many trials there are at most."""
        if self.trials is not None:
            return self.trials
        return min(MOST_TRIALS, grid_size(self.space) * self.seeds) if self.search == "grid" else TRIALS

    def checked(self) -> "SweepSpec":
        """Return it with its space made good.

        Raises:
            InputError: A field is wrong; `field` names it.
            MissingExtraError: The search needs Optuna, which is not installed.
        """
        check_name(self.name, "name")
        check_name(self.project, "project")
        check_key(self.objective.metric, "objective.metric")
        if len(self.space) > 100:
            msg = f"space: expected at most 100 names, received {len(self.space)}."
            raise InputError(msg, field="space")
        found = msgspec.structs.replace(self, space=check_space(self.space))
        check_search(self.search, found.space)
        for name, least, most in (("trials", 1, MOST_TRIALS), ("seeds", 1, 1000), ("parallel", 1, 1000)):
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                msg = f"{name}: expected {least} to {most:,}, received {value}."
                raise InputError(msg, field=name)
        if self.hours is not None and not 0 < self.hours < 1e6:
            msg = f"hours: expected a number above 0, received {self.hours}."
            raise InputError(msg, field="hours")
        return found


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold what may be changed of a sweep while it is there; `None` leaves it as it is."""

    trials: Annotated[int, msgspec.Meta(ge=1, le=MOST_TRIALS)] | None = None
    hours: Annotated[float, msgspec.Meta(gt=0, lt=1e6)] | None = None
    parallel: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    priority: Annotated[int, msgspec.Meta(ge=-100, le=100)] | None = None
