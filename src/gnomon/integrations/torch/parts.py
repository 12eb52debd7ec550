"""How a model names what is watched of it, and what can be told of its units."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from gnomon.integrations.torch.measure import measurable
from gnomon.sdk.model_report import Nature

_WRAPPERS: Final = ("module", "_orig_mod")
"""Names under which DataParallel, DistributedDataParallel and torch.compile keep the model; left out of paths."""


_RECTIFIERS: Final = ("ReLU", "ReLU6", "Threshold", "Softshrink", "Hardshrink")
"""Modules without weights that give zero for many numbers, so that a unit behind them can be dead."""

_CHANNELS: Final = ("ChannelShuffle", "PixelShuffle", "PixelUnshuffle")
_BOUNDS: Final = {"Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "Hardsigmoid": (0.0, 1.0), "Hardtanh": (-1.0, 1.0)}


class Parts(Protocol):
    """How a model names what is watched."""

    def parameters(self, model: Any) -> Mapping[str, Any]:
        """Return tensor by path."""
        ...

    def layers(self, model: Any) -> Mapping[str, Any]:
        """Return module by path: those whose outputs are activations."""
        ...

    def nature(self, layer: Any, path: str) -> Nature:
        """Return what can be told of the units of a layer."""
        ...


class ModuleParts:
    """The names that `state_dict` uses, without those of wrappers."""

    def parameters(self, model: Any) -> Mapping[str, Any]:
        return {name: tensor for name, tensor in unwrapped(model).named_parameters() if measurable(tensor)}

    def layers(self, model: Any) -> Mapping[str, Any]:
        inner = unwrapped(model)
        leaves = {name: module for name, module in inner.named_modules() if not any(True for _ in module.children())}
        return {name or "output": module for name, module in leaves.items()}

    def nature(self, layer: Any, path: str) -> Nature:
        del path
        kind = type(layer).__name__.removeprefix("Lazy")
        weighs = any(True for _ in layer.parameters(recurse=False))
        if kind in _CHANNELS or (weighs and kind.startswith(("Conv", "BatchNorm", "InstanceNorm", "GroupNorm"))):
            return Nature(counts=weighs, channels=True)
        return Nature(weighs or kind in _RECTIFIERS, False if weighs else None, _BOUNDS.get(kind))


class NodeParts(ModuleParts):
    """The same for a model written from a graph, whose functions between the layers no module shows.

    Args:
        behind: By the path of a layer: the function that is applied to what it gives.
    """

    def __init__(self, behind: Mapping[str, str]) -> None:
        self._behind = behind

    def nature(self, layer: Any, path: str) -> Nature:
        return replace(super().nature(layer, path), behind=self._behind.get(path, ""))


def unwrapped(model: Any) -> Any:
    """Return the model inside DataParallel, DistributedDataParallel or torch.compile."""
    packages = ("torch.nn.parallel", "torch._dynamo", "torch.distributed")
    while type(model).__module__.startswith(packages):
        inner = next((getattr(model, name) for name in _WRAPPERS if hasattr(model, name)), None)
        if inner is None:
            break
        model = inner
    return model
