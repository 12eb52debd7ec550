"""A line chart as a drawing: what a saved notebook shows of a chart, made of exact extremes."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import numpy as np

from gnomon.sdk.notebook.html import cell, moment
from gnomon.store.envelope import Envelope, Float64

HUES: Final = ("#2565c3", "#c8401f", "#105c4b", "#b0558c", "#189dc3", "#959a1e", "#663288", "#45707c")
"""Colours of lines, as in the web interface but for its last, which is too dark for a page whose ground is unknown."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 24, 22
_MOST_NAMED: Final = 12
_STYLE: Final = "max-width:100%;height:auto;font:11px system-ui,sans-serif;background:#fff;color:#1b1c1a"

Named = tuple[tuple[str, str], Envelope]
"""Run id and name of a line, and its extremes."""


def drawing(title: str, x: str, lines: Sequence[Named], width: int, height: int) -> str:
    """Return a chart as SVG in HTML; every text in it is escaped.

    Args:
        title: What is drawn.
        x: Name of the x axis.
        lines: What to draw.
        width: Pixels.
        height: Pixels, names of the lines not counted.
    """
    hues = _hues([run for (run, _), _ in lines])
    span = _reach(value for _, found in lines for value in (found.x0, found.x1))
    reach = _reach(value for _, found in lines for value in (found.low, found.high))
    body = [f'<text x="{_LEFT}" y="14" font-weight="600">{escape(title)}</text>']
    if span is None or reach is None:
        body.append(f'<text x="{_LEFT}" y="{height // 2}" opacity="0.6">no values yet</text>')
    else:
        box = _Box(span, _padded(reach), width, height)
        body += _axes(box, x)
        body += [part for (_, found), hue in zip(lines, hues, strict=True) for part in _line(box, found, hue)]
    said = f"Line chart of {title} over {x}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'role="img" aria-label="{escape(said)}" style="{_STYLE}">{"".join(body)}</svg>'
    )
    return f"<div>{svg}{_legend(lines, hues)}</div>"


class _Box:
    """Place values in the drawing."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], width: int, height: int) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height

    def at(self, x: float, y: float) -> str:
        return f"{self.left(x):.1f},{self.top(y):.1f}"

    def left(self, x: float) -> float:
        low, high = self.x
        return _LEFT + (x - low) / ((high - low) or 1) * (self.width - _LEFT - _RIGHT)

    def top(self, y: float) -> float:
        low, high = self.y
        return self.height - _BOTTOM - (y - low) / ((high - low) or 1) * (self.height - _TOP - _BOTTOM)


def _line(box: _Box, found: Envelope, hue: str) -> list[str]:
    """Draw the band between the extremes and the line of means; a gap where nothing is finite."""
    parts = []
    for piece in _pieces(found):
        x = (found.x0[piece] + found.x1[piece]) / 2
        top = [box.at(a, b) for a, b in zip(x, found.high[piece], strict=True)]
        bottom = [box.at(a, b) for a, b in zip(x, found.low[piece], strict=True)]
        if (found.n[piece] > 1).any():
            around = " ".join([*top, *reversed(bottom)])
            parts.append(
                f'<polygon points="{around}" fill="{hue}" fill-opacity="0.25" stroke="{hue}" stroke-width="0.5"/>'
            )
        middle = [box.at(a, b) for a, b in zip(x, found.mean[piece], strict=True)]
        if len(middle) == 1:
            cx, cy = middle[0].split(",")
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="2" fill="{hue}"/>')
        else:
            parts.append(f'<polyline points="{" ".join(middle)}" fill="none" stroke="{hue}" stroke-width="1.5"/>')
    return parts


def _pieces(found: Envelope) -> list[slice]:
    good = np.concatenate(([False], np.isfinite(found.mean), [False]))
    edges = np.flatnonzero(good[1:] != good[:-1]).tolist()
    return [slice(first, end) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def _axes(box: _Box, x: str) -> list[str]:
    parts = []
    for value in ticks(*box.y):
        y = box.top(value)
        parts.append(f'<line x1="{_LEFT}" x2="{box.width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e3db"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{cell(value)}</text>')
    for value in ticks(*box.x):
        text = moment(value)[5:] if x == "time" else cell(value)
        parts.append(f'<text x="{box.left(value):.1f}" y="{box.height - 6}" text-anchor="middle">{text}</text>')
    return parts


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers between two others.

    Example:
        >>> ticks(0.0, 1.0)
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def _reach(columns: Iterable[Float64]) -> tuple[float, float] | None:
    finite = [column[np.isfinite(column)] for column in columns]
    kept = [column for column in finite if len(column)]
    if not kept:
        return None
    return float(min(column.min() for column in kept)), float(max(column.max() for column in kept))


def _padded(reach: tuple[float, float]) -> tuple[float, float]:
    low, high = reach
    air = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return low - air, high + air


def _hues(runs: Sequence[str]) -> list[str]:
    """Return a colour for each line: of its run, or the next that is free."""
    taken: list[int] = []
    for run in runs:
        wish = hue_of(run)
        turns = [(wish + turn) % len(HUES) for turn in range(len(HUES))]
        taken.append(next((hue for hue in turns if hue not in taken), wish))
    return [HUES[hue] for hue in taken]


def hue_of(run: str) -> int:
    """Return the place of the colour that a run has everywhere: FNV-1a over 32 bits.

    Example:
        >>> hue_of("run-3")
        2
    """
    found = 0x811C9DC5
    for char in run:
        found = ((found ^ ord(char)) * 0x01000193) & 0xFFFFFFFF
    return found % len(HUES)


def _legend(lines: Sequence[Named], hues: Sequence[str]) -> str:
    if len(lines) < 2:
        return ""
    named = [
        f'<span style="margin-right:14px"><span style="display:inline-block;width:14px;border-top:2px solid {hue};'
        f'vertical-align:middle;margin-right:5px"></span>{escape(name)}</span>'
        for ((_, name), _), hue in list(zip(lines, hues, strict=True))[:_MOST_NAMED]
    ]
    more = f"and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return f'<div style="font:12px system-ui,sans-serif">{"".join(named)}{more}</div>'
