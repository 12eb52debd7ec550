"""How a person would write the layers that Keras saves with every argument: what a constructor takes by itself is left out.

Facts are those of Keras 3; the arguments of a layer that is not named here are written as they were saved.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gnomon.core.errors import CorruptError

_ANYWHERE: Final[Mapping[str, Sequence[Any]]] = {
    "trainable": (True,),
    "autocast": (True,),
    "data_format": ("channels_last", None),
    "noise_shape": (None,),
    "activity_regularizer": (None,),
    "sparse": (False,),
    "ragged": (False,),
    "optional": (False,),
    "zero_output_for_mask": (False, True),
    "dtype": ("float32",),
}
_CONVOLUTION: Final = {
    "strides": 1, "padding": "valid", "dilation_rate": 1, "groups": 1, "depth_multiplier": 1, "activation": "linear",
    "use_bias": True, "output_padding": None,
}  # fmt: skip
_RECURRENT: Final = {
    "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True, "unit_forget_bias": True,
    "return_sequences": False, "return_state": False, "go_backwards": False, "stateful": False, "unroll": False,
    "dropout": 0.0, "recurrent_dropout": 0.0, "reset_after": True, "use_cudnn": "auto", "implementation": 2,
}  # fmt: skip
_POOL: Final = {"padding": "valid"}
_GLOBAL: Final = {"keepdims": False}
_NORM: Final = {"center": True, "scale": True, "momentum": 0.99, "epsilon": 0.001, "axis": -1, "rms_scaling": False}
_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Dense": {"activation": "linear", "use_bias": True},
    **dict.fromkeys("Conv1D Conv2D Conv3D SeparableConv2D DepthwiseConv2D Conv2DTranspose".split(), _CONVOLUTION),
    **dict.fromkeys("MaxPooling1D MaxPooling2D AveragePooling1D AveragePooling2D".split(), _POOL),
    **dict.fromkeys(
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D".split(), _GLOBAL
    ),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), _RECURRENT),
    "Bidirectional": {"merge_mode": "concat"},
    "BatchNormalization": _NORM | {"synchronized": False, "renorm": False, "renorm_momentum": 0.99},
    "LayerNormalization": _NORM,
    "GroupNormalization": _NORM,
    "Embedding": {"mask_zero": False},
    "ReLU": {"max_value": None, "negative_slope": 0.0, "threshold": 0.0},
    "UpSampling2D": {"interpolation": "nearest"},
    "MultiHeadAttention": {
        "use_bias": True,
        "dropout": 0.0,
        "use_gate": False,
        "output_shape": None,
        "attention_axes": (1,),
    },
    "Concatenate": {"axis": -1},
}
_FIRST: Final[Mapping[str, str]] = {
    "Dense": "units",
    "Conv1D": "filters kernel_size",
    "Conv2D": "filters kernel_size",
    "Conv3D": "filters kernel_size",
    "SeparableConv2D": "filters kernel_size",
    "Conv2DTranspose": "filters kernel_size",
    "DepthwiseConv2D": "kernel_size",
    "MaxPooling1D": "pool_size",
    "MaxPooling2D": "pool_size",
    "AveragePooling2D": "pool_size",
    "LSTM": "units",
    "GRU": "units",
    "SimpleRNN": "units",
    "Bidirectional": "layer",
    "TimeDistributed": "layer",
    "Embedding": "input_dim output_dim",
    "Dropout": "rate",
    "ZeroPadding2D": "padding",
    "UpSampling2D": "size",
    "Reshape": "target_shape",
    "Permute": "dims",
    "Activation": "activation",
    "MultiHeadAttention": "num_heads key_dim",
}
"""Arguments that people write without their names."""

_SIZES: Final = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size", "size", "padding"})
_MUTE: Final = frozenset(
    {"name", "seed", "batch_input_shape", "build_config", "quantization_config", "shared_object_id"}
)


def tidied(layer: Mapping[str, Any]) -> tuple[str, list[Any], dict[str, Any]]:
    """Return a saved layer's class, the arguments without names, and those with names.

    Example:
        >>> config = {"filters": 8, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "activation": "relu"}
        >>> tidied({"class_name": "Conv2D", "config": config})
        ('Conv2D', [8, 3], {'padding': 'same', 'activation': 'relu'})
    """
    kind, config = str(layer.get("class_name")), layer.get("config", {})
    if not isinstance(config, Mapping):
        msg = f"model: expected config to be a dict, received {type(config).__name__}."
        raise CorruptError(msg)
    values = {key: _plain(key, value) for key, value in config.items() if key not in _MUTE and value is not None}
    if kind == "ReLU" and (more := _kept(kind, layer, values)) in ({}, {"max_value": 6.0}):
        return "Activation", ["relu6" if more else "relu"], {}
    if values.get("strides") == values.get("pool_size"):
        values.pop("strides", None)
    if values.get("value_dim") == values.get("key_dim"):
        values.pop("value_dim", None)
    kept = _kept(kind, layer, values)
    first = []
    for name in _FIRST.get(kind, "").split():
        if name not in kept:
            break
        first.append(kept.pop(name))
    return kind, first, kept


def _kept(kind: str, layer: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    own = _DEFAULTS.get(kind, {})
    found = {}
    for key, value in values.items():
        is_own = key in own and own[key] == value
        if not (is_own or value in _ANYWHERE.get(key, ()) or (key == "axis" and _is_last(layer, value))):
            found[key] = value
    return found


def _is_last(layer: Mapping[str, Any], axis: Any) -> bool:
    """Tell whether an axis that is counted from the front is that of the channels."""
    built = layer.get("build_config")
    shape = built.get("input_shape") if isinstance(built, Mapping) else None
    shape = shape[0] if isinstance(shape, list) and shape and isinstance(shape[0], list) else shape
    return isinstance(shape, list) and axis in (len(shape) - 1, (len(shape) - 1,), (-1,))


def _plain(key: str, value: Any) -> Any:
    """Return lists as tuples, a size that is the same along all axes as one number, and a policy of types as its name."""
    if key == "dtype" and isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
        return str(value["config"].get("name", ""))
    if not isinstance(value, list):
        return value
    found = tuple(_plain("", each) for each in value)
    if key in _SIZES and found:
        flat = [number for each in found for number in (each if isinstance(each, tuple) else (each,))]
        if all(number == flat[0] and isinstance(number, int) for number in flat):
            return flat[0]
    return found


def rescaled(layer: Mapping[str, Any], x: str) -> str | None:
    """Return Rescaling and Normalization as our Rescale writes them; `None` for any other layer.

    Keras' Rescaling is `x * scale + offset`, which is `(x - mean) / std` for a deviation of `1 / scale`. `NAME` stands
    for the layer's name.

    Example:
        >>> rescaled({"class_name": "Rescaling", "config": {"scale": 1 / 127.5, "offset": -1}}, "x")
        '(x - 127.5) / 127.5'
    """
    config = layer.get("config")
    config = config if isinstance(config, Mapping) else {}
    if layer.get("class_name") == "Rescaling":
        scales, offsets = _numbers(config.get("scale", 1.0)), _numbers(config.get("offset", 0.0))
        if not scales or not offsets or min(scales) <= 0:
            return None
        count = max(len(scales), len(offsets))
        scales, offsets = (each * count if len(each) == 1 else each for each in (scales, offsets))
        pairs = list(zip(scales, offsets, strict=False))
        return _rescale(x, [-offset / scale for scale, offset in pairs], [1 / scale for scale in scales])
    if layer.get("class_name") != "Normalization" or config.get("invert"):
        return None
    means, variances = _numbers(config.get("mean", 0.0)), _numbers(config.get("variance", 1.0))
    if is_adapted(layer):
        means, variances = [0.0], [1.0]
    if not means or len(means) != len(variances) or min(variances) <= 0:
        return None
    return _rescale(x, means, [each**0.5 for each in variances])


def is_adapted(layer: Mapping[str, Any]) -> bool:
    """Return whether a Normalization keeps what it takes away and divides by among its weights."""
    config = layer.get("config")
    own = config if isinstance(config, Mapping) else {}
    return layer.get("class_name") == "Normalization" and own.get("mean") is None and not own.get("invert")


def _rescale(x: str, means: Sequence[float], stds: Sequence[float]) -> str:
    means, stds = [_round(each) for each in means], [_round(each) for each in stds]
    if len(set(means)) == len(set(stds)) == 1:
        mean, std = means[0], stds[0]
        taken = x if mean == 0 else f"({x} {'-' if mean > 0 else '+'} {abs(mean)!r})"
        return f"{taken} / {std!r}"
    squares = ", ".join(f"{each!r}**2" for each in stds)
    return f"layers.Normalization(mean={list(means)!r}, variance=[{squares}], name=NAME)({x})"


def _round(number: float) -> float:
    """Return a number as it was meant, whole where it is: 1 / 0.00392156862745098 is 255."""
    near = float(f"{number:.12g}")
    return int(near) if near.is_integer() and abs(near) < 1e15 else near


def _numbers(value: Any) -> list[float]:
    """Return a number, or nested lists of them, as one list; empty for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [float(value)]
    if isinstance(value, (list, tuple)):
        parts = [_numbers(each) for each in value]
        return [number for part in parts for number in part] if all(parts) else []
    return []
