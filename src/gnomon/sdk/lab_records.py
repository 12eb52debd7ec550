"""Records read back: what is known of them at once, their values when they are looked at."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, overload

import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.core.records.registry import type_of
from gnomon.core.records.summary import summary_of
from gnomon.sdk.lab_backend import Backend, RecordRow, Selection
from gnomon.sdk.lab_slices import Slices

_PAGE: Final = 1_000


class Record:
    """Read one record that is not a number.

    Args:
        backend: Where it is.
        run: Run id.
        row: What is known of it.
    """

    def __init__(self, backend: Backend, run: str, row: RecordRow) -> None:
        self._backend = backend
        self._run = run
        self._row = row

    def __repr__(self) -> str:
        return f"<{self.kind} {self.key} step {self.step}: {self.summary}>"

    @property
    def id(self) -> int:
        """Its number in its run."""
        return self._row.id

    @property
    def key(self) -> str:
        """Its name in the run."""
        return self._row.key

    @property
    def step(self) -> int:
        """Step it was logged at."""
        return self._row.step

    @property
    def time(self) -> float:
        """When, UTC seconds."""
        return self._row.time

    @property
    def kind(self) -> str:
        """`text`, `json`, `image`, `tensor` …."""
        return self._row.kind

    @property
    def meta(self) -> dict[str, Any]:
        """What is known about it without decoding it."""
        return dict(self._row.meta)

    @property
    def size(self) -> int:
        """Bytes of its payload."""
        return self._row.size

    @property
    def summary(self) -> str:
        """One line about it, such as its shape and its range."""
        return summary_of(self.kind, self._row.meta, self.size)

    @property
    def data(self) -> bytes:
        """Its payload as it was logged."""
        return self._backend.payload(self._run, self.id)

    @property
    def value(self) -> Any:
        """Its value: a `str` of text, plain data of JSON, an array of a tensor …, bytes of a kind nobody here knows.

        Raises:
            CorruptError: The payload is not what it claims to be.
        """
        return type_of(self.kind).decode(self._row.meta, self.data)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        """Return a part of its array: `record[0, :, ::2]`. Of a large one only that part is read.

        Raises:
            InputError: It holds no array, or the index is not one of numbers and slices.
        """
        return self._backend.array(self._run, self._row, slice_text(index))

    def save(self, path: str | Path) -> Path:
        """Write its payload to a file, in pieces; return where."""
        target = Path(path)
        self._backend.save(self._run, self.id, target)
        return target


class Records(Sequence[Record]):
    """Name records of one key; they are listed when they are first looked at, and their payloads when those are.

    Args:
        backend: Where they are.
        run: Run id.
        chosen: Which.
    """

    def __init__(self, backend: Backend, run: str, chosen: Selection) -> None:
        self._backend = backend
        self._run = run
        self._chosen = chosen
        self._rows: list[RecordRow] = []
        self._is_all = False

    def __repr__(self) -> str:
        return f"<records {self._chosen.key!r} of run {self._run}>"

    def __iter__(self) -> Iterator[Record]:
        place = 0
        while place < len(self._rows) or self._read():
            yield self._record(self._rows[place])
            place += 1

    def __len__(self) -> int:
        while self._read():
            pass
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | list[Record]:
        len(self)
        if isinstance(place, slice):
            return [self._record(row) for row in self._rows[place]]
        return self._record(self._rows[place])

    def slice(self, index: Any = "") -> Slices:
        """Return the same part of each array, to be stacked over steps.

        Args:
            index: As in NumPy, `np.s_[0, :, ::2]`, or as text, `"0,:,::2"`; everything unless told.
        """
        return Slices(self._backend, self._run, self._chosen, slice_text(index))

    def _record(self, row: RecordRow) -> Record:
        return Record(self._backend, self._run, row)

    def _read(self) -> bool:
        """List the next records; tell whether there were any."""
        if self._is_all:
            return False
        rows = self._backend.records(self._run, self._chosen, len(self._rows), _PAGE)
        self._rows += rows
        self._is_all = len(rows) < _PAGE
        return bool(rows)


def slice_text(index: Any) -> str:
    """Return an index as it travels.

    Raises:
        InputError: It holds anything but numbers, slices and `...`.

    Example:
        >>> import numpy as np
        >>> slice_text(np.s_[0, :, ::2, ...]), slice_text("1:3")
        ('0,:,::2,...', '1:3')
    """
    if isinstance(index, str):
        return index
    return ",".join(map(_part, index if isinstance(index, tuple) else (index,)))


def _part(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    try:
        if not isinstance(part, slice):
            return str(part.__index__())
        ends = ["" if end is None else str(end.__index__()) for end in (part.start, part.stop, part.step)]
    except AttributeError:
        msg = f"slice: expected numbers and slices, received {part!r:.60}. Read the array, then index it."
        raise InputError(msg, field="slice") from None
    return ":".join(ends) if ends[2] else ":".join(ends[:2])
