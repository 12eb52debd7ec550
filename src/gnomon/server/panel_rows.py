"""Dashboards and panels as they are answered."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError
from gnomon.server.boards import Boards
from gnomon.server.context import answer
from gnomon.server.panel_lines import lines_of
from gnomon.server.wire import seconds
from gnomon.server.wire_boards import Dashboard, DashboardRow, PanelCell, PanelRow
from gnomon.store.documents import Document
from gnomon.store.home import Home

MOMENTS: Final = 500
_HEAVY: Final = frozenset({"html", "figure", "line"})


def set_fields(asked: msgspec.Struct, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the fields that a request named, as plain data."""
    named = {name: getattr(asked, name) for name in asked.__struct_fields__ if name not in without}
    plain: dict[str, Any] = msgspec.to_builtins({k: v for k, v in named.items() if v is not msgspec.UNSET})
    return plain


def if_match(request: Request) -> int | None:
    """Return the revision that a change is meant for, `None` when any will do.

    Raises:
        InputError: `If-Match` is not a revision.
    """
    given = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if given in {"", "*"}:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        msg = f"If-Match: expected the number of a revision, received {given!r:.40}."
        raise InputError(msg, field="If-Match")
    return int(given)


def tagged(row: msgspec.Struct, document: Document, status: int = 200) -> Response:
    """Return an answer that names the revision it tells of."""
    response = answer(row, status)
    response.headers["ETag"] = f'"{document.rev}"'
    return response


def at_us(at: float | None) -> int | None:
    """Return UTC seconds as microseconds."""
    return None if at is None else round(at * 1e6)


def dashboard_row(boards: Boards, board: Document, panels: list[Document] | None = None) -> DashboardRow:
    """Return a dashboard without its panels."""
    panels = boards.panels(board) if panels is None else panels
    return DashboardRow(**_board_fields(board, panels))


def dashboard(home: Home, boards: Boards, board: Document, at: int | None = None) -> Dashboard:
    """Return a dashboard with its panels."""
    cursor = home.bus.cursor()
    panels = boards.panels(board, at)
    present = {panel.id for panel in panels}
    return Dashboard(
        **_board_fields(board, panels),
        layout={panel: PanelCell(**cell) for panel, cell in board.body["layout"].items() if panel in present},
        panels=[panel_row(home, panel, at) for panel in panels],
        at=None if at is None else seconds(at),
        cursor=cursor,
    )


def _board_fields(board: Document, panels: list[Document]) -> dict[str, Any]:
    return {
        "name": board.id,
        "title": board.body["title"],
        "project": board.body["project"],
        "tabs": board.body["tabs"],
        "count": len(panels),
        "rev": board.rev,
        "created": seconds(board.created_us),
        "updated": seconds(max([board.us, *(panel.us for panel in panels)])),
    }


def panel_row(home: Home, panel: Document, at: int | None = None, *, whole: bool = False) -> PanelRow:
    """Return a panel; `whole` with its value even where that is large."""
    body = panel.body
    return PanelRow(
        id=panel.id,
        value=shown_value(body, whole=whole),
        lines=lines_of(home, panel, at),
        rev=panel.rev,
        created=seconds(panel.created_us),
        updated=seconds(panel.us),
        **{name: body[name] for name in _PLAIN},
    )


_PLAIN: Final = (
    "dashboard",
    "name",
    "kind",
    "title",
    "description",
    "tab",
    "row",
    "column",
    "width",
    "height",
    "options",
    "run",
)


def shown_value(body: dict[str, Any], *, whole: bool) -> Any:
    """Return a value without what has an address of its own; `""` and `null` still tell nothing from something."""
    value = body["value"]
    if body["kind"] == "image" and value is not None:
        return {name: part for name, part in value.items() if name != "data"}
    if body["kind"] == "line" and value is not None:
        return value["columns"] if whole else None
    if body["kind"] in _HEAVY and not whole and value is not None:
        return {"size": len(value)}
    return value


def moments(times: list[int]) -> list[float]:
    """Return at most 500 of these moments (µs) in order, as UTC seconds; the first and the last are among them."""
    found = sorted(set(times))
    step = max(1.0, (len(found) - 1) / (MOMENTS - 1))
    kept = [found[min(round(i * step), len(found) - 1)] for i in range(min(MOMENTS, len(found)))]
    return [seconds(us) for us in kept]
