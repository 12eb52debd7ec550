"""Leaderboards and runs that show themselves in a notebook."""

import math
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from gnomon.analysis.leaderboard import Leaderboard
from gnomon.sdk.notebook.html import board_html, board_text, runs_table
from gnomon.sdk.notebook.shown import Shown

if TYPE_CHECKING:
    from gnomon.sdk.lab_runs import Runs
    from gnomon.sdk.notebook.widgets import LiveWidget

MOST_ENTRIES: Final = 500
"""Entries of each protocol that go to a page."""

MOST_ROWS: Final = 1_000
"""Rows of runs that go to a page."""


class ShownLeaderboard(Leaderboard, Shown):
    """A leaderboard that shows itself, and can be asked for again."""

    __slots__ = ("_again",)
    _again: Callable[[], Leaderboard]

    @classmethod
    def of(cls, board: Leaderboard, again: Callable[[], Leaderboard]) -> Self:
        """Return the same leaderboard, shown."""
        found = cls(**{field.name: getattr(board, field.name) for field in fields(board)})
        object.__setattr__(found, "_again", again)
        return found

    def __repr__(self) -> str:
        return board_text(self)

    def _repr_html_(self) -> str:
        return board_html(self)

    def _new_widget(self) -> "LiveWidget":
        from gnomon.sdk.notebook.widgets import TableWidget  # noqa: PLC0415 - it needs anywidget

        again = getattr(self, "_again", None)  # one that was pickled knows no lab
        return TableWidget("leaderboard", _board(self), None if again is None else lambda: _board(again()))


def runs_widget(runs: "Runs", again: "Callable[[], Runs] | None") -> "LiveWidget":
    """Return a widget that shows runs; `again` reads them once more."""
    from gnomon.sdk.notebook.widgets import TableWidget  # noqa: PLC0415 - it needs anywidget

    return TableWidget("runs", _runs(runs), None if again is None else lambda: _runs(again()))


def _board(board: Leaderboard) -> str:
    """Return a leaderboard as JSON as the server sends it, with as many entries as a page can show."""
    protocols = tuple(replace(each, entries=each.entries[:MOST_ENTRIES]) for each in board.protocols)
    known = {field.name: getattr(board, field.name) for field in fields(Leaderboard)}
    return msgspec.json.encode(known | {"protocols": protocols}).decode()


def _runs(runs: "Runs") -> str:
    head, rows = runs_table(runs)
    shown = [[_plain(value) for value in row] for row in rows[:MOST_ROWS]]
    ids = [run.id for run in runs[:MOST_ROWS]]
    content = {"columns": head, "rows": shown, "ids": ids, "matched": runs.matched, "total": runs.total}
    return msgspec.json.encode(content).decode()


def _plain(value: Any) -> Any:
    """Return a cell as JSON can hold it; what is not finite is text, as the server writes it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value if isinstance(value, (str, int, float)) or value is None else str(value)
