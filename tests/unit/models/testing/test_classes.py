"""A test of a classification, held against scikit-learn; and rows that cannot be judged."""

from typing import Any

import msgspec
import numpy as np
import pytest

from gnomon.models.testing.classes import judge
from gnomon.models.testing.opened import Head
from gnomon.models.testing.scores import applying, as_reported, probable, reading

metrics = pytest.importorskip("sklearn.metrics")
NAMES = ("cat", "dog", "eel", "fox")


def _scores(n: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    logits = rng.normal(size=(n, k)) + 1.5 * np.eye(k)[truth]
    scores = np.round(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), 2)  # with ties
    return truth, scores / scores.sum(1, keepdims=True)


def test_figures_per_class_and_curves_are_those_of_scikit_learn() -> None:
    truth, scores = _scores(300, 4)
    found = judge(Head("label", "classification", NAMES, 4), np.arange(300), truth, scores)
    report, predicted = found.report, scores.argmax(1)
    assert report.figures["accuracy"] == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert report.figures["auc"] == pytest.approx(metrics.roc_auc_score(truth, scores, multi_class="ovr"))
    assert report.figures["log_loss"] == pytest.approx(metrics.log_loss(truth, scores))
    assert report.confusion == tuple(map(tuple, metrics.confusion_matrix(truth, predicted).tolist()))
    p, r, f, s = metrics.precision_recall_fscore_support(truth, predicted)
    assert [(c.name, c.support) for c in report.per_class] == list(zip(NAMES, s.tolist(), strict=True))
    assert np.allclose([(c.precision, c.recall, c.f1) for c in report.per_class], np.stack([p, r, f], axis=1))
    for i, line in enumerate(report.roc):
        assert line.area == pytest.approx(metrics.roc_auc_score(truth == i, scores[:, i]))
        assert report.per_class[i].average_precision == pytest.approx(
            metrics.average_precision_score(truth == i, scores[:, i])
        )
        assert (line.x[0], line.y[0], line.x[-1], line.y[-1], line.thresholds[0]) == (0, 0, 1, 1, None)


def test_thresholds_count_what_calling_a_class_from_there_on_gives() -> None:
    truth, scores = _scores(200, 2, 3)
    (row,) = judge(Head("label", "classification", ("no", "yes"), 2), np.arange(200), truth, scores).report.thresholds
    assert (row.name, row.n, row.support, len(row.thresholds)) == ("yes", 200, int(truth.sum()), 101)
    for threshold, tp, fp in zip(row.thresholds, row.tp, row.fp, strict=True):
        called = scores[:, 1] >= threshold
        assert (tp, fp) == (int((called & (truth == 1)).sum()), int((called & (truth == 0)).sum()))


def test_calibration_tells_its_bins() -> None:
    truth, scores = _scores(500, 3, 4)
    found = judge(Head("label", "classification", NAMES[:3], 3), np.arange(500), truth, scores).report.calibration
    assert found is not None
    confidence, right = scores.max(1), scores.argmax(1) == truth
    place = np.minimum((confidence * 15).astype(int), 14)
    seen = [i for i in range(15) if (place == i).any()]
    assert found.count == tuple(int((place == i).sum()) for i in seen)
    assert np.allclose(found.accuracy, [right[place == i].mean() for i in seen], atol=1e-5)
    apart = [abs(right[place == i].mean() - confidence[place == i].mean()) * (place == i).sum() for i in seen]
    assert found.ece == pytest.approx(sum(apart) / 500)


def test_a_class_that_does_not_occur_has_no_area_and_harms_no_other() -> None:
    truth, scores = _scores(120, 4, 5)
    kept = truth != 3
    report = judge(Head("label", "classification", NAMES, 4), np.flatnonzero(kept), truth[kept], scores[kept]).report
    assert (report.per_class[3].support, report.per_class[3].auc) == (0, None)
    assert [line.name for line in report.roc] == ["cat", "dog", "eel"]
    assert "auc/fox" not in report.figures


