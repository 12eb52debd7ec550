"""A PyTorch module in a pipeline."""

import copy
import io
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from gnomon.core.errors import InputError
from gnomon.models.pipeline.engine import Array, Row, Task, score

_LOSSES: Final[Mapping[Task, Callable[..., Any]]] = {
    "classification": functional.cross_entropy,
    "binary": functional.binary_cross_entropy_with_logits,
    "regression": functional.mse_loss,
}
_OPTIMIZERS: Final[Mapping[str, Callable[..., Any]]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}


class TorchEngine:
    """Train a module, where its parameters are; pictures are given to it channels first.

    Args:
        model: The module.
        task: What it is for.
        optimizer: A name, an optimizer of the module's parameters, or a function that makes one of them.
        rate: Learning rate, of a name.
        loss: A function of what the module gives and the truth, or `None` for that of the task.
    """

    framework = "torch"

    def __init__(self, model: Any, task: Task, optimizer: Any, rate: float, loss: Any) -> None:
        self.model, self.task = model, task
        self._optimizer = _optimizer(model, optimizer, rate)
        self._loss = _loss(task) if loss is None else loss
        self._device = next(iter(model.parameters()), torch.empty(0)).device

    @property
    def parameters(self) -> int:
        return sum(each.numel() for each in self.model.parameters() if each.requires_grad)

    @property
    def from_logits(self) -> bool:
        last = list(self.model.modules())[-1]
        return not isinstance(last, torch.nn.Softmax | torch.nn.Sigmoid)

    def settings(self) -> Row:
        return {
            "optimizer": type(self._optimizer).__name__.lower(),
            "learning_rate": float(self._optimizer.param_groups[0]["lr"]),
            "loss": getattr(self._loss, "__name__", type(self._loss).__name__),
        }

    def step(self, x: tuple[Array, ...], y: Array) -> tuple[float, float | None]:
        self.model.train()
        self._optimizer.zero_grad()
        made = self.model(*map(self._tensor, x))
        loss = self._loss(*self._pair(made, y))
        loss.backward()
        self._optimizer.step()
        return float(loss.detach()), score(self.task, made.detach().cpu().numpy(), y)

    def predict(self, x: tuple[Array, ...]) -> Array:
        self.model.eval()
        with torch.inference_mode():
            made: Array = self.model(*map(self._tensor, x)).cpu().numpy()
        return made

    def loss(self, made: Array, y: Array) -> float:
        with torch.inference_mode():
            return float(self._loss(*self._pair(torch.from_numpy(made).to(self._device), y)))

    def weights(self) -> Any:
        return copy.deepcopy(self.model.state_dict())

    def restore(self, weights: Any) -> None:
        self.model.load_state_dict(weights)

    def layers(self) -> list[Row]:
        return [
            {
                "name": name,
                "type": type(each).__name__,
                "shape": "",
                "parameters": sum(found.numel() for found in each.parameters(recurse=False)),
            }
            for name, each in self.model.named_modules()
            if name and not list(each.children())
        ]

    def config(self) -> Mapping[str, Any]:
        return {"module": str(self.model)}

    def file(self) -> tuple[str, bytes]:
        try:
            from safetensors.torch import save  # noqa: PLC0415 - an extra of its own
        except ImportError:
            file = io.BytesIO()
            np.savez(file, **{name: each.cpu().numpy() for name, each in self.model.state_dict().items()})
            return "weights.npz", file.getvalue()
        found: bytes = save({name: each.contiguous() for name, each in self.model.state_dict().items()})
        return "model.safetensors", found

    def _tensor(self, x: Array) -> Any:
        moved = np.moveaxis(x, -1, 1) if x.ndim >= 4 else x
        return torch.from_numpy(np.ascontiguousarray(moved)).to(self._device)

    def _pair(self, made: Any, y: Array) -> tuple[Any, Any]:
        truth = torch.from_numpy(np.ascontiguousarray(y)).to(self._device)
        if self.task == "classification":
            return made, truth
        return made.reshape(-1), truth.reshape(-1).to(made.dtype)


def _loss(task: Task) -> Any:
    return _LOSSES[task]


def _optimizer(model: Any, optimizer: Any, rate: float) -> Any:
    if isinstance(optimizer, torch.optim.Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        return optimizer(model.parameters())
    made = _OPTIMIZERS.get(optimizer.lower())
    if made is None:
        msg = (
            f"optimizer: expected {', '.join(_OPTIMIZERS)} or an optimizer of torch.optim, received {optimizer!r:.40}."
        )
        raise InputError(msg, field="optimizer")
    return made(model.parameters(), lr=rate)
