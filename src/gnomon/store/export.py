"""Runs as a file: CSV, JSON or Parquet, written piece by piece, so that memory holds a page of runs at a time."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import numpy as np

from gnomon.core.errors import InputError, MissingExtraError
from gnomon.core.spelling import harmless
from gnomon.store.distinct import spelled
from gnomon.store.query import RunPage, RunQuery
from gnomon.store.row import run_fields
from gnomon.store.table import RunTable

FORMATS: Final = ("csv", "json", "parquet")
FIELDS: Final[dict[str, str]] = {
    "id": "text",
    "project": "text",
    "name": "text",
    "state": "text",
    "created": "time",
    "updated": "time",
    "finished": "time",
    "group": "text",
    "tags": "texts",
    "notes": "text",
    "dropped": "whole",
    "rank": "whole",
    "last_step": "whole",
    "archived": "truth",
    "color": "text",
}
"""Fields of a run and what they hold."""

USUAL: Final = (
    "id",
    "project",
    "name",
    "state",
    "created",
    "updated",
    "finished",
    "group",
    "tags",
    "notes",
    "last_step",
)
"""Those that come before the columns unless others are asked for."""

_GROUP_PAGES: Final = 10
_MOST_S: Final = 60_000_000_000.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Rows = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold what is to be written.

    Args:
        titles: One per column, all different.
        kinds: What each column holds: `text texts time number whole truth`.
        count: How many rows there are, unless runs are deleted meanwhile.
        pages: Rows, some at a time, parallel to the titles.
    """

    titles: list[str]
    kinds: list[str]
    count: int
    pages: Iterable[Rows]


def sheet(table: RunTable, query: RunQuery, fields: Iterable[str] | None = None) -> Sheet:
    """Return the runs of a query as rows: fields of a run, then the columns of the query.

    Raises:
        InputError: A run has no such field, or the query names what cannot be a column.
        FilterError: The filter does not parse.
    """
    chosen = USUAL if fields is None else tuple(dict.fromkeys(fields))
    for name in chosen:
        if name not in FIELDS:
            msg = f"fields: expected some of {', '.join(FIELDS)}, received {name[:40]!r}."
            raise InputError(msg, field="fields")
    scan = table.scan(query)
    pages = (_rows(page, chosen, tuple(scan.kinds)) for page in scan.pages)
    kinds = [*(FIELDS[name] for name in chosen), *scan.kinds.values()]
    return Sheet(_apart([*chosen, *scan.kinds]), kinds, scan.count, pages)


def _rows(page: RunPage, fields: tuple[str, ...], columns: tuple[str, ...]) -> Rows:
    infos = [run_fields(run) for run in page.runs]
    cells = [page.columns[name] for name in columns]
    return [[*(info[name] for name in fields), *values] for info, *values in zip(infos, *cells, strict=True)]


def kind_of(values: Iterable[Any]) -> str:
    """Return what a column of Python values holds; `text` where texts, or truth values, stand beside numbers.

    Example:
        >>> kind_of([1, None]), kind_of([1, 0.5]), kind_of([True]), kind_of([0.1, "auto"]), kind_of([["a"]])
        ('whole', 'number', 'truth', 'text', 'texts')
    """
    kinds = {type(value) for value in values if value is not None}
    single = {frozenset({int}): "whole", frozenset({bool}): "truth", frozenset({list}): "texts"}
    return single.get(frozenset(kinds)) or ("number" if kinds <= {int, float} else "text")


def _apart(titles: list[str]) -> list[str]:
    """Return titles that are all different: one that came before gets a number."""
    seen: dict[str, int] = {}
    out = []
    for title in titles:
        seen[title] = seen.get(title, 0) + 1
        out.append(title if seen[title] == 1 else f"{title} {seen[title]}")
    return out


def check_format(form: str) -> None:
    """Raise `InputError` for a format there is none of, and `MissingExtraError` when its library is not installed."""
    if form not in FORMATS:
        msg = f"format: expected one of {', '.join(FORMATS)}, received {form[:40]!r}."
        raise InputError(msg, field="format")
    if form == "parquet":
        _pyarrow()


def write(form: str, found: Sheet) -> Iterator[bytes]:
    """Yield a file of the format `csv`, `json` or `parquet`, piece by piece."""
    writers: dict[str, Callable[[Sheet], Iterator[bytes]]] = {
        "csv": write_csv,
        "json": write_json,
        "parquet": write_parquet,
    }
    check_format(form)
    return writers[form](found)


