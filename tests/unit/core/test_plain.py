"""Plain data out of anything."""

import argparse
import datetime as dt
import enum
import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.plain import as_number, plain, storable


class Colour(enum.Enum):
    RED = "red"
    ODD = object()


@dataclass
class Optimizer:
    name: str
    betas: tuple[float, ...]


class Model:
    """What pydantic's and Hugging Face's configurations look like to us."""

    def model_dump(self) -> dict[str, Any]:
        return {"layers": 3}


class Hostile:
    @property
    def shape(self) -> None:
        msg = "no"
        raise RuntimeError(msg)

    def __repr__(self) -> str:
        msg = "no"
        raise RuntimeError(msg)


Pair = namedtuple("Pair", "x y")  # noqa: PYI024 - the kind that old code has


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), (True, True), (3, 3), (0.5, 0.5), ("é", "é"), (2**63, "9223372036854775808"), ("a\ud800", "a?"),
        (np.float32(0.5), 0.5), (np.int64(7), 7), (np.bool_(0), False), (np.str_("s"), "s"),
        (np.arange(3), [0, 1, 2]), (np.zeros((2, 1)), [[0.0], [0.0]]), (np.array(2), 2),
        (PurePosixPath("/a/b"), "/a/b"), (Colour.RED, "red"), (Colour.ODD, "ODD"),
        (Optimizer("adam", (0.9, 0.99)), {"name": "adam", "betas": [0.9, 0.99]}),
        (argparse.Namespace(a=1), {"a": 1}), (SimpleNamespace(b={2}), {"b": [2]}), (Pair(1, 2), {"x": 1, "y": 2}),
        (OrderedDict([(1, 2), (None, 3)]), {"1": 2, "None": 3}), (Model(), {"layers": 3}),
        (dt.date(2026, 11, 20), "2026-11-20"), (len, "builtins.len"), (Optimizer, f"{__name__}.Optimizer"),
        (Fraction(1, 3), "Fraction(1, 3)"), (b"\xff", "b'\\xff'"), (Hostile(), "<Hostile>"), (range(2), "range(0, 2)"),
    ],
)  # fmt: skip
def test_everything_has_a_plain_form(value: object, expected: object) -> None:
    found = plain(value)
    assert (found, type(found)) == (expected, type(expected))


def test_a_large_array_is_shown_rather_than_copied() -> None:
    shown = plain(np.zeros(10_000))
    assert isinstance(shown, str)
    assert shown.startswith("array([0., 0.")


def test_what_holds_itself_or_is_too_deep_ends_in_its_repr() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    assert plain(loop) == [1, "[1, [...]]"]
    deep: Any = 0
    for _ in range(100):
        deep = [deep]
    found = plain(deep)
    for _ in range(64):
        [found] = found
    assert isinstance(found, str)


def test_non_finite_numbers_stay_or_become_the_words_of_our_json() -> None:
    values = [math.inf, -math.inf, math.nan, np.float32("inf")]
    assert plain(values, finite=True) == ["Infinity", "-Infinity", "NaN", "Infinity"]
    assert plain(values)[:2] == [math.inf, -math.inf]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner),
        max_leaves=20,
    )
)
def test_the_plain_form_of_anything_can_be_written_and_is_its_own_plain_form(value: object) -> None:
    found = plain(value, finite=True)
    assert msgspec.json.decode(msgspec.json.encode(found)) == msgspec.msgpack.decode(msgspec.msgpack.encode(found))
    assert plain(found, finite=True) == found


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0), (True, 1.0), (np.array([[3]]), 3.0), (Fraction(1, 2), 0.5), ("1", None), (np.str_("1"), None),
        (1j, None), (np.complex64(1), None), (np.zeros(2), None), (None, None), ([1.0], None), (10**400, None), (b"1", None),
    ],
)  # fmt: skip
def test_only_what_is_one_number_is_a_number(value: object, number: float | None) -> None:
    assert as_number(value) == number


def test_text_is_storable_when_every_encoding_can_hold_it() -> None:
    assert storable("ok \ud83d \U0001f600") == "ok ? \U0001f600"
