"""What `run.evaluate` computes is what scikit-learn computes, and what it cannot judge it refuses."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from gnomon.analysis.calibration import calibration
from gnomon.analysis.classification import average_precision, matthews, roc_auc, top_k
from gnomon.analysis.evaluation import evaluate
from gnomon.analysis.scored import MAX_POINTS
from gnomon.core.errors import InputError, LimitError, ShapeError

NAMES = ["cat", "dog", "eel", "fox"]


def scored(n: int, k: int, seed: int = 0, digits: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and probabilities that know a little; rounded, so that many scores are equal."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    raw = rng.random((n, k)) + 0.6 * np.eye(k)[y]
    parts = np.round(raw, digits)
    return y, parts / parts.sum(1, keepdims=True)


def theirs(y: Any, p: Any, k: int) -> dict[str, float]:
    """Return the figures of the labels as scikit-learn has them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # undefined quotients are 0 there, with a warning
        average = {"average": "macro", "zero_division": 0.0}
        found = {
            "n": len(y),
            "accuracy": metrics.accuracy_score(y, p),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, p),
            "mcc": metrics.matthews_corrcoef(y, p),
            "precision": metrics.precision_score(y, p, **average),
            "recall": metrics.recall_score(y, p, **average),
            "f1": metrics.f1_score(y, p, **average),
            "f1_macro": metrics.f1_score(y, p, **average),
            "f1_weighted": metrics.f1_score(y, p, average="weighted", zero_division=0.0),
            "f1_micro": metrics.f1_score(y, p, average="micro", zero_division=0.0),
        }
        each = metrics.precision_recall_fscore_support(y, p, labels=range(k), zero_division=0.0)
    present = set(np.unique(np.concatenate([y, p])).tolist())
    for figure, values in zip(("precision", "recall", "f1", "support"), each, strict=True):
        found |= {f"{figure}/{NAMES[c]}": values[c] for c in present}
    return found


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([0, 1, 2, 2, 1, 0, 2, 1], [0, 2, 2, 2, 1, 0, 1, 1]),
        ([0, 0, 0, 0], [0, 0, 1, 2]),  # one class only is true
        ([0, 1, 2, 2], [0, 1, 1, 1]),  # one class is never predicted
        ([1, 1, 1], [1, 1, 1]),  # all equal
        ([2], [0]),  # a single sample
        (np.random.default_rng(4).integers(0, 4, 500), np.random.default_rng(5).integers(0, 4, 500)),
    ],
)
def test_figures_of_labels_are_those_of_scikit_learn(y: Sequence[int], p: Sequence[int]) -> None:
    found = evaluate(y, p, classes=NAMES)
    assert found.figures == pytest.approx(theirs(y, p, 4), abs=1e-12)
    assert found.records["confusion"].matrix.tolist() == metrics.confusion_matrix(y, p, labels=range(4)).tolist()
    assert found.records["confusion"].labels == tuple(NAMES)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_any_labels_have_the_figures_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    y, p = np.array(pairs).T
    assert evaluate(y, p, classes=NAMES).figures == pytest.approx(theirs(y, p, 4), abs=1e-12)


def test_precision_and_recall_are_not_exchanged() -> None:
    """The seed gave scikit-learn its arguments the wrong way round, and each column showed the other's figures."""
    y = ["cat"] * 10 + ["dog"] * 10
    p = ["cat"] * 8 + ["dog"] * 2 + ["dog"] * 10  # cats are only ever called cats: precise, but two are missed
    figures = evaluate(y, p).figures
    shown = {key: figures[key] for key in ("precision/cat", "recall/cat", "precision/dog", "recall/dog")}
    assert shown == {"precision/cat": 1.0, "recall/cat": 0.8, "precision/dog": 10 / 12, "recall/dog": 1.0}
    assert evaluate(y, p).records["confusion"].matrix.tolist() == [[8, 2], [0, 10]]


def test_every_figure_is_a_number_and_every_picture_a_record() -> None:
    """In the seed a plot came to stand in the column of the accuracy."""
    y, s = scored(60, 3)
    found = evaluate(y, scores=s)
    assert {type(value) for value in found.figures.values()} == {float}
    assert 0 <= found.figures["accuracy"] <= 1
    kinds = {name: type(record).__name__ for name, record in found.records.items()}
    assert kinds == {
        "confusion": "Confusion",
        "roc": "Curve",
        "pr": "Curve",
        "calibration": "Curve",
        "predictions": "Table",
    }


