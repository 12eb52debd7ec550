"""Importance finds the order that is known, and says of what is irrelevant that it may be."""

import math

import numpy as np
import pytest
from scipy import stats

from gnomon.analysis.forest import grow
from gnomon.analysis.importance import Importance, importance, ranks, spearman
from gnomon.core.errors import InputError


def study(n: int = 300, seed: int = 0) -> tuple[list[float], dict[str, list[object]]]:
    """Return an accuracy that depends on the learning rate, then the optimiser, then the width; not on the rest."""
    rng = np.random.default_rng(seed)
    lr = 10 ** rng.uniform(-5, -1, n)
    optimizer = rng.choice(["adam", "sgd", "lion"], n)
    width, dropout = rng.choice([32, 64, 128], n), rng.random(n)
    y = 0.9 - 0.11 * (np.log10(lr) + 3) ** 2 + 0.16 * (optimizer == "adam") + 0.0014 * width + rng.normal(0, 0.01, n)
    return y.tolist(), {
        "lr": lr.tolist(), "optimizer": optimizer.tolist(), "width": width.tolist(), "dropout": dropout.tolist(),
        "colour": rng.choice(["red", "blue"], n).tolist(), "constant": [1] * n,
    }  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Importance:
    return importance("acc", *study())


def test_the_true_order_is_recovered_and_constants_are_left_out(found: Importance) -> None:
    assert [p.name for p in found.parameters][:3] == ["lr", "optimizer", "width"]
    assert {p.name for p in found.parameters} == {"lr", "optimizer", "width", "dropout", "colour"}
    assert [p.name for p in found.parameters if p.matters] == ["lr", "optimizer", "width"]
    assert (found.runs, found.caveat) == (300, None)
    assert 0.6 < found.score < 1
    assert "40 random halves of the 300 runs" in found.method


def test_the_interval_of_what_is_irrelevant_covers_zero() -> None:
    for seed in range(2):
        for parameter in importance("acc", *study(100, seed)).parameters:
            low, high = parameter.interval
            assert low <= parameter.importance <= high
            if parameter.name in {"dropout", "colour"}:
                assert low <= 0 <= high
                assert not parameter.matters


def test_pure_noise_explains_nothing_and_says_so() -> None:
    _, parameters = study(60)
    found = importance("noise", np.random.default_rng(8).normal(size=60).tolist(), parameters)
    assert not any(p.matters for p in found.parameters)
    assert found.score <= 0
    assert found.caveat is not None
    assert "read nothing into these" in found.caveat


def test_the_order_agrees_with_permutation_importance_of_scikit_learn() -> None:
    from sklearn.datasets import make_friedman1
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    x, y = make_friedman1(n_samples=300, n_features=7, noise=0.5, random_state=0)
    ours = importance("y", y.tolist(), {f"x{i}": x[:, i].tolist() for i in range(7)})
    forest = RandomForestRegressor(40, min_samples_leaf=2, max_features=1 / 3, random_state=0).fit(x[:150], y[:150])
    theirs = permutation_importance(forest, x[150:], y[150:], n_repeats=5, random_state=0).importances_mean
    by_name = {p.name: p.importance for p in ours.parameters}
    values = [by_name[f"x{i}"] for i in range(7)]
    assert np.corrcoef(values, theirs)[0, 1] > 0.95
    assert set(np.argsort(values)[-3:]) == set(np.argsort(theirs)[-3:])
    assert set(np.argsort(values)[:2]) == {5, 6}  # the two that the function does not know


def test_missing_values_and_truth_values_are_values() -> None:
    rng = np.random.default_rng(1)
    used = rng.random(200) < 0.5
    y = used * 1.0 + rng.normal(0, 0.05, 200)
    decay = [float(v) if u else None for u, v in zip(used, rng.random(200), strict=True)]  # there only when it is used
    first = importance("y", y.tolist(), {"decay": decay, "flip": (rng.random(200) < 0.5).tolist()}).parameters[0]
    assert (first.name, first.kind, first.missing, first.matters) == ("decay", "number", int((~used).sum()), True)
    flag = importance("y", y.tolist(), {"used": used.tolist(), "other": rng.random(200).tolist()}).parameters[0]
    assert (flag.name, flag.kind, flag.values, flag.correlation) == ("used", "category", 2, None)


def test_the_scale_of_a_parameter_makes_no_difference() -> None:
    y, parameters = study(80)
    lr = np.array(parameters["lr"], float)
    one = importance("y", y, {"lr": lr.tolist(), "width": parameters["width"]})
    two = importance("y", y, {"lr": np.log(lr).tolist(), "width": parameters["width"]})
    assert one == two


def test_the_same_runs_give_the_same_answer() -> None:
    assert importance("acc", *study(40)) == importance("acc", *study(40))


def test_too_few_runs_and_nothing_that_differs_are_refused() -> None:
    y, parameters = study(12)
    with pytest.raises(InputError, match="at least 10 runs with acc, received 9"):
        importance("acc", [*y[:9], math.nan, None, math.inf], parameters)
    with pytest.raises(InputError, match="config values that differ"):
        importance("acc", y, {"a": [1] * 12, "b": [None] * 12})
    with pytest.raises(InputError, match="acc to differ"):
        importance("acc", [0.5] * 12, parameters)


@pytest.mark.parametrize("ties", [False, True])
def test_the_rank_correlation_is_that_of_scipy(ties: bool) -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 5, 40).astype(float) if ties else rng.random(40)
    y = x + rng.normal(0, 0.5, 40)
    r, interval = spearman(x, y)
    assert r == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    np.testing.assert_array_equal(ranks(x), stats.rankdata(x))
    assert interval is not None
    assert interval[0] < r < interval[1]


def test_rank_correlations_at_the_edges() -> None:
    assert spearman(np.ones(5), np.arange(5.0)) == (0.0, None)
    assert spearman(np.arange(3.0), -np.arange(3.0)) == (-1.0, None)


def test_a_tree_predicts_what_it_has_seen_and_splits_between_values() -> None:
    x = np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    tree = grow(x, np.array([1.0, 1.0, 4.0, 4.0]), np.random.default_rng(0), leaf=1)
    assert (tree.feature.tolist(), tree.threshold[0]) == ([0, -1, -1], 1.5)
    assert tree.predict(np.array([[-9.0, 0], [1.4, 9], [1.6, 0]])).tolist() == [1.0, 1.0, 4.0]
    level = grow(x[:, 1:], np.array([1.0, 2.0, 3.0, 4.0]), np.random.default_rng(0), leaf=1)
    assert level.predict(np.zeros((1, 1))).tolist() == [2.5]
