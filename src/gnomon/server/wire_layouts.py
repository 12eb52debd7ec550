"""The layout of a project's charts as it travels over HTTP."""

from typing import Annotated, Literal

import msgspec
from msgspec import field

from gnomon.server.wire import Wire

Label = Annotated[str, msgspec.Meta(max_length=256)]
Key = Annotated[str, msgspec.Meta(max_length=512)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class ChartLine(Wire, forbid_unknown_fields=True, omit_defaults=True):
    """One metric of a chart: the key of a series, or an expression over several."""

    key: Key = ""
    expression: Key = ""


class ChartSettings(Wire, forbid_unknown_fields=True, omit_defaults=True):
    """What a chart does differently from the bar above all charts; `null` follows it.

    `lines` is what it draws, by default the series that is its id. `low` and `high` are the ends of its y axis. `runs`
    are the ids of those that it draws. `span` is how many columns it takes.
    """

    lines: Annotated[list[ChartLine], msgspec.Meta(max_length=64)] = field(default_factory=list)
    title: Label = ""
    x: Key | None = None
    x_log: bool | None = None
    y_log: bool | None = None
    low: float | None = None
    high: float | None = None
    bands: bool | None = None
    outliers: bool | None = None
    smooth: Annotated[float, msgspec.Meta(ge=0, lt=1)] | None = None
    smoothing: Literal["ema", "gauss", "mean"] | None = None
    runs: Annotated[list[Id], msgspec.Meta(max_length=1000)] | None = None
    span: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1


class ChartLayout(Wire, forbid_unknown_fields=True, omit_defaults=True):
    """Where the charts of a project stand and how they differ: only what somebody changed is in it.

    A chart is named by its series; ids that begin with `+` are charts that somebody made. `order` lists, for each
    section, the charts that come first; one that is listed belongs to that section whatever its name.
    """

    columns: Annotated[int, msgspec.Meta(ge=1, le=4)] | None = None
    height: Literal["small", "medium", "large"] = "medium"
    pinned: Annotated[list[Id], msgspec.Meta(max_length=1000)] = field(default_factory=list)
    order: Annotated[dict[Id, Annotated[list[Id], msgspec.Meta(max_length=10_000)]], msgspec.Meta(max_length=1000)] = (
        field(default_factory=dict)
    )
    charts: Annotated[dict[Id, ChartSettings], msgspec.Meta(max_length=2000)] = field(default_factory=dict)


class SavedLayout(Wire):
    """The layout of a project; revision 0 is that of a project which nobody arranged."""

    project: str
    rev: int
    updated: float | None
    layout: ChartLayout
