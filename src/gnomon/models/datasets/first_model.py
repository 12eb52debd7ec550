"""A first model for a data set: what its version says is given and foretold, after its transforms."""

from collections.abc import Mapping

import msgspec

from gnomon.core.errors import InputError
from gnomon.graph.build import Built, Feature, build
from gnomon.graph.columns import ColumnFact, DataSummary


def first_model(
    data: DataSummary, target: str = "", *, name: str = "model", left_out: Mapping[str, str] | None = None
) -> Built:
    """Return a first model, bound to its data.

    Args:
        data: What is known of the data.
        target: What is to be foretold, where the version foretells several columns.
        name: What the graph is called.
        left_out: Columns that the version does not give, with the reason.

    Raises:
        InputError: The version foretells nothing, or not this, or there is no first model for it.
    """
    goal = target or (data.target[0] if data.target else "")
    if goal not in data.target:
        has = f"foretells {', '.join(data.target)}" if data.target else "says nothing of what is to be foretold"
        msg = f"target: {data.ref} {has}{f', not {goal!r:.60}' if goal else ''}. Make a version of it that does."
        raise InputError(msg, field="target")
    names = [*data.inputs, goal]
    built = build([_feature(data.columns[each]) for each in names], goal, rows=data.rows.get("train", 0), name=name)
    described = {**built.graph.data, "dataset": data.ref} if data.ref else built.graph.data
    others = {**(left_out or {}), **built.left_out}
    return Built(msgspec.structs.replace(built.graph, data=described), built.reasons, others)


def _feature(fact: ColumnFact) -> Feature:
    kind = "number" if fact.kind == "time" else fact.kind
    top = 255.0 if fact.top is None else fact.top
    return Feature(fact.name, kind, fact.spec.shape, fact.spec.classes or 0, fact.normalise, top)