def test_rows_with_nan_and_rows_of_strange_classes_are_left_out_and_told() -> None:
    truth, scores = _scores(50, 3, 6)
    scores[[7, 20]] = np.nan
    truth[[1, 2]] = -1
    found = judge(Head("label", "classification", NAMES[:3], 3), np.arange(100, 150), truth, scores)
    assert (found.report.n, found.report.left_out, len(found.at)) == (46, 4, 46)
    assert 107 not in found.at
    assert found.report.notes == (
        "the model gives NaN or infinity in 2 rows, which are left out: 107, 120",
        "2 rows are of classes that the model does not know, and are left out",
    )
    good = np.isfinite(scores).all(1) & (truth >= 0)
    assert found.report.figures["accuracy"] == pytest.approx((scores[good].argmax(1) == truth[good]).mean())


def test_no_row_at_all_is_told_and_has_no_figure() -> None:
    found = judge(Head("label", "classification", NAMES[:2], 2), np.arange(3), np.full(3, -1), np.full((3, 2), 0.5))
    assert (found.report.n, found.report.left_out, found.report.figures, found.rows) == (0, 3, {}, {})
    assert found.report.notes[-1] == "no row is left that could be judged"


@pytest.mark.parametrize(
    ("scores", "wanted", "said"),
    [
        ([[0.2, 0.8], [0.5, 0.5]], [[0.2, 0.8], [0.5, 0.5]], []),
        ([[0.2, 0.6], [0.0, 0.0]], [[0.25, 0.75], [0.5, 0.5]], ["its scores do not add up to 1, so each row was divided by its sum"]),
        ([[0.0, 0.0], [3.0, 3.0]], [[0.5, 0.5], [0.5, 0.5]], ["its scores are no probabilities, so a softmax was applied"]),
        ([[0.9], [0.1]], [[0.1, 0.9], [0.9, 0.1]], []),
        ([[0.0], [5.0]], [[0.5, 0.5], [0.0066929, 0.9933071]], ["its scores are no probabilities, so a sigmoid was applied"]),
    ],
)  # fmt: skip
def test_scores_that_are_no_probabilities_are_made_so_and_said(scores: Any, wanted: Any, said: list[str]) -> None:
    found, notes = probable(np.array(scores))
    assert np.allclose(found, wanted)
    assert notes == said


def test_what_is_kept_of_rows_orders_mistakes_by_how_sure_they_were() -> None:
    truth, scores = np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]])
    rows = judge(Head("label", "classification", ("a", "b"), 2), np.arange(3), truth, scores).rows
    assert rows["right"].tolist() == [True, False, True]
    assert np.allclose(rows["score"], [0.9, 0.8, 0.6])
    assert np.allclose(rows["loss"], -np.log([0.9, 0.2, 0.6]))
    assert rows["top"].tolist() == [[0, 1], [0, 1], [1, 0]]


def test_names_that_are_missing_are_numbers_and_never_twice_the_same() -> None:
    truth, scores = _scores(40, 4, 8)
    report = judge(Head("label", "classification", ("3", "dog"), 4), np.arange(40), truth, scores).report
    assert report.classes == ("3", "dog", "2", "#3")


def test_what_many_rows_told_of_scores_holds_for_one_that_looks_like_a_probability() -> None:
    alone, negative = np.array([[0.3]]), np.array([[0.4, -0.2]])
    assert np.allclose(probable(alone)[0], [[0.7, 0.3]])
    assert np.allclose(probable(alone, "logits")[0], [[1 - 0.5744425, 0.5744425]])
    assert np.allclose(applying(np.array([[0.3, 0.9]]), "logits")[0], [[0.5744425, 0.7109495]])
    assert np.allclose(probable(negative, "shares")[0], probable(negative)[0]), "its own rows take more than was told"
    rows = np.array([[0.3], [4.0], [-2.0]])
    report = judge(Head("label", "classification", ("no", "yes"), 1), np.arange(3), np.array([1, 1, 0]), rows).report
    other = {"output": "other", "task": "regression", "n": 3, "notes": []}
    assert as_reported([msgspec.to_builtins(report), other]) == {"label": reading(rows, "classification")}
    assert reading(rows, "classification") == "logits"
