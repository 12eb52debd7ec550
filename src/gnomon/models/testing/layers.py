"""What comes out of the layers of a version for one input, drawn as the canvas draws previews."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gnomon.core.errors import InputError
from gnomon.graph.code.plan import Plan
from gnomon.graph.user_code import code_nodes
from gnomon.models.preview.beside import beside_model
from gnomon.models.preview.keys import Keys
from gnomon.models.preview.runner import need, runner_for
from gnomon.models.preview.sample import Sample
from gnomon.models.preview.session import Session, Store
from gnomon.models.preview.weights import opened
from gnomon.models.testing.opened import Arrays, Opened

WEIGHTS = "model.safetensors"


def layers(
    folder: Path, model: Opened, inputs: Arrays, nodes: Sequence[str], *, allow_code: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what comes out of some nodes, and why of others nothing is told.

    Args:
        folder: Of the version.
        model: It, loaded.
        inputs: One row, the first axis the batch.
        nodes: Their ids.
        allow_code: Whether Code nodes may run.

    Raises:
        InputError: The version has no graph.
    """
    graph = model.graph
    if graph is None:
        msg = f"layers: a version of format {model.format} has no graph whose nodes could be shown. Leave them out."
        raise InputError(msg, field="layers")
    need(graph.target)
    store = Store()
    plan = Plan(graph, graph.target, store.answers)
    if not allow_code and code_nodes(graph):
        return {}, dict.fromkeys(code_nodes(graph), "code of its author may not run here")
    # Twice in one batch, as previews are: some layers refuse a batch of one.
    sample = Sample({name: array.repeat(2, axis=0) for name, array in inputs.items()}, dict.fromkeys(inputs, "sent"))
    weights = opened(str(folder / WEIGHTS), folder.name)
    beside = beside_model(graph) if allow_code else ""
    keys = Keys(plan, 0, weights.key, beside, sample.names())
    found = Session(plan, keys, runner_for(plan, beside, weights), sample.arrays, store).show(nodes, {}, _silent)
    return {name: _plain(each) for name, each in found.nodes.items()}, dict(found.missing)


def _plain(node: Mapping[str, Any]) -> dict[str, Any]:
    montage = node.get("montage")
    if montage is None:
        return dict(node)
    return {**node, "montage": {**montage, "png": base64.b64encode(montage["png"]).decode("ascii")}}


def _silent(_: float, __: str) -> None:
    return None
