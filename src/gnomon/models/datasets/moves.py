"""Augmentation: pictures that are mirrored, turned, shifted, zoomed and changed in brightness, each differently.

A place `q` of the picture, counted from its middle, comes to `p = s R(θ) F q + t`: mirrored (F), turned (R), zoomed (s),
shifted (t). Pictures and masks are drawn by going the way back, `q = F R(-θ) (p - t) / s`; boxes by going it forth.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.models.datasets.registry import Augment

Float64 = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]

LEAST_SEEN: Final = 0.2
"""Share of its area that a box must keep in view to stay."""


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Hold what happens to each of `n` pictures.

    Args:
        mirror: float64 of shape `(n, 2)`, in x and y: -1 where the picture is mirrored, 1 elsewhere.
        angle: float64 of shape `(n,)`, radians, clockwise as pictures are drawn.
        zoom: float64 of shape `(n,)`; 2 makes everything twice as large.
        shift: float64 of shape `(n, 2)`, in x and y, shares of width and height.
        bright: float64 of shape `(n,)`, what is added to each number, as a share of the range.
        noise: Deviation of the noise, likewise.
    """

    mirror: Float64
    angle: Float64
    zoom: Float64
    shift: Float64
    bright: Float64
    noise: float

    @classmethod
    def drawn(cls, how: Augment, n: int, rng: np.random.Generator) -> "Moves":
        """Draw what happens to `n` pictures; the same generator draws the same.

        What is off draws all the same, so that switching one thing on leaves the others as they were.
        """
        mirror = np.where(rng.random((n, 2)) < 0.5, -1.0, 1.0)
        if how.flip in ("none", "vertical"):
            mirror[:, 0] = 1
        if how.flip in ("none", "horizontal"):
            mirror[:, 1] = 1
        angle = np.deg2rad(how.rotate) * rng.uniform(-1, 1, n)
        zoom = 1 + how.zoom * rng.uniform(-1, 1, n)
        shift = how.shift * rng.uniform(-1, 1, (n, 2))
        return cls(mirror, angle, zoom, shift, how.brightness * rng.uniform(-1, 1, n), how.noise)

    @property
    def is_still(self) -> bool:
        """Whether pictures are mirrored at most."""
        return not (self.angle.any() or self.shift.any() or (self.zoom != 1).any())

    def pictures(self, x: Float32, span: float, rng: np.random.Generator) -> Float32:
        """Return pictures after all moves, float32 of shape `(n, h, w, c)`; places that come into view are 0.

        Args:
            x: The pictures.
            span: How far their numbers reach: 255 of 8-bit ones.
            rng: Draws the noise.
        """
        moved = _mirrored(x, self.mirror) if self.is_still else self._between(x)
        if self.bright.any():
            moved = np.clip(
                moved + np.float32(span) * self.bright[:, None, None, None], min(0, x.min()), max(span, x.max())
            )
        if self.noise:
            moved = moved + np.float32(span * self.noise) * rng.standard_normal(moved.shape, np.float32)
        return moved.astype(np.float32, copy=False)

    def masks(self, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return masks of shape `(n, h, w)`, each pixel that of the nearest place; what comes into view is class 0."""
        if self.is_still:
            return _mirrored(x, self.mirror)
        n, h, w = x.shape
        column, row = self._sources(h, w)
        column, row = np.rint(column).astype(np.int64), np.rint(row).astype(np.int64)
        seen = (column >= 0) & (column < w) & (row >= 0) & (row < h)
        picked = x[np.arange(n)[:, None, None], row.clip(0, h - 1), column.clip(0, w - 1)]
        return np.where(seen, picked, 0).astype(x.dtype)

    def boxes(self, boxes: Float64, i: int, height: int, width: int) -> tuple[Float64, npt.NDArray[np.bool_]]:
        """Return boxes of the i-th picture, each the smallest upright one around what it became, and which stay in view.

        Args:
            boxes: float64 of shape `(m, 4)`: left, top, right, bottom in pixels.
            i: Which picture.
            height: Of the picture.
            width: Likewise.
        """
        size = np.array([width, height], np.float64)
        corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2) - size / 2
        cos, sin = np.cos(self.angle[i]), np.sin(self.angle[i])
        turned = (corners * self.mirror[i]) @ np.array([[cos, sin], [-sin, cos]]) * self.zoom[i]
        moved = turned + self.shift[i] * size + size / 2
        low, high = moved.min(axis=1), moved.max(axis=1)
        whole = np.prod(high - low, axis=1)
        low, high = low.clip(0, size), high.clip(0, size)
        seen = np.prod(high - low, axis=1)
        return np.concatenate([low, high], axis=1), seen >= LEAST_SEEN * np.maximum(whole, 1e-9)

    def _sources(self, h: int, w: int) -> tuple[Float64, Float64]:
        """Return for each pixel the column and row that it comes from, float64 of shape `(n, h, w)`."""
        middle_x, middle_y = (w - 1) / 2, (h - 1) / 2
        x = np.arange(w)[None, None, :] - middle_x - (self.shift[:, 0] * w)[:, None, None]
        y = np.arange(h)[None, :, None] - middle_y - (self.shift[:, 1] * h)[:, None, None]
        cos, sin = np.cos(self.angle)[:, None, None], np.sin(self.angle)[:, None, None]
        zoom = self.zoom[:, None, None]
        back_x = self.mirror[:, 0, None, None] * (cos * x + sin * y) / zoom
        back_y = self.mirror[:, 1, None, None] * (cos * y - sin * x) / zoom
        return back_x + middle_x, back_y + middle_y

    def _between(self, x: Float32) -> Float32:
        """Return pictures whose pixels are weighed from the four around the place that each comes from."""
        n, h, w, channels = x.shape
        column, row = self._sources(h, w)
        # A frame of zeros is what lies outside.
        framed = np.zeros((n, h + 2, w + 2, channels), np.float32)
        framed[:, 1:-1, 1:-1] = x
        column, row = (column + 1).clip(0, w + 1), (row + 1).clip(0, h + 1)
        left, top = np.minimum(column.astype(np.int64), w), np.minimum(row.astype(np.int64), h)
        right_share = (column - left).astype(np.float32)[..., None]
        low_share = (row - top).astype(np.float32)[..., None]
        flat = framed.reshape(-1, channels)
        at = (np.arange(n)[:, None, None] * (h + 2) + top) * (w + 2) + left
        above = flat[at] * (1 - right_share) + flat[at + 1] * right_share
        below = flat[at + w + 2] * (1 - right_share) + flat[at + w + 3] * right_share
        found: Float32 = above * (1 - low_share) + below * low_share
        return found


def _mirrored(x: npt.NDArray[Any], mirror: Float64) -> npt.NDArray[Any]:
    found = x.copy()
    for axis, which in ((2, mirror[:, 0] < 0), (1, mirror[:, 1] < 0)):
        found[which] = np.flip(found[which], axis)
    return found
