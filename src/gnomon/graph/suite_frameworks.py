"""Runs what components write, in both frameworks and on the same weights: for the conformance suite, never the server.

Keras runs on its torch backend here, so that both can be compared to the last bits on one machine.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from gnomon.graph.code_of import Code
from gnomon.graph.helpers import HELPERS
from gnomon.graph.layout import is_first
from gnomon.graph.spec import Spec

Array = npt.NDArray[Any]
BATCH = 2


@dataclass(frozen=True, slots=True)
class Ran:
    """Hold what came of code that was run.

    Args:
        outs: What came out, channels last, with the batch.
        params: Numbers that training changes.
        state: Other numbers that are kept.
        shapes: Of Keras: axes of what comes out for inputs with their unknown axes, without the batch.
        weights: Of Keras: all weights in its order.
    """

    outs: tuple[Array, ...]
    params: int
    state: int
    shapes: tuple[tuple[int | None, ...], ...] = ()
    weights: tuple[Array, ...] = ()


def load() -> tuple[Any, Any]:
    """Return torch and Keras; skips the test when one is missing or Keras has another backend."""
    torch = pytest.importorskip("torch")
    # Keras reads it when it is imported, and never again.
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "torch":
        pytest.skip("Keras was loaded with another backend")
    # Tensors of a few numbers are done before a second thread has begun.
    torch.set_num_threads(1)
    return torch, keras


def run_keras(code: Code, inputs: Sequence[Spec], given: Sequence[Array], rng: np.random.Generator) -> Ran:
    """Run code of the Keras target with weights drawn at random."""
    torch, keras = load()
    heads = [keras.Input(spec.shape, dtype="int32" if spec.dtype == "text" else spec.dtype) for spec in inputs]
    names = _names(code, "keras", {"keras": keras, "layers": keras.layers, "ops": keras.ops})
    source = _filled(code.call, len(heads), layer=_filled(code.make or "", 0, name='"node"'))
    outs = _many(eval(source, names, {f"x{i}": head for i, head in enumerate(heads)}))  # noqa: S307 - own code
    if not heads:
        return Ran((), 0, 0, tuple(tuple(out.shape)[1:] for out in outs))
    model = keras.Model(heads, outs)
    for weight in model.weights:
        weight.assign(random_weight(weight, rng))
    with torch.no_grad():
        found = _many(model([keras.ops.convert_to_tensor(array) for array in given], training=False))
    return Ran(
        tuple(keras.ops.convert_to_numpy(out) for out in found),
        sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
        sum(int(np.prod(weight.shape)) for weight in model.non_trainable_weights),
        tuple(tuple(out.shape)[1:] for out in outs),
        tuple(keras.ops.convert_to_numpy(weight.value).copy() for weight in model.weights),
    )


def run_torch(
    code: Code,
    inputs: Sequence[Spec],
    given: Sequence[Array],
    outs: Sequence[Spec],
    weights: Callable[[Sequence[tuple[int, ...]]], Sequence[Array]] | None = None,
) -> Ran:
    """Run code of the PyTorch target; `weights` gets the shapes of its parameters and buffers, and gives their values."""
    torch, _ = load()
    names = _names(code, "torch", {"torch": torch, "nn": torch.nn})
    layer = eval(_filled(code.make, 0, name='"node"'), names) if code.make is not None else None  # noqa: S307 - own code
    state = state_of(layer)
    if layer is not None and hasattr(layer, "eval"):
        layer.eval()
    with torch.no_grad():
        if weights is not None and state:
            values = weights([tuple(each.shape) for each in state])
            for each, value in zip(state, values, strict=True):
                each.copy_(torch.from_numpy(np.array(value, dtype=np.float32)))
        tensors = [torch.from_numpy(_first(array, spec)) for array, spec in zip(given, inputs, strict=True)]
        source = _filled(code.call, len(tensors), layer="layer")
        found = _many(eval(source, names, {"layer": layer, **{f"x{i}": t for i, t in enumerate(tensors)}}))  # noqa: S307
    trained = {id(p) for p in layer.parameters()} if layer is not None and hasattr(layer, "parameters") else set()
    return Ran(
        tuple(_last(out.numpy(), spec) for out, spec in zip(found, outs, strict=True)),
        sum(each.numel() for each in state if id(each) in trained),
        sum(each.numel() for each in state if id(each) not in trained),
    )


def moved(arrays: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """Return weights of Keras as PyTorch has them, taken in order: kernels are turned, all else is taken as it is.

    A matrix `(in, out)` becomes `(out, in)`; a kernel `(places…, in, out)` becomes `(out, in, places…)`, and where that
    is not its shape, one of a channel-wise convolution, `(places…, channels, maps)`, becomes `(channels · maps, 1, places…)`.
    """
    if len(arrays) != len(shapes):
        msg = f"Keras has {len(arrays)} weights and PyTorch {len(shapes)}: override `weights` of the suite."
        raise AssertionError(msg)
    return [_turned(array, shape) for array, shape in zip(arrays, shapes, strict=True)]


def _turned(array: Array, shape: tuple[int, ...]) -> Array:
    if array.ndim == 2:
        return array.T
    if array.ndim < 2:
        return array
    places = tuple(range(array.ndim - 2))
    turned = array.transpose(array.ndim - 1, array.ndim - 2, *places)
    if turned.shape == shape:
        return turned
    return array.transpose(array.ndim - 2, array.ndim - 1, *places).reshape(shape)


def _names(code: Code, target: str, names: dict[str, Any]) -> dict[str, Any]:
    """Return the names that code may use, with its imports and helpers."""
    for statement in (*code.imports, *(HELPERS[target][name] for name in code.helpers)):
        exec(statement, names)  # noqa: S102 - a component's own code, in its own test
    return names


def _filled(source: str, count: int, **words: str) -> str:
    given = [f"x{i}" for i in range(count)]
    return source.format(*given, inputs=", ".join(given), **words)


def state_of(layer: Any) -> list[Any]:
    """Return parameters and buffers in the order of their names; how many batches were seen is no weight."""
    if layer is None or not hasattr(layer, "state_dict"):
        return []
    kept = layer.state_dict(keep_vars=True)
    return [kept[name] for name in kept if not name.endswith("num_batches_tracked")]


def random_weight(weight: Any, rng: np.random.Generator) -> Array:
    """Return random values for a weight of Keras; variances are positive."""
    low = 0.5 if "variance" in weight.name else -0.5
    return rng.uniform(low, low + 1, tuple(weight.shape)).astype(np.float32)


def _first(array: Array, spec: Spec) -> Array:
    return np.ascontiguousarray(np.moveaxis(array, -1, 1)) if is_first(spec) else array


def _last(array: Array, spec: Spec) -> Array:
    return np.moveaxis(array, 1, -1) if is_first(spec) else array


def _many(found: Any) -> tuple[Any, ...]:
    return tuple(found) if isinstance(found, (list, tuple)) else (found,)
