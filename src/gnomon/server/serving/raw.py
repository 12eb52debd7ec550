"""From what a caller sends to what a model takes.

A version that knows its data takes values as the data's file has them: what arrives becomes a small table, and goes through
`Prepared` and `Binding` as a batch of training does. One that does not takes arrays, and nothing is done to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, ShapeError
from gnomon.graph.document import Graph
from gnomon.models.datasets.binding import Binding, End
from gnomon.models.datasets.column import Column
from gnomon.models.datasets.features import Features, features, measured
from gnomon.models.datasets.prepared import Prepared, values_of
from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.datasets.taken import requested, taken
from gnomon.models.registry.record import Port, Signature
from gnomon.server.serving import raw_values
from gnomon.server.serving.brought import MAX_ROWS, ONLY, Brought, numbers
from gnomon.server.serving.picture import grey
from gnomon.server.serving.seen import Seen, thumbnail

Arrays = dict[str, npt.NDArray[Any]]

_PART: Final = "asked"


@dataclass(frozen=True, slots=True)
class Ready:
    """Hold what a model is asked: arrays by input, how many rows, and whether one answer goes back."""

    inputs: Arrays
    rows: int
    is_single: bool


class Reader(Protocol):
    """Makes inputs of what somebody sends."""

    def read(self, brought: Brought) -> Ready:
        """Return inputs.

        Raises:
            InputError: They cannot be made of it; the message says why.
            ShapeError: Likewise.
            LimitError: It is too much.
        """
        ...

    def seen(self, brought: Brought, row: int) -> Seen:
        """Return what the log of requests keeps of a row."""
        ...

    def takes(self) -> dict[str, dict[str, Any]]:
        """Return what is taken, by name: JSON schemas of one row's value."""
        ...


