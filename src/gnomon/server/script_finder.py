"""Scripts that a figure's HTML would load from elsewhere, taken from the packages on this machine that carry them.

mpld3, Plotly and Bokeh write HTML that asks a public host for their JavaScript. Nothing is ever loaded from there; the
same files lie in the Python packages, and are put into the frame. They are text to us: no package is imported.
"""

import re
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGES: Final[tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...]] = (
    (re.compile(r"/d3(\.v5)?(\.min)?\.js$"), "mpld3", ("js/d3.v5.min.js",)),
    (re.compile(r"/mpld3\.v[\w.]+\.js$"), "mpld3", ("js/mpld3.v*.min.js", "js/mpld3.v*.js")),
    (re.compile(r"/plotly-[\w.]+\.js$"), "plotly", ("package_data/plotly.min.js",)),
    (re.compile(r"/bokeh-\d[\w.]*\.js$"), "bokeh", ("server/static/js/bokeh.min.js",)),
    (re.compile(r"/bokeh-(gl|widgets|tables|mathjax)-\d[\w.]*\.js$"), "bokeh", (r"server/static/js/bokeh-\1.min.js",)),
)
_ADDRESS: Final = re.compile(r"""["'](?P<url>(?:https?:)?//[^"'\s<>]{1,300}\.js)(?:\?[^"'\s<>]*)?["']""")
_TAG: Final = re.compile(
    r"""<script\b[^<>]{0,400}\bsrc\s*=\s*["'](?P<url>(?:https?:)?//[^"'<>]{1,300})["'][^<>]{0,400}>\s*</script\s*>""",
    re.IGNORECASE,
)
_MOST: Final = 100


def localise(html: str) -> tuple[str, list[bytes]]:
    """Return HTML without script elements of other hosts, and the texts of those scripts that are here.

    What is not here is named at the top of the page, with the remedy.

    Example:
        >>> localise('<p>hi</p><script src="https://example.org/x.js"></script>')[0].endswith("<p>hi</p>")
        True
    """
    found: dict[Path, None] = {}
    missing: dict[str, None] = {}
    tagged = {match["url"] for match in _TAG.finditer(html)}
    urls = dict.fromkeys([*(match["url"] for match in _ADDRESS.finditer(html)), *tagged])
    for url in list(urls)[:_MOST]:
        path = _find(url)
        if path is not None:
            found[path] = None
        elif url in tagged:
            missing[url] = None
    note = "".join(_note(url) for url in missing)
    return note + _TAG.sub("", html), [_read(path) for path in sorted(found, key=_order)]


def _order(path: Path) -> tuple[bool, bool, str]:
    """Put what others stand on in front: d3 before mpld3, Bokeh before its parts."""
    return not path.name.startswith("d3."), "-" in path.stem, path.name


def _find(url: str) -> Path | None:
    for pattern, package, files in _PACKAGES:
        match = pattern.search(url)
        if match:
            return _file(package, tuple(match.expand(name) if "\\" in name else name for name in files))
    return None


@lru_cache(maxsize=64)
def _file(package: str, names: tuple[str, ...]) -> Path | None:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    return next((path for name in names for path in sorted(folder.glob(name)) if path.is_file()), None)


@lru_cache(maxsize=16)
def _read(path: Path) -> bytes:
    return path.read_bytes()


def _note(url: str) -> str:
    package = next((name for pattern, name, _ in _PACKAGES if pattern.search(url)), None)
    remedy = f"Install {package} where the server runs." if package else "Put the script into the html itself."
    style = "margin:0;padding:6px 8px;font:12px system-ui;color:#a94b07"
    return f'<p style="{style}">Not loaded: {escape(url)}. gnomon loads nothing from elsewhere. {remedy}</p>'
