"""Pixels and the uniting of pieces: widths, edges, holes, log scales."""

import numpy as np
import pytest

from gnomon.store.envelope import Window
from gnomon.store.grid import Grid, Pieces, from_points, unite, unite_all

X = np.arange(100.0)


def pieces(*ranges: tuple[float, float]) -> Pieces:
    """Return one piece for each range, with its left edge as the low and its right edge as the high."""
    x0, x1 = (np.array(column) for column in zip(*ranges, strict=True))
    n = np.full(len(ranges), 2)
    return Pieces(x0, x1, n, np.zeros(len(ranges), np.int64), x0, x0, x1, x1, x0 + x1)


def test_points_are_gathered_by_pixel() -> None:
    e = from_points(X, np.sin(X), Window(px=4), 100)
    assert e.x0.tolist() == [0, 25, 50, 75]
    assert e.x1.tolist() == [24, 49, 74, 99]
    assert e.n.tolist() == [25, 25, 25, 25]
    assert e.low.tolist() == [np.sin(X[i : i + 25]).min() for i in range(0, 100, 25)]
    assert e.mean.tolist() == pytest.approx([np.sin(X[i : i + 25]).mean() for i in range(0, 100, 25)])
    assert (e.total, e.span) == (100, (0.0, 99.0))


def test_one_point_and_points_of_one_x_make_one_bucket() -> None:
    assert from_points(np.array([5.0]), np.array([1.0]), Window(px=10), 1).n.tolist() == [1]
    assert from_points(np.full(9, 5.0), np.arange(9.0), Window(px=10), 9).n.tolist() == [9]


def test_small_pieces_are_united_to_at_most_a_pixel() -> None:
    parts = pieces(*((i, i + 0.9) for i in range(100)))
    e = unite(parts, Grid(0.0, 99.9, 10, log=False), total=200, span=(0.0, 99.9))
    assert ((e.x1 - e.x0) <= 9.99).all()
    assert len(e.x0) <= 12
    assert (e.n.sum(), e.low[0], e.high[-1]) == (200, 0.0, 99.9)


def test_a_wide_piece_that_reaches_into_the_next_pixel_stays_by_itself() -> None:
    e = unite(pieces((0, 0.4), (0.5, 1.4), (1.5, 1.9)), Grid(0.0, 2.0, 2, log=False), total=6, span=(0.0, 2.0))
    assert list(zip(e.x0.tolist(), e.x1.tolist(), strict=True)) == [(0.0, 0.4), (0.5, 1.4), (1.5, 1.9)]


def test_pieces_that_hardly_unite_stay_as_they_are_and_empty_ones_have_no_extremes() -> None:
    nothing, x = np.nan, np.array([0.0, 10.0, 20.0])
    low = np.array([1.0, nothing, 3.0])
    parts = Pieces(x, x + 9, np.full(3, 4), np.array([0, 4, 1]), low, x, low, x, np.array([8.0, 0.0, 9.0]))
    e = unite(parts, Grid(0.0, 29.0, 3, log=False), total=12, span=(0.0, 29.0))
    np.testing.assert_array_equal((e.x0, e.x1, e.low, e.high), (x, x + 9, low, low))
    np.testing.assert_array_equal((e.low_x, e.high_x), np.array([[0, nothing, 20]] * 2))
    np.testing.assert_array_equal(e.mean, [2.0, nothing, 3.0])
    assert (e.n.tolist(), e.bad.tolist(), e.total) == ([4, 4, 4], [0, 4, 1], 12)


def test_parts_that_interleave_are_put_in_order_before_they_are_united() -> None:
    parts = [pieces((0, 1), (4, 5)), pieces((2, 3))]
    e = unite_all(parts, Grid(0.0, 5.0, 1, log=False), total=6, span=(0.0, 5.0))
    assert (e.x0[0], e.x1[-1], int(e.n.sum())) == (0.0, 5.0, 6)
    assert (e.x1[:-1] < e.x0[1:]).all()


def test_a_log_scale_divides_by_ratio_and_leaves_out_zero() -> None:
    e = from_points(np.array([0.0, 1, 2, 9, 10, 90, 100]), np.arange(7.0), Window(px=2, scale="log"), 7)
    assert list(zip(e.x0.tolist(), e.x1.tolist(), strict=True)) == [(1.0, 9.0), (10.0, 100.0)]
    assert e.span == (1.0, 100.0)


def test_the_widest_range_of_floats_has_pixels_too() -> None:
    e = from_points(np.array([-1.7e308, 0.0, 1.7e308]), np.arange(3.0), Window(px=2), 3)
    assert e.n.tolist() == [1, 2]


@pytest.mark.parametrize("window", [Window(first=200.0), Window(last=-1.0), Window(first=9.0, last=3.0)])
def test_a_window_beside_the_points_is_empty_but_knows_the_series(window: Window) -> None:
    e = from_points(X, X, window, 100)
    assert (len(e.x0), e.total, e.span) == (0, 100, (0.0, 99.0))
