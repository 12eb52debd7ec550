"""From what a model gives to what its caller gets."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.models.predictor import Arrays
from gnomon.models.registry.record import Port

TOP: Final = 20
"""Classes that are told of, the likeliest first."""
_DIGITS: Final = 6
_SAME: Final = 1e-3


class Confidence(msgspec.Struct, frozen=True):
    """How likely a class is, 0 to 1."""

    label: str
    confidence: float


class Classified(msgspec.Struct, frozen=True):
    """The likeliest class, and how likely each is, the likeliest first."""

    label: str
    predictions: list[Confidence]


class Labelled(msgspec.Struct, frozen=True):
    """Labels that are likelier than not, and how likely each is, the likeliest first."""

    labels: list[str]
    predictions: list[Confidence]


class Value(msgspec.Struct, frozen=True):
    """Numbers: one, or lists of them."""

    value: Any


class Several(msgspec.Struct, frozen=True):
    """What a model with several outputs gives, by output."""

    outputs: dict[str, Classified | Labelled | Value]


Answer = Classified | Labelled | Value | Several


class Answers:
    """Make answers.

    Args:
        ports: The outputs of a model.
    """

    def __init__(self, ports: Sequence[Port]) -> None:
        self._ports = tuple(ports)

    def of(self, outputs: Mapping[str, npt.NDArray[Any]], row: int) -> Answer:
        """Return the answer of one row.

        Raises:
            InputError: The model gives what is no number for it.
        """
        found = {port.name: _one(port, outputs[port.name][row]) for port in self._ports}
        return next(iter(found.values())) if len(found) == 1 else Several(found)

    def agree(self, first: Arrays, second: Arrays) -> int:
        """Return in how many rows two models say the same: the same class, or numbers within a thousandth."""
        same = None
        for port in self._ports:
            a, b = first[port.name], second.get(port.name)
            if b is None or a.shape != b.shape:
                return 0
            each = (a.argmax(-1) == b.argmax(-1)) if port.kind in _CLASSES else np.isclose(a, b, _SAME, _SAME)
            each = each.reshape(len(a), -1).all(axis=1)
            same = each if same is None else same & each
        return 0 if same is None else int(same.sum())

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of an answer."""
        found = {port.name: msgspec.json.schema(_KIND.get(port.kind, Value)) for port in self._ports}
        if len(found) == 1:
            return next(iter(found.values()))
        return {"type": "object", "properties": {"outputs": {"type": "object", "properties": found}}}


_CLASSES: Final = ("classification", "segmentation")
_KIND: Final[Mapping[str, type[Answer]]] = {"classification": Classified, "multi_label": Labelled}


def _one(port: Port, values: npt.NDArray[Any]) -> Classified | Labelled | Value:
    if not np.isfinite(values).all():
        msg = f"{port.name}: the model gives NaN or infinity for these inputs. Are they of the size that it was trained on?"
        raise InputError(msg, field=port.name)
    if port.kind == "classification" and values.ndim == 1:
        found = _likeliest(port, values)
        return Classified(found[0].label, found)
    if port.kind == "multi_label" and values.ndim == 1:
        found = _likeliest(port, values)
        return Labelled([each.label for each in found if each.confidence >= 0.5], found)
    if port.kind == "segmentation" and values.ndim == 3:
        codes = values.argmax(-1) if values.shape[-1] > 1 else values[..., 0] >= 0.5
        return Value(codes.astype(int).tolist())
    return Value(np.round(values.astype(np.float64), _DIGITS).tolist())


def _likeliest(port: Port, values: npt.NDArray[Any]) -> list[Confidence]:
    names = port.classes if len(port.classes) == len(values) else None
    order = np.argsort(-values, kind="stable")[:TOP].tolist()
    numbers = np.round(values.astype(np.float64), _DIGITS).tolist()
    return [Confidence(names[i] if names else str(i), numbers[i]) for i in order]
