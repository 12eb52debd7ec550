"""Which axis of a picture is which: height, width, channels, and frames or samples before them."""

from collections.abc import Mapping
from typing import Any, Final

import numpy.typing as npt

from gnomon.core.errors import InputError, ShapeError
from gnomon.core.records.advice import advise
from gnomon.core.records.arrays import Exact

CHANNELS: Final = (1, 3, 4)
_PICTURE: Final = {"HW": 2, "HWC": 3, "CHW": 3}


def as_pictures(array: Exact, layout: str | None, field: str, *, batch: str = "") -> Exact:
    """Return pictures as `[h, w, c]`, or `[n, h, w, c]` for a batch, whatever the order of their axes; a view.

    Args:
        array: Two or three axes; one more for a batch.
        layout: `HW`, `HWC` or `CHW`, after the letter of the batch; `None` finds out.
        field: Name used in errors and advice.
        batch: Letter of the first axis (`"N"` for samples, `"T"` for frames) when there is one.

    Raises:
        ShapeError: It has not the shape of pictures.
        InputError: `layout` is none of ours.
    """
    values = array.values
    letters = layout or found_layout(values.shape[len(batch) :], field, batch, first=array.library == "torch")
    order = letters.removeprefix(batch) if batch else letters
    if order not in _PICTURE or (batch and not letters.startswith(batch)):
        known = ", ".join(batch + name for name in _PICTURE)
        msg = f"{field}.layout: expected one of {known}, received {layout!r}."
        raise InputError(msg, field="layout")
    if values.ndim != _PICTURE[order] + len(batch):
        msg = f"{field}: expected {_PICTURE[order] + len(batch)} axes for layout {letters}, received {values.shape}."
        raise ShapeError(msg, field=field)
    moved = _channels_last(values, order)
    if moved.shape[-1] not in CHANNELS:
        msg = (
            f"{field}: expected 1, 3 or 4 channels, received {moved.shape[-1]} in shape {values.shape}. "
            "Pass channels as separate pictures with gnomon.Images, or the array with gnomon.Tensor."
        )
        raise ShapeError(msg, field=field)
    return Exact(moved, array.dtype)


def found_layout(shape: tuple[int, ...], field: str, batch: str, *, first: bool) -> str:
    """Return the layout that the lengths speak for; where two would do, say so and take the library's habit.

    Args:
        shape: Lengths of one picture.
        field: Name used in errors and advice.
        batch: Letter of the axis before it, or empty.
        first: Whether channels come first by habit (torch).

    Raises:
        ShapeError: No layout would do.
    """
    if len(shape) == 2:
        return f"{batch}HW"
    if len(shape) == 3:
        last_fits, first_fits = shape[-1] in CHANNELS, shape[0] in CHANNELS
        if last_fits and first_fits:
            chosen = f"{batch}CHW" if first else f"{batch}HWC"
            say = f"Say which: layout={chosen!r}."
            advise(f"{field}: shape {shape} is {batch}HWC or {batch}CHW, taken for {chosen}. {say}")
            return chosen
        if last_fits or first_fits:
            return f"{batch}HWC" if last_fits else f"{batch}CHW"
    axes = [f"{batch.lower()}, h, w".lstrip(", "), f"{batch.lower()}, h, w, c".lstrip(", ")]
    msg = (
        f"{field}: expected ({axes[0]}) or ({axes[1]}) with 1, 3 or 4 channels, received pictures of shape {shape}. "
        "Name the order of the axes with layout=, or log the array with gnomon.Tensor."
    )
    raise ShapeError(msg, field=field)


def check_range(value: Any, field: str) -> list[float]:
    """Return the numbers shown as black and white.

    Raises:
        InputError: Not two different finite numbers, the smaller first.
    """
    try:
        low, high = (float(each) for each in value)
        ok = low < high and abs(low) != float("inf") and abs(high) != float("inf")
    except (TypeError, ValueError):
        ok = False
    if not ok:
        msg = f"{field}.range: expected two numbers, black then white, received {value!r:.60}."
        raise InputError(msg, field="range")
    return [low, high]


def check_caption(value: object, field: str) -> str:
    """Return a caption of at most 1,000 characters.

    Raises:
        InputError: It is not text, or longer.
    """
    if not isinstance(value, str) or len(value) > 1000:
        msg = f"{field}.caption: expected at most 1,000 characters of text, received {value!r:.60}."
        raise InputError(msg, field="caption")
    return value


def channel_words(meta: Mapping[str, Any]) -> str:
    """Return `grey`, `RGB` or `RGBA` by the last length of the shape."""
    shape = meta.get("shape")
    channels = shape[-1] if isinstance(shape, (list, tuple)) and shape else 0
    return {1: "grey", 3: "RGB", 4: "RGBA"}.get(channels, "") if isinstance(channels, int) else ""


def _channels_last(values: npt.NDArray[Any], order: str) -> npt.NDArray[Any]:
    if order == "HW":
        return values[..., None]
    if order == "CHW":
        return values.swapaxes(-3, -2).swapaxes(-2, -1)
    return values