@pytest.mark.parametrize("k", [3, 4])
def test_figures_of_scores_are_those_of_scikit_learn(k: int) -> None:
    y, s = scored(400, k, seed=k)
    found = evaluate(y, scores=s, classes=NAMES[:k]).figures
    hot = np.eye(k)[y]
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(y, s, multi_class="ovr"), abs=1e-12)
    assert found["auc_micro"] == pytest.approx(metrics.roc_auc_score(hot, s, average="micro"), abs=1e-12)
    assert found["average_precision"] == pytest.approx(metrics.average_precision_score(hot, s), abs=1e-12)
    assert found["log_loss"] == pytest.approx(metrics.log_loss(y, s), abs=1e-12)
    assert found["brier"] == pytest.approx(((s - hot) ** 2).sum(1).mean(), abs=1e-12)
    for c in range(k):
        assert found[f"auc/{NAMES[c]}"] == pytest.approx(metrics.roc_auc_score(y == c, s[:, c]), abs=1e-12)


def test_a_binary_task_is_judged_by_its_second_class() -> None:
    y, s = scored(300, 2, seed=9)
    found = evaluate(y, scores=s[:, 1], classes=["no", "yes"])
    p = (s[:, 1] > 0.5).astype(int)
    expected = {
        "precision": metrics.precision_score(y, p),
        "recall": metrics.recall_score(y, p),
        "f1": metrics.f1_score(y, p),
        "auc": metrics.roc_auc_score(y, s[:, 1]),
        "average_precision": metrics.average_precision_score(y, s[:, 1]),
        "log_loss": metrics.log_loss(y, s[:, 1]),
        "brier": metrics.brier_score_loss(y, s[:, 1]),
    }
    assert (found.task, found.positive) == ("binary", "yes")
    assert {key: found.figures[key] for key in expected} == pytest.approx(expected, abs=1e-12)
    assert found.figures == pytest.approx(evaluate(y, scores=s, classes=["no", "yes"]).figures, abs=1e-12)


def test_curves_pass_through_the_points_of_scikit_learn() -> None:
    y, s = scored(200, 3, seed=2, digits=1)
    found = evaluate(y, scores=s, classes=NAMES[:3])
    roc, pr = found.records["roc"], found.records["pr"]
    assert (roc.label, pr.label) == (tuple(NAMES[:3]), tuple(NAMES[:3]))
    for c in range(3):
        fpr, tpr, _ = metrics.roc_curve(y == c, s[:, c], drop_intermediate=False)
        every = set(zip(fpr.round(9).tolist(), tpr.round(9).tolist(), strict=True))
        assert set(zip(roc.x[c].round(9).tolist(), roc.y[c].round(9).tolist(), strict=True)) <= every
        assert roc.area[c] == pytest.approx(found.figures[f"auc/{NAMES[c]}"])
        precision, recall, _ = metrics.precision_recall_curve(y == c, s[:, c])
        points = set(zip(recall.round(9).tolist(), precision.round(9).tolist(), strict=True))
        assert set(zip(pr.x[c].round(9).tolist(), pr.y[c].round(9).tolist(), strict=True)) <= points
        assert pr.area[c] == pytest.approx(found.figures[f"average_precision/{NAMES[c]}"])


def test_a_curve_of_very_many_scores_is_thinned_but_its_area_is_not() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 20_000)
    s = np.clip(rng.normal(0.4 + 0.2 * y, 0.15), 0, 1)
    roc = evaluate(y, scores=s, predictions=False).records["roc"]
    assert roc.n[0] <= MAX_POINTS
    assert roc.area[0] == pytest.approx(metrics.roc_auc_score(y, s), abs=1e-12)
    assert np.trapezoid(roc.y[0], roc.x[0]) == pytest.approx(roc.area[0], abs=1e-3)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=2, max_size=30))
def test_ties_count_half_in_the_area_and_pass_together_in_the_precision(pairs: list[tuple[bool, int]]) -> None:
    y, s = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs], float)
    if y.all() or not y.any():
        with pytest.raises(InputError, match="positives and negatives"):
            roc_auc(y, s)
        return
    assert roc_auc(y, s) == pytest.approx(metrics.roc_auc_score(y, s), abs=1e-12)
    assert average_precision(y, s) == pytest.approx(metrics.average_precision_score(y, s), abs=1e-12)


def test_scores_that_are_all_the_same_tell_nothing() -> None:
    found = evaluate([0, 1, 0, 1], scores=[0.5] * 4).figures
    assert (found["auc"], found["average_precision"], found["accuracy"]) == (0.5, 0.5, 0.5)
    assert top_k(np.array([0, 1, 2]), np.ones((3, 3)), 1) == pytest.approx(1 / 3)


