"""What a torch model has learnt, as pictures: filters, preferred inputs, reconstructions, embeddings."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.analysis.tiles import conv_tiles, dense_tiles
from gnomon.analysis.units import Preferred, TopInputs, as_pictures, side_by_side
from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.records.arrays import wanted
from gnomon.core.records.embedding import Embedding
from gnomon.core.records.images import Images
from gnomon.integrations.torch.measure import tensors_in
from gnomon.sdk.run import Run

torch: Any = import_module("torch")

_BATCH = 256


def log_filters(
    run: Run,
    module: Any,
    name: str | None = None,
    step: int | None = None,
    *,
    shape: tuple[int, ...] | None = None,
    most: int = 1024,
) -> None:
    """Log the weights of convolutional and fully connected layers as pictures, each scaled on its own.

    Args:
        run: Where to.
        module: A layer, or a model: then each such layer in it is logged as `<name>/<path>`.
        name: Key, or its first part; `"filters"` when `None`.
        step: As for `log`.
        shape: `(h, w)` or `(h, w, c)` of the inputs of a fully connected layer.
        most: Pictures of a layer at most.
    """
    found = {path: inner for path, inner in module.named_modules() if _tiles(inner, None, 1) is not None}
    if not found:
        msg = f"module: expected a layer with a weight of two to four axes, received {type(module).__name__}."
        run.lose(1, "log_filters", InputError(msg, field="module"))
        return
    pictures = {}
    for path, inner in found.items():
        key = "/".join(part for part in (name or "filters", path) if part)
        fits = shape is not None and getattr(inner, "in_features", None) == int(np.prod(shape))
        pictures[key] = Images(_tiles(inner, shape if fits else None, most), layout="NHWC", range="each")
    run.log(pictures, step)


def _tiles(layer: Any, shape: tuple[int, ...] | None, most: int) -> npt.NDArray[Any] | None:
    weight = getattr(layer, "weight", None)
    kind = type(layer).__name__
    if not isinstance(weight, torch.Tensor) or not ("Conv" in kind or "Linear" in kind):
        return None
    array = wanted(weight, "weight")
    if "ConvTranspose" in kind and array.ndim in (3, 4):
        array = np.moveaxis(array, 0, 1)
    if "Conv" in kind:
        return conv_tiles(array, most) if array.ndim in (3, 4) else None
    return dense_tiles(array, shape, most) if array.ndim == 2 else None


def preferred_inputs(model: Any, layer: str | Any, data: Any, k: int = 9) -> Preferred:
    """Return the k inputs that each unit of a layer answers to most.

    Args:
        model: Run without gradients and in evaluation mode; left in the mode it was in.
        layer: Path (`"encoder.0"`) or module.
        data: A tensor or array of inputs, or an iterable of batches (a `DataLoader` whose batches may be pairs).
        k: How many.

    Raises:
        NotFoundError: No layer of that path.
        InputError: The layer did not run, or `data` is empty.
    """
    top = TopInputs(k)
    for output in _outputs(model, layer, data):
        top.add(output)
    return top.result()


def embeddings(model: Any, layer: str | Any, data: Any, labels: Any = None) -> Embedding:
    """Return what a layer makes of each input, as points of a scatter over the steps.

    Args:
        model: As for `preferred_inputs`.
        layer: As for `preferred_inputs`.
        data: As for `preferred_inputs`.
        labels: One integer for each input.
    """
    vectors = np.concatenate([output.reshape(len(output), -1) for output in _outputs(model, layer, data)])
    return Embedding(vectors.astype(np.float32), labels=labels)


def reconstructions(model: Callable[[Any], Any], data: Any, most: int = 16) -> Images:
    """Return inputs beside what the model makes of them, in two columns.

    Args:
        model: Returns a batch of the shape of its input (or the same number of values).
        data: Inputs, of which the first `most` are shown.
        most: How many.
    """
    given = next(iter(_batches(data, most, _device_of(model))))[:most]
    with _evaluating(model):
        made = next(tensors_in(model(given)))
    inputs, outputs = (wanted(t, "data") for t in (given, made.reshape(given.shape)))
    pictures = [as_pictures(batch, channels_first=True) for batch in (inputs, outputs)]
    return Images(side_by_side(*pictures), columns=2, layout="NHWC")


def _outputs(model: Any, layer: str | Any, data: Any) -> Iterator[npt.NDArray[Any]]:
    module = _layer(model, layer)
    caught: list[Any] = []
    handle = module.register_forward_hook(lambda *given: caught.append(next(tensors_in(given[2]))))
    try:
        with _evaluating(model):
            for batch in _batches(data, _BATCH, _device_of(model)):
                caught.clear()
                model(batch)
                if not caught:
                    msg = f"layer: expected one that the forward pass runs, received {layer!s:.80}."
                    raise InputError(msg, field="layer")
                yield wanted(caught[-1], "activations")
    finally:
        handle.remove()


def _layer(model: Any, layer: str | Any) -> Any:
    if not isinstance(layer, str):
        return layer
    modules = dict(model.named_modules())
    if layer not in modules:
        msg = f"No layer {layer!r} in {type(model).__name__}. There are: {', '.join(filter(None, modules))[:200]}."
        raise NotFoundError(msg)
    return modules[layer]


def _device_of(model: Any) -> Any:
    parameters = model.parameters() if hasattr(model, "parameters") else iter(())
    return next((p.device for p in parameters), torch.device("cpu"))


def _batches(data: Any, size: int, device: Any) -> Iterator[Any]:
    if isinstance(data, torch.Tensor) or hasattr(data, "__array__"):
        whole = torch.as_tensor(data)
        yield from (whole[i : i + size].to(device) for i in range(0, len(whole), size))
        return
    batches: Iterable[Any] = data
    for batch in batches:
        first = batch[0] if isinstance(batch, (list, tuple)) else batch
        yield torch.as_tensor(first).to(device)


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Run a model without gradients and in evaluation mode, and leave every part of it in the mode it was in."""
    modules = list(model.modules()) if hasattr(model, "modules") else []
    modes = [module.training for module in modules]
    for module in modules:
        module.training = False
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode
