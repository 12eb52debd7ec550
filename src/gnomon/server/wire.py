"""What travels over HTTP, as types: responses are encoded from them, and OpenAPI describes them."""

import math
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.limits import MAX_JSON_DEPTH, MAX_STEP
from gnomon.store.engine import RunInfo, Stats
from gnomon.store.row import run_fields

Number = float | Literal["NaN", "Infinity", "-Infinity"]
"""A float64; the values that JSON cannot hold travel as text."""

State = Literal["running", "finished", "stopped", "failed", "killed", "lost"]


class Wire(msgspec.Struct, kw_only=True):
    """Base of what is sent."""


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Say what went wrong and what to do about it (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    field: str | None = None
    position: int | None = None
    hint: str | None = None
    expected: int | None = None
    missing: list[str] | None = None
    rev: int | None = None
    line: int | None = None
    column: int | None = None
    file: str | None = None
    trace: str | None = None
    errors: list["LineError"] | None = None


class LineError(Wire):
    """Say why one line of an ingest request was not stored."""

    index: int
    field: str
    detail: str
    hint: str


class IngestLine(Wire):
    """One line; fields that are not named here are values: numbers become points, everything else records."""

    run: str
    project: str = "default"
    step: Annotated[int, msgspec.Meta(ge=0, le=MAX_STEP)] | None = None
    time: float | None = None
    config: dict[str, Any] = {}
    tags: list[str] = []
    notes: str = ""
    group: str | None = None
    state: Literal["running", "finished", "stopped", "failed", "killed"] = "running"
    writer: str = ""
    batch: Annotated[int, msgspec.Meta(ge=0, le=MAX_STEP)] = 0
    columns: dict[str, list[float | str | None]] = {}


class Ingested(Wire):
    """Count the lines stored and explain those that were not; `points` are numbers, `runs` the ids written to."""

    accepted: int
    points: int
    runs: list[str]
    errors: list[LineError]


class JournalOffset(Wire):
    """Tell up to which byte a journal is stored."""

    offset: int


class ProjectRow(Wire):
    """One project; times are UTC seconds."""

    name: str
    runs: int
    running: int
    created: float
    updated: float


class Projects(Wire):
    """All projects, the one that changed last in front."""

    projects: list[ProjectRow]
    cursor: str


class Keys(Wire):
    """The keys in use in one project."""

    config: list[str]
    metrics: list[str]


class RunRow(Wire):
    """One run without its series; times are UTC seconds; `color` is what somebody chose, such as `blue dashed`.

    `alerts` are those that the run raised, `alert` is the worst level among them.
    """

    id: str
    project: str
    name: str
    state: State
    created: float
    updated: float
    finished: float | None
    group: str | None
    tags: list[str]
    notes: str
    dropped: int
    rank: int | None
    last_step: int | None
    archived: bool
    color: str | None
    alerts: int
    alert: Literal["info", "warning", "error"] | None


class RewindRow(Wire):
    """The run went on at `step` from here."""

    time: float
    step: int


class RunDetail(RunRow):
    """Everything of a run but its values."""

    config: dict[str, Any]
    summary: dict[str, Number]
    error: str | None
    rewinds: list[RewindRow]
    meta: dict[str, Any]
    series: int
    cursor: str


class RunsPage(Wire):
    """A window of the run table; each column is parallel to `runs`, `null` where a run has no such value.

    `total` are the runs of the project that `archived` lets through, `archived` those that are archived.
    """

    total: int
    archived: int
    matched: int
    runs: list[RunRow]
    columns: dict[str, list[Any]]
    cursor: str


class RunsQuery(Wire, forbid_unknown_fields=True):
    """Ask for a window of the run table; archived runs come when `archived`, `ids` or a test of attr.archived ask."""

    project: str | None = None
    where: str | None = None
    order: list[str] = []
    columns: list[str] = []
    offset: int = 0
    limit: int = 200
    lenient: bool = False
    archived: bool | None = None
    ids: list[str] | None = None


class RunPatch(Wire, forbid_unknown_fields=True):
    """Fields of a run to replace; `color` is a hue and a dash (`blue`, `blue dashed`), `null` leaves it to the page."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    notes: str | msgspec.UnsetType = msgspec.UNSET
    tags: list[str] | msgspec.UnsetType = msgspec.UNSET
    color: str | msgspec.UnsetType | None = msgspec.UNSET


class SeriesRow(Wire):
    """Sum up one series; `low`, `high` and `mean` are over the finite values, `null` when there are none."""

    key: str
    n: int
    bad: int
    last: Number
    last_step: int
    last_time: float
    low: float | None
    low_step: int | None
    high: float | None
    high_step: int | None
    mean: float | None


class SeriesPage(Wire):
    """A window of the series of a run."""

    total: int
    series: list[SeriesRow]


class PointsPage(Wire):
    """Points in order; `more` says that the limit cut the answer short."""

    step: list[int]
    time: list[float]
    value: list[Number]
    more: bool


class SeriesName(Wire, forbid_unknown_fields=True):
    """Name a series by run id and key, or say how it is computed from series of the run."""

    run: str
    key: str = ""
    expression: str = ""


class EnvelopeQuery(Wire, forbid_unknown_fields=True):
    """Ask for the extremes of many series, pixel by pixel."""

    series: list[SeriesName]
    px: int = 1000
    first: float | None = None
    last: float | None = None
    x: str = "step"
    scale: Literal["linear", "log"] = "linear"


class EnvelopeRow(Wire):
    """One series; `columns` holds lists of length `m` (in the binary answer: byte offsets).

    `key` is the expression of a series that was computed, `missed` counts the points that it left out because another
    series has none at their step.
    """

    run: str
    key: str
    total: int
    missed: int
    span: tuple[float, float]
    m: int
    columns: dict[str, list[Number]]


class Envelopes(Wire):
    """The envelopes asked for, in the order of the question; `cursor` is where live frames go on."""

    series: list[EnvelopeRow]
    cursor: str


class Version(Wire):
    """Versions of the server and what it stands on; `store` tells its store from others, wherever it answers."""

    version: str
    api: int
    python: str
    store: str


class Health(Wire):
    """`ok` is false while commits fail; `detail` says why."""

    ok: bool
    detail: str | None


class Doctor(Wire):
    """What `gnomon doctor` prints: plain facts by section, and what should be looked at."""

    facts: dict[str, Any]
    troubles: list[str]


def seconds(us: int) -> float:
    """Return microseconds as seconds."""
    return us / 1e6


def number(value: float) -> Number:
    """Return a float as JSON can hold it.

    Example:
        >>> number(float("-inf"))
        '-Infinity'
    """
    if value - value == 0.0:
        return value
    return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")  # noqa: PLR0124  # only NaN differs from itself


def numbers(values: npt.NDArray[np.float64]) -> list[Number]:
    """Return a column as JSON can hold it."""
    plain: list[Number] = values.tolist()
    if np.isfinite(values).all():
        return plain
    return [number(v) for v in values.tolist()]


def cells(values: list[Any]) -> list[Any]:
    """Return a column of the run table as JSON can hold it.

    Example:
        >>> cells([1.0, None, "adam"]), cells([float("nan"), 2.0])
        ([1.0, None, 'adam'], ['NaN', 2.0])
    """
    # One NaN or infinity makes the sum one; a sum that overflows only costs the slower way.
    if math.isfinite(sum(v for v in values if type(v) is float)):
        return values
    return [number(v) if type(v) is float else v for v in values]


def seconds_list(us: npt.NDArray[np.int64]) -> list[float]:
    """Return a column of microseconds as seconds."""
    times: list[float] = (us / 1e6).tolist()
    return times


def plain(value: Any, depth: int = 0) -> Any:
    """Return nested data with the floats that JSON cannot hold replaced by text, and what lies too deep by a mark."""
    if isinstance(value, float):
        return number(value)
    if depth > 2 * MAX_JSON_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {str(k): plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, depth + 1) for v in value]
    return value if isinstance(value, (str, int, bool, type(None))) else str(value)


def run_row(run: RunInfo) -> RunRow:
    """Return the row of one run."""
    return RunRow(**run_fields(run))


def run_detail(
    run: RunInfo,
    *,
    config: dict[str, Any],
    series: dict[str, Stats],
    rewinds: Iterable[tuple[int, int]],
    cursor: str,
) -> RunDetail:
    """Return everything of one run but its values."""
    return RunDetail(
        **run_fields(run),
        config=plain(config),
        summary={key: number(stats.last) for key, stats in series.items()},
        error=run.error,
        rewinds=[RewindRow(time=seconds(us), step=step) for us, step in rewinds],
        meta=plain(dict(run.meta)),
        series=len(series),
        cursor=cursor,
    )


def series_row(key: str, stats: Stats) -> SeriesRow:
    """Return the row of one series."""
    good = stats.n - stats.bad > 0
    return SeriesRow(
        key=key,
        n=stats.n,
        bad=stats.bad,
        last=number(stats.last),
        last_step=stats.last_step,
        last_time=seconds(stats.last_us),
        low=stats.low if good else None,
        low_step=stats.low_step if good else None,
        high=stats.high if good else None,
        high_step=stats.high_step if good else None,
        mean=stats.total / (stats.n - stats.bad) if good else None,
    )
