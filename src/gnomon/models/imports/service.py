"""What a worker does for imports: methods by name in `gnomon.models.worker.methods`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gnomon.core.errors import CorruptError, InputError, MissingExtraError
from gnomon.graph.document import plain

_FAR: Final = 0.2


def torch(params: dict[str, Any], say: Callable[[float, str], None]) -> dict[str, Any]:
    """Return a PyTorch module as a graph.

    Args:
        params: `code`, the text of a file; `file`, its name; `object`, an expression; `input`, shapes; `name`.
        say: Told how far it is.
    """
    say(0.05, "Loading PyTorch")
    _need("torch", "PyTorch")
    from gnomon.models.imports.loading import example, of_text  # noqa: PLC0415 - slow to load
    from gnomon.models.imports.torch_export import import_torch  # noqa: PLC0415

    model = of_text(params["code"], params.get("object", ""), params.get("file") or "model.py")
    say(_FAR, "Tracing")
    given = params.get("input") or ""
    found = import_torch(model, example(given) if given else None, params.get("name", ""))
    return {"graph": plain(found.graph), "notes": found.notes, "way": found.way, "error": found.error}


def onnx(params: dict[str, Any], say: Callable[[float, str], None]) -> dict[str, Any]:
    """Return an ONNX file as a graph to look at.

    Args:
        params: `path`, where the file lies; `name`.
        say: Told how far it is.
    """
    say(0.05, "Loading ONNX")
    _need("onnx", "ONNX")
    from gnomon.models.imports.onnx_view import import_onnx  # noqa: PLC0415 - slow to load

    say(_FAR, "Reading")
    try:
        found = import_onnx(Path(params["path"]), params.get("name", ""))
    except CorruptError as error:  # of the file that was sent, not of a store of ours
        raise InputError(str(error), field="file") from error
    return {"graph": plain(found.graph), "notes": found.notes, "way": "onnx", "error": None}


def _need(module: str, called: str) -> None:
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec(module) is None:
        msg = f"Reading models of {called} needs the `{module}` extra. Install gnomon[{module}] where the server runs."
        raise MissingExtraError(msg)
