"""A curve in one line of text."""

import math
from collections.abc import Sequence
from typing import Final

_BARS: Final = "▁▂▃▄▅▆▇█"
_GAP: Final = "·"


def sparkline(x: Sequence[float], y: Sequence[float], width: int = 16) -> str:
    """Draw a series with one bar per column, half way between the extremes of its points.

    Columns without a finite point between the first and the last are dots; a constant series is a low line.
    The extremes themselves belong beside it as numbers.

    Args:
        x: Place of each point, ascending.
        y: Its value; may be NaN or infinite.
        width: Columns, at least 1; fewer are drawn for fewer points.

    Example:
        >>> sparkline([0, 1, 2, 3], [0.0, 1.0, 4.0, 8.0])
        '▁▂▅█'
    """
    width = min(width, len(x))
    if not width:
        return ""
    span = x[-1] - x[0] or 1
    columns: list[list[float]] = [[] for _ in range(width)]
    for place, value in zip(x, y, strict=True):
        if math.isfinite(value):
            columns[min(width - 1, int((place - x[0]) / span * width))].append(value)
    scale = max((abs(v) for c in columns for v in c), default=1) or 1  # so that no sum overflows
    heights = [(min(c) / scale + max(c) / scale) / 2 if c else None for c in columns]
    known = [h for h in heights if h is not None]
    low = min(known, default=0.0)
    rise = max(known, default=0.0) - low or 1
    return "".join(_GAP if h is None else _BARS[min(7, int((h - low) / rise * 8))] for h in heights)
