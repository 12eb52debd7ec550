"""A graph as a file that is written anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gnomon.graph.code.keras import keras_lines
from gnomon.graph.code.parts import Out
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.torch import torch_lines
from gnomon.graph.problem import Issue


@dataclass(frozen=True, slots=True)
class Written:
    """Hold a graph as code.

    Args:
        text: The file.
        lines: First and last line of what each node wrote, from 1.
        missing: Nodes that the text does not have, and why.
        kept: Of a model written anew, what its author wrote beside it and what is in the text as it was.
        lost: Likewise, what is not in the text.
    """

    text: str
    lines: Mapping[str, list[tuple[int, int]]]
    missing: list[Issue]
    kept: Sequence[str] = ()
    lost: Sequence[str] = ()


def written(plan: Plan) -> Written:
    """Return the file that a good engineer would write: it runs by itself and needs nothing of ours."""
    lines = list(torch_lines(plan) if plan.target == "torch" else keras_lines(plan))
    return Written(
        "\n".join(line.text for line in lines) + "\n", of_originals(_spans(lines), plan.copies), plan.issues()
    )


def of_originals(
    spans: dict[str, list[tuple[int, int]]], copies: Mapping[str, str]
) -> dict[str, list[tuple[int, int]]]:
    """Return lines by node of the document: those of the copies of a group that repeats are their node's."""
    found: dict[str, list[tuple[int, int]]] = {}
    for name, ours in spans.items():
        found.setdefault(copies.get(name, name), []).extend(ours)
    return {name: sorted(ours) for name, ours in found.items()}


def _spans(lines: Sequence[Out]) -> dict[str, list[tuple[int, int]]]:
    spans: dict[str, list[tuple[int, int]]] = {}
    for i, line in enumerate(lines, 1):
        if line.node:
            ours = spans.setdefault(line.node, [])
            if ours and ours[-1][1] == i - 1:
                ours[-1] = (ours[-1][0], i)
            else:
                ours.append((i, i))
    return spans
