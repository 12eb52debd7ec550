"""Tables: exact, from every library of frames."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.errors import InputError, LimitError, ShapeError
from gnomon.core.records import registry
from gnomon.core.records.suite import RecordTypeSuite, travelled
from gnomon.core.records.table import TYPE, Table

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


class TestTableType(RecordTypeSuite):
    record_type = TYPE

    def samples(self) -> list[object]:
        return [
            Table({"a": [1, 2], "b": [0.5, math.nan], "c": ["x", None], "d": [True, False], "e": [NOON, None]}),
            Table([{"a": 1, "b": [1, 2]}, {"a": None, "c": {"x": 1}}]),
            Table([[1, 2.5], [3, math.inf]], names=["n", "x"]),
            Table({}),
            np.array([(1, 2.5), (3, 4.5)], [("i", "<i4"), ("f", "<f8")]),
        ]

    def nonsense(self) -> list[object]:
        return [
            Table(3),
            Table("abc"),
            Table({"a": [1], "b": [1, 2]}),
            Table({"a": "text"}),
            Table([[1, 2], [3]]),
            Table({str(i): [] for i in range(5001)}),
        ]


def through(table: object) -> Table:
    encoded = registry.encode(table)
    assert encoded is not None
    assert encoded.kind == "table"
    decoded = TYPE.decode(*travelled(encoded))
    assert isinstance(decoded, Table)
    return decoded


@given(
    st.lists(st.floats(allow_nan=True) | st.none(), min_size=3, max_size=3),
    st.lists(st.integers(-(2**63), 2**64 - 1), min_size=3, max_size=3),
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=3, max_size=3),
)
def test_every_double_integer_and_text_comes_back_as_it_was(numbers: Any, integers: Any, texts: Any) -> None:
    back = through(Table({"x": [1.5, *numbers], "n": [0, *integers], "t": ["", *texts]}))
    assert back.types == {"x": "number", "n": "integer", "t": "text"}
    assert repr(back.columns) == repr({"x": [1.5, *numbers], "n": [0, *integers], "t": ["", *texts]})


def test_columns_have_the_type_of_their_values() -> None:
    table = Table({
        "number": [1, 2.5], "integer": [1, None], "bool": [True, None], "text": ["a", "b"], "none": [None, None],
        "mixed": [1, "a"], "large": [2**60 + 1, 0.5], "time": [NOON, None], "day": [date(2026, 3, 1), None],
        "nested": [[1], {"a": 2}], "numpy": [np.float32(0.5), np.int8(3)], "decimal": [Decimal("0.1"), None],
        "huge": [2**70, 2**70],
    })  # fmt: skip
    assert table.types == {
        "number": "number", "integer": "integer", "bool": "bool", "text": "text", "none": "text", "mixed": "json",
        "large": "json", "time": "datetime", "day": "datetime", "nested": "json", "numpy": "number", "decimal": "text",
        "huge": "text",
    }  # fmt: skip
    assert through(table).columns == table.columns
    assert through(table).rows[0][:3] == (1.0, 1, True)


def test_a_payload_is_columns_of_json_with_names_and_types_beside_them() -> None:
    encoded = TYPE.encode(Table({"x": [1.5, math.nan, -math.inf], "t": [NOON, None, None]}))
    assert encoded.meta == {
        "columns": [{"name": "x", "type": "number"}, {"name": "t", "type": "datetime"}],
        "rows": 3,
    }
    assert encoded.data == b'{"columns":[[1.5,"NaN","-Infinity"],["2026-03-01T12:00:00.123456+00:00",null,null]]}'
    assert TYPE.summary(encoded.meta, 9) == "3 rows \N{MULTIPLICATION SIGN} 2 columns"


def test_frames_of_pandas_come_back_as_such() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "n": [2**60 + 1, 2],
            "x": [0.1, math.nan],
            "c": pandas.Categorical(["a", "b"]),
            "t": pandas.to_datetime(["2026-03-01T12:00", None]),
            "i": pandas.array([1, None], dtype="Int64"),
        },
    )
    back = through(frame)
    assert back.types == {"n": "integer", "x": "number", "c": "text", "t": "datetime", "i": "integer"}
    assert back.to_pandas()["n"].tolist() == frame["n"].tolist()
    assert back.columns["t"] == [datetime(2026, 3, 1, 12), None]  # noqa: DTZ001 - as given
    named = pandas.DataFrame({"v": [1, 2]}, index=pandas.Index(["a", "b"], name="who"))
    assert through(named).columns == {"who": ["a", "b"], "v": [1, 2]}
    assert through(pandas.Series([1.5, 2.5], name="loss")).columns == {"loss": [1.5, 2.5]}
    several = pandas.DataFrame([[1, 2]], columns=pandas.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert list(through(several).columns) == ["a/x", "a/y"]


def test_frames_of_polars_and_pyarrow_come_back_as_such() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"n": [2**60 + 1, None], "x": [0.1, math.inf], "l": [[1], [2, 3]], "t": [NOON, None]})
    back = through(frame)
    assert back.types == {"n": "integer", "x": "number", "l": "json", "t": "datetime"}
    assert back.to_polars()["n"].to_list() == [2**60 + 1, None]
    assert through(frame.lazy()).columns == back.columns
    assert through(frame["x"]).columns == {"x": [0.1, math.inf]}
    arrow = pytest.importorskip("pyarrow").table({"n": [1, None], "s": ["a", "b"]})
    assert through(arrow).columns == {"n": [1, None], "s": ["a", "b"]}


def test_structured_arrays_and_rows_become_columns() -> None:
    times = np.array([(1, "2026-03-01"), (2, "NaT")], [("i", "<u8"), ("t", "M8[ns]")])
    assert through(times).columns == {"i": [1, 2], "t": [datetime(2026, 3, 1), None]}  # noqa: DTZ001 - as given
    assert Table(np.arange(4).reshape(2, 2)).columns == {"0": [0, 2], "1": [1, 3]}
    assert Table([{"a": 1}, {"b": 2}]).columns == {"a": [1, None], "b": [None, 2]}
    assert Table([[1, 2]], names=["x", "x"]).columns == {"x": [1], "x (2)": [2]}


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (Table({"a": [1], "b": [1, 2]}), ShapeError, "columns of one length, received {'a': 1, 'b': 2}"),
        (Table([[1, 2], [3]]), ShapeError, "expected rows of 2 values, received 1 in row 1"),
        (Table({"a": 3}), InputError, "a list of values for each column, received int 3"),
        (Table({str(i): [] for i in range(5001)}), LimitError, "at most 5,000 columns, received 5,001"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_logged(table: Table, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        TYPE.encode(table)


def test_texts_that_no_encoding_can_hold_lose_only_what_cannot_be_held() -> None:
    assert through(Table({"t": ["a\ud800", "b"], "n": [1, 2]})).columns == {"t": ["a?", "b"], "n": [1, 2]}


def test_nan_of_pandas_is_missing_in_text_and_a_number_among_floats() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {"class": pd.Categorical(["a", None, "b"]), "loss": [0.5, math.nan, 1.0], "any": ["x", math.nan, 2]}
    )
    back = through(frame)
    assert (back.types, back.columns["class"], back.columns["any"]) == (
        {"class": "text", "loss": "number", "any": "json"},
        ["a", None, "b"],
        ["x", None, 2],
    )
    np.testing.assert_array_equal(back.columns["loss"], [0.5, math.nan, 1.0])
