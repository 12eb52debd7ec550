"""What `gnomon query` prints and writes: a table for people, or a form that other programs read."""

import csv
import io
import json
import math
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import click
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import MissingExtraError, StoreError

if TYPE_CHECKING:
    from gnomon.sdk.lab_backend import SlicePart
    from gnomon.sdk.lab_records import Record, Records
    from gnomon.sdk.lab_series import Series

_BINARY: Final = frozenset({"npy", "npz", "parquet"})
_MOST_CELLS: Final = 12


def write_series(series: "Series", form: str, out: Path | None) -> None:
    """Write the points of a series."""
    points = series.numpy()
    with _output(form, out) as file:
        if form in _BINARY:
            _write_arrays(
                iter([points]), {name: (values.dtype, values.shape) for name, values in points.items()}, form, file
            )
        elif form == "json":
            _print_json(points, file)
        elif form == "csv":
            _write_csv(iter([points]), file)
        else:
            _print_points(points, file)


def write_records(records: "Records", index: str | None, form: str, out: Path | None) -> None:
    """Write records: what they say, or, where arrays are asked for, the same part of each, stacked over steps."""
    if index is None and form in {"table", "json"}:
        with _output(form, out) as file:
            _print_records(records, form, file)
        return
    total = len(records)
    parts = records.slice(index or "").parts()
    with _output(form, out) as file, _progress(_first(parts, total), total) as shown:
        if form in _BINARY:
            _write_stack(shown, total, form, file)
        elif form == "csv":
            _write_csv(map(_columns, shown), file)
        elif form == "json":
            _print_json(_joined(shown), file)
        else:
            _print_slices(shown, file)


def _first(parts: "Iterator[SlicePart]", total: int) -> "Iterator[SlicePart]":
    """Yield as many records as were counted: a run that goes on gains some while it is read, and headers are written."""
    for part in parts:
        n = min(total, len(part.step))
        if n:
            yield (
                part
                if n == len(part.step)
                else replace(part, step=part.step[:n], time=part.time[:n], value=part.value[:n])
            )
        total -= n
    if total:
        msg = "The run was rewound while it was read. Ask again."
        raise StoreError(msg)


@contextmanager
def _output(form: str, out: Path | None) -> Iterator[Any]:
    """Open the file, or what is printed to; a file appears under its name when it is whole."""
    if out is None:
        if form in _BINARY and sys.stdout.isatty():
            msg = f"{form} is not for a terminal. Name a file with --out, or pipe it on."
            raise click.UsageError(msg)
        yield sys.stdout.buffer if form in _BINARY else sys.stdout
        return
    partial = out.with_name(out.name + ".part")
    try:
        file: IO[Any] = partial.open("wb") if form in _BINARY else partial.open("w", encoding="utf-8", newline="")
        with file:
            yield file
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _progress(parts: "Iterator[SlicePart]", total: int) -> "Iterator[Iterator[SlicePart]]":
    """Show on a terminal how many records are read."""
    with click.progressbar(length=total, label="records", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def counted() -> "Iterator[SlicePart]":
            for part in parts:
                yield part
                bar.update(len(part.step))

        yield counted()


def _columns(part: "SlicePart") -> dict[str, npt.NDArray[Any]]:
    return {"step": part.step, "time": part.time, "value": part.value}


def _joined(parts: "Iterator[SlicePart]") -> dict[str, npt.NDArray[Any]]:
    found = list(map(_columns, parts))
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]} if found else {}


def _write_stack(parts: "Iterator[SlicePart]", total: int, form: str, file: IO[bytes]) -> None:
    first = next(parts, None)
    if first is None:
        _write_arrays(iter([]), {"step": (np.dtype(np.int64), (0,)), "value": (np.dtype(float), (0,))}, form, file)
        return

    def columns() -> Iterator[dict[str, npt.NDArray[Any]]]:
        yield _columns(first)
        yield from map(_columns, parts)

    kinds = {name: (values.dtype, (total, *values.shape[1:])) for name, values in _columns(first).items()}
    _write_arrays(columns(), kinds, form, file)


def _write_arrays(
    parts: Iterator[dict[str, npt.NDArray[Any]]],
    kinds: dict[str, tuple[np.dtype[Any], tuple[int, ...]]],
    form: str,
    file: IO[bytes],
) -> None:
    """Write columns piece by piece; `kinds` says the format and the whole shape of each."""
    if form == "parquet":
        _write_parquet(parts, file)
    elif form == "npy":
        file.write(_npy_header(*kinds["value"]))
        for part in parts:
            file.write(np.ascontiguousarray(part["value"]).data)
    else:
        _write_npz(parts, kinds, file)


