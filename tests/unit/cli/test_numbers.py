"""Numbers, ages and sizes read as UI.md asks: significant digits, aligned columns, an en dash for what is missing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.cli import numbers
from gnomon.cli.numbers import MISSING, THIN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.931249, "0.9312"),
        (0.5, "0.5"),
        (0.0, "0"),
        (-0.25, "-0.25"),
        (3.2e-4, "3.2e-4"),
        (-1.23456e-9, "-1.235e-9"),
        (12.3456, "12.35"),
        (1234.56, "1235"),
        (1_240_000.0, "1.24 M"),
        (999_999.7, "1 M"),
        (3.5e9, "3.5 G"),
        (2e12, "2 T"),
        (1e300, "1e300"),
        (10**20, "1e20"),
        (7, "7"),
        (1797, "1797"),
        (40_000, f"40{THIN}000"),
        (-40_000, f"-40{THIN}000"),
        (math.nan, "NaN"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (None, MISSING),
    ],
)
def test_a_number_shows_its_significant_digits(value: float | None, text: str) -> None:
    assert numbers.number(value) == text


@given(st.floats(-1e300, 1e300))
def test_a_number_read_back_is_right_to_four_digits(value: float) -> None:
    text = numbers.number(value).replace(THIN, "")
    scale = {"P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6}.get(text[-1], 1.0)
    assert float(text.rstrip("PTGM ")) * scale == pytest.approx(value, rel=5.1e-4, abs=0)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.93124, 0.5, 0.1], ["0.9312", "0.5000", "0.1000"]),
        ([12.5, 0.9312], ["12.50", " 0.93"]),
        ([1, 20, 300], ["  1", " 20", "300"]),
        ([0.93, None, math.nan], ["0.9300", "  –   ", " NaN  "]),  # noqa: RUF001
        ([0.5, 3.2e-7], ["0.5   ", "3.2e-7"]),
        ([2.5e6, 10.5], [" 2.5 M", "10.5  "]),
        ([None], [MISSING]),
        ([], []),
        ([0.0, 0.0], ["0", "0"]),
        ([-1.5, 10.25], ["-1.50", "10.25"]),
    ],
)
def test_a_column_has_one_precision_and_its_points_below_one_another(
    values: list[float | None], texts: list[str]
) -> None:
    assert numbers.column(values) == texts


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-(2**53), 2**53)), max_size=12))
def test_a_column_is_as_wide_for_every_value(values: list[float | None]) -> None:
    assert len({len(text) for text in numbers.column(values)}) <= 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "now"),
        (-30.0, "now"),
        (4.9, "now"),
        (12, "12 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7200, "2 h ago"),
        (86_400, "1 day ago"),
        (5.5 * 86_400, "5 days ago"),
        (400 * 86_400, "2000-01-01"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    y2k = 946_684_800.0
    assert numbers.ago(y2k, y2k + seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, MISSING),
        (0.0, "0 ms"),
        (0.0342, "34 ms"),
        (0.9996, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1m 00s"),
        (3599.4, "59m 59s"),
        (3599.6, "1h 00m"),
        (86_399, "23h 59m"),
        (100_000, "1d 03h"),
    ],
)
def test_a_duration_keeps_two_units(seconds: float | None, text: str) -> None:
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (999, "999 B"), (57_523, "57.5 kB"), (140e6, "140 MB"), (2.5e12, "2.5 TB")]
)
def test_a_size_is_in_decimal_units(value: float, text: str) -> None:
    assert numbers.size(value) == text


def test_what_never_happened_is_missing() -> None:
    assert (numbers.ago(None, 0), numbers.moment(None)) == (MISSING, MISSING)
    assert numbers.moment(0.0).startswith(("1970-01-01", "1969-12-31"))
