"""Altair's charts: their specification, drawn by Vega as vl-convert carries it; without it, the specification alone."""

from functools import cache
from importlib import import_module
from typing import Any, Final

import msgspec

from gnomon.core.records.figure import Drawn
from gnomon.core.records.page import fragment
from gnomon.core.records.record_type import Encoded
from gnomon.core.records.scripts import offer

_SNIPPET: Final = "window.vegaEmbed = vegaEmbed; window.vega = vega; window.vegaLite = vegaLite;"
_DRAW: Final = "window.vegaEmbed(host, spec, {actions: false, mode: 'vega-lite'});"


def draw(chart: Any, *, interactive: bool) -> Drawn | Encoded:
    """Return a page, or a drawing by an older vl-convert, or JSON that says what is missing."""
    del interactive
    text = str(chart.to_json())
    try:
        converter = import_module("vl_convert")
    except ImportError:
        hint = "Install vl-convert-python to see this chart of Altair drawn."
        return Encoded("json", {"library": "altair", "hint": hint}, text.encode())
    version = _version(chart, converter)
    if hasattr(converter, "javascript_bundle"):
        script = offer(f"vega-lite-{version or 'latest'}.js", _bundle(version))
        return Drawn("html", "altair", fragment(text.encode(), _DRAW), scripts=(script,))
    svg = converter.vegalite_to_svg(msgspec.json.decode(text), vl_version=version)
    return Drawn("svg", "altair", str(svg).encode())


@cache
def _bundle(version: str | None) -> bytes:
    return str(import_module("vl_convert").javascript_bundle(_SNIPPET, vl_version=version)).encode()


def _version(chart: Any, converter: Any) -> str | None:
    """Return the version of Vega-Lite that the chart was written for, when this converter has it."""
    schema = str(chart.to_dict().get("$schema", ""))
    wanted = schema.rpartition("/v")[2].partition(".json")[0]
    have = converter.get_vegalite_versions() if hasattr(converter, "get_vegalite_versions") else []
    parts = wanted.split(".")
    return next((v for v in have if v.split(".")[: len(parts[:2])] == parts[:2]), None)
