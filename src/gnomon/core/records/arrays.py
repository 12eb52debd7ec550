"""Arrays of any library as NumPy arrays, recognised by what they can do, with no library imported to ask."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, ShapeError
from gnomon.core.records.small_floats import ITEM_BYTES, as_float32

NUMBERS: Final = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
)
"""Formats that NumPy has, and that are the same on every machine."""

# Formats of less than eight bits have no place in memory of their own; the next that NumPy has keeps their value.
_NARROW: Final = {"int2": "int8", "int4": "int8", "uint2": "uint8", "uint4": "uint8", "uint1": "uint8", "int1": "int8"}
_NARROW_FLOATS: Final = dict.fromkeys(("float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn"), "float16")
_TRACED: Final = ("Tracer", "SymbolicTensor", "KerasTensor")
"""In the names of classes of JAX, TensorFlow and Keras that have no values yet."""

_MOST_AXES: Final = 64
"""As NumPy has it."""

_NOT_ARRAYS: Final = (str, bytes, bytearray, dict, int, float, complex, type(None))


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """Hold an array bit for bit.

    Args:
        values: Little-endian; for formats that NumPy lacks, their bits as uint8 or uint16. Any strides.
        dtype: Name of the format: NumPy's name, or `"bfloat16"`, `"float8_e4m3fn"` ….
        library: `"torch"` when it came from there, whose habit is channels first.
    """

    values: npt.NDArray[Any]
    dtype: str
    library: str = ""

    def numbers(self) -> npt.NDArray[Any]:
        """Return the values as NumPy computes with them: formats that it lacks become float32."""
        return as_float32(self.values, self.dtype) if self.dtype in ITEM_BYTES else self.values


def is_array(value: object) -> bool:
    """Return whether `value` is an array or a tensor of some library, at the cost of a few attribute look-ups."""
    if isinstance(value, (np.ndarray, np.generic, memoryview)):
        return True
    kind = type(value)
    return not isinstance(value, _NOT_ARRAYS) and any(
        hasattr(kind, name) for name in ("__array__", "__array_interface__", "__dlpack__", "__cuda_array_interface__")
    )


def as_array(value: object, field: str = "array") -> npt.NDArray[Any] | None:
    """Return anything like an array as a NumPy array to compute with; `None` when it is nothing of the kind.

    Args:
        value: NumPy, torch (any device, with or without gradient), JAX, TensorFlow, CuPy; whatever has `__array__`,
            `__dlpack__` or a buffer; numbers, and nested lists of all these.
        field: Name used in errors.

    Returns:
        An array of native numbers; bfloat16 and 8-bit floats come as float32. It may share memory with `value`.

    Raises:
        InputError: It is an array of objects, records, text or dates, or its library refused to hand it over.
        ShapeError: It is a list of arrays of different shapes.
    """
    found = exact(value, field)
    return None if found is None else found.numbers()


def exact(value: object, field: str = "array", depth: int = 0) -> Exact | None:
    """Return anything like an array bit for bit (see `as_array`); it may share memory with `value`.

    `depth` counts the lists around it.
    """
    if isinstance(value, np.ndarray):
        return _checked(_bare(value, field), field)
    if isinstance(value, (list, tuple)):
        return _stacked(value, field, depth)
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return _checked(np.asarray(value), field)
    if not is_array(value) and not _is_buffer(value):
        return None
    try:
        return _from_library(value, field)
    except InputError:
        raise
    except Exception as error:
        kind = type(value)
        if any(word in kind.__qualname__ for word in _TRACED):
            why = "has no values while a function is traced. Log what the compiled function returns."
        else:
            why = f"cannot be read outside its library ({error!s:.200}). Pass a plain dense array on the CPU."
        msg = f"{field}: expected an array of numbers, received {kind.__module__}.{kind.__qualname__}, which {why}"
        raise InputError(msg, field=field) from error


def wanted(value: object, field: str) -> npt.NDArray[Any]:
    """Return `as_array(value)` where nothing else will do.

    Raises:
        InputError: It is nothing like an array.
    """
    array = as_array(value, field)
    if array is None:
        msg = f"{field}: expected an array, a tensor or a list of numbers, received {type(value).__qualname__}."
        raise InputError(msg, field=field)
    return array


def array_meta(array: Exact, shape: Sequence[int] | None = None) -> dict[str, Any]:
    """Return `dtype shape low high bad`: what a viewer knows of an array before it reads it."""
    low, high, bad = extremes(array)
    return {
        "dtype": array.dtype,
        "shape": list(array.values.shape if shape is None else shape),
        "low": low,
        "high": high,
        "bad": bad,
    }


def extremes(array: Exact) -> tuple[float | int | None, float | int | None, int]:
    """Return the smallest and the largest finite value, and how many are not finite.

    Integers stay integers; booleans count as 0 and 1. Complex numbers have no order, so theirs are `None`, as are those
    of an array without a finite value.
    """
    values = array.numbers()
    if values.size == 0:
        return None, None, 0
    if values.dtype.kind == "c":
        return None, None, int(values.size - np.count_nonzero(np.isfinite(values)))
    low, high = values.min(), values.max()
    if values.dtype.kind != "f":
        return int(low), int(high), 0
    # A NaN anywhere makes both NaN and an infinity shows as an extreme, so that two finite ones settle it.
    if np.isfinite(low) and np.isfinite(high):
        return float(low), float(high), 0
    finite = np.isfinite(values)
    n = int(np.count_nonzero(finite))
    if n == 0:
        return None, None, int(values.size)
    kept = values[finite]
    return float(kept.min()), float(kept.max()), int(values.size) - n


def little(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return `dtype` in little-endian order."""
    return dtype.newbyteorder("<") if dtype.byteorder not in "|<" else dtype


