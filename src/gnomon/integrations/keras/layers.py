"""How a Keras model names its layers and variables, and what its layers make of inputs."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.analysis.tiles import conv_tiles, dense_tiles
from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.records.arrays import wanted
from gnomon.sdk.model_report import Nature

keras: Any = import_module("keras")

_BATCH = 256
_BOUNDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "hard_sigmoid": (0.0, 1.0), "hard_tanh": (-1.0, 1.0)}


class KerasParts:
    """Paths of variables and layers, without the model's own name, with dots: `"conv2d.kernel"`."""

    def parameters(self, model: Any) -> Mapping[str, Any]:
        """Return the backend's tensor of each floating-point weight by path."""
        return {path_of(weight, model): weight.value for weight in model.weights if "float" in str(weight.dtype)}

    def layers(self, model: Any) -> Mapping[str, Any]:
        """Return the layers that hold no other layers, by path."""
        every = model._flatten_layers(include_self=False)  # noqa: SLF001 - Keras has no public way to nested layers
        leaves = [layer for layer in every if not layer._layers]  # noqa: SLF001
        return {path_of(layer, model): layer for layer in leaves if not isinstance(layer, keras.layers.InputLayer)}

    def nature(self, layer: Any, path: str = "") -> Nature:
        """Return what can be told of the units of a layer."""
        del path
        kind = type(layer).__name__
        activation = getattr(getattr(layer, "activation", None), "__name__", "")
        is_recurrent = hasattr(layer, "recurrent_activation") or hasattr(layer, "cell")
        counts = bool(layer.weights) or kind == "ReLU" or activation in ("relu", "relu6")
        channels = getattr(layer, "data_format", "channels_last") == "channels_first"
        return Nature(counts, channels, None if is_recurrent else _BOUNDS.get(activation))


def path_of(part: Any, model: Any) -> str:
    """Return the path of a layer or a variable in its model.

    Args:
        part: Has a `path` with slashes.
        model: Has a `name`, with which the path may begin.
    """
    return str(part.path).removeprefix(f"{model.name}/").replace("/", ".")


def layer_named(model: Any, name: str) -> Any:
    """Return a layer by its name or path.

    Raises:
        NotFoundError: There is none.
    """
    layers = KerasParts().layers(model)
    found = layers.get(name) or next((layer for layer in model.layers if layer.name == name), None)
    if found is None:
        msg = f"No layer {name!r} in {model.name}. There are: {', '.join(layers)[:200]}."
        raise NotFoundError(msg)
    return found


def outputs_of(model: Any, layers: Mapping[str, Any], data: Any) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """Yield what layers make of each batch of inputs, in inference mode.

    Args:
        model: A functional or sequential model that is built: one whose layers know their outputs.
        layers: Layers by any name.
        data: Inputs, an array.

    Raises:
        InputError: The model was written as a class, whose layers Keras cannot cut out.
    """
    try:
        inputs = model.inputs[0] if len(model.inputs) == 1 else model.inputs
        part = keras.Model(inputs, {name: layer.output for name, layer in layers.items()})
    except (AttributeError, TypeError, ValueError) as error:
        msg = f"model: expected a functional or sequential model, received {type(model).__name__}: {error!s:.120}."
        raise InputError(msg, field="model") from error
    for i in range(0, len(data), _BATCH):
        made = part.predict_on_batch(data[i : i + _BATCH])
        yield {name: np.asarray(array) for name, array in made.items()}


def weight_tiles(layer: Any, shape: tuple[int, ...] | None = None, most: int = 1024) -> npt.NDArray[Any] | None:
    """Return the kernel of a convolutional or dense layer as pictures `(n, h, w, c)`; `None` of another layer.

    Args:
        layer: A layer.
        shape: `(h, w)` or `(h, w, c)` of the inputs of a dense layer, when they fit.
        most: Pictures at most.
    """
    kernel = getattr(layer, "kernel", None)
    if kernel is None or not hasattr(kernel, "path"):
        return None
    weight = wanted(kernel, "kernel")
    if weight.ndim == 2:
        fits = shape is not None and int(np.prod(shape)) == weight.shape[0]
        return dense_tiles(weight.T, shape if fits else None, most)
    if weight.ndim not in (3, 4):
        return None
    axes = (-2, -1) if "Transpose" in type(layer).__name__ else (-1, -2)
    return conv_tiles(np.moveaxis(weight, axes, (0, 1)), most)


def is_channels_last() -> bool:
    """Return whether Keras keeps channels in the last axis."""
    return bool(keras.config.image_data_format() == "channels_last")
