"""Where values that are not finite began, in a PyTorch model whose loss is no number any more."""

from collections.abc import Callable, Mapping
from typing import Any

from gnomon.models.training.later import Later
from gnomon.sdk.model_report import INPUT, origin

torch: Any = Later("torch")


def where(model: Any, forward: Callable[[], Mapping[str, Any]], given: Mapping[str, Any]) -> str:
    """Return a sentence that names the node.

    Args:
        model: As it was when the loss was computed, or one step later.
        forward: Runs it on the batch.
        given: The batch, by input.
    """
    from gnomon.integrations.torch.measure import bad_in, tensors_in  # noqa: PLC0415 - it imports PyTorch

    bad = {("weights", path): bad_in(tensor.cpu()) for path, tensor in model.named_parameters()}
    bad |= {("activations", INPUT): max(bad_in(tensor.cpu()) for tensor in given.values())}
    order = [INPUT]
    handles = []

    def hook(path: str) -> Callable[..., None]:
        def ran(module: Any, args: Any, output: Any) -> None:
            del module, args
            order.append(path)
            bad["activations", path] = max((bad_in(tensor.cpu()) for tensor in tensors_in(output)), default=(0, 0))

        return ran

    for path, layer in model.named_modules():
        if path and not list(layer.children()):
            handles.append(layer.register_forward_hook(hook(path)))
    try:
        with torch.no_grad():
            outputs = forward()
    finally:
        for handle in handles:
            handle.remove()
    found = origin(order, bad)
    if found is not None:
        part = {"weights": "the weights of", "activations": "what comes out of"}[found.what]
        what = "the data" if found.path == INPUT else f"{part} {found.path}"
        return f"{what} ({found.bad:,} of {found.n:,} values)"
    ends = [name for name, tensor in outputs.items() if bad_in(tensor.cpu())[0]]
    return f"what comes to {ends[0]}" if ends else "the loss itself: everything before it is finite"
