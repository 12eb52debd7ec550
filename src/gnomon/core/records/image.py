"""One picture per step: an array, a Pillow picture, or a file kept as it is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from gnomon.core.errors import CorruptError, InputError, LimitError
from gnomon.core.limits import MAX_PIXELS
from gnomon.core.loaded import loaded
from gnomon.core.records.arrays import Exact, array_meta, exact
from gnomon.core.records.axes import as_pictures, channel_words, check_caption, check_range
from gnomon.core.records.describe import range_text, shape_text
from gnomon.core.records.picture_file import decode_file, file_shape, from_pil, sniff
from gnomon.core.records.raw import from_raw, raw_bytes
from gnomon.core.records.record_type import Encoded

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """Log one picture without loss: values are kept as they are, and only shown as grey or colour.

    Args:
        x: An array `[h, w]`, `[h, w, c]` or `[c, h, w]` with 1, 3 or 4 channels, of any number format and range; a
            Pillow picture; the path or the bytes of a PNG, JPEG, GIF, WebP, BMP or TIFF file, which is kept as given.
        caption: Shown under it.
        range: The values shown as black and white; by default the smallest and largest of the picture, and 0 to 255 for
            uint8.
        layout: `"HW"`, `"HWC"` or `"CHW"`, where the shape leaves it open.

    Everything is read and checked when it is logged, so making one cannot fail.

    Example:
        >>> TYPE.encode(Image([[0, 128], [255, 7]], caption="four pixels")).meta
        {'format': 'raw', 'dtype': 'int64', 'shape': [2, 2, 1], 'low': 0, 'high': 255, 'bad': 0, 'caption': 'four pixels'}
    """

    x: object
    caption: str = ""
    range: tuple[float, float] | None = None
    layout: str | None = None


class ImageType:
    """The record type of `Image` and of Pillow pictures."""

    kind = "image"
    wrapper = Image
    viewer = "image"

    def accept(self, value: object) -> bool:
        return is_pil(value)

    def encode(self, value: object) -> Encoded:
        image = value if isinstance(value, Image) else Image(value)
        data = file_bytes(image.x, "Image.x")
        if data is None:
            pixels = pixels_of(image.x, image.layout, "Image.x")
            meta, data = {"format": "raw", **array_meta(pixels)}, raw_bytes(pixels)
        else:
            meta = {"format": sniff(data), "shape": list(file_shape(data))}
        if image.range is not None:
            meta["range"] = check_range(image.range, "Image")
        if image.caption:
            meta["caption"] = check_caption(image.caption, "Image")
        return Encoded(self.kind, meta, data)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Any:
        return decode_image(meta, data)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        del size
        what = meta.get("dtype") if meta.get("format") == "raw" else str(meta.get("format", "")).upper()
        shape = meta.get("shape")
        text = shape_text(shape[:2] if isinstance(shape, (list, tuple)) else None)
        return " ".join(str(word) for word in (text, channel_words(meta), what) if word) + range_text(meta)


def is_pil(value: object) -> TypeGuard["Picture"]:
    """Return whether `value` is a Pillow picture, without importing Pillow."""
    pil = loaded("PIL.Image")
    return pil is not None and isinstance(value, pil.Image)


def file_bytes(value: object, field: str) -> bytes | None:
    """Return the bytes of a picture file given by path or bytes; `None` for anything else.

    Raises:
        InputError: No such file, or no picture file.
    """
    if isinstance(value, (str, os.PathLike)):
        value = read_file(value, field)
    return bytes(value) if isinstance(value, (bytes, bytearray)) else None


def read_file(path: "str | os.PathLike[str]", field: str) -> bytes:
    """Return the content of a file.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        msg = f"{field}: expected the path of a file, received {str(path)!r:.200}, which cannot be read ({error})."
        raise InputError(msg, field=field) from error


def pixels_of(value: object, layout: str | None, field: str) -> Exact:
    """Return a picture of any library as `[h, w, c]`; bfloat16 and 8-bit floats become float32, which is exact.

    Raises:
        InputError: It is no picture.
        LimitError: It has too many pixels.
    """
    if is_pil(value):
        array: Exact | None = exact(np.asarray(from_pil(value)), field)
        layout = "HWC"
    else:
        array = exact(value, field)
    if array is None:
        msg = f"{field}: expected an array, a Pillow picture or a picture file, received {type(value).__qualname__}."
        raise InputError(msg, field=field)
    return picture_values(as_pictures(array, layout, field), field)


def picture_values(array: Exact, field: str) -> Exact:
    """Return pixels in a format that viewers know, or say why there is none.

    Raises:
        InputError: They are complex.
        LimitError: There are too many.
    """
    if array.values.dtype.kind == "c":
        msg = f"{field}: a complex number has no grey level. Pass its absolute value, or the array as gnomon.Tensor."
        raise InputError(msg, field=field)
    if array.values.size > 4 * MAX_PIXELS:
        msg = f"{field}: expected at most {MAX_PIXELS:,} pixels, received shape {array.values.shape}."
        raise LimitError(msg, field=field)
    numbers = array.numbers()
    return array if numbers is array.values else Exact(numbers, "float32")


def decode_image(meta: Mapping[str, Any], data: bytes) -> Any:
    """Return a picture as an array `[h, w, c]`: logged values, or the decoded file.

    Raises:
        CorruptError: It does not decode.
        LimitError: Decoded, it would be larger than we accept.
    """
    if meta.get("format") == "raw":
        return from_raw(meta, data, dims=(3,))
    if sniff(data) is None or sniff(data) != meta.get("format"):
        msg = f"Expected a picture file of format {meta.get('format')!r:.40}, received bytes that begin {data[:8]!r}."
        raise CorruptError(msg)
    return decode_file(data)


TYPE = ImageType()
