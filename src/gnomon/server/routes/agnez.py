"""The cells of Agnez, as its clients have always sent them: the panels of the dashboard "agnez" in another shape.

A cell is `{"_id", "name", "type", "value", "pos", "description"}`; answers and errors look as Feathers makes them.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import GnomonError, InputError, LimitError, NotFoundError
from gnomon.core.ids import base32
from gnomon.server.boards import Boards
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation
from gnomon.server.wire_boards import ValuePost, ValueRow
from gnomon.store.documents import Document

DASHBOARD: Final = "agnez"
_FIELDS: Final = ("name", "type", "value", "pos", "description")
_KINDS: Final = {"html": "html", "img": "image"}
_WIDE: Final = 2
"""Cells in a row, as on Agnez' page."""

_MOST: Final = 1000


class FeathersError(msgspec.Struct):
    """An error as Feathers tells it."""

    name: str
    message: str
    code: int
    className: str  # noqa: N815  # it is called so
    data: dict[str, Any] = {}
    errors: dict[str, Any] = {}


def find_values(request: Request) -> Response:
    """Return all cells by position; a field in the query picks those that have that value."""
    return _feathers(lambda: answer(_found(context(request).boards, dict(request.query_params))))


def _found(boards: Boards, query: dict[str, str]) -> list[ValueRow]:
    rows = [_row(panel) for panel in _panels(boards)]
    names = {"_id": "id"} | {name: name for name in _FIELDS}
    for name, wanted in query.items():
        if name in names:
            rows = [row for row in rows if str(getattr(row, names[name])) == wanted]
    skip, limit = (_count(query, name, default) for name, default in (("$skip", 0), ("$limit", _MOST)))
    return sorted(rows, key=lambda row: row.pos)[skip : skip + limit]


def _count(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        msg = f"{name}: expected a whole number, received {text!r:.40}."
        raise InputError(msg, field=name)
    return int(text)


def get_value(request: Request) -> Response:
    """Return one cell."""
    return _feathers(lambda: answer(_row(_panel(context(request).boards, request.path_params["value"]))))


async def create_value(request: Request) -> Response:
    """Make a cell, or one for each object of a list; a cell is always new (201)."""
    body, encoding = await request.body(), request.headers.get("content-encoding", "")
    boards = context(request).boards

    def create() -> Response:
        given = read_json(body, encoding, ValuePost | list[ValuePost])  # type: ignore[arg-type]
        if isinstance(given, list):
            return answer([_create(boards, value) for value in given[:_MOST]], 201)
        return answer(_create(boards, given), 201)

    return await asyncio.to_thread(_feathers, create)


async def patch_value(request: Request) -> Response:
    """Replace the fields named of a cell."""
    return await _write(request, whole=False)


async def update_value(request: Request) -> Response:
    """Replace a cell."""
    return await _write(request, whole=True)


async def _write(request: Request, *, whole: bool) -> Response:
    body, encoding = await request.body(), request.headers.get("content-encoding", "")
    boards, panel = context(request).boards, request.path_params["value"]

    def write() -> Response:
        given = read_json(body, encoding, ValuePost)
        known = _panel(boards, panel)
        before = {} if whole else known.body["agnez"]
        return answer(_row(boards.change_panel(panel, _fields(_as_sent(given), before))))

    return await asyncio.to_thread(_feathers, write)


def remove_value(request: Request) -> Response:
    """Take a cell away and return it."""

    def remove() -> Response:
        boards = context(request).boards
        known = _panel(boards, request.path_params["value"])
        boards.delete_panel(known.id)
        return answer(_row(known))

    return _feathers(remove)


def _create(boards: Boards, value: ValuePost) -> ValueRow:
    name = f"cell-{base32(secrets.randbits(50), 10)}"
    panel, _ = boards.open_panel(DASHBOARD, name, _fields(_as_sent(value), {}))
    return _row(panel)


def _as_sent(value: ValuePost) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _FIELDS if getattr(value, name) is not msgspec.UNSET}


def _fields(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a panel for those of a cell; what was sent is kept beside them, to be told again."""
    sent = {"name": "", "type": "html", "value": None, "pos": 0, "description": ""} | before | given
    fields = {
        "title": sent["name"],
        "description": sent["description"],
        "row": sent["pos"] // _WIDE,
        "column": sent["pos"] % _WIDE,
    }
    if "value" in given or sent["type"] != before.get("type"):
        fields |= {"kind": _KINDS[sent["type"]], "value": _value(sent["value"])}
    return fields | {"agnez": {**sent, "value": sent["value"] if isinstance(sent["value"], list) else None}}


def _value(value: Any) -> Any:
    """Return a value that a panel takes: clients allocate a cell with `[]`, and some send lists of html."""
    if not isinstance(value, list):
        return value or None
    return "".join(map(str, value)) or None


def _panels(boards: Boards) -> list[Document]:
    try:
        return [p for p in boards.panels(boards.dashboard(DASHBOARD)) if "agnez" in p.body]
    except NotFoundError:
        return []


def _panel(boards: Boards, panel: str) -> Document:
    try:
        known = boards.panel(panel)
    except NotFoundError:
        known = None
    if known is None or "agnez" not in known.body:
        msg = f"No record found for id '{panel[:80]}'"
        raise NotFoundError(msg)
    return known


def _row(panel: Document) -> ValueRow:
    sent, value = panel.body["agnez"], panel.body["value"]
    if isinstance(value, dict):
        value = value.get("url") or f"data:{value['media_type']};base64,{value['data']}"
    return ValueRow(
        id=panel.id,
        name=sent["name"],
        type=sent["type"],
        value=sent["value"] if sent["value"] is not None else value or "",
        pos=sent["pos"],
        description=sent["description"],
    )


def _feathers(work: Callable[[], Response]) -> Response:
    """Answer, and tell what goes wrong as Feathers would."""
    try:
        return work()
    except NotFoundError as error:
        return _refuse("NotFound", "not-found", 404, str(error))
    except LimitError as error:
        return _refuse("PayloadTooLarge", "payload-too-large", 413, str(error))
    except InputError as error:
        return _refuse("BadRequest", "bad-request", 400, str(error))
    except GnomonError as error:
        return _refuse("GeneralError", "general-error", 500, str(error))


def _refuse(name: str, slug: str, code: int, message: str) -> Response:
    return answer(FeathersError(name, message, code, slug), code)


def _operations(base: str) -> tuple[Operation, ...]:
    one, hidden = base + "/{value}", base != "/values"
    return (
        Operation("GET", base, find_values, "agnez", list[ValueRow], hidden=hidden),
        Operation("POST", base, create_value, "agnez", ValueRow, body=ValuePost, hidden=hidden),
        Operation("GET", one, get_value, "agnez", ValueRow, hidden=hidden),
        Operation("PATCH", one, patch_value, "agnez", ValueRow, body=ValuePost, hidden=hidden),
        Operation("PUT", one, update_value, "agnez", ValueRow, body=ValuePost, hidden=hidden),
        Operation("DELETE", one, remove_value, "agnez", ValueRow, hidden=hidden),
    )


OPERATIONS = (*_operations("/values"), *_operations("/api/v1/values"))
