"""A model that is loaded to be asked: arrays by the name of an input in, arrays by the name of an output out.

Nothing here knows what wrote the model. ONNX Runtime is loaded where a model needs it; a network of NumPy needs nothing.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from math import isqrt
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError, MissingExtraError
from gnomon.models.mlp import MLP
from gnomon.models.registry.record import Port, Signature

Arrays = dict[str, npt.NDArray[Any]]

MOST_ROWS: Final = 64
"""Rows that are computed together: more gain nothing on a processor, and whoever asks for one row waits for all."""
_STATES: Final = "onnxruntime.capi.onnxruntime_pybind11_state"
_TYPES: Final[Mapping[str, npt.DTypeLike]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}


class Predictor(Protocol):
    """Something that can be asked."""

    @property
    def signature(self) -> Signature:
        """What it takes and gives, as far as its file says."""
        ...

    @property
    def most(self) -> int:
        """Most rows at once."""
        ...

    def predict(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Arrays:
        """Return the outputs by name, for inputs by name; the first axis of all are the rows."""
        ...


class OnnxPredictor:
    """A file of ONNX in a session of ONNX Runtime.

    Args:
        path: Of `model.onnx`.
        threads: For one prediction; one unless told, for requests are many and each is small.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
        CorruptError: The file does not load.
        InputError: It takes what cannot be sent.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        if find_spec("onnxruntime") is None:
            msg = "This model needs onnxruntime. Install gnomon[onnx]."
            raise MissingExtraError(msg)
        runtime: Any = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        options.log_severity_level = 4  # what it cannot compute is told to whoever asked
        try:
            self._session: Any = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has classes of its own for each cause
            msg = f"{path.name}: ONNX Runtime cannot load it: {' '.join(str(error).split())[:300]}"
            raise CorruptError(msg) from error
        self._refusal: type[Exception] = import_module(_STATES).InvalidArgument
        given, made = self._session.get_inputs(), self._session.get_outputs()
        self._inputs = {each.name: np.dtype(_type_of(each)) for each in given}
        self._outputs = {each.name: _without_end(each.name, self._inputs) for each in made}
        self._signature = Signature(
            tuple(Port(each.name, _shape(each), str(self._inputs[each.name])) for each in given),
            tuple(Port(self._outputs[each.name], _shape(each)) for each in made),
        )
        fixed = [each.shape[0] for each in given if each.shape and isinstance(each.shape[0], int)]
        self.fixed: int | None = min(fixed, default=None)
        """How many rows it takes at once, where its file says exactly how many."""
        self._most = min([MOST_ROWS, *fixed])

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def most(self) -> int:
        return self._most

    def predict(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Arrays:
        given = {name: inputs[name].astype(dtype, copy=False) for name, dtype in self._inputs.items()}
        try:
            found = self._session.run(None, given)
        except self._refusal as error:
            text = " ".join(str(error).split()).partition("Status Message: ")
            msg = f"inputs: the model cannot take these: {(text[2] or text[0])[:300]}"
            raise InputError(msg, field="inputs") from None
        return dict(zip(self._outputs.values(), found, strict=True))


class MlpPredictor:
    """A network of NumPy, of format `mlp`: `x` in, confidences of `label` out."""

    most = MOST_ROWS

    def __init__(self, path: Path) -> None:
        self._net = MLP.open(path)
        sizes = self._net.sizes
        classes = tuple(str(i) for i in range(sizes[-1]))
        label = Port("label", (sizes[-1],), "float32", "classification", classes)
        self._signature = Signature((Port("x", (sizes[0],), "float32", "numeric_input"),), (label,))

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def side(self) -> int | None:
        """Pixels on each side of the grey pictures that it takes; `None` when its inputs are no square."""
        side = isqrt(self._net.sizes[0])
        return side if side * side == self._net.sizes[0] and side > 1 else None

    def predict(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Arrays:
        x = inputs["x"]
        return {"label": self._net.activations(x.reshape(len(x), -1))[-1]}


def _type_of(port: Any) -> npt.DTypeLike:
    if port.type not in _TYPES:
        msg = (
            f"model.onnx: its input {port.name} takes {port.type}, which cannot be sent. Numbers and truth values can."
        )
        raise InputError(msg, field=port.name)
    return _TYPES[port.type]


def _shape(port: Any) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in port.shape[1:])


def _without_end(name: str, inputs: Mapping[str, Any]) -> str:
    """Return an output's name: ours end in `_out` where an input has the same, for ONNX has one set of names."""
    short = name.removesuffix("_out")
    return short if short in inputs else name
