"""A sparkline shows the shape of a series, gaps included."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.cli.sparkline import sparkline


@pytest.mark.parametrize(
    ("y", "drawn"),
    [
        ([], ""),
        ([5.0], "▁"),
        ([3.0, 3.0, 3.0], "▁▁▁"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([7, 0], "█▁"),
        ([1.0, math.nan, math.inf, 2.0], "▁··█"),
        ([math.nan, math.nan], "··"),
    ],
)
def test_bars_rise_with_the_values(y: list[float], drawn: str) -> None:
    assert sparkline(range(len(y)), y) == drawn


def test_bars_stand_where_the_steps_are() -> None:
    assert sparkline([0, 1, 99, 100], [0.0, 0.0, 1.0, 1.0], width=4) == "▁··█"


def test_a_column_of_many_points_stands_half_way_between_their_extremes() -> None:
    assert sparkline([0, 1, 2, 3], [0.0, 8.0, 8.0, 8.0], width=2) == "▁█"
    assert sparkline(range(6), [0.0, 8.0, 0.0, 0.0, 8.0, 8.0], width=3) == "▅▁█"


@given(st.lists(st.floats(), max_size=100), st.integers(1, 40))
def test_there_is_a_bar_for_every_column(y: list[float], width: int) -> None:
    drawn = sparkline(range(len(y)), y, width)
    assert len(drawn) == min(width, len(y))
    assert set(drawn) <= set("▁▂▃▄▅▆▇█·")