def _bare(array: npt.NDArray[Any], field: str) -> npt.NDArray[Any]:
    """Return an array without what a subclass adds; what is masked becomes NaN."""
    if not isinstance(array, np.ma.MaskedArray):
        return array.view(np.ndarray) if type(array) is not np.ndarray else array
    if not np.ma.is_masked(array):
        return np.asarray(array.data)
    if array.dtype.kind not in "fc":
        msg = f"{field}: {array.dtype} has no NaN to stand for masked values. Log .astype(float), or .filled(…) of it."
        raise InputError(msg, field=field)
    return np.asarray(array.filled(np.nan))


def _checked(array: npt.NDArray[Any], field: str) -> Exact:
    name = array.dtype.name
    if name in NUMBERS:
        if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and sys.byteorder == "big"):
            array = array.astype(little(array.dtype))
        return Exact(array, name)
    if name in ITEM_BYTES:
        bits = np.dtype(f"<u{ITEM_BYTES[name]}")
        return Exact(array.reshape(array.shape).view(bits) if array.ndim else array.reshape(1).view(bits)[0, ...], name)
    wider = (_NARROW | _NARROW_FLOATS).get(name)
    if wider is not None:
        return Exact(array.astype(wider), wider)
    msg = f"{field}: expected numbers, received an array of {name} of shape {array.shape}. {_remedy(array.dtype)}"
    raise InputError(msg, field=field)


def _remedy(dtype: np.dtype[Any]) -> str:
    if dtype.names is not None:
        return f"Log one field of it: {', '.join(dtype.names[:4])}."
    if dtype.kind == "O":
        return (
            "Rows of unequal length, or text, make such an array: convert it with .astype(float), or log it as a list."
        )
    if dtype.kind in "fc":
        return "Its size differs between machines; convert it with .astype(np.float64)."
    return "Log it as a gnomon.Table or as a list of text."


def _stacked(items: Sequence[object], field: str, depth: int) -> Exact | None:
    if depth >= _MOST_AXES:
        msg = f"{field[:40]}: expected at most {_MOST_AXES} axes, received lists nested more deeply, or one in itself."
        raise ShapeError(msg, field=field[:40])
    if not items:
        return Exact(np.zeros(0), "float64")
    if all(isinstance(item, (bool, int, float, complex)) for item in items):
        try:
            return _checked(np.asarray(items), field)
        except (OverflowError, ValueError) as error:
            msg = f"{field}: these numbers fit no array ({error})."
            raise InputError(msg, field=field) from error
    parts = []
    for i, item in enumerate(items):
        part = exact(item, f"{field}[{i}]", depth + 1)
        if part is None:
            return None
        parts.append(part)
    shapes = {part.values.shape for part in parts}
    if len(shapes) > 1:
        shown = ", ".join(str(shape) for shape in sorted(shapes)[:3])
        msg = f"{field}: expected arrays of one shape, received {shown}. Pass arrays of the same shape."
        raise ShapeError(msg, field=field)
    dtypes = {part.dtype for part in parts}
    if len(dtypes) == 1:
        return Exact(np.stack([part.values for part in parts]), parts[0].dtype, parts[0].library)
    return _checked(np.stack([part.numbers() for part in parts]), field)


def _is_buffer(value: Any) -> bool:
    if isinstance(value, _NOT_ARRAYS):
        return False
    try:
        memoryview(value)
    except TypeError:
        return False
    return True


def _from_library(value: Any, field: str) -> Exact:
    library = type(value).__module__.partition(".")[0]
    if library == "keras" and hasattr(value, "value") and not callable(value.value):
        value = value.value  # a variable holds its backend's tensor
        library = type(value).__module__.partition(".")[0]
    if "torch" in sys.modules and hasattr(value, "detach") and hasattr(value, "is_sparse"):
        return _from_torch(value, field)
    if library == "cupy":
        return _checked(value.get(), field)
    if isinstance(value, memoryview) or not is_array(value):
        return _checked(np.asarray(memoryview(value)), field)
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
        return _checked(np.asarray(value), field)
    return _checked(np.from_dlpack(value), field)


def _from_torch(tensor: Any, field: str) -> Exact:
    torch = sys.modules["torch"]
    if getattr(tensor, "is_quantized", False):
        tensor = tensor.dequantize()
    if str(tensor.layout) != "torch.strided":
        msg = f"{field}: expected a dense tensor, received layout {tensor.layout}. Pass tensor.to_dense()."
        raise InputError(msg, field=field)
    plain = tensor.detach().resolve_conj().resolve_neg().cpu()
    name = str(plain.dtype).removeprefix("torch.")
    if name in ITEM_BYTES:
        bits = plain.contiguous().view(torch.int16 if ITEM_BYTES[name] == 2 else torch.uint8).numpy()
        return Exact(bits.view(np.uint16) if ITEM_BYTES[name] == 2 else bits, name, "torch")
    if name == "complex32":
        plain = plain.to(torch.complex64)
    return replace(_checked(plain.numpy(), field), library="torch")
