"""The PLY format for meshes and clouds: text, or binary of either byte order.

Source: Greg Turk, "The PLY Polygon File Format" (1994). A header names elements, how many there are of each, and their
properties; the elements follow in that order.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError
from gnomon.core.limits import MAX_FACES

_TYPES: Final = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS: Final = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_HEADER_BYTES: Final = 65_536
_TEXT_BYTES: Final = 64 << 20
_MOST_POLYGONS: Final = 1 << 22

Columns = dict[str, npt.NDArray[Any]]
Read = tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32], npt.NDArray[np.uint8] | None]


@dataclass(slots=True)
class Element:
    """Hold one element of a header: its name, how many follow, and its properties.

    Args:
        name: `vertex`, `face` ….
        count: How many rows the header promises.
        scalars: Name and format of each property that is one number.
        lists: Name, format of the length, format of the items, of each property that is a list.
    """

    name: str
    count: int
    scalars: list[tuple[str, str]] = field(default_factory=list)
    lists: list[tuple[str, str, str]] = field(default_factory=list)

    def least_bytes(self, *, text: bool) -> int:
        """Return the least that all rows together take in the file."""
        if text:
            return self.count * max(1, 2 * (len(self.scalars) + len(self.lists)) - 1)
        row = sum(np.dtype(kind).itemsize for _, kind in self.scalars)
        return self.count * (row + sum(np.dtype(length).itemsize for _, length, _ in self.lists))


def read_ply(data: bytes) -> Read:
    """Return vertices `(v, 3)`, triangles `(f, 3)` and colours `(v, 3)` or `None`.

    Raises:
        InputError: It is not PLY, or of a form that we do not read.
        CorruptError: It does not hold what its header promises; nothing is allocated for what is not there.
        LimitError: It is larger than we accept.
    """
    order, elements, at = _header(data)
    vertices: Columns = {}
    faces = np.zeros((0, 3), np.uint32)
    tokens = _tokens(data, at) if order == "" else []
    at = 0 if order == "" else at
    for element in elements:
        if order == "":
            columns, found, at = _text_rows(tokens, at, element)
        else:
            columns, found, at = _binary_rows(data, at, element, order)
        if element.name == "vertex":
            vertices = columns
        elif element.name == "face":
            faces = found
    if not {"x", "y", "z"} <= set(vertices):
        msg = "A PLY file needs an element vertex with x, y and z."
        raise InputError(msg, field="path")
    xyz = np.stack([vertices[axis] for axis in "xyz"], axis=1).astype(np.float32)
    if faces.size and int(faces.max()) >= len(xyz):
        msg = f"A face of the PLY file names vertex {int(faces.max())} of {len(xyz)}."
        raise CorruptError(msg)
    colours = [vertices.get(name) for name in ("red", "green", "blue")]
    rgb = np.stack([c for c in colours if c is not None], axis=1) if all(c is not None for c in colours) else None
    if rgb is not None and rgb.dtype.kind == "f" and order != "":
        rgb = np.rint(np.nan_to_num(rgb).clip(0, 1) * 255)
    return xyz, faces, None if rgb is None else rgb.clip(0, 255).astype(np.uint8)


def _header(data: bytes) -> tuple[str, list[Element], int]:
    end = data.find(b"end_header", 0, _HEADER_BYTES)
    line_end = data.find(b"\n", end, end + 16)
    if not data.startswith(b"ply") or end < 0 or line_end < 0:
        msg = "Expected a PLY file: it begins with `ply` and has its end_header within 64 KiB."
        raise InputError(msg, field="path")
    order: str | None = None
    elements: list[Element] = []
    for line in data[:end].decode("ascii", "replace").splitlines()[1:]:
        words = line.split()
        try:
            if words[:1] == ["format"]:
                order = _ORDERS[words[1]]
            elif words[:1] == ["element"]:
                elements.append(Element(words[1], int(words[2])))
            elif words[:2] == ["property", "list"]:
                elements[-1].lists.append((words[4], _TYPES[words[2]], _TYPES[words[3]]))
            elif words[:1] == ["property"]:
                elements[-1].scalars.append((words[2], _TYPES[words[1]]))
        except (LookupError, ValueError) as error:
            msg = f"The PLY header has a line that we do not know: {line[:80]!r}."
            raise InputError(msg, field="path") from error
    if order is None:
        msg = "The PLY header names no format."
        raise InputError(msg, field="path")
    _check_counts(elements, len(data) - line_end, text=order == "")
    return order, elements, line_end + 1


def _check_counts(elements: list[Element], left: int, *, text: bool) -> None:
    """Refuse a header that promises more than the file can hold, before a byte is allocated for it."""
    for element in elements:
        if element.count < 0 or element.least_bytes(text=text) > left:
            msg = f"The PLY header promises {element.count:,} of {element.name}, the file has {left:,} bytes for them."
            raise CorruptError(msg)
        if element.count > MAX_FACES:
            msg = f"A mesh may have {MAX_FACES:,} of {element.name}, this one has {element.count:,}."
            raise LimitError(msg)
        if element.lists and element.scalars and element.name != "face" and element.count > _MOST_POLYGONS:
            msg = f"At most {_MOST_POLYGONS:,} rows with lists are read, {element.name} has {element.count:,}."
            raise LimitError(msg)


def _binary_rows(data: bytes, at: int, element: Element, order: str) -> tuple[Columns, npt.NDArray[np.uint32], int]:
    if not element.lists:
        row = np.dtype([(f"{i}", order + kind) for i, (_, kind) in enumerate(element.scalars)])
        end = at + row.itemsize * element.count
        _check_end(end, data, element)
        rows = np.frombuffer(data[at:end], row) if row.itemsize else np.zeros(0, row)
        return {name: rows[f"{i}"] for i, (name, _) in enumerate(element.scalars)}, np.zeros((0, 3), np.uint32), end
    if len(element.lists) > 1 or element.scalars:
        msg = f"PLY: {element.name} mixes lists with other properties, which we read from text files only."
        raise InputError(msg, field="path")
    _, length, item = element.lists[0]
    return _binary_lists(data, at, element, np.dtype(order + length), np.dtype(order + item))


def _binary_lists(
    data: bytes, at: int, element: Element, length: np.dtype[Any], item: np.dtype[Any]
) -> tuple[Columns, npt.NDArray[np.uint32], int]:
    triangle = np.dtype([("n", length), ("i", item, 3)])
    end = at + triangle.itemsize * element.count
    if end <= len(data):
        rows = np.frombuffer(data[at:end], triangle)
        if (rows["n"] == 3).all():
            return {}, _indices(rows["i"]), end
    if element.count > _MOST_POLYGONS:
        msg = f"At most {_MOST_POLYGONS:,} polygons are read, this file has {element.count:,}. Save it as triangles."
        raise LimitError(msg)
    fans: list[npt.NDArray[Any]] = []
    for _ in range(element.count):
        _check_end(at + length.itemsize, data, element)
        n = int(np.frombuffer(data, length, 1, at)[0])
        at += length.itemsize
        _check_end(at + n * item.itemsize if n >= 0 else len(data) + 1, data, element)
        fans.append(fan(np.frombuffer(data, item, n, at)))
        at += n * item.itemsize
    return {}, _indices(np.concatenate(fans) if fans else np.zeros((0, 3), np.int64)), at


def _text_rows(tokens: list[bytes], at: int, element: Element) -> tuple[Columns, npt.NDArray[np.uint32], int]:
    try:
        if not element.lists:
            wide = len(element.scalars)
            end = at + wide * element.count
            _check_tokens(end, tokens)
            table = np.array(tokens[at:end]).astype(np.float64).reshape(element.count, wide)
            return {name: table[:, i] for i, (name, _) in enumerate(element.scalars)}, np.zeros((0, 3), np.uint32), end
        if len(element.lists) > 1 or element.scalars:
            msg = f"PLY: {element.name} mixes lists with other properties, which we do not read."
            raise InputError(msg, field="path")
        fans = []
        for _ in range(element.count):
            n = int(tokens[at])
            _check_tokens(at + 1 + n if n >= 0 else len(tokens) + 1, tokens)
            fans.append(fan(np.array([int(token) for token in tokens[at + 1 : at + 1 + n]], np.int64)))
            at += 1 + n
    except (IndexError, OverflowError) as error:
        msg = f"The PLY file ends, or breaks off, within its {element.count:,} of {element.name}."
        raise CorruptError(msg) from error
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        msg = f"The PLY file has text where a number of {element.name} should be."
        raise CorruptError(msg) from error
    return {}, _indices(np.concatenate(fans) if fans else np.zeros((0, 3), np.int64)), at


def fan(polygon: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return a polygon as triangles that share its first corner.

    Example:
        >>> fan(np.array([4, 5, 6, 7])).tolist()
        [[4, 5, 6], [4, 6, 7]]
    """
    if len(polygon) < 3:
        return np.zeros((0, 3), np.int64)
    corners = polygon.astype(np.int64)
    return np.stack([np.full(len(corners) - 2, corners[0]), corners[1:-1], corners[2:]], axis=1)


def _indices(rows: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    if rows.size and (rows.min() < 0 or rows.max() >= 1 << 32 or rows.dtype.kind == "f"):
        msg = "A face of the PLY file names a vertex that cannot be there."
        raise CorruptError(msg)
    return rows.astype(np.uint32)


def _tokens(data: bytes, at: int) -> list[bytes]:
    if len(data) - at > _TEXT_BYTES:
        msg = f"At most {_TEXT_BYTES >> 20} MiB of text are read, this PLY file is larger. Save it as binary."
        raise LimitError(msg)
    return data[at:].split()


def _check_end(end: int, data: bytes, element: Element) -> None:
    if end > len(data):
        msg = f"The PLY file ends within its {element.count:,} of {element.name}."
        raise CorruptError(msg)


def _check_tokens(end: int, tokens: list[bytes]) -> None:
    if end > len(tokens):
        raise IndexError
