"""Tables in text files: CSV and its relatives."""

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import IO, Final

from gnomon.core.errors import InputError, LimitError
from gnomon.models.datasets.column import MISSING, of_texts
from gnomon.models.datasets.table import Table, check_size, held

MAX_BYTES: Final = 2 << 30
MAX_UNPACKED: Final = 512 << 20
_DELIMITERS: Final = ",;\t|"
_HEAD: Final = 64 << 10


def read_text(path: Path) -> Table:
    """Return the table in a text file; commas, semicolons, tabs and bars are told apart, and a head from values.

    One that ends in `.gz` is unpacked while it is read.

    Raises:
        InputError: It is no table: not UTF-8, empty, or rows of different lengths.
        LimitError: It is larger than 2 GiB, unpacked too; write it as Parquet.
    """
    if path.stat().st_size > MAX_BYTES:
        msg = f"{path}: expected at most {MAX_BYTES >> 30} GiB of text, received {path.stat().st_size >> 20:,} MiB. Write it as Parquet."
        raise LimitError(msg)
    try:
        with _opened(path) as stream:
            head = stream.read(_HEAD)
            stream.seek(0)
            rows = [row for row in csv.reader(stream, delimiter=_delimiter(head), strict=True) if row]
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, zlib.error, EOFError) as error:
        msg = f"{path}: expected UTF-8 text of rows and columns, received: {error}. Save it again as CSV in UTF-8."
        raise InputError(msg, field="path") from error
    if not rows:
        msg = f"{path}: expected rows, received an empty file."
        raise InputError(msg, field="path")
    names, rows = _names(rows)
    check_size(path, len(rows), len(names))
    for number, row in enumerate(rows, 2):
        if len(row) != len(names):
            msg = f"{path}: expected {len(names)} values in row {number}, received {len(row)}. Quote values that hold the delimiter."
            raise InputError(msg, field="path")
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return held(path, {name: of_texts(name, column) for name, column in zip(names, columns, strict=True)})


def _opened(path: Path) -> IO[str]:
    """Return a text file to be read; a packed one is unpacked first, as far as we accept: a few bytes may be many."""
    if path.suffix.lower() != ".gz":
        return path.open(newline="", encoding="utf-8-sig")
    with gzip.open(path) as packed:
        data = packed.read(MAX_UNPACKED + 1)
    if len(data) > MAX_UNPACKED:
        msg = f"{path}: expected at most {MAX_UNPACKED >> 20} MiB of text when it is unpacked. Unpack it, or write it as Parquet."
        raise LimitError(msg)
    return io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")


def _delimiter(head: str) -> str:
    """Return the character that divides the first lines into the most columns, the same number in each."""
    lines = [line for line in head.splitlines()[:20] if line]
    best, most = ",", 1
    for delimiter in _DELIMITERS:
        counts = {len(row) for row in csv.reader(lines, delimiter=delimiter)}
        if len(counts) == 1 and (count := counts.pop()) > most:
            best, most = delimiter, count
    return best


def _names(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns, and the rows that hold values: a first row without a number or a gap is a head."""
    first = [name.strip() for name in rows[0]]
    is_head = len(set(first)) == len(first) and not any(_is_number(name) or name.lower() in MISSING for name in first)
    if is_head and (len(rows) > 1 or len(first) > 1):
        return first, rows[1:]
    return [f"column{i}" for i in range(1, len(first) + 1)], rows


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
