"""A row of data as the sample that a preview shows."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.graph.code.plan import Plan
from gnomon.models.datasets.binding import Binding, End, bind
from gnomon.models.datasets.prepared import Prepared, prepare
from gnomon.models.datasets.registry import decode
from gnomon.models.preview.sample import BATCH, Sample

Array = npt.NDArray[Any]

_MOST_NUMBERS = 4


def of_data(plan: Plan, spec: dict[str, Any], part: str, row: int, home: str) -> Sample:
    """Return a row of a data set in the form that a graph takes.

    Args:
        plan: The graph.
        spec: The description of the data set.
        part: `train`, `validation` or `test`.
        row: Its place in the part; counted on from the first behind the last.
        home: The home folder.

    Raises:
        InputError: The data do not fit the graph, or the part has no rows.
        NotFoundError: The data are not where they were, or have no such part.
        ConflictError: Other data lie there now.
    """
    data = _prepared(msgspec.json.encode(spec), home)
    rows = len(data.rows(part))
    if not rows:
        msg = f"sample.part: {part} of {data.spec.name} has no rows. Choose another part."
        raise InputError(msg, field="sample.part")
    row %= rows
    binding = bind(plan.graph, data, plan.report)
    given, targets = binding.batch(part, [row] * BATCH)
    return Sample(
        {name: given[name] for name in plan.inputs if name in given},
        {name: ", ".join(end.columns) for name, end in binding.inputs.items()},
        data.spec.ref,
        part,
        row,
        rows,
        {name: text for name, array in targets.items() if (text := _label(binding, binding.outputs[name], array[0]))},
    )


@lru_cache(maxsize=4)
def _prepared(spec: bytes, home: str) -> Prepared:
    return prepare(decode(spec), home=Path(home))


def _label(binding: Binding, end: End, target: Array) -> str:
    """Return what a sample is, in a few words; "" where that takes a picture."""
    if end.kind == "reconstruction" or not end.columns:
        return ""
    classes = binding.data.spec.columns[end.columns[0]].classes
    if end.kind == "classification" and target.ndim == 0:
        return classes[int(target)] if int(target) < len(classes) else str(int(target))
    if end.kind == "multi_label":
        names = classes if len(end.columns) == 1 and len(classes) == target.size else end.columns
        return ", ".join(name for name, has in zip(names, target.reshape(-1), strict=False) if has > 0)
    if target.size > _MOST_NUMBERS:
        return ""
    return ", ".join(f"{float(value):.4g}" for value in np.reshape(target, -1))
