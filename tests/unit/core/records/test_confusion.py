"""Confusion matrices, beside scikit-learn's."""

import numpy as np
import pytest

from gnomon.core.errors import InputError, LimitError, ShapeError
from gnomon.core.records.confusion import TYPE, Confusion
from gnomon.core.records.suite import RecordTypeSuite


class TestConfusionType(RecordTypeSuite):
    record_type = TYPE

    def samples(self) -> list[object]:
        return [
            Confusion([0, 1, 2, 2], [0, 2, 2, 1]),
            Confusion(["b", "a"], ["a", "a"]),
            Confusion(matrix=[[3, 1], [0, 2]], labels=["cat", "dog"]),
            Confusion([True, False], [True, True]),
            Confusion(matrix=np.zeros((2, 2), np.uint8)),
        ]

    def nonsense(self) -> list[object]:
        return [
            Confusion(),
            Confusion([0, 1], [0]),
            Confusion(matrix=[[1, 2]]),
            Confusion(matrix=[[0.5, 0], [0, 1]]),
            Confusion(matrix=[[-1, 0], [0, 1]]),
            Confusion(matrix=[[1]], labels=["a", "b"]),
            Confusion([0, 7], [0, 1], labels=["a", "b"]),
            Confusion(np.arange(5000), np.arange(5000)),
        ]


def test_counts_are_those_of_scikit_learn_whatever_the_classes_are() -> None:
    confusion_matrix = pytest.importorskip("sklearn.metrics").confusion_matrix
    rng = np.random.default_rng(3)
    for k in (2, 5, 11):
        truth, predicted = rng.integers(0, k, 200), rng.integers(0, k, 200)
        ours = Confusion(truth, predicted)
        assert np.array_equal(ours.matrix, confusion_matrix(truth, predicted))
        assert ours.accuracy == np.mean(truth == predicted)
        names = [f"class {i}" for i in range(k)]
        named = Confusion(np.array(names)[truth], np.array(names)[predicted], labels=names[::-1])
        assert np.array_equal(named.matrix, confusion_matrix(truth, predicted, labels=range(k)[::-1]))


def test_scores_count_by_the_largest_and_positions_get_their_names() -> None:
    scores = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]])
    confusion = Confusion(np.array([[0], [1], [2]]), scores, labels=["cat", "dog", "owl"])
    assert confusion.matrix.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    encoded = TYPE.encode(confusion)
    assert encoded.meta == {"labels": ["cat", "dog", "owl"], "n": 3, "accuracy": 2 / 3}
    assert np.frombuffer(encoded.data, "<i8").reshape(3, 3).tolist() == confusion.matrix.tolist()
    assert TYPE.summary(encoded.meta, 72) == "3 classes, 3 counted, 66.7% right"


@pytest.mark.parametrize(
    ("confusion", "error", "message"),
    [
        (Confusion([0, 1], [0]), ShapeError, "of one length, received 2 and 1"),
        (Confusion(["x"], ["y"], labels=["x"]), InputError, "the class 'x' is not among labels \\[0\\]"),
        (Confusion(matrix=np.zeros((2049, 2049), np.uint8)), LimitError, "at most 2048 classes, received 2049"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_logged(confusion: Confusion, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        TYPE.encode(confusion)


def test_tensors_with_a_gradient_count_too() -> None:
    torch = pytest.importorskip("torch")
    scores = torch.eye(3, requires_grad=True)
    assert Confusion(torch.arange(3), scores).matrix.tolist() == np.eye(3).tolist()
