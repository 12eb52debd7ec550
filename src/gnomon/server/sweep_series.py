"""The values that trials log of their objective, read as they come: of a series that is known only what is new."""

from bisect import bisect_left
from dataclasses import dataclass, field

from gnomon.store.engine import Engine

Line = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class _Known:
    rewinds: int
    line: Line


@dataclass(frozen=True, slots=True)
class TrialSeries:
    """Read series of runs that go on, again and again.

    Args:
        engine: Where they are.
    """

    engine: Engine
    _known: dict[tuple[str, str], _Known] = field(default_factory=dict)

    def read(self, run: str, metric: str, count: int, *, is_whole: bool) -> Line:
        """Return steps and values of a series, in order.

        Args:
            run: Which run.
            metric: Which of its series.
            count: How many points the engine tells that it has.
            is_whole: Nothing more comes; nothing is kept of it here.
        """
        rewinds, key = len(self.engine.rewinds(run)), (run, metric)
        known = self._known.get(key)
        line = known.line if known is not None and known.rewinds == rewinds else None
        if line is None or len(line) != count:
            line = self._grown(run, metric, line, count)
        if is_whole:
            self._known.pop(key, None)
        else:
            self._known[key] = _Known(rewinds, line)
        return line

    def _grown(self, run: str, metric: str, line: Line | None, count: int) -> Line:
        """Return a series that was read before with what has come since; all anew where it is not just longer."""
        if not line or count < len(line):
            return self._points(run, metric, 0)
        edge = line[-1][0]  # that step may have come again
        found = line[: bisect_left(line, edge, key=lambda each: each[0])] + self._points(run, metric, edge)
        return found if len(found) >= count else self._points(run, metric, 0)

    def _points(self, run: str, metric: str, first: int) -> Line:
        points = self.engine.points(run, metric, first)
        return list(zip(points.step.tolist(), points.value.tolist(), strict=True))
