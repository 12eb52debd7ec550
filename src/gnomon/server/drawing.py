"""From a record to the picture of it: only what is shown is read, and no more than a server should hold."""

import math
from collections.abc import Mapping
from typing import Any, Final, Protocol

from gnomon.core.errors import CorruptError, InputError, LimitError
from gnomon.core.records.layout import ArrayLayout, array_layout
from gnomon.core.records.picture_file import file_shape
from gnomon.core.records.pictures import picture
from gnomon.store.engine import Engine, RecordInfo
from gnomon.store.slices import Chosen, Read, read_slice, reading

MAX_BYTES: Final = 128 << 20
"""Most bytes that are read for one picture."""

MAX_PIXELS: Final = 1 << 26
"""Most pixels of a file that is decoded: what a server does for a stranger is less than what a writer may log."""

_KINDS: Final = frozenset({"image", "images", "video", "fits", "tensor", "figure"})
_OVERSAMPLED: Final = 4


class Wanted(Protocol):
    """What is asked of a picture; see `routes.pictures.PictureQuery`."""

    index: int
    size: int | None
    low: float | None
    high: float | None
    stretch: Any
    channel: int | None


def draw(engine: Engine, run: str, record: RecordInfo, wanted: Wanted) -> bytes:
    """Return a picture of a record as PNG.

    Raises:
        InputError: There is no such frame, or nothing to see in records of that kind.
        LimitError: It is too large to be drawn.
        CorruptError: Its bytes are not what they claim to be.
    """
    if record.kind not in _KINDS:
        msg = f"kind: there is no picture of a record of kind {record.kind}. Read its data instead."
        raise InputError(msg, field="kind")
    with reading(engine, run, record) as read:
        kind, meta, data, index = _source(read, record, wanted)
    return picture(
        kind,
        meta,
        data,
        index=index,
        size=wanted.size,
        low=wanted.low,
        high=wanted.high,
        stretch=wanted.stretch,
        channel=wanted.channel,
    )


def _source(read: Read, record: RecordInfo, wanted: Wanted) -> tuple[str, Mapping[str, Any], bytes, int]:
    """Return kind, meta and bytes of the one picture wanted, and its index among these bytes."""
    layout = array_layout(record.kind, record.meta, record.size) if record.kind != "fits" else None
    if layout is not None:
        return (*_plane(read, record, layout, wanted), 0)
    if record.kind == "images" and record.meta.get("format") == "parts":
        part, start, size = _part(record, wanted.index)
        return "image", part, _file(read, start, size), 0
    if record.kind == "fits":
        return record.kind, record.meta, read(0, _checked(record.size)), wanted.index
    data = _file(read, 0, record.size)
    return ("image" if record.kind == "figure" else record.kind), record.meta, data, wanted.index


def _plane(read: Read, record: RecordInfo, layout: ArrayLayout, wanted: Wanted) -> tuple[str, Mapping[str, Any], bytes]:
    """Read one picture of a raw array; for a thumbnail of a large one, every n-th row and column."""
    shape = layout.shape
    axes = 3 if record.kind != "tensor" or (len(shape) > 2 and shape[-1] in {1, 3, 4}) else 2
    if len(shape) < axes:
        msg = f"kind: an array of shape {list(shape)} has no picture. Read its data instead."
        raise InputError(msg, field="kind")
    outer, plane = shape[: len(shape) - axes], shape[len(shape) - axes :]
    count = math.prod(outer)
    if not 0 <= wanted.index < count:
        msg = f"index: expected 0 to {count - 1}, received {wanted.index}."
        raise InputError(msg, field="index")
    place: list[int] = []
    rest = wanted.index
    for n in reversed(outer):
        place.insert(0, rest % n)
        rest //= n
    stride = max(1, max(plane[:2]) // (_OVERSAMPLED * wanted.size)) if wanted.size else 1
    chosen = Chosen.of(layout, ",".join([*map(str, place), f"::{stride}", f"::{stride}"]))
    _checked(chosen.count * layout.stored.itemsize)
    values = read_slice(read, layout, chosen)
    meta = {**record.meta, "format": "raw", "dtype": values.dtype.name, "shape": list(values.shape)}
    return ("tensor" if record.kind == "tensor" else "image"), meta, values.tobytes()


def _part(record: RecordInfo, index: int) -> tuple[Mapping[str, Any], int, int]:
    parts = record.meta.get("parts")
    count = len(parts) if isinstance(parts, list | tuple) else 0
    if not 0 <= index < count:
        msg = f"index: expected 0 to {count - 1}, received {index}."
        raise InputError(msg, field="index")
    part = parts[index] if isinstance(parts, list | tuple) else {}
    start, size = (part.get(name) if isinstance(part, Mapping) else None for name in ("offset", "size"))
    if type(start) is not int or type(size) is not int or not 0 <= start <= start + size <= record.size:
        msg = f"meta.parts: picture {index} lies outside the payload."
        raise CorruptError(msg)
    inherited = {"range": record.meta["range"]} if "range" in record.meta else {}
    return {**inherited, **part}, start, size


def _file(read: Read, start: int, size: int) -> bytes:
    """Read a file, or a raw part; a file that would decode to too many pixels is refused by its header."""
    data = read(start, _checked(size))
    try:
        height, width, _ = file_shape(data)
    except InputError:
        return data  # no file: raw values, whose size is what it is
    if height * width > MAX_PIXELS:
        msg = f"A picture is drawn of at most {MAX_PIXELS} pixels, this one has {width} by {height}. Read its data instead."
        raise LimitError(msg)
    return data


def _checked(size: int) -> int:
    if size > MAX_BYTES:
        msg = (
            f"A picture is drawn of at most {MAX_BYTES} bytes, this one has {size}. Ask for a smaller size or its data."
        )
        raise LimitError(msg)
    return size
