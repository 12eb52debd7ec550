"""What a model gets of pictures, masks and boxes; all three of one row are moved together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.graph.spec import Spec
from gnomon.models.datasets.moves import Moves
from gnomon.models.datasets.registry import Statistics
from gnomon.models.datasets.sized import nearest, resized, top_of, with_channels
from gnomon.models.datasets.split import Int64
from gnomon.models.datasets.table import Table
from gnomon.models.datasets.values import Parts, Source, Sums, normalised, scale_range

MOST_CLASSES: Final = 256
"""Values that masks may have."""
MOST_BOXES: Final = 1000
_KEPT_BYTES: Final = 256 << 20
_BLOCK: Final = 256


class Kept:
    """Keep what was computed of rows, so that a file is decoded once, as long as all rows are small enough together.

    Args:
        rows: How many there are.
        shape: Of one.
        dtype: Of the numbers.
        make: Returns one row.
    """

    def __init__(
        self, rows: int, shape: tuple[int, ...], dtype: npt.DTypeLike, make: Callable[[int], npt.NDArray[Any]]
    ) -> None:
        self._shape, self._dtype, self._make = shape, np.dtype(dtype), make
        is_small = rows * int(np.prod(shape)) * self._dtype.itemsize <= _KEPT_BYTES
        self._kept = np.empty((rows, *shape), self._dtype) if is_small else None
        self._known = np.zeros(rows, np.bool_)

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        """Return rows."""
        if self._kept is None:
            return np.stack([self._make(int(row)) for row in rows]) if len(rows) else np.empty((0, *self._shape))
        for row in rows[~self._known[rows]].tolist():
            self._kept[row] = self._make(row)
            self._known[row] = True
        found: npt.NDArray[Any] = self._kept[rows]
        return found


def picture_shape(source: Source) -> tuple[int, int, int]:
    """Return height, width and channels that pictures of a column are brought to.

    Raises:
        InputError: They differ in size, and nobody said what they should have.
    """
    shape = source.table.columns[source.name].shape
    height, width = source.transform.resize or (*shape, None, None)[:2]
    if height is None or width is None:
        msg = f"transforms.{source.name}.resize: the pictures differ in size, and a model needs one. Say which: [128, 128]."
        raise InputError(msg, field=f"transforms.{source.name}.resize")
    channels = 1 if source.transform.grey or len(shape) == 2 else shape[2] or 3
    return height, width, channels


@dataclass(frozen=True, slots=True)
class PictureValues:
    """Pictures of one size, float32, channels last."""

    source: Source
    dtype: np.dtype[Any] = field(init=False)
    kept: Kept = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", _dtype(self.source))
        kept = Kept(self.source.table.rows, picture_shape(self.source), self.dtype, self._one)
        object.__setattr__(self, "kept", kept)

    @property
    def spec(self) -> Spec:
        return Spec(picture_shape(self.source))

    @property
    def statistics(self) -> Statistics:
        return self.source.statistics

    @property
    def span(self) -> float:
        """How far numbers reach before normalisation: 255 of 8-bit pictures."""
        top = top_of(self.dtype)
        if self.source.transform.range is not None:
            low, high = scale_range(self.source.transform, top, self.source.name)
            return high - low
        if top is not None:
            return top
        return max(1.0, max(self.statistics.high, default=1.0) - min(self.statistics.low, default=0.0))

    def measured(self, parts: Parts) -> Self:
        if self.source.transform.normalise not in ("standard", "minmax") and top_of(self.dtype) is not None:
            return self
        sums, rows = Sums(), parts["train"]
        for first in range(0, len(rows), _BLOCK):
            x = self.kept.read(rows[first : first + _BLOCK])
            sums = sums.plus(x.reshape(-1, x.shape[-1]))
        made = type(self)(self.source.with_(sums.statistics()))
        object.__setattr__(made, "kept", self.kept)
        return made

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        return self.normal(self.pixels(rows))

    def pixels(self, rows: Int64) -> npt.NDArray[np.float32]:
        """Return pictures before augmentation and normalisation."""
        return self.kept.read(rows).astype(np.float32)

    def normal(self, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return pictures after normalisation."""
        top = top_of(self.dtype)
        return normalised(x, self.source.transform, self.statistics, top, self.source.name).astype(np.float32)

    def said(self) -> list[str]:
        shape = self.source.table.columns[self.source.name].shape
        height, width, _ = self.spec.shape
        if (*shape, None, None)[:2] == (height, width):
            return []
        return [f"{self.source.name}: pictures are brought to {height}×{width}."]

    def _one(self, row: int) -> npt.NDArray[Any]:
        height, width, channels = picture_shape(self.source)
        picture = _picture(self.source, row)
        if picture.dtype != self.dtype:
            msg = f"{self.source.name}: expected pictures of {self.dtype} as the first one is, received {picture.dtype} in row {row}."
            raise InputError(msg, field=self.source.name)
        if picture.shape[:2] != (height, width) and self.source.transform.resize is None:
            msg = (
                f"{self.source.name}: expected pictures of {height}×{width} as the first ones are, received one of "
                f"{picture.shape[0]}×{picture.shape[1]} in row {row}. Set transforms.{self.source.name}.resize."
            )
            raise InputError(msg, field=f"transforms.{self.source.name}.resize")
        return resized(with_channels(picture, channels), height, width)


