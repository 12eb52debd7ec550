"""How large images are where nothing says it: the side with which the numbers of the layers come out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from gnomon.graph.document import Graph, Node
from gnomon.graph.infer import Cache, infer
from gnomon.graph.param import checked
from gnomon.graph.registry import find
from gnomon.graph.spec import Spec

SIZES: Final = (28, 32, 64, 224, 96, 128, 256, 299, 227, 84, 48, 16)
"""Sides of images that are tried first."""
LARGEST: Final = 4096
"""Side of an image: none is looked for beyond."""

Wants = Mapping[tuple[str, int], Spec]


def is_open(node: Node) -> bool:
    """Return whether a node is an input, or statements by hand, of whose image only the channels are known."""
    shape = node.params.get("shape") if node.type == "core/input@1" else None
    said = node.params.get("shapes", "") if node.type == "core/code@1" else ""
    return (isinstance(shape, list) and len(shape) == 3 and shape[:2] == [-1, -1]) or str(said).startswith("?×?×")


def usual(graph: Graph) -> list[int]:
    """Return the sides to be tried: those of the square images that go in, then the usual ones."""
    given = [spec.shape[0] for spec in _inputs(graph) if spec.rank == 3 and spec.shape[0] == spec.shape[1]]
    return list(dict.fromkeys([*(side for side in given if side is not None), *SIZES]))


def _inputs(graph: Graph) -> Iterator[Spec]:
    for node in graph.nodes:
        kind = find(node.type)
        if kind is not None and kind.category == "Input":
            values, problems = checked(kind.params, node.params)
            spec = None if problems else kind(**values).infer().outs[0]
            if spec is not None:
                yield spec


def solved(graph: Graph, wants: Wants) -> list[int]:
    """Return the side with which a layer gives what the one behind it takes: 288 = 8·6·6 behind a window of 3 is 8.

    What comes out grows with the side, so that halving finds it. Where several sides do (of pooled images), it is the
    one that can be halved most often.

    Args:
        graph: With nodes of which the side is not known.
        wants: What layers take, by output.
    """
    (end, spec), *_ = wants.items()
    wanted, cache = spec.channels, Cache()
    if wanted is None or spec.rank != 1:
        return []
    low = _first(graph, end, wanted, cache)
    high = _first(graph, end, wanted + 1, cache)
    if low >= high:
        return []
    return [max(range(low, high), key=lambda side: (side & -side, -side))]


def _first(graph: Graph, end: tuple[str, int], wanted: int, cache: Cache) -> int:
    """Return the least side with which an output has so many features."""
    low, high = 1, LARGEST + 1
    while low < high:
        side = (low + high) // 2
        if _features(graph, end, side, cache) >= wanted:
            high = side
        else:
            low = side + 1
    return low


def _features(graph: Graph, end: tuple[str, int], side: int, cache: Cache) -> int:
    """Return how many features an output has with a side; 0 where an image is too small for its layers."""
    sized = msgspec.structs.replace(graph, nodes=tuple(_sized(node, side) for node in graph.nodes))
    known = infer(sized, cache).nodes.get(end[0])
    spec = known.outs[end[1]] if known is not None and end[1] < len(known.outs) else None
    return (spec.channels or 0) if spec is not None else 0


def _sized(node: Node, side: int) -> Node:
    if not is_open(node):
        return node
    params: dict[str, Any] = dict(node.params)
    if node.type == "core/input@1":
        params["shape"] = [side, side, params["shape"][2]]
    else:
        params["shapes"] = str(params["shapes"]).replace("?×?×", f"{side}×{side}×", 1)
    return msgspec.structs.replace(node, params=params)


def opened(graph: Graph) -> set[str]:
    """Return what of a graph is open: `input`, `code`, both or none."""
    return {"input" if node.type == "core/input@1" else "code" for node in graph.nodes if is_open(node)}
