"""Values of a data set as pages show them: texts, numbers, and pictures as PNG."""

import base64
import io
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.models.datasets.column import Column
from gnomon.models.datasets.dealing import NO_TIME
from gnomon.models.datasets.picture_values import value_of
from gnomon.models.datasets.sized import resized, top_of
from gnomon.models.datasets.table import Table

CELL: Final = 256
THUMBNAIL: Final = 64
_TEXT: Final = 200
_NUMBERS: Final = 6
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Eight hues told apart by colour-blind eyes (Okabe and Ito, https://jfly.uni-koeln.de/color/), the background dark.
_COLOURS: Final = np.array(
    [(24, 26, 27), (86, 180, 233), (230, 159, 0), (0, 158, 115), (204, 121, 167), (240, 228, 66), (0, 114, 178), (213, 94, 0)],
    np.uint8,
)  # fmt: skip


def cell(table: Table, name: str, row: int) -> Any:
    """Return one value of a table: a text, a number, a picture, or `None` where it is missing."""
    column = table.columns[name]
    if name in table.files and table.files[name].names([row])[0] is None:
        return None
    value = table.values(name, np.array([row]))[0]
    if column.kind == "image":
        return picture(np.asarray(value), _top(table, name, np.asarray(value)))
    return _SHOWN.get(column.kind, _plain)(column, value)


def _plain(column: Column, value: Any) -> Any:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if column.kind == "category":
        return f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
    return float(value) if isinstance(value, (int, float, np.number)) else str(value)[:_TEXT]


def _time(_: Column, value: Any) -> Any:
    if not isinstance(value, (int, np.integer)):
        return _plain(_, value)
    return (
        None if value == NO_TIME else (_EPOCH + timedelta(microseconds=int(value))).isoformat().replace("+00:00", "Z")
    )


def _mask(column: Column, value: Any) -> dict[str, Any]:
    mask = np.asarray(value)
    if len(column.classes) and mask.ndim == 3 and mask.shape[2] >= 3:
        return picture(mask, 255.0)  # colours of its author
    known = [value_of(text) for text in column.classes]
    flat = mask.reshape(mask.shape[:2])
    return coloured(np.searchsorted(known, flat).astype(np.int64) if known else flat.astype(np.int64))


def _array(column: Column, value: Any) -> str:
    if value is None:
        return ""
    array = np.asarray(value)
    if column.classes:
        return ", ".join(column.classes[int(code)] for code in array.ravel()[:_NUMBERS])
    numbers = ", ".join(f"{number:.4g}" for number in array.ravel()[:_NUMBERS].tolist())
    more = f", … {'×'.join(map(str, array.shape))}" if array.size > _NUMBERS else ""
    return f"{numbers}{more}"


def _boxes(_: Column, value: Any) -> str:
    boxes = np.asarray(value)
    return "; ".join(" ".join(f"{side:g}" for side in box) for box in boxes[:_NUMBERS]) + (
        f"; {len(boxes)} in all" if len(boxes) > _NUMBERS else ""
    )


_SHOWN: Final = {"time": _time, "mask": _mask, "array": _array, "boxes": _boxes}


def picture(x: npt.NDArray[Any], top: float | None, side: int = CELL) -> dict[str, Any]:
    """Return a picture as PNG in base64, made smaller when it is larger than `side`, and its own size.

    Args:
        x: Of shape `(h, w)` or `(h, w, c)`.
        top: What is white; the largest number when nobody knows.
        side: Largest height and width.
    """
    x = x[..., None] if x.ndim == 2 else x
    height, width = x.shape[:2]
    numbers = np.nan_to_num(x.astype(np.float32))
    low = min(0.0, float(numbers.min(initial=0)))
    span = (top if top is not None else float(numbers.max(initial=1))) - low or 1.0
    small = _small((numbers - low) * (255 / span), side)
    return {"image": encoded(np.rint(small.clip(0, 255)).astype(np.uint8)), "width": width, "height": height}


def coloured(codes: npt.NDArray[Any], side: int = CELL) -> dict[str, Any]:
    """Return classes of pixels as a picture: each class a colour, the first one dark."""
    height, width = codes.shape
    step = max(1, -(-max(height, width) // side))
    colours = _COLOURS[np.where(codes > 0, (codes - 1) % (len(_COLOURS) - 1) + 1, 0)]
    return {"image": encoded(colours[::step, ::step]), "width": width, "height": height}


def encoded(x: npt.NDArray[np.uint8]) -> str:
    """Return 8-bit pixels of shape `(h, w, c)` as PNG in base64."""
    from PIL import Image  # noqa: PLC0415 - slow to load

    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(x[..., 0] if x.shape[2] < 3 else x)).save(out, "png")
    return base64.b64encode(out.getvalue()).decode("ascii")


def thumbnails(table: Table, count: int = 8) -> list[str]:
    """Return the first column of pictures as small PNG in base64, evenly spaced; none when there is no such column."""
    name = next((name for name, column in table.columns.items() if column.kind == "image"), None)
    if name is None or not table.rows:
        return []
    found = []
    for row in np.unique(np.linspace(0, table.rows - 1, min(count, table.rows)).astype(int)).tolist():
        value = None if name in table.files and table.files[name].names([row])[0] is None else _value(table, name, row)
        if value is not None:
            top = _top(table, name, value)
            found.append(picture(value, top, THUMBNAIL)["image"])
    return found


def _value(table: Table, name: str, row: int) -> npt.NDArray[Any]:
    return np.asarray(table.values(name, np.array([row]))[0])


def _top(table: Table, name: str, value: npt.NDArray[Any]) -> float | None:
    """Return what is white: of pictures in arrays the largest of the first ones, for 8 bits need not be used up."""
    if name in table.files:
        return top_of(value.dtype)
    return float(np.max(table.values(name, slice(0, 64)), initial=1))


def _small(x: npt.NDArray[np.float32], side: int) -> npt.NDArray[np.float32]:
    height, width = x.shape[:2]
    factor = side / max(height, width)
    return x if factor >= 1 else resized(x, max(1, round(height * factor)), max(1, round(width * factor)))