@dataclass(frozen=True, slots=True)
class MaskValues:
    """Masks as classes of their pixels, int64 of shape `(h, w)`, of the size of the pictures that they are of."""

    source: Source
    size: tuple[int, int]
    kept: Kept = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", Kept(self.source.table.rows, self.size, np.uint8, self._one))

    @property
    def spec(self) -> Spec:
        return Spec(self.size, "int64", classes=len(self.source.table.columns[self.source.name].classes))

    @property
    def statistics(self) -> Statistics:
        return self.source.statistics

    def measured(self, parts: Parts) -> Self:  # noqa: ARG002 - nothing is measured of masks
        return self

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        return self.kept.read(rows).astype(np.int64)

    def said(self) -> list[str]:
        return []

    def _one(self, row: int) -> npt.NDArray[Any]:
        column = self.source.table.columns[self.source.name]
        known = [value_of(text) for text in column.classes]
        packed = nearest(_packed(_picture(self.source, row), column.shape), *self.size)
        codes = np.searchsorted(known, packed).clip(0, len(known) - 1)
        return codes.astype(np.uint8)


@dataclass(frozen=True, slots=True)
class BoxValues:
    """Boxes in pixels of the pictures as a model gets them, float32 of shape `(most, 4)`, filled up with zeros."""

    source: Source
    picture: Source
    size: tuple[int, int]

    @property
    def spec(self) -> Spec:
        return Spec((self.statistics.most, 4))

    @property
    def statistics(self) -> Statistics:
        return self.source.statistics

    def measured(self, parts: Parts) -> Self:
        most = max((len(boxes) for rows in parts.values() for boxes in self.source.raw(rows)), default=0)
        if most > MOST_BOXES:
            msg = f"{self.source.name}: expected at most {MOST_BOXES} boxes in a picture, received {most}. Leave the column out."
            raise InputError(msg, field="target")
        return type(self)(self.source.with_(Statistics(most=most)), self.picture, self.size)

    def read(self, rows: Int64) -> npt.NDArray[Any]:
        return np.stack([_filled(self.one(int(row)), self.statistics.most) for row in rows])

    def one(self, row: int) -> npt.NDArray[np.float64]:
        """Return the boxes of a row, as many as it has."""
        found = self.source.table.files[self.picture.name].size(row)
        assert found is not None  # a row without a picture is in no part
        height, width = self.size
        boxes = np.asarray(self.source.raw(np.array([row]))[0], np.float64)
        return np.asarray(boxes * np.array([width / found[1], height / found[0]] * 2))

    def moved(self, rows: Int64, moves: Moves) -> tuple[npt.NDArray[Any], list[npt.NDArray[np.bool_]]]:
        """Return boxes after the moves of their pictures, and which of each row stay in view."""
        made = [moves.boxes(self.one(int(row)), i, *self.size) for i, row in enumerate(rows)]
        return np.stack([_filled(boxes[stay], self.statistics.most) for boxes, stay in made]), [s for _, s in made]

    def said(self) -> list[str]:
        return []


