"""What the read side needs of a home or a server; `lab_local` and `lab_remote` give the same answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt

from gnomon.core.batch import Float64, Int64
from gnomon.sdk.lab_analyses import Analyses
from gnomon.sdk.lab_console import ConsolePart
from gnomon.sdk.lab_many import Many
from gnomon.store.console import Search
from gnomon.store.engine import Points
from gnomon.store.envelope import Envelope, Window
from gnomon.store.query import RunQuery


@dataclass(frozen=True, slots=True)
class SeriesStats:
    """Summarise one series; `low`, `high` and `mean` are over the finite values, `None` when there are none.

    Args:
        n: Points logged.
        bad: How many of them were NaN or infinite.
        last: Value at the largest step.
        last_step: That step.
        last_time: Its time, UTC seconds.
        low: Smallest finite value.
        low_step: Its step.
        high: Largest finite value.
        high_step: Its step.
        mean: Mean of the finite values.
    """

    n: int
    bad: int
    last: float
    last_step: int
    last_time: float
    low: float | None
    low_step: int | None
    high: float | None
    high_step: int | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """Hold what is known of a record that is not a number, without its payload.

    Args:
        id: Its number in its run.
        key: Its name in the run.
        step: Step it was logged at.
        time: When, UTC seconds.
        kind: `text`, `json`, `image` …
        meta: What is known about it without decoding it.
        size: Bytes of its payload.
    """

    id: int
    key: str
    step: int
    time: float
    kind: str
    meta: dict[str, Any]
    size: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Say which records of a key: `first <= step <= last`, and of these each n-th."""

    key: str
    first: int = 0
    last: int | None = None
    every: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class SlicePart:
    """Hold the same slice of the arrays of some steps.

    Args:
        step: int64 of shape `(n,)`.
        time: float64 of shape `(n,)`, UTC seconds.
        value: Of shape `(n, …)`.
    """

    step: Int64
    time: Float64
    value: npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a window of the run table: rows as `RunRow` of docs/reference/http.md, columns parallel to them."""

    total: int
    matched: int
    rows: list[dict[str, Any]]
    columns: dict[str, list[Any]]


class Backend(Protocol):
    """Where the read side reads."""

    @property
    def url(self) -> str | None:
        """Address of the server; `None` for a home opened by this process."""
        ...

    def refresh(self) -> None:
        """Take in what was logged since: a folder stores what lies in its journals, a server does so by itself."""
        ...

    def projects(self) -> list[dict[str, Any]]:
        """Return the projects, the one that changed last in front."""
        ...

    def keys(self, project: str | None) -> dict[str, list[str]]:
        """Return the `config` keys and `metrics` in use."""
        ...

    def query(self, query: RunQuery) -> Page:
        """Return a window of the run table, at most 1,000 runs."""
        ...

    def detail(self, run: str) -> dict[str, Any]:
        """Return everything of a run but its values; `NotFoundError` when there is no such id."""
        ...

    def stats(self, run: str) -> dict[str, SeriesStats]:
        """Return the series of a run by key."""
        ...

    def points(self, run: str, key: str, first: int, last: int | None, every: int) -> Points:
        """Return every point, or every n-th, with `first <= step <= last`."""
        ...

    def envelopes(self, series: Sequence[tuple[str, str]], window: Window) -> list[Envelope]:
        """Return the exact extremes per pixel of each `(run, key)`."""
        ...

    def record_keys(self, run: str) -> Mapping[str, str]:
        """Return the keys of records and their kind."""
        ...

    def records(self, run: str, chosen: Selection, offset: int, limit: int) -> list[RecordRow]:
        """Return some of the records chosen, in order; `NotFoundError` when the run has none under that key."""
        ...

    def payload(self, run: str, record: int, start: int = 0, size: int | None = None) -> bytes:
        """Return a range of the payload of a record."""
        ...

    def save(self, run: str, record: int, path: Path) -> None:
        """Write the payload of a record to a file, in pieces."""
        ...

    def array(self, run: str, row: RecordRow, text: str) -> npt.NDArray[Any]:
        """Return a slice of the array of a record; of a large one only that is read."""
        ...

    def slices(self, run: str, chosen: Selection, text: str) -> Iterator[SlicePart]:
        """Yield the same slice of the arrays of the records chosen, some steps at a time."""
        ...

    def console(self, run: str, search: Search, first: int, limit: int, *, newest: bool) -> ConsolePart:
        """Return at most 10,000 of the lines that a search wants: from number `first` on, or the newest."""
        ...

    @property
    def many(self) -> Many:
        """What can be asked of many runs at once, and done to them."""
        ...

    @property
    def analyses(self) -> Analyses:
        """Leaderboards, comparisons, importance and bands."""
        ...

    def delete(self, run: str) -> None:
        """Remove a run."""
        ...

    def doctor(self) -> dict[str, Any]:
        """Return facts and troubles."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...
