"""A model of any framework as files that are read without running anybody's code."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any, Final

from gnomon.core.errors import GnomonError, InputError

_WRITERS: Final = {"keras": "gnomon.integrations.keras.saving:write", "torch": "gnomon.integrations.torch.saving:write"}

Tell = Callable[[GnomonError], None]


def write_model(model: object, folder: Path, example: object, tell: Tell) -> object:
    """Leave the files of a model in a folder; return what `filed` is to look at.

    Args:
        model: A module of torch, a model of Keras, a `gnomon.models.MLP`, or a path, which is taken as it is.
        folder: An empty one.
        example: Inputs of one call, by which an ONNX file is written as well; `None` writes none.
        tell: Hears why the ONNX file could not be had; the weights are kept all the same.

    Raises:
        InputError: It is nothing that can be written without pickle.
    """
    if isinstance(model, (str, PurePath)):
        return model
    if callable(to_bytes := getattr(model, "to_bytes", None)) and type(model).__module__.startswith("gnomon."):
        (folder / "model.npz").write_bytes(to_bytes())
        return folder
    write = _writer_of(model)
    if write is None:
        name = type(model).__name__
        msg = f"model: expected a model of torch, of Keras, an MLP or a path, received {name}. Save it, and pass the path."
        raise InputError(msg, field="model")
    write(model, folder, example, tell)
    return folder


def _writer_of(model: object) -> Callable[[Any, Path, object, Tell], None] | None:
    for cls in type(model).__mro__:
        where = _WRITERS.get(cls.__module__.partition(".")[0])
        if where is not None:
            module, _, attribute = where.partition(":")
            found: Callable[[Any, Path, object, Tell], None] = getattr(import_module(module), attribute)
            return found
    return None
