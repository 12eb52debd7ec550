"""Runs nodes in PyTorch, by the statements that their components write for it; on the processor, without gradients."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import torch
from torch import nn

from gnomon.core.errors import UserCodeError
from gnomon.graph.code.names import attribute
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.torch import imports_of, sorted_imports
from gnomon.models.preview.runner import NODE, Array, Names, first, inputs, last, left, shift_of, wants
from gnomon.models.preview.weights import Weights

_HOLDS: Final = ("_parameters", "_buffers", "_modules")


class TorchRunner:
    """Make layers and run them; see `Runner`.

    Layers are attributes of one module, as they are in the generated class, so that statements of a user find those of
    other nodes where they expect them.

    Args:
        plan: The graph.
        beside: Statements that its user's file has beside the model.
        weights: Of a run.
    """

    def __init__(self, plan: Plan, beside: str, weights: Weights | None = None) -> None:
        self._plan, self._weights = plan, weights
        self.fits: dict[str, bool] = {}
        self._names = Names(plan, [line for line in sorted_imports(imports_of(plan)) if line], beside)
        self.module = nn.Module()
        self.module.eval()

    @property
    def framework(self) -> str:
        return f"torch {torch.__version__.partition('+')[0]}"

    def made(self, name: str, seed: int) -> dict[str, Any]:
        """Return what a node adds to the module, by attribute."""
        piece = self._plan.pieces[name]
        if piece.make is None:
            return {}
        torch.manual_seed(seed)
        if wants(self._plan, name) is None:
            found = {attribute(name): self._names.value(piece.make, {})}
        else:
            before = _held(self.module)
            self._names.run(piece.make, {"self": self.module}, NODE)
            found = {key: value for key, value in _held(self.module).items() if before.get(key) is not value}
        if self._weights is not None:
            self._fill(name, found, self._weights)
        return {key: _resting(value) for key, value in found.items()}

    def _fill(self, name: str, layer: dict[str, Any], weights: Weights) -> None:
        """Give what a node added to the module the weights of a run, where all of them fit."""
        state = {path: tensor for key, value in layer.items() for path, tensor in _state(key, value)}
        if not state:
            return
        found = weights.fitting({path: tuple(tensor.shape) for path, tensor in state.items()})
        self.fits[name] = found is not None
        with torch.no_grad():
            for path, array in (found or {}).items():
                state[path].copy_(torch.from_numpy(array.copy()))

    def take(self, name: str, layer: dict[str, Any]) -> None:
        del name
        for key, value in layer.items():
            setattr(self.module, key, value)

    def run(self, name: str, values: Mapping[tuple[str, int], Any], seed: int) -> tuple[Any, ...]:
        given = inputs(self._plan, name, values)
        component = wants(self._plan, name)
        torch.manual_seed(seed)
        with torch.no_grad():
            if component is None:
                out = self._names.value(self._plan.pieces[name].call, {**given, "self": self.module})
                return tuple(out) if isinstance(out, (tuple, list)) else (out,)
            # What it changes in place must not change what is kept of the node before.
            own = {key: value.clone() if isinstance(value, torch.Tensor) else value for key, value in given.items()}
            own["self"] = self.module
            shift = shift_of(self._plan, name, component)
            return left(self._plan, name, self._names.run(self._plan.pieces[name].call, own, NODE, shift))

    def tensor(self, array: Array) -> torch.Tensor:
        return torch.from_numpy(first(array).copy())

    def array(self, value: Any) -> Array:
        if not isinstance(value, torch.Tensor):
            msg = f"TypeError: expected a tensor to come out, received {type(value).__name__}"
            raise UserCodeError(msg, file=NODE)
        value = value.detach().cpu()
        if value.is_quantized or value.layout != torch.strided:
            value = value.dequantize() if value.is_quantized else value.to_dense()
        return last((value.float() if value.dtype == torch.bfloat16 else value).numpy())

    def size_bytes(self, kept: Any) -> int:
        if isinstance(kept, torch.Tensor):
            return kept.nbytes
        if isinstance(kept, nn.Module):
            return sum(each.nbytes for each in (*kept.parameters(), *kept.buffers()))
        found = kept.values() if isinstance(kept, dict) else kept if isinstance(kept, (tuple, list)) else ()
        return sum(map(self.size_bytes, found))


def _held(module: nn.Module) -> dict[str, Any]:
    """Return all attributes of a module, its parameters, buffers and layers among them."""
    found = {key: value for key, value in vars(module).items() if key not in _HOLDS}
    for name in _HOLDS:
        found |= vars(module)[name]
    return found


def _state(key: str, value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield what is kept of an attribute of the module, by its path."""
    if isinstance(value, nn.Parameter):
        yield key, value
    elif isinstance(value, nn.Module):
        yield from ((f"{key}.{name}", tensor) for name, tensor in value.state_dict(keep_vars=True).items())


def _resting(value: Any) -> Any:
    """Return a layer as it is when it does not learn."""
    return value.eval() if isinstance(value, nn.Module) else value
