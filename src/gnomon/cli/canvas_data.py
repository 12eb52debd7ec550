"""A first model for data: `gnomon canvas new --data`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gnomon.graph.build import Built


def built_for(data: str, target: str, name: str, home: Path | None = None) -> "Built":
    """Return a first model for a registered data set, or for the data at a path.

    Args:
        data: `flowers`, `flowers@3`, or a path.
        target: The target; of a registered data set what it says unless told.
        name: What the graph is called.
        home: The home folder; that of the environment unless told.

    Raises:
        InputError: There is no such column, or no model for it.
    """
    from dataclasses import replace

    from gnomon.cli.data import is_registered
    from gnomon.models.datasets.describing import Wishes, described, left_out, opened, proposed_name
    from gnomon.models.datasets.first_model import first_model
    from gnomon.models.datasets.home import absolute, load
    from gnomon.models.datasets.summary import summary_of

    if is_registered(data, home):
        return first_model(summary_of(load(data, home)), target, name=name)
    path = absolute(data)
    table = opened(path)
    found = described(path, proposed_name(path), Wishes(target=(target,) if target else None), table=table)
    others = {each: left_out(table, each, found.spec.split) for each in table.columns if each not in found.spec.target}
    missing = {each: why for each, why in others.items() if why}
    return first_model(replace(summary_of(found.prepared), ref=""), target, name=name, left_out=missing)


def told(built: "Built") -> dict[str, Any]:
    """Return why a model is so, as plain data."""
    reasons = [{"node": r.node, "param": r.param, "value": r.value, "why": r.why} for r in built.reasons]
    return {"reasons": reasons, "left_out": dict(built.left_out)}
