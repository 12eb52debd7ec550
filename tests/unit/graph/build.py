"""Graphs for tests, in a few words."""

from itertools import pairwise
from typing import Any

from gnomon.graph.document import Graph, decode


def build(text: str = "", edges: str = "", **rest: Any) -> Graph:
    """Return a graph.

    Args:
        text: Nodes as `name:type(param=value, …)` with spaces between; a type without a slash is one of ours, without
            `:type` it is called like it. Nodes joined by `>` follow one another; a node of `text` named again is the
            same one.
        edges: More edges, as `a>b`, `a.out>b.in.1`.
        rest: Other fields of the document.
    """
    nodes: dict[str, dict[str, Any]] = {}
    pairs: list[tuple[str, str]] = []
    for chain in _split(text, " "):
        names = [_node(each, nodes) for each in _split(chain, ">")]
        pairs += [(a.partition(".")[0], b) for a, b in pairwise(names)]
    pairs += [(a, b) for a, b in (edge.split(">") for edge in edges.split())]
    ends = [{"from": end(a, "out"), "to": end(b, "in")} for a, b in pairs]
    return decode({"nodes": list(nodes.values()), "edges": ends, **rest})


def end(text: str, port: str) -> list[str]:
    """Return the end of an edge: `a` is its usual port, `a.in.1` another."""
    name, _, given = text.partition(".")
    return [name, given or port]


def _node(text: str, nodes: dict[str, dict[str, Any]]) -> str:
    head, _, params = text.partition("(")
    name, _, type_ = head.partition(":")
    name, dot, port = name.partition(".")
    type_ = type_ or name
    if name not in nodes:
        whole = type_ if "/" in type_ else f"core/{type_}@1"
        nodes[name] = {"id": name, "type": whole, "params": eval(f"dict({params}") if params else {}}
    return name + dot + port


def _split(text: str, mark: str) -> list[str]:
    """Return the parts of a text between marks, but not those within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == mark and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]
