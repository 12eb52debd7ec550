"""From an edit of a graph to all shapes, issues and suggestions: 100 nodes at once, 1,000 and 10,000 for the slope.

Graphs are residual networks of convolutions, as the canvas holds them. Each round sets a parameter of one node in the
middle, so that everything behind it is inferred anew, and another that changes nothing downstream. Prints JSON lines.
"""

import argparse
import statistics
import time
from itertools import pairwise
from typing import Any

from _measure import report
from gnomon.graph.document import Graph, decode, encode
from gnomon.graph.patch import apply
from gnomon.graph.study import Study

TARGET_MS = 5.0


def residual(nodes: int) -> Graph:
    """Return a residual network of about that many nodes."""
    made: list[dict[str, Any]] = [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 64, "width": 64, "channels": 3}},
        {"id": "stem", "type": "core/conv2d@1", "params": {"filters": 32, "use_bias": False}},
    ]
    edges = [("image", "stem", "in")]
    last = "stem"
    for i in range((nodes - 5) // 5):
        block = [f"conv{i}a", f"norm{i}", f"relu{i}", f"conv{i}b", f"sum{i}"]
        kinds = ["conv2d", "batch_norm", "activation", "conv2d", "add"]
        params: list[dict[str, Any]] = [{"filters": 32, "use_bias": False}, {}, {}, {"filters": 32}, {}]
        made += [
            {"id": name, "type": f"core/{kind}@1", "params": given, "ui": {"x": i * 240.0, "y": 0.0}}
            for name, kind, given in zip(block, kinds, params, strict=True)
        ]
        edges += [(last, block[0], "in"), *((a, b, "in") for a, b in pairwise(block[:4]))]
        edges += [(block[3], block[4], "in.0"), (last, block[4], "in.1")]
        last = block[4]
    made += [
        {"id": "pool", "type": "core/global_avg_pool@1"},
        {"id": "head", "type": "core/dense@1", "params": {"units": 10}},
        {"id": "out", "type": "core/classification@1"},
    ]
    edges += [(last, "pool", "in"), ("pool", "head", "in"), ("head", "out", "in")]
    return decode({"nodes": made, "edges": [{"from": [a, "out"], "to": [b, port]} for a, b, port in edges]})


def edits(graph: Graph, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Return seconds of an edit that changes shapes behind it, of one that does not, and of undoing by patch alone."""
    study = Study()
    study.of(graph)
    middle = f"conv{len(graph.nodes) // 10}b"
    shapes, quiet, patches = [], [], []
    for i in range(rounds):
        for taken, ops in (
            (shapes, [{"op": "set", "id": "stem", "params": {"strides": 1 + i % 3}}]),
            (quiet, [{"op": "set", "id": middle, "params": {"kernel_size": 1 + 2 * (i % 4)}}]),
        ):
            start = time.perf_counter()
            graph, _ = apply(graph, ops)
            patched = time.perf_counter()
            study.of(graph)
            taken.append(time.perf_counter() - start)
            patches.append(patched - start)
    return shapes, quiet, patches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=61)
    rounds = parser.parse_args().rounds
    per_node = {}
    for nodes in (100, 1_000, 10_000):
        graph = residual(nodes)
        count, many = len(graph.nodes), max(5, rounds * 100 // nodes)
        shapes, quiet, patches = edits(graph, many)
        per_node[nodes] = statistics.median(shapes) / count
        target = {"target": TARGET_MS} if nodes == 100 else {}
        for what, seconds in (("all shapes change", shapes), ("one node changes", quiet), ("patch alone", patches)):
            more: dict[str, object] = target if what != "patch alone" else {}
            ordered = sorted(seconds)
            report(
                f"canvas edit, {count} nodes, {what}", 1e3 * statistics.median(seconds), "ms",
                p95=1e3 * ordered[int(0.95 * (len(ordered) - 1))], n=len(seconds), **more,
            )  # fmt: skip
        start = time.perf_counter()
        Study().of(decode(encode(graph)))
        report(
            f"canvas open, {count} nodes, decoded and inferred for the first time",
            1e3 * (time.perf_counter() - start),
            "ms",
        )
    report("canvas edit, cost of a node at 10,000 against 100", per_node[10_000] / per_node[100], "x", target=2.0)


if __name__ == "__main__":
    main()
