"""Graphs as code and back: 10,000 random graphs come back the same, nothing written by hand is lost, and it is quick.

    python benchmarks/canvas_code.py [COUNT]

Counts are of graphs; times are of CPU, medians over graphs of 100 and 200 nodes, for both targets.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from _measure import report

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.edits import graph_edit, hand_edited
from tests.graphs import random_graph

from gnomon.graph.code import parse, write
from gnomon.graph.component import TARGETS, Target
from gnomon.graph.patch import apply

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000


def graph_again(rng: random.Random, target: Target) -> bool:
    """Graph → code → graph."""
    graph = random_graph(rng, 12, target)
    return parse(write(graph).text, target, graph).graph == graph


def code_again(rng: random.Random, target: Target) -> bool:
    """Code → graph → code, nothing else being known of the graph."""
    text = write(msgspec.structs.replace(random_graph(rng, 12, target, code=False), groups=())).text
    found = parse(text, target).graph
    return not found.source and write(found).text == text


def edited_again(rng: random.Random, target: Target) -> bool:
    """Code edited by hand → graph → code: every byte is there, and after an edit of the graph every statement added."""
    graph = random_graph(rng, 8, target, code=False)
    text, added = hand_edited(write(graph).text, target, rng)
    found = parse(text, target, graph).graph
    after, _ = apply(found, graph_edit(found, rng))
    places = [write(after).text, *(str(node.params.get("code")) for node in (*found.nodes, *after.nodes))]
    return write(found).text == text and all(any(each.split("\n")[0] in place for place in places) for each in added)


def counted(figure: str, holds: Callable[[random.Random, Target], bool], count: int) -> None:
    """Report of how many cases something holds; half of them for each target."""
    start = time.process_time()
    good = sum(holds(random.Random(seed), target) for target in TARGETS for seed in range(count // 2))
    report(figure, good, "graphs", n=count, target=count, seconds=time.process_time() - start)


def timed(work: Callable[[], object]) -> float:
    """Return the median milliseconds of CPU."""
    taken = []
    for _ in range(7):
        start = time.process_time()
        work()
        taken.append(1e3 * (time.process_time() - start))
    return statistics.median(taken)


def by_hand(count: int) -> str:
    """Return a module of PyTorch whose statements are all of its author's own."""
    head = "from torch import nn\n\n\nclass Net(nn.Module):\n    def forward(self, x):\n        y0 = own(x)\n"
    lines = (f"\n        y{i} = own_{i}(y{i - 1}, 3)\n" for i in range(1, count))
    return f"{head}{''.join(lines)}        return y{count - 1}\n"


def main() -> None:
    """Print all figures."""
    counted("graph to code to graph is the same", graph_again, COUNT)
    counted("code to graph to code is the same", code_again, COUNT)
    counted("code edited by hand loses nothing", edited_again, COUNT)
    for target in TARGETS:
        small = [random_graph(random.Random(seed), 100, target, code=False) for seed in range(8)]
        large = [random_graph(random.Random(seed), 200, target, code=False) for seed in range(8)]
        report(
            f"write 100 nodes, {target}",
            statistics.median(timed(partial(write, graph)) for graph in small),
            "ms",
            target=20,
        )
        texts = [(graph, write(graph).text) for graph in large]
        again = statistics.median(timed(partial(parse, text, target, graph)) for graph, text in texts)
        report(f"read 200 nodes, {target}", again, "ms", target=50)
        anew = statistics.median(timed(partial(parse, text, target)) for _, text in texts)
        report(f"read 200 nodes of an unknown file, {target}", anew, "ms", target=50)
    text = by_hand(200)
    graph = parse(text).graph
    report("read 200 Code nodes", timed(partial(parse, text, "torch", graph)), "ms", target=50)
    report("read 200 Code nodes of an unknown file", timed(partial(parse, text)), "ms", target=50)


if __name__ == "__main__":
    main()
