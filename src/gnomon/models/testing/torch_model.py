"""A version of PyTorch to be tested: as it is exported, and its gradients."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from gnomon.core.errors import InputError
from gnomon.graph.document import Graph
from gnomon.graph.infer import infer
from gnomon.models.exporters.torch_model import TorchModel, load
from gnomon.models.registry.record import Port, Signature
from gnomon.models.testing.opened import Arrays, Gradient, Opened, heads_of


def open_torch(folder: Path, known: Signature, *, allow_code: bool) -> Opened:
    """Return a version of format `torch`; raises as `open_version`."""
    model = load(folder, allow_code=allow_code)
    heads = {head.node: (head.task, head.size, head.of) for head in model.plan.heads}
    return Opened(
        "torch",
        ports_of(model.graph, model.inputs),
        heads_of(known, heads),
        _predict(model),
        model.graph,
        _gradient(model),
    )


def ports_of(graph: Graph, names: tuple[str, ...]) -> tuple[Port, ...]:
    """Return what the inputs of a graph take."""
    nodes = infer(graph).nodes
    specs = {name: nodes[name].outs[0] for name in names}
    return tuple(Port(name, spec.shape, spec.dtype) for name, spec in specs.items() if spec is not None)


def _predict(model: TorchModel) -> Any:
    def predict(inputs: Arrays) -> Arrays:
        with torch.inference_mode():
            made = model.module(*(torch.from_numpy(np.ascontiguousarray(inputs[name])) for name in model.inputs))
        return {name: each.numpy() for name, each in zip(model.outputs, made, strict=True)}

    return predict


def _gradient(model: TorchModel) -> Gradient:
    heads = {head.node: (i, head) for i, head in enumerate(model.plan.heads)}

    def gradient(inputs: Arrays, output: str, at: int) -> Arrays:
        given = {name: torch.from_numpy(np.array(inputs[name])) for name in model.inputs}
        moving = {name: each.requires_grad_() for name, each in given.items() if each.is_floating_point()}
        if not moving:
            msg = "saliency: this model takes numbers of words or classes, which have no gradient. Ask for occlusion."
            raise InputError(msg, field="saliency")
        first = [each.movedim(-1, 1) if name in model.plan.first else each for name, each in given.items()]
        made = model.inner(*first)
        place, head = heads[output]
        out = (made if isinstance(made, tuple) else (made,))[place]
        out = out.movedim(1, -1) if head.is_first else out
        score = out.reshape(len(out), -1, out.shape[-1] if out.ndim > 1 else 1)[..., at].mean(1).sum()
        found = torch.autograd.grad(score, list(moving.values()), allow_unused=True)
        return {
            name: (each if each is not None else torch.zeros_like(moving[name])).numpy()
            for name, each in zip(moving, found, strict=True)
        }

    return gradient
