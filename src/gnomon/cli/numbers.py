"""Numbers, times and sizes as people read them; what is missing is an en dash."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

MISSING: Final = "–"  # noqa: RUF001 - an en dash, on purpose
THIN: Final = "\u2009"
_UNITS: Final = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"))
_SPAN: Final = ((60, "s"), (3600, "min"), (86400, "h"), (30 * 86400, "day"))


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with so many significant digits.

    Args:
        value: Any number; `None` is missing.
        digits: Significant digits, at least 1.

    Example:
        >>> [number(v) for v in (0.93124, 3.2e-4, 1240000.0, 1797, float("nan"))]
        ['0.9312', '3.2e-4', '1.24 M', '1797', 'NaN']
    """
    if value is None:
        return MISSING
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e6):
        return count(int(value)) if abs(value) < 1e15 else _power(float(value), digits)
    size = abs(value)
    if size < 1e-3 or size >= 1e18:
        return _power(value, digits)
    for unit, letter in _UNITS:
        if size >= unit * (1 - 0.5 * 10**-digits):
            return f"{_plain(value / unit, digits)} {letter}"
    return _plain(value, digits)


def column(values: Sequence[float | None], digits: int = 4) -> list[str]:
    """Return numbers for one column: the same precision throughout, aligned on the point.

    Args:
        values: Numbers; `None` is missing.
        digits: Significant digits of the largest.

    Example:
        >>> column([0.93124, 12.5])
        [' 0.93', '12.50']
    """
    finite = [abs(v) for v in values if v is not None and math.isfinite(v)]
    large, small = max(finite, default=0.0), min((v for v in finite if v), default=0.0)
    if large >= 1e6 or all(v == int(v) for v in finite):
        return _aligned([number(v, digits) for v in values])
    decimals = max(0, digits - 1 - math.floor(math.log10(large))) if large else 0
    if small < 10 ** (1 - decimals) and large / small > 10:
        return _aligned([number(v, digits) for v in values])
    return _aligned([number(v) if v is None or not math.isfinite(v) else f"{v:.{decimals}f}" for v in values])


def count(value: int) -> str:
    """Return a whole number with thin spaces between thousands; four digits stay together.

    Example:
        >>> count(1_000_000).split(THIN), count(1797)
        (['1', '000', '000'], '1797')
    """
    return f"{value:,}".replace(",", THIN) if abs(value) >= 10_000 else str(value)


def many(value: int, what: str) -> str:
    """Return how many of something there are.

    Example:
        >>> many(1, "run"), many(12, "run"), many(2, "entry")
        ('1 run', '12 runs', '2 entries')
    """
    if value == 1:
        return f"1 {what}"
    return f"{count(value)} {what[:-1] + 'ies' if what.endswith('y') else what + 's'}"


def size(value: float) -> str:
    """Return a number of bytes in decimal units.

    Example:
        >>> size(57_523), size(12)
        ('57.5 kB', '12 B')
    """
    for unit, letter in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= unit:
            return f"{_plain(value / unit, 3)} {letter}"
    return f"{value:.0f} B"


def ago(then: float | None, now: float) -> str:
    """Return how long ago a moment was; both in UTC seconds.

    Example:
        >>> ago(0.0, 130.0), ago(0.0, 2.0), ago(0.0, 86400.0 * 200)
        ('2 min ago', 'now', '1970-01-01')
    """
    if then is None:
        return MISSING
    past = now - then
    if past < 5:
        return "now"
    unit = 1
    for limit, name in _SPAN:
        if past < limit:
            whole = int(past / unit)
            return f"{whole} {name}{'s' if name == 'day' and whole > 1 else ''} ago"
        unit = limit
    return datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%d")


def moment(then: float | None) -> str:
    """Return a moment in UTC seconds as local date and time, with its zone."""
    if then is None:
        return MISSING
    return datetime.fromtimestamp(then, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def duration(seconds: float | None) -> str:
    """Return a length of time.

    Example:
        >>> [duration(s) for s in (0.34, 8.2, 125, 3840, 200000)]
        ['340 ms', '8.2 s', '2m 05s', '1h 04m', '2d 07h']
    """
    if seconds is None:
        return MISSING
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d {whole % 86400 // 3600:02d}h"


def _plain(value: float, digits: int) -> str:
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _power(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def _aligned(texts: list[str]) -> list[str]:
    """Put the points below one another: whole parts to the right, the rest to the left."""
    parts = [re.fullmatch(r"([-\d\u2009]*)(.*)", text) for text in texts]
    split = [(m[1], m[2]) if m and m[1] else ("", text) for m, text in zip(parts, texts, strict=True)]
    left = max((len(a) for a, _ in split), default=0)
    right = max((len(b) for a, b in split if a), default=0)
    words = max((len(b) for a, b in split if not a), default=0)
    width = max(left + right, words)
    return [(a.rjust(left) + b.ljust(right)).rjust(width) if a else b.center(width) for a, b in split]
