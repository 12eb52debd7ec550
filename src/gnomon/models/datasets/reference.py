"""What the rows of training look like, measured so that requests of another day can be compared with them."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.graph.document import Graph, decode
from gnomon.models.datasets.binding import Binding, End, bind
from gnomon.models.datasets.features import features
from gnomon.models.datasets.prepared import Prepared, prepare
from gnomon.models.datasets.registry import decode as decode_dataset
from gnomon.models.registry.trained import signature_of

MOST_ROWS: Final = 1_000
"""Rows that are measured, evenly taken from `train`."""
PART: Final = "train"


def reference(params: Mapping[str, Any], say: Callable[[float, str], None]) -> dict[str, Any]:
    """Return what `train` looks like: `spec home graph` in; `rows`, and `inputs` and `outputs` by name out.

    Of each name there are either `numbers` or `classes`, how often each occurs. Outputs are named as a log of requests
    names them: `label` and `value` of the only one, `NODE label` of several.
    """
    data = prepare(decode_dataset(params["spec"]), home=Path(params["home"]), check=False)
    graph = decode(params["graph"].encode())
    count = min(MOST_ROWS, data.length(PART))
    places = np.linspace(0, max(0, data.length(PART) - 1), count).astype(np.int64)
    inputs = _inputs(data, data.rows(PART)[places] if count else places, say)
    return {"rows": count, "inputs": inputs, "outputs": _outputs(graph, data, places)}


def _inputs(data: Prepared, rows: npt.NDArray[np.int64], say: Callable[[float, str], None]) -> dict[str, Any]:
    numbers: dict[str, list[float]] = {}
    classes: dict[str, Counter[str]] = {}
    for i, row in enumerate(rows.tolist()):
        if not i % 100:
            say(i / len(rows), "measuring")
        for name, value in features(data.table, data.values, data.inputs, row).items():
            if isinstance(value, str):
                classes.setdefault(name, Counter())[value] += 1
            else:
                numbers.setdefault(name, []).append(value)
    found: dict[str, Any] = {name: {"numbers": each} for name, each in numbers.items()}
    return found | {name: {"classes": dict(each)} for name, each in classes.items()}


def _outputs(graph: Graph, data: Prepared, places: npt.NDArray[np.int64]) -> dict[str, Any]:
    binding = bind(graph, data)
    names = {port.name: port.classes for port in signature_of(graph, data.spec).outputs}
    found: dict[str, Any] = {}
    for node, end in binding.outputs.items():
        prefix = f"{node} " if len(names) > 1 else ""
        found |= {f"{prefix}{key}": each for key, each in _output(binding, end, names.get(node, ()), places).items()}
    return found


def _output(binding: Binding, end: End, classes: tuple[str, ...], places: npt.NDArray[np.int64]) -> dict[str, Any]:
    if not end.columns or end.kind not in ("classification", "regression"):
        return {}
    parts = [binding.batch(PART, places[i : i + 100])[1][end.node] for i in range(0, len(places), 100)]
    values = np.concatenate(parts) if parts else np.zeros(0)
    if end.kind == "classification":
        counts = Counter(values.reshape(-1).tolist())
        return {
            "label": {"classes": {classes[i] if i < len(classes) else str(i): n for i, n in sorted(counts.items())}}
        }
    return {"value": {"numbers": values.reshape(-1).tolist()}} if values.size == len(values) else {}
