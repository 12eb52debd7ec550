"""From values to a job: put into the settings and nodes of a graph, or into the words of a script."""

import difflib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError
from gnomon.graph.document import Graph, decode
from gnomon.graph.problem import Problem
from gnomon.graph.registry import find
from gnomon.models.jobs.folder import JobSpec, Script, SweepRef
from gnomon.models.sweeps.space import Choice, Space, Values
from gnomon.models.sweeps.spec import Objective, SweepSpec
from gnomon.models.sweeps.story import Trial
from gnomon.models.training.plan import GROWS, plan
from gnomon.models.training.settings import put, read

NODES: Final = "nodes."
TRAIN: Final = "train."
_PLACE: Final = re.compile(r"\{([A-Za-z_][\w.]*)\}")


def job_of(spec: SweepSpec, sweep: str, trial: Trial) -> JobSpec:
    """Return the job of a trial.

    Raises:
        InputError: Its values cannot be; `field` names one.
    """
    told = told_config(spec, trial.values)
    ref = SweepRef(sweep, spec.name, trial.number, trial.point, trial.values, trial.seed, told)
    common: dict[str, Any] = {
        "project": spec.project,
        "name": f"{spec.name[:240]} {trial.number}",
        "seed": trial.seed,
        "device": spec.device,
        "priority": spec.priority,
        "restarts": spec.restarts,
        "resume_lost": True,
        "sweep": ref,
    }
    if spec.kind == "script":
        assert spec.script is not None
        return JobSpec(kind="script", script=filled(spec.script, trial.values, trial.seed, trial.number), **common)
    assert spec.graph is not None
    graph = with_values(decode(spec.graph), {**trial.values, "train.seed": trial.seed})
    read(graph.train)
    return JobSpec(
        kind="graph",
        graph=msgspec.to_builtins(graph),
        graph_ref=spec.graph_ref,
        dataset=spec.dataset,
        train=dict(graph.train),
        components=spec.components,
        **common,
    )


def told_config(spec: SweepSpec, values: Values) -> dict[str, Any]:
    """Return what the config of a run is told besides what it says itself: settings of a training stand there anyway."""
    if spec.kind != "graph":
        return dict(values)
    return {name: value for name, value in values.items() if name.startswith(NODES)}


def with_values(graph: Graph, values: Mapping[str, Any]) -> Graph:
    """Return a graph with values in its settings and nodes.

    Raises:
        InputError: There is no such node or parameter; `field` names it.
    """
    train = dict(graph.train)
    nodes = {node.id: node for node in graph.nodes}
    for name, value in values.items():
        if name.startswith(NODES):
            node, _, param = name.removeprefix(NODES).rpartition(".")
            found = nodes.get(node)
            if found is None:
                msg = f"{name}: there is no node {node!r:.60} in the graph.{_near(node, nodes)}"
                raise InputError(msg, field=name)
            _check_param(name, found.type, param, value)
            nodes[node] = msgspec.structs.replace(found, params={**found.params, param: value})
        else:
            train = put(train, name.removeprefix(TRAIN), value)
    return msgspec.structs.replace(graph, train=train, nodes=[nodes[node.id] for node in graph.nodes])


def _check_param(name: str, kind: str, param: str, value: Any) -> None:
    component = find(kind)
    if component is None:  # one of the user's own that is not at hand: the job will tell
        return
    known = {each.name: each for each in component.params}
    if param not in known:
        msg = f"{name}: {kind} has no parameter {param!r:.60}.{_near(param, known)}"
        raise InputError(msg, field=name)
    try:
        known[param].check(value)
    except Problem as problem:
        msg = f"{name}: {problem}"
        raise InputError(msg, field=name) from problem


def _near(wanted: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(wanted, known, 1)
    return f" Nearest: {found[0]!r}." if found else f" There are {', '.join(sorted(known)[:12]) or 'none'}."


def filled(script: Script, values: Mapping[str, Any], seed: int, number: int) -> Script:
    """Return a script with values in place of `{name}`; other braces stay as they are.

    Example:
        >>> filled(Script(["train", "--lr={lr}", '{"a": 1}'], "/"), {"lr": 0.1}, 0, 1).argv
        ['train', '--lr=0.1', '{"a": 1}']
    """
    known = {**values, "seed": values.get("seed", seed), "trial": number}

    def put_in(text: str) -> str:
        return _PLACE.sub(lambda found: _text(known[found[1]]) if found[1] in known else found[0], text)

    return Script([put_in(word) for word in script.argv], script.cwd, {k: put_in(v) for k, v in script.env.items()})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def check_places(script: Script, names: Collection[str], seeds: int) -> None:
    """Refuse a search of what a script is never told.

    Raises:
        InputError: A name stands nowhere; `field` is the name.
    """
    found = {name for text in (*script.argv, *script.env.values()) for name in _PLACE.findall(text)}
    wanted = [*names, *(["seed"] if seeds > 1 and "seed" not in names else [])]
    for name in wanted:
        if name not in found:
            more = " (several seeds are asked for)" if name not in names else ""
            msg = (
                f"{name}: the script is never told it{more}. Write {{{name}}} where it belongs, "
                f"such as --{name}={{{name}}}, or --env {name.upper()}={{{name}}}."
            )
            raise InputError(msg, field=name)


def check_values(graph: Graph, space: Space) -> None:
    """Refuse a space in which a value, by itself, cannot be.

    Raises:
        InputError: There is no such setting, node or parameter, or one of its values is refused; `field` is the name.
    """
    for name, axis in space.items():
        for value in axis.values if isinstance(axis, Choice) else (axis.low, axis.high):
            changed = with_values(graph, {name: value})
            if not name.startswith(NODES):
                read(changed.train)


def default_objective(graph: Graph) -> Objective:
    """Return what a search of a graph looks at unless told: what its output is measured by, on rows for validation."""
    found = plan(graph, read(graph.train))
    name = found.metrics[1] if len(found.heads) == 1 else "loss"
    return Objective(f"val/{name}", "max" if name in GROWS else "min")
