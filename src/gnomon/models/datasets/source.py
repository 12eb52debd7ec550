"""Where data come from: a file or a folder is opened as what it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy.typing as npt

from gnomon.core.errors import InputError, NotFoundError
from gnomon.models.datasets.arrays import idx_files, read_idx, read_npy, read_npz
from gnomon.models.datasets.folder import read_boxes, read_folder
from gnomon.models.datasets.frame import read_parquet
from gnomon.models.datasets.packaged import packaged
from gnomon.models.datasets.pictures import Pictures
from gnomon.models.datasets.places import PACKAGED
from gnomon.models.datasets.table import Rows, Table
from gnomon.models.datasets.text import read_text

_READERS: Final[dict[str, Callable[[Path], Table]]] = {
    ".npz": read_npz,
    ".npy": read_npy,
    ".parquet": read_parquet,
    ".pq": read_parquet,
}
TEXTS: Final = frozenset({".csv", ".tsv", ".txt"})


def open_data(path: Path | str) -> Table:
    """Return the data set at a path.

    Args:
        path: `gnomon:digits`, which ships with gnomon; a CSV or TSV (also packed, `.csv.gz`), Parquet, `.npz` or `.npy` file, a folder of IDX files, or a folder of pictures: one folder for
            each class, `images` and `masks`, or a CSV of boxes beside the pictures.

    Raises:
        NotFoundError: There is nothing.
        InputError: It is nothing of these; the message says what was expected.
    """
    if str(path).startswith(PACKAGED):
        return packaged(str(path).removeprefix(PACKAGED))
    place = Path(path).expanduser()
    if place.is_dir():
        return read_idx(place) if idx_files(place) else read_folder(place)
    if not place.exists():
        msg = f"path: there is no {place}. Name a file (csv, tsv, parquet, npz, npy) or a folder of IDX files or pictures."
        raise NotFoundError(msg)
    if not place.is_file():
        msg = f"path: expected a file or a folder, received a pipe or a device: {place}."
        raise InputError(msg, field="path")
    suffix = Path(place.stem if place.suffix.lower() == ".gz" else place.name).suffix.lower()
    if suffix in TEXTS:
        return read_boxes(place) or _with_pictures(read_text(place))
    reader = _READERS.get(place.suffix.lower())
    if reader is None:
        msg = f"path: expected csv, tsv, csv.gz, parquet, npz, npy or a folder, received {place.name!r:.80}."
        raise InputError(msg, field="path")
    return reader(place)


def _with_pictures(table: Table) -> Table:
    """Return a table whose columns of names of pictures give the pictures."""
    named = [name for name, column in table.columns.items() if column.kind == "image"]
    if not named:
        return table
    pictures = {name: Pictures(table.path.parent, table.values(name).tolist()) for name in named}
    columns = {
        name: replace(column, shape=pictures[name].shape()) if name in pictures else column
        for name, column in table.columns.items()
    }

    def read(name: str, rows: Rows) -> npt.NDArray[Any]:
        return pictures[name].read(rows) if name in pictures else table.read(name, rows)

    return replace(table, columns=columns, read=read, files=pictures)
