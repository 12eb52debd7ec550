"""The OBJ format for meshes: positions, colours of vertices where given, faces.

Source: Wavefront, "Object Files (.obj)", Advanced Visualizer Manual, appendix B1.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, LimitError

_TEXT_BYTES: Final = 64 << 20
_MOST_LINES: Final = 1 << 23


def read_obj(data: bytes) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32], npt.NDArray[np.uint8] | None]:
    """Return vertices `(v, 3)`, triangles `(f, 3)` and colours `(v, 3)` or `None`; polygons become fans.

    Raises:
        InputError: It has no vertices.
        CorruptError: A line does not parse, or a face names a vertex that is not there.
        LimitError: It is larger than we read as text: 64 MiB, 8,388,608 lines.
    """
    if len(data) > _TEXT_BYTES or data.count(b"\n") > _MOST_LINES:
        msg = f"At most {_TEXT_BYTES >> 20} MiB and {_MOST_LINES:,} lines of OBJ are read. Save it as binary PLY."
        raise LimitError(msg)
    vertices: list[list[float]] = []
    faces: list[tuple[int, int, int]] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        words = line.split()
        try:
            if words[:1] == [b"v"]:
                vertices.append([float(word) for word in words[1:7]])
            elif words[:1] == [b"f"]:
                corners = [_corner(word, len(vertices)) for word in words[1:]]
                faces.extend((corners[0], corners[i], corners[i + 1]) for i in range(1, len(corners) - 1))
        except ValueError as error:
            msg = f"Line {number} of the OBJ file does not parse: {line[:80]!r}."
            raise CorruptError(msg) from error
    if not vertices:
        msg = "Expected an OBJ file with vertices (lines that begin with v), received none."
        raise InputError(msg, field="path")
    return _arrays(vertices, faces)


def _arrays(
    vertices: list[list[float]], faces: list[tuple[int, int, int]]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32], npt.NDArray[np.uint8] | None]:
    if any(len(vertex) < 3 for vertex in vertices):
        msg = "A vertex of the OBJ file has fewer than three coordinates."
        raise CorruptError(msg)
    xyz = np.array([vertex[:3] for vertex in vertices], np.float32)
    triangles = np.array(faces, np.int64).reshape(-1, 3)
    if triangles.size and not (triangles.min() >= 0 and triangles.max() < len(xyz)):
        msg = f"A face of the OBJ file names a vertex outside 1 to {len(xyz)}."
        raise CorruptError(msg)
    rgb = None
    if all(len(vertex) == 6 for vertex in vertices):
        rgb = np.rint(np.nan_to_num(np.array([vertex[3:] for vertex in vertices])).clip(0, 1) * 255).astype(np.uint8)
    return xyz, triangles.astype(np.uint32), rgb


def _corner(word: bytes, n: int) -> int:
    """Return the vertex of `7`, `7/1/3` or `-1`, counted from 0; negative ones count from the last."""
    index = int(word.split(b"/", 1)[0])
    return n + index if index < 0 else index - 1
