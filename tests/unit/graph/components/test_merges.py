"""What makes one tensor of several, against Keras and PyTorch."""

import random
from typing import Any, cast

import pytest

from gnomon.graph.component import Component
from gnomon.graph.components.concatenate import Concatenate
from gnomon.graph.components.dot import Dot
from gnomon.graph.components.elementwise import Add, Multiply
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Dim, Spec
from gnomon.graph.suite import ComponentSuite
from gnomon.graph.suite_draw import spec_shape


class ElementwiseSuite(ComponentSuite):
    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        shape = spec_shape(rng.randint(1, 4), rng)
        return [Spec(tuple(rng.choice([n, n, n, 1]) for n in shape)) for _ in range(rng.randint(2, 4))]


class TestAdd(ElementwiseSuite):
    component = Add


class TestMultiply(ElementwiseSuite):
    component = Multiply


@pytest.mark.parametrize(
    ("shapes", "out"),
    [
        ([(None, 8), (5, 8)], (5, 8)),
        ([(None, 8), (1, 8)], (None, 8)),
        ([(None, 1), (None, 8)], (None, 8)),
        ([(4, 4, 8), (1, 1, 8)], (4, 4, 8)),
    ],
)
def test_unknown_axes_give_way_to_known_ones(shapes: list[tuple[Dim, ...]], out: tuple[Dim, ...]) -> None:
    assert Add().infer(*map(Spec, shapes)).out == Spec(out)


@pytest.mark.parametrize(
    ("shapes", "titles"),
    [
        ([(8, 8, 16), (8, 8, 32)], ["Project input 2 to 16 channels", "Concatenate instead"]),
        ([(9, 16), (9, 32)], ["Project input 2 to 16 channels", "Concatenate instead"]),
        ([(16,), (32,)], ["Project input 2 to 16 units", "Concatenate instead"]),
        ([(8, 8, 16), (16,)], ["Reshape to 1×1×16"]),
        ([(16,), (8, 8, 16)], ["Reshape to 1×1×16"]),
        (
            [(8, 8, 16), (4, 4, 16)],
            ["Pool input 1 to 4×4", "Stride input 1 to 4×4", "Upsample input 2 to 8×8"],
        ),
        ([(8, 8, 16), (4, 4, 8)], ["Stride input 1 to 4×4"]),
        ([(8, 8, 16), (3, 4, 16)], []),
    ],
)
def test_inputs_that_do_not_add_up_come_with_what_makes_them(shapes: list[tuple[int, ...]], titles: list[str]) -> None:
    with pytest.raises(Problem, match="Add needs inputs of one shape") as caught:
        Add().infer(*map(Spec, shapes))
    assert [remedy.title for remedy in caught.value.remedies] == titles


class TestConcatenate(ComponentSuite):
    component = Concatenate

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        axis = cast("Concatenate", node).axis
        shape = spec_shape(rng.randint(-axis, 4), rng)
        lengths = [rng.randint(1, 5) for _ in range(rng.randint(2, 4))]
        return [Spec(tuple(n if i == len(shape) + axis else each for i, each in enumerate(shape))) for n in lengths]


@pytest.mark.parametrize(
    ("shapes", "params", "before"),
    [
        ([(8, 16), (9, 16)], {"axis": -2}, []),
        ([(8, 16), (9, 17)], {"axis": -1}, ["in.0", "in.1"]),
        ([(16,), (8, 8, 16)], {"axis": -1}, ["in.1"]),
    ],
)
def test_inputs_that_do_not_fit_are_put_together_otherwise(
    shapes: list[tuple[int, ...]], params: dict[str, Any], before: list[str]
) -> None:
    with pytest.raises(Problem) as caught:
        Concatenate(axis=-1).infer(*map(Spec, shapes))
    (remedy,) = caught.value.remedies
    assert (remedy.params, list(remedy.before)) == (params, before)


class TestDot(ComponentSuite):
    component = Dot

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        channels, steps = rng.randint(1, 6), (rng.randint(1, 5), rng.randint(1, 5))
        return [Spec((n, channels)) for n in steps] if rng.random() < 0.5 else [Spec((channels,))] * 2
