"""What analyses need of a place where runs are. `gnomon.store.study.Study` gives it for a home."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


class RunLike(Protocol):
    """One run without its series; times in microseconds since 1970."""

    @property
    def id(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def created_us(self) -> int: ...
    @property
    def updated_us(self) -> int: ...
    @property
    def finished_us(self) -> int | None: ...
    @property
    def group(self) -> str | None: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def error(self) -> str | None: ...
    @property
    def last_step(self) -> int | None: ...
    @property
    def meta(self) -> Mapping[str, Any]: ...


class PageLike(Protocol):
    """Runs, and for each column one value per run."""

    @property
    def runs(self) -> Sequence[RunLike]: ...
    @property
    def columns(self) -> Mapping[str, list[Any]]: ...


class SeriesLike(Protocol):
    """Last, smallest and largest value of a series."""

    @property
    def last(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class RecordLike(Protocol):
    """A record without its payload."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def meta(self) -> Mapping[str, Any]: ...


class PointsLike(Protocol):
    """Every point of a series, by step."""

    @property
    def step(self) -> Int64: ...
    @property
    def us(self) -> Int64: ...
    @property
    def value(self) -> Float64: ...


class EnvelopeLike(Protocol):
    """A series drawn on pixels: first and last x and the mean of each, and how many points there are in all."""

    @property
    def x0(self) -> Float64: ...
    @property
    def x1(self) -> Float64: ...
    @property
    def mean(self) -> Float64: ...
    @property
    def total(self) -> int: ...


class Source(Protocol):
    """Read runs."""

    @property
    def statistics(self) -> Sequence[str]:
        """What can stand behind the key of a metric: `last min max …`."""
        ...

    def config_keys(self, project: str) -> list[str]:
        """Return the flattened config keys of a project."""
        ...

    def metric_keys(self, project: str) -> list[str]:
        """Return the series keys of a project."""
        ...

    def evaluations(self, project: str) -> list[str]:
        """Return the names under which runs of a project were judged, sorted."""
        ...

    def table(self, project: str, where: str, columns: Sequence[str], order: str, limit: int) -> PageLike:
        """Return runs that a filter keeps, with columns."""
        ...

    def run(self, run: str) -> RunLike:
        """Return one run; `NotFoundError` when there is none."""
        ...

    def config(self, run: str) -> Mapping[str, Any]:
        """Return the config of a run, flattened."""
        ...

    def series(self, run: str) -> Mapping[str, SeriesLike]:
        """Return the series of a run by key."""
        ...

    def record_kinds(self, run: str) -> Mapping[str, str]:
        """Return the kind of the newest record of each key that is the user's."""
        ...

    def newest(self, run: str, key: str) -> RecordLike | None:
        """Return the newest record of a key."""
        ...

    def payload(self, run: str, record: int, most_bytes: int) -> bytes:
        """Return a payload, cut after so many bytes."""
        ...

    def points(self, run: str, key: str) -> PointsLike:
        """Return every point of a series."""
        ...

    def envelopes(
        self,
        runs: Sequence[str],
        key: str,
        px: int,
        first: float | None,
        last: float | None,
        x: str,
        scale: Literal["linear", "log"],
    ) -> Sequence[EnvelopeLike]:
        """Return a series of some runs, drawn on pixels; an empty one where a run has none."""
        ...
