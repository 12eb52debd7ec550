"""What a model takes of its data once it is trained: which columns each of its inputs gets, and how they are prepared.

Known from the description of the data alone: the rows need not be there any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.graph.columns import Bound, ColumnFact, DataSummary, bound
from gnomon.graph.document import Graph
from gnomon.graph.spec import Dtype, Spec
from gnomon.models.datasets.binding import End
from gnomon.models.datasets.column import Column
from gnomon.models.datasets.dealing import NO_TIME
from gnomon.models.datasets.picture_values import picture_shape
from gnomon.models.datasets.places import PACKAGED
from gnomon.models.datasets.prepared import values_of
from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.datasets.table import Rows, Table
from gnomon.models.datasets.values import Source
from gnomon.models.registry.record import Port

_ARRAYS: Final = (".npz", ".npy", ".parquet", ".pq")
_IN_COLUMNS: Final = frozenset({"number", "time", "category", "text", "array", "image"})


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold what a model takes of its data.

    Args:
        spec: The data with the columns that are given to the model, and no target; pictures have a size to be brought to.
        columns: Those columns.
        ends: The inputs, each with its columns in order.
        bound: Which columns belong to which node.
        is_from_files: Whether training read files of pictures, rather than arrays.
    """

    spec: DatasetSpec
    columns: dict[str, Column]
    ends: list[End]
    bound: Bound
    is_from_files: bool


def taken(spec: DatasetSpec, graph: Graph, ports: Sequence[Port]) -> Taken:
    """Return what a model takes of its data.

    Args:
        spec: The data.
        graph: The model, which says what columns its inputs take.
        ports: The inputs.

    Raises:
        InputError: An input has no column, or one that cannot be sent.
    """
    columns = {name: _column(name, spec) for name in spec.inputs}
    blank = requested({name: _blank(column) for name, column in columns.items()}, columns, 1)
    resized = {
        name: msgspec.structs.replace(spec.transform(name), resize=picture_shape(_source(blank, name, spec))[:2])
        for name, column in columns.items()
        if column.kind == "image"  # whoever sends a picture need not know the size
    }
    kept = {name: each for name, each in spec.columns.items() if name in columns}
    given = msgspec.structs.replace(spec, target=(), columns=kept, transforms={**spec.transforms, **resized})
    specs = {name: each.spec for name, each in values_of(blank, given, spec.statistics).items()}
    facts = {name: ColumnFact(name, columns[name].kind, each) for name, each in specs.items()}
    found = bound(graph, DataSummary(spec.ref, facts, spec.inputs, ()), {port.name: "Input" for port in ports})
    free = [port.name for port in ports if not found.inputs.get(port.name)]
    if free:
        msg = f"{free[0]}: nobody knows which column of {spec.ref} it takes. Name it in the graph's data.inputs."
        raise InputError(msg, field=free[0])
    ends = [End(p.name, p.kind, found.inputs[p.name], Spec(p.shape, _dtype(p.dtype))) for p in ports]
    used = {name for end in ends for name in end.columns}
    columns = {name: column for name, column in columns.items() if name in used}
    is_from_files = not spec.path.startswith(PACKAGED) and Path(spec.path).suffix.lower() not in _ARRAYS
    return Taken(msgspec.structs.replace(given, inputs=tuple(columns)), columns, ends, found, is_from_files)


def requested(values: dict[str, npt.NDArray[Any]], columns: dict[str, Column], rows: int) -> Table:
    """Return values as the table of a data set, as if a file held them."""

    def read(name: str, chosen: Rows) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = values[name][chosen]
        return found

    return Table(Path("request"), rows, columns, read)


def _column(name: str, spec: DatasetSpec) -> Column:
    said = spec.columns[name]
    if said.kind not in _IN_COLUMNS:
        msg = f"{name}: a column of {said.kind} cannot be sent to a model."
        raise InputError(msg, field=name)
    names = ("kind", "why", "shape", "classes", "missing", "low", "high", "mean", "std")
    return Column(name, **{key: getattr(said, key) for key in names})


def _blank(column: Column) -> npt.NDArray[Any]:
    """Return one row that holds nothing, from which shapes are known."""
    if column.kind == "number":
        return np.full(1, np.nan)
    if column.kind == "time":
        return np.full(1, NO_TIME, np.int64)
    if column.kind in ("image", "array"):
        return np.zeros((1, *(size or 1 for size in column.shape)), np.uint8 if column.kind == "image" else np.float32)
    return np.full(1, None, object)


def _source(table: Table, name: str, spec: DatasetSpec) -> Source:
    return Source(table, name, spec.transform(name))


def _dtype(name: str) -> Dtype:
    known: dict[str, Dtype] = {"int64": "int64", "int32": "int64", "bool": "bool", "text": "text"}
    return known.get(name, "float32")
