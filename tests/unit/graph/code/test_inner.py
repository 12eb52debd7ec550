"""Graphs within the graph, as classes and functions of their own, and read back as nodes."""

import ast

import msgspec
import pytest

from gnomon.graph.blocks import block, inserted
from gnomon.graph.code import parse, write
from gnomon.graph.component import TARGETS, Target
from gnomon.graph.document import Graph, decode
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply
from gnomon.graph.promote import promoted
from gnomon.graph.templates import template


def with_block(target: Target, name: str = "res_block") -> Graph:
    """Return a small network that has a block within, as one node."""
    graph = msgspec.structs.replace(template("small_cnn").graph, target=target)
    first = next(node.id for node in graph.nodes if node.type == "core/conv2d@1")
    after = next(edge for edge in graph.edges if edge.source[0] == first)
    taken = {node.id for node in graph.nodes} | {group.id for group in graph.groups}
    ops = inserted(block(name), taken)
    graph, _ = apply(graph, ops)
    group = graph.groups[-1]
    inside = set(group.nodes)
    starts = [(n, "in") for n in group.nodes if not any(e.target[0] == n for e in graph.edges)]
    fed = {edge.target for edge in graph.edges}
    ports = [
        (node.id, port) for node in graph.nodes if node.id in inside for port in _ports(graph, node.id)
        if (node.id, port) not in fed
    ]  # fmt: skip
    ends = [n for n in group.nodes if not any(e.source[0] == n for e in graph.edges)]
    links = [{"op": "connect", "from": [first, "out"], "to": list(port)} for port in ports or starts]
    cut = {"op": "disconnect", "from": list(after.source), "to": list(after.target)}
    graph, _ = apply(graph, [cut, *links, {"op": "connect", "from": [ends[-1], "out"], "to": list(after.target)}])
    return apply(graph, promoted(graph, group.id))[0]


def _ports(graph: Graph, name: str) -> list[str]:
    component = infer(graph).nodes[name].component
    assert component is not None
    return [f"{port.name}.{i}" for port in component.takes() for i in (0, 1)] if component.takes()[0].many else [
        port.name for port in component.takes()
    ]  # fmt: skip


def inner(graph: Graph) -> Graph:
    document = next(node.params["graph"] for node in graph.nodes if node.type == "core/subgraph@1")
    assert isinstance(document, dict)
    return decode(document)


def drawn(graph: Graph) -> list[tuple[str, str, dict[str, object]]]:
    return sorted((node.id, node.type, dict(node.params)) for node in graph.nodes if "input@" not in node.type)


@pytest.mark.parametrize("target", TARGETS)
def test_a_graph_within_is_the_same_after_it_was_code(target: Target) -> None:
    graph = with_block(target)
    assert not infer(graph).issues
    assert parse(write(graph).text, target, graph).graph == graph


@pytest.mark.parametrize("target", TARGETS)
def test_a_file_that_nothing_is_known_of_has_the_graph_within_as_a_node_again(target: Target) -> None:
    graph = with_block(target)
    text = write(graph).text
    found = parse(text, target).graph
    assert sorted((node.id, node.type) for node in found.nodes) == sorted((node.id, node.type) for node in graph.nodes)
    assert drawn(inner(found)) == drawn(inner(graph))
    assert inner(found).edges == inner(graph).edges
    assert infer(found).totals == infer(graph).totals
    assert write(found).text == text
    assert parse(text, target, found).graph == found


@pytest.mark.parametrize("target", TARGETS)
def test_an_edit_within_the_class_is_an_edit_of_the_graph_within(target: Target) -> None:
    graph = with_block(target)
    text = write(graph).text
    old, new = ('padding="same"', 'padding="same", dilation=2') if target == "torch" else ("3, p", "5, p")
    place = text.index("class " if target == "torch" else "def build_")
    edited = text[:place] + text[place:].replace(old, new, 1)
    assert edited != text
    found = parse(edited, target, graph).graph
    assert write(found).text == edited
    before = {name: (type_, params) for name, type_, params in drawn(inner(graph))}
    after = {name: (type_, params) for name, type_, params in drawn(inner(found))}
    changed = [name for name in before if before[name] != after.get(name)]
    assert len(changed) == 1
    assert before.keys() == after.keys()
    assert [n for n in found.nodes if n.type != "core/subgraph@1"] == [
        n for n in graph.nodes if n.type != "core/subgraph@1"
    ]


@pytest.mark.parametrize("target", TARGETS)
def test_an_edit_of_the_graph_within_is_an_edit_of_the_class(target: Target) -> None:
    graph = parse("# mine\n" + write(with_block(target)).text, target).graph
    node = next(node for node in graph.nodes if node.type == "core/subgraph@1")
    document = msgspec.json.decode(msgspec.json.encode(node.params["graph"]))
    conv = next(each for each in document["nodes"] if "conv" in each["type"])
    conv.setdefault("params", {})["kernel_size"] = 5
    after, _ = apply(graph, [{"op": "set", "id": node.id, "params": {"graph": document}}])
    text = write(after).text
    assert text.startswith("# mine\n")
    assert drawn(inner(parse(text, target).graph)) == drawn(inner(after))


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_added_by_hand_within_is_a_code_node_within(target: Target) -> None:
    text = write(with_block(target)).text
    where = text.index("class " if target == "torch" else "def build_")
    end = text.index("        return" if target == "torch" else "    return keras.Model", where)
    result = text[end:].split("\n", 1)[0].split()[-1 if target == "torch" else -2].strip("(),")
    indent = " " * (8 if target == "torch" else 4)
    edited = f"{text[:end]}{indent}{result} = {result} * 0.25  # calmer\n{text[end:]}"
    ast.parse(edited)
    found = parse(edited, target).graph
    assert write(found).text == edited
    assert [node.params["code"] for node in inner(found).nodes if node.type == "core/code@1"] == [
        f"{result} = {result} * 0.25  # calmer"
    ]
    assert "* 0.25  # calmer" in write(found, fresh=True).text


def test_a_class_that_calls_itself_is_kept_as_it_is() -> None:
    text = """import torch
from torch import nn


class Again(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Again()

    def forward(self, x):
        return self.inner(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.again = Again()

    def forward(self, x):
        x = self.fc(x)
        return self.again(x)
"""
    graph = parse(text).graph
    assert write(graph).text == text
    assert parse(text, old=graph).graph == graph


def test_a_block_with_arguments_of_its_own_stays_code() -> None:
    text = """from torch import nn


class Wide(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = nn.Linear(n, n)

    def forward(self, x):
        return self.fc(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = Wide(8)
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        return self.fc(self.wide(x))
"""
    graph = parse(text).graph
    assert "core/subgraph@1" not in {node.type for node in graph.nodes}
    assert write(graph).text == text
