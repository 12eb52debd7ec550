"""Runs as files: what comes back is what was there, spreadsheets meet no formulas, memory holds a page at a time."""

import csv
import io
import json
import math
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from gnomon.core import journal
from gnomon.core.batch import Batch, Change, Frame
from gnomon.core.errors import InputError, MissingExtraError
from gnomon.core.spelling import number_of
from gnomon.store.export import Sheet, arrow_table, check_format, sheet, write
from gnomon.store.memory import MemoryEngine
from gnomon.store.query import RunQuery
from gnomon.store.table import RunTable

BEGAN = 1_700_000_000_123_456
FIELDS = ("name", "created", "tags", "last_step", "archived")
COLUMNS = ("config.lr", "config.on", "config.mixed", "metric.loss", "metric.loss.n", "attr.gpu")


@pytest.fixture
def table() -> RunTable:
    engine = MemoryEngine()

    def run(number: int, name: str, values: list[float], config: dict[str, Any], **more: Any) -> Batch:
        ident = f"{number:020d}"
        opened = journal.Open(
            run=ident, project="p", writer="w" * 12, name=name, us=BEGAN + number, config=config, **more
        )
        step = np.arange(len(values))
        frames = (Frame(("loss",), step, step, np.array([values])),) if values else ()
        return Batch(ident, "w" * 12, 0, 10, (*frames, Change(1, {"gpu": f"=GPU {number}"})), {}, opened)

    engine.append(
        [
            run(
                1, '=HYPERLINK("http://x")', [0.5, math.inf], {"lr": 0.1, "on": True, "mixed": "auto"}, tags=["b", "a"]
            ),
            run(2, 'né, "two"\nlines', [0.25], {"lr": -3.0, "on": False, "mixed": 64}),
            run(3, "-1", [], {"lr": math.nan}),
        ]
    )
    return RunTable(engine)


def written(table: RunTable, form: str, **more: Any) -> bytes:
    query = RunQuery("p", order=("created",), columns=COLUMNS, **more)
    return b"".join(write(form, sheet(table, query, FIELDS)))


def test_csv_holds_every_value_and_no_formula(table: RunTable) -> None:
    rows = list(csv.reader(io.StringIO(written(table, "csv").decode(), newline="")))
    time = "2023-11-14T22:13:20.123Z"
    assert rows == [
        [*FIELDS, *COLUMNS],
        ['\'=HYPERLINK("http://x")', time, "a, b", "1", "false", "0.1", "true", "auto", "Infinity", "2", "'=GPU 1"],
        ['né, "two"\nlines', time, "", "0", "false", "-3", "false", "64", "0.25", "1", "'=GPU 2"],
        ["-1", time, "", "", "false", "nan", "", "", "", "", "'=GPU 3"],
    ]


def test_json_holds_every_value_of_its_own_type(table: RunTable) -> None:
    rows = json.loads(written(table, "json"))
    assert rows[0] == {
        "name": '=HYPERLINK("http://x")', "created": (BEGAN + 1) / 1e6, "tags": ["a", "b"], "last_step": 1,
        "archived": False, "config.lr": 0.1, "config.on": True, "config.mixed": "auto", "metric.loss": "Infinity",
        "metric.loss.n": 2, "attr.gpu": "=GPU 1",
    }  # fmt: skip
    assert [row["config.mixed"] for row in rows] == ["auto", 64.0, None]
    assert json.loads(b"".join(write("json", sheet(table, RunQuery("nobody"))))) == []


def test_parquet_holds_every_value_typed(table: RunTable) -> None:
    read = parquet.read_table(io.BytesIO(written(table, "parquet")))
    types = {field.name: str(field.type) for field in read.schema}
    assert types == {
        "name": "string", "created": "timestamp[us, tz=UTC]", "tags": "list<element: string>", "last_step": "int64",
        "archived": "bool", "config.lr": "double", "config.on": "bool", "config.mixed": "string",
        "metric.loss": "double", "metric.loss.n": "int64", "attr.gpu": "string",
    }  # fmt: skip
    rows = read.to_pylist()
    assert [row["created"] for row in rows] == [
        datetime(2023, 11, 14, 22, 13, 20, 123_457 + n, tzinfo=UTC) for n in range(3)
    ]
    assert [row["tags"] for row in rows] == [["a", "b"], [], []]
    assert [row["config.mixed"] for row in rows] == ["auto", "64", None]
    assert [row["metric.loss"] for row in rows] == [math.inf, 0.25, None]
    assert [row["config.lr"] for row in rows] == [0.1, -3.0, pytest.approx(math.nan, nan_ok=True)]
    empty = parquet.read_table(io.BytesIO(b"".join(write("parquet", sheet(table, RunQuery("nobody"))))))
    assert empty.num_rows == 0