def test_the_top_k_accuracy_is_that_of_scikit_learn_where_nothing_ties() -> None:
    rng = np.random.default_rng(1)
    y, s = rng.integers(0, 8, 100), rng.dirichlet(np.ones(8), 100)
    found = evaluate(y, scores=s).figures
    assert found["top_3"] == pytest.approx(metrics.top_k_accuracy_score(y, s, k=3))
    assert found["top_5"] == pytest.approx(metrics.top_k_accuracy_score(y, s, k=5))


def test_a_class_that_is_absent_has_no_curve_and_does_not_hide_the_others() -> None:
    y, s = scored(90, 3)
    y = np.where(y == 2, 0, y)
    found = evaluate(y, scores=s, classes=NAMES[:3])
    assert "auc/eel" not in found.figures
    assert found.records["roc"].label == ("cat", "dog")
    assert found.figures["auc"] == pytest.approx((found.figures["auc/cat"] + found.figures["auc/dog"]) / 2)


def test_one_class_alone_has_labels_to_judge_but_no_curves() -> None:
    found = evaluate([1, 1, 1], scores=[[0.2, 0.8], [0.6, 0.4], [0.1, 0.9]])
    assert found.figures["recall"] == pytest.approx(2 / 3)
    assert "auc" not in found.figures
    assert set(found.records) == {"confusion", "calibration", "predictions"}


@pytest.mark.parametrize(("y", "p"), [([1, 1, 1], [1, 1, 1]), ([0, 1, 0, 1], [1, 1, 1, 1]), ([0, 1], [1, 0])])
def test_matthews_coefficient_of_labels_at_the_extremes(y: list[int], p: list[int]) -> None:
    matrix = metrics.confusion_matrix(y, p, labels=[0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of labels that are all the same
        assert matthews(matrix) == metrics.matthews_corrcoef(y, p)


def test_calibration_compares_how_sure_with_how_often_right() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(20_000)
    honest, bold = rng.random(20_000) < p, rng.random(20_000) < p**2
    assert calibration(p, honest).ece < 0.02
    assert calibration(p, bold).ece == pytest.approx(1 / 2 - 1 / 3, abs=0.01)
    made = calibration(p, honest, bins=10)
    from sklearn.calibration import calibration_curve

    accuracy, confidence = calibration_curve(honest, p, n_bins=10)
    np.testing.assert_allclose([made.accuracy, made.confidence], [accuracy, confidence], atol=1e-12)
    assert made.ece == pytest.approx(float((np.abs(accuracy - confidence) * made.count).sum() / 20_000))
    assert calibration(np.array([1.0]), np.array([True])).ece == 0.0


def test_logits_become_the_probabilities_of_their_softmax() -> None:
    z = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, -700.0], [800.0, 1.0, 1.0]])
    found = evaluate([0, 1, 0], scores=z)
    assert found.outputs == "logits"
    table = found.records["predictions"].columns
    assert table["p(0)"] == pytest.approx([0.785597, 0.047426, 1.0], abs=1e-6)
    assert evaluate([0, 1, 1], scores=[-1.0, 2.0, -3.0]).records["predictions"].columns["predicted"] == ["0", "1", "0"]


