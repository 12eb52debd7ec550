"""What a graph can be made of: components, and templates to begin with."""

import hashlib
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.graph.blocks import blocks
from gnomon.graph.checks import RULES
from gnomon.graph.infer import infer
from gnomon.graph.registry import palette
from gnomon.graph.templates import templates
from gnomon.server.context import context
from gnomon.server.graph_rows import canvas
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire_components import PaletteQuery
from gnomon.server.wire_graphs import CheckRow, CheckRows, Palette, PaletteBlock, TemplateRow, Templates


def get_components(request: Request) -> Response:
    """Return all components: what forms, ports, palette and help are drawn from; those of a project's own with `project`."""
    project = read_query(request, PaletteQuery).project
    own = context(request).components.rows(project) if project else []
    return _kept(request, *(_tagged(_pieces(own)) if own else _palette()))


def get_checks(request: Request) -> Response:
    """Return all that an issue can be about, and why it matters."""
    return _kept(request, *_checks())


def get_templates(request: Request) -> Response:
    """Return all templates with their graphs."""
    return _kept(request, *_templates())


def _kept(request: Request, data: bytes, tag: str) -> Response:
    """Return what stays the same while the server runs; who has it already is told so (304)."""
    headers = {"ETag": tag}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type="application/json")


@cache
def _palette() -> tuple[bytes, str]:
    return _tagged(_pieces([]))


def _pieces(own: list[dict[str, Any]]) -> bytes:
    rows = msgspec.convert(msgspec.to_builtins(blocks()), list[PaletteBlock])
    return msgspec.json.encode({"components": [*palette(), *own], "blocks": rows})


@cache
def _checks() -> tuple[bytes, str]:
    rows = [CheckRow(code=each.code, title=each.title, level=each.level, why=each.why) for each in RULES]
    return _tagged(msgspec.json.encode(CheckRows(checks=rows)))


@cache
def _templates() -> tuple[bytes, str]:
    rows = [
        TemplateRow(
            name=each.name,
            title=each.title,
            text=each.text,
            data=each.data,
            nodes=len(each.graph.nodes),
            params=infer(each.graph).totals.params,
            graph=canvas(each.graph),
        )
        for each in templates()
    ]
    return _tagged(msgspec.json.encode(Templates(templates=rows)))


def _tagged(data: bytes) -> tuple[bytes, str]:
    return data, f'"{hashlib.sha256(data).hexdigest()[:16]}"'


OPERATIONS = (
    Operation("GET", "/api/v1/components", get_components, "graphs", Palette, PaletteQuery),
    Operation("GET", "/api/v1/checks", get_checks, "graphs", CheckRows),
    Operation("GET", "/api/v1/templates", get_templates, "graphs", Templates),
)
