"""Words for summaries: shapes, ranges, sizes."""

from collections.abc import Mapping
from typing import Any

_TIMES = "\N{MULTIPLICATION SIGN}"


def shape_text(shape: object) -> str:
    """Return lengths with a sign between them; text without lengths when it is no shape."""
    if not isinstance(shape, (list, tuple)) or not all(isinstance(n, int) for n in shape):
        return "unknown shape"
    return f" {_TIMES} ".join(f"{n:,}" for n in shape) or "scalar"


def array_summary(meta: Mapping[str, Any], size: int) -> str:
    """Return shape, format, range and what is not finite: `"64 x 128 float32, -0.5 to 0.25, 3 not finite"`."""
    return f"{shape_text(meta.get('shape'))} {meta.get('dtype', bytes_text(size))}{range_text(meta)}"


def range_text(meta: Mapping[str, Any]) -> str:
    """Return `", low to high, n not finite"`, of which only what there is."""
    low, high, bad = meta.get("low"), meta.get("high"), meta.get("bad")
    known = isinstance(low, (int, float)) and isinstance(high, (int, float))
    out = f", {low:.6g} to {high:.6g}" if known else ""
    return f"{out}, {bad:,} not finite" if isinstance(bad, int) and bad else out


def bytes_text(size: int) -> str:
    """Return a size in the unit that keeps it short.

    Example:
        >>> bytes_text(14_700_000)
        '14.7 MB'
    """
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"
