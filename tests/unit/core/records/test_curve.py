"""Curves, and exact areas beside scikit-learn's."""

import numpy as np
import pytest

from gnomon.core.errors import InputError
from gnomon.core.records.curve import TYPE, Curve
from gnomon.core.records.suite import RecordTypeSuite


class TestCurveType(RecordTypeSuite):
    record_type = TYPE

    def samples(self) -> list[object]:
        return [
            Curve([0, 1], [2.5, 3]),
            Curve([[0, 1], [0, 1, 2]], [[1, 2], [3, 4, 5]], label=["a", "b"], area=[0.5, None], diagonal=True),
            Curve.roc([0, 1, 1, 0], [0.1, 0.8, 0.5, 0.5]),
            Curve.pr([0, 1, 2], np.eye(3), labels=["a", "b", "c"]),
        ]

    def nonsense(self) -> list[object]:
        return [
            Curve([0, 1], [1]),
            Curve([[0, 1]], [[0, 1]], label=["a", "b"]),
            Curve(np.zeros((2, 2, 2)), [1]),
            Curve([0], [0], thresholds=[1, 2]),
            Curve.roc([1, 1], [0.5, 0.6]),
            Curve.roc([0, 1], [0.5, np.nan]),
            Curve.roc([0, 2], [0.5, 0.6]),
            Curve.pr([0, 1], [0.5]),
        ]


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_areas_are_those_of_scikit_learn_ties_and_all(levels: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(levels)
    for n in range(3, 60):
        truth = np.append([0, 1], rng.integers(0, 2, n))
        scores = rng.integers(0, levels, n + 2) / 7
        assert Curve.roc(truth, scores).area[0] == pytest.approx(metrics.roc_auc_score(truth, scores), abs=1e-12)
        assert Curve.pr(truth, scores).area[0] == pytest.approx(
            metrics.average_precision_score(truth, scores), abs=1e-12
        )


def test_the_area_is_the_chance_that_a_positive_scores_higher() -> None:
    rng = np.random.default_rng(0)
    truth, scores = np.append([0, 1], rng.integers(0, 2, 100)), rng.integers(0, 9, 102)
    positive, negative = scores[truth == 1][:, None], scores[truth == 0][None, :]
    chance = np.mean((positive > negative) + 0.5 * (positive == negative))
    assert Curve.roc(truth, scores).area[0] == pytest.approx(chance, abs=1e-12)


def test_points_left_out_lie_on_the_line_between_those_kept() -> None:
    rng = np.random.default_rng(1)
    truth, scores = np.append([0, 1], rng.integers(0, 2, 300)), rng.random(302)
    curve = Curve.roc(truth, scores)
    order = np.argsort(-scores)
    all_tpr, all_fpr = (np.cumsum(truth[order] == c) / (truth == c).sum() for c in (1, 0))
    kept = set(zip(curve.x[0].tolist(), curve.y[0].tolist(), strict=True))
    assert kept <= {(0.0, 0.0), *zip(all_fpr.tolist(), all_tpr.tolist(), strict=True)}
    assert len(kept) < 302
    thresholds = curve.thresholds[0]
    rates = [(np.mean(scores[truth == 0] >= t), np.mean(scores[truth == 1] >= t)) for t in thresholds]
    assert rates == list(zip(curve.x[0], curve.y[0], strict=True))


def test_the_payload_is_x_y_and_thresholds_of_each_curve() -> None:
    encoded = TYPE.encode(Curve.roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]))
    assert encoded.meta == {
        "x": "false positive rate",
        "y": "true positive rate",
        "curves": [{"label": "", "n": 5, "area": 0.75, "thresholds": True}],
        "diagonal": True,
    }
    assert np.frombuffer(encoded.data).reshape(3, 5).tolist() == [
        [0, 0, 0.5, 0.5, 1], [0, 0.5, 0.5, 1, 1], [np.inf, 0.8, 0.4, 0.35, 0.1],
    ]  # fmt: skip
    assert TYPE.summary(encoded.meta, 120) == "true positive rate over false positive rate, 1 curve, area 0.7500"


def test_one_class_alone_never_stops_a_loop_and_is_refused_when_logged() -> None:
    curve = Curve.roc([0, 0], [0.1, 0.2])
    with pytest.raises(InputError, match="expected positives and negatives, received no positives"):
        TYPE.encode(curve)
