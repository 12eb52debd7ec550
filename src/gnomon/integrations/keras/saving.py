"""A model of Keras as files: `.keras`, and ONNX by an example."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gnomon.core.errors import GnomonError, InputError


def write(model: Any, folder: Path, example: object, tell: Callable[[GnomonError], None]) -> None:
    """Leave `model.keras`, and `model.onnx` when there is an example, in a folder.

    Args:
        model: The model.
        folder: Where to.
        example: Inputs of one call, samples first; `None` leaves ONNX out.
        tell: Hears why ONNX could not be had.

    Raises:
        InputError: It is no model.
    """
    if not callable(getattr(model, "save", None)):
        msg = f"model: expected a keras.Model, received {type(model).__name__}."
        raise InputError(msg, field="model")
    model.save(folder / "model.keras")
    if example is not None:
        try:
            model(example if not isinstance(example, tuple) else list(example))
            model.export(str(folder / "model.onnx"), format="onnx", verbose=False)
        except Exception as error:  # noqa: BLE001 - each backend has exporters, and errors, of its own
            (folder / "model.onnx").unlink(missing_ok=True)
            what = (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
            tell(InputError(f"example: no ONNX could be made: {what}. The model is kept.", field="example"))
