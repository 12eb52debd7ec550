"""What the log of requests keeps of a row: what was measured of it, and its pictures made small."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.models.datasets.features import Features
from gnomon.models.datasets.sized import top_of

THUMBNAIL: Final = 64
_CHANNELS: Final = (1, 3, 4)


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold a row of a request: numbers and classes by name, and pictures, uint8 of at most 64 by 64."""

    features: Features
    pictures: dict[str, npt.NDArray[np.uint8]] = field(default_factory=dict)


def thumbnail(value: npt.NDArray[Any], top: float | None = None) -> npt.NDArray[np.uint8] | None:
    """Return a picture made small by leaving pixels out; `None` when it is none.

    Args:
        value: Of shape `(h, w)` or `(h, w, c)`.
        top: The number of the brightest; that of its type unless told, or its largest.

    Example:
        >>> thumbnail(np.ones((200, 100), np.uint8) * 255).shape
        (50, 25)
    """
    picture = value[..., None] if value.ndim == 2 else value
    if picture.ndim != 3 or picture.shape[2] not in _CHANNELS or min(picture.shape) < 1:
        return None
    step = -(-max(picture.shape[:2]) // THUMBNAIL)
    small = picture[::step, ::step].astype(np.float64)
    high = top or top_of(picture.dtype) or float(small.max()) or 1.0
    made = np.clip(np.rint(small * (255 / high)), 0, 255).astype(np.uint8)
    return made[..., 0] if made.shape[2] == 1 else made
