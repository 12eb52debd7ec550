"""Tensors of other places beside one another: every remedy that is offered is applied, and the issue is gone."""

from typing import Any

import pytest

from gnomon.graph.document import Edge, Graph, Node
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply
from gnomon.graph.same_places import same_places
from gnomon.graph.spec import Spec


def merging(kind: str, *shapes: tuple[int, ...], **params: Any) -> Graph:
    """Return a graph in which inputs of these shapes meet."""
    names = [f"in{i}" for i in range(len(shapes))]
    nodes = [Node(name, "core/input@1", {"shape": list(shape)}) for name, shape in zip(names, shapes, strict=True)]
    edges = tuple(Edge((name, "out"), ("merge", f"in.{i}")) for i, name in enumerate(names))
    return Graph(nodes=(*nodes, Node("merge", f"core/{kind}@1", params)), edges=edges)


def offered(graph: Graph) -> dict[str, Any]:
    return {fix.title: fix for issue in infer(graph).issues if issue.node == "merge" for fix in issue.fixes}


@pytest.mark.parametrize(
    ("kind", "shapes", "titles"),
    [
        (
            "add",
            [(28, 28, 8), (14, 14, 8)],
            {"Pool input 1 to 14×14": (14, 14, 8), "Stride input 1 to 14×14": (14, 14, 8),
             "Upsample input 2 to 28×28": (28, 28, 8)},
        ),
        ("add", [(14, 14, 16), (28, 28, 8)], {"Stride input 2 to 14×14": (14, 14, 16)}),
        ("multiply", [(12, 4), (6, 4)], {"Pool input 1 to 6 steps": (6, 4), "Stride input 1 to 6 steps": (6, 4)}),
        (
            "add",
            [(8, 4, 4, 3), (4, 4, 2, 3), (8, 4, 4, 3)],
            {"Stride inputs 1 and 3 to 4×4×2": (4, 4, 2, 3)},
        ),
        # 27 places become 13 in windows of two; a step of two over single places leaves 14.
        ("add", [(27, 27, 3), (13, 13, 3)], {"Pool input 1 to 13×13": (13, 13, 3)}),
        # What windows of three took away comes back as a border.
        ("add", [(28, 27, 4), (26, 26, 4)], {"Pad input 2 to 28×27": (28, 27, 4)}),
        ("concatenate", [(26, 28, 4), (28, 28, 2)], {"Pad input 1 to 28×28": (28, 28, 6)}),
        ("add", [(28, 28, 4), (26, 26, 3)], {}),
        ("add", [(28, 28, 4), (22, 22, 4)], {}),
        (
            "concatenate",
            [(28, 28, 8), (14, 14, 3)],
            {"Pool input 1 to 14×14": (14, 14, 11), "Stride input 1 to 14×14": (14, 14, 11),
             "Upsample input 2 to 28×28": (28, 28, 11)},
        ),
    ],
)  # fmt: skip
def test_what_is_offered_ends_the_issue(
    kind: str, shapes: list[tuple[int, ...]], titles: dict[str, tuple[int, ...]]
) -> None:
    graph = merging(kind, *shapes)
    found = offered(graph)
    assert [title for title in found if title.split()[0] in ("Pool", "Stride", "Upsample", "Pad")] == [*titles]
    for title, shape in titles.items():
        after, _ = apply(graph, found[title].ops)
        report = infer(after)
        assert [issue.message for issue in report.issues] == []
        assert report.nodes["merge"].out == Spec(shape)


@pytest.mark.parametrize(
    "shapes",
    [
        [(28, 28, 8), (13, 13, 8)],
        [(8, 8, 8), (4, 16, 8)],
        [(8,), (4,)],
        [(8, 8, 8), (8, 8, 4)],
    ],
)
def test_nothing_is_offered_where_no_step_leads_from_one_to_the_other(shapes: list[tuple[int, ...]]) -> None:
    found = same_places([Spec(shape) for shape in shapes], channels=False)
    assert [each.title for each in found] == []


def test_numbers_that_no_pooling_takes_and_lengths_that_nobody_knows_are_left_alone() -> None:
    whole = [Spec((8, 8, 2), "int64"), Spec((4, 4, 2), "int64")]
    unknown = [Spec((None, 8)), Spec((4, 8))]
    assert [same_places(each, channels=True) for each in (whole, unknown)] == [(), ()]
