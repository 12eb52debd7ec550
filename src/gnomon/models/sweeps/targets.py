"""What a sweep of this process tries: a graph with its data set, or a command."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from gnomon.analysis.goal import chosen_goal
from gnomon.core.errors import InputError
from gnomon.core.ids import run_name
from gnomon.graph.document import Graph, decode
from gnomon.models.datasets.home import find
from gnomon.models.jobs.folder import Script
from gnomon.models.sweeps.applying import check_places, check_values, default_objective
from gnomon.models.sweeps.spec import Objective, SweepSpec
from gnomon.models.training.plan import plan
from gnomon.models.training.settings import put, read

Aim = tuple[str | None, Any, Any]
"""Metric, goal, and whether its best value counts or the last; `None` is what is usual."""


def script_target(
    argv: list[str],
    aim: Aim,
    name: str | None,
    project: str | None,
    common: Mapping[str, Any],
    env: Mapping[str, str] | None = None,
) -> SweepSpec:
    """Return a sweep over what a command is called with.

    Raises:
        InputError: Something cannot be; `field` names it.
    """
    metric, goal, of = aim
    if metric is None:
        msg = "metric: expected the key of what the script logs and is to be best, such as val/loss; received none."
        raise InputError(msg, field="metric")
    script = Script(argv, str(Path.cwd()), dict(env or {}))
    spec = SweepSpec(
        kind="script",
        name=name or run_name(),
        project=project or "default",
        script=script,
        objective=Objective(metric, chosen_goal(metric, goal, {})[0], of or "best"),
        **common,
    ).checked()
    check_places(script, spec.space, spec.seeds)
    return spec


def graph_target(
    graph: Graph | Mapping[str, Any] | str | Path,
    data: str | None,
    train: Mapping[str, Any],
    aim: Aim,
    name: str | None,
    project: str | None,
    common: Mapping[str, Any],
) -> SweepSpec:
    """Return a sweep over the settings and nodes of a graph.

    Raises:
        InputError: Something cannot be; `field` names it.
        NotFoundError: There is no such data set.
    """
    found = graph if isinstance(graph, Graph) else decode(_document(graph))
    settings = found.train
    for path, value in train.items():
        settings = put(settings, path, value)
    plan(found, read(settings))
    wanted = data or found.data.get("dataset")
    if not isinstance(wanted, str) or not wanted:
        msg = "data: the graph names no data set. `gnomon data ls` lists those that there are; digits is always there."
        raise InputError(msg, field="dataset")
    ref = find(wanted).ref
    same = str(found.data.get("dataset", "")).partition("@")[0] in ("", ref.partition("@")[0])
    kept = found.data if same else {}
    found = msgspec.structs.replace(found, train=settings, data={**kept, "dataset": ref})
    metric, goal, of = aim
    usual = default_objective(found)
    spec = SweepSpec(
        kind="graph",
        name=name or f"{found.name} sweep",
        project=project or found.name or "default",
        graph=msgspec.to_builtins(found),
        dataset=ref,
        objective=Objective(
            metric or usual.metric,
            (goal or usual.goal) if metric is None else chosen_goal(metric, goal, {})[0],
            of or "best",
        ),
        **common,
    ).checked()
    check_values(found, spec.space)
    return spec


def _document(graph: Mapping[str, Any] | str | Path) -> Any:
    if isinstance(graph, Mapping):
        return dict(graph)
    return msgspec.json.decode(Path(graph).read_bytes())
