"""What components say when they cannot work, and what they offer: word by word, for people read it."""

import pytest

from gnomon.graph.component import Component
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.registry import components
from gnomon.graph.spec import Spec


def node(name: str, **params: object) -> Component:
    return components()[f"core/{name}@1"](**params)


def refused(each: Component, *inputs: Spec, ask: str = "infer") -> Problem:
    with pytest.raises(Problem) as caught:
        getattr(each, ask)(*inputs)
    return caught.value


def test_an_image_in_front_of_dense_wants_a_flatten_or_a_pooling() -> None:
    problem = refused(node("dense", units=10), Spec((7, 7, 64)))
    assert problem.message == "Expected vectors (features) or sequences (steps × features), received 7×7×64."
    assert problem.port == "in"
    assert [remedy.title for remedy in problem.remedies] == [
        "Put a Flatten in front", "Put a global average pooling in front",
    ]  # fmt: skip


def test_features_that_are_not_known_give_dense_no_weights() -> None:
    problem = refused(node("dense"), Spec((None,)))
    assert "number of features is not known" in problem.message
    assert problem.port == "in"


def test_an_image_without_channels_gets_one() -> None:
    problem = refused(node("conv2d"), Spec((28, 28)))
    reshape = Remedy("Reshape to 28×28×1", before={"in": ("core/reshape@1", {"shape": [28, 28, 1]})})
    assert problem.remedies[0] == reshape


def test_a_volume_in_front_of_an_image_convolution_makes_it_one_of_volumes() -> None:
    (remedy,) = refused(node("conv2d", filters=8, activation="relu"), Spec((4, 8, 8, 1))).remedies
    assert remedy.replace == "core/conv3d@1"
    assert remedy.params == {"filters": 8, "activation": "relu", "padding": "same"}


def test_a_window_that_does_not_fit_is_padded_or_made_smaller() -> None:
    problem = refused(node("conv2d", kernel_size=(3, 7), padding="valid"), Spec((5, 5, 1)))
    assert problem.message == "A window of 3×7 does not fit into 5×5 places. Pad the edges, or make it smaller."
    assert problem.param == "kernel_size"
    assert [remedy.params for remedy in problem.remedies] == [{"padding": "same"}, {"kernel_size": (3, 5)}]
    assert refused(node("max_pool2d", pool_size=9), Spec((5, 5, 1))).param == "pool_size"


def test_a_window_with_a_size_for_too_few_axes_is_refused() -> None:
    problem = refused(node("conv2d", kernel_size=(3, 3, 3)), Spec((9, 9, 1)))
    assert problem.message == "kernel_size: expected one number, or one for each of 2 axes, received 3."
    assert problem.remedies[0].params == {"kernel_size": 3}


@pytest.mark.parametrize("params", [{"groups": 3}, {"groups": 4, "filters": 6}])
def test_groups_divide_channels_and_filters(params: dict[str, int]) -> None:
    assert refused(node("conv2d", **params), Spec((9, 9, 4))).param == "groups"
    node("conv2d", filters=6, groups=2).infer(Spec((9, 9, 4)))


def test_a_convolution_strides_or_is_dilated() -> None:
    problem = refused(node("conv1d", strides=2, dilation=2), Spec((9, 4)))
    assert [remedy.params for remedy in problem.remedies] == [{"strides": 1}, {"dilation": 1}]


def test_pytorch_cannot_pad_strides_over_sizes_that_are_not_known_and_keras_can() -> None:
    each = node("conv2d", strides=2)
    inputs = Spec((None, 28, 3))
    assert each.infer(inputs).outs == (Spec((None, 14, 32)),)
    assert each.keras(inputs).make
    problem = refused(each, inputs, ask="torch")
    assert "has to know the size" in problem.message
    assert [remedy.params for remedy in problem.remedies] == [{"padding": "half"}, {"padding": "valid"}]
    assert node("conv2d", strides=2, padding="half").torch(inputs).make == "nn.Conv2d(3, 32, 3, stride=2, padding=1)"


def test_pytorch_cannot_take_the_mean_of_windows_filled_up_unevenly() -> None:
    problem = refused(node("avg_pool2d", pool_size=4, strides=1, padding="same"), Spec((9, 9, 1)), ask="torch")
    assert [remedy.params for remedy in problem.remedies] == [{"padding": "valid"}, {"pool_size": 5}]


def test_groups_of_channels_are_as_many_as_fit() -> None:
    problem = refused(node("group_norm", groups=8), Spec((9, 9, 12)))
    assert problem.message == "groups: 8 groups cannot be made of 12 channels alike."
    assert problem.remedies[0].params == {"groups": 4}


def test_whole_numbers_are_cast_before_they_are_multiplied() -> None:
    problem = refused(node("dense"), Spec((9,), "int64"))
    assert problem.message == "Expected numbers (float32), received int64."
    assert problem.remedies == (Remedy("Cast to float32", before={"in": ("core/cast@1", {})}),)


def test_an_output_of_another_size_than_there_are_classes_gets_a_dense() -> None:
    problem = refused(node("classification", classes=10), Spec((30,)))
    assert (problem.param, problem.port) == ("classes", "in")
    assert [remedy.title for remedy in problem.remedies] == ["Put a Dense with 10 in front", "Set classes to 30"]
    assert refused(node("segmentation", classes=3), Spec((8, 8, 5))).remedies[0].before == {
        "in": ("core/conv2d@1", {"filters": 3, "kernel_size": 1})
    }


def test_an_output_takes_as_many_classes_as_there_are_numbers() -> None:
    assert node("classification").infer(Spec((10,))).outs == (Spec((10,), classes=10),)
    assert node("regression").infer(Spec((3,))).outs == (Spec((3,)),)


def test_an_input_has_no_axis_of_length_nought() -> None:
    problem = refused(node("input", shape=(3, 0)))
    assert (problem.param, problem.remedies[0].params) == ("shape", {"shape": [3, 1]})
    assert node("input", shape=(3, -1)).infer().outs == (Spec((3, None)),)


def test_inputs_know_how_many_kinds_there_are() -> None:
    assert node("category_input", categories=7).infer().outs == (Spec((), "int64", classes=7),)
    assert node("text_input", length=None, vocabulary=99).infer().outs == (Spec((None,), "int64", classes=99),)


def test_only_images_have_channels_that_can_come_first() -> None:
    problem = refused(node("flatten", order="channels_first"), Spec((5, 3)))
    assert (problem.param, problem.remedies[0].params) == ("order", {"order": "channels_last"})
