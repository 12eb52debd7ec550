"""Pages and fragments of HTML, shown in a sandboxed frame that can reach nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gnomon.core.errors import InputError
from gnomon.core.records.record_type import Encoded
from gnomon.core.records.text import decode_text


@dataclass(frozen=True, slots=True)
class Html:
    """Hold a fragment of HTML or a whole page.

    It is shown in a frame of its own without network: scripts and styles must be in the text, pictures `data:` URIs.

    Args:
        html: The text of it.

    Example:
        >>> Html("<b>bold</b>").html
        '<b>bold</b>'
    """

    html: str


class HtmlType:
    """HTML as UTF-8; only `gnomon.Html` says that a text is one."""

    kind = "html"
    wrapper = Html
    viewer = "html"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        if not isinstance(value, Html):
            msg = f"html: expected gnomon.Html, received {type(value).__name__}. Wrap the text in gnomon.Html."
            raise InputError(msg)
        html: object = value.html
        if not isinstance(html, str):
            msg = f"Html.html: expected text, received {type(html).__name__}. Read the file: Path(name).read_text()."
            raise InputError(msg, field="html")
        return Encoded(self.kind, {}, html.encode("utf-8", "replace"))

    def decode(self, meta: Mapping[str, Any], data: bytes) -> str:
        del meta
        return decode_text(data)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        del meta
        return f"HTML, {size:,} bytes"


TYPE = HtmlType()
