"""Expressions over series of a run, evaluated on every point and then drawn, so that their extremes are exact too."""

from typing import Final

import numpy as np

from gnomon.analysis.expression import Expression, Name, parse
from gnomon.analysis.expression_values import Column, evaluate
from gnomon.core.batch import Float64
from gnomon.core.errors import LimitError, NotFoundError
from gnomon.store.axis import NAMES, Axis
from gnomon.store.envelope import Envelope, Window
from gnomon.store.grid import blank, check_window, from_points
from gnomon.store.home import Home
from gnomon.store.order import known, visible

MAX_POINTS: Final = 20_000_000
"""Most points that the expressions of one request may read."""


class Expressions:
    """Evaluate the expressions of one request; a series that several of them read is read once.

    Args:
        home: Where the series are.
        window: What to draw of them.
    """

    def __init__(self, home: Home, window: Window) -> None:
        check_window(window)
        self._home = home
        self._window = window
        self._parsed: dict[str, Expression] = {}
        self._held: dict[tuple[str, str], Column] = {}
        self._read = 0

    def envelope(self, run: str, text: str) -> tuple[Envelope, int]:
        """Return the envelope of an expression, and how many points it left out for want of a partner.

        A run that lacks one of the series has an empty envelope, as one that lacks a series that is asked for.

        Raises:
            ExpressionError: It does not parse.
            LimitError: It would read too many points.
        """
        expression = self._expression(text)
        try:
            column = evaluate(expression, lambda key: self._series(run, key))
            x = self._x(run, column)
        except NotFoundError:
            return blank(), 0
        return from_points(x, column.value, self._window, len(column.step)), column.missed

    def within(self, run: str, text: str, *, computed: bool) -> Column | None:
        """Return the points of a series or an expression in the window, `None` for a run that lacks a series."""
        expression = self._expression(text) if computed else Expression(text, Name(text), (text,))
        try:
            column = evaluate(expression, lambda key: self._series(run, key))
            x = self._x(run, column)
        except NotFoundError:
            return None
        first, last = self._window.first, self._window.last
        keep = (x >= (-np.inf if first is None else first)) & (x <= (np.inf if last is None else last))
        return Column(column.step[keep], column.us[keep], column.value[keep], column.missed)

    def _expression(self, text: str) -> Expression:
        if text not in self._parsed:
            self._parsed[text] = parse(text)
        return self._parsed[text]

    def _series(self, run: str, key: str) -> Column:
        """Return the points of a series as they are drawn: for a step that was logged twice the later one."""
        if (run, key) not in self._held:
            points = self._home.engine.points(run, key)
            self._read += len(points.step)
            if self._read > MAX_POINTS:
                msg = f"series: expected expressions over at most {MAX_POINTS:,} points in all. Ask for fewer runs."
                raise LimitError(msg, field="series")
            keep = visible(points.step)
            self._held[run, key] = Column(points.step[keep], points.us[keep], points.value[keep])
        return self._held[run, key]

    def _x(self, run: str, column: Column) -> Float64:
        name = self._window.x
        if name in NAMES:
            origin = self._home.catalog.run(run).created_us if name == "relative" else 0
            return Axis(name, origin).x(column.step, column.us)
        axis = self._series(run, name)
        return known(column.step, axis.step, axis.value)
