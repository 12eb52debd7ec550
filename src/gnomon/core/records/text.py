"""Text: plain, or Markdown that the viewer lays out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.record_type import Encoded

FORMATS: Final = ("plain", "markdown")


@dataclass(frozen=True, slots=True)
class Text:
    """Hold text and how it is meant.

    Args:
        text: Any text; lone surrogates become question marks.
        format: `"plain"`, or `"markdown"` to have headings, lists and tables laid out.

    Example:
        >>> Text("# Epoch 3", format="markdown").format
        'markdown'
    """

    text: str
    format: str = "plain"


class TextType:
    """Text of any length, as UTF-8."""

    kind = "text"
    wrapper = Text
    viewer = "text"

    def accept(self, value: object) -> bool:
        return isinstance(value, str)

    def encode(self, value: object) -> Encoded:
        given = value if isinstance(value, Text) else Text(str(value))
        text: object = given.text
        if not isinstance(text, str):
            msg = f"Text.text: expected text, received {type(text).__name__}. Pass str(value)."
            raise InputError(msg, field="text")
        if given.format not in FORMATS:
            msg = f"Text.format: expected one of {', '.join(FORMATS)}, received {given.format!r:.40}."
            raise InputError(msg, field="format")
        meta = {} if given.format == "plain" else {"format": given.format}
        return Encoded(self.kind, meta, text.encode("utf-8", "replace"))

    def decode(self, meta: Mapping[str, Any], data: bytes) -> str:
        del meta
        return decode_text(data)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        name = "Markdown" if meta.get("format") == "markdown" else "text"
        return f"{name}, {size:,} bytes"


def decode_text(data: bytes) -> str:
    """Return bytes as text.

    Raises:
        CorruptError: They are not UTF-8.
    """
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        msg = f"text: expected UTF-8, received byte {data[error.start]:#04x} at {error.start}."
        raise CorruptError(msg) from error


TYPE = TextType()
