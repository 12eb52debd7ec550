"""A version that was built on the canvas, of PyTorch or Keras, to be tested: asked as it is exported, and its gradients."""

from pathlib import Path
from typing import Any, Literal

import numpy as np

from gnomon.core.errors import CorruptError, InputError, MissingExtraError
from gnomon.graph.document import Graph
from gnomon.graph.infer import infer
from gnomon.models.registry.record import Port, Signature
from gnomon.models.testing.opened import Arrays, Gradient, Opened, heads_of

_EXTRAS = ("torch", "keras", "safetensors", "tensorflow", "jax")


def open_graph(folder: Path, form: Literal["torch", "keras"], known: Signature, *, allow_code: bool) -> Opened:
    """Return a version of format `torch` or `keras`; raises as `open_version`."""
    try:
        model = _loaded(folder, form, allow_code=allow_code)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        msg = f"Testing this version needs {error.name}. Install gnomon[{form}]."
        raise MissingExtraError(msg) from error
    except Exception as error:
        if type(error).__name__ != "SafetensorError":  # the package may not be there, and its error has no other base
            raise
        msg = f"model.safetensors: it holds no tensors that can be read: {error}."
        raise CorruptError(msg) from error
    heads = {head.node: (head.task, head.size, head.of) for head in model.plan.heads}
    outputs = model.outputs

    def predict(inputs: Arrays) -> Arrays:
        return dict(zip(outputs, model.answer(inputs), strict=True))

    gradient, why = _gradient(model, form)
    ports = _ports(model.graph, model.inputs)
    return Opened(form, ports, heads_of(known, heads), predict, model.graph, gradient, why, source=model)


def _loaded(folder: Path, form: Literal["torch", "keras"], *, allow_code: bool) -> Any:
    if form == "torch":
        from gnomon.models.exporters import torch_model  # noqa: PLC0415 - it brings PyTorch

        return torch_model.load(folder, allow_code=allow_code)
    from gnomon.models.exporters import keras_model  # noqa: PLC0415 - it brings Keras

    return keras_model.load(folder, allow_code=allow_code)


def _ports(graph: Graph, names: tuple[str, ...]) -> tuple[Port, ...]:
    nodes = infer(graph).nodes
    specs = {name: nodes[name].outs[0] for name in names}
    return tuple(Port(name, spec.shape, spec.dtype) for name, spec in specs.items() if spec is not None)


def _gradient(model: Any, form: str) -> tuple[Gradient | None, str]:
    """Return what gives gradients, or why there are none."""
    if form == "torch":
        return _by_torch(model, model.inner, model.plan.first, is_torch=True), ""
    import keras  # noqa: PLC0415 - the model is one of it

    backend = keras.config.backend()
    if backend == "torch":
        return _by_torch(
            model, lambda *given: model.inner(list(given) if len(given) > 1 else given[0]), (), is_torch=False
        ), ""
    return None, f"Keras on {backend} gives no gradient here, PyTorch as its backend does"


def _by_torch(model: Any, call: Any, first: tuple[str, ...], *, is_torch: bool) -> Gradient:
    """Return gradients of the score before softmax or sigmoid; PyTorch computes them.

    Args:
        model: The version.
        call: Returns its outputs for its inputs.
        first: Inputs whose channels `call` has in front.
        is_torch: Whether it has those of outputs there too.
    """
    import torch  # noqa: PLC0415 - the model is one of it

    heads = {head.node: (i, head) for i, head in enumerate(model.plan.heads)}

    def gradient(inputs: Arrays, output: str, at: int) -> Arrays:
        given = {name: torch.from_numpy(np.array(inputs[name])) for name in model.inputs}
        moving: dict[str, Any] = {
            name: each.requires_grad_() for name, each in given.items() if each.is_floating_point()
        }
        if not moving:
            msg = "saliency: this model takes numbers of words or classes, which have no gradient. Ask for occlusion."
            raise InputError(msg, field="saliency")
        made = call(*(each.movedim(-1, 1) if name in first else each for name, each in given.items()))
        place, head = heads[output]
        out = (made if isinstance(made, (tuple, list)) else (made,))[place]
        out = out.movedim(1, -1) if head.is_first and is_torch else out
        score = out.reshape(len(out), -1, out.shape[-1] if out.ndim > 1 else 1)[..., at].mean(1).sum()
        found: Any = torch.autograd.grad(score, list(moving.values()), allow_unused=True)
        return {
            name: (torch.zeros_like(given[name]) if each is None else each).detach().cpu().numpy()
            for name, each in zip(moving, found, strict=True)
        }

    return gradient
