"""Several pictures per step, shown as a grid: a batch of one shape, or pictures and files of any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from gnomon.core.errors import CorruptError, InputError, ShapeError
from gnomon.core.records.arrays import Exact, array_meta, exact
from gnomon.core.records.axes import as_pictures, channel_words, check_caption, check_range
from gnomon.core.records.describe import bytes_text, range_text, shape_text
from gnomon.core.records.image import Image, ImageType, decode_image, is_pil, picture_values
from gnomon.core.records.raw import from_raw, raw_bytes
from gnomon.core.records.record_type import Encoded

_MOST_PARTS = 4096
_IMAGE = ImageType()


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Log a grid of pictures without loss.

    Args:
        batch: An array `[n, h, w]`, `[n, h, w, c]` or `[n, c, h, w]`; or a list of at most 4,096 arrays, Pillow
            pictures, files and `gnomon.Image`, of any shapes.
        captions: One text per picture.
        columns: How many stand in a row; the viewer decides when not given.
        layout: Order of the axes of the batch, or of each picture of a list: `"NHW"`, `"NHWC"`, `"NCHW"` or `"HW"` ….
        range: The values shown as black and white; `"each"` takes those of each picture by itself.

    Example:
        >>> TYPE.encode(Images([[[0, 1], [2, 3]]] * 16, columns=4)).meta["shape"]
        [16, 2, 2, 1]
    """

    batch: object
    captions: Sequence[str] | None = None
    columns: int | None = None
    layout: str | None = None
    range: tuple[float, float] | str | None = None


class ImagesType:
    """The record type of `Images`."""

    kind = "images"
    wrapper = Images
    viewer = "images"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        images = value if isinstance(value, Images) else Images(value)
        batch = _batch(images)
        meta, data = _of_list(images.batch, images.layout) if batch is None else _of_batch(batch)
        if images.range is not None:
            meta["range"] = "each" if images.range == "each" else check_range(images.range, "Images")
        if images.columns is not None:
            meta["columns"] = _columns(images.columns)
        _caption(meta, images.captions)
        return Encoded(self.kind, meta, data)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Any:
        if meta.get("format") == "raw":
            return from_raw(meta, data, dims=(4,))
        return [decode_image(*part_of(meta, data, i)) for i in range(n_parts(meta))]

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        shape = meta.get("shape")
        if meta.get("format") == "raw" and isinstance(shape, (list, tuple)) and len(shape) == 4:
            words = channel_words(meta)
            return f"{shape[0]} of {shape_text(shape[1:3])} {words} {meta.get('dtype')}{range_text(meta)}"
        parts = meta.get("parts")
        return f"{len(parts) if isinstance(parts, list) else 'some'} pictures, {bytes_text(size)}"


def n_parts(meta: Mapping[str, Any]) -> int:
    """Return how many pictures a record of format `parts` has.

    Raises:
        CorruptError: It says no such thing.
    """
    parts = meta.get("parts")
    if meta.get("format") != "parts" or not isinstance(parts, (list, tuple)) or len(parts) > _MOST_PARTS:
        msg = f"meta.parts: expected a list of at most {_MOST_PARTS} pictures, received {parts!r:.60}."
        raise CorruptError(msg)
    return len(parts)


def part_of(meta: Mapping[str, Any], data: bytes, index: int) -> tuple[Mapping[str, Any], bytes]:
    """Return meta and payload of one picture of a record of format `parts`, as of an `image` record.

    Raises:
        CorruptError: It lies outside the payload.
    """
    part = meta["parts"][index]
    offset, size = (part.get("offset"), part.get("size")) if isinstance(part, Mapping) else (None, None)
    if type(offset) is not int or type(size) is not int or not 0 <= offset <= offset + size <= len(data):
        msg = f"meta.parts[{index}]: expected a part of {len(data)} bytes, received {part!r:.80}."
        raise CorruptError(msg)
    return part, data[offset : offset + size]


def _batch(images: Images) -> Exact | None:
    """Return the pictures as one array when they are of one shape and format."""
    value, layout = images.batch, images.layout
    if isinstance(value, (list, tuple)):
        if not value or any(isinstance(v, (Image, str, bytes)) or hasattr(v, "__fspath__") or is_pil(v) for v in value):
            return None
        parts = [exact(v, f"Images.batch[{i}]") for i, v in enumerate(value)]
        if any(part is None for part in parts) or len({(p.values.shape, p.dtype) for p in parts if p}) > 1:
            return None
        layout = f"N{layout}" if layout and not layout.startswith("N") else layout
    array = exact(value, "Images.batch")
    if array is None:
        msg = f"Images.batch: expected an array or a list of pictures, received {type(value).__qualname__}."
        raise InputError(msg, field="batch")
    if array.values.ndim < 3:
        msg = f"Images.batch: expected (n, h, w) or (n, h, w, c), received {array.values.shape}. Use gnomon.Image."
        raise ShapeError(msg, field="batch")
    return picture_values(as_pictures(array, layout, "Images.batch", batch="N"), "Images.batch")


def _of_batch(batch: Exact) -> tuple[dict[str, Any], bytes]:
    return {"format": "raw", **array_meta(batch)}, raw_bytes(batch)


def _of_list(value: Any, layout: str | None) -> tuple[dict[str, Any], bytes]:
    if len(value) > _MOST_PARTS:
        msg = f"Images.batch: expected at most {_MOST_PARTS} pictures, received {len(value)}. Log them as an array."
        raise InputError(msg, field="batch")
    parts: list[dict[str, Any]] = []
    payload = bytearray()
    for each in value:
        encoded = _IMAGE.encode(each if isinstance(each, Image) else Image(each, layout=layout))
        data = bytes(cast("bytes", encoded.data))
        parts.append(encoded.meta | {"offset": len(payload), "size": len(data)})
        payload += data
    return {"format": "parts", "parts": parts}, bytes(payload)


def _columns(columns: object) -> int:
    if type(columns) is not int or not 1 <= columns <= 1000:
        msg = f"Images.columns: expected 1 to 1,000, received {columns!r:.40}."
        raise InputError(msg, field="columns")
    return columns


def _caption(meta: dict[str, Any], captions: Sequence[str] | None) -> None:
    if captions is None:
        return
    n = meta["shape"][0] if meta["format"] == "raw" else len(meta["parts"])
    if isinstance(captions, str) or len(captions) != n:
        msg = f"Images.captions: expected {n} texts, one per picture, received {len(captions)}."
        raise InputError(msg, field="captions")
    checked = [check_caption(str(caption), "Images") for caption in captions]
    if meta["format"] == "raw":
        meta["captions"] = checked
    else:
        for part, caption in zip(meta["parts"], checked, strict=True):
            part["caption"] = caption


TYPE = ImagesType()
