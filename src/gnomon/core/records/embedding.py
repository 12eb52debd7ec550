"""Vectors of many dimensions, shown as a scatter of their projection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gnomon.core.errors import LimitError
from gnomon.core.records.columns import count_of, labels_of, names_of, rows_of, split
from gnomon.core.records.describe import bytes_text
from gnomon.core.records.points import decoded_names
from gnomon.core.records.record_type import Encoded

_MOST_DIMS = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """Log vectors, to be projected to the plane where they are shown.

    Args:
        vectors: `(n, d)`, one row per item, d up to 65,536; kept as float32.
        labels: Class of each item, whole numbers `(n,)`.
        names: Name of each class, `names[label]`; or, when there are n of them, of each item.

    Example:
        >>> TYPE.encode(Embedding([[0.0, 1.0, 2.0, 3.0]], labels=[7])).meta
        {'n': 1, 'dim': 4, 'labels': True}
    """

    vectors: object
    labels: object = None
    names: Sequence[str] | None = None


class EmbeddingType:
    """The record type of `Embedding`."""

    kind = "embedding"
    wrapper = Embedding
    viewer = "embedding"

    def accept(self, value: object) -> bool:
        del value
        return False

    def encode(self, value: object) -> Encoded:
        embedding = value if isinstance(value, Embedding) else Embedding(value)
        vectors = rows_of(embedding.vectors, (), "Embedding.vectors", "(n, d)")
        n, dim = vectors.shape
        if dim > _MOST_DIMS:
            msg = f"Embedding.vectors: expected at most {_MOST_DIMS:,} dimensions, received {dim:,}."
            raise LimitError(msg, field="vectors")
        meta: dict[str, Any] = {"n": n, "dim": dim, "labels": embedding.labels is not None}
        data = vectors.tobytes()
        if embedding.labels is not None:
            data += labels_of(embedding.labels, n, "Embedding.labels").tobytes()
        if embedding.names is not None:
            meta["names"] = names_of(embedding.names, "Embedding.names")
        return Encoded(self.kind, meta, data)

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Embedding:
        n, dim = count_of(meta, "n"), count_of(meta, "dim")
        vectors, labels = split(data, [("<f4", (n, dim)), ("<i4", (n,)) if meta.get("labels") else None])
        return Embedding(vectors, labels, decoded_names(meta))

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        n, dim = meta.get("n"), meta.get("dim")
        return f"{n} vectors of {dim} dimensions" if n is not None else f"vectors, {bytes_text(size)}"


TYPE = EmbeddingType()
