"""Plotly's figures: their JSON, drawn by the plotly.js that came with the user's own Plotly."""

import sys
from pathlib import Path
from typing import Any

from gnomon.core.records.figure import Drawn
from gnomon.core.records.page import fragment
from gnomon.core.records.scripts import offer

_DRAW = (
    "Plotly.newPlot(host, spec.data || [], spec.layout || {}, {responsive: true, displaylogo: false})"
    ".then(() => { if (spec.frames) { Plotly.addFrames(host, spec.frames); } });"
)


def draw(figure: Any, *, interactive: bool) -> Drawn:
    """Return a page that fills its frame, unless the layout says how large it is."""
    del interactive
    spec = str(figure.to_json()).encode()
    script = Path(str(sys.modules["plotly"].__file__)).parent / "package_data" / "plotly.min.js"
    width, height = figure.layout.width, figure.layout.height
    return Drawn("html", "plotly", fragment(spec, _DRAW), _whole(width), _whole(height), (offer(script.name, script),))


def _whole(size: float | None) -> int | None:
    return None if size is None else round(size)
