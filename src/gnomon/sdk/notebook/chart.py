"""A chart in a cell: live and exact at every zoom where a widget can be, a drawing when saved."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from gnomon.core.errors import InputError
from gnomon.core.limits import check_key
from gnomon.sdk.notebook.shown import Shown
from gnomon.sdk.notebook.svg import drawing
from gnomon.store.envelope import Envelope, Window
from gnomon.store.gnc1 import encode

if TYPE_CHECKING:
    from gnomon.sdk.notebook.widgets import LiveWidget

EVERY_S: Final = 1.0
MAX_PX: Final = 20_000
MAX_LINES: Final = 200
_STATIC_PX: Final = 680


@dataclass(frozen=True, slots=True)
class Line:
    """Name a line: run id, series and what it is called."""

    run: str
    key: str
    name: str


class Source(Protocol):
    """Where a chart reads: a lab, or the run that is being logged."""

    def read(self, series: Sequence[tuple[str, str]], window: Window) -> tuple[list[Envelope], frozenset[str]]:
        """Return the envelope of each series, empty where there is none, and the ids of the runs that still go on."""
        ...


@dataclass(frozen=True, slots=True)
class Chart(Shown):
    """Draw series over their steps.

    Args:
        source: Where they are read, again whenever the chart is looked at.
        lines: What is drawn.
        x: `step`, `time`, `relative`, or another series of the same run.
        height: Pixels.
        every_s: Seconds between two readings while a run goes on.
    """

    source: Source = field(repr=False)
    lines: tuple[Line, ...]
    x: str = "step"
    height: int = 260
    every_s: float = EVERY_S

    @property
    def title(self) -> str:
        """The keys that are drawn."""
        return ", ".join(dict.fromkeys(line.key for line in self.lines))

    def __repr__(self) -> str:
        return f"<chart of {self.title} over {self.x}, {len(self.lines)} lines>"

    def envelopes(self, window: Window) -> list[Envelope]:
        """Return the exact extremes of each line on each pixel of a window."""
        found, _ = self.source.read([(line.run, line.key) for line in self.lines], window)
        return found

    def frame(self, asked: dict[str, Any]) -> tuple[bytes, bool]:
        """Answer a page that draws a window: GNC1 bytes, and whether any run still goes on.

        Args:
            asked: `n` (counts the questions), `px`, `first`, `last`; what is no number counts as not given.
        """
        px = asked.get("px")
        window = Window(
            px=max(1, min(MAX_PX, px)) if isinstance(px, int) else 1000,
            first=_edge(asked.get("first")),
            last=_edge(asked.get("last")),
            x=self.x,
        )
        found, live = self.source.read([(line.run, line.key) for line in self.lines], window)
        rows = [((line.run, line.key), each, 0) for line, each in zip(self.lines, found, strict=True)]
        names = [{"name": line.name, "live": line.run in live} for line in self.lines]
        number = asked.get("n")
        told = {"n": number if isinstance(number, int) else 0, "window": [window.first, window.last]}
        return encode(rows, asked=told, lines=names, x=self.x, title=self.title), bool(live)

    def _repr_html_(self) -> str:
        found = self.envelopes(Window(_STATIC_PX, x=self.x))
        names = [(line.run, line.name) for line in self.lines]
        return drawing(self.title, self.x, list(zip(names, found, strict=True)), _STATIC_PX, self.height)

    def _new_widget(self) -> "LiveWidget":
        from gnomon.sdk.notebook.widgets import ChartWidget  # noqa: PLC0415 - it needs anywidget

        return ChartWidget(self.frame, self.height, self.every_s)


def chart_of(source: Source, lines: Sequence[Line], x: str, height: int) -> Chart:
    """Return a chart of some lines.

    Raises:
        InputError: There is none, there are too many, or a key is not one.
    """
    if not 1 <= len(lines) <= MAX_LINES:
        msg = f"chart: expected 1 to {MAX_LINES} lines, received {len(lines)}. Name a key that was logged."
        raise InputError(msg, field="keys")
    for line in lines:
        check_key(line.key, "keys")
    return Chart(source, tuple(lines), x, max(80, min(2_000, height)))


def empty_envelope() -> Envelope:
    """Return the envelope of a series that has no points so far."""
    none, zero = np.zeros(0), np.zeros(0, np.int64)
    return Envelope(none, none, zero, zero, none, none, none, none, none, 0, (float("nan"), float("nan")))


def _edge(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
