"""Pictures, masks and boxes go to the same places, and what is off changes nothing."""

import numpy as np
import pytest

from gnomon.models.datasets.moves import Moves
from gnomon.models.datasets.registry import Augment

FREE = Augment("both", rotate=180, shift=0.1, zoom=0.3)


def one(
    mirror: tuple[int, int] = (1, 1), degrees: float = 0, zoom: float = 1, shift: tuple[float, float] = (0, 0)
) -> Moves:
    """Return what happens to one picture."""
    zero = np.zeros(1)
    return Moves(
        np.array([mirror], float), np.deg2rad([degrees]), np.array([zoom], float), np.array([shift], float), zero, 0
    )


def moved(moves: Moves, picture: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return moves.pictures(picture[None, ..., None].astype(np.float32), 255, np.random.default_rng(0))[0, ..., 0]


def test_each_move_does_what_it_says() -> None:
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(moved(one(), x), x)
    np.testing.assert_array_equal(moved(one((-1, 1)), x), x[:, ::-1])
    np.testing.assert_array_equal(moved(one((1, -1)), x), x[::-1])
    np.testing.assert_allclose(moved(one(shift=(0.25, 0)), x)[:, 1:], x[:, :-1])
    assert (moved(one(shift=(0.25, 0)), x)[:, 0] == 0).all(), "what comes into view is black"
    square = np.arange(16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_allclose(moved(one(degrees=90), square), np.rot90(square, -1), atol=1e-4)
    np.testing.assert_allclose(moved(one((-1, 1), degrees=180), square), square[::-1], atol=1e-4)
    big = np.zeros((9, 9), np.float32)
    big[3:6, 3:6] = 1
    assert moved(one(zoom=2), big).sum() == pytest.approx(36, abs=2)


def test_masks_and_boxes_go_where_pictures_go() -> None:
    rng = np.random.default_rng(4)
    h, w, n = 40, 30, 60
    boxes = np.stack(
        [rng.uniform(8, 12, n), rng.uniform(8, 14, n), rng.uniform(18, 22, n), rng.uniform(22, 30, n)], axis=1
    ).round()
    x = np.zeros((n, h, w, 1), np.float32)
    for picture, (left, top, right, bottom) in zip(x, boxes.astype(int), strict=True):
        picture[top:bottom, left:right] = 255
    moves = Moves.drawn(FREE, n, rng)
    pictures, masks = moves.pictures(x, 255, rng), moves.masks((x[..., 0] > 0).astype(np.int64))
    assert ((pictures[..., 0] > 127) == (masks == 1)).mean() > 0.985
    for i in range(n):
        place, stays = moves.boxes(boxes[i : i + 1], i, h, w)
        rows, columns = np.nonzero(pictures[i, ..., 0] > 127)
        assert stays[0] == (len(rows) > 0)
        left, top, right, bottom = place[0]
        assert (left - 1 <= columns.min(), columns.max() <= right) == (True, True)
        assert (top - 1 <= rows.min(), rows.max() <= bottom) == (True, True)
        is_straight = abs(np.sin(2 * moves.angle[i])) < 0.05
        assert not is_straight or right - left <= columns.max() - columns.min() + 4


def test_a_box_that_leaves_the_picture_is_gone() -> None:
    boxes = np.array([[0.0, 0, 4, 4], [10, 10, 20, 20]])
    place, stays = one(shift=(-0.5, 0)).boxes(boxes, 0, 20, 20)
    assert stays.tolist() == [False, True]
    np.testing.assert_allclose(place[1], [0, 10, 10, 20])


def test_what_is_off_draws_all_the_same() -> None:
    first = Moves.drawn(Augment(rotate=10), 8, np.random.default_rng(1))
    second = Moves.drawn(Augment("both", rotate=10, zoom=0.5), 8, np.random.default_rng(1))
    np.testing.assert_array_equal(first.angle, second.angle)
    assert (first.mirror == 1).all()
    assert (second.mirror == -1).any()


def test_brightness_stays_within_the_range_and_noise_has_its_size() -> None:
    rng = np.random.default_rng(0)
    x = np.full((64, 8, 8, 1), 128, np.float32)
    bright = Moves.drawn(Augment(brightness=0.9), 64, rng).pictures(x, 255, rng)
    assert (bright.min(), bright.max()) == (0, 255)
    noisy = Moves.drawn(Augment(noise=0.1), 64, rng).pictures(x, 255, rng)
    assert noisy.std() == pytest.approx(25.5, rel=0.05)
