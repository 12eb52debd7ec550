"""What differs between two versions: figures side by side, where they come from, and what they compute."""

from typing import Any

import msgspec

from gnomon.core.errors import GnomonError
from gnomon.graph.diff import diff
from gnomon.graph.document import Graph, decode
from gnomon.models.registry.record import Version


class FigurePair(msgspec.Struct, frozen=True):
    """A figure of both versions, and the second less the first; `None` where one has none."""

    name: str
    first: float | None
    second: float | None
    change: float | None


class FieldPair(msgspec.Struct, frozen=True):
    """Something else that differs, in words: `data train` was this in the first and is that in the second."""

    name: str
    first: str
    second: str


class ModelComparison(msgspec.Struct, frozen=True):
    """Hold what differs.

    Args:
        same_files: They are the same model, byte for byte.
        same_data: Both were judged and trained on the same data under the same names; `None` when one does not say.
        figures: All that either has, by name.
        fields: What else differs.
        graph: What differs between the graphs, in words; `None` when either has none.
    """

    same_files: bool
    same_data: bool | None
    figures: list[FigurePair]
    fields: list[FieldPair]
    graph: str | None


def compare(
    first: Version, second: Version, graphs: tuple[bytes | None, bytes | None] = (None, None)
) -> ModelComparison:
    """Compare two versions.

    Args:
        first: One version, of whichever model.
        second: The other.
        graphs: The document `graph.json` of each.
    """
    sides = first.metrics, second.metrics
    names = sorted(set(sides[0]) | set(sides[1]))
    data = first.lineage.data, second.lineage.data
    return ModelComparison(
        same_files=first.digest == second.digest,
        same_data=data[0] == data[1] if all(data) else None,
        figures=[_pair(name, sides[0].get(name), sides[1].get(name)) for name in names],
        fields=_fields(first, second),
        graph=_graphs(*graphs),
    )


def _pair(name: str, first: float | None, second: float | None) -> FigurePair:
    change = second - first if first is not None and second is not None else None
    return FigurePair(name, first, second, change)


def _fields(first: Version, second: Version) -> list[FieldPair]:
    sides = _told(first), _told(second)
    names = [*sides[0], *(name for name in sides[1] if name not in sides[0])]
    pairs = [FieldPair(name, sides[0].get(name, ""), sides[1].get(name, "")) for name in names]
    return [pair for pair in pairs if pair.first != pair.second]


def _told(version: Version) -> dict[str, str]:
    lineage = version.lineage
    found: dict[str, Any] = {
        "format": version.format,
        "run": lineage.run_name or lineage.run,
        "step": lineage.step,
        "commit": lineage.commit[:12],
        "graph revision": lineage.graph and lineage.graph.rev,
        "bytes": version.size_bytes,
        **{f"data {name}": digest for name, digest in sorted(lineage.data.items())},
        **{f"input {port.name}": _shape(port.shape, port.dtype) for port in version.signature.inputs},
        **{f"output {port.name}": _shape(port.shape, port.dtype) for port in version.signature.outputs},
    }
    return {name: str(value) for name, value in found.items() if value is not None and value != ""}


def _shape(shape: tuple[int | None, ...], dtype: str) -> str:
    return "×".join("?" if size is None else str(size) for size in shape) + f" {dtype}"


def _graphs(first: bytes | None, second: bytes | None) -> str | None:
    graphs = _graph(first), _graph(second)
    if graphs[0] is None or graphs[1] is None:
        return None
    return diff(graphs[0], graphs[1]).text


def _graph(data: bytes | None) -> Graph | None:
    try:
        return decode(data) if data is not None else None
    except GnomonError:
        return None
