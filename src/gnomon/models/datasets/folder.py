"""Data sets that are folders of pictures: one folder for each class, pictures and masks, or boxes in a table."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.models.datasets.column import Column
from gnomon.models.datasets.pictures import Pictures, listed
from gnomon.models.datasets.split import Int64
from gnomon.models.datasets.table import Rows, Table
from gnomon.models.datasets.text import read_text

_PARTS: Final = {"train": "train", "training": "train", "val": "validation", "valid": "validation"} | {
    name: name for name in ("validation", "test")
}
_IMAGES: Final = ("images", "image", "img", "imgs")
_MASKS: Final = ("masks", "mask", "labels", "annotations", "segmentation")
_CORNERS: Final = ("x1", "y1", "x2", "y2")
_LABELS: Final = ("category", "label", "class")


def read_folder(folder: Path) -> Table:
    """Return the pictures of a folder as a table.

    Two folders, `images` and `masks`, with pictures of the same names are pictures and what belongs to each of their
    pixels; other folders are classes. Folders `train`, `validation` and `test` around them are parts.

    Raises:
        InputError: There are no pictures, or not one mask for each.
    """
    names = listed(folder)
    if not names:
        msg = f"{folder}: expected pictures (png, jpg, gif, bmp, webp, tif) below it, received none."
        raise InputError(msg, field="path")
    parts, places = _by_part(names)
    tops = {PurePosixPath(place).parts[0].lower() for place in places if "/" in place}
    images, masks = (next((name for name in words if name in tops), "") for words in (_IMAGES, _MASKS))
    if images and masks and len(tops) == 2:
        return _with_masks(folder, names, places, parts, images)
    if any("/" not in place for place in places) or len(tops) < 2:
        return _table(folder, names, {}, parts)
    classes = [PurePosixPath(place).parts[0] for place in places]
    return _table(folder, names, {"label": classes}, parts)


def read_boxes(path: Path) -> Table | None:
    """Return a table of boxes, one in each row: `image, category, x1, y1, x2, y2`; `None` when it is another table.

    What comes out has a row for each picture: the picture, its boxes, float64 of shape `(n, 4)` in pixels, and their
    categories, int64 of shape `(n,)`.

    Raises:
        InputError: A box has no area, or no picture.
    """
    table = read_text(path)
    named = {name.lower(): name for name in table.columns}
    label = next((named[word] for word in _LABELS if word in named), None)
    if label is None or "image" not in named or not all(word in named for word in _CORNERS):
        return None
    corners = np.stack([np.asarray(table.values(named[word]), np.float64) for word in _CORNERS], axis=1)
    _check_boxes(path, corners)
    of: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(table.values(named["image"]).tolist()):
        if name is None:
            msg = f"{path}: expected the name of a picture in row {row + 2}, received nothing."
            raise InputError(msg, field="image")
        of[name].append(row)
    texts = [str(value) for value in table.values(label).tolist()]
    classes = tuple(sorted(set(texts)))
    codes = np.array([classes.index(text) for text in texts], np.int64)
    boxes = _ragged([corners[rows] for rows in of.values()])
    categories = _ragged([codes[rows] for rows in of.values()])
    pictures = Pictures(path.parent, list(of))
    columns = {
        "image": Column("image", "image", "the pictures that the boxes name", pictures.shape()),
        "boxes": Column("boxes", "boxes", f"{len(texts):,} boxes in pixels: left, top, right, bottom", (None, 4)),
        "category": Column("category", "array", "one for each box", (None,), classes=classes),
    }
    held = {"boxes": boxes, "category": categories}
    return Table(
        path,
        len(of),
        columns,
        lambda name, rows: pictures.read(rows) if name == "image" else held[name][rows],
        files={"image": pictures},
    )


def _check_boxes(path: Path, corners: npt.NDArray[np.float64]) -> None:
    wrong = np.flatnonzero(~((corners[:, 2] > corners[:, 0]) & (corners[:, 3] > corners[:, 1])))
    if len(wrong):
        row = int(wrong[0])
        msg = f"{path}: expected x1 < x2 and y1 < y2 in row {row + 2}, received {corners[row].tolist()}."
        raise InputError(msg, field="boxes")


def _ragged(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    values = np.empty(len(parts), object)
    for i, part in enumerate(parts):
        values[i] = part
    return values


def _by_part(names: list[str]) -> tuple[list[str], list[str]]:
    """Return the part of each picture and its place within it, where all lie in folders of parts."""
    tops = [PurePosixPath(name).parts[0].lower() for name in names]
    if all(top in _PARTS and "/" in name for top, name in zip(tops, names, strict=True)):
        return [_PARTS[top] for top in tops], [name.partition("/")[2] for name in names]
    return [], names


def _rows_of(parts: list[str]) -> Mapping[str, Int64]:
    return {part: np.flatnonzero(np.array(parts) == part) for part in ("train", "validation", "test") if part in parts}


def _table(folder: Path, names: list[str], texts: Mapping[str, list[str]], parts: list[str]) -> Table:
    pictures = Pictures(folder, names)
    columns = {"image": Column("image", "image", f"{len(names):,} picture files", pictures.shape())}
    held: dict[str, npt.NDArray[Any]] = {}
    for name, values in texts.items():
        classes = tuple(sorted(Counter(values)))
        columns[name] = Column(name, "category", f"the {len(classes)} folders they lie in", classes=classes)
        held[name] = np.array(values, object)

    def read(name: str, rows: Rows) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = pictures.read(rows) if name == "image" else held[name][rows]
        return found

    return Table(folder, len(names), columns, read, _rows_of(parts), files={"image": pictures})


def _with_masks(folder: Path, names: list[str], places: list[str], parts: list[str], images: str) -> Table:
    """Return pictures beside their masks, which have the same name but for the ending."""
    of: dict[tuple[str, str], dict[bool, str]] = defaultdict(dict)
    for i, (name, place) in enumerate(zip(names, places, strict=True)):
        path = PurePosixPath(place)
        stem = PurePosixPath(*path.parts[1:]).with_suffix("").as_posix()
        of[parts[i] if parts else "", stem][path.parts[0].lower() == images] = name
    alone = [f"{stem} of {part}" if part else stem for (part, stem), pair in of.items() if len(pair) != 2]
    if alone:
        msg = f"{folder}: expected a mask of the same name for each picture, received one alone: {alone[0]} ({len(alone)} in all)."
        raise InputError(msg, field="path")
    both = {kind: Pictures(folder, [pair[kind] for pair in of.values()]) for kind in (True, False)}
    columns = {
        "image": Column("image", "image", f"{len(of):,} picture files", both[True].shape()),
        "mask": Column("mask", "mask", "pictures of the same names", both[False].shape()),
    }
    return Table(
        folder,
        len(of),
        columns,
        lambda name, rows: both[name == "image"].read(rows),
        _rows_of([p for p, _ in of] if parts else []),
        files={"image": both[True], "mask": both[False]},
    )
