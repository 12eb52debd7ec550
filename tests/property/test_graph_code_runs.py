"""What is written of a random graph runs in its framework, and gives the shapes and parameters that the graph tells of."""

import contextlib
import io
import random
from typing import Any

import pytest
from tests.conftest import trials
from tests.graphs import random_graph

from gnomon.graph.code import write
from gnomon.graph.component import TARGETS, Target
from gnomon.graph.infer import infer
from gnomon.graph.layout import torch_shape
from gnomon.graph.suite_frameworks import load

CASES = trials(5, 300)


def run(text: str) -> dict[str, Any]:
    """Return what a file leaves behind when it is run."""
    left: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, "model.py", "exec"), left)
    return left


@pytest.mark.filterwarnings("ignore:.*You are using a softmax over axis")  # a random one may have one channel
@pytest.mark.parametrize("target", TARGETS)
def test_a_written_file_runs_and_gives_what_the_graph_tells(target: Target) -> None:
    load()
    for seed in range(CASES):
        graph = random_graph(random.Random(seed), 10, target, code=False)
        report = infer(graph)
        left = run(write(graph).text)
        ends = [each.ins[0] for each in report.nodes.values() if each.component and each.component.category == "Output"]
        given = left["outputs"] if isinstance(left["outputs"], (tuple, list)) else [left["outputs"]]
        known = [spec for spec in ends if spec is not None and None not in spec.shape]
        if len(known) == len(ends) > 0:
            shapes = [torch_shape(spec) if target == "torch" else spec.shape for spec in known]
            assert [tuple(each.shape[1:]) for each in given] == shapes, seed
        if target == "torch":
            assert sum(each.numel() for each in left["model"].parameters()) == report.totals.params, seed
