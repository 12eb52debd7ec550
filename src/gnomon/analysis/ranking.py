"""A leaderboard out of a store: which runs, their values, what they were trained on, and the columns to show."""

from collections.abc import Container, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from gnomon.analysis.goal import chosen_goal
from gnomon.analysis.grouping import group_columns
from gnomon.analysis.known import PARAMETERS, SEEDS, SETUP, BoardColumn, Kind, class_of, config_names, first_of
from gnomon.analysis.leaderboard import Leaderboard, Rows, ranked
from gnomon.analysis.significance import Test
from gnomon.analysis.source import PageLike, RunLike, Source
from gnomon.core.errors import InputError

MAX_RUNS: Final = 100_000
MAX_CLASSES: Final = 60
"""Columns of single classes that are shown unasked; more must be named."""

_SUMMARIES: Final = ("accuracy", "balanced_accuracy", "f1", "auc", "average_precision", "rmse", "mae", "r2")
_SMALL: Final = ("rmse", "mae")


class LeaderboardQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Ask for a leaderboard; `columns` empty shows every well-known column that has a value.

    All entries are ranked and tested; `offset` and `limit` (`None`: all) say which of each protocol come back.
    """

    project: str
    metric: str
    goal: Literal["max", "min"] | None = None
    group_by: str = "config - seed"
    where: str | None = None
    columns: list[str] = []
    test: Test = "welch"
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=0)] | None = 200


def rank(source: Source, asked: LeaderboardQuery) -> Leaderboard:
    """Rank the configurations of a project.

    Args:
        source: Where the runs are.
        asked: What to rank.

    Raises:
        InputError: `metric`, `group_by` or `columns` names no column.
        FilterError: `where` does not parse.
        LimitError: Too many entries for a test by resampling.
    """
    column = column_of(asked.metric)
    keys, metrics = source.config_keys(asked.project), source.metric_keys(asked.project)
    grouped = group_columns(asked.group_by, keys)
    shown = _shown(asked.columns, keys, metrics, source.evaluations(asked.project))
    seeds = [f"config.{key}" for key in config_names(SEEDS, keys)]
    sources = {name for each in shown for name in each.source if not name.startswith("meta.")}
    wanted = tuple(dict.fromkeys([*grouped, column, *seeds, *sorted(sources)]))
    page = source.table(asked.project, asked.where or "", wanted, "created", MAX_RUNS)
    name = column.removeprefix("metric.")
    goal, goal_from = chosen_goal(
        _series(name, source.statistics), asked.goal, page.runs[-1].meta.get("define", {}) if page.runs else {}
    )
    known = {name for run in page.runs for name in run.meta}
    values = {each.name: _values(each, page, known) for each in shown}
    # What no run has is no column, unless somebody asked for it
    kept = [each for each in shown if asked.columns or values[each.name].count(None) < len(page.runs)]
    return ranked(
        name,
        goal,
        _rows(page, grouped, column, seeds, {each.name: values[each.name] for each in kept}),
        test=asked.test,
        goal_from=goal_from,
        group_by=asked.group_by,
        columns=kept,
        page=slice(asked.offset, None if asked.limit is None else asked.offset + asked.limit),
    )


def column_of(metric: str) -> str:
    """Return the column of the run table that a metric names.

    Example:
        >>> column_of("val/acc"), column_of("attr.duration")
        ('metric.val/acc', 'attr.duration')
    """
    return metric if metric.startswith(("metric.", "config.", "attr.")) else f"metric.{metric}"


def hashes(run: RunLike, name: str) -> Mapping[str, str]:
    """Return what a run recorded under `data` or `evaluation`: a hash by name."""
    found = run.meta.get(name)
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}


def _recorded(runs: Sequence[RunLike], name: str) -> list[Mapping[str, str]]:
    nothing: Mapping[str, str] = {}
    return [hashes(run, name) if name in run.meta else nothing for run in runs]


def _rows(
    page: PageLike, grouped: Sequence[str], column: str, seeds: Sequence[str], shown: Mapping[str, Sequence[Any]]
) -> Rows:
    runs = page.runs
    given = first_of([page.columns[name] for name in seeds], len(runs)) if seeds else [None] * len(runs)
    return Rows(
        ids=[run.id for run in runs],
        names=[run.name for run in runs],
        states=[run.state for run in runs],
        seeds=[_whole(run.meta.get("seed") if s is None else s) for run, s in zip(runs, given, strict=True)],
        values=[value if isinstance(value, int | float) else None for value in page.columns[column]],
        config={name: page.columns[name] for name in grouped},
        data=_recorded(runs, "data"),
        evaluation=_recorded(runs, "evaluation"),
        columns=shown,
    )


def _shown(
    asked: Sequence[str], keys: Sequence[str], metrics: Sequence[str], evaluations: Sequence[str]
) -> list[BoardColumn]:
    """Return the columns asked for; every well-known one when none is."""
    known = {each.name: each for each in [*_setup(keys), *_of_runs(keys), *_results(metrics, evaluations)]}
    if not asked:
        classes = [each.name for each in known.values() if each.group == "class"]
        hidden = set(classes if len(classes) > MAX_CLASSES else ())
        return [each for name, each in known.items() if name not in hidden]
    found = []
    for name in dict.fromkeys(asked):
        if name in known:
            found.append(known[name])
        elif name.startswith(("config.", "metric.", "attr.", "tag.")):
            group: Literal["result", "setup"] = "result" if name.startswith("metric.") else "setup"
            found.append(BoardColumn(name, name.partition(".")[2], "number", group, (name,), None))
        else:
            msg = f"columns: expected config.…, metric.…, attr.…, tag.… or one of {', '.join(known)[:300]}, received {name!r:.60}."
            raise InputError(msg, field="columns")
    return found


def _setup(keys: Sequence[str]) -> list[BoardColumn]:
    found = []
    for each in SETUP:
        names = config_names(each.names, keys)
        if names:
            sources = tuple(f"config.{name}" for name in names)
            found.append(BoardColumn(each.name, each.title, each.kind, "setup", sources, None))
    return found


def _of_runs(keys: Sequence[str]) -> list[BoardColumn]:
    parameters = ("meta.parameters", *(f"config.{name}" for name in config_names(PARAMETERS, keys)))

    def made(name: str, title: str, kind: Kind, *sources: str) -> BoardColumn:
        return BoardColumn(name, title, kind, "run", sources, None)

    return [
        made("epochs_done", "epochs done", "count", "meta.summary.epochs", "metric.epoch.max"),
        made("parameters", "parameters", "count", *parameters),
        made("duration", "duration", "duration", "attr.duration"),
        made("hardware", "hardware", "text", "meta.gpu", "meta.cpu"),
        made("commit", "commit", "hash", "meta.commit"),
        made("data", "data", "hash", "meta.data"),
        made("evaluation", "evaluation", "hash", "meta.evaluation"),
    ]


def _results(metrics: Sequence[str], evaluations: Sequence[str]) -> list[BoardColumn]:
    """Return the figures that `run.evaluate` logged: those of all classes first, then those of single classes."""
    known = set(metrics)
    found = [
        BoardColumn(key, key, "number", "result", (f"metric.{key}",), "min" if figure in _SMALL else "max")
        for name in evaluations
        for figure in _SUMMARIES
        if (key := f"{name}/{figure}") in known
    ]
    for key in metrics:
        of = class_of(key, evaluations)
        if of is not None and of[1] in {"precision", "recall", "f1"}:
            found.append(BoardColumn(key, f"{of[0]} {of[1]} {of[2]}", "number", "class", (f"metric.{key}",), "max"))
    return found


def _values(column: BoardColumn, page: PageLike, known: Container[str]) -> list[Any]:
    sources = []
    for name in column.source:
        if not name.startswith("meta."):
            sources.append(page.columns[name])
        elif name.split(".")[1] in known:
            sources.append([_of_meta(run.meta, name[5:]) for run in page.runs])
    return first_of(sources, len(page.runs)) if sources else [None] * len(page.runs)


def _of_meta(meta: Mapping[str, Any], path: str) -> Any:
    """Return a value of a run's meta as a cell can show it; a map of hashes becomes text."""
    found: Any = meta
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):
        return " ".join(f"{name}:{value}" for name, value in sorted(found.items())) or None
    if isinstance(found, list | tuple):
        return ", ".join(map(str, found)) or None
    return found if isinstance(found, int | float | str | bool) else None


def _whole(seed: Any) -> Any:
    if isinstance(seed, float) and seed.is_integer():
        return int(seed)
    return seed if seed is None or isinstance(seed, int | float | str) else str(seed)


def _series(name: str, statistics: Sequence[str]) -> str:
    key, _, statistic = name.rpartition(".")
    return key if statistic in statistics else name
