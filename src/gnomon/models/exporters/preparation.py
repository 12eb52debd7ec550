"""What a bundle says of how inputs are prepared: all that `prepare.py` needs, and nothing of where the data lie."""

from typing import Any, Final

from gnomon.core.errors import InputError
from gnomon.graph.document import Graph
from gnomon.models.datasets.column import Column
from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.datasets.taken import Taken, taken
from gnomon.models.registry.record import Signature

FORMAT: Final = "preprocess/1"


def preparation(spec: DatasetSpec | None, graph: Graph, signature: Signature) -> dict[str, Any]:
    """Return `preprocess.json`: columns as people send them, what is done to each, and which input takes which.

    A model without data takes arrays as its inputs are. `refused` says why nothing can be prepared.

    Args:
        spec: The data that the model was trained on.
        graph: The model.
        signature: What it takes.
    """
    ports = {port.name: {"shape": list(port.shape), "dtype": port.dtype} for port in signature.inputs}
    if spec is None:
        columns = {port.name: {"kind": "array", "shape": list(port.shape), "null": False} for port in signature.inputs}
        inputs = {name: {"columns": [name], **port} for name, port in ports.items()}
        return {"format": FORMAT, "data": None, "columns": columns, "inputs": inputs}
    try:
        found = taken(spec, graph, signature.inputs)
        columns = {name: _column(column, found) for name, column in found.columns.items()}
    except InputError as error:
        return {"format": FORMAT, "data": spec.ref, "refused": str(error), "columns": {}, "inputs": {}}
    inputs = {end.node: {"columns": list(end.columns), **ports[end.node]} for end in found.ends}
    return {"format": FORMAT, "data": spec.ref, "columns": columns, "inputs": inputs}


def _column(column: Column, data: Taken) -> dict[str, Any]:
    how, known = data.spec.transform(column.name), data.spec.statistics.get(column.name)
    found: dict[str, Any] = {"kind": column.kind, "null": how.missing != "drop"}
    if column.kind in ("number", "time", "array", "image") and how.normalise != "none":
        found["normalise"] = how.normalise
        names = {"scale": (), "standard": ("mean", "std"), "minmax": ("low", "high")}[how.normalise]
        found |= {name: list(getattr(known, name)) for name in names}
        found |= {"range": list(how.range)} if how.normalise == "scale" and how.range else {}
    return found | _own(column, data)


def _own(column: Column, data: Taken) -> dict[str, Any]:
    """Return what is said of a column of this kind alone."""
    how, known = data.spec.transform(column.name), data.spec.statistics.get(column.name)
    if column.kind in ("number", "time"):
        return {"fill": 0.0 if how.missing == "zero" or known is None or not known.mean else known.mean[0]}
    if column.kind == "category":
        has_own = how.missing == "fill" and column.missing > 0
        codes = max(1, len(column.classes) + has_own)
        null = {} if has_own or how.missing == "zero" else {"null": False}
        return {"classes": list(column.classes), "codes": codes, "null_class": codes - 1 if has_own else 0, **null}
    if column.kind == "text":
        return {"words": list(known.words if known is not None else ()), "length": how.length}
    if column.kind == "image":
        height, width = how.resize or (0, 0)  # `taken` says the size
        channels = 1 if how.grey or len(column.shape) == 2 else column.shape[2] or 3
        moved = {} if how.range is None or data.is_from_files else {"file_range": list(how.range)}
        return {"shape": list(column.shape), "resize": [height, width], "channels": channels, **moved}
    return {"shape": list(column.shape)}
