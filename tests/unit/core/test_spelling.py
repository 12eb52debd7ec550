"""Texts that spell numbers, and texts that would be formulas."""

import math

import pytest

from gnomon.core.spelling import harmless, number_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", 0.1),
        ("1e-3", 1e-3),
        ("-2", -2.0),
        ("inf", math.inf),
        ("", None),
        (" 1", None),
        ("1_0", None),
        ("x", None),
    ],
)
def test_only_a_plain_number_is_read_as_one(text: str, number: float | None) -> None:
    found = number_of(text)
    assert math.isnan(found) if number is None else found == number


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "-", "- 1"])
def test_what_may_be_a_formula_is_told_to_be_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "name", "-3", "+0.5", "-1e-3", "1=2", "'=1"])
def test_every_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
