"""Pictures of one size: resized, grey or of three colours, channels last."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

_GREY: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in how bright a colour looks. Source: ITU-R BT.601."""


def resized(picture: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[Any]:
    """Return a picture of another size, each pixel the mean of what it covers.

    Args:
        picture: Of shape `(h, w, c)`, any type of numbers.
        height: To be.
        width: Likewise.

    Example:
        >>> resized(np.zeros((4, 6, 3), np.uint8), 2, 3).shape
        (2, 3, 3)
    """
    if picture.shape[:2] == (height, width):
        return picture
    from PIL import Image  # noqa: PLC0415 - slow to load

    channels = []
    for i in range(picture.shape[2]):
        plane = np.ascontiguousarray(picture[:, :, i])
        image = Image.fromarray(plane if plane.dtype == np.uint8 else plane.astype(np.float32))
        channels.append(np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)))
    return np.stack(channels, axis=2).astype(picture.dtype)


def nearest(mask: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[Any]:
    """Return a mask of another size, `(h, w)`, each pixel that of the nearest place: classes have no mean.

    Example:
        >>> nearest(np.array([[1, 2], [3, 4]]), 4, 2).tolist()
        [[1, 2], [1, 2], [3, 4], [3, 4]]
    """
    rows = ((np.arange(height) + 0.5) * mask.shape[0] / height).astype(np.int64)
    columns = ((np.arange(width) + 0.5) * mask.shape[1] / width).astype(np.int64)
    found: npt.NDArray[Any] = mask[rows[:, None], columns]
    return found


def with_channels(picture: npt.NDArray[Any], channels: int) -> npt.NDArray[Any]:
    """Return a picture of 1, 3 or 4 channels: grey by how bright colours look, transparency dropped or full.

    Example:
        >>> with_channels(np.full((1, 1, 4), 255, np.uint8), 1).tolist()
        [[[255]]]
    """
    has = picture.shape[2]
    if has == channels:
        return picture
    if channels == 1:
        grey = picture[..., :3].astype(np.float32) @ _GREY if has >= 3 else picture[..., 0]
        if picture.dtype.kind in "iu":
            grey = np.rint(grey)
        return np.asarray(grey, picture.dtype)[..., None]
    colours = picture[..., :3] if has >= 3 else np.repeat(picture[..., :1], 3, axis=2)
    if channels == 3:
        return colours
    full = np.full((*picture.shape[:2], 1), np.iinfo(picture.dtype).max if picture.dtype.kind in "iu" else 1)
    return np.concatenate([colours, full.astype(picture.dtype)], axis=2)


def top_of(dtype: npt.DTypeLike) -> float | None:
    """Return the largest number of a type that pictures have; `None` of numbers with a fraction.

    Example:
        >>> top_of(np.uint8), top_of(np.float32)
        (255.0, None)
    """
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return 1.0
    return float(np.iinfo(kind).max) if kind.kind in "iu" else None
