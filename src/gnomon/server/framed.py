"""HTML that somebody logged, as a document that may run its scripts and reach nothing.

The document gets an origin of its own that is nobody's: no cookie is sent from it, no storage is there, the page
around it cannot be touched, and nothing is loaded from anywhere. Scripts that a record names travel inside.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from starlette.responses import Response

from gnomon.core.errors import LimitError
from gnomon.core.ids import is_hash
from gnomon.store.blobs import Blobs

POLICY: Final = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; worker-src blob:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
MAX_BYTES: Final = 64 << 20
MAX_SCRIPTS: Final = 16
_END_OF_SCRIPT: Final = re.compile(rb"<(?=/script|!--)", re.IGNORECASE)
_DOCTYPE: Final = b"<!doctype"
_HEAD: Final = b'<meta charset="utf-8"><style>body{margin:0}body>svg{max-width:100%;height:auto}</style>'


def framed(html: bytes, scripts: Iterable[bytes] = (), *, cache: str = "no-store") -> Response:
    """Return logged HTML or SVG as a complete document for a sandboxed frame.

    Args:
        html: UTF-8: a whole document, or a part of one.
        scripts: Source texts of JavaScript that must have run before it, in order.
        cache: `Cache-Control` of the answer.
    """
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": cache, "X-Frame-Options": "SAMEORIGIN"}
    return Response(document(html, scripts), 200, headers, "text/html; charset=utf-8")


def document(html: bytes, scripts: Iterable[bytes] = ()) -> bytes:
    r"""Return the document: ours in front, so that it is never in quirks mode and scripts run first.

    Example:
        >>> document(b"<p>hi</p>", [b"x = '</script>'"]).endswith(b"<script>x = '\\x3c/script>'</script>\n<p>hi</p>")
        True
    """
    return b"<!doctype html>" + _HEAD + b"".join(map(_script, scripts)) + b"\n" + _without_doctype(html)


def _without_doctype(html: bytes) -> bytes:
    """Return a document without its own beginning. A pattern would look at a stranger's megabytes again and again."""
    begins = html[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\f")
    if begins[: len(_DOCTYPE)].lower() != _DOCTYPE:
        return html
    end = html.find(b">")
    return html[end + 1 :] if end >= 0 else b""


def _script(text: bytes) -> bytes:
    r"""Return a script element. `<` is written `\x3c` where HTML would see the end of a script, or a comment in it.

    In a string or a regular expression that is the same character; elsewhere JavaScript has no use for these.
    """
    return b"<script>" + _END_OF_SCRIPT.sub(rb"\\x3c", text) + b"</script>"


def read_scripts(blobs: Blobs, named: Any) -> list[bytes]:
    """Return the scripts that a record names by their hashes; what is not here is left out, and the figure says so.

    Raises:
        LimitError: They are too many, or too large for one document.
    """
    names = (
        [name for name in named if isinstance(name, str) and is_hash(name)] if isinstance(named, list | tuple) else []
    )
    sizes = {name: size for name in dict.fromkeys(names) if (size := blobs.size(name)) is not None}
    if len(sizes) > MAX_SCRIPTS:
        msg = f"scripts: expected at most {MAX_SCRIPTS}, received {len(sizes)}."
        raise LimitError(msg, field="scripts")
    check_size(sum(sizes.values()))
    return [blobs.read(name) for name in sizes]


def check_size(size: int) -> None:
    """Raise `LimitError` for a document that a browser had better not be given."""
    if size > MAX_BYTES:
        msg = f"The document is {size} bytes, expected at most {MAX_BYTES}. Read its data instead."
        raise LimitError(msg)
