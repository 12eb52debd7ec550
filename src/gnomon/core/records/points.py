"""Points in the plane or in space: one cloud per step, drawn as a scene you can turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gnomon.core.errors import CorruptError
from gnomon.core.records.columns import (
    bounds,
    colours_of,
    column_of,
    count_of,
    labels_of,
    names_of,
    rows_of,
    split,
)
from gnomon.core.records.record_type import Encoded


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Log a cloud of points.

    Args:
        xyz: Positions, `(n, 2)` or `(n, 3)`, in the units of your scene; kept as float32.
        rgb: Colours, uint8 from 0 to 255 or floats from 0 to 1, `(n, 3)`.
        labels: Class of each point, whole numbers `(n,)`.
        names: Name of each class, `names[label]`; without labels, of each point.
        values: A number for each point, drawn as a colour, `(n,)`; kept as float32.

    Example:
        >>> TYPE.encode(Points([[0, 0, 0], [1, 2, 3]], labels=[0, 1], names=["ground", "tree"])).meta["high"]
        [1.0, 2.0, 3.0]
    """

    xyz: object
    rgb: object = None
    labels: object = None
    names: Sequence[str] | None = None
    values: object = None


class PointsType:
    """The record type of `Points`."""

    kind = "points"
    wrapper = Points
    viewer = "points"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        points = value if isinstance(value, Points) else Points(value)
        xyz = rows_of(points.xyz, (2, 3), "Points.xyz", "(n, 3) or (n, 2)")
        n = len(xyz)
        meta: dict[str, Any] = {"n": n, "dims": xyz.shape[1], **bounds(xyz)}
        meta |= {"rgb": points.rgb is not None, "labels": points.labels is not None}
        data = [xyz.tobytes()]
        if points.rgb is not None:
            data.append(colours_of(points.rgb, n, "Points.rgb").tobytes())
        if points.labels is not None:
            data.append(labels_of(points.labels, n, "Points.labels").tobytes())
        if points.values is not None:
            meta["values"] = True
            data.append(column_of(points.values, n, "Points.values").astype("<f4").tobytes())
        if points.names is not None:
            meta["names"] = names_of(points.names, "Points.names")
        return Encoded(self.kind, meta, b"".join(data))

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Points:
        n, dims = count_of(meta, "n"), meta.get("dims")
        if type(dims) is not int or dims not in (2, 3):
            msg = f"meta.dims: expected 2 or 3, received {dims!r:.40}."
            raise CorruptError(msg)
        xyz, rgb, labels, values = split(
            data,
            [
                ("<f4", (n, dims)),
                ("u1", (n, 3)) if meta.get("rgb") else None,
                ("<i4", (n,)) if meta.get("labels") else None,
                ("<f4", (n,)) if meta.get("values") else None,
            ],
        )
        return Points(xyz, rgb, labels, decoded_names(meta), values)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        n = meta.get("n")
        extra = [name for name in ("rgb", "labels", "values") if meta.get(name)]
        what = f"{n:,} points in {meta.get('dims')}-D" if isinstance(n, int) else f"points, {size:,} bytes"
        return ", ".join([what, *({"rgb": "colours"}.get(name, name) for name in extra)])


def decoded_names(meta: Mapping[str, Any]) -> list[str] | None:
    """Return the names that `meta` holds.

    Raises:
        CorruptError: They are not a list of text.
    """
    names = meta.get("names")
    if names is None:
        return None
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        msg = f"meta.names: expected a list of text, received {names!r:.60}."
        raise CorruptError(msg)
    return list(names)


TYPE = PointsType()
