"""Surfaces made of triangles, one per step, drawn as a scene you can turn."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from gnomon.core.errors import CorruptError, InputError, LimitError, ShapeError
from gnomon.core.limits import MAX_FACES
from gnomon.core.records.arrays import wanted
from gnomon.core.records.columns import bounds, colours_of, count_of, rows_of, split
from gnomon.core.records.record_type import Encoded


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Log a mesh of triangles.

    Args:
        vertices: Corners, `(v, 3)`, in the units of your scene; kept as float32.
        faces: Triangles, `(f, 3)`: three indices of vertices each, counted from 0.
        rgb: Colour of each vertex, uint8 from 0 to 255 or floats from 0 to 1, `(v, 3)`.

    Example:
        >>> TYPE.encode(Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])).meta["faces"]
        1
    """

    vertices: object
    faces: object
    rgb: object = None

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> Self:
        """Read a PLY (ascii or binary) or an OBJ file; polygons become fans of triangles.

        Raises:
            InputError: It cannot be read, or is of another format.
            CorruptError: It does not hold what its header promises.
            LimitError: It is larger than we accept.
        """
        from gnomon.core.records.obj import read_obj  # noqa: PLC0415 - files are rarer than arrays
        from gnomon.core.records.ply import read_ply  # noqa: PLC0415

        readers = {".ply": read_ply, ".obj": read_obj}
        reader = readers.get(Path(path).suffix.lower())
        if reader is None:
            msg = f"Mesh.load: expected a .ply or .obj file, received {str(path)!r:.200}."
            raise InputError(msg, field="path")
        vertices, faces, rgb = reader(_opened(path))
        return cls(vertices, faces, rgb)


class MeshType:
    """The record type of `Mesh`."""

    kind = "mesh"
    wrapper = Mesh
    viewer = "mesh"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        if not isinstance(value, Mesh):
            msg = f"Mesh: expected a gnomon.Mesh, received {type(value).__qualname__}."
            raise InputError(msg)
        vertices = rows_of(value.vertices, (3,), "Mesh.vertices", "(v, 3)")
        faces = wanted(value.faces, "Mesh.faces")
        faces = faces.reshape(0, 3) if faces.size == 0 else faces
        if faces.ndim != 2 or faces.shape[1] != 3 or (faces.size and faces.dtype.kind not in "ui"):
            msg = f"Mesh.faces: expected whole numbers of shape (f, 3), received {faces.dtype} {faces.shape}."
            raise ShapeError(msg, field="faces")
        if len(faces) > MAX_FACES:
            msg = f"Mesh.faces: expected at most {MAX_FACES:,}, received {len(faces):,}."
            raise LimitError(msg, field="faces")
        if faces.size and not (faces.min() >= 0 and faces.max() < len(vertices)):
            msg = f"Mesh.faces: expected indices 0 to {len(vertices) - 1}, received {faces.min()} to {faces.max()}."
            raise InputError(msg, field="faces")
        meta = {"vertices": len(vertices), "faces": len(faces), "rgb": value.rgb is not None, **bounds(vertices)}
        data = vertices.tobytes() + faces.astype("<u4").tobytes()
        if value.rgb is not None:
            data += colours_of(value.rgb, len(vertices), "Mesh.rgb").tobytes()
        return Encoded(self.kind, meta, data)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Mesh:
        v, f = count_of(meta, "vertices"), count_of(meta, "faces")
        columns = [("<f4", (v, 3)), ("<u4", (f, 3)), ("u1", (v, 3)) if meta.get("rgb") else None]
        vertices, faces, rgb = split(data, columns)
        if faces is not None and faces.size and int(faces.max()) >= v:
            msg = f"A face names vertex {int(faces.max())} of {v}."
            raise CorruptError(msg)
        return Mesh(vertices, faces, rgb)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        v, f = meta.get("vertices"), meta.get("faces")
        known = isinstance(v, int) and isinstance(f, int)
        return f"{v:,} vertices, {f:,} triangles" if known else f"mesh, {size:,} bytes"


def _opened(path: "str | os.PathLike[str]") -> bytes:
    try:
        size = Path(path).stat().st_size
        if size > 1 << 30:
            msg = f"Mesh.load: expected at most 1 GiB, {str(path)!r:.200} is {size:,} bytes."
            raise LimitError(msg, field="path")
        return Path(path).read_bytes()
    except OSError as error:
        msg = f"Mesh.load: {str(path)!r:.200} cannot be read: {error}"
        raise InputError(msg, field="path") from error


TYPE = MeshType()
