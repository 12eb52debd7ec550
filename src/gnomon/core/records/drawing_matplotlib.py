"""Matplotlib's figures as SVG that keeps its text, as PNG when that is too large, or as a page with mpld3."""

from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

from gnomon.core.errors import MissingExtraError
from gnomon.core.records.figure import Drawn
from gnomon.core.records.page import fragment
from gnomon.core.records.scripts import offer

MAX_SVG_BYTES: Final = 2 << 20
"""A larger SVG (a scatter of 20,000 points) is slower to draw than a picture of it."""

_CSS_PIXELS_PER_INCH: Final = 96


def draw(given: Any, *, interactive: bool) -> Drawn:
    """Return a figure, the figure of some axes, or pyplot's current one, as it would be saved now."""
    figure = given.gcf() if isinstance(given, ModuleType) else given
    axes_figure = getattr(figure, "figure", None)
    figure = figure if hasattr(figure, "savefig") or axes_figure is None else axes_figure
    while not hasattr(figure, "savefig"):  # a figure inside a figure
        figure = figure.figure
    width, height = (round(float(inches) * _CSS_PIXELS_PER_INCH) for inches in figure.get_size_inches())
    if interactive:
        return _page(figure, width, height)
    svg = _svg(figure, "none")
    if _has_mathematics(figure):
        # Formulas are placed glyph by glyph, in fonts that a browser does not have: only their outlines are safe.
        svg = _svg(figure, "path")
    if len(svg) <= MAX_SVG_BYTES:
        return Drawn("svg", "matplotlib", svg, width, height)
    out = BytesIO()
    figure.savefig(out, format="png", dpi=2 * _CSS_PIXELS_PER_INCH)
    return Drawn("png", "matplotlib", out.getvalue(), width, height)


def _svg(figure: Any, fonttype: str) -> bytes:
    matplotlib = import_module("matplotlib")
    out = BytesIO()
    # No date and no random ids: the same figure is the same bytes, and stored once.
    with matplotlib.rc_context({"svg.fonttype": fonttype, "svg.hashsalt": "gnomon"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _has_mathematics(figure: Any) -> bool:
    text = import_module("matplotlib.text").Text
    return any("$" in found.get_text() for found in figure.findobj(text) if found.get_visible())


def _page(figure: Any, width: int, height: int) -> Drawn:
    try:
        mpld3 = import_module("mpld3")
    except ImportError as error:
        msg = "Figure(interactive=True) needs mpld3. Install it, or log the figure as it is."
        raise MissingExtraError(msg) from error
    folder = Path(mpld3.urls.__file__).parent / "js"
    files = [Path(mpld3.urls.D3_LOCAL), Path(mpld3.urls.MPLD3MIN_LOCAL)]
    scripts = tuple(offer(file.name, file if file.is_absolute() else folder / file.name) for file in files)
    spec = msgspec.json.encode(mpld3.fig_to_dict(figure), enc_hook=_plain)
    return Drawn("html", "mpld3", fragment(spec, "mpld3.draw_figure(host.id, spec);"), width, height, scripts)


def _plain(value: Any) -> object:
    for name in ("tolist", "item"):
        if callable(method := getattr(value, name, None)):
            return method()
    return str(value)
