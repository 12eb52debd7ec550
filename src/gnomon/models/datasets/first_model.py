"""A first model for a data set: what its version says is given and predicted, after its transforms."""

from collections.abc import Mapping

import msgspec

from gnomon.core.errors import InputError
from gnomon.graph.build import Built, Feature, build
from gnomon.graph.columns import ColumnFact, DataSummary

_NOT_GIVEN = frozenset({"mask", "boxes"})


def first_model(
    data: DataSummary, target: str = "", *, name: str = "model", left_out: Mapping[str, str] | None = None
) -> Built:
    """Return a first model, bound to its data.

    Args:
        data: What is known of the data.
        target: The target; any column of the version, its own target unless told.
        name: What the graph is called.
        left_out: Columns that the version does not give, with the reason.

    Raises:
        InputError: There is no such column, it has gaps that are filled, or there is no first model for it.
    """
    goal = target or (data.target[0] if data.target else "")
    if goal not in data.columns:
        msg = f"target: expected one of {', '.join(data.columns)}, received {goal or 'nothing'!r:.60}. Name the target."
        raise InputError(msg, field="target")
    if goal not in data.target and data.columns[goal].missing:
        msg = f"target: {goal} has gaps, which {data.ref} fills as it gives it. Make a version that predicts it."
        raise InputError(msg, field="target")
    others = [name for name in dict.fromkeys((*data.inputs, *data.target)) if name != goal]
    names = [*(name for name in others if data.columns[name].kind not in _NOT_GIVEN), goal]
    built = build([_feature(data.columns[each]) for each in names], goal, rows=data.rows.get("train", 0), name=name)
    described = {**built.graph.data, "dataset": data.ref} if data.ref else built.graph.data
    missing = {**(left_out or {}), **built.left_out}
    return Built(msgspec.structs.replace(built.graph, data=described), built.reasons, missing)


def _feature(fact: ColumnFact) -> Feature:
    kind = "number" if fact.kind == "time" else fact.kind
    top = 255.0 if fact.top is None else fact.top
    return Feature(fact.name, kind, fact.spec.shape, fact.spec.classes or 0, fact.normalise, top)