LABELS = ["a", "b", "b", "c"]
FORMS: dict[str, Any] = {
    "integers": ([0, 1, 1, 2], {"classes": ["a", "b", "c"]}),
    "texts": (LABELS, {}),
    "array of texts": (np.array(LABELS), {}),
    "objects": (np.array(LABELS, object), {}),
    "column": ([[0.0], [1.0], [1.0], [2.0]], {"classes": ["a", "b", "c"]}),
    "one-hot": (np.eye(3)[[0, 1, 1, 2]], {"classes": ["a", "b", "c"]}),
    "uint8": (np.array([0, 1, 1, 2], np.uint8), {"classes": ("a", "b", "c")}),
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_of_any_form_are_the_same_evaluation(form: str) -> None:
    y, more = FORMS[form]
    found = evaluate(y, ["a", "b", "c", "c"] if not more else [0, 1, 2, 2], **more)
    assert (found.task, found.classes, found.figures["accuracy"]) == ("classification", ("a", "b", "c"), 0.75)
    assert found.hash == evaluate(LABELS, LABELS).hash


def test_tensors_are_labels_and_scores_too() -> None:
    torch = pytest.importorskip("torch")
    logits = torch.tensor([[2.0, 1.0], [0.0, 1.0]], requires_grad=True)
    found = evaluate(torch.tensor([0, 1]), scores=logits)
    assert (found.outputs, found.figures["accuracy"]) == ("logits", 1.0)


@pytest.mark.parametrize(
    ("arguments", "field", "said"),
    [
        (([0, 1], None, None), "y_pred", "expected y_pred or scores"),
        (([0, 1, float("nan")], [0, 1, 1], None), "y_true", "1 NaN"),
        (([0, 1, 1], ["cat", None, "dog"], None), "y_pred", "An abstention is no class"),
        (([0, 1], None, [0.2, float("inf")]), "scores", "1 NaN or infinite"),
        (([0, 1], None, [[0.9, 0.9], [0.2, 0.1]]), "scores", "rows do not add up to 1"),
        (([0, 1], [0.2, 0.9], None), "y_pred", "Pass them as scores="),
        (([0, 1, 5], [[0.2, 0.8], [0.1, 0.9], [0.5, 0.5]], None), "y_pred", "Pass them as scores="),
        (([0, 1, 5], None, [[0.2, 0.8], [0.1, 0.9], [0.5, 0.5]]), "classes", "among the 2 classes"),
        (([0.5, 1], ["a", "b"], None), "y_pred", "expected numbers for a regression"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_refused_with_the_remedy(arguments: tuple[Any, ...], field: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        evaluate(*arguments)
    assert caught.value.field == field


def test_lengths_classes_and_said_outputs_are_checked() -> None:
    with pytest.raises(ShapeError, match="expected 2 samples"):
        evaluate([0, 1], [0, 1, 1])
    with pytest.raises(ShapeError, match="one for each column of scores"):
        evaluate([0, 1], scores=[[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]], classes=["a", "b"])
    with pytest.raises(InputError, match="expected probabilities, 0 to 1, received -1 to 2"):
        evaluate([0, 1], scores=[-1.0, 2.0], outputs="probabilities")
    with pytest.raises(InputError, match="expected distinct names"):
        evaluate([0, 1], [0, 1], classes=["a/b", "a_b"])
    with pytest.raises(InputError, match="two classes for a binary task"):
        evaluate([0, 1, 2], [0, 1, 2], task="binary")
    with pytest.raises(LimitError, match="task='regression'"):
        evaluate(np.arange(3000), np.arange(3000))


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_regression_has_the_figures_of_scikit_learn(outputs: int) -> None:
    rng = np.random.default_rng(6)
    y = rng.normal(size=(50, outputs))
    p = y + rng.normal(size=(50, outputs)) * 0.3 + 0.1
    found = evaluate(y, p)
    expected = {
        "n": 50,
        "mae": metrics.mean_absolute_error(y, p),
        "rmse": metrics.root_mean_squared_error(y, p),
        "r2": metrics.r2_score(y, p),
        "bias": float((p - y).mean()),
        "max_error": float(np.abs(p - y).max()),
    }
    assert found.task == "regression"
    assert found.figures == pytest.approx(expected, abs=1e-12)


def test_a_regression_of_a_constant_or_a_single_sample_is_what_scikit_learn_says() -> None:
    for p in ([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]):
        assert evaluate([2.0] * 3, p, task="regression").figures["r2"] == metrics.r2_score([2.0] * 3, p)
    assert "r2" not in evaluate([1.5], [2.0]).figures
    assert evaluate([1.5, 2.5], [2.0, 2.0]).records["predictions"].columns == {
        "true": [1.5, 2.5],
        "predicted": [2.0, 2.0],
    }


def test_the_hash_follows_the_truth_and_the_classes_and_nothing_else() -> None:
    first = evaluate([0, 1, 1], [0, 0, 0], classes=["a", "b"])
    assert first.hash == evaluate([0, 1, 1], scores=[0.1, 0.9, 0.8], classes=["a", "b"]).hash
    others = {
        evaluate([1, 0, 1], [0, 0, 0], classes=["a", "b"]).hash,  # another order
        evaluate([0, 1, 0], [0, 0, 0], classes=["a", "b"]).hash,  # other labels
        evaluate([0, 1, 1], [0, 0, 0], classes=["a", "c"]).hash,  # other classes
        evaluate([0.0, 1.0, 1.0], [0, 0, 0], task="regression").hash,
    }
    assert first.hash not in others
    assert len(others) == 4
    assert first.hash == "4bba530d8762ea56"  # written once: a change would put old runs and new ones apart


def test_predictions_are_kept_as_they_were() -> None:
    found = evaluate(["b", "a"], scores=[[0.25, 0.75], [0.875, 0.125]])
    assert found.records["predictions"].columns == {
        "true": ["b", "a"], "predicted": ["b", "a"], "confidence": [0.75, 0.875], "p(a)": [0.25, 0.875], "p(b)": [0.75, 0.125],
    }  # fmt: skip
    assert "predictions" not in evaluate([0, 1], [0, 1], predictions=False).records
