"""Networks that better-tensorflow saved: `.npz` files whose weights are pickled, read without running what they say.

Such a file holds `epochs`, `learning_rate` and `batch_size` as numbers, and `weights` and `biases` as arrays of objects,
which NumPy stores as pickles. A pickle is a program: it names functions and calls them. Ours may name three things,
each of which is a small stand-in that checks what it is given; any other name ends the reading.

Weights come as one array for each layer, the input first, which has none: `[(1,), (30, 784), (10, 30)]`; biases as
columns, the input's unused: `[(784, 1), (30, 1), (10, 1)]`.
"""

import pickle
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, NotFoundError
from gnomon.models.checkpoint import Checkpoint

MAX_BYTES: Final = 64 << 20
"""Largest member that is read; the networks that were published have 0.2 MB."""

_MODULES: Final = {"numpy", "numpy.core.multiarray", "numpy._core.multiarray"}
_LEAVES: Final = ("epochs", "learning_rate", "batch_size")
Array = npt.NDArray[Any]


def read_old_checkpoint(path: Path) -> Checkpoint:
    """Return the network that better-tensorflow stored at `path`.

    Raises:
        NotFoundError: There is no such file.
        CorruptError: It is none of better-tensorflow's, was damaged, or wants to do more than hold numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name.removesuffix(".npy"): _read(archive, name) for name in archive.namelist()}
        return _decode(members)
    except FileNotFoundError:
        msg = f"checkpoint: no file at {path}."
        raise NotFoundError(msg) from None
    except (ValueError, KeyError, TypeError, EOFError, IndexError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        msg = f"checkpoint: {path} is not a network saved by better-tensorflow: {error}"
        raise CorruptError(msg) from error


def _read(archive: zipfile.ZipFile, name: str) -> Any:
    size = archive.getinfo(name).file_size
    if size > MAX_BYTES:
        msg = f"{name} unpacks to {size:,} bytes, at most {MAX_BYTES:,} are read."
        raise ValueError(msg)
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, fortran, dtype = header(member)
        if dtype.hasobject:
            return _Unpickler(member).load()
        return np.frombuffer(member.read(), dtype).reshape(shape, order="F" if fortran else "C")


def _decode(members: dict[str, Any]) -> Checkpoint:
    epochs, rate, batch = (float(np.asarray(members[name]).item()) for name in _LEAVES)
    weights = [_numbers(each) for each in _layers(members["weights"], "weights")[1:]]
    biases = [_numbers(each).reshape(-1) for each in _layers(members["biases"], "biases")[1:]]
    sizes = (weights[0].shape[-1], *(len(bias) for bias in biases))
    for i, weight in enumerate(weights):
        if weight.shape != (sizes[i + 1], sizes[i]):
            msg = f"layer {i + 1}: expected weights of shape {(sizes[i + 1], sizes[i])}, received {weight.shape}."
            raise ValueError(msg)
    if not (0 < rate < float("inf") and batch >= 1 and epochs >= 0 and len(weights) == len(biases)):
        msg = f"learning_rate {rate:g}, batch_size {batch:g}, epochs {epochs:g}, {len(weights)} layers: out of range."
        raise ValueError(msg)
    return Checkpoint(
        sizes=sizes,
        learning_rate=rate,
        batch_size=int(batch),
        seed=0,
        epochs=int(epochs),
        steps=0,
        samples=0,
        weights=weights,
        biases=biases,
    )


def _layers(found: Any, name: str) -> list[Any]:
    layers = found.state if isinstance(found, _Array) else found
    if not isinstance(layers, list) or len(layers) < 2:
        msg = f"{name}: expected an array for each layer."
        raise ValueError(msg)
    return layers


def _numbers(found: Any) -> Array:
    values = found.state if isinstance(found, _Array) else None
    if not isinstance(values, np.ndarray):
        msg = f"expected an array of numbers, received {type(found).__name__}."
        raise TypeError(msg)
    return values


class _Array:
    """Stands in for an array that is being unpickled: an array of numbers, or a list of what one of objects holds."""

    state: Array | list[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran, data = state
        if not isinstance(dtype, _Dtype):
            msg = "an array of no type."
            raise TypeError(msg)
        if dtype.code == "O8" and isinstance(data, list):
            self.state = data
            return
        numbers = np.frombuffer(data, dtype.known()).reshape(shape, order="F" if fortran else "C")
        if not np.isfinite(numbers).all():
            msg = "weights that are not finite."
            raise ValueError(msg)
        self.state = numbers.astype(np.float64)


class _Dtype:
    """Stands in for the type of an array."""

    def __init__(self, code: str, *_: object) -> None:
        self.code, self.order = code, "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = str(state[1])

    def known(self) -> np.dtype[Any]:
        if self.code not in {"f8", "f4", "i8", "i4"} or self.order not in {"<", ">", "=", "|"}:
            msg = f"expected numbers, received type {self.code!r:.20}."
            raise ValueError(msg)
        return np.dtype(self.order.replace("|", "=") + self.code)


class _Unpickler(pickle.Unpickler):  # it can name nothing but the stand-ins
    def find_class(self, module: str, name: str) -> Any:
        if module in _MODULES:
            if name == "_reconstruct":
                return lambda *_: _Array()
            if name == "ndarray":
                return _Array
            if name == "dtype":
                return _Dtype
        if (module, name) == ("_codecs", "encode"):  # how Python 3 writes bytes in the pickles of Python 2
            return lambda text, coding: text.encode("latin-1") if coding == "latin1" else None
        msg = f"it asks for {module}.{name}, which no array of numbers needs."
        raise pickle.UnpicklingError(msg[:200])
