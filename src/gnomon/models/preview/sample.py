"""The sample that a preview shows: a row of data, or one that is made up and says so."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.graph.code.parts import example_shape
from gnomon.graph.code.plan import Plan
from gnomon.graph.spec import Spec
from gnomon.models.preview.keys import digest, seed_of

Array = npt.NDArray[Any]

BATCH: Final = 2
"""How often a sample goes through: what users write may take an axis of length 1 for one to be left out, as a batch of
one has, and some layers of PyTorch refuse it."""
_WORDS: Final = b"The quick brown fox jumps over the lazy dog. "


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold what enters a graph.

    Args:
        arrays: By input node, the same sample `BATCH` times, channels last.
        inputs: How each came by its values: a column's name, or `noise`.
        dataset: `name@digest`; "" when it is made up, likewise `part`.
        part: Of the data.
        row: Its place in the part.
        rows: How many the part has.
        label: What it is, by output node, as text.
        why: Why it is made up.
    """

    arrays: dict[str, Array]
    inputs: dict[str, str]
    dataset: str = ""
    part: str = ""
    row: int = 0
    rows: int = 0
    label: dict[str, str] = field(default_factory=dict)
    why: str = ""

    def told(self) -> dict[str, Any]:
        """Return what is told of it."""
        return {
            "dataset": self.dataset,
            "part": self.part,
            "row": self.row,
            "rows": self.rows,
            "label": self.label,
            "inputs": self.inputs,
            "why": self.why,
        }

    def names(self) -> dict[str, str]:
        """Return what names the values of each input."""
        return {
            node: digest(array.shape, str(array.dtype), array.tobytes().hex()) for node, array in self.arrays.items()
        }


def made_up(plan: Plan, seed: int, why: str) -> Sample:
    """Return noise for every input: the same for the same node and seed, whatever else is in the graph."""
    specs = {name: plan.report.nodes[name].out for name in plan.inputs}
    arrays = {name: batched(_noise(name, spec, seed, plan)) for name, spec in specs.items() if spec is not None}
    return Sample(arrays, dict.fromkeys(arrays, "noise"), why=why)


def batched(sample: Array) -> Array:
    """Return a batch of the same sample."""
    return np.repeat(sample[None], BATCH, axis=0)


def _noise(name: str, spec: Spec, seed: int, plan: Plan) -> Array:
    shape = example_shape(spec)
    rng = np.random.default_rng(seed_of(digest("sample", name, seed)))
    if spec.dtype == "bool":
        return rng.random(shape) < 0.5
    if spec.dtype == "int64":
        return rng.integers(0, spec.classes or 2, shape)
    if spec.dtype == "text":
        text = (_WORDS * (-(-shape[-1] // len(_WORDS))))[: shape[-1]]
        return np.broadcast_to(np.frombuffer(text, np.uint8).astype(np.int64), shape).copy()
    # Pictures are from 0 to 1 and all else about 0, which is what models are given.
    is_image = plan.by_id[name].type == "core/image_input@1"
    return (rng.random(shape) if is_image else rng.standard_normal(shape)).astype(np.float32)
