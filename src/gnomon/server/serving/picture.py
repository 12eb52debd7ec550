"""A picture that came over the network, as numbers a network takes."""

import base64
import binascii
import io
import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from gnomon.core.errors import InputError, LimitError

MAX_PIXELS: Final = 4096 * 4096
_FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
_HEAD: Final = re.compile(r"data:image/[a-z+.-]{1,20};base64,", re.IGNORECASE)
_PLAIN: Final = str.maketrans("-_", "+/")


def from_base64(text: str) -> bytes:
    """Return the bytes of a data URI, or of base64 alone, plain or for URLs.

    Raises:
        InputError: It is neither.
    """
    found = _HEAD.match(text[:64])
    body = text[found.end() :] if found else text
    try:
        if "-" in body or "_" in body:
            body = body.translate(_PLAIN)
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        msg = f"image: expected data:image/png;base64,… or base64 alone, received {text[:30]!r}."
        raise InputError(msg, field="image") from None


def grey(data: bytes, side: int, *, invert: bool = False) -> npt.NDArray[np.float32]:
    """Return a picture as `side * side` numbers from 0, black, to 1, white, row by row from the top left.

    A picture of another size is scaled to fit, its proportions kept, on black. What is transparent is black.

    Args:
        data: PNG, JPEG, GIF, BMP or WebP.
        side: Pixels on each side of what the network takes.
        invert: Dark ink on light paper came, as people draw.

    Raises:
        InputError: It is no picture.
        LimitError: It has more pixels than we decode.
    """
    picture = opened_picture(data)
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        ground = Image.new("RGBA", picture.size, "white" if invert else "black")
        picture = Image.alpha_composite(ground, picture.convert("RGBA"))
    if picture.mode != "L":
        picture = picture.convert("L")
    values = np.asarray(_fitted(picture, side, invert), np.float32).reshape(-1) / np.float32(255)
    return np.float32(1) - values if invert else values


def opened_picture(data: bytes) -> Image.Image:
    """Return a picture, decoded.

    Raises:
        InputError: It is none.
        LimitError: It has more pixels than we decode.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
        width, height = picture.size
        if width * height > MAX_PIXELS:
            msg = f"image: expected at most {MAX_PIXELS:,} pixels, received {width} by {height}. Scale it down."
            raise LimitError(msg, field="image")
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        msg = f"image: expected at most {MAX_PIXELS:,} pixels. Scale it down."
        raise LimitError(msg, field="image") from None
    except (OSError, SyntaxError, ValueError):
        msg = "image: expected a whole PNG, JPEG, GIF, BMP or WebP; these bytes are none, or end too early."
        raise InputError(msg, field="image") from None
    return picture


def _fitted(picture: Image.Image, side: int, invert: bool) -> Any:
    if picture.size == (side, side):
        return picture
    width, height = picture.size
    scale = side / max(width, height)
    inner = picture.resize(
        (max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.BOX if scale < 1 else None
    )
    found = Image.new("L", (side, side), 255 if invert else 0)
    found.paste(inner, ((side - inner.width) // 2, (side - inner.height) // 2))
    return found
