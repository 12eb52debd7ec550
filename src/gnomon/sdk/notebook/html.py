"""Static tables: what a saved notebook shows of leaderboards and runs, and what text a terminal gets."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

from gnomon.analysis.board_text import mean_text
from gnomon.analysis.entry import Entry, EntryRange

if TYPE_CHECKING:
    from gnomon.analysis.leaderboard import Leaderboard, RankedProtocol
    from gnomon.sdk.lab_runs import Runs

MOST_ROWS: Final = 200
"""Rows of a static table."""

_TEXT_ROWS: Final = 20
_DASH: Final = "\u2013"
_TABLE: Final = "border-collapse:collapse;font:13px/1.5 system-ui,sans-serif"
_CELL: Final = "padding:2px 10px;text-align:{align};white-space:nowrap;border-bottom:1px solid #8884"
_NOTE: Final = '<div style="font:12px/1.5 system-ui,sans-serif;opacity:.75;max-width:60em">{}</div>'


def board_html(board: "Leaderboard") -> str:
    """Return a leaderboard as HTML: those that may be the best bold, other protocols below with the reason."""
    parts = []
    for protocol in board.protocols:
        if protocol.reason is not None:
            parts.append(_NOTE.format(f"Not ranked with these: {escape(protocol.reason)}"))
        rows = [(entry.tied and protocol.reason is None, _board_row(entry, board)) for entry in protocol.entries]
        parts.append(_table(_board_head(board), rows))
    method = f" {board.protocols[0].method}" if board.protocols else " Nothing to rank yet."
    notes = " ".join(part for part in (board.caveat or "", method.strip()) if part)
    return "".join(parts) + _NOTE.format(escape(notes))


def board_text(board: "Leaderboard") -> str:
    """Return the ranking as text for a terminal."""
    lines = [f"<leaderboard by {board.metric} ({board.goal}) of {board.runs} runs>"]
    for protocol in board.protocols:
        if protocol.reason is not None:
            lines.append(f"not ranked with these: {protocol.reason}")
        rows = [_mean_row(entry, board) for entry in protocol.entries[:_TEXT_ROWS]]
        lines += _aligned([["#", "configuration", "runs", board.metric], *rows])
        lines += _more(protocol)
    return "\n".join(lines)


def runs_html(runs: "Runs") -> str:
    """Return runs as an HTML table."""
    head, rows = runs_table(runs)
    note = f"{len(runs):,} of {runs.matched:,} runs"
    if len(rows) > MOST_ROWS:
        note += f"; the first {MOST_ROWS} are shown"
    return _table(head, [(False, row) for row in rows]) + _NOTE.format(escape(note))


def runs_table(runs: "Runs") -> tuple[list[str], list[list[Any]]]:
    """Return the heads and the rows of runs: name, state, when they began, and the columns that were asked for."""
    head = ["name", "state", "created", *runs.columns]
    values = zip(*runs.columns.values(), strict=True) if runs.columns else ([] for _ in runs)
    rows = [[run.name, run.state, moment(run.created), *each] for run, each in zip(runs, values, strict=True)]
    return head, rows


def moment(seconds: float) -> str:
    """Return a time in UTC to the minute.

    Example:
        >>> moment(0.0)
        '1970-01-01 00:00'
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def cell(value: Any) -> str:
    """Return a value as a cell shows it.

    Example:
        >>> cell(0.123456), cell(True), cell(3), cell(float("nan"))
        ('0.1235', 'true', '3', 'NaN')
    """
    if value is None:
        return _DASH
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else ("NaN" if math.isnan(value) else f"{value}")
    if isinstance(value, EntryRange):
        return _range(value)
    return str(value)


def _range(value: Any) -> str:
    if value.mean is None:
        return ", ".join(dict.fromkeys(cell(each) for each in value.values))
    return cell(value.mean)


def _board_head(board: "Leaderboard") -> list[str]:
    return ["#", "configuration", "runs", board.metric, *(column.title for column in board.columns)]


def _mean_row(entry: "Entry", board: "Leaderboard") -> list[str]:  # noqa: ARG001 - heads and rows are asked alike
    n = f"{entry.n}/{entry.n + entry.missing}" if entry.missing else str(entry.n)
    return [_DASH if entry.mean is None else str(entry.rank), entry.label, n, mean_text(entry)]


def _board_row(entry: "Entry", board: "Leaderboard") -> list[str]:
    return [*_mean_row(entry, board), *(cell(entry.columns[column.name]) for column in board.columns)]


def _table(head: Sequence[str], rows: Sequence[tuple[bool, Sequence[Any]]]) -> str:
    shown = rows[:MOST_ROWS]
    numeric = [_is_numeric(row[i] for _, row in shown) for i in range(len(head))]
    heads = "".join(_cell("th", title, right, weight=600) for title, right in zip(head, numeric, strict=True))
    body = "".join(
        "<tr>"
        + "".join(
            _cell("td", cell(value), right, weight=600 if bold else 400)
            for value, right in zip(row, numeric, strict=True)
        )
        + "</tr>"
        for bold, row in shown
    )
    return (
        f'<div style="overflow-x:auto"><table style="{_TABLE}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(tag: str, text: str, right: bool, weight: int) -> str:
    style = _CELL.format(align="right" if right else "left") + (f";font-weight:{weight}" if weight != 400 else "")
    return f'<{tag} style="{style}">{escape(text)}</{tag}>'


def _is_numeric(values: Iterable[Any]) -> bool:
    texts = [value if isinstance(value, str) else cell(value) for value in values]
    given = [text for text in texts if text not in {"", _DASH}]
    return bool(given) and all(text[:1].isdigit() or text[:1] in "-N" for text in given) and not _is_date(given[0])


def _is_date(text: str) -> bool:
    return len(text) == 16 and text[4:5] == "-"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _more(protocol: "RankedProtocol") -> list[str]:
    left = len(protocol.entries) - _TEXT_ROWS
    return [f"and {left} more"] if left > 0 else []
