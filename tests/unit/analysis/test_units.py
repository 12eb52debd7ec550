"""Pictures of units, from plain arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gnomon.analysis.tiles import conv_tiles, dense_tiles, rectangle, tiles
from gnomon.analysis.units import TopInputs, as_pictures, side_by_side
from gnomon.core.errors import InputError, ShapeError


@given(
    arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.floats(-5, 5)),
    st.integers(1, 7),
    st.integers(1, 9),
)
def test_the_top_of_batches_is_the_top_of_all(scores: np.ndarray, k: int, size: int) -> None:
    top = TopInputs(k)
    for i in range(0, len(scores), size):
        top.add(scores[i : i + size])
    found = top.result()
    expected = np.argsort(-scores, axis=0, kind="stable")[:k].T
    np.testing.assert_array_equal(found.index, expected)
    np.testing.assert_array_equal(found.value, np.take_along_axis(scores.T, expected, 1))


def test_a_unit_with_places_answers_at_its_best_and_nan_is_preferred_by_nothing() -> None:
    maps = np.zeros((3, 2, 4, 4))
    maps[0, 0, 1, 2], maps[1, 0, 3, 3], maps[2, 1, 0, 0] = 1, 2, np.nan
    top, last = TopInputs(3), TopInputs(3)
    top.add(maps)
    last.add(np.moveaxis(maps, 1, -1), channels_first=False)
    assert top.result().index.tolist() == last.result().index.tolist() == [[1, 0, 2], [0, 1, 2]]
    assert top.result().tiles(np.arange(3)[:, None, None, None], units=1).ravel().tolist() == [1, 0, 2]


@given(st.integers(1, 5000))
def test_a_rectangle_holds_all_values_and_is_exact_where_it_can_be(n: int) -> None:
    h, w = rectangle(n)
    exact = [(a, n // a) for a in range(1, n + 1) if n % a == 0 and a <= n // a <= 3 * a]
    assert (h, w) == exact[-1] if exact else (h == w and (h - 1) ** 2 < n <= h * h)


def test_tiles_keep_every_weight() -> None:
    weight = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    assert conv_tiles(weight)[1, :, :, 2].tolist() == weight[1, 2].tolist()
    assert conv_tiles(weight[:, :2])[3, :, :, 0].tolist() == weight[1, 1].tolist()
    assert conv_tiles(weight[:, :2], most=1).shape == (1, 4, 5, 1)
    assert conv_tiles(weight[:, :, 0]).shape == (2, 1, 5, 3)
    assert dense_tiles(np.arange(14).reshape(2, 7))[1].ravel().tolist() == [7, 8, 9, 10, 11, 12, 13, 0, 0]
    assert dense_tiles(np.arange(24).reshape(2, 12), (2, 2, 3))[1, 1, 1].tolist() == [21, 22, 23]


def test_weights_of_either_framework_are_the_same_tiles() -> None:
    filters = np.random.default_rng(0).normal(size=(4, 2, 3, 5))
    units = filters.reshape(4, -1)
    for weights, keras in ((filters, filters.transpose(2, 3, 1, 0)), (units, units.T)):
        np.testing.assert_array_equal(tiles(weights).batch, tiles(keras, transpose=True).batch)
    assert tiles(filters).batch[3, :, :, 0].tolist() == filters[1, 1].tolist()
    assert (tiles(filters, each=True).range, tiles(filters, columns=3).columns) == ("each", 3)
    assert tiles(filters[0]).batch.shape == (2, 3, 5, 1)
    with pytest.raises(ShapeError, match="tiles"):
        tiles(np.zeros(3))


def test_batches_of_every_layout_become_pictures() -> None:
    x = np.arange(2 * 3 * 4 * 4, dtype=float).reshape(2, 3, 4, 4)
    np.testing.assert_array_equal(as_pictures(x, channels_first=True), np.moveaxis(x, 1, -1))
    np.testing.assert_array_equal(as_pictures(np.moveaxis(x, 1, -1), channels_first=False), np.moveaxis(x, 1, -1))
    np.testing.assert_array_equal(as_pictures(x[:, :2], channels_first=True)[..., 0], x[:, :2].mean(1))
    assert as_pictures(x[:, 0], channels_first=True).shape == (2, 4, 4, 1)
    assert as_pictures(x.reshape(2, 48), channels_first=True).shape == (2, 6, 8, 1)
    a, b = np.zeros((2, 1, 1, 1)), np.ones((2, 1, 1, 1))
    assert side_by_side(a, b, b).ravel().tolist() == [0, 1, 1, 0, 1, 1]


def test_wrong_shapes_are_said() -> None:
    top = TopInputs()
    with pytest.raises(InputError, match="data: expected at least one input"):
        top.result()
    top.add(np.zeros((2, 3)))
    for work in (
        lambda: top.add(np.zeros((2, 4))),
        lambda: top.add(np.zeros(2)),
        lambda: conv_tiles(np.zeros((2, 2))),
        lambda: dense_tiles(np.zeros(2)),
        lambda: dense_tiles(np.zeros((2, 6)), (2, 2)),
        lambda: side_by_side(np.zeros((1, 2, 2, 1)), np.zeros((2, 2, 2, 1))),
        lambda: as_pictures(np.zeros(3), channels_first=True),
    ):
        with pytest.raises(ShapeError, match="expected"):
            work()
    with pytest.raises(InputError, match="k: expected at least 1"):
        TopInputs(0)
