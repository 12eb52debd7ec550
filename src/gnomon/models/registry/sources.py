"""What is registered, as files by their path within the version."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from gnomon.core.errors import InputError, NotFoundError

if TYPE_CHECKING:  # the server asks for files alone, and has no use for networks
    from gnomon.models.mlp import MLP

Format = Literal["torch", "keras", "mlp", "onnx", "file"]
_STANDING: Final = {".onnx": "model.onnx", ".npz": "model.npz"}


def sources_of(given: "MLP | str | Path | Mapping[str, str | Path | bytes]") -> dict[str, Path | bytes]:
    """Return files by their path.

    Args:
        given: A network; a file; a folder, of which all files are taken but hidden ones; or files by their path.

    Raises:
        NotFoundError: There is nothing.
        InputError: A folder holds nothing.
    """
    if isinstance(given, Mapping):
        return {name: each if isinstance(each, bytes) else Path(each).expanduser() for name, each in given.items()}
    if not isinstance(given, (str, Path)):
        return {"model.npz": given.to_bytes()}
    place = Path(given).expanduser()
    if place.is_dir():
        inside = sorted(place.rglob("*"))
        found: dict[str, Path | bytes] = {
            each.relative_to(place).as_posix(): each
            for each in inside
            if each.is_file() and not any(part.startswith(".") for part in each.relative_to(place).parts)
        }
        if not found:
            msg = f"path: expected a folder with files, {place} holds none."
            raise InputError(msg, field="path")
        return found
    if not place.is_file():
        msg = f"path: there is no file or folder {place}."
        raise NotFoundError(msg)
    return {standing(place.name): place}


def standing(name: str) -> str:
    """Return the name of a single file within a version: that by which its format is known.

    Example:
        >>> standing("best-epoch-7.onnx"), standing("weights.bin")
        ('model.onnx', 'weights.bin')
    """
    return next((found for ending, found in _STANDING.items() if name.lower().endswith(ending)), name)


def format_of(sources: Mapping[str, Path | bytes]) -> Format:
    """Return what files are, from their names, and of a graph from what it says of its framework.

    Example:
        >>> format_of({"model.onnx": b""}), format_of({"model.npz": b""}), format_of({"weights.bin": b""})
        ('onnx', 'mlp', 'file')
        >>> format_of({"graph.json": b'{"target": "keras"}', "model.safetensors": b""})
        'keras'
    """
    if "model.onnx" in sources:
        return "onnx"
    if {"graph.json", "model.safetensors"} <= sources.keys():
        return _target_of(sources["graph.json"])
    return "mlp" if "model.npz" in sources else "file"


def _target_of(graph: Path | bytes) -> Literal["torch", "keras"]:
    try:
        text = graph if isinstance(graph, bytes) else graph.read_bytes()
        return msgspec.json.decode(text, type=_Target).target
    except (OSError, msgspec.MsgspecError):
        return "torch"  # what it is not is told when it is loaded


class _Target(msgspec.Struct):
    target: Literal["torch", "keras"] = "torch"
