"""Runs nodes in Keras, each layer called on what came out before it; on the processor, without gradients."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from gnomon.core.errors import MissingExtraError, UserCodeError
from gnomon.graph.code.keras import imports_of
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.render import filled
from gnomon.graph.code.torch import sorted_imports
from gnomon.graph.component import lit
from gnomon.models import keras_backend
from gnomon.models.preview.runner import NODE, Array, Names, inputs, left, shift_of, wants
from gnomon.models.preview.weights import Weights


def keras_module() -> Any:
    """Return Keras, on what a training would take too.

    Raises:
        MissingExtraError: There is nothing that it could run on.
    """
    keras_backend.choose()
    os.environ.setdefault("KERAS_TORCH_DEVICE", "cpu")
    try:
        import keras  # noqa: PLC0415 - it reads the environment when it is imported
    except ImportError as error:
        msg = (
            f"Keras does not load here ({error}). It needs PyTorch, TensorFlow or JAX to run on: "
            "install `pip install gnomon[torch]` where the server runs."
        )
        raise MissingExtraError(msg) from None
    return keras


class KerasRunner:
    """Make layers and call them; see `Runner`.

    Args:
        plan: The graph.
        beside: Statements that its user's file has beside the model.
        weights: Of a run.
    """

    def __init__(self, plan: Plan, beside: str, weights: Weights | None = None) -> None:
        self._plan, self._weights = plan, weights
        self.fits: dict[str, bool] = {}
        self._new: set[str] = set()
        self._keras = keras_module()
        lines = {*imports_of(plan), "from keras import layers", "from keras import ops"}
        self._names = Names(plan, [line for line in sorted_imports(lines) if line], beside)
        self._layers: dict[str, Any] = {}

    @property
    def framework(self) -> str:
        return f"keras {self._keras.__version__} ({self._keras.backend.backend()})"

    def made(self, name: str, seed: int) -> Any:
        """Return a node's layer; its weights are drawn when it is first called. Of a Code node, what its setup assigns."""
        self._keras.utils.set_random_seed(seed)
        self._new.add(name)
        if wants(self._plan, name) is not None:
            piece = self._plan.pieces[name]
            if not piece.make:
                return {}
            found = self._names.run(piece.make, {}, NODE)
            return {key: value for key, value in found.items() if self._names.known.get(key) is not value}
        code = self._plan.code(name)
        assert not isinstance(code, str)
        return None if code.make is None else self._names.value(code.make.format(name=lit(name)), {})

    def take(self, name: str, layer: Any) -> None:
        self._layers[name] = layer

    def run(self, name: str, values: Mapping[tuple[str, int], Any], seed: int) -> tuple[Any, ...]:
        given = inputs(self._plan, name, values)
        component = wants(self._plan, name)
        self._keras.utils.set_random_seed(seed)
        with self._still():
            if component is not None:
                own = {**given, **self._layers[name]}
                shift = shift_of(self._plan, name, component)
                return left(self._plan, name, self._names.run(self._plan.pieces[name].call, own, NODE, shift))
            layer = self._layers[name]
            out = self._names.value(self._call(name), {**given, "layer": layer})
            if self._weights is not None and name in self._new and self._fill(name, layer, self._weights):
                out = self._names.value(self._call(name), {**given, "layer": layer})
            self._new.discard(name)
            return tuple(out) if isinstance(out, (tuple, list)) else (out,)

    def _fill(self, name: str, layer: Any, weights: Weights) -> bool:
        """Give a layer, which has been called, the weights of a run where all of them fit; tell whether it has any."""
        variables = {str(each.path).replace("/", "."): each for each in getattr(layer, "weights", ())}
        if not variables:
            return False
        found = weights.fitting({path: tuple(each.shape) for path, each in variables.items()})
        self.fits[name] = found is not None
        for path, array in (found or {}).items():
            variables[path].assign(array)
        return found is not None

    def _call(self, name: str) -> str:
        """Return the expression of what a node gives, its layer in the variable `layer`."""
        code = self._plan.code(name)
        assert not isinstance(code, str)
        piece = filled(type(code)(code.call), "keras", name, "layer", self._plan.variables(name))
        assert not isinstance(piece, str)
        return piece.call

    def _still(self) -> AbstractContextManager[Any]:
        """Return what keeps the backend from noting how to go back."""
        if self._keras.backend.backend() != "torch":
            return nullcontext()
        import torch  # noqa: PLC0415 - only where it is the backend

        return torch.no_grad()

    def tensor(self, array: Array) -> Any:
        return self._keras.ops.convert_to_tensor(array.astype(np.int32) if array.dtype == np.int64 else array)

    def array(self, value: Any) -> Array:
        if not self._keras.ops.is_tensor(value) and not isinstance(value, np.ndarray):
            msg = f"TypeError: expected a tensor to come out, received {type(value).__name__}"
            raise UserCodeError(msg, file=NODE)
        if hasattr(value, "detach"):  # the way of Keras has NumPy warn of PyTorch's
            value = value.detach().cpu()
            return np.asarray((value.float() if "bfloat16" in str(value.dtype) else value).numpy())
        return np.asarray(self._keras.ops.convert_to_numpy(value))

    def size_bytes(self, kept: Any) -> int:
        if isinstance(kept, dict):
            return sum(map(self.size_bytes, kept.values()))
        if isinstance(kept, (tuple, list)):
            return sum(map(self.size_bytes, kept))
        if isinstance(kept, self._keras.layers.Layer):
            return 4 * kept.count_params() if kept.built else 0
        return int(getattr(kept, "nbytes", 0))
