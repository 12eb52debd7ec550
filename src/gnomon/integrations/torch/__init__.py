"""What gnomon does for PyTorch: models are watched, and layers, inputs and embeddings become pictures."""

from importlib import import_module
from typing import Any

from gnomon.integrations.torch.parts import ModuleParts, Parts
from gnomon.integrations.torch.pictures import embeddings, log_filters, preferred_inputs, reconstructions
from gnomon.integrations.torch.watch import TorchWatch
from gnomon.sdk.model_report import Options
from gnomon.sdk.run import Run

torch: Any = import_module("torch")

__all__ = ["embeddings", "log_filters", "preferred_inputs", "reconstructions", "watcher"]


def watcher(run: Run, model: object, name: str, *, parts: Parts | None = None, **options: Any) -> TorchWatch | None:
    """Return a watch of a module; `None` when it is something else of torch (a tensor, an optimiser).

    Args:
        run: Where it is written.
        model: The module that training calls.
        name: First part of all keys.
        parts: How it names its parts; as `state_dict` does when `None`.
        options: As `gnomon.sdk.model_report.Options`.

    Raises:
        InputError: An option is wrong.
    """
    if not isinstance(model, torch.nn.Module):
        return None
    return TorchWatch(run, model, name, Options.of(options), parts or ModuleParts())
