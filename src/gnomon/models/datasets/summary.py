"""What a graph needs to know of a data set, as a small plain summary: from its rows, or from what was kept beside a version."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gnomon.graph.columns import ColumnFact, DataSummary
from gnomon.graph.spec import Spec
from gnomon.models.datasets.registry import DatasetSpec

if TYPE_CHECKING:  # the server reads what was kept, and opens no data
    from gnomon.models.datasets.prepared import Prepared


def summary_of(found: "Prepared") -> DataSummary:
    """Return the summary of data that are open."""
    rows = {name: _fact(name, row) for name, row in gives_rows(found).items()}
    return _summary(found.spec, rows)


def summary_kept(spec: DatasetSpec, facts: Mapping[str, Any]) -> DataSummary:
    """Return the summary of a version, from the facts that were kept when it was made."""
    return _summary(spec, {name: _fact(name, row) for name, row in facts.get("gives", {}).items()})


def gives_rows(found: "Prepared") -> dict[str, dict[str, Any]]:
    """Return what a model gets of each column that is given or predicted, as it is kept beside a version."""
    return {
        name: {
            "kind": found.table.columns[name].kind,
            "shape": list(values.spec.shape),
            "dtype": values.spec.dtype,
            "classes": values.spec.classes,
            "normalise": found.spec.transform(name).normalise,
            "top": _top(found, name),
            "missing": found.table.columns[name].missing,
        }
        for name, values in found.values.items()
    }


def _top(found: "Prepared", name: str) -> float | None:
    """Return the largest number of a column before it is normalised, whatever its sign."""
    from gnomon.models.datasets.picture_values import PictureValues  # noqa: PLC0415 - only where data are open

    values, column = found.values[name], found.table.columns[name]
    if isinstance(values, PictureValues):
        return values.span
    known = [abs(end) for end in (column.low, column.high) if end is not None]
    return max(known) if column.kind == "number" and known else None


def _fact(name: str, row: Mapping[str, Any]) -> ColumnFact:
    spec = Spec(tuple(row["shape"]), row["dtype"], row["classes"])
    return ColumnFact(name, row["kind"], spec, row["normalise"], row["top"], row["missing"])


def _summary(spec: DatasetSpec, columns: Mapping[str, ColumnFact]) -> DataSummary:
    return DataSummary(spec.ref, columns, spec.inputs, spec.target, dict(spec.parts))
