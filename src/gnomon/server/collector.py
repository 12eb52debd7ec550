"""Lines of one run, gathered into as few items as will hold them."""

from typing import Protocol

import numpy as np

from gnomon.core.batch import Change, Float64, Frame, Item, Object
from gnomon.server.columns import Columns
from gnomon.server.lines import Line


class Steps(Protocol):
    """Counts the steps of a run for lines that bring none."""

    def next(self) -> int:
        """Return the step after the last."""
        ...

    def reached(self, step: int) -> None:
        """Note that the run has a value at `step`."""
        ...


class Collector:
    """Gather lines; scalars of the same keys become one frame."""

    def __init__(self, steps: Steps) -> None:
        self._counter = steps
        self._steps: dict[tuple[str, ...], list[int]] = {}
        self._us: dict[tuple[str, ...], list[int]] = {}
        self._values: dict[tuple[str, ...], list[list[float]]] = {}
        self._others: list[Item] = []
        self._states: list[Item] = []

    def add(self, line: Line) -> None:
        """Take one line."""
        fields = {name: value for name, value in line.changes.items() if name != "state"}
        if fields:
            self._others.append(Change(line.us, fields))
        if "state" in line.changes:
            self._states.append(Change(line.us, {"state": line.changes["state"]}))
        if line.points or line.objects:
            self._add_values(line, self._counter.next() if line.step is None else line.step)
        first = self._counter.next() if any(c.counted for c in line.frames) else 0
        for columns in line.frames:
            self._add_columns(columns, first)

    def _add_values(self, line: Line, step: int) -> None:
        if line.points:
            keys = tuple(line.points)
            self._steps.setdefault(keys, []).append(step)
            self._us.setdefault(keys, []).append(line.us)
            self._values.setdefault(keys, []).append(list(line.points.values()))
        self._others += [Object(key, kind, step, line.us, {}, data) for key, kind, data in line.objects]
        self._counter.reached(step)

    def _add_columns(self, columns: Columns, first: int) -> None:
        step = columns.step + first if columns.counted else columns.step
        self._others.append(Frame(columns.keys, step, columns.us, columns.values))
        self._counter.reached(int(step.max()))

    def items(self) -> tuple[Item, ...]:
        """Return what was gathered; a change of state comes last, after the values that came with it."""
        frames = [
            Frame(keys, np.array(steps, np.int64), np.array(self._us[keys], np.int64), _matrix(self._values[keys]))
            for keys, steps in self._steps.items()
        ]
        return (*self._others, *frames, *self._states)


def _matrix(rows: list[list[float]]) -> Float64:
    return np.ascontiguousarray(np.array(rows, np.float64).T)
