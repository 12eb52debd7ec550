"""Batches: a function of seed, epoch and place, so that a training can go on anywhere; checkpoints: whole or not there."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gnomon.core.errors import CorruptError, NotFoundError
from gnomon.models.training import checkpoint
from gnomon.models.training.batches import Arrays, Feed, Int64
from gnomon.models.training.checkpoint import State, Tensors


class Rows:
    """Ten rows, which augmentation adds noise to."""

    def __init__(self, *, augments: bool = False, rows: int = 10) -> None:
        self.augments, self._rows = augments, rows

    def length(self, part: str) -> int:
        return self._rows if part == "train" else 0

    def batch(self, part: str, rows: Int64, rng: np.random.Generator | None = None) -> tuple[Arrays, Arrays]:
        noise = 0 if rng is None else rng.random(len(rows))
        return {"x": rows + noise}, {"y": rows}


def seen(batches: Iterator[tuple[Arrays, Arrays]]) -> list[list[float]]:
    """Return the rows of batches."""
    return [inputs["x"].tolist() for inputs, _ in batches]


@pytest.mark.parametrize("augments", [False, True])
def test_an_epoch_goes_on_in_its_midst_as_it_would_have(augments: bool) -> None:
    whole = seen(Feed(Rows(augments=augments), "train", 3, seed=4).epoch(2))
    again = seen(Feed(Rows(augments=augments), "train", 3, seed=4).epoch(2, begin=1))
    assert whole[1:] == again
    assert [len(batch) for batch in whole] == [3, 3, 3]  # one row is left over, and out
    assert whole != seen(Feed(Rows(augments=augments), "train", 3, seed=4).epoch(3))
    assert whole != seen(Feed(Rows(augments=augments), "train", 3, seed=5).epoch(2))
    assert len({int(row) for batch in whole for row in batch}) == 9


def test_without_shuffling_all_rows_come_in_order() -> None:
    assert seen(Feed(Rows(), "train", 4).once()) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert seen(Feed(Rows(rows=1), "train", 4).epoch(0)) == [[0]]
    assert seen(Feed(Rows(rows=3), "train", 1).epoch(0)) == [
        [row] for row in np.random.default_rng((0, 0)).permutation(3)
    ]
    assert Feed(Rows(), "test", 4).steps == 0


def test_the_two_newest_checkpoints_the_best_and_a_few_spread_over_the_training_are_kept(tmp_path: Path) -> None:
    for step in (*range(1, 41), 40):
        checkpoint.save(tmp_path, Tensors(b"m%d" % step, b"o", State(step=step, best_step=7)))
        kept = checkpoint.steps(tmp_path)
        assert {step, max(1, step - 1)} <= {*kept}
        assert len(kept) <= 11
    (tmp_path / ".step-9.123").mkdir()
    *older, last, newest = [step for step in checkpoint.steps(tmp_path) if step != 7]
    assert (last, newest, len(older)) == (39, 40, checkpoint.SPREAD)
    gaps = np.diff([0, *older])
    assert gaps.max() <= 4 * max(1, gaps.min())
    found = checkpoint.newest(tmp_path)
    assert found is not None
    assert checkpoint.load(found) == Tensors(b"m40", b"o", State(step=40, best_step=7))


def test_large_checkpoints_are_not_spread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SPREAD_BYTES", 2_000)
    for step in range(1, 9):
        checkpoint.save(tmp_path, Tensors(b"m" * 1_500, b"o", State(step=step, best_step=2)))
    *spread, best_or_older, last, newest = checkpoint.steps(tmp_path)
    assert (last, newest) == (7, 8)
    assert len([*spread, best_or_older]) == 2


def test_a_checkpoint_that_is_none_is_told(tmp_path: Path) -> None:
    assert checkpoint.newest(tmp_path / "nothing") is None
    with pytest.raises(NotFoundError):
        checkpoint.load(tmp_path)
    (tmp_path / "state.json").write_text('{"step": "many"}')
    with pytest.raises(CorruptError, match="holds no state of a training"):
        checkpoint.load(tmp_path)
