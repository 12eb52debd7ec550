from typing import Any

import pytest
from tests.unit.graph.build import build

from gnomon.graph.document import Graph
from gnomon.graph.infer import infer
from gnomon.graph.patch import apply
from gnomon.graph.suggest import suggest
from gnomon.graph.templates import templates

IMAGE = "image:image_input>conv:conv2d(filters=16,activation='relu')>pool:max_pool2d"

SUGGESTED: list[tuple[Graph, tuple[str, str, Any, str]]] = [
    (
        build("x:numeric_input>head:dense>out:classification(classes=10)"),
        ("head", "units", 10, "out has 10 classes, and each needs one number."),
    ),
    (
        build(IMAGE + ">head:conv2d(kernel_size=1)>out:segmentation(classes=3)"),
        ("head", "filters", 3, "out has 3 classes, and each needs one number."),
    ),
    (
        build("x:text_input(vocabulary=500)>words:embedding(units=8)>lstm>out:regression"),
        ("words", "vocabulary", 500, "x has 500 different ids."),
    ),
    (
        build("x:category_input(categories=81)>words:embedding(vocabulary=81)>out:regression"),
        ("words", "units", 6, "81 different ids fit into 6 numbers (2 × fourth root)."),
    ),
    (
        build("x:category_input(categories=7)>one:one_hot>out:regression"),
        ("one", "classes", 7, "x has 7 different ids."),
    ),
    (
        build(IMAGE.replace("16", "32") + ">more:conv2d(activation='relu')>out:segmentation"),
        ("more", "filters", 64, "pool halves the image, so twice its 32 feature maps keep about as much."),
    ),
    (
        build("image:image_input>conv:conv2d>flat:flatten>head:dense(units=3)>out:classification"),
        ("conv", "activation", "relu", "Without one, conv and head are linear one behind the other."),
    ),
    (
        build("x:sequence_input(features=512)>look:multi_head_attention>out:regression"),
        ("look", "heads", 8, "512 features make 8 heads of 64."),
    ),
]


@pytest.mark.parametrize(("graph", "expected"), SUGGESTED, ids=lambda v: v[3] if isinstance(v, tuple) else "")
def test_a_value_is_suggested_with_its_reason_and_no_more_once_somebody_has_chosen(
    graph: Graph, expected: tuple[str, str, Any, str]
) -> None:
    found = [(each.node, each.param, each.value, each.why) for each in suggest(graph, infer(graph))]
    assert found == [expected]
    node, param, value, _ = expected
    for chosen in (value, getattr(infer(graph).nodes[node].component, param)):
        after, _ = apply(graph, [{"op": "set", "id": node, "params": {param: chosen}}])
        assert [each for each in suggest(after, infer(after)) if (each.node, each.param) == (node, param)] == []


@pytest.mark.parametrize(
    "graph",
    [
        build(),
        build("x:numeric_input(columns=8)>code:dense(units=2)>wide:dense(units=8)>out:reconstruction"),
        build(IMAGE.replace("16", "4") + ">more:conv2d(activation='relu')>out:segmentation"),
        build("x:sequence_input(features=100)>look:multi_head_attention>out:regression"),
        build("x:sequence_input(features=64)>look:multi_head_attention>out:regression"),
        build("x:category_input(categories=100000)>words:embedding(vocabulary=100000)>out:regression"),
        build("x:image_input>conv:conv2d>norm:batch_norm>more:conv2d(activation='relu')>out:segmentation"),
    ],
)
def test_nothing_is_suggested_where_there_is_no_reason(graph: Graph) -> None:
    assert suggest(graph, infer(graph)) == []


def test_templates_have_made_their_choices() -> None:
    found = {each.name: suggest(each.graph, infer(each.graph)) for each in templates()}
    assert {name: each for name, each in found.items() if each} == {}
