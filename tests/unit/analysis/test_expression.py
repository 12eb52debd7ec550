import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gnomon.analysis.expression import FUNCTIONS, MAX_CHARS, Call, Name, Node, Number, parse
from gnomon.analysis.expression_values import Column, ema, evaluate, running_mean
from gnomon.core.errors import ExpressionError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden/expressions.json").read_text())


def plain(node: Node) -> Any:
    if isinstance(node, Number):
        return node.value
    return {"key": node.key} if isinstance(node, Name) else [node.name, *map(plain, node.args)]


def column(step: list[int], value: list[float]) -> Column:
    steps = np.array(step, np.int64)
    return Column(steps, steps * 1_000_000, np.array(value, np.float64))


def values(text: str, **series: Column) -> tuple[list[int], list[float], int]:
    found = evaluate(parse(text), series.__getitem__)
    return found.step.tolist(), found.value.tolist(), found.missed


@pytest.mark.parametrize(("text", "tree"), GOLDEN["good"])
def test_an_expression_says_what_it_reads(text: str, tree: Any) -> None:
    assert plain(parse(text).root) == tree


@pytest.mark.parametrize(("text", "position", "detail"), GOLDEN["bad"])
def test_a_mistake_is_pointed_at(text: str, position: int, detail: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert (error.value.position, str(error.value)[: len(detail) + 12]) == (position, f"expression: {detail}")


def test_an_expression_is_no_longer_or_wider_than_can_be_answered() -> None:
    for text in ("a" * (MAX_CHARS + 1), "^".join("a" * 40), "-" * 40 + "a", "+".join(f"k{i}" for i in range(17))):
        with pytest.raises(ExpressionError, match="expected at most"):
            parse(text)
    assert parse("+".join(["a"] * 240)).keys == ("a",)


def test_series_meet_at_the_steps_that_both_have_and_the_rest_is_counted() -> None:
    a, b = column([0, 1, 2, 3], [1, 2, 3, 4]), column([1, 3, 5], [10, 20, 30])
    assert values("b - a", a=a, b=b) == ([1, 3], [8, 16], 3)
    assert values("a + a", a=a) == ([0, 1, 2, 3], [2, 4, 6, 8], 0)
    assert values("a - b + max(a, b)", a=a, b=b) == ([1, 3], [2, 4], 6)
    assert values("a * 2 ^ 3 / (1 + 1)", a=a) == ([0, 1, 2, 3], [4, 8, 12, 16], 0)
    assert values("a / b", a=a, b=column([9], [1])) == ([], [], 5)
    # An average looks at every point, also at those that have no partner.
    assert values("mean(a, 2) - b", a=a, b=b) == ([1, 3], [-8.5, -16.5], 3)


def test_every_function_is_what_numpy_says_and_what_has_no_value_is_nan() -> None:
    a = column([0, 1, 2], [-1.0, 0.0, 4.0])
    expected = {
        "abs(a)": [1, 0, 4],
        "ceil(a / 3)": [0, 0, 2],
        "clip(a, 0, 2)": [0, 0, 2],
        "cummax(-a)": [1, 1, 1],
        "cummin(a)": [-1, -1, -1],
        "cumsum(a)": [-1, -1, 3],
        "exp(a * 0)": [1, 1, 1],
        "floor(a / 3)": [-1, 0, 1],
        "log(a)": [np.nan, -np.inf, np.log(4)],
        "log10(abs(a) * 10)": [1, -np.inf, np.log10(40)],
        "log2(a)": [np.nan, -np.inf, 2],
        "max(a, 1)": [1, 1, 4],
        "mean(3, 2) + a": [2, 3, 7],
        "min(a, 1)": [-1, 0, 1],
        "round(a / 3)": [0, 0, 1],
        "sign(a)": [-1, 0, 1],
        "sqrt(a)": [np.nan, 0, 2],
        "ema(a, 0)": [-1, 0, 4],
    }
    for text, wanted in expected.items():
        np.testing.assert_array_equal(values(text, a=a)[1], wanted, err_msg=text)
    assert values("diff(a)", a=a) == ([1, 2], [1, 4], 0)
    called = {text.partition("(")[0] for text in expected} | {"diff"}
    assert called == set(FUNCTIONS)
    assert isinstance(parse("diff(a)").root, Call)


def test_averages_equal_the_plain_loops_and_pass_over_what_is_not_finite() -> None:
    rng = np.random.default_rng(3)
    for n in (0, 1, 63, 64, 65, 5000):
        value = rng.normal(size=n)
        value[::17] = [np.nan, np.inf][n % 2]
        for weight in (0.0, 0.5, 0.99, 0.99999):
            np.testing.assert_allclose(ema(value, weight), slow_ema(value, weight), rtol=1e-9)
        for points in (1, 2, 10, 10_000):
            np.testing.assert_allclose(running_mean(value, points), slow_mean(value, points), rtol=1e-9, atol=1e-12)


def test_a_huge_value_leaves_no_trace_in_windows_that_it_is_not_in() -> None:
    value = np.ones(100)
    value[10] = 1e30
    assert running_mean(value, 5)[20:].tolist() == [1.0] * 80


def slow_ema(value: np.ndarray, weight: float) -> list[float]:
    total = count = 0.0
    out = []
    for v in value.tolist():
        if np.isfinite(v):
            total, count = weight * total + v, weight * count + 1
        out.append(total / count if np.isfinite(v) else np.nan)
    return out


def slow_mean(value: np.ndarray, points: int) -> list[float]:
    seen: list[float] = []
    out = []
    for v in value.tolist():
        if np.isfinite(v):
            seen.append(v)
        out.append(float(np.mean(seen[-points:])) if np.isfinite(v) else np.nan)
    return out
