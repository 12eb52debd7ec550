"""Sweeps from Python: over a function that is called for each trial, over a graph, or over a script."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gnomon.analysis.goal import chosen_goal
from gnomon.core.errors import ConflictError, InputError
from gnomon.core.ids import run_id, run_name
from gnomon.core.settings import Settings
from gnomon.graph.document import Graph
from gnomon.models.sweeps.driver import PATIENCE_S, Driver, claim
from gnomon.models.sweeps.folder import SweepFolder
from gnomon.models.sweeps.here import LocalHands, drive
from gnomon.models.sweeps.inside import FunctionHands, InsideHands, Pruned, Trying
from gnomon.models.sweeps.pruning import Pruning
from gnomon.models.sweeps.result import Result, result
from gnomon.models.sweeps.showing import Bar
from gnomon.models.sweeps.space import Axis, Choice, Float, Int, Space, parse
from gnomon.models.sweeps.spec import FIRST_FAILS, Goal, Objective, SweepSpec
from gnomon.models.sweeps.targets import graph_target, script_target

__all__ = ["Pruned", "Trying", "sweep"]

Target = Callable[[Trying], float | None] | Graph | Mapping[str, Any] | str | Path | Sequence[str]


def sweep(
    target: Target,
    space: Mapping[str, Any],
    *,
    search: str = "random",
    trials: int | None = None,
    hours: float | None = None,
    seeds: int = 1,
    seed: int = 0,
    metric: str | None = None,
    goal: Goal | None = None,
    of: str = "best",
    pruning: Pruning | Mapping[str, Any] | str | None = None,
    parallel: int = 1,
    processes: bool = True,
    project: str | None = None,
    name: str | None = None,
    data: str | None = None,
    train: Mapping[str, Any] | None = None,
    device: str = "auto",
    first_fails: int = FIRST_FAILS,
    resume: str | None = None,
    home: str | Path | None = None,
    progress: bool = True,
) -> Result:
    """Try values, each choice in a run of its own, and return what they reached, the best first.

    Args:
        target: A function, called with a `Trying` (`trial["lr"]`, `trial.seed`, `trial.run`, `trial.report(value)`),
            which returns what it reached; a graph or a file of one; or the words of a command, with `{lr}` for a value.
        space: By name a range (`"log:1e-4..1e-1"`, `(0.0, 0.5)`), a list of values, or one value. For graphs names are
            `lr`, `train.batch_size`, `nodes.hidden.units`.
        search: `grid`, `random` or `tpe`, which needs the extra `sweep`.
        trials: At most so many; by default all of a grid, else 20.
        hours: At most so long.
        seeds: How often each point is tried.
        seed: Of the search, and of the first trial of each point.
        metric: What is searched for; `value` of a function; of a graph what its output is measured by in validation.
        goal: `min` or `max`; by default by the name of the metric.
        of: The `best` value of the metric's series, or its `last`.
        pruning: `"median"`, `"halving"`, or a `Pruning`.
        parallel: Trials at a time, of graphs and scripts.
        processes: `False` trains graphs within this process, which loads the framework once.
        project: Where runs go.
        name: Of the sweep, and of the group of its runs.
        data: Data set of a graph.
        train: Settings of the training of a graph, by path.
        device: Of graphs.
        first_fails: When the first so many trials all fail, the sweep ends.
        resume: Id of a sweep of the same target to go on with.
        home: Home folder.
        progress: Show how far it is.

    Raises:
        InputError: Something cannot be; `field` names it.
        MissingExtraError: `tpe` without Optuna.

    Example:
        from gnomon.models.sweeps import sweep

        found = sweep(lambda trial: (trial["x"] - 3) ** 2, {"x": (0.0, 10.0)}, goal="min", trials=30, search="tpe")
        print(found.best.values, found.best.mean)
    """
    root = Settings.from_env(Path(home) if home is not None else None).home
    show = Bar() if progress and sys.stderr.isatty() else _quiet
    rule = _pruning(pruning)
    common: dict[str, Any] = {
        "space": space_of(space),
        "search": search,
        "trials": trials,
        "hours": hours,
        "seeds": seeds,
        "seed": seed,
        "pruning": rule,
        "parallel": parallel,
        "first_fails": first_fails,
        "device": device,
    }
    if callable(target):
        aim = Objective(metric or "value", chosen_goal(metric or "value", goal, {})[0], of)  # type: ignore[arg-type]  # checked words
        spec = SweepSpec(
            kind="function", name=name or run_name(), project=project or "default", objective=aim, **common
        )
        return _function(target, spec, root, resume, show)
    if isinstance(target, (list, tuple)):
        spec = script_target(list(target), (metric, goal, of), name, project, common)
    else:
        spec = graph_target(target, data, train or {}, (metric, goal, of), name, project, common)  # type: ignore[arg-type]  # a Mapping, seen above
    folder = SweepFolder.of(root, resume) if resume else SweepFolder.create(root, run_id(), spec)
    threads = max(1, (os.cpu_count() or 1) // parallel)
    drive(folder, LocalHands(root, threads) if processes else InsideHands(root), show)
    return result(folder)


def space_of(given: Mapping[str, Any]) -> Space:
    """Return a space as it may be written in Python: texts, pairs, lists, single values.

    Example:
        >>> space_of({"lr": "log:1e-4..1e-1", "units": [32, 64], "rate": (0.0, 0.5)})["rate"]
        Float(low=0.0, high=0.5, log=False, count=None)
    """
    return {name: _axis(name, value) for name, value in given.items()}


def _axis(name: str, value: Any) -> Axis:
    if isinstance(value, Axis):
        return value
    if isinstance(value, str):
        return parse(value, name)
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(end, (int, float)) for end in value):
        whole = all(isinstance(end, int) for end in value)
        return Int(*value) if whole else Float(float(value[0]), float(value[1]))
    return Choice(list(value) if isinstance(value, (list, tuple, range, set)) else [value])


def _pruning(given: Pruning | Mapping[str, Any] | str | None) -> Pruning | None:
    import msgspec  # noqa: PLC0415 - named here alone

    if given is None or isinstance(given, Pruning):
        return given
    return msgspec.convert({"kind": given} if isinstance(given, str) else dict(given), Pruning)


def _function(
    target: Callable[[Trying], float | None],
    spec: SweepSpec,
    home: Path,
    resume: str | None,
    show: Callable[[Driver], None],
) -> Result:
    spec = spec.checked()
    folder = SweepFolder.of(home, resume) if resume else SweepFolder.create(home, run_id(), spec)
    if resume and folder.spec().space != spec.space:
        msg = f"resume: the sweep {resume} searches another space. Begin a new one."
        raise InputError(msg, field="resume")
    owner = claim(folder, PATIENCE_S)
    if owner is None:
        msg = f"Another process drives the sweep {folder.id}."
        raise ConflictError(msg)
    hands = FunctionHands(target, home)
    try:
        hands.driver = driver = Driver(folder, hands)
        if not driver.is_active:
            driver.resume()
        while driver.is_active:
            driver.look()
            show(driver)
            if hands.interrupted is not None:
                driver.stop()
                raise hands.interrupted
    finally:
        os.close(owner)
    return result(folder)


def _quiet(_: Driver) -> None:
    pass
