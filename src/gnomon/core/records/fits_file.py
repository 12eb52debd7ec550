"""Read the first image of a FITS file, and write arrays as one.

Source: FITS Standard 4.0, sections 3 (blocks of 2,880 bytes), 4 (header cards), 5.3 (unsigned integers as BZERO).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.arrays import wanted

_BLOCK: Final = 2880
_MOST_BLOCKS: Final = 500
_MOST_UNITS: Final = 1000
_MOST_CARDS: Final = 200
_STORED: Final = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
_OURS: Final = re.compile(r"SIMPLE|BITPIX|NAXIS\d*|EXTEND|BSCALE|BZERO|BLANK|END|XTENSION|PCOUNT|GCOUNT|GROUPS")
_COMMENTS: Final = frozenset({"COMMENT", "HISTORY", ""})


@dataclass(frozen=True, slots=True, eq=False)
class FitsImage:
    """Hold the first image of a file.

    Args:
        values: Physical numbers, rows first: the axis that FITS calls 1 is the last. Unsigned integers stored with BZERO
            are integers again; other scaled ones are float64, with NaN where BLANK says that nothing was measured.
        header: Its first 200 cards: names to text, numbers, booleans.
        offset: Where its numbers begin in the file, in bytes.
        scale: BSCALE.
        zero: BZERO.
    """

    values: npt.NDArray[Any]
    header: dict[str, Any]
    offset: int
    scale: float
    zero: float


def read(data: bytes) -> FitsImage:
    """Return the first image of a FITS file, extensions included.

    Raises:
        InputError: It is not FITS, or has no image that we read (compressed ones are tables).
        CorruptError: A header does not parse, or promises more than there is.
    """
    if not data.startswith(b"SIMPLE  ="):
        msg = f"Expected a FITS file, which begins with SIMPLE, received {data[:9]!r}."
        raise InputError(msg, field="image")
    at = 0
    for _ in range(_MOST_UNITS):
        if at >= len(data):
            break
        header, at = _header(data, at)
        shape, size = _extent(header)
        if header.get("XTENSION", "IMAGE").strip() == "IMAGE" and shape and header.get("GROUPS") is not True:
            return _image(data, header, shape, at)
        at += -(-size // _BLOCK) * _BLOCK
    msg = "The FITS file has no image. Tables and compressed images are not read; save the image uncompressed."
    raise InputError(msg, field="image")


def write(value: object, header: Mapping[str, Any]) -> bytes:
    """Return an array as a FITS file.

    Args:
        value: Real numbers of any rank; float16 and bfloat16 become float32, booleans uint8, all exactly.
        header: Further cards.

    Raises:
        InputError: They are not real numbers, or a card cannot be written.
    """
    array = wanted(value, "Fits.image")
    if array.dtype.kind not in "biuf" or array.ndim > 999:
        msg = f"Fits.image: expected real numbers, received {array.dtype} of shape {array.shape}."
        raise InputError(msg, field="image")
    array = array.reshape(1) if array.ndim == 0 else array
    if array.dtype.kind == "b":
        array = array.view(np.uint8)
    elif array.dtype == np.float16:
        array = array.astype(np.float32)
    bits = array.dtype.itemsize * (-8 if array.dtype.kind == "f" else 8)
    zero = _zero(array.dtype)
    cards: list[tuple[str, Any]] = [("SIMPLE", True), ("BITPIX", bits), ("NAXIS", array.ndim)]
    cards += [(f"NAXIS{i + 1}", n) for i, n in enumerate(reversed(array.shape))]
    if zero:
        cards += [("BSCALE", 1), ("BZERO", zero)]
    lines = [_card(name, each) for name, each in cards]
    lines += [_card(str(name), each) for name, each in header.items() if not _OURS.fullmatch(str(name).strip().upper())]
    text = "".join([*lines, "END".ljust(80)]).encode("ascii")
    flipped = array.view(f"u{array.dtype.itemsize}") ^ _top_bit(array.dtype) if zero else array
    numbers = flipped.astype(flipped.dtype.newbyteorder(">")).tobytes()
    return text + b" " * (-len(text) % _BLOCK) + numbers + b"\0" * (-len(numbers) % _BLOCK)


def _zero(dtype: np.dtype[Any]) -> int:
    """Return BZERO: FITS has unsigned bytes and signed everything else; the others are stored shifted by half."""
    if dtype == np.int8:
        return -128
    return 1 << (8 * dtype.itemsize - 1) if dtype.kind == "u" and dtype.itemsize > 1 else 0


def _top_bit(dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.array(1 << (8 * dtype.itemsize - 1), f"u{dtype.itemsize}")


def _card(name: str, value: Any) -> str:
    name = name.strip().upper()
    if name in _COMMENTS:
        text = f"{name:8}{value!s:.72}"
    elif not re.fullmatch(r"[A-Z0-9_-]{1,8}", name):
        msg = f"Fits.header: expected names of 1 to 8 letters, digits, - and _, received {name!r:.60}."
        raise InputError(msg, field="header")
    elif isinstance(value, (bool, np.bool_)):
        text = f"{name:8}= {'T' if value else 'F':>20}"
    elif isinstance(value, (int, np.integer)):
        text = f"{name:8}= {int(value):>20}"
    elif isinstance(value, (float, np.floating)) and math.isfinite(value):
        text = f"{name:8}= {repr(float(value)).upper():>20}"
    elif isinstance(value, str):
        quoted = value.replace("'", "''")
        text = f"{name:8}= '{quoted:8}'"
    else:
        msg = f"Fits.header: expected text, a finite number or a boolean for {name}, received {value!r:.60}."
        raise InputError(msg, field="header")
    if len(text) > 80 or not text.isascii() or not text.isprintable():
        msg = f"Fits.header: a card has 80 printable ASCII characters, {name} = {value!r:.60} does not fit."
        raise InputError(msg, field="header")
    return text.ljust(80)


def _header(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    """Return the cards of a header and where it ends."""
    cards: dict[str, Any] = {}
    for block in range(_MOST_BLOCKS):
        text = data[at + block * _BLOCK : at + (block + 1) * _BLOCK]
        if len(text) < _BLOCK:
            break
        for i in range(0, _BLOCK, 80):
            card = text[i : i + 80].decode("latin-1")
            name = card[:8].rstrip()
            if name == "END" and not card[8:].strip():
                return cards, at + (block + 1) * _BLOCK
            if card[8:10] == "= ":
                cards.setdefault(name, _value(card[10:]))
    msg = f"A FITS header at byte {at} has no END within {_MOST_BLOCKS} blocks."
    raise CorruptError(msg)


def _value(text: str) -> Any:
    """Return the value of a card: text in quotes, `T`, `F`, a number; other text as it stands."""
    text = text.strip()
    quoted = re.match(r"'((?:[^']|'')*)'", text)
    if quoted:
        return quoted[1].replace("''", "'").rstrip()
    text = text.partition("/")[0].strip()
    if text in {"T", "F"}:
        return text == "T"
    if re.fullmatch(r"[+-]?\d{1,40}", text):
        return int(text)
    try:
        number = float(text.replace("D", "E"))
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _extent(header: Mapping[str, Any]) -> tuple[tuple[int, ...], int]:
    """Return the shape, rows first, and how many bytes of data follow the header."""
    bits, axes = header.get("BITPIX"), header.get("NAXIS")
    if bits not in _STORED or type(axes) is not int or not 0 <= axes <= 999:
        msg = f"A FITS header has BITPIX {bits!r:.20} and NAXIS {axes!r:.20}."
        raise CorruptError(msg)
    shape = tuple(header.get(f"NAXIS{axes - i}") for i in range(axes))
    groups, extra = header.get("GCOUNT", 1), header.get("PCOUNT", 0)
    if any(type(n) is not int or not 0 <= n < 1 << 50 for n in (*shape, groups, extra)):
        msg = f"A FITS header has axes of lengths {shape!r:.80}."
        raise CorruptError(msg)
    lengths = tuple(n for n in shape if isinstance(n, int))
    n = math.prod(lengths[:-1] if header.get("GROUPS") is True else lengths) if lengths else 0
    return lengths, abs(bits) // 8 * groups * (extra + n)


def _image(data: bytes, header: dict[str, Any], shape: tuple[int, ...], at: int) -> FitsImage:
    stored = np.dtype(_STORED[header["BITPIX"]])
    end = at + math.prod(shape) * stored.itemsize
    if end > len(data):
        msg = f"A FITS image of shape {list(shape)} ends at byte {end}, the file has {len(data)}."
        raise CorruptError(msg)
    if len(shape) > 64:
        msg = f"NumPy has no array of {len(shape)} axes, which this FITS image has."
        raise CorruptError(msg)
    scale, zero = (_finite(header.get(name), default) for name, default in (("BSCALE", 1.0), ("BZERO", 0.0)))
    numbers = np.frombuffer(data[at:end], stored).reshape(shape)
    cards = dict(list(header.items())[:_MOST_CARDS])
    return FitsImage(_physical(numbers, scale, zero, header.get("BLANK")), cards, at, scale, zero)


def _finite(value: object, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e300 else default


def _physical(numbers: npt.NDArray[Any], scale: float, zero: float, blank: object) -> npt.NDArray[Any]:
    native = numbers.astype(numbers.dtype.newbyteorder("="))
    size = native.dtype.itemsize
    missing = (numbers == blank) if isinstance(blank, int) and native.dtype.kind in "iu" else None
    if missing is None or not missing.any():
        if (scale, zero) == (1.0, 0.0):
            return native
        if (
            scale == 1.0
            and zero == (-128 if native.dtype == np.uint8 else 1 << (8 * size - 1))
            and native.dtype.kind in "iu"
        ):
            flipped: npt.NDArray[Any] = native.view(f"u{size}") ^ _top_bit(native.dtype)
            return flipped.view(np.int8) if size == 1 else flipped.view()
    with np.errstate(over="ignore", invalid="ignore"):
        physical = native.astype(np.float64) * scale + zero
    if missing is not None:
        physical[missing] = np.nan
    with np.errstate(over="ignore"):
        return physical.astype(np.float32) if native.dtype == np.float32 else physical