def write_csv(found: Sheet) -> Iterator[bytes]:
    """Yield CSV (RFC 4180, UTF-8) that a spreadsheet cannot take for formulas.

    A text that begins with a character which may start a formula (`= + - @`, tab, line break, their full-width
    forms) gets a `'` in front, titles too, unless it spells a number. Times are ISO 8601 in UTC.
    Source: OWASP, CSV Injection.
    """
    yield _lines([[harmless(title) for title in found.titles]])
    for rows in found.pages:
        columns = [
            _csv_column(values, kind) for values, kind in zip(zip(*rows, strict=True), found.kinds, strict=False)
        ]
        yield _lines(zip(*columns, strict=True))


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _csv_column(values: Sequence[Any], kind: str) -> list[str]:
    """Return a column as texts; times all at once, which is four times quicker."""
    if kind != "time":
        return [_csv_cell(value) for value in values]
    us = np.array([0 if value is None else _us(value) for value in values], np.int64)
    said = np.datetime_as_string(us.view("datetime64[us]"), unit="ms", timezone="UTC").tolist()
    return ["" if value is None else text for value, text in zip(values, said, strict=True)]


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, list):
        return harmless(", ".join(value))
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return spelled(value)


def write_json(found: Sheet) -> Iterator[bytes]:
    """Yield a JSON array of objects, one per run; numbers that JSON cannot hold are the texts NaN and ±Infinity."""
    encode = msgspec.json.Encoder().encode
    before = b"[\n"
    for rows in found.pages:
        lines = [encode(dict(zip(found.titles, map(_json_cell, row), strict=True))) for row in rows]
        if lines:
            yield before + b",\n".join(lines)
            before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _json_cell(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def write_parquet(found: Sheet) -> Iterator[bytes]:
    """Yield Parquet: times as UTC timestamps, tags as lists; a column that holds texts beside numbers is text.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    pa = _pyarrow()
    from pyarrow import parquet  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415

    sink = _Pieces()
    with parquet.ParquetWriter(sink, _schema(pa, found), compression="zstd") as writer:
        for table in _tables(pa, found):
            writer.write_table(table)
            yield sink.take()
    yield sink.take()


def arrow_table(found: Sheet) -> Any:
    """Return rows as a `pyarrow.Table`, typed as in Parquet.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    pa = _pyarrow()
    schema = _schema(pa, found)
    return pa.concat_tables([schema.empty_table(), *_tables(pa, found)])


def _schema(pa: Any, found: Sheet) -> Any:
    return pa.schema([(title, _arrow_type(pa, kind)) for title, kind in zip(found.titles, found.kinds, strict=True)])


def _tables(pa: Any, found: Sheet) -> Iterator[Any]:
    schema = _schema(pa, found)
    for rows in _joined(found.pages):
        columns = zip(*rows, strict=True)
        arrays = [
            pa.array([_arrow_cell(value, kind) for value in column], field.type)
            for column, kind, field in zip(columns, found.kinds, schema, strict=True)
        ]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _joined(pages: Iterable[Rows]) -> Iterator[Rows]:
    """Yield several pages as one: row groups of a thousand rows would be small."""
    held: Rows = []
    for number, rows in enumerate(pages, 1):
        held += rows
        if number % _GROUP_PAGES == 0 and held:
            yield held
            held = []
    if held:
        yield held


def _arrow_type(pa: Any, kind: str) -> Any:
    kinds = {
        "time": pa.timestamp("us", "UTC"),
        "texts": pa.list_(pa.string()),
        "number": pa.float64(),
        "whole": pa.int64(),
        "truth": pa.bool_(),
    }
    return kinds.get(kind, pa.string())


def _arrow_cell(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "time":
        return _moment(value)
    if kind == "text":
        return spelled(value).encode("utf-8", "replace").decode()
    return float(value) if kind == "number" else value


def _moment(seconds: float) -> datetime:
    """Return a time that any clock may have told; one that no calendar has becomes the nearest that it has."""
    return _EPOCH + timedelta(microseconds=_us(seconds))


def _us(seconds: float) -> int:
    return round(max(-_MOST_S, min(_MOST_S, seconds)) * 1e6)


class _Pieces(io.RawIOBase):
    """A file to write to of which what was written can be taken away."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._held.append(piece)
        self._size += len(piece)
        return len(piece)

    def take(self) -> bytes:
        """Return what was written since this was last asked."""
        taken, self._held = b"".join(self._held), []
        return taken


def _pyarrow() -> Any:
    try:
        import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415
    except ImportError as error:
        msg = "Parquet needs pyarrow, where the runs are. Install gnomon[frames], or ask for csv or json."
        raise MissingExtraError(msg) from error
    return pa
