"""`preview.run`: what a worker answers when it is asked for previews. What it keeps lasts as long as its process."""

import time
from collections.abc import Collection
from typing import Any, Final

from gnomon.graph.code.plan import Plan
from gnomon.graph.document import Graph, decode
from gnomon.graph.user_code import code_nodes
from gnomon.models.preview.beside import beside_model
from gnomon.models.preview.keys import Keys
from gnomon.models.preview.runner import need, runner_for
from gnomon.models.preview.sample import Sample, made_up
from gnomon.models.preview.session import Session, Store
from gnomon.models.worker.protocol import Say

_STORE: Final = Store()


def run(params: dict[str, Any], say: Say) -> dict[str, Any]:
    """Return what one sample becomes at each node asked for; see `Preview` of the server's wire types.

    Args:
        params: `graph` (bytes of JSON), `nodes`, `known`, `seed`, `code` (whether code of its users may run) and
            `why_not`.
        say: Hears how far it is.

    Raises:
        MissingExtraError: The framework of the graph is not installed.
        InputError: The sample does not fit the graph.
    """
    return preview(params, say, _STORE)


def preview(params: dict[str, Any], say: Say, store: Store) -> dict[str, Any]:
    """Return the same with what is kept in `store`."""
    begin = time.perf_counter()
    graph = decode(params["graph"])
    need(graph.target)
    plan = Plan(graph, graph.target, store.answers)
    if not params["code"]:
        _bar(plan, code_nodes(graph), params["why_not"])
    beside = beside_model(graph) if params["code"] else ""
    sample = _sample(graph, plan, params)
    keys = Keys(plan, params["seed"], "", beside, sample.names())
    runner = runner_for(plan, beside)
    found = Session(plan, keys, runner, sample.arrays, store).show(params["nodes"], params["known"], say)
    ran = {*found.ran}
    return {
        "sample": sample.told(),
        "weights": "random",
        "framework": runner.framework,
        "nodes": found.nodes,
        "missing": found.missing,
        "troubles": [
            {"node": node, "message": str(error), "file": error.file, "line": error.line, "trace": error.trace}
            for node, error in found.troubles.items()
        ],
        "cached": [name for name in found.nodes if name not in ran],
        "took_ms": (time.perf_counter() - begin) * 1000,
    }


def _bar(plan: Plan, names: Collection[str], why: str) -> None:
    """Take nodes out of what is run, and those that wait for them."""
    for name in plan.report.order:
        before = [source[0] for source in plan.report.nodes[name].sources if source is not None]
        barred = next((each for each in before if each in plan.missing), None)
        if plan.copies.get(name, name) in names:
            plan.missing[name] = why
        elif barred is not None:
            plan.missing.setdefault(name, f"it waits for {barred}")
        if name in plan.missing:
            plan.pieces.pop(name, None)


def _sample(graph: Graph, plan: Plan, params: dict[str, Any]) -> Sample:
    del graph
    return made_up(plan, params["seed"], "The graph names no data.")
