"""Means, intervals and tests are those of SciPy, to the last digit that both compute."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gnomon.analysis.bootstrap import bootstrap_interval, bootstrap_test
from gnomon.analysis.permutation import EXACT, permutation_test, smallest_p
from gnomon.analysis.significance import MAX_RESAMPLED, interval, not_best, stated, welch
from gnomon.analysis.student import student_cdf, student_quantile, student_tails
from gnomon.core.errors import InputError, LimitError

SAMPLES = [
    np.array([0.91, 0.93, 0.92]),
    np.array([0.90, 0.95, 0.91, 0.94, 0.88]),
    np.array([27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6]),
    np.array([1e-9, 2e-9, 4e-9, 3e-9]),
    np.array([5.0, 5.0, 6.0, 6.0, 6.0]),
]
PAIRS = [
    (SAMPLES[0], SAMPLES[1]),
    (SAMPLES[2], SAMPLES[4]),
    (SAMPLES[1], SAMPLES[0] - 0.05),
    (SAMPLES[4], SAMPLES[4][:3]),
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_interval_is_that_of_scipy(sample: np.ndarray) -> None:
    expected = stats.t.interval(0.95, len(sample) - 1, sample.mean(), stats.sem(sample))
    assert interval(sample) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_welchs_test_is_that_of_scipy(a: np.ndarray, b: np.ndarray) -> None:
    expected = stats.ttest_ind(a, b, equal_var=False, alternative="greater").pvalue
    assert welch(a, b) == pytest.approx(expected, rel=1e-10)


@settings(max_examples=100)
@given(st.floats(0, 60), st.floats(0.6, 400))
def test_tails_of_students_distribution_are_those_of_scipy(t: float, df: float) -> None:
    assert student_tails(np.array([t]), np.array([df]))[0] == pytest.approx(stats.t.sf(t, df), rel=1e-8, abs=1e-300)
    assert student_cdf(-t, df) == pytest.approx(stats.t.sf(t, df), rel=1e-8, abs=1e-300)


def test_quantiles_of_students_distribution_are_those_of_scipy() -> None:
    for df in (1, 2, 3.5, 9, 250):
        assert student_quantile(0.975, df) == pytest.approx(stats.t.ppf(0.975, df), rel=1e-10)


def gap(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    return x.mean(axis) - y.mean(axis)


@pytest.mark.parametrize(("a", "b"), [*PAIRS, (np.ones(3), np.ones(3))])
def test_a_permutation_test_of_few_values_is_exact_as_that_of_scipy(a: np.ndarray, b: np.ndarray) -> None:
    assert math.comb(len(a) + len(b), len(a)) <= EXACT
    a, b = np.round(100 * a), np.round(100 * b)  # whole, so that equal sums are equal there too
    found = stats.permutation_test((a, b), gap, alternative="greater", n_resamples=np.inf, vectorized=True)
    assert permutation_test(a, b) == pytest.approx(found.pvalue, rel=1e-12)
    assert permutation_test(a / 100, b / 100) == permutation_test(a, b)  # rounding of sums makes no difference


def test_a_permutation_of_two_values_is_a_coin() -> None:
    assert permutation_test(np.array([1.0]), np.array([0.0])) == 0.5


def test_a_permutation_test_of_many_values_comes_near_that_of_scipy_and_repeats_itself() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.3, 1, 30), rng.normal(0, 1, 25)
    found = stats.permutation_test(
        (a, b), gap, alternative="greater", n_resamples=9_999, vectorized=True, rng=np.random.default_rng(1)
    )
    p = permutation_test(a, b)
    assert p == pytest.approx(found.pvalue, abs=4 * math.sqrt(2 * p * (1 - p) / 9_999))
    assert p == permutation_test(a.copy(), b.copy())


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_bootstrap_interval_is_that_of_scipy(sample: np.ndarray) -> None:
    """The same generator draws the same resamples there."""
    found = stats.bootstrap((sample,), np.mean, method="BCa", vectorized=True, rng=np.random.default_rng(0))
    assert bootstrap_interval(sample) == pytest.approx(tuple(found.confidence_interval), rel=1e-9)


def test_the_bootstrap_of_equal_values_is_that_value_and_of_one_value_nothing() -> None:
    assert bootstrap_interval(np.full(4, 0.25)) == (0.25, 0.25)
    assert bootstrap_interval(np.array([1.0])) is None
    assert bootstrap_test(np.full(3, 1.0), np.full(3, 1.0)) == 1.0


def test_the_bootstrap_test_agrees_with_welch_where_welch_is_right() -> None:
    rng = np.random.default_rng(5)
    for shift in (0.0, 0.4, 0.8):
        a, b = rng.normal(shift, 1, 40), rng.normal(0, 2, 40)
        a, b = (a, b) if a.mean() > b.mean() else (b, a)
        assert bootstrap_test(a, b) == pytest.approx(welch(a, b), abs=0.02)


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=0, max_size=5), min_size=1, max_size=6),
    st.sampled_from(["max", "min"]),
)
def test_all_entries_at_once_are_what_each_pair_alone_says(lists: list[list[int]], goal: str) -> None:
    samples = [np.array(values, float) for values in lists]
    filled = [s for s in samples if len(s)]
    sign = 1 if goal == "max" else -1
    expected: list[float | None] = []
    for sample in samples:
        better = [s for s in filled if len(sample) and sign * s.mean() > sign * sample.mean()]
        found = [p for s in better if (p := welch(sign * s, sign * sample)) is not None]
        expected.append(min(1.0, min(found) * (len(filled) - 1)) if found else None)
    assert not_best(samples, goal) == [None if p is None else pytest.approx(p, rel=1e-8) for p in expected]


@pytest.mark.parametrize("test", ["welch", "permutation", "bootstrap"])
def test_every_test_tells_what_is_clear_and_claims_nothing_of_two_seeds(test: str) -> None:
    rng = np.random.default_rng(2)
    clear = [rng.normal(mean, 0.01, 6) for mean in (0.9, 0.7)]
    p = not_best(clear, "max", test)
    assert p[0] is None
    assert p[1] is not None
    assert p[1] < 0.01
    assert not_best([clear[0], clear[1][:2]], "max", test) == [None, None]
    assert not_best([-clear[0], -clear[1]], "min", test) == p


def test_the_permutation_test_says_when_it_can_say_nothing() -> None:
    samples = [np.array([3.0, 4.0, 5.0]) + 10 * i for i in range(3)]
    assert smallest_p(3, 3) == 0.05
    assert max(p for p in not_best(samples, "max", "permutation") if p is not None) == pytest.approx(0.1)
    assert "can tell no entry from the best" in stated("permutation", samples)
    assert "can tell no entry" not in stated("permutation", samples[:2])
    assert "BCa" in stated("bootstrap", samples)


def test_unknown_tests_and_too_many_entries_are_refused() -> None:
    with pytest.raises(InputError, match="expected one of welch, permutation, bootstrap"):
        not_best([], "max", "sign")  # type: ignore[arg-type]
    with pytest.raises(LimitError, match="or take welch"):
        not_best([np.ones(3)] * (MAX_RESAMPLED + 1), "max", "permutation")
