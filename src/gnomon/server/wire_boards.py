"""Dashboards and their panels as they travel over HTTP."""

from typing import Annotated, Any, Literal

import msgspec

from gnomon.core.limits import MAX_STEP
from gnomon.server.wire import Number, Wire

PanelKind = Literal["number", "text", "html", "figure", "image", "line", "series", "record"]
UNSET = msgspec.UNSET
Unset = msgspec.UnsetType
Revised = Annotated[int, msgspec.Meta(ge=1, le=MAX_STEP)]


class PanelCell(Wire, forbid_unknown_fields=True):
    """Where a panel stands on its tab: a grid of 12 columns, rows of 30 pixels."""

    x: Annotated[int, msgspec.Meta(ge=0, le=11)]
    y: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    w: Annotated[int, msgspec.Meta(ge=1, le=12)]
    h: Annotated[int, msgspec.Meta(ge=1, le=100)]


class DashboardPost(Wire, forbid_unknown_fields=True):
    """Ask for a dashboard by name; it is made when it is new."""

    name: str
    title: str | Unset = UNSET
    project: str | Unset | None = UNSET
    tabs: list[str] | Unset = UNSET
    layout: dict[str, PanelCell | None] | Unset = UNSET


class DashboardPatch(Wire, forbid_unknown_fields=True):
    """Fields of a dashboard to replace; `layout` merges panel by panel, `"deleted": false` brings it back."""

    title: str | Unset = UNSET
    project: str | Unset | None = UNSET
    tabs: list[str] | Unset = UNSET
    layout: dict[str, PanelCell | None] | Unset = UNSET
    deleted: Literal[False] | Unset = UNSET


class PanelPost(Wire, forbid_unknown_fields=True):
    """Ask for a panel by dashboard and name; POST makes it when it is new, PUT changes it when it is not."""

    name: str
    dashboard: str = "default"
    kind: PanelKind | Unset = UNSET
    value: Any | Unset = UNSET
    append: dict[str, Any] | Unset = UNSET
    title: str | Unset = UNSET
    description: str | Unset = UNSET
    tab: str | Unset = UNSET
    row: Annotated[int, msgspec.Meta(ge=0, le=1000)] | Unset | None = UNSET
    column: Annotated[int, msgspec.Meta(ge=0, le=11)] | Unset | None = UNSET
    width: Annotated[int, msgspec.Meta(ge=1, le=12)] | Unset | None = UNSET
    height: Annotated[int, msgspec.Meta(ge=1, le=100)] | Unset | None = UNSET
    options: dict[str, str | float | bool] | Unset = UNSET


class PanelPatch(Wire, forbid_unknown_fields=True):
    """Fields of a panel to replace; `append` adds points, `"deleted": false` brings it back."""

    kind: PanelKind | Unset = UNSET
    value: Any | Unset = UNSET
    append: dict[str, Any] | Unset = UNSET
    title: str | Unset = UNSET
    description: str | Unset = UNSET
    tab: str | Unset = UNSET
    row: Annotated[int, msgspec.Meta(ge=0, le=1000)] | Unset | None = UNSET
    column: Annotated[int, msgspec.Meta(ge=0, le=11)] | Unset | None = UNSET
    width: Annotated[int, msgspec.Meta(ge=1, le=12)] | Unset | None = UNSET
    height: Annotated[int, msgspec.Meta(ge=1, le=100)] | Unset | None = UNSET
    options: dict[str, str | float | bool] | Unset = UNSET
    deleted: Literal[False] | Unset = UNSET


class Restore(Wire, forbid_unknown_fields=True):
    """Ask for an earlier revision to be the present one; without `rev` the last before the deletion."""

    rev: Revised | None = None


class DashboardRow(Wire):
    """One dashboard without its panels; times are UTC seconds."""

    name: str
    title: str
    project: str | None
    tabs: list[str]
    count: int
    rev: int
    created: float
    updated: float


class Dashboards(Wire):
    """All dashboards, in the order in which they were made."""

    dashboards: list[DashboardRow]
    cursor: str


class PanelLine(Wire):
    """Points of one line; `n` are there in all, and when that is more than are sent, extremes are."""

    name: str
    run: str | None
    step: list[int]
    value: list[Number]
    n: int


class PanelRow(Wire):
    """One panel. Bytes of an image and, on a dashboard, html and figures are left out: /image and /frame give them."""

    id: str
    dashboard: str
    name: str
    kind: PanelKind
    title: str
    description: str
    tab: str
    row: int | None
    column: int | None
    width: int | None
    height: int | None
    options: dict[str, Any]
    value: Any
    run: str | None
    lines: list[PanelLine] | None
    rev: int
    created: float
    updated: float


class Dashboard(DashboardRow):
    """A dashboard with its panels, as of `at` (`null`: now)."""

    layout: dict[str, PanelCell]
    panels: list[PanelRow]
    at: float | None
    cursor: str


class Panels(Wire):
    """Panels, in the order in which they were made."""

    panels: list[PanelRow]
    cursor: str


class Revision(Wire):
    """One revision of a dashboard or a panel."""

    rev: int
    time: float


class History(Wire):
    """Revisions, newest first; `more` says that there are older ones."""

    revisions: list[Revision]
    more: bool


class Moments(Wire):
    """Moments at which something of a dashboard changed, oldest first; the first and the last are always there."""

    times: list[float]


class AtQuery(msgspec.Struct):
    """Parameters of a look back."""

    at: Annotated[float, msgspec.Meta(ge=0, le=9e9)] | None = None


class PanelsQuery(msgspec.Struct):
    """Parameters of the list of panels."""

    dashboard: str = "default"
    at: Annotated[float, msgspec.Meta(ge=0, le=9e9)] | None = None


class HistoryQuery(msgspec.Struct):
    """Parameters of a history."""

    before: Revised | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class RevisionQuery(msgspec.Struct):
    """Which revision of a panel; the present one unless told. `brief` leaves out what `/frame` and `/image` give."""

    rev: Revised | None = None
    brief: bool = False
    at: Annotated[float, msgspec.Meta(ge=0, le=9e9)] | None = None


class ValueRow(Wire):
    """A cell in the shape of Agnez."""

    id: str = msgspec.field(name="_id")
    name: str = ""
    type: str = "html"
    value: Any = None
    pos: int = 0
    description: str = ""


class ValuePost(Wire):
    """A cell as Agnez' clients send it."""

    name: str | Unset = UNSET
    type: Literal["html", "img"] | Unset = UNSET
    value: str | list[Any] | Unset | None = UNSET
    pos: Annotated[int, msgspec.Meta(ge=0, le=2000)] | Unset = UNSET
    description: str | Unset = UNSET


class UploadQuery(msgspec.Struct):
    """Where an uploaded image goes."""

    name: str
    dashboard: str = "default"
    title: str | Unset = UNSET
    description: str | Unset = UNSET
    tab: str | Unset = UNSET
