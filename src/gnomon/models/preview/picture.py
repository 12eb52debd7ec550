"""Pictures of what has places: one tile for each channel, in one PNG."""

import io
import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[Any]

MOST_TILES: Final = 16
LONGEST: Final = 64
"""Of a tile, pixels; what is larger is averaged over squares of a whole number of places."""
_NOTHING: Final = 255
"""The grey that is transparent: between tiles, and where a number is not finite."""


def montage(array: Array, *, is_image: bool = False) -> dict[str, Any] | None:
    """Return the picture of an array without its batch, channels last; `None` of one that has no places.

    Args:
        array: Of rank 2 (steps × features, one tile), 3 (height × width × channels) or 4 (its middle slice).
        is_image: Whether three or four channels are colours.
    """
    if array.ndim not in (2, 3, 4) or not array.size:
        return None
    if array.ndim == 4:
        array = array[len(array) // 2]
    if is_image and array.ndim == 3 and array.shape[-1] in (3, 4):
        return _colours(array)
    planes = array[None] if array.ndim == 2 else np.moveaxis(array[..., :MOST_TILES], -1, 0)
    tiles, low, high = _grey(_smaller(planes.astype(np.float32), together=array.ndim == 3), planes)
    return _sheet(tiles, "grey", 1 if array.ndim == 2 else array.shape[-1], low, high)


def _colours(array: Array) -> dict[str, Any]:
    planes = np.moveaxis(array[..., :3], -1, 0).astype(np.float32)
    low, high = _range(planes)
    small = np.nan_to_num(_smaller(planes, together=True), nan=low, posinf=high, neginf=low)
    scaled = np.clip((small - low) * (255 / ((high - low) or 1)), 0, 255).astype(np.uint8)
    png = _png(Image.fromarray(np.ascontiguousarray(np.moveaxis(scaled, 0, -1)), "RGB"))
    height, width = scaled.shape[1:]
    found = {"kind": "rgb", "rows": 1, "cols": 1, "width": width, "height": height, "shown": 1, "channels": 3}
    return {**found, "low": [low], "high": [high], "png": png}


def _range(values: Array) -> tuple[float, float]:
    """Return the least and the largest finite number; 0 when there is none."""
    low, high = float(values.min()), float(values.max())
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _smaller(planes: Array, *, together: bool) -> Array:
    """Return planes whose sides are at most `LONGEST`, each number the mean of a rectangle; of squares if `together`."""
    by = [-(-side // LONGEST) for side in planes.shape[1:]]
    if together:
        by = [max(by)] * 2
    if by == [1, 1]:
        return planes
    (n, height, width), (down, right) = planes.shape, by
    # At the far edges a rectangle that is not whole repeats the last places, so that it is no darker than they are.
    whole = np.pad(planes, ((0, 0), (0, -height % down), (0, -width % right)), mode="edge")
    rows, columns = -(-height // down), -(-width // right)
    with np.errstate(over="ignore", invalid="ignore"):
        found: Array = whole.reshape(n, rows, down, columns, right).mean((2, 4))
    return found


def _grey(small: Array, planes: Array) -> tuple[Array, list[float], list[float]]:
    """Return tiles as grey, and the numbers that are black and white in each."""
    ends = [_range(plane) for plane in planes]
    low, high = (np.array([each[i] for each in ends], np.float32)[:, None, None] for i in (0, 1))
    span = high - low
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        scaled = (small - low) * np.where(span > 0, (_NOTHING - 1) / span, 0)
    finite = np.isfinite(scaled)
    tiles = np.clip(np.where(finite, scaled, 0), 0, _NOTHING - 1).astype(np.uint8)
    tiles[~finite] = _NOTHING
    return tiles, [each[0] for each in ends], [each[1] for each in ends]


def _sheet(tiles: Array, kind: str, channels: int, low: list[float], high: list[float]) -> dict[str, Any]:
    n, height, width = tiles.shape
    cols = math.ceil(math.sqrt(n))
    rows = -(-n // cols)
    sheet = np.full((rows * (height + 1) - 1, cols * (width + 1) - 1), _NOTHING, np.uint8)
    for i, tile in enumerate(tiles):
        top, left = i // cols * (height + 1), i % cols * (width + 1)
        sheet[top : top + height, left : left + width] = tile
    found = {"kind": kind, "rows": rows, "cols": cols, "width": width, "height": height, "shown": n}
    return {
        **found,
        "channels": channels,
        "low": low,
        "high": high,
        "png": _png(Image.fromarray(sheet, "L"), transparency=_NOTHING),
    }


def _png(image: Image.Image, **words: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1, **words)
    return out.getvalue()
