"""From a record to the picture of it: only the frame or the plane that is shown is read."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from gnomon.core.errors import InputError, LimitError
from gnomon.core.records.layout import ArrayLayout, array_layout
from gnomon.store.engine import Engine, RecordInfo
from gnomon.store.slices import reading

MAX_BYTES: Final = 256 << 20
"""Most bytes of a payload that are read for one picture."""

_KINDS: Final = frozenset({"image", "images", "video", "fits", "tensor", "figure"})
_CHANNELS: Final = 4


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
    layout = array_layout(record.kind, record.meta, record.size) if record.kind != "fits" else None
    index = wanted.index
    if layout is None or record.kind == "image":
        kind, meta, start, size = record.kind, record.meta, 0, record.size
    else:
        kind, meta, start, size = _frame(record.kind, record.meta, layout, index)
        index = 0
    if size > MAX_BYTES:
        msg = f"A picture is drawn of at most {MAX_BYTES} bytes, this one is {size}. Log a smaller one beside it."
        raise LimitError(msg)
    from gnomon.core.records.pictures import picture  # noqa: PLC0415

    with reading(engine, run, record) as read:
        data = read(start, size)
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


def _frame(
    kind: str, meta: Mapping[str, Any], layout: ArrayLayout, index: int
) -> tuple[str, Mapping[str, Any], int, int]:
    """Return kind and meta of one frame of a raw array, and where it lies."""
    shape = layout.shape
    kept = 3 if kind in {"images", "video"} or (len(shape) > 2 and shape[-1] in {1, 3, _CHANNELS}) else 2
    plane = shape[-kept:] if len(shape) >= kept else shape
    count, item = 1, layout.stored.itemsize
    for n in shape[: len(shape) - len(plane)]:
        count *= n
    if not 0 <= index < count:
        msg = f"index: expected 0 to {count - 1}, received {index}."
        raise InputError(msg, field="index")
    size = item
    for n in plane:
        size *= n
    mine = {**meta, "shape": list(plane)}
    if kind in {"images", "video"}:
        if mine.get("range") == "each":
            mine.pop("range")
            mine["low"] = mine["high"] = None
        return "image", {**mine, "format": "raw"}, layout.offset + index * size, size
    return kind, mine, layout.offset + index * size, size
