"""A data set as a model gets it: rows of its parts, after all transforms, as arrays.

What comes out depends on the description, on the rows asked for, and on the generator that augments them; on nothing
else, neither the machine nor the order of calls.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.settings import Settings
from gnomon.graph.spec import Spec
from gnomon.models.datasets.column import Column, Kind
from gnomon.models.datasets.content import Remembered, check_content
from gnomon.models.datasets.dealing import deal
from gnomon.models.datasets.moves import Moves
from gnomon.models.datasets.picture_values import BoxClassValues, BoxValues, MaskValues, PictureValues, picture_shape
from gnomon.models.datasets.places import located
from gnomon.models.datasets.registry import Augment, ColumnSpec, DatasetSpec, Statistics, Transform
from gnomon.models.datasets.source import open_data
from gnomon.models.datasets.split import Int64
from gnomon.models.datasets.table import Table
from gnomon.models.datasets.values import ArrayValues, CodeValues, NumberValues, Source, Values, WordValues

Rows = Sequence[int] | Int64 | slice
REMEMBERED: Final = Path("cache", "datasets")


class Prepared:
    """Give batches of a data set.

    Args:
        spec: Its description.
        table: Its rows, with the types of the description.
        parts: Rows of each part.
        values: What a model gets of each column that is an input or a target.
    """

    def __init__(
        self, spec: DatasetSpec, table: Table, parts: Mapping[str, Int64], values: Mapping[str, Values]
    ) -> None:
        self.spec, self.table, self.parts = spec, table, parts
        self.inputs, self.targets = spec.inputs, spec.target
        self.values = values
        self.specs: dict[str, Spec] = {name: each.spec for name, each in values.items()}

    def batch(self, part: str, rows: Rows, rng: np.random.Generator | None = None) -> dict[str, npt.NDArray[Any]]:
        """Return the values of some rows of a part, by column, the first axis the rows.

        Args:
            part: `train`, `validation` or `test`.
            rows: Their places in the part, counted from 0.
            rng: Draws augmentation, in `train` alone; without it nothing is augmented.

        Raises:
            NotFoundError: There is no such part.
        """
        chosen = self.rows(part)[rows if isinstance(rows, slice) else np.asarray(rows, np.int64)]
        found = self._moved(chosen, rng) if part == "train" and rng is not None else {}
        return {name: found[name] if name in found else values.read(chosen) for name, values in self.values.items()}

    def rows(self, part: str) -> Int64:
        """Return which rows of the data a part has.

        Raises:
            NotFoundError: There is no such part.
        """
        if part not in self.parts:
            msg = f"part: there is no {part!r:.40} in {self.spec.name}. It has {', '.join(self.parts)}."
            raise NotFoundError(msg)
        return self.parts[part]

    def length(self, part: str) -> int:
        """Return how many rows a part has; 0 when there is none of that name."""
        return len(self.parts.get(part, ()))

    def used(self, part: str) -> tuple[Any, Any]:
        """Return the rows of a part as `run.use_data(*data.used(part), name=part)` takes them: as they lie in the file.

        Before any transform, so that runs on the same rows are ranked together whatever they make of them, and so that
        a script with the same arrays has the same hash. Pictures in files are items of which a sample is hashed.
        """
        x, y = (self._raw(names, self.rows(part)) for names in (self.inputs, self.targets))
        if isinstance(x, Items) or isinstance(y, Items):
            return Items(self.table, self.rows(part), (*self.inputs, *self.targets)), None
        return x, y

    def _raw(self, names: Sequence[str], rows: Int64) -> Any:
        if not names:
            return None
        if any(name in self.table.files or self.table.columns[name].kind == "boxes" for name in names):
            return Items(self.table, rows, names)
        found = {name: self.table.read(name, rows) for name in names}
        return found[names[0]] if len(names) == 1 else found

    def _moved(self, rows: Int64, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
        """Return the columns that augmentation changes."""
        found: dict[str, npt.NDArray[Any]] = {}
        first: Moves | None = None
        for name, values in self.values.items():
            how = self.spec.transform(name).augment
            if not isinstance(values, PictureValues) or how is None or how == Augment():
                continue
            moves = Moves.drawn(how, len(rows), rng)
            found[name] = values.normal(moves.pictures(values.pixels(rows), values.span, rng))
            first = first or moves
        if first is None:
            return found
        stay = None
        for name, values in self.values.items():
            if isinstance(values, MaskValues):
                found[name] = first.masks(values.read(rows))
            elif isinstance(values, BoxValues):
                found[name], stay = values.moved(rows, first)
        for name, values in self.values.items():
            if isinstance(values, BoxClassValues) and stay is not None:
                found[name] = values.read(rows, stay)
        return found


class Items(Sequence[Any]):
    """Rows of columns of which some lie in files, read when asked for: what `run.use_data` takes a sample of."""

    def __init__(self, table: Table, rows: Int64, names: Sequence[str]) -> None:
        self._table, self._rows, self._names = table, rows, names

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Items(self._table, self._rows[at], self._names)
        row = self._rows[at : at + 1] if at != -1 else self._rows[-1:]
        if not len(row):
            raise IndexError(at)
        return {name: self._table.read(name, row)[0] for name in self._names}


def prepare(spec: DatasetSpec, *, home: Path | None = None, check: bool = True) -> Prepared:
    """Return what gives batches of a data set.

    Args:
        spec: Its description.
        home: Where paths within the home begin, and where it is remembered what was hashed already; that of the environment
            unless told.
        check: Whether to see that its rows are still those that were registered.

    Raises:
        NotFoundError: Nothing lies at its path.
        InputError: Other rows lie there now.
    """
    home = home or Settings.from_env().home
    place = located(spec.path, home)
    opened = open_data(place)
    if check:
        check_content(spec, opened, place, Remembered(home / REMEMBERED))
    table = typed(opened, spec.columns)
    parts = deal(table, spec.split, spec.target, spec.transforms)
    return Prepared(spec, table, parts, values_of(table, spec, spec.statistics))


def typed(table: Table, columns: Mapping[str, ColumnSpec]) -> Table:
    """Return a table whose columns are what a description says they are."""
    names = ("kind", "why", "shape", "classes", "missing", "low", "high", "mean", "std")
    found = {name: Column(name, **{key: getattr(each, key) for key in names}) for name, each in columns.items()}
    return Table(table.path, table.rows, found, table.read, table.parts, table.notes, table.files)


def values_of(table: Table, spec: DatasetSpec, statistics: Mapping[str, Statistics]) -> dict[str, Values]:
    """Return what a model gets of each column that is an input or a target.

    Raises:
        InputError: A column cannot be one.
    """
    names = dict.fromkeys((*spec.inputs, *spec.target))
    sources = {
        name: Source(table, name, spec.transforms.get(name, Transform()), statistics.get(name, Statistics()))
        for name in names
    }
    return {name: _values(source, sources, spec) for name, source in sources.items()}


_MAKES: Final[Mapping[Kind, Callable[[Source], Values]]] = {
    "number": NumberValues,
    "time": NumberValues,
    "text": WordValues,
    "image": PictureValues,
    "array": ArrayValues,
}


def _values(source: Source, sources: Mapping[str, Source], spec: DatasetSpec) -> Values:
    column = source.table.column(source.name)
    if column.kind == "category":
        return CodeValues(source, is_target=source.name in spec.target)
    make = BoxClassValues if column.kind == "array" and column.classes else _MAKES.get(column.kind)
    if make is not None:
        return make(source)
    picture = _picture_of(source, sources)
    if column.kind == "mask":
        return MaskValues(source, picture_shape(picture)[:2])
    return BoxValues(source, picture, picture_shape(picture)[:2])


def _picture_of(source: Source, sources: Mapping[str, Source]) -> Source:
    """Return the pictures that masks or boxes are of."""
    kinds = {name: source.table.columns[name].kind for name in sources}
    images = [name for name, kind in kinds.items() if kind == "image"]
    if len(images) != 1:
        msg = f"inputs: {source.name} belongs to one column of pictures, and there are {len(images)} among the inputs."
        raise InputError(msg, field="inputs")
    return sources[images[0]]
