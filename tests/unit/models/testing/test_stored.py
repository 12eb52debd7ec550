"""What is kept of rows: written whole, filtered, ordered, and refused when it does not read."""

from pathlib import Path

import numpy as np
import pytest

from gnomon.core.errors import CorruptError, InputError, NotFoundError
from gnomon.models.testing.classes import judge
from gnomon.models.testing.keep import check_test
from gnomon.models.testing.masks import Masks
from gnomon.models.testing.opened import Head
from gnomon.models.testing.stored import FILE, Asked, choose, save

TRUTH = np.array([0, 0, 1, 1, 1, -1])
SCORES = np.array([[0.9, 0.1], [0.2, 0.8], [0.45, 0.55], [0.7, 0.3], [0.05, 0.95], [0.5, 0.5]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    at = np.arange(10, 16)
    found = judge(Head("label", "classification", ("no", "yes"), 2), at, TRUTH, SCORES)
    masks = Masks(Head("mask", "segmentation", (), 2))
    masks.add(at[:2], np.array([[[0, 1]], [[1, 1]]]), np.eye(2)[[[[0, 1]], [[0, 1]]]])
    return save(tmp_path / "tests" / "test", at, at * 7, [found, masks.done()])


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        (Asked(), [10, 11, 12, 13, 14]),
        (Asked(order="confident_wrong"), [11, 13]),
        (Asked(order="confident_right"), [14, 10, 12]),
        (Asked(order="unsure"), [12, 13, 11, 10, 14]),
        (Asked(order="loss"), [11, 13, 12, 10, 14]),
        (Asked(order="least_loss"), [14, 10, 12, 13, 11]),
        (Asked(actual=1), [12, 13, 14]),
        (Asked(actual=1, predicted=0), [13]),
        (Asked(first=1, limit=2), [11, 12]),
        (Asked(first=40), []),
        (Asked(output=1), [10, 11]),
        (Asked(output=1, order="loss"), [11, 10]),
    ],
)
def test_rows_come_in_the_order_and_of_the_classes_that_are_asked_for(
    file: Path, asked: Asked, rows: list[int]
) -> None:
    found = choose(file, asked)
    assert found.at.tolist() == rows
    assert found.rows.tolist() == [row * 7 for row in rows]
    assert found.total >= len(rows)


def test_masks_come_with_their_rows(file: Path) -> None:
    found = choose(file, Asked(output=1, order="loss"))
    assert found.has_mask.tolist() == [True, True]
    assert found.kept["mask_truth"].tolist() == [[[1, 1]], [[0, 1]]]
    assert found.kept["score"].tolist() == [0.25, 1.0]


@pytest.mark.parametrize(
    ("asked", "field"),
    [(Asked(output=2), "output"), (Asked(output=1, actual=0), "actual"), (Asked(output=1, predicted=0), "predicted")],
)
def test_what_an_output_does_not_have_is_refused(file: Path, asked: Asked, field: str) -> None:
    with pytest.raises(InputError) as caught:
        choose(file, asked)
    assert caught.value.field == field


def test_a_file_that_is_gone_or_damaged_is_told(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptError, match=r"predictions.npz: it does not read"):
        choose(file, Asked())
    np.savez(file, at=np.array([{}], object), **{"0/at": np.array([{}], object)})  # what would have to be unpickled
    with pytest.raises(CorruptError, match="Test the version again"):
        choose(file, Asked())
    file.unlink()
    with pytest.raises(NotFoundError, match="not there any more"):
        choose(file, Asked())


def test_writing_again_replaces_the_file_and_leaves_nothing_beside(file: Path) -> None:
    again = judge(Head("label", "classification", ("no", "yes"), 2), np.arange(2), TRUTH[:2], SCORES[:2])
    assert save(file.parent, np.arange(2), np.arange(2), [again]) == file
    assert choose(file, Asked()).total == 2
    assert [path.name for path in file.parent.iterdir()] == [FILE]


@pytest.mark.parametrize("name", ["../up", "", ".hidden", "a/b", "x" * 97])
def test_a_test_has_the_name_of_a_folder_and_no_other(name: str) -> None:
    with pytest.raises(InputError, match="name: expected letters"):
        check_test(name)
    assert check_test("test-mnist-500rows") == "test-mnist-500rows"
