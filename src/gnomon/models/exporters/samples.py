"""What exports are compared on: real rows of the data that a version was trained on, or noise that says it is noise."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import GnomonError
from gnomon.graph.document import Graph
from gnomon.graph.infer import infer
from gnomon.models.datasets.binding import bind
from gnomon.models.datasets.prepared import prepare
from gnomon.models.registry.trained import data_of

ROWS = 32
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Samples:
    """Hold inputs by name, the first axis the rows, and where they come from in words."""

    inputs: Arrays
    source: str


def samples(folder: Path, graph: Graph, home: Path, rows: int = ROWS, *, withheld: str = "") -> Samples:
    """Return inputs for a model.

    Args:
        folder: Of the version, with the description of its data.
        graph: What the model computes.
        home: The home folder.
        rows: How many.
        withheld: Why its data may not be opened here; empty where they may.
    """
    if withheld:
        return _nothing(graph, rows, withheld)
    try:
        spec = data_of(folder)
        if spec is None:
            return _nothing(graph, rows, "the version names no data")
        data = prepare(spec, home=home)
        part = "test" if data.length("test") else "train"
        count = min(rows, data.length(part))
        inputs, _ = bind(graph, data).batch(part, range(count))
    except (GnomonError, OSError) as error:
        return _nothing(graph, rows, str(error))
    return Samples(inputs, f"{count} rows of {part} of {data.spec.ref}")


def _nothing(graph: Graph, rows: int, why: str) -> Samples:
    return Samples(_noise(graph, rows), f"{rows} rows of noise: {why}")


def _noise(graph: Graph, rows: int) -> Arrays:
    rng, report = np.random.default_rng(0), infer(graph)
    found: Arrays = {}
    for name in report.order:
        node = report.nodes[name]
        if node.component is None or node.component.category != "Input" or not node.outs or node.outs[0] is None:
            continue
        spec = node.outs[0]
        shape = (rows, *(size or 1 for size in spec.shape))
        if spec.dtype.startswith("int") or spec.dtype == "text":
            found[name] = rng.integers(0, spec.classes or 2, shape).astype(
                np.int64 if spec.dtype == "int64" else np.int32
            )
        else:
            found[name] = rng.random(shape, np.float32)
    return found
