import json
from pathlib import Path
from typing import Any

import pytest

from gnomon.core.errors import InputError, LimitError
from gnomon.graph.document import MAX_EDGES, MAX_NODES, decode, encode
from gnomon.graph.patch import MAX_OPS, apply

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "graph_patches.json").read_text("utf-8"))
"""The browser's twin (`web/src/lib/graphpatch.ts`) reads the same."""


@pytest.mark.parametrize("vector", [v for v in VECTORS if "after" in v], ids=lambda v: v["name"])
def test_operations_lead_to_the_graph_that_the_vector_says_and_back(vector: dict[str, Any]) -> None:
    before = decode(vector["graph"])
    after, inverse = apply(before, vector["ops"])
    assert json.loads(encode(after)) == vector["after"]
    assert inverse == vector["inverse"]
    assert apply(after, inverse)[0] == before
    assert before == decode(vector["graph"])


@pytest.mark.parametrize("vector", [v for v in VECTORS if "error" in v], ids=lambda v: v["name"])
def test_an_operation_that_cannot_be_applied_is_named(vector: dict[str, Any]) -> None:
    before = decode(vector["graph"])
    with pytest.raises(InputError) as caught:
        apply(before, vector["ops"])
    assert caught.value.field == vector["error"]
    assert str(caught.value).startswith(vector["error"])
    assert encode(before) == encode(decode(vector["graph"]))


def test_a_message_says_what_was_expected_and_what_came() -> None:
    with pytest.raises(InputError, match=r"ops\[1\]\.id: expected a node that is there, received 'ghost'"):
        apply(decode({}), [{"op": "document", "name": "x"}, {"op": "remove", "id": "ghost"}])


@pytest.mark.parametrize(
    "value", [10**30, float("nan"), float("inf"), [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]], object(), {1: 2}]
)
def test_values_that_no_reader_could_hold_are_refused(value: object) -> None:
    graph = decode({"nodes": [{"id": "a", "type": "core/dropout@1"}]})
    with pytest.raises(InputError) as caught:
        apply(graph, [{"op": "set", "id": "a", "params": {"rate": value}}])
    assert caught.value.field in ("ops[0].params", "ops[0]")


def test_a_patch_may_not_grow_a_graph_beyond_what_we_accept() -> None:
    ops = [{"op": "add", "node": {"id": f"n{i}", "type": "core/dropout@1"}} for i in range(MAX_NODES + 1)]
    assert len(apply(decode({}), ops[:-1])[0].nodes) == MAX_NODES
    with pytest.raises(LimitError, match="at most 10000 nodes"):
        apply(decode({}), ops)
    with pytest.raises(LimitError, match="at most 200000 operations"):
        apply(decode({}), [{"op": "document"}] * (MAX_OPS + 1))


def test_the_inverse_of_removing_everything_can_be_applied() -> None:
    """All nodes go in as many operations; what brings them back with their edges and groups are far more."""
    nodes = [{"id": f"n{i}", "type": "core/add@1"} for i in range(50)]
    edges = [{"from": [f"n{i}", "out"], "to": [f"n{i * j % 50}", f"in.{j}"]} for i in range(50) for j in range(9)]
    graph = decode({"nodes": nodes, "edges": edges, "groups": [{"id": "g", "nodes": ["n1", "n2"]}]})
    after, inverse = apply(graph, [{"op": "remove", "id": node["id"]} for node in nodes])
    assert (after.nodes, after.edges, after.groups) == ((), (), ())
    assert len(inverse) == 50 + len(graph.edges) + 2
    assert apply(after, inverse)[0] == graph
    assert 2 * MAX_NODES + MAX_EDGES <= MAX_OPS


def test_what_is_no_map_is_refused() -> None:
    with pytest.raises(InputError, match=r"ops\[0\]"):
        apply(decode({}), ["remove everything"])  # type: ignore[list-item]