def test_only_the_runs_asked_for_are_written_in_their_order(table: RunTable) -> None:
    rows = json.loads(
        b"".join(write("json", sheet(table, RunQuery("p", order=("name",), offset=1, limit=1), ["name"])))
    )
    assert rows == [{"name": '=HYPERLINK("http://x")'}]
    assert [row["name"] for row in json.loads(written(table, "json", where="metric.loss < 1"))] == ['né, "two"\nlines']


CELLS = {
    "text": st.text(max_size=6) | st.none(),
    "number": st.floats() | st.none(),
    "whole": st.integers(-(2**62), 2**62) | st.none(),
    "truth": st.booleans() | st.none(),
    "time": st.integers(0, 2**52).map(lambda us: us / 1e6) | st.none(),
    "texts": st.lists(st.text(max_size=3), max_size=3),
}


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=4))
    rows = draw(st.lists(st.tuples(*(CELLS[kind] for kind in kinds)).map(list), max_size=6))
    cut = draw(st.integers(0, len(rows)))
    return Sheet([f"c{i}" for i in range(len(kinds))], kinds, len(rows), [rows[:cut], rows[cut:]])


@given(sheets())
def test_any_rows_survive_the_way_out_and_back(found: Sheet) -> None:
    rows = [row for page in found.pages for row in page]
    read = parquet.read_table(io.BytesIO(b"".join(write("parquet", found))))
    assert arrow_table(found).schema == read.schema
    for place, (title, kind) in enumerate(zip(found.titles, found.kinds, strict=True)):
        back = read[title].to_pylist()
        if kind == "time":
            back = [None if x is None else x.timestamp() for x in back]
        assert len(back) == len(rows)
        for got, row in zip(back, rows, strict=True):
            assert got == row[place] or got == pytest.approx(row[place], abs=1e-6, nan_ok=True)

    cells = list(csv.reader(io.StringIO(b"".join(write("csv", found)).decode(), newline="")))
    assert cells[0] == found.titles
    for got, row in zip(cells[1:], rows, strict=True):
        for cell, value, kind in zip(got, row, found.kinds, strict=True):
            risky = cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and cell[:1] != ""
            assert not risky or not math.isnan(number_of(cell))
            if kind == "number" and value is not None:
                assert float(cell) == pytest.approx(value, nan_ok=True)
            if kind == "text" and value is not None:
                assert cell in (value, f"'{value}")


def test_a_page_is_read_when_the_one_before_has_gone_out() -> None:
    read: list[int] = []

    def pages() -> Iterator[list[list[Any]]]:
        for number in range(1_000):
            read.append(number)
            yield [[float(number)]] * 10

    for form, most in (("csv", 1), ("json", 1), ("parquet", 10)):
        read.clear()
        pieces = write(form, Sheet(["x"], ["number"], 10_000, pages()))
        next(pieces)
        next(pieces)
        assert len(read) <= 2 * most, form
        assert read


@pytest.mark.parametrize(
    ("fields", "form", "says"),
    [(["nam"], "csv", "fields: expected some of id"), (None, "xlsx", "format: expected one of csv, json, parquet")],
)
def test_what_cannot_be_written_is_refused(table: RunTable, fields: list[str] | None, form: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        b"".join(write(form, sheet(table, RunQuery("p"), fields)))


def test_parquet_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    check_format("csv")
    with pytest.raises(MissingExtraError, match=r"gnomon\[frames\]"):
        check_format("parquet")


def test_titles_that_would_be_the_same_are_numbered(table: RunTable) -> None:
    query = RunQuery("p", order=("created",), columns=("name", "attr.name"), limit=1)
    assert sheet(table, query, ["name"]).titles == ["name", "name 2", "attr.name"]
    assert pa.__version__
