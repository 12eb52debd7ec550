"""Intervals of a test's figures: against the bootstrap of rows, at the edges, and in how often they hold."""

import numpy as np
import pytest

from gnomon.analysis.bootstrap import bootstrap_interval
from gnomon.analysis.classification import label_figures
from gnomon.analysis.resampled import (
    RESAMPLES,
    _of_cells,
    matrix_intervals,
    mean_interval,
    weighted_interval,
)

MATRIX = np.array([[40, 5, 0], [3, 30, 2], [0, 4, 16]])


@pytest.mark.parametrize("values", [np.arange(60) % 7 / 3.0, np.array([1.0] * 90 + [0.0] * 10), np.linspace(0, 1, 300)])
def test_the_interval_of_a_mean_is_that_of_the_bootstrap_of_its_rows(values: np.ndarray) -> None:
    slow, quick = bootstrap_interval(values), mean_interval(values)
    assert slow is not None
    assert quick is not None
    spread = values.std() / np.sqrt(len(values))
    assert np.abs(np.subtract(quick, slow)).max() < 0.25 * spread
    assert mean_interval(values) == quick, "the same seed gives the same"


def test_nothing_is_said_of_one_row_and_a_share_of_all_rows_is_not_sure() -> None:
    assert mean_interval(np.array([1.0])) is None
    low, high = mean_interval(np.ones(20)) or (0, 0)
    assert (round(low, 4), high) == (round(0.025 ** (1 / 20), 4), 1.0)
    low, high = mean_interval(np.zeros(20)) or (0, 0)
    assert (low, round(high, 4)) == (0.0, round(1 - 0.025 ** (1 / 20), 4))
    assert mean_interval(np.full(9, 0.3)) == (0.3, 0.3)


def test_means_of_very_many_rows_have_the_interval_of_the_normal_distribution() -> None:
    values = np.random.default_rng(0).exponential(size=30_000)
    low, high = mean_interval(values) or (0, 0)
    half = 1.959964 * values.std(ddof=1) / np.sqrt(30_000)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half))


@pytest.mark.parametrize("positive", [None, 1])
def test_figures_of_counts_are_those_of_the_matrix(positive: int | None) -> None:
    matrix = MATRIX if positive is None else MATRIX[:2, :2]
    cells = np.flatnonzero(matrix)
    counts = matrix.ravel()[cells][None].astype(float)
    found = _of_cells(cells, len(matrix), positive)(counts)
    known = label_figures(matrix, positive)
    assert {name: float(value[0]) for name, value in found.items()} == pytest.approx(
        {name: known[name] for name in found}
    )


def test_intervals_of_a_matrix_hold_its_figures_and_agree_with_rows_drawn_again() -> None:
    found, known = matrix_intervals(MATRIX, None), label_figures(MATRIX, None)
    assert set(found) == {"accuracy", "balanced_accuracy", "mcc", "precision", "recall", "f1", "f1_macro"}
    assert all(low < known[name] < high for name, (low, high) in found.items())
    right = np.repeat([1.0, 0.0], [np.trace(MATRIX), MATRIX.sum() - np.trace(MATRIX)])
    rows = bootstrap_interval(right)
    assert rows is not None
    assert np.abs(np.subtract(found["accuracy"], rows)).max() < 0.02


def test_a_matrix_without_a_mistake_or_without_rows_claims_no_certainty() -> None:
    low, high = matrix_intervals(np.diag([10, 10]), 1)["accuracy"]
    assert (round(low, 4), high) == (round(0.025 ** (1 / 20), 4), 1.0)
    assert matrix_intervals(np.zeros((2, 2), int), 1) == {}
    assert matrix_intervals(np.ones((60, 60), int), None) == {}, "of more classes than 50 none is drawn"


def test_weighted_figures_are_drawn_and_many_rows_are_not() -> None:
    values = np.random.default_rng(1).normal(size=400)
    found = weighted_interval(lambda weights: weights @ values / 400, 400)
    assert found is not None
    assert np.abs(np.subtract(found, mean_interval(values))).max() < 0.03
    assert weighted_interval(lambda weights: weights @ values, 1) is None
    assert weighted_interval(lambda weights: weights[:, 0], 6_000) is None
    assert weighted_interval(lambda weights: np.full(len(weights), np.nan), 30) is None


def test_the_interval_of_an_accuracy_holds_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(200):
        low, high = mean_interval((rng.random(80) < 0.85).astype(float)) or (0, 0)
        held += low <= 0.85 <= high
    assert 0.90 <= held / 200 <= 0.99, "drawn with one seed: no luck is involved"
    assert RESAMPLES == 1_999
