"""Floating-point formats that NumPy does not have (bfloat16, the 8-bit ones), read without any package.

Source: OCP 8-bit Floating Point Specification 1.0, section 5, for E4M3 and E5M2; Noune et al. 2022 (arXiv 2206.02915)
for the FNUZ variants; OCP Microscaling Formats 1.0, section 5.4.1, for E8M0.
"""

from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

# exponent bits, mantissa bits, bias, flavour: "ieee" has infinities and NaNs in the largest exponent; "fn" has one NaN
# per sign and no infinity; "fnuz" has one NaN where -0 would be.
_EIGHT_BITS: Final = {
    "float8_e4m3": (4, 3, 7, "ieee"),
    "float8_e4m3fn": (4, 3, 7, "fn"),
    "float8_e4m3fnuz": (4, 3, 8, "fnuz"),
    "float8_e4m3b11fnuz": (4, 3, 11, "fnuz"),
    "float8_e5m2": (5, 2, 15, "ieee"),
    "float8_e5m2fnuz": (5, 2, 16, "fnuz"),
}

ITEM_BYTES: Final = {"bfloat16": 2, "float8_e8m0fnu": 1} | dict.fromkeys(_EIGHT_BITS, 1)
"""Size of one number of each format in bytes."""


def as_float32(bits: npt.NDArray[Any], dtype: str) -> npt.NDArray[np.float32]:
    """Return the numbers whose bits are given; every one of them is exact in float32.

    Args:
        bits: Bit patterns, uint16 for bfloat16, uint8 for the others, any shape.
        dtype: A key of `ITEM_BYTES`.

    Example:
        >>> as_float32(np.array([0x3F80, 0xC000], np.uint16), "bfloat16")
        array([ 1., -2.], dtype=float32)
    """
    if dtype == "bfloat16":
        wide: npt.NDArray[np.float32] = (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return wide
    numbers: npt.NDArray[np.float32] = _table(dtype)[bits]
    return numbers


@cache
def _table(dtype: str) -> npt.NDArray[np.float32]:
    if dtype == "float8_e8m0fnu":
        powers = np.ldexp(np.float64(1), np.arange(256) - 127)
        powers[255] = np.nan
        return _single(powers)
    exponent_bits, mantissa_bits, bias, flavour = _EIGHT_BITS[dtype]
    codes: npt.NDArray[np.int64] = np.arange(256)
    mantissa = (codes & ((1 << mantissa_bits) - 1)) / (1 << mantissa_bits)
    exponent = (codes >> mantissa_bits) & ((1 << exponent_bits) - 1)
    # A zero exponent is subnormal: no hidden one, and the exponent of the smallest normal number.
    size = np.ldexp(np.where(exponent == 0, mantissa, 1 + mantissa), np.maximum(exponent, 1) - bias)
    values = np.where(codes >= 128, -size, size)
    if flavour == "fnuz":
        values[0x80] = np.nan
    elif flavour == "fn":
        values[[0x7F, 0xFF]] = np.nan
    else:
        top = exponent == (1 << exponent_bits) - 1
        values[top] = np.where(mantissa[top] == 0, np.copysign(np.inf, values[top]), np.nan)
    return _single(values)


def _single(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return values.astype(np.float32)
