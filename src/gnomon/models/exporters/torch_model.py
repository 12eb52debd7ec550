"""A version of format `torch`, ready to be asked: built from the nodes of its graph, with its weights, in eval mode."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import nn

from gnomon.core.errors import CorruptError
from gnomon.graph.code.names import class_name
from gnomon.graph.document import Graph
from gnomon.graph.infer import infer
from gnomon.models.exporters.catalog import WEIGHTS
from gnomon.models.exporters.described import code_of, components, finishing, read_graph
from gnomon.models.exporters.exported import Arrays, Outs
from gnomon.models.training.plan import Head, Plan


@dataclass(frozen=True, slots=True)
class TorchModel:
    """Hold a model.

    Args:
        graph: What it computes.
        plan: Its inputs and outputs.
        code: `model.py`, written from the nodes.
        inner: The module, as its code says: channels first, logits where it gives logits.
        module: The same as the world sees it: channels last, probabilities.
    """

    graph: Graph
    plan: Plan
    code: str
    inner: nn.Module
    module: "Served"

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
        return sum(each.numel() for each in self.inner.parameters())

    def answer(self, inputs: Arrays) -> Outs:
        """Return what it gives, as the world sees it."""
        return run(self.module, [inputs[name] for name in self.inputs])

    def fresh(self) -> nn.Module:
        """Return another module of the same code, with weights as they come."""
        return _module(self.code, self.plan.class_name).eval()


class Served(nn.Module):
    """Takes arrays as data sets give them, channels last, and gives what a caller wants: probabilities, channels last."""

    def __init__(self, inner: nn.Module, found: Plan) -> None:
        super().__init__()
        self.inner = inner
        self._first = tuple(name in found.first for name in found.inputs)
        self._heads = found.heads

    def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        moved = [each.movedim(-1, 1) if first else each for each, first in zip(given, self._first, strict=True)]
        made = self.inner(*moved)
        outs = made if isinstance(made, tuple) else (made,)
        return tuple(_finished(out, head) for out, head in zip(outs, self._heads, strict=True))


def load(folder: Path, *, allow_code: bool) -> TorchModel:
    """Return the model in the folder of a version.

    Args:
        folder: Of the version.
        allow_code: Whether Code nodes and own components may run.

    Raises:
        InputError: It is no model of PyTorch, or holds code that may not run here.
        CorruptError: Its weights are of another model.
    """
    with components(folder, allow_code=allow_code):
        graph, found = read_graph(folder, "torch", allow_code=allow_code)
        code, inner = build_module(found.graph)
    state = load_file(folder / WEIGHTS)
    _check_state(inner, state)
    inner.load_state_dict(state)
    inner.eval()
    return TorchModel(graph, found, code, inner, Served(inner, found).eval())


def build_module(graph: Graph) -> tuple[str, nn.Module]:
    """Return the code that is written from the nodes of a graph, and a module of it with weights as they come."""
    code = code_of(graph, "torch")
    return code, _module(code, class_name(graph.name))


def zeros(model: TorchModel, rows: int) -> list[torch.Tensor]:
    """Return inputs of the right shapes, all zeros; axes that are not known have one place."""
    nodes = infer(model.graph).nodes
    specs = [nodes[name].outs[0] for name in model.inputs]
    return [
        torch.zeros((rows, *(size or 1 for size in spec.shape)), dtype=_dtype(spec.dtype)) for spec in specs if spec
    ]


def run(module: Callable[..., Any], inputs: Sequence[npt.NDArray[Any]]) -> Outs:
    """Return what a module gives for arrays, as arrays."""
    with torch.inference_mode():
        made = module(*(torch.from_numpy(np.ascontiguousarray(each)) for each in inputs))
    outs = made if isinstance(made, (tuple, list)) else (made,)
    return [each.numpy() for each in outs]


def _finished(out: torch.Tensor, head: Head) -> torch.Tensor:
    if head.is_first:
        out = out.movedim(1, -1)
    how = finishing(head)
    if how == "softmax":
        return out.softmax(-1)
    return out.sigmoid() if how == "sigmoid" else out


def _module(code: str, name: str) -> nn.Module:
    module = ModuleType("gnomon_exported_model")
    exec(compile(code, "model.py", "exec"), module.__dict__)  # noqa: S102 - this is what the worker is for
    made = getattr(module, name)()
    assert isinstance(made, nn.Module)
    return made


def _check_state(module: nn.Module, state: Mapping[str, Any]) -> None:
    known = {name: tuple(each.shape) for name, each in module.state_dict().items()}
    given = {name: tuple(each.shape) for name, each in state.items()}
    if known != given:
        wrong = min({*known.items()} ^ {*given.items()})[0]
        msg = f"model.safetensors: its weights do not fit the graph: {wrong} is missing, too many, or of another shape."
        raise CorruptError(msg)


def _dtype(name: str) -> torch.dtype:
    found: Sequence[tuple[str, torch.dtype]] = (("int32", torch.int32), ("int64", torch.int64), ("bool", torch.bool))
    return dict(found).get(name, torch.float32)
