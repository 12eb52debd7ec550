"""What is known of a graph while it is edited is the same as if it were asked about for the first time."""

from typing import Any

import pytest

from gnomon.graph.document import decode
from gnomon.graph.patch import apply
from gnomon.graph.study import Studied, Study
from gnomon.graph.templates import template

EDITS: list[list[dict[str, Any]]] = [
    [{"op": "move", "places": {"conv1": {"x": 1.0, "y": 2.0}}}],
    [{"op": "note", "id": "conv1", "text": "first"}],
    [{"op": "document", "source": {"torch": "x = 1"}}],
    [{"op": "set", "id": "conv1", "params": {"filters": True}}],
    [{"op": "set", "id": "conv1", "params": {"filters": 1}}],
    [{"op": "set", "id": "conv1", "params": {"filters": 0}}],
    [{"op": "set", "id": "conv1", "unset": ["filters"]}],
    [{"op": "rename", "id": "conv1", "to": "first"}],
    [{"op": "document", "target": "keras"}],
    [{"op": "document", "train": {"batch_size": 1}}],
    [{"op": "disconnect", "from": ["image", "out"], "to": ["first", "in"]}],
    [{"op": "group", "group": {"id": "all", "nodes": ["first"]}}],
    [{"op": "replace", "id": "first", "type": "core/dense@1", "params": {}}],
    [{"op": "remove", "id": "first"}],
]


def known(found: Studied) -> tuple[Any, ...]:
    return found.report, found.issues, found.suggestions


def test_a_study_goes_on_from_edit_to_edit() -> None:
    study, graph = Study(), template("mnist_cnn").graph
    assert known(study.of(graph)) == known(Study().of(graph))
    for ops in EDITS:
        graph, _ = apply(graph, ops)
        assert known(study.of(graph)) == known(Study().of(graph)), ops


@pytest.mark.parametrize("ops", EDITS[:3])
def test_looks_and_code_are_no_reason_to_infer_anew(ops: list[dict[str, Any]]) -> None:
    study, graph = Study(), decode({"nodes": [{"id": "conv1", "type": "core/conv2d@1"}]})
    first = study.of(graph)
    assert study.of(apply(graph, ops)[0]).report is first.report
