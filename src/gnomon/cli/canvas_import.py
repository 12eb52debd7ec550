"""Models of other tools as graphs, for `gnomon canvas import`: read and run in this process, which is the user's own."""

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from gnomon.core.errors import GnomonError, UserCodeError
from gnomon.graph.document import Graph

_EXTRAS: Final = {"torch": "PyTorch", "onnx": "ONNX"}


@dataclass(frozen=True)
class Import:
    """Hold a graph, what to know of it, how it was read, and how far its outputs are from the model's."""

    graph: Graph
    notes: list[str]
    way: str
    error: float | None = None


def imported(path: str, expression: str, shape: str) -> Import:
    """Return the graph of a model.

    Args:
        path: Of a file, or `package.module:expression`.
        expression: What makes the model of a Python file.
        shape: Axes of its inputs.

    Raises:
        ClickException: It cannot be read; the message says why.
    """
    file = Path(path)
    try:
        if file.suffix in (".keras", ".json", ".onnx", ".py"):
            if not file.is_file():
                msg = f"There is no file {path}."
                raise click.ClickException(msg)
            return _of_file(file, expression, shape)
        return _torch(path, expression, shape)
    except UserCodeError as error:
        place = f"{error.file}:{error.line}: " if error.line else ""
        msg = f"{path}: {place}{error}"
        raise click.ClickException(msg) from error
    except GnomonError as error:
        msg = f"{path}: {error}"
        raise click.ClickException(msg) from error


def plain(found: Import, written: str | None) -> dict[str, Any]:
    """Return an import as JSON for programs; without the graph when it was written to a file."""
    told = {"way": found.way, "error": found.error, "notes": found.notes, "nodes": len(found.graph.nodes)}
    return told | ({"graph": msgspec.to_builtins(found.graph)} if written is None else {"file": written})


def _of_file(file: Path, expression: str, shape: str) -> Import:
    if file.suffix == ".py":
        return _torch(str(file), expression, shape)
    if file.suffix == ".onnx":
        _need("onnx")
        from gnomon.models.imports.onnx_view import import_onnx

        viewed = import_onnx(file, file.stem)
        return Import(viewed.graph, viewed.notes, "onnx")
    from gnomon.graph.keras_config import import_keras

    parsed = import_keras(file)
    graph = msgspec.structs.replace(parsed.graph, name=file.stem[:200])
    return Import(graph, list(parsed.notes), "keras")


def _torch(path: str, expression: str, shape: str) -> Import:
    _need("torch")
    from gnomon.models.imports.loading import example, of_path, of_text
    from gnomon.models.imports.torch_export import import_torch

    file = Path(path)
    sys.path.insert(0, str(file.resolve().parent if file.suffix == ".py" else Path.cwd()))
    given = example(shape) if shape else None
    if file.suffix == ".py":
        model = of_text(file.read_text("utf-8-sig"), expression, str(file))
    else:
        model = of_path(path if not expression else f"{path.partition(':')[0]}:{expression}")
    found = import_torch(model, given)
    return Import(found.graph, found.notes, found.way, found.error)


def _need(module: str) -> None:
    if find_spec(module) is None:
        msg = f"Reading models of {_EXTRAS[module]} needs the `{module}` extra. Install gnomon[{module}]."
        raise click.ClickException(msg)
