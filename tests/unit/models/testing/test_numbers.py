"""Tests of what predicts numbers, labels and pixels, held against scikit-learn and against a count by hand."""

import numpy as np
import pytest

from gnomon.models.testing import labels
from gnomon.models.testing.masks import Masks
from gnomon.models.testing.numbers import judge_reconstruction, judge_regression
from gnomon.models.testing.opened import Head

metrics = pytest.importorskip("sklearn.metrics")


def test_a_regression_has_the_figures_of_scikit_learn_and_intervals_around_them() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    made = truth + rng.normal(scale=0.4, size=200)
    found = judge_regression(Head("price", "regression", (), 1), np.arange(200), truth, made[:, None], ("price",))
    figures = found.report.figures
    assert figures["mae"] == pytest.approx(metrics.mean_absolute_error(truth, made))
    assert figures["rmse"] == pytest.approx(metrics.mean_squared_error(truth, made) ** 0.5)
    assert figures["r2"] == pytest.approx(metrics.r2_score(truth, made))
    assert set(found.report.intervals) == {"mae", "bias", "rmse", "r2"}
    assert all(low < figures[name] < high for name, (low, high) in found.report.intervals.items())
    residuals = found.report.residuals
    assert residuals is not None
    assert sum(residuals.histogram.counts) == 200
    assert (residuals.points[3].row, residuals.points[3].truth) == (3, pytest.approx(truth[3], rel=1e-5))
    assert found.evaluation is not None
    assert found.evaluation.figures["rmse"] == pytest.approx(figures["rmse"])


def test_several_numbers_have_figures_each_and_rows_that_are_not_finite_are_left_out() -> None:
    rng = np.random.default_rng(1)
    truth, made = rng.normal(size=(30, 2)), rng.normal(size=(30, 2))
    made[4, 1], truth[9, 0] = np.inf, np.nan
    found = judge_regression(Head("both", "regression", (), 2), np.arange(30), truth, made, ("a", "b"))
    kept = np.delete(np.arange(30), [4, 9])
    assert (found.report.n, found.report.left_out) == (28, 2)
    assert found.report.figures["mae/b"] == pytest.approx(np.abs(made - truth)[kept, 1].mean())
    assert found.report.notes == (
        "the model gives NaN or infinity in 1 rows, which are left out: 4",
        "1 rows have no true number, and are left out: 9 …",
    )
    assert found.evaluation is None, "runs are told of one number"


def test_a_constant_truth_has_an_r2_and_no_interval_of_it() -> None:
    report = judge_regression(
        Head("x", "regression", (), 1), np.arange(5), np.ones(5), np.array([1, 1, 1, 2, 1.0]), ("x",)
    ).report
    assert report.figures["r2"] == 0.0
    assert "r2" not in report.intervals


def test_a_reconstruction_tells_its_error_and_its_worst_row() -> None:
    square = np.array([0.01, 0.04, 0.25, np.nan])
    report = judge_reconstruction(Head("back", "reconstruction"), np.arange(4), square, np.sqrt(square)).report
    figures = report.figures
    assert (figures["mse"], figures["worst_rmse"], report.left_out) == (pytest.approx(0.1), 0.5, 1)


def test_labels_have_the_figures_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    truth = (rng.random((150, 3)) < (0.2, 0.5, 0.7)).astype(float)
    scores = np.clip(truth * 0.3 + rng.random((150, 3)) * 0.7, 0, 1)
    found = labels.judge(Head("tags", "multi_label", ("x", "y", "z"), 3), np.arange(150), truth, scores)
    taken, figures = scores >= 0.5, found.report.figures
    assert figures["f1_micro"] == pytest.approx(metrics.f1_score(truth, taken, average="micro"))
    assert figures["f1_macro"] == pytest.approx(metrics.f1_score(truth, taken, average="macro"))
    assert figures["exact_match"] == pytest.approx(metrics.accuracy_score(truth, taken))
    assert figures["accuracy"] == pytest.approx(1 - metrics.hamming_loss(truth, taken))
    assert figures["auc"] == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert figures["average_precision"] == pytest.approx(metrics.average_precision_score(truth, scores))
    assert [each.support for each in found.report.per_class] == truth.sum(0).astype(int).tolist()
    assert set(found.report.intervals) == {"exact_match", "accuracy", "f1_micro"}


def test_a_label_that_nobody_has_is_judged_without_an_area() -> None:
    truth = np.array([[1, 0], [0, 0], [1, 0.0]])
    report = labels.judge(Head("tags", "multi_label", ("a", "b"), 2), np.arange(3), truth, np.full((3, 2), 0.6)).report
    assert [(each.auc is None, each.recall) for each in report.per_class] == [(False, 1.0), (True, 0.0)]
    assert [line.name for line in report.roc] == ["a"]


def test_pixels_have_the_iou_of_scikit_learn_whatever_the_batches() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, (6, 8, 8))
    scores = rng.random((6, 8, 8, 3)) + np.eye(3)[truth]
    masks = Masks(Head("mask", "segmentation", ("ground", "cell", "edge"), 3))
    for some in (slice(0, 4), slice(4, 6)):
        masks.add(np.arange(6)[some], truth[some], scores[some])
    found, made = masks.done(), scores.argmax(-1)
    iou = metrics.jaccard_score(truth.ravel(), made.ravel(), average=None)
    assert found.report.figures["iou"] == pytest.approx(iou.mean())
    assert [each.iou for each in found.report.per_class] == pytest.approx(iou)
    assert found.report.figures["accuracy"] == pytest.approx((truth == made).mean())
    assert found.report.figures["dice"] == pytest.approx(metrics.f1_score(truth.ravel(), made.ravel(), average="macro"))
    own = [metrics.jaccard_score(t.ravel(), m.ravel(), average="macro") for t, m in zip(truth, made, strict=True)]
    assert np.allclose(found.rows["score"], own)
    assert (found.extra["mask_made"] == made).all()
    assert (found.extra["mask_truth"] == truth).all()


def test_pixels_of_one_channel_strange_classes_and_nan_are_told_apart() -> None:
    masks = Masks(Head("mask", "segmentation", (), 1))
    truth = np.array([[[0, 1], [1, -1]], [[0, 0], [0, 0]]])
    scores = np.array([[[0.1, 0.9], [0.2, 0.9]], [[np.nan, 0], [0, 0]]])[..., None]
    masks.add(np.array([5, 6]), truth, scores)
    report = masks.done().report
    assert (report.confusion, report.n, report.left_out) == (((1, 0), (1, 1)), 3, 1)
    assert report.notes == ("the model gives NaN or infinity in 1 rows, which are left out: 6",)
    assert Masks(Head("mask", "segmentation", (), 2)).done().report.notes == ("no row is left that could be judged",)
