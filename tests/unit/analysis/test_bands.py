"""Bands are exact where runs agree on their steps, and say so where they had to interpolate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gnomon.analysis.bands import band

X = np.arange(5.0)


def test_mean_and_interval_at_each_step_are_those_of_scipy() -> None:
    y = np.random.default_rng(0).normal(size=(4, 5))
    made = band([(X, row) for row in y])
    low, high = stats.t.interval(0.95, 3, y.mean(0), stats.sem(y))
    np.testing.assert_allclose([made.mean, made.low, made.high], [y.mean(0), low, high], rtol=1e-10)
    assert (made.exact, made.n.tolist(), made.x.tolist()) == (True, [4] * 5, X.tolist())
    spread = band([(X, row) for row in y], interval="std")
    np.testing.assert_allclose(spread.high - spread.mean, y.std(0, ddof=1))
    whole = band([(X, row) for row in y], interval="range")
    np.testing.assert_array_equal([whole.low, whole.high], [y.min(0), y.max(0)])


def test_a_run_that_ended_early_counts_as_long_as_it_ran() -> None:
    made = band([(X, X), (X[:3], X[:3] + 2)], interval="range")
    assert (made.exact, made.n.tolist()) == (True, [2, 2, 2, 1, 1])
    assert made.mean.tolist() == [1, 2, 3, 3, 4]
    assert np.isnan(band([(X, X), (X[:3], X[:3] + 2)]).low).tolist() == [False] * 3 + [True] * 2


def test_runs_with_other_steps_are_interpolated_within_their_own_range() -> None:
    made = band(
        [(np.array([0.0, 4.0]), np.array([0.0, 4.0])), (np.array([1.0, 3.0]), np.array([3.0, 5.0]))], interval="range"
    )
    assert not made.exact
    assert made.x.tolist() == [0, 1, 3, 4]
    assert made.mean.tolist() == [0, 2, 4, 4]
    assert made.n.tolist() == [1, 2, 2, 1]


def test_long_curves_are_thinned_to_steps_that_were_logged() -> None:
    x = np.arange(10_000.0)
    made = band([(x, x**2), (x, x**2 + 2)], px=500, interval="range")
    assert made.exact
    assert (len(made.x), made.x[0], made.x[-1]) == (500, 0, 9_999)
    np.testing.assert_array_equal(made.mean, made.x**2 + 1)
    other = band([(x, x), (x[::7], x[::7])], px=500)
    assert (other.exact, len(other.x)) == (False, 500)
    np.testing.assert_allclose(other.mean, other.x, rtol=1e-12)
    log = band([(x[1:], x[1:]), (x[1::7], x[1::7])], px=50, scale="log")
    np.testing.assert_allclose(np.diff(np.log(log.x)), np.log(log.x[1] / log.x[0]), rtol=1e-9)


def test_values_that_are_no_numbers_are_left_out() -> None:
    y = np.array([1.0, np.nan, np.inf, 4.0, 5.0])
    made = band([(X, y), (X, X)], interval="range")
    assert made.n.tolist() == [2, 1, 1, 2, 2]
    assert made.mean.tolist() == [0.5, 1, 2, 3.5, 4.5]
    assert made.exact
    empty = band([(X, np.full(5, np.nan)), (np.empty(0), np.empty(0))])
    assert (len(empty.x), len(empty.mean), empty.exact) == (0, 0, True)


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 12), st.integers(-9, 9)), max_size=8, unique_by=lambda p: p[0]), max_size=5
    )
)
def test_every_place_is_the_mean_of_the_curves_that_reach_it(curves: list[list[tuple[int, int]]]) -> None:
    drawn = [tuple(np.array(sorted(curve), float).reshape(-1, 2).T) for curve in curves]
    made = band(drawn, interval="range")
    for x, mean, low, high, n in zip(made.x, made.mean, made.low, made.high, made.n, strict=True):
        values = [float(np.interp(x, cx, cy)) for cx, cy in drawn if len(cx) and cx[0] <= x <= cx[-1]]
        assert n == len(values)
        assert (mean, low, high) == pytest.approx((np.mean(values), min(values), max(values)))
