"""Arrays of any rank and number format, kept bit for bit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gnomon.core.errors import InputError
from gnomon.core.records.arrays import array_meta, exact, is_array
from gnomon.core.records.describe import array_summary
from gnomon.core.records.raw import from_raw, raw_view
from gnomon.core.records.record_type import Encoded


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """Log an array as it is: no rounding, no picture made of it.

    Args:
        array: NumPy, torch, JAX, TensorFlow …, of any rank and number format (bfloat16 and 8-bit floats too), or
            nested lists of numbers. It is read when it is logged.

    Example:
        >>> TYPE.encode(Tensor([[1, 2], [3, 4]])).meta
        {'dtype': 'int64', 'shape': [2, 2], 'low': 1, 'high': 4, 'bad': 0}
    """

    array: object


class TensorType:
    """The record type of `Tensor` and of plain arrays."""

    kind = "tensor"
    wrapper = Tensor
    viewer = "tensor"

    def accept(self, value: object) -> bool:
        return is_array(value)

    def encode(self, value: object) -> Encoded:
        array = exact(value.array if isinstance(value, Tensor) else value, "Tensor.array")
        if array is None:
            got = type(value.array if isinstance(value, Tensor) else value).__qualname__
            msg = f"Tensor.array: expected an array or nested lists of numbers, received {got}."
            raise InputError(msg, field="array")
        return Encoded(self.kind, array_meta(array), raw_view(array))

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Any:
        return from_raw(meta, data)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        return array_summary(meta, size)


TYPE = TensorType()
