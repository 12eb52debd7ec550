"""A first model for data: `gnomon canvas new --data`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gnomon.graph.build import Built


def built_for(path: Path, target: str, name: str) -> "Built":
    """Return a first model that foretells a column of the data at a path, all others given.

    Raises:
        InputError: There is no such column, or no model for it.
    """
    from gnomon.graph.build import Feature, build
    from gnomon.models.datasets.source import open_data

    data = open_data(path)
    features = [Feature(c.name, c.kind, c.shape, len(c.classes)) for c in data.columns.values()]
    return build(features, target, rows=data.rows, name=name)


def told(built: "Built") -> dict[str, Any]:
    """Return why a model is so, as plain data."""
    reasons = [{"node": r.node, "param": r.param, "value": r.value, "why": r.why} for r in built.reasons]
    return {"reasons": reasons, "left_out": dict(built.left_out)}
