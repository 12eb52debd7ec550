"""A PyTorch module as a graph: traced, written as code, and the code read; what comes out is compared with the module.

Runs in a worker, for the module is code of the user. Tried in this order: `torch.export`, which runs the module once and
sees through Python; `torch.fx`, which runs it with stand-ins; the text of its class, where branches and loops stay as they
are; at last the bare list of its layers, which computes nothing.
"""

import inspect
import textwrap
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from gnomon.core.errors import CodeError, GnomonError, InputError
from gnomon.graph.code import parse, write
from gnomon.graph.code.names import class_name
from gnomon.graph.document import Graph
from gnomon.models.imports.layers import is_layer
from gnomon.models.imports.modules import layers_of
from gnomon.models.imports.source import source_of
from gnomon.models.imports.traced import Traced, exported, symbolic

CLOSE: Final = 1e-4
"""Largest difference, relative to the largest number, at which two modules are the same; sums in another order differ."""

_SIDES: Final = (32, 28, 64, 224, 96, 128, 16, 299)
_STEPS: Final = 16


@dataclass(frozen=True, slots=True)
class Imported:
    """Hold a module as a graph.

    Args:
        graph: With the names of the module's layers as the names of its nodes.
        way: How it was read: `torch.export`, `torch.fx`, `source` or `layers`.
        notes: What its reader should know.
        states: What the parameters of the graph's code were called in the module, by their new names.
        values: Constants of the module that are kept with the parameters of the graph, by new name.
        error: Largest difference of the outputs of both, relative to the largest; `None` when they were not compared.
    """

    graph: Graph
    way: str
    notes: list[str]
    states: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    error: float | None = None


def import_torch(model: Any, example: Sequence[Any] | None = None, name: str = "") -> Imported:
    """Return the graph of a PyTorch module.

    Args:
        model: The module. It is put into evaluation mode for as long as it takes, and otherwise left as it is.
        example: Its inputs, the batch in front; found by trying when not given.
        name: What the graph is called; the module's class when not given.

    Raises:
        InputError: It is no module, or has no layers.
    """
    import torch  # noqa: PLC0415 - only where it is asked for

    if not isinstance(model, torch.nn.Module):
        msg = f"model: expected a torch.nn.Module, received {type(model).__name__}. Name the model, or an expression that makes it."
        raise InputError(msg, field="model")
    was = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        given = list(example) if example is not None else guessed(model)
        if is_layer(model):
            return _alone(model, given, name)
        return _imported(model, given, name or type(model).__name__)
    finally:
        for module, training in was:
            module.training = training


def _alone(layer: Any, example: list[Any] | None, name: str) -> Imported:
    """Return the graph of a single layer of PyTorch, which has no name of its own."""
    from torch import nn  # noqa: PLC0415

    kind = type(layer).__name__
    found = _imported(nn.Sequential(OrderedDict([(kind, layer)])), example, name or kind)
    return replace(found, states={new: old.removeprefix(f"{kind}.") for new, old in found.states.items()})


def _imported(model: Any, example: list[Any] | None, name: str) -> Imported:
    notes = [] if example is not None else ["No input of a usual size went through it: give one, such as 3x224x224."]
    for way in (_by_export, _by_fx, _by_source):
        try:
            found = way(model, example or [], name)
        except (GnomonError, SyntaxError) as error:
            notes.append(f"{way.__doc__} did not do: {_brief(error)}")
            continue
        except Exception as error:  # noqa: BLE001 - it runs the user's code, and PyTorch refuses in many ways
            notes.append(f"{way.__doc__} did not do: {type(error).__name__}: {_brief(error)}")
            continue
        if found is not None:
            return replace(found, notes=[*notes, *found.notes])
    graph, more = layers_of(model, name)
    return Imported(graph, "layers", [*notes, *more])


def _brief(error: BaseException) -> str:
    first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return textwrap.shorten(first, 200)


def _by_export(model: Any, example: list[Any], name: str) -> Imported | None:
    """torch.export"""  # noqa: D415 - its name, for the notes
    return _by_trace(exported, model, example, name) if example else None


def _by_fx(model: Any, example: list[Any], name: str) -> Imported | None:
    """torch.fx"""  # noqa: D415
    return _by_trace(symbolic, model, example, name)


def _by_trace(trace: Callable[[Any, Sequence[Any]], Traced], model: Any, example: list[Any], name: str) -> Imported:
    traced = trace(model, example)
    source = source_of(model, traced, class_name(name))
    # The code is ours: the graph says all of it.
    graph = msgspec.structs.replace(parse(source.text, "torch").graph, name=name, source={})
    return _checked(Imported(graph, traced.way, source.notes, source.states, source.values), model, example)


