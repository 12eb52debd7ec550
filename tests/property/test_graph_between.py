"""The operations between two graphs lead from the one to the other, whatever the two are."""

import random
from typing import Any

import msgspec
import pytest
from tests.conftest import trials

from gnomon.graph.between import between
from gnomon.graph.document import Graph, decode, plain
from gnomon.graph.patch import apply
from gnomon.graph.words import in_words

NAMES = [f"n{i}" for i in range(8)]
TYPES = ["core/dense@1", "core/dropout@1", "core/add@1", "acme/other@2"]
VALUES: list[Any] = [1, 1.0, True, False, 0, "1", "{x}", None, [1, 2], [], {"deep": {"er": [1]}}]


def some(seed: random.Random) -> Graph:
    """Return a graph of few names, so that two of them share many; edges may lead nowhere."""
    names = seed.sample(NAMES, seed.randint(0, len(NAMES)))
    count = seed.randint(0, len(names))
    nodes = [node(seed, name) for name in names[:count]]
    groups = [
        {"id": name, "nodes": seed.sample(names[:count], seed.randint(1, count)), "title": seed.choice(["", "t"]),
         "repeat": seed.choice([1, 3])}
        for name in names[count : count + 2] if count
    ]  # fmt: skip
    edges = [
        {"from": [seed.choice(NAMES), "out"], "to": [seed.choice(NAMES), f"in.{seed.randint(0, 2)}"]} for _ in names
    ]
    return decode({
        "name": seed.choice(["a", "b"]), "target": seed.choice(["torch", "keras"]), "nodes": nodes, "groups": groups,
        "edges": [edge for i, edge in enumerate(edges) if edge not in edges[:i]],
        "train": params(seed), "source": {"torch": "x"} if seed.random() < 0.3 else {},
    })  # fmt: skip


def node(seed: random.Random, name: str) -> dict[str, Any]:
    place = {"x": seed.randint(0, 9), "y": 0.5} if seed.random() < 0.7 else None
    note = seed.choice(["", "note"])
    return {"id": name, "type": seed.choice(TYPES), "params": params(seed), "ui": place, "note": note}


def params(seed: random.Random) -> dict[str, Any]:
    return {name: seed.choice(VALUES) for name in "abc" if seed.random() < 0.5}


def unordered(graph: Graph) -> bytes:
    """Return what a graph says but for the order in which things were added to it; 1, 1.0 and true differ."""
    found = plain(graph)
    for name in ("nodes", "groups"):
        found[name] = sorted(found[name], key=lambda each: each["id"])
    return msgspec.json.encode(found, order="sorted")


@pytest.mark.parametrize("part", range(4))
def test_what_is_between_two_graphs_makes_the_second_of_the_first(part: int) -> None:
    seed = random.Random(part)
    for _ in range(trials(150, 5_000)):
        a, b = some(seed), some(seed)
        ops = between(a, b)
        made, inverse = apply(a, ops)
        assert unordered(made) == unordered(b)
        assert apply(made, inverse)[0] == a
        assert bool(ops) == (unordered(a) != unordered(b))
        assert bool(in_words(ops)) == bool(ops)
        assert between(made, b) == []


def test_a_node_of_another_name_is_renamed_where_it_stands() -> None:
    chain = {"edges": [{"from": ["a", "out"], "to": ["b", "in"]}, {"from": ["b", "out"], "to": ["c", "in"]}]}
    kinds = {"a": "core/input@1", "b": "core/dense@1", "c": "core/dropout@1"}
    a = decode({**chain, "nodes": [{"id": name, "type": kinds[name], "note": name} for name in kinds]})
    b = apply(a, [{"op": "rename", "id": "b", "to": "hidden"}])[0]
    assert between(a, b) == [{"op": "rename", "id": "b", "to": "hidden"}]
