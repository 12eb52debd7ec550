"""What a compiled Keras model really trains with, read from the model itself rather than from what somebody meant."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_NUMBERED: Final = re.compile(r"_\d+$")
_RANDOM: Final = re.compile(r"^(Random|RandAugment|AugMix|MixUp|CutMix|AutoAugment)")
_GENERIC: Final = frozenset(
    {"name", "dtype", "trainable", "seed", "data_format", "fill_mode", "fill_value", "interpolation", "value_range"}
)


def model_facts(model: Any) -> dict[str, Any]:
    """Return optimiser, loss, augmentation layers, name and number of parameters.

    The augmentation is that of the layers of the model, with their settings: what is recorded is what runs. One in the
    input pipeline cannot be seen here.

    Args:
        model: A built Keras model.

    Returns:
        `model parameters`, and `optimizer loss augmentation` where the model has them. Keras numbers the models of one
        process (`sequential_3`); the number is left out, so that the seeds of a study share a name.
    """
    found: dict[str, Any] = {"model": _NUMBERED.sub("", str(model.name)), "parameters": model.count_params()}
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        found["optimizer"] = type(optimizer).__name__
    loss = _loss(getattr(model, "loss", None))
    if loss:
        found["loss"] = loss
    augmentation = [_described(layer) for layer in _layers(model) if _RANDOM.match(type(layer).__name__)]
    if augmentation:
        found["augmentation"] = ", ".join(augmentation)
    return found


def is_classifier(model: Any) -> bool | None:
    """Tell whether the loss is one of classes; `None` when it is not known."""
    loss = _loss(getattr(model, "loss", None)).lower()
    if "crossentropy" in loss or "hinge" in loss or "focal" in loss:
        return True
    return False if any(part in loss for part in ("squared", "absolute", "mse", "mae", "huber", "cosh")) else None


def _loss(loss: Any) -> str:
    if loss is None:
        return ""
    if isinstance(loss, str):
        return loss
    if isinstance(loss, Mapping):
        return ", ".join(f"{name}: {_loss(each)}" for name, each in loss.items())
    if isinstance(loss, list | tuple):
        return ", ".join(_loss(each) for each in loss)
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", None) or type(loss).__name__)


def _layers(model: Any) -> Iterator[Any]:
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from _layers(layer)


def _described(layer: Any) -> str:
    config = layer.get_config() if hasattr(layer, "get_config") else {}
    settings = {
        name: value
        for name, value in config.items()
        if name not in _GENERIC and isinstance(value, int | float | str | list | tuple) and not isinstance(value, bool)
    }
    return f"{type(layer).__name__}({', '.join(f'{name}={value}' for name, value in settings.items())})"
