"""A first model fits its data, checks without an error, and says why it is so."""

import itertools

import pytest

from gnomon.core.errors import InputError
from gnomon.graph.build import Feature, build, identifier
from gnomon.graph.checks import check
from gnomon.graph.code.write import write
from gnomon.graph.infer import infer

COLUMNS = [
    Feature("age", "number"),
    Feature("Blood pressure (mmHg)", "number"),
    Feature("city", "category", (), 12),
    Feature("words", "text"),
    Feature("photo", "image", (64, 48, 3)),
    Feature("scan", "image", (None, None, 1)),
    Feature("signal", "array", (200, 3)),
    Feature("vector", "array", (17,)),
    Feature("cube", "array", (4, 5, 6)),
]
TARGETS = [Feature("outcome", "category", (), 5), Feature("price", "number")]


def sound(*columns: Feature, target: Feature, rows: int = 5_000) -> list[str]:
    """Build, check that nothing is wrong, write both targets, and return the components used."""
    built = build([*columns, target], target.name, rows=rows)
    report = infer(built.graph)
    assert [issue for issue in (*report.issues, *check(built.graph, report)) if issue.level == "error"] == []
    assert [issue for issue in check(built.graph, report) if issue.level == "warning"] == []
    for framework in ("torch", "keras"):
        assert not write(built.graph, framework).missing
    said = [*built.graph.data["inputs"].values(), *built.graph.data["outputs"].values()]
    assert list(built.graph.data["outputs"].values()) == [target.name]
    named = list(itertools.chain.from_iterable([each] if isinstance(each, str) else each for each in said))
    assert sorted(named) == sorted(each.name for each in (*columns, target))
    for reason in built.reasons:
        node = built.graph.node(reason.node)
        assert node is not None
        if reason.param:
            assert getattr(report.nodes[node.id].component, reason.param) == reason.value
    return [node.type.partition("/")[2].partition("@")[0] for node in built.graph.nodes]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.kind)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_one_column_of_any_kind_is_enough(column: Feature, target: Feature) -> None:
    assert sound(column, target=target)[-1] == ("classification" if target.kind == "category" else "regression")


def test_columns_of_all_kinds_are_joined() -> None:
    used = sound(*COLUMNS, target=TARGETS[0], rows=300)
    assert used.count("concatenate") == 1
    assert used.count("numeric_input") == 1


def test_a_digit_is_read_by_convolutions_that_double() -> None:
    built = build([Feature("image", "image", (28, 28)), Feature("digit", "category", (), 10)], "digit", rows=60_000)
    assert [node.params["filters"] for node in built.graph.nodes if node.type == "core/conv2d@1"] == [16, 32]
    head = built.graph.node("head")
    assert head is not None
    assert head.params == {"units": 10}
    why = {(each.node, each.param): each.why for each in built.reasons}
    assert why["head", "units"] == "digit has 10 classes, and each needs one number."


def test_few_rows_get_a_small_layer_and_small_batches() -> None:
    small, large = (build([*COLUMNS[:1], *TARGETS[:1]], "outcome", rows=rows) for rows in (150, 60_000))
    assert [built.graph.node("hidden").params["units"] for built in (small, large)] == [32, 128]  # type: ignore[union-attr]
    assert [built.graph.train["batch_size"] for built in (small, large)] == [8, 64]


@pytest.mark.parametrize(("shape", "height"), [((96, 64, 3), 96), ((100, 64, 3), 128), ((None, None, 3), 128)])
def test_a_mask_is_predicted_by_a_unet(shape: tuple[int | None, ...], height: int) -> None:
    built = build([Feature("image", "image", shape), Feature("mask", "mask", shape)], "mask", rows=100)
    image = next(node for node in built.graph.nodes if node.type == "core/image_input@1")
    assert image.params["height"] == height
    assert infer(built.graph).issues == ()
    assert len(built.reasons) == (height != shape[0])


def test_what_is_left_out_is_said() -> None:
    columns = [
        Feature("day", "time"),
        Feature("same", "category", (), 1),
        Feature("ragged", "array", (None,)),
        *TARGETS,
        Feature("x", "number"),
    ]
    built = build(columns, "outcome", rows=900)
    assert list(built.left_out) == ["day", "same", "ragged"]


@pytest.mark.parametrize(
    ("columns", "target", "says"),
    [
        (TARGETS, "weight", "there is no column 'weight'. There are outcome, price"),
        (TARGETS[:1], "outcome", "there is no other column"),
        (
            [*TARGETS[:1], Feature("day", "time")],
            "outcome",
            r"nothing is left to predict outcome from \(day: a moment by itself",
        ),
        ([*TARGETS, Feature("words", "text")], "words", "words holds text, and a first model is built for"),
        ([Feature("mask", "mask"), *TARGETS], "mask", "from one column of images, and there are 0"),
    ],
)
def test_data_without_a_first_model_say_why(columns: list[Feature], target: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        build(columns, target, rows=100)


def test_columns_of_hostile_and_equal_names_become_nodes_of_their_own() -> None:
    names = ["self", "class", "a b", "a-b", "A B", "'; drop", "x" * 300, "数", "😀", "head", "numbers", "{0}"]
    columns = [Feature(name, "category", (), 3) for name in names]
    sound(*columns, target=TARGETS[0])
    assert identifier("self") == "self_"


def test_what_the_data_set_does_already_is_not_done_again() -> None:
    columns = [
        Feature("scan", "image", (8, 8, 1), normalise="scale"),
        Feature("age", "number", normalise="standard"),
        Feature("words", "text", (40,), 900),
    ]
    built = build([*columns, Feature("digit", "category", (), 10)], "digit", rows=1_000)
    nodes = {node.id: node for node in built.graph.nodes}
    assert {"scaled", "rescale"} & nodes.keys() == set()
    assert nodes["words"].params == {"length": 40, "vocabulary": 900}
    assert nodes["words_words"].params == {"units": 32, "vocabulary": 900}
    raw = build(
        [Feature("scan", "image", (8, 8, 1), top=16), Feature("digit", "category", (), 10)], "digit", rows=1_000
    )
    assert next(node.params for node in raw.graph.nodes if node.id == "scaled") == {"std": [16]}


def test_a_model_for_masks_has_as_many_classes_as_they_have() -> None:
    built = build([Feature("photo", "image", (64, 64, 3)), Feature("mask", "mask", (64, 64), 5)], "mask", rows=100)
    nodes = {node.id: node.params for node in built.graph.nodes}
    assert (nodes["head"]["filters"], nodes["mask"]["classes"], nodes["image"]["height"]) == (5, 5, 64)
    assert infer(built.graph).issues == ()