def _by_source(model: Any, example: list[Any], name: str) -> Imported | None:
    """The text of its class"""  # noqa: D415
    kind = type(model)
    text = textwrap.dedent(inspect.getsource(kind))
    whole = inspect.getmodule(kind)
    lines = inspect.getsource(whole).split("\n") if whole is not None else []
    # Names that the file has from elsewhere are those that everybody uses.
    others = [
        "import torch",
        *(each for each in lines if each.startswith(("import ", "from ")) and each != "import torch"),
    ]
    found = parse("\n".join([*others, "", "", text]), "torch")
    states = {each: each for each in model.state_dict()}
    graph = msgspec.structs.replace(found.graph, name=name)
    return _checked(Imported(graph, "source", list(found.notes), states), model, example)


def _checked(found: Imported, model: Any, example: Sequence[Any]) -> Imported:
    """Return an import whose code gives what the module gives.

    Raises:
        CodeError: It does not.
    """
    if not example:
        return found
    error = difference(found, model, example)
    if error is None or error > CLOSE:
        told = "does not run" if error is None else f"gives numbers that differ by {error:.1e} of the largest"
        msg = f"what was read {told}."
        raise CodeError(msg)
    return replace(found, error=error)


def difference(found: Imported, model: Any, example: Sequence[Any]) -> float | None:
    """Return by how much the outputs of a graph's code differ from the module's, relative to the largest number.

    `None` when its code does not run.
    """
    import torch  # noqa: PLC0415

    ours = built(found, model)
    largest = 0.0
    with torch.no_grad():
        for batch in (len(example[0]) if example[0].dim() else 1, 3):
            inputs = [_batch_of(each, batch) for each in example]
            theirs = list(_tensors(model(*inputs)))
            mine = list(_tensors(ours(*inputs)))
            if [each.shape for each in theirs] != [each.shape for each in mine]:
                return None
            for a, b in zip(theirs, mine, strict=True):
                scale = max(1.0, float(a.abs().max()) if a.numel() else 1.0)
                largest = max(largest, float((a - b).abs().max()) / scale if a.numel() else 0.0)
    return largest


def built(found: Imported, model: Any) -> Any:
    """Return a module of a graph's own code, with the parameters of the module that it was read from."""
    text = write(found.graph, "torch").text
    space: dict[str, Any] = {"__name__": "imported"}
    exec(compile(text, "model.py", "exec"), space)  # noqa: S102 - a worker, or the user's own process
    ours = space[class_name(found.graph.name)]()
    theirs = model.state_dict()
    ours.load_state_dict({new: theirs[old] for new, old in found.states.items()} | dict(found.values))
    return ours.eval()


def _batch_of(tensor: Any, batch: int) -> Any:
    import torch  # noqa: PLC0415

    if not tensor.dim():
        return tensor
    return torch.cat([tensor] * (batch // len(tensor) + 1))[:batch] if len(tensor) != batch else tensor


def _tensors(value: Any) -> Iterator[Any]:
    import torch  # noqa: PLC0415

    if isinstance(value, torch.Tensor):
        yield value.double() if value.is_floating_point() else value.long()
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _tensors(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _tensors(each)


def guessed(model: Any) -> list[Any] | None:
    """Return an input of a usual size that goes through a module; `None` when there is none."""
    import torch  # noqa: PLC0415

    for shape, dtype in _usual(model):
        generator = torch.Generator().manual_seed(0)
        x = (
            torch.randn(2, *shape, generator=generator)
            if dtype == "float32"
            else torch.zeros(2, *shape, dtype=torch.int64)
        )
        try:
            with torch.no_grad():
                model(x)
        except Exception:  # noqa: BLE001, S112 - this one does not fit
            continue
        return [x]
    return None


def _usual(model: Any) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield shapes that the first layer of a module may take."""
    for module in model.modules():
        kind = type(module).__name__
        if kind in ("Conv2d", "BatchNorm2d", "ConvTranspose2d"):
            channels = getattr(module, "in_channels", None) or module.num_features
            yield from (((channels, side, side), "float32") for side in _SIDES)
        elif kind == "Linear":
            yield (module.in_features,), "float32"
            yield (_STEPS, module.in_features), "float32"
            side = int((module.in_features) ** 0.5)
            yield (1, side, side), "float32"
        elif kind == "Embedding":
            yield (_STEPS,), "int64"
            yield (), "int64"
        elif kind in ("LSTM", "GRU", "RNN"):
            yield (_STEPS, module.input_size), "float32"
        elif kind == "Conv1d":
            yield from (((module.in_channels, n), "float32") for n in (64, 128, 1024, 16000))
        elif kind == "Conv3d":
            yield from (((module.in_channels, n, n, n), "float32") for n in (16, 32))
        elif kind == "TransformerEncoderLayer":
            yield (_STEPS, module.self_attn.embed_dim), "float32"
