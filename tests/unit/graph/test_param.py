from typing import Any

import pytest

from gnomon.graph.param import Kind, Param, checked
from gnomon.graph.problem import Problem

GOOD: list[tuple[Kind, Any, Any]] = [
    ("int", 3, 3),
    ("float", 1, 1.0),
    ("float", 0.5, 0.5),
    ("bool", True, True),
    ("choice", "same", "same"),
    ("text", "", ""),
    ("code", "x = {1}\n", "x = {1}\n"),
    ("ints", [], ()),
    ("ints", [1, 2], (1, 2)),
    ("sizes", 3, 3),
    ("sizes", [3, 5], (3, 5)),
    ("floats", [0.5, 1], (0.5, 1.0)),
]
BAD: list[tuple[Kind, Any]] = [
    ("int", 3.0),
    ("int", True),
    ("int", "3"),
    ("int", None),
    ("float", "0.5"),
    ("float", False),
    ("float", float("nan")),
    ("bool", 1),
    ("bool", None),
    ("choice", "other"),
    ("choice", ["same"]),
    ("choice", {}),
    ("text", 3),
    ("text", "x" * 100_001),
    ("ints", 3),
    ("ints", [1, 2.0]),
    ("ints", {"a": 1}),
    ("sizes", []),
    ("sizes", [True]),
    ("floats", ["1"]),
]


def param(kind: Kind, **more: Any) -> Param:
    return Param(name="p", kind=kind, choices=("same", "valid"), **more)


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_a_value_of_its_kind_is_taken(kind: Kind, value: Any, expected: Any) -> None:
    found = param(kind).check(value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_value_of_another_kind_is_refused_with_what_was_expected_and_what_came(kind: Kind, value: Any) -> None:
    with pytest.raises(Problem) as caught:
        param(kind).check(value)
    assert (caught.value.param, caught.value.code) == ("p", "E101")
    assert caught.value.message.startswith("p: expected ")
    assert "received" in caught.value.message
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("limits", "good", "bad"),
    [
        ({"min": 1}, 1, 0),
        ({"max": 9}, 9, 10),
        ({"above": 0}, 1, 0),
        ({"below": 1}, 0, 1),
        ({"min": 1, "max": 2}, 2, 10**30),
    ],
)
def test_ranges_hold_for_each_number(limits: dict[str, float], good: int, bad: int) -> None:
    for kind, shape in (("int", int), ("float", float), ("sizes", int)):
        assert param(kind, **limits).check(shape(good)) == good
        with pytest.raises(Problem, match="expected"):
            param(kind, **limits).check(shape(bad))
    assert param("ints", **limits).check([good]) == (good,)
    with pytest.raises(Problem, match="expected"):
        param("ints", **limits).check([good, bad])


def test_nothing_is_a_value_only_where_it_may_be() -> None:
    assert param("int", nullable=True).check(None) is None
    assert param("int", nullable=True, min=1, max=9).expected.endswith(", or nothing")


def test_all_values_are_checked_and_a_wrong_one_becomes_its_default() -> None:
    params = (Param(name="rate", kind="float", default=0.5, min=0, below=1), Param(name="units", default=64, min=1))
    values, problems = checked(params, {"rate": 2, "units": 3, "nonsense": 1})
    assert values == {"rate": 0.5, "units": 3}
    assert [(problem.code, problem.param) for problem in problems] == [("E101", "rate"), ("E102", "nonsense")]
