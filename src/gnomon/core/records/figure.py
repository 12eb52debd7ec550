"""Figures of Matplotlib, Plotly, Bokeh and Altair: a drawing, or a page whose scripts are kept beside it."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from gnomon.core.errors import CorruptError, InputError
from gnomon.core.loaded import loaded
from gnomon.core.records.record_type import Encoded
from gnomon.core.records.text import decode_text

FORMATS: Final = ("svg", "png", "html")


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Hold a figure as it is stored, or read.

    Args:
        format: `"svg"`, `"png"` or `"html"`.
        library: Name of the library it was made with.
        data: SVG and HTML as UTF-8, or a PNG. HTML is a fragment that expects its scripts to be there.
        width: Natural width in CSS pixels, when it has one.
        height: Natural height in CSS pixels, when it has one.
        scripts: Digests of the scripts that the HTML needs, in order.
    """

    format: str
    library: str
    data: bytes
    width: int | None = None
    height: int | None = None
    scripts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The SVG or the HTML.

        Raises:
            CorruptError: It is no text.
        """
        return decode_text(self.data)


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """Log a figure as people see it.

    Args:
        figure: A figure or axes of Matplotlib (or `pyplot` itself: the current figure), a figure of Plotly, a plot or a
            layout of Bokeh, a chart of Altair, or the HTML that mpld3 makes of a figure.
        interactive: Make a Matplotlib figure one that can be zoomed, with mpld3. The others always are.

    Example:
        >>> Figure("<div id='f'></div><script>mpld3.draw_figure('f', {})</script>").interactive
        False
    """

    figure: Any
    interactive: bool = False


class FigureType:
    """Figures as SVG, PNG or HTML; they are recognised by the module of their class, and no library is imported to ask."""

    kind = "figure"
    wrapper = Figure
    viewer = "figure"

    def accept(self, value: object) -> bool:
        return not isinstance(value, str) and library_of(value) is not None

    def encode(self, value: object) -> Encoded:
        given = value if isinstance(value, Figure) else Figure(value)
        library = library_of(given.figure)
        if library is None:
            msg = (
                f"Figure.figure: expected a figure of Matplotlib, Plotly, Bokeh or Altair, "
                f"received {type(given.figure).__name__}. Pass fig, not what plotting returned; html goes into gnomon.Html."
            )
            raise InputError(msg, field="figure")
        drawing = importlib.import_module(f"gnomon.core.records.drawing_{library}")
        drawn: Drawn | Encoded = drawing.draw(given.figure, interactive=given.interactive)
        if isinstance(drawn, Encoded):
            return drawn
        meta: dict[str, Any] = {"format": drawn.format, "library": drawn.library}
        meta |= {name: size for name, size in (("width", drawn.width), ("height", drawn.height)) if size}
        if drawn.scripts:
            meta["scripts"] = list(drawn.scripts)
        return Encoded(self.kind, meta, drawn.data)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Drawn:
        if meta.get("format") not in FORMATS:
            msg = f"figure: expected a format among {', '.join(FORMATS)}, received {meta.get('format')!r:.40}."
            raise CorruptError(msg)
        scripts = meta.get("scripts") or ()
        if not isinstance(scripts, (list, tuple)) or not all(isinstance(s, str) for s in scripts):
            msg = f"figure: expected digests of scripts, received {scripts!r:.60}."
            raise CorruptError(msg)
        drawn = Drawn(
            meta["format"],
            str(meta.get("library", "")),
            bytes(data),
            _size(meta, "width"),
            _size(meta, "height"),
            tuple(scripts),
        )
        if drawn.format == "png" and not data.startswith(b"\x89PNG\r\n\x1a\n"):
            msg = f"figure: expected a PNG, received {bytes(data[:8])!r}."
            raise CorruptError(msg)
        if drawn.format != "png":
            decode_text(data)
        return drawn

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        return (
            f"{str(meta.get('library', 'figure')).capitalize()} {str(meta.get('format', '')).upper()}, {size:,} bytes"
        )


def library_of(value: object) -> str | None:
    """Return the library that a figure is of; `None` when it is no figure.

    A class is looked for among the modules loaded already: whoever has a figure has loaded its library.
    """
    if isinstance(value, ModuleType):
        return "matplotlib" if value.__name__ in ("matplotlib.pyplot", "pylab") else None
    if isinstance(value, str):
        return "mpld3" if "mpld3" in value and "<script" in value else None
    for name, classes in _CLASSES.items():
        for module, attribute in classes:
            kind = getattr(loaded(module), attribute, None)
            if isinstance(kind, type) and isinstance(value, kind):
                return name
    return None


def _size(meta: Mapping[str, Any], name: str) -> int | None:
    size = meta.get(name)
    return size if type(size) is int and 0 < size < 1 << 16 else None


_CLASSES: Final = {
    "matplotlib": (("matplotlib.figure", "FigureBase"), ("matplotlib.axes", "Axes")),
    "plotly": (("plotly.basedatatypes", "BaseFigure"),),
    "bokeh": (("bokeh.models", "LayoutDOM"), ("bokeh.document", "Document")),
    "altair": (
        ("altair", "TopLevelMixin"),
        ("altair.vegalite.v6.api", "TopLevelMixin"),
        ("altair.vegalite.v5.api", "TopLevelMixin"),
    ),
}

TYPE = FigureType()
