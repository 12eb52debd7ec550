"""A version of format `keras`, ready to be asked: built from the nodes of its graph, with its weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from gnomon.core.errors import CorruptError
from gnomon.graph.document import Graph
from gnomon.models.exporters.catalog import WEIGHTS
from gnomon.models.exporters.described import code_of, components, finishing, read_graph
from gnomon.models.exporters.exported import Arrays, Outs
from gnomon.models.keras_backend import choose
from gnomon.models.training.later import Later
from gnomon.models.training.plan import Head, Plan

keras: Any = Later("keras")


@dataclass(frozen=True, slots=True)
class KerasModel:
    """Hold a model.

    Args:
        graph: What it computes.
        plan: Its inputs and outputs.
        code: `model.py`, written from the nodes.
        inner: The `keras.Model`, as its code says: logits where it gives logits.
        served: The same as the world sees it: probabilities.
    """

    graph: Graph
    plan: Plan
    code: str
    inner: Any
    served: Any

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what it takes."""
        return self.plan.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it gives."""
        return tuple(head.node for head in self.plan.heads)

    @property
    def parameters(self) -> int:
        """How many numbers it has learned."""
        return int(sum(int(np.prod(each.shape)) for each in self.inner.trainable_weights))

    def answer(self, inputs: Arrays) -> Outs:
        """Return what it gives, as the world sees it."""
        return run(self.served, self.inputs, inputs)

    def fresh(self) -> Any:
        """Return another model of the same code, with weights as they come."""
        return build(self.code)


def load(folder: Path, *, allow_code: bool) -> KerasModel:
    """Return the model in the folder of a version.

    Args:
        folder: Of the version.
        allow_code: Whether Code nodes and own components may run.

    Raises:
        InputError: It is no model of Keras, or holds code that may not run here.
        CorruptError: Its weights are of another model.
    """
    choose()
    with components(folder, allow_code=allow_code):
        graph, found = read_graph(folder, "keras", allow_code=allow_code)
        code = code_of(found.graph, "keras")
    inner = build(code)
    take(inner, load_file(folder / WEIGHTS))
    return KerasModel(graph, found, code, inner, finished(inner, found))


def build(code: str, seed: int = 0) -> Any:
    """Return the model that a `model.py` builds; its weights are those of a seed."""
    choose()
    keras.utils.clear_session(free_memory=False)  # layers within layers are named by counters
    keras.utils.set_random_seed(seed)
    module = ModuleType("gnomon_exported_model")
    exec(compile(code, "model.py", "exec"), module.__dict__)  # noqa: S102 - this is what the worker is for
    return module.build()


def finished(inner: Any, plan: Plan) -> Any:
    """Return a model that gives probabilities where another gives logits; it shares the layers."""
    outs = [_finished(out, head) for out, head in zip(inner.outputs, plan.heads, strict=True)]
    return keras.Model(_one(inner.inputs), _one(outs), name=inner.name)


def names_of(model: Any) -> dict[str, Any]:
    """Return the variables of a model by the names under which their values are kept."""
    return {str(each.path).replace("/", "."): each for each in model.weights}


def take(model: Any, values: Mapping[str, Any]) -> None:
    """Give a model its weights.

    Raises:
        CorruptError: They are of another model.
    """
    known = names_of(model)
    ours = {name: tuple(each.shape) for name, each in known.items()}
    given = {name: tuple(each.shape) for name, each in values.items()}
    if ours != given:
        wrong = min({*ours.items()} ^ {*given.items()})[0]
        msg = f"model.safetensors: its weights do not fit the graph: {wrong} is missing, too many, or of another shape."
        raise CorruptError(msg)
    for name, variable in known.items():
        variable.assign(values[name])


def run(model: Any, names: tuple[str, ...], inputs: Arrays) -> Outs:
    """Return what a model gives for arrays, as arrays."""
    given = [keras.ops.convert_to_tensor(np.ascontiguousarray(inputs[name])) for name in names]
    made = model(given if len(given) > 1 else given[0], training=False)
    return [array(each) for each in (made if isinstance(made, (list, tuple)) else [made])]


def array(value: Any) -> npt.NDArray[Any]:
    """Return a tensor or variable as an array of its own; Keras' own way has NumPy warn of PyTorch."""
    value = getattr(value, "value", value)
    made = value.detach().cpu().numpy() if hasattr(value, "detach") else keras.ops.convert_to_numpy(value)
    return np.array(made, order="C")


def _one(found: list[Any]) -> Any:
    """Return several as they are, and one by itself."""
    return found if len(found) > 1 else found[0]


def _finished(out: Any, head: Head) -> Any:
    how = finishing(head)
    return out if how is None else keras.layers.Activation(how, name=f"{head.node}_probabilities")(out)
