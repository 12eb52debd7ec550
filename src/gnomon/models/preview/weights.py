"""Weights of a run, read from a checkpoint by the names of its tensors; a file of tensors runs nobody's code."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, MissingExtraError, NotFoundError

Array = npt.NDArray[Any]


class Weights:
    """Hold the tensors of a checkpoint by name: node id, dot, name within the layer.

    Args:
        tensors: By name.
        told: What says where they are from: `run@step`.
        key: What names them; written again at the same step, they have another.
    """

    def __init__(self, tensors: Mapping[str, Array], told: str, key: str) -> None:
        self._tensors = tensors
        self.told, self.key = told, key

    def fitting(self, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array] | None:
        """Return the tensors of these names; `None` when one is missing, or has another shape."""
        found = {name: self._tensors[name] for name in shapes if name in self._tensors}
        fits = len(found) == len(shapes) and all(found[name].shape == shape for name, shape in shapes.items())
        return found if fits else None


def opened(file: str, told: str) -> Weights:
    """Return the weights of a file.

    Raises:
        NotFoundError: It is not there any more.
        InputError: It holds no tensors.
        MissingExtraError: The package that reads it is not installed.
    """
    try:
        written = Path(file).stat().st_mtime_ns
    except OSError:
        msg = f"weights: the checkpoint {told} is not there any more. Ask for the newest."
        raise NotFoundError(msg) from None
    return _read(file, told, f"{told} {written}")


@lru_cache(maxsize=2)
def _read(file: str, told: str, key: str) -> Weights:
    try:
        from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - an extra
    except ImportError:
        msg = "Weights of a run are read with safetensors: install `pip install gnomon[torch]` where the server runs."
        raise MissingExtraError(msg) from None
    try:
        with safe_open(file, framework="numpy") as tensors:
            found = {name: np.asarray(tensors.get_tensor(name)) for name in tensors.keys()}  # noqa: SIM118 - no map
    except (SafetensorError, OSError, TypeError, AttributeError) as error:
        msg = f"weights: the tensors of the checkpoint {told} cannot be read: {error}."
        raise InputError(msg, field="weights") from None
    return Weights(found, told, key)
