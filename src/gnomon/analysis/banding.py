"""Bands out of a store: the curves of groups of runs, read exactly where they are short and per pixel where they are long."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np

from gnomon.analysis.bands import INTERVALS, Curve, Interval, band
from gnomon.analysis.grouping import group_columns, group_rows, label
from gnomon.analysis.source import EnvelopeLike, PointsLike, Source
from gnomon.core.errors import InputError, LimitError

MAX_PX: Final = 20_000
MAX_CURVES: Final = 2_000
MAX_GROUPS: Final = 200
_CLOCKS: Final = ("time", "relative")
EXACT_POINTS: Final = 5_000
"""Series of at most so many points are read whole; of longer ones the mean of each pixel is taken."""


class BandGroup(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Name some runs."""

    name: str
    runs: list[str]


class BandsQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Ask for the bands of one series: of `groups`, or of the runs of `project` that `where` keeps, grouped by columns."""

    key: str
    groups: list[BandGroup] | None = None
    project: str | None = None
    where: str | None = None
    by: list[str] = []
    x: str = "step"
    scale: Literal["linear", "log"] = "linear"
    px: Annotated[int, msgspec.Meta(ge=2, le=MAX_PX)] = 1000
    first: float | None = None
    last: float | None = None
    interval: Interval = "ci"


@dataclass(frozen=True, slots=True)
class BandColumns:
    """Hold a band as lists of one length; `null` where the runs are too few for a band."""

    x: list[float]
    mean: list[float]
    low: list[float | None]
    high: list[float | None]
    n: list[int]


@dataclass(frozen=True, slots=True)
class BandRow:
    """Hold the band of one group.

    Args:
        name: Of the group.
        config: Values of the columns it was grouped by.
        runs: Runs of the group that have the series.
        exact: Every value was logged at its x; otherwise values in between were interpolated.
        method: In words.
        columns: The band.
    """

    name: str
    config: dict[str, int | float | str | bool | None]
    runs: list[str]
    exact: bool
    method: str
    columns: BandColumns


@dataclass(frozen=True, slots=True)
class Bands:
    """Hold bands, one for each group in the order asked for; `total` counts the runs of all groups."""

    groups: list[BandRow]
    total: int


def bands(source: Source, asked: BandsQuery) -> Bands:
    """Return the bands of one series.

    Raises:
        InputError: Neither groups nor a project, or a column that is none.
        LimitError: More than 200 groups or 2,000 curves.
    """
    groups = _groups(source, asked)
    total = sum(len(runs) for _, _, runs in groups)
    if len(groups) > MAX_GROUPS or total > MAX_CURVES:
        msg = (
            f"groups: expected at most {MAX_GROUPS} of {MAX_CURVES} runs in all, received {len(groups)} of {total}. "
            "Narrow where, or group by fewer columns."
        )
        raise LimitError(msg, field="groups")
    return Bands([_row(source, asked, *group) for group in groups], total)


def _groups(source: Source, asked: BandsQuery) -> list[tuple[str, dict[str, Any], list[str]]]:
    if asked.groups is not None:
        return [(group.name, {}, group.runs) for group in asked.groups]
    if asked.project is None:
        msg = "groups: expected groups of run ids, or a project, received neither."
        raise InputError(msg, field="groups")
    columns = group_columns(", ".join(asked.by), source.config_keys(asked.project)) if asked.by else []
    page = source.table(asked.project, asked.where or "", columns, "created", MAX_CURVES + 1)
    values = {name: page.columns[name] for name in columns}
    found = []
    for rows in group_rows(values, len(page.runs)):
        config = {name: column[rows[0]] for name, column in values.items()}
        found.append((label(config) if columns else "all", config, [page.runs[row].id for row in rows]))
    return found


def _row(source: Source, asked: BandsQuery, name: str, config: dict[str, Any], runs: list[str]) -> BandRow:
    envelopes = source.envelopes(runs, asked.key, asked.px, asked.first, asked.last, asked.x, asked.scale)
    have = [(run, each) for run, each in zip(runs, envelopes, strict=True) if len(each.x0)]
    is_whole = all(each.total <= EXACT_POINTS for _, each in have)
    curves = [_whole(source, run, asked) if is_whole else _pixels(each) for run, each in have]
    made = band(curves, asked.px, interval=asked.interval, scale=asked.scale)
    how = "exact at each step" if made.exact else "interpolated linearly between the points of each run"
    if not is_whole:
        how += ", each run taken as its mean per pixel"
    columns = BandColumns(made.x.tolist(), made.mean.tolist(), made.low.tolist(), made.high.tolist(), made.n.tolist())
    method = f"Mean of the runs, {how}; {INTERVALS[asked.interval]}."
    return BandRow(name, config, [run for run, _ in have], made.exact and is_whole, method, columns)


def _whole(source: Source, run: str, asked: BandsQuery) -> Curve:
    """Return x and y of every point within the window, x ascending; of equal x the later counts."""
    points = source.points(run, asked.key)
    x = _x(source, run, points, asked.x)
    inside = np.isfinite(x)
    if asked.first is not None:
        inside &= x >= asked.first
    if asked.last is not None:
        inside &= x <= asked.last
    if asked.scale == "log":
        inside &= x > 0
    return _ascending(x[inside], points.value[inside])


def _x(source: Source, run: str, points: PointsLike, name: str) -> Any:
    if name == "step":
        return points.step.astype(np.float64)
    if name in _CLOCKS:
        origin = source.run(run).created_us if name == "relative" else 0
        return (points.us - origin) / 1e6
    axis = source.points(run, name)
    if not len(axis.step):
        return np.full(len(points.step), np.nan)
    at = np.maximum(np.searchsorted(axis.step, points.step, "right") - 1, 0)
    return np.where(axis.step[at] == points.step, axis.value[at], np.nan)


def _pixels(envelope: EnvelopeLike) -> Curve:
    return _ascending((envelope.x0 + envelope.x1) / 2, envelope.mean)


def _ascending(x: Any, y: Any) -> Curve:
    order = np.asarray(np.argsort(x, kind="stable"))
    x, y = x[order], y[order]
    last = np.append(x[1:] != x[:-1], True) if len(x) else np.empty(0, bool)
    return x[last], y[last]