def _write_npz(
    parts: Iterator[dict[str, npt.NDArray[Any]]],
    kinds: dict[str, tuple[np.dtype[Any], tuple[int, ...]]],
    file: IO[bytes],
) -> None:
    """Write a zip of `.npy` files: the values while they come, the short columns behind them."""
    short: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in kinds if name != "value"}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        with archive.open("value.npy", "w", force_zip64=True) as entry:
            entry.write(_npy_header(*kinds["value"]))
            for part in parts:
                entry.write(np.ascontiguousarray(part["value"]).tobytes())
                for name, held in short.items():
                    held.append(part[name])
        for name, held in short.items():
            column = np.concatenate(held) if held else np.zeros(0, kinds[name][0])
            archive.writestr(f"{name}.npy", _npy_header(column.dtype, column.shape) + column.tobytes())


def _npy_header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": dtype.str, "fortran_order": False, "shape": shape})
    return out.getvalue()


def _write_parquet(parts: Iterator[dict[str, npt.NDArray[Any]]], file: IO[bytes]) -> None:
    try:
        import pyarrow.parquet as pq  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        msg = "--format parquet needs pyarrow. Install gnomon[frames], or pyarrow itself."
        raise MissingExtraError(msg) from error
    from gnomon.sdk.lab_tables import to_arrow

    writer = None
    for part in parts:
        found = to_arrow(part)
        writer = writer or pq.ParquetWriter(file, found.schema)
        writer.write_table(found)
    if writer is None:
        found = to_arrow({"step": np.zeros(0, np.int64), "time": np.zeros(0), "value": np.zeros(0)})
        writer = pq.ParquetWriter(file, found.schema)
    writer.close()


def _write_csv(parts: Iterator[dict[str, npt.NDArray[Any]]], file: IO[str]) -> None:
    """Write step, time and one column for each number. The repr of a float is the shortest that reads back the same."""
    from gnomon.sdk.lab_tables import spread

    rows = csv.writer(file, lineterminator="\n")
    head: list[str] = []
    for part in parts:
        columns = spread(part)
        if not head:
            rows.writerow(head := list(columns))
        values = [columns[name].tolist() for name in head]
        rows.writerows([step, f"{time:.6f}", *map(repr, rest)] for step, time, *rest in zip(*values, strict=True))
    if not head:
        rows.writerow(["step", "time", "value"])


def _print_json(columns: dict[str, Any], file: IO[str]) -> None:
    from gnomon.cli.output import plain

    file.write(
        json.dumps(plain(columns), ensure_ascii=False, indent=None if len(columns.get("step", ())) > 1000 else 2)
    )
    file.write("\n")


def _print_points(points: dict[str, Any], file: IO[str]) -> None:
    from gnomon.cli.numbers import count, moment
    from gnomon.cli.table import table

    columns = (points["step"].tolist(), points["time"].tolist(), points["value"].tolist())
    rows = [[count(step), moment(time), repr(value)] for step, time, value in zip(*columns, strict=True)]
    click.echo(table(["step", "time", "value"], rows, frozenset({"step"})), file=file)


def _print_slices(parts: "Iterator[SlicePart]", file: IO[str]) -> None:
    """Print a row for each step: all its numbers when they are few, else shape, range and mean."""
    from gnomon.cli.numbers import count, moment
    from gnomon.cli.table import table

    rows = [
        [count(int(step)), moment(float(time)), _cells(value)]
        for part in parts
        for step, time, value in zip(part.step, part.time, part.value, strict=True)
    ]
    click.echo(table(["step", "time", "value"], rows, frozenset({"step"})), file=file)


def _cells(value: Any) -> str:
    from gnomon.cli.numbers import number

    if np.size(value) <= _MOST_CELLS:
        return json.dumps(np.asarray(value).tolist(), default=str)
    shape = " × ".join(map(str, value.shape))
    if value.dtype.kind == "c":
        return f"{shape} {value.dtype}"
    finite = value[np.isfinite(value)].astype(np.float64)
    if not finite.size:
        return f"{shape} {value.dtype}, no finite number"
    low, high, mean = (number(float(each)) for each in (finite.min(), finite.max(), math.fsum(finite) / finite.size))
    return f"{shape} {value.dtype}, {low} to {high}, mean {mean}"


def _print_records(records: "Records", form: str, file: IO[str]) -> None:
    from gnomon.cli.numbers import count, moment
    from gnomon.cli.output import plain
    from gnomon.cli.table import table

    if form == "json":
        rows = [_as_json(record) for record in records]
        file.write(json.dumps({"records": plain(rows)}, ensure_ascii=False, indent=2) + "\n")
        return
    shown = [[count(r.step), moment(r.time), r.kind, _shown(r)] for r in records]
    click.echo(table(["step", "time", "kind", "value"], shown, frozenset({"step"})), file=file)


def _as_json(record: "Record") -> dict[str, Any]:
    names = ("id", "step", "time", "kind", "meta", "size", "summary")
    found = {name: getattr(record, name) for name in names}
    return {**found, "value": record.value} if record.kind in {"text", "json"} else found


def _shown(record: "Record") -> str:
    if record.kind == "text":
        return " ".join(str(record.value).split())
    return json.dumps(record.value, ensure_ascii=False) if record.kind == "json" else record.summary
