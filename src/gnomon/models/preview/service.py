"""`preview.run`: what a worker answers when it is asked for previews. What it keeps lasts as long as its process."""

import time
from collections.abc import Mapping
from typing import Any, Final

from gnomon.core.errors import ConflictError, InputError, NotFoundError, UserCodeError
from gnomon.graph.code.plan import Plan
from gnomon.graph.document import Graph, decode
from gnomon.graph.user_code import code_nodes
from gnomon.models.own import installed, loaded
from gnomon.models.preview.beside import beside_model
from gnomon.models.preview.keys import Keys
from gnomon.models.preview.measured import fixes
from gnomon.models.preview.runner import need, runner_for
from gnomon.models.preview.sample import Sample, made_up
from gnomon.models.preview.session import Session, Store
from gnomon.models.preview.weights import opened
from gnomon.models.worker.protocol import Say

_STORE: Final = Store()


def run(params: dict[str, Any], say: Say) -> dict[str, Any]:
    """Return what one sample becomes at each node asked for; see `Preview` of the server's wire types.

    Args:
        params: `graph` (bytes of JSON), `nodes`, `known`, `seed`; `code` (whether code of its users may run) and
            `why_not`; `components` (files of own components by type); `spec` (the description of a data set, or
            nothing), `why` (there is none), `strict` (whether it was asked for), `part`, `row`, `home`;
            `weights` (`file` of a checkpoint and what is `told` of it, or nothing).
        say: Hears how far it is.

    Raises:
        MissingExtraError: The framework of the graph is not installed.
        InputError: The sample that was asked for does not fit the graph.
    """
    return preview(params, say, _STORE)


def preview(params: dict[str, Any], say: Say, store: Store) -> dict[str, Any]:
    """Return the same with what is kept in `store`."""
    begin = time.perf_counter()
    sources, failed = _loadable(params["components"] if params["code"] else {})
    with installed(sources):
        found = _preview(decode(params["graph"]), params, failed, say, store)
    return {**found, "took_ms": (time.perf_counter() - begin) * 1000}


def _loadable(sources: Mapping[str, str]) -> tuple[dict[str, str], dict[str, UserCodeError]]:
    """Return the files of components that load, and what the others raised, by type."""
    good, failed = {}, {}
    for type_, source in sources.items():
        try:
            loaded(source)
            good[type_] = source
        except UserCodeError as error:
            failed[type_] = error
    return good, failed


def _preview(
    graph: Graph, params: dict[str, Any], failed: Mapping[str, UserCodeError], say: Say, store: Store
) -> dict[str, Any]:
    need(graph.target)
    plan = Plan(graph, graph.target, store.answers)
    troubles = {node.id: failed[node.type] for node in graph.nodes if node.type in failed}
    _bar(plan, {name: str(error) for name, error in troubles.items()})
    if not params["code"]:
        _bar(plan, dict.fromkeys(code_nodes(graph), params["why_not"]))
    beside = beside_model(graph) if params["code"] else ""
    sample = _sample(plan, params)
    weights = None if params["weights"] is None else opened(**params["weights"])
    keys = Keys(plan, params["seed"], weights.key if weights is not None else "", beside, sample.names())
    runner = runner_for(plan, beside, weights)
    found = Session(plan, keys, runner, sample.arrays, store).show(params["nodes"], params["known"], say)
    troubles |= found.troubles
    ran = {*found.ran}
    return {
        "sample": sample.told(),
        "weights": weights.told if weights is not None else "random",
        "drawn": found.drawn,
        "framework": runner.framework,
        "nodes": found.nodes,
        "missing": {name: found.missing[name] for name in params["nodes"] if name in found.missing},
        "troubles": [
            {"node": node, "message": str(error), "file": error.file, "line": error.line, "trace": error.trace}
            for node, error in troubles.items()
        ],
        "cached": [name for name in found.nodes if name not in ran],
        "fixes": list(fixes(plan, found.said)),
    }


def _bar(plan: Plan, why: Mapping[str, str]) -> None:
    """Take nodes out of what is run, and those that wait for them."""
    if not why:
        return
    for name in plan.report.order:
        before = [source[0] for source in plan.report.nodes[name].sources if source is not None]
        barred = next((each for each in before if each in plan.missing), None)
        original = plan.copies.get(name, name)
        if original in why:
            plan.missing[name] = why[original]
        elif barred is not None:
            plan.missing.setdefault(name, f"it waits for {barred}")
        if name in plan.missing:
            plan.pieces.pop(name, None)


def _sample(plan: Plan, params: dict[str, Any]) -> Sample:
    """Return the row asked for; noise where there are no data, or they do not fit and nobody asked for them."""
    if params["spec"] is None:
        return made_up(plan, params["seed"], params["why"])
    # Tables are much to load for graphs without data.
    from gnomon.models.preview.rows import of_data  # noqa: PLC0415

    try:
        return of_data(plan, params["spec"], params["part"], params["row"], params["home"])
    except (InputError, NotFoundError, ConflictError) as error:
        if params["strict"]:
            raise
        return made_up(plan, params["seed"], str(error))
