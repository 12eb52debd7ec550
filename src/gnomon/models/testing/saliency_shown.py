"""Places of an input that an answer rests on, as a page shows them: red speaks for the answer, blue against it."""

import base64
import io
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.models.testing.feed import Feed
from gnomon.models.testing.found import Float64

MOST_SIDE: Final = 128
MOST_COLUMNS: Final = 32
_RED: Final = (214, 60, 38)
_BLUE: Final = (38, 96, 204)


def shown(
    about: tuple[str, str, str],
    name: str,
    found: Float64,
    given: npt.NDArray[Any],
    feed: Feed | None,
    front: frozenset[str],
) -> dict[str, Any]:
    """Return the places of one input, see `Saliency`.

    Args:
        about: How they were found, of which output, of which class.
        name: Of which input.
        found: A number for each place, or for each channel of each place.
        given: The input, without its batch.
        feed: The data, which name columns and words.
        front: Inputs whose channels are in front.
    """
    method, output, label = about
    told: dict[str, Any] = {"method": method, "output": output, "label": label, "input": name}
    if found.ndim == 3:
        found = found.sum(0) if name in front else found.sum(-1)
    is_map = found.ndim == 2 and (
        feed is None or len(feed.binding.inputs[name].spec.shape) == 3 or method == "gradient"
    )
    if is_map and _is_picture(name, feed, found):
        height, width = found.shape
        small = _smaller(found)
        values = [[float(f"{value:.4g}") for value in row] for row in small.tolist()]
        return {**told, "width": width, "height": height, "values": values, "picture": _png(found), "columns": []}
    flat = found.sum(-1) if found.ndim == 2 else found
    names = _words(name, feed, given) or _names(name, feed, len(flat))
    order = np.argsort(-np.abs(flat), kind="stable")[:MOST_COLUMNS].tolist()
    columns = [{"name": names[i], "value": float(flat[i])} for i in order]
    return {**told, "width": 0, "height": 0, "values": [], "picture": None, "columns": columns}


def _is_picture(name: str, feed: Feed | None, found: Float64) -> bool:
    if feed is None:
        return bool(min(found.shape) > 1)
    end = feed.binding.inputs[name]
    return bool(len(end.spec.shape) == 3 or end.kind == "image_input")


def _smaller(found: Float64) -> Float64:
    step = max(1, -(-max(found.shape) // MOST_SIDE))
    return found[::step, ::step]


def _words(name: str, feed: Feed | None, given: npt.NDArray[Any]) -> list[str]:
    """Return the words of a text by their places; nothing of what is no text of words."""
    if feed is None or given.dtype.kind != "i" or given.ndim != 1:
        return []
    column = feed.binding.inputs[name].columns[0]
    known = feed.data.spec.statistics[column].words if column in feed.data.spec.statistics else ()
    if not known:
        return []
    first = {0: "nothing", 1: "a rare word"}
    return [first[t] if t in first else known[t - 2] if t - 2 < len(known) else str(t) for t in given.tolist()]


def _names(name: str, feed: Feed | None, size: int) -> list[str]:
    if feed is not None:
        columns = feed.binding.inputs[name].columns
        if len(columns) == size:
            return list(columns)
        widths = [_width(feed, column) for column in columns]
        if sum(widths) == size:
            return [
                column if width == 1 else f"{column} = {_part(feed, column, i)}"
                for column, width in zip(columns, widths, strict=True)
                for i in range(width)
            ]
    return [f"{name} {i}" for i in range(size)]


def _width(feed: Feed, column: str) -> int:
    spec = feed.data.specs[column]
    return spec.classes if spec.classes is not None and not spec.rank else (spec.elements or 1)


def _part(feed: Feed, column: str, i: int) -> str:
    classes = feed.data.table.columns[column].classes
    return classes[i] if i < len(classes) else str(i)


def _png(found: Float64) -> str:
    from PIL import Image  # noqa: PLC0415 - slow to load

    top = float(np.quantile(np.abs(found), 0.995)) or float(np.abs(found).max()) or 1.0
    share = np.clip(found / top, -1, 1)
    pixels: npt.NDArray[np.uint8] = np.zeros((*found.shape, 4), np.uint8)
    pixels[share > 0, :3], pixels[share <= 0, :3] = _RED, _BLUE
    pixels[..., 3] = np.rint(np.abs(share) * 230).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(out, "png")
    return base64.b64encode(out.getvalue()).decode("ascii")