@dataclass(frozen=True, slots=True)
class BoxClassValues:
    """Categories of boxes, int64 of shape `(most,)`, filled up with -1."""

    source: Source

    @property
    def spec(self) -> Spec:
        classes = len(self.source.table.columns[self.source.name].classes)
        return Spec((self.statistics.most,), "int64", classes=classes)

    @property
    def statistics(self) -> Statistics:
        return self.source.statistics

    def measured(self, parts: Parts) -> Self:
        most = max((len(codes) for rows in parts.values() for codes in self.source.raw(rows)), default=0)
        return type(self)(self.source.with_(Statistics(most=most)))

    def read(self, rows: Int64, stay: list[npt.NDArray[np.bool_]] | None = None) -> npt.NDArray[Any]:
        found = np.full((len(rows), self.statistics.most), -1, np.int64)
        for i, codes in enumerate(self.source.raw(rows)):
            kept = codes if stay is None else codes[stay[i]]
            found[i, : len(kept)] = kept
        return found

    def said(self) -> list[str]:
        return []


def mask_classes(table: Table, name: str) -> tuple[str, ...]:
    """Return the classes of all masks of a column: numbers as text, or colours as `#rrggbb`.

    Raises:
        InputError: There are more than 256.
    """
    found: set[int] = set()
    for row in range(table.rows):
        if name in table.files and table.files[name].size(row) is None:
            continue
        found.update(np.unique(_packed(_picture(Source(table, name), row), table.columns[name].shape)).tolist())
        if len(found) > MOST_CLASSES:
            msg = (
                f"{name}: expected masks of at most {MOST_CLASSES} different values, one for each class, received more. "
                "Save them as PNG: JPEG blurs them."
            )
            raise InputError(msg, field=name)
    is_grey = _is_grey(table.columns[name].shape)
    return tuple(str(value) if is_grey else f"#{value:06x}" for value in sorted(found))


def value_of(text: str) -> int:
    """Return the number or the colour that a class of masks is called by.

    Example:
        >>> value_of("255"), value_of("#0000ff")
        (255, 255)
    """
    return int(text[1:], 16) if text.startswith("#") else int(text)


def _is_grey(shape: tuple[int | None, ...]) -> bool:
    return len(shape) == 2 or shape[2] == 1


def _packed(mask: npt.NDArray[Any], shape: tuple[int | None, ...]) -> npt.NDArray[np.int64]:
    if _is_grey(shape):
        return mask[..., 0].astype(np.int64)
    colours = with_channels(mask, 3).astype(np.int64)
    found: npt.NDArray[np.int64] = colours[..., 0] << 16 | colours[..., 1] << 8 | colours[..., 2]
    return found


def _picture(source: Source, row: int) -> npt.NDArray[Any]:
    picture = np.asarray(source.raw(np.array([row]))[0])
    return picture[..., None] if picture.ndim == 2 else picture


def _dtype(source: Source) -> np.dtype[Any]:
    """Return the type of the numbers of pictures; in files they are of 8 bits but for few."""
    for row in range(source.table.rows):
        if source.name not in source.table.files or source.table.files[source.name].names([row])[0] is not None:
            return _picture(source, row).dtype
    return np.dtype(np.uint8)


def _filled(boxes: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.float32]:
    found = np.zeros((most, 4), np.float32)
    found[: len(boxes)] = boxes
    return found
