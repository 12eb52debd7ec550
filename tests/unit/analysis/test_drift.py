"""Drift is told from chance, and from too few values."""

import numpy as np
import pytest

from gnomon.analysis.drift import LEAST, Figure, Share, of_classes, of_numbers


def test_with_few_values_nothing_is_said() -> None:
    found = of_numbers(range(1_000), [*range(LEAST - 1), np.nan])
    assert (found.state, found.before, found.now, found.figures, found.shares) == ("few", 1_000, LEAST - 1, (), ())
    assert of_classes({"a": 1_000}, {"b": LEAST - 1}).state == "few"


@pytest.mark.parametrize("count", [60, 400])
def test_chance_alone_hardly_ever_looks_like_drift(count: int) -> None:
    rng = np.random.default_rng(count)
    numbers = [of_numbers(rng.normal(size=1_000), rng.normal(size=count)).state for _ in range(100)]
    classes = [of_classes(_counts(rng, 1_000), _counts(rng, count)).state for _ in range(100)]
    assert (numbers.count("drifted"), classes.count("drifted") <= 1) == (0, True)


def _counts(rng: np.random.Generator, n: int) -> dict[str, int]:
    return {str(i): int(each) for i, each in enumerate(rng.multinomial(n, [0.1] * 10))}


def test_a_shift_is_found_with_its_evidence() -> None:
    rng = np.random.default_rng(0)
    found = of_numbers(rng.normal(size=1_000), rng.normal(0.8, 1, 200))
    assert found.state == "drifted"
    assert [figure.name for figure in found.figures] == ["psi", "ks"]
    assert len(found.shares) == 10
    assert sum(each.before for each in found.shares) == pytest.approx(1)
    assert sum(each.now for each in found.shares) == pytest.approx(1)
    assert [each.before for each in found.shares] == pytest.approx([0.1] * 10, abs=0.002)
    assert found.shares[-1].now > 0.25


def test_the_bounds_are_those_of_the_sources() -> None:
    ks = of_numbers(np.arange(100), np.arange(100)).figures[1]
    assert ks == Figure(
        "ks", 0.0, pytest.approx(1.9495 * np.sqrt(2 / 100), rel=1e-3), "chance alone, 1 in 1000 (Smirnov 1948)"
    )
    psi = of_classes({str(i): 100 for i in range(10)}, {str(i): 5 for i in range(10)}).figures[0]
    assert psi.bound == pytest.approx((1 / 1_000 + 1 / 50) * 27.877, rel=1e-2), (
        "chi-squared, 9 degrees of freedom, 0.999"
    )
    assert "Yurdakul" in psi.source
    many = of_classes({"a": 5_000, "b": 5_000}, {"a": 5_000, "b": 5_000}).figures[0]
    assert (many.value, many.bound, "Siddiqi" in many.source) == (0, 0.2, True)


def test_classes_stand_in_the_order_of_their_numbers_and_new_ones_are_shares_too() -> None:
    found = of_classes({"10": 50, "2": 50}, {"2": 50, "new": 50})
    assert found.shares == (Share("2", 0.5, 0.5), Share("10", 0.5, 0.0), Share("new", 0.0, 0.5))
    assert found.state == "drifted"
    assert len(of_classes({str(i): 10 for i in range(40)}, {str(i): 10 for i in range(40)}).shares) == 12


def test_numbers_that_are_all_the_same_have_no_drift_until_they_differ() -> None:
    assert of_numbers([3.0] * 100, [3.0] * 100).state == "same"
    assert of_numbers([3.0] * 100, [4.0] * 100).state == "drifted"