class PlainReader:
    """Takes arrays as the inputs of a model are.

    Args:
        ports: The inputs.
        side: Pixels on each side of grey pictures that the one input takes as numbers from 0 to 1, row by row.
    """

    def __init__(self, ports: Sequence[Port], side: int | None = None) -> None:
        self._ports, self._side = {port.name: port for port in ports}, side

    def read(self, brought: Brought) -> Ready:
        if brought.picture is not None:
            return Ready({self._only().name: self._picture(brought.picture)}, 1, is_single=True)
        if brought.array is not None:
            port = self._only()
            array = self._flat(brought.array)
            values, is_single = rowed(array, port.shape, port.name)
            return Ready({port.name: self._checked(port, values)}, len(values), is_single)
        given = dict(brought.columns or {})
        if ONLY in given:
            given[self._only().name] = given.pop(ONLY)
        check_names(given, self._ports)
        found = {name: self._checked(port, numbers(given[name], name)) for name, port in self._ports.items()}
        return Ready(found, brought.rows, brought.is_single)

    def seen(self, brought: Brought, row: int) -> Seen:
        found: Features = {}
        pictures: dict[str, npt.NDArray[np.uint8]] = {}
        for name, values in self.read(brought).inputs.items():
            value = values[row]
            found |= {name: float(value)} if not value.ndim else measured(name, value)
            side = self._side if brought.picture is not None or value.size == (self._side or 0) ** 2 else None
            picture = thumbnail(value.reshape(side, side) if side else value)
            if picture is not None:
                pictures[name] = picture
        return Seen(found, pictures)

    def takes(self) -> dict[str, dict[str, Any]]:
        return {name: array_schema(port.shape, port.dtype) for name, port in self._ports.items()}

    def _only(self) -> Port:
        if len(self._ports) != 1:
            msg = f"inputs: this model takes {', '.join(self._ports)}. Send values by name."
            raise InputError(msg, field="inputs")
        return next(iter(self._ports.values()))

    def _flat(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        is_square = self._side is not None and values.ndim > 1 and values.shape[-2:] == (self._side, self._side)
        return values.reshape(*values.shape[:-2], -1) if is_square else values

    def _picture(self, data: bytes) -> npt.NDArray[Any]:
        if self._side is None:
            msg = "image: this version does not know how its pictures are prepared. Send `inputs`, prepared by you."
            raise InputError(msg, field="image")
        return grey(data, self._side)[None]

    def _checked(self, port: Port, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        raw_values.check_shape(values.shape[1:], port.shape, port.name)
        is_whole = port.dtype.startswith("int")
        if is_whole and not ((values == np.rint(values)) & (abs(values.astype(np.float64)) < 2.0**63)).all():
            msg = f"{port.name}: expected whole numbers of 64 bits."
            raise InputError(msg, field=port.name)
        with np.errstate(over="ignore"):
            made = values.astype(np.float32 if port.dtype == "text" else port.dtype, copy=False)
        raw_values.check_finite(made, port.name)
        return made


class DataReader:
    """Takes values as the data have them that the model was trained on.

    Args:
        spec: The data.
        graph: The model, which says what columns its inputs take.
        ports: The inputs.

    Raises:
        InputError: An input has no column, or one that cannot be sent.
    """

    def __init__(self, spec: DatasetSpec, graph: Graph, ports: Sequence[Port]) -> None:
        found = taken(spec, graph, ports)
        self._spec, self._columns, self._ends, self._bound = found.spec, found.columns, found.ends, found.bound
        self._is_from_files = found.is_from_files

    def read(self, brought: Brought) -> Ready:
        every, is_single = self._prepared(brought)
        rows = every.table.rows
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large is told below
            inputs, _ = Binding(every, self._ends, (), {}, self._bound).batch(_PART, slice(None))
        for name, array in inputs.items():
            raw_values.check_finite(array, name)
        return Ready(inputs, rows, is_single)

    def seen(self, brought: Brought, row: int) -> Seen:
        every, _ = self._prepared(brought)
        pictures: dict[str, npt.NDArray[np.uint8]] = {}
        for name, column in self._columns.items():
            if column.kind == "image":
                how = self._spec.transform(name).range
                picture = thumbnail(every.table.values(name, np.array([row]))[0], how[1] if how else None)
                pictures |= {} if picture is None else {name: picture}
        return Seen(features(every.table, every.values, self._columns, row), pictures)

    def _prepared(self, brought: Brought) -> tuple[Prepared, bool]:
        """Return what was brought as a data set of its own, and whether one row came as such."""
        given, rows, is_single = self._values(brought)
        columns = self._columns
        table = requested({name: self._raw(columns[name], values) for name, values in given.items()}, columns, rows)
        values = values_of(table, self._spec, self._spec.statistics)
        return Prepared(self._spec, table, {_PART: np.arange(rows)}, values), is_single

    def takes(self) -> dict[str, dict[str, Any]]:
        return {name: _schema(column) for name, column in self._columns.items()}

    def _values(self, brought: Brought) -> tuple[dict[str, Any], int, bool]:
        """Return values by column, how many rows, and whether one row came as such."""
        if brought.picture is not None:
            column = self._only()
            if column.kind != "image":
                msg = f"image: {column.name} holds {column.kind}, no picture."
                raise InputError(msg, field="image")
            return {column.name: [brought.picture]}, 1, True
        if brought.array is not None:
            return self._array(brought.array)
        given = dict(brought.columns or {})
        if ONLY in given:
            given[self._only().name] = given.pop(ONLY)
        for end in self._ends:  # an input stands for its columns
            if end.node in given and end.node not in self._columns:
                values = numbers(given.pop(end.node), end.node) if len(end.columns) > 1 else given.pop(end.node)
                given |= _spread(end, values)
        check_names(given, self._columns)
        return given, brought.rows, brought.is_single

    def _array(self, values: npt.NDArray[Any]) -> tuple[dict[str, Any], int, bool]:
        if len(self._ends) == 1 and len(self._columns) > 1:
            end = self._ends[0]
            found, is_single = rowed(values, (len(end.columns),), end.node)
            return _spread(end, found), len(found), is_single
        column = self._only()
        shape = column.shape if column.kind in ("image", "array") else ()
        if column.kind == "image" and len(shape) == 3 and shape[2] == 1 and values.shape[-1:] != (1,):
            shape = shape[:2]
        found, is_single = rowed(values, shape, column.name)
        return {column.name: found if column.kind in ("image", "array") else found.tolist()}, len(found), is_single

    def _only(self) -> Column:
        if len(self._columns) != 1:
            msg = f"inputs: this model takes {', '.join(list(self._columns)[:20])}. Send `rows`, or a form."
            raise InputError(msg, field="inputs")
        return next(iter(self._columns.values()))

    def _raw(self, column: Column, values: Any) -> npt.NDArray[Any]:
        self._check_missing(column, values)
        if column.kind == "image":
            how = self._spec.transform(column.name)
            return raw_values.picture_values(values, column, how, is_from_files=self._is_from_files)
        if column.kind == "array":
            return raw_values.array_values(values, column)
        if column.kind == "number":
            return raw_values.number_values(values, column)
        if column.kind == "time":
            return raw_values.time_values(values, column)
        return (
            raw_values.category_values(values, column)
            if column.kind == "category"
            else raw_values.text_values(values, column)
        )

    def _check_missing(self, column: Column, values: Any) -> None:
        """Refuse what is not known where training knew it always, or left such rows out, so that nothing stands for it."""
        if isinstance(values, np.ndarray) or not any(value is None for value in values):
            return
        how = self._spec.transform(column.name).missing
        if how == "drop" or (how == "fill" and column.kind == "category" and not column.missing):
            why = "rows without it were left out of training" if how == "drop" else "no row of the data lacks it"
            msg = f"{column.name}: expected a value, received null; {why}."
            raise InputError(msg, field=column.name)


def rowed(values: npt.NDArray[Any], shape: tuple[int | None, ...], name: str) -> tuple[npt.NDArray[Any], bool]:
    """Return an array with an axis of rows, and whether it was one row without.

    Raises:
        ShapeError: It is neither.
        InputError: There is no row, or there are too many.
    """
    if values.ndim == len(shape):
        raw_values.check_shape(values.shape, shape, name)
        return values[None], True
    if values.ndim != len(shape) + 1:
        expected = "×".join("any" if size is None else str(size) for size in shape) or "one number"
        msg = f"{name}: expected {expected}, or rows of that, received {'×'.join(map(str, values.shape)) or 'one number'}."
        raise ShapeError(msg, field=name)
    if not 0 < len(values) <= MAX_ROWS:
        msg = f"{name}: expected 1 to {MAX_ROWS:,} rows, received {len(values):,}."
        raise InputError(msg, field=name)
    raw_values.check_shape(values.shape[1:], shape, name)
    return values, False


def check_names(given: dict[str, Any], asked: dict[str, Any]) -> None:
    """Refuse values that are too many or too few.

    Raises:
        InputError: With the names.
    """
    missing, extra = [name for name in asked if name not in given], [name for name in given if name not in asked]
    if missing or extra:
        said = f"{missing[0]} is missing" if missing else f"there is no {extra[0]!r:.60}"
        msg = f"{(missing or extra)[0]}: {said}. This model takes {', '.join(list(asked)[:20])}."
        raise InputError(msg, field=(missing or extra)[0])


def array_schema(shape: Sequence[int | None], dtype: str) -> dict[str, Any]:
    """Return the JSON schema of nested lists.

    Example:
        >>> array_schema((2,), "float32")
        {'type': 'array', 'minItems': 2, 'maxItems': 2, 'items': {'type': 'number'}}
    """
    found: dict[str, Any] = {"type": "integer" if dtype.startswith("int") else "number"}
    for size in reversed(shape):
        sizes = {} if size is None else {"minItems": size, "maxItems": size}
        found = {"type": "array", **sizes, "items": found}
    return found


def _schema(column: Column) -> dict[str, Any]:
    if column.kind == "image":
        size = "×".join("any" if size is None else str(size) for size in column.shape)
        said = f"A picture as a data URI or base64; or its numbers as the data have them, {size}."
        return {"description": said, "anyOf": [{"type": "string"}, {"type": "array"}]}
    if column.kind == "array":
        return array_schema(column.shape, "float32")
    if column.kind == "category":
        return {"enum": [*column.classes, None] if column.missing else list(column.classes)}
    if column.kind == "time":
        return {"type": ["string", "null"], "description": "A time such as 2026-11-21T14:02."}
    return {"type": ["number" if column.kind == "number" else "string", "null"]}


def _spread(end: End, values: Any) -> dict[str, Any]:
    """Return the columns of an input from what was sent for the input."""
    if len(end.columns) == 1:
        return {end.columns[0]: values}
    raw_values.check_shape(values.shape[1:], (len(end.columns),), end.node)
    return {name: values[:, i].tolist() for i, name in enumerate(end.columns)}


def reader_of(spec: DatasetSpec | None, graph: Graph | None, signature: Signature, side: int | None = None) -> Reader:
    """Return what reads requests to a model, as far as is known how its inputs are prepared."""
    if spec is not None and graph is not None:
        return DataReader(spec, graph, signature.inputs)
    return PlainReader(signature.inputs, side)
