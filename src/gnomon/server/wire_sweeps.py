"""Sweeps as they travel over HTTP."""

from typing import Annotated, Any, Literal

import msgspec

from gnomon.models.sweeps.pruning import Pruning
from gnomon.models.sweeps.space import Choice, Float, Int
from gnomon.models.sweeps.spec import MOST_TRIALS, Objective
from gnomon.server.wire import Wire
from gnomon.server.wire_jobs import JobGraph, JobPriority, JobScript, JobState

SweepStateName = Literal["running", "paused", "stopping", "stopped", "finished", "failed"]
SweepSearch = Literal["grid", "random", "tpe"]
SweepAction = Literal["pause", "resume", "stop", "delete"]
SweepDriver = Literal["server", "elsewhere", "nobody"]


class SweepBest(Wire):
    """The best point so far.

    Args:
        point: Its number.
        values: What was tried.
        mean: Of what its trials reached.
        interval: 95 % confidence interval of the mean over seeds; `null` of one seed.
        runs: Its runs.
        of: Of how many points that came to their end.
    """

    point: int
    values: dict[str, Any]
    mean: float
    interval: tuple[float, float] | None
    runs: list[str]
    of: int


class SweepRow(Wire):
    """One sweep.

    Args:
        id: Which one.
        name: What it is called; its runs are of this group.
        project: Where they are.
        kind: What is tried.
        state: What it does.
        since: When that began, UTC seconds.
        created: When it was asked for.
        reason: Why it ended, or is about to.
        driver: Who drives it: this server, another process, or nobody any more.
        search: How values are chosen.
        metric: Figure that is searched for.
        goal: Which direction is better.
        names: What is searched.
        most: How many trials there are to be at most.
        trials: How many were begun.
        counts: How many of them are in which state: `open finished pruned failed stopped`.
        hours: How long it has run, without pauses.
        best: The best point so far.
        graph: What it trains.
        can: What may be done with it now.
        rev: Grows with all that happens to it.
    """

    id: str
    name: str
    project: str
    kind: Literal["graph", "script", "function"]
    state: SweepStateName
    since: float
    created: float
    reason: str
    driver: SweepDriver
    search: SweepSearch
    metric: str
    goal: Literal["min", "max"]
    names: list[str]
    most: int
    trials: int
    counts: dict[str, int]
    hours: float
    best: SweepBest | None
    graph: JobGraph | None
    can: list[SweepAction]
    rev: int


class SweepTrial(Wire):
    """One trial.

    Args:
        number: From 1.
        point: Number of its values; trials of one point differ by their seeds.
        values: What it tries.
        seed: Its seed.
        state: Of it.
        value: What it reached.
        step: At which step.
        job: Id of its job, which may have been deleted; empty for a function.
        run: Its run.
        since: When it was begun.
        ended: When it was over.
        reason: Why it was ended, or failed.
        doing: State of its job while it is not over.
        share: What of it is done, 0 to 1.
    """

    number: int
    point: int
    values: dict[str, Any]
    seed: int
    state: Literal["open", "finished", "pruned", "failed", "stopped"]
    value: float | None
    step: int | None
    job: str
    run: str
    since: float
    ended: float | None
    reason: str
    doing: JobState | None = None
    share: float | None = None


class SweepPoint(Wire):
    """One choice of values with what its trials reached; `place` is 1 for the best, `null` where it is not ranked."""

    place: int | None
    point: int
    values: dict[str, Any]
    mean: float | None
    interval: tuple[float, float] | None
    reached: list[float]
    trials: list[int]
    runs: list[str]
    state: Literal["finished", "open", "pruned", "failed", "stopped"]
    reason: str


class SweepDetail(Wire):
    """One sweep, what it searches, and its trials; points are in the order of what they reached."""

    sweep: SweepRow
    space: dict[str, Float | Int | Choice]
    objective: Objective
    pruning: Pruning | None
    seeds: int
    seed: int
    parallel: int
    limit_hours: float | None
    device: str
    priority: int
    dataset: str | None
    argv: list[str]
    trials: list[SweepTrial]
    points: list[SweepPoint]


class SweepRows(Wire):
    """Sweeps: those that are not over, then the others, the newest first."""

    sweeps: list[SweepRow]


class SweepsQuery(Wire, forbid_unknown_fields=True):
    """Which sweeps are wanted."""

    project: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 200


class SweepPost(Wire, forbid_unknown_fields=True):
    """A sweep that is asked for: what is tried (as for a job), the space, how it is searched, and how much of it.

    Args:
        kind: A graph of the canvas (`graph_id`, as it is or at `rev`), a document (`graph`), or a `script`.
        space: By name a range, some values, or a text such as `log:1e-4..1e-1`.
        metric: Figure that is searched for; of a graph what its output is measured by on rows for validation.
        goal: Which direction is better; by default by the name of the metric.
        of: The best value of its series, or the last.
        search: How.
        trials: At most so many; by default all of a grid, else 20.
        hours: At most so long.
        seeds: How often each point is tried.
        parallel: How many trials at a time; by default as many as the device has slots.
        first_fails: When the first so many trials all fail, it ends.
    """

    kind: Literal["graph", "script"]
    space: dict[str, Float | Int | Choice | str]
    name: str | None = None
    project: str | None = None
    graph_id: str | None = None
    rev: int | None = None
    graph: dict[str, Any] | None = None
    dataset: str | None = None
    train: dict[str, Any] | None = None
    script: JobScript | None = None
    search: SweepSearch = "random"
    metric: str | None = None
    goal: Literal["min", "max"] | None = None
    of: Literal["best", "last"] = "best"
    trials: Annotated[int, msgspec.Meta(ge=1, le=MOST_TRIALS)] | None = None
    hours: Annotated[float, msgspec.Meta(gt=0, lt=1e6)] | None = None
    seeds: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)] = 0
    pruning: Pruning | None = None
    parallel: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    first_fails: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 3
    device: str = "auto"
    priority: JobPriority = 0
    restarts: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


class SweepPatch(Wire, forbid_unknown_fields=True):
    """What is to change: how many trials, hours, trials at a time, or the priority of those that come."""

    trials: Annotated[int, msgspec.Meta(ge=1, le=MOST_TRIALS)] | None = None
    hours: Annotated[float, msgspec.Meta(gt=0, lt=1e6)] | None = None
    parallel: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    priority: JobPriority | None = None


class SweepOrder(Wire, forbid_unknown_fields=True):
    """What an order says besides its name: nothing; an empty body does as well as `{}`."""
