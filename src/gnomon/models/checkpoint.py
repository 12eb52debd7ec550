"""A network on disk: one `.npz` that holds plain numbers only, so that reading it runs nobody's code.

Members: `format` (1), `sizes`, `learning_rate`, `batch_size`, `seed`, `epochs`, `steps`, `samples`, and for each
layer l from 1 on `w<l>` of shape `(sizes[l], sizes[l - 1])` and `b<l>` of shape `(sizes[l],)`.
"""

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, NotFoundError

FORMAT: Final = 1
MAX_BYTES: Final = 1 << 30
"""Largest checkpoint that is read, unpacked: a small file may unpack to more than the memory holds."""

_SMALLEST: Final = {"batch_size": 1, "seed": 0, "epochs": 0, "steps": 0, "samples": 0}
Float = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Hold what a network needs to predict, and to go on training as if it had never stopped."""

    sizes: tuple[int, ...]
    learning_rate: float
    batch_size: int
    seed: int
    epochs: int
    steps: int
    samples: int
    weights: list[Float]
    biases: list[Float]


def write_checkpoint(path: Path, saved: Checkpoint) -> Path:
    """Write `saved`, replacing what was there only once the new file is complete; return the path written.

    Args:
        path: Where to; `.npz` is added when it is missing. Folders are made.
        saved: The network.
    """
    target = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            pack_checkpoint(file, saved)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def pack_checkpoint(file: BinaryIO, saved: Checkpoint) -> None:
    """Write `saved` to an open file, as the bytes of a `.npz`."""
    members: dict[str, Any] = {"format": FORMAT, "sizes": saved.sizes, "learning_rate": saved.learning_rate}
    members |= {name: getattr(saved, name) for name in _SMALLEST}
    for layer, (weight, bias) in enumerate(zip(saved.weights, saved.biases, strict=True), 1):
        members |= {f"w{layer}": weight, f"b{layer}": bias}
    np.savez_compressed(file, allow_pickle=False, **members)


def read_checkpoint(path: Path | BinaryIO) -> Checkpoint:
    """Return the network stored at `path`, or in an open file.

    Raises:
        NotFoundError: There is no such file.
        CorruptError: It is no checkpoint of ours, was damaged, or needs unpickling.
    """
    try:
        _check_size(path)
        if not isinstance(path, Path):
            path.seek(0)
        with np.load(path, allow_pickle=False) as members:
            return _decode({name: members[name] for name in members.files}, path)
    except FileNotFoundError:
        msg = f"checkpoint: no file at {path}."
        raise NotFoundError(msg) from None
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        remedy = " Is it one of better-tensorflow's? Then say MLP.open(path, old=True)."
        msg = f"checkpoint: {path} is not a network saved by gnomon: {error}{remedy}"
        raise CorruptError(msg) from error


def _check_size(path: Path | BinaryIO) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > MAX_BYTES:
        msg = f"it unpacks to {size:,} bytes, at most {MAX_BYTES:,} are read."
        raise ValueError(msg)


def _decode(members: Mapping[str, npt.NDArray[Any]], path: Path | BinaryIO) -> Checkpoint:
    if "format" not in members:
        msg = "it has no member `format`."
        raise ValueError(msg)
    if int(members["format"]) > FORMAT:
        msg = (
            f"checkpoint: {path} was written in format {members['format']}, this gnomon reads {FORMAT}. Upgrade gnomon."
        )
        raise CorruptError(msg)
    sizes = tuple(int(n) for n in members["sizes"])
    layers = range(1, len(sizes))
    saved = Checkpoint(
        sizes=sizes,
        learning_rate=float(members["learning_rate"]),
        weights=[_array(members, f"w{i}", (sizes[i], sizes[i - 1])) for i in layers],
        biases=[_array(members, f"b{i}", (sizes[i],)) for i in layers],
        **{name: int(members[name]) for name in _SMALLEST},
    )
    _check(saved)
    return saved


def _check(saved: Checkpoint) -> None:
    wrong = [name for name, least in _SMALLEST.items() if getattr(saved, name) < least]
    if not 0 < saved.learning_rate < float("inf"):
        wrong.append("learning_rate")
    if len(saved.sizes) < 2 or min(saved.sizes) < 1:
        wrong.append("sizes")
    if len({array.dtype for array in (*saved.weights, *saved.biases)}) > 1:
        wrong.append("dtype")
    if wrong:
        msg = f"{', '.join(wrong)}: out of range."
        raise ValueError(msg)


def _array(members: Mapping[str, npt.NDArray[Any]], name: str, shape: tuple[int, ...]) -> Float:
    array = members[name]
    if array.shape != shape or array.dtype not in (np.float32, np.float64):
        msg = f"{name}: expected floats of shape {shape}, received {array.dtype} of shape {array.shape}."
        raise ValueError(msg)
    return array
