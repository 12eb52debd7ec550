"""A leaderboard as rows, CSV, Markdown and LaTeX: what goes into a notebook, a spreadsheet, a paper."""

import csv
import io
import math
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from gnomon.analysis.entry import Entry, EntryRange
from gnomon.core.errors import InputError, MissingExtraError
from gnomon.core.spelling import harmless

if TYPE_CHECKING:
    from gnomon.analysis.leaderboard import Leaderboard

_SIGNS: Final = {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "·": r"\textperiodcentered{}",
    "–": "--",  # noqa: RUF001 - an en dash, on purpose
}
_LATEX: Final = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | _SIGNS)


def dicts(board: "Leaderboard") -> list[dict[str, Any]]:
    """Return one flat dictionary per entry of every protocol."""
    return [
        {
            "rank": entry.rank,
            "label": entry.label,
            **{name.partition(".")[2]: value for name, value in entry.config.items()},
            "n": entry.n,
            "missing": entry.missing,
            "mean": entry.mean,
            "low": None if entry.interval is None else entry.interval[0],
            "high": None if entry.interval is None else entry.interval[1],
            "best": entry.best,
            "tied": entry.tied,
            "p": entry.p,
            **{column.name: _middle(entry.columns[column.name]) for column in board.columns},
            "apart": protocol.reason,
            "runs": " ".join(seed.run for seed in entry.seeds),
        }
        for protocol in board.protocols
        for entry in protocol.entries
    ]


def pandas_frame(board: "Leaderboard") -> Any:
    """Return a `pandas.DataFrame`, one row per entry."""
    return _library("pandas").DataFrame(dicts(board))


def polars_frame(board: "Leaderboard") -> Any:
    """Return a `polars.DataFrame`, one row per entry; a column of texts and numbers becomes text."""
    rows = dicts(board)
    columns = {name: _of_one_type([row.get(name) for row in rows]) for name in _names(rows)}
    return _library("polars").DataFrame(columns, strict=False)


def csv_text(board: "Leaderboard") -> str:
    """Return the entries as CSV."""
    rows, out = dicts(board), io.StringIO()
    names = _names(rows)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(harmless, names))
    for row in rows:
        cells = (row.get(name) for name in names)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()


def markdown(board: "Leaderboard", columns: Sequence[str], digits: int) -> str:
    """Return the ranked entries as a Markdown table."""
    head, rows = _table(board, columns, digits)
    lines = [head, ["---", *("---" for _ in head[1:-2]), "---:", "---:"]]
    for is_tied, row in rows:
        cells = [cell.replace("|", r"\|") for cell in row]
        lines.append([f"**{cell}**" for cell in cells] if is_tied else cells)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def latex(board: "Leaderboard", columns: Sequence[str], digits: int) -> str:
    """Return the ranked entries as a LaTeX table."""
    head, rows = _table(board, columns, digits)
    body = []
    for is_tied, row in rows:
        cells = [cell.translate(_LATEX) for cell in row]
        body.append([rf"\textbf{{{cell}}}" for cell in cells] if is_tied else cells)
    titles = " & ".join(cell.translate(_LATEX) for cell in head)
    lines = [
        rf"\begin{{tabular}}{{{'l' * (len(head) - 2)}rr}}",
        r"\toprule",
        rf"{titles} \\",
        r"\midrule",
        *(rf"{' & '.join(row)} \\" for row in body),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    note = board.protocols[0].method.replace("%", r"\%") if board.protocols else ""
    return "\n".join(lines) + f"\n% {note}\n"


def mean_text(entry: Entry, digits: int = 2) -> str:
    """Return mean and half the interval with fitting decimals: `0.9312 ± 0.0041`; an unknown spread is left out.

    The interval of a bootstrap is not even on both sides; it is written out then.

    Example:
        >>> rounded(0.93124, 0.00414, 2)
        ('0.9312', '0.0041')
    """
    if entry.mean is None:
        return "–"  # noqa: RUF001 - an en dash, on purpose
    if entry.interval is None:
        return f"{entry.mean:.4g}"
    low, high = entry.interval
    down, up = entry.mean - low, high - entry.mean
    if abs(up - down) > 1e-9 * max(abs(low), abs(high), 1e-300):
        mean, _ = rounded(entry.mean, max(up, down), digits)
        places = len(mean.partition(".")[2])
        return f"{mean} [{low:.{places}f}, {high:.{places}f}]"
    mean, half = rounded(entry.mean, up, digits)
    return f"{mean} ± {half}"


def rounded(mean: float, half: float, digits: int) -> tuple[str, str]:
    """Return a mean and its uncertainty with the decimals that `digits` digits of the uncertainty need."""
    if not half or not math.isfinite(half):
        return f"{mean:.4g}", f"{half:.{digits}g}"
    places = digits - 1 - math.floor(math.log10(half))
    if places > 12:
        return f"{mean:.6g}", f"{half:.{digits}g}"
    return f"{mean:.{max(0, places)}f}", f"{half:.{max(0, places)}f}"


def _table(board: "Leaderboard", columns: Sequence[str], digits: int) -> tuple[list[str], list[tuple[bool, list[str]]]]:
    known = {column.name: column.title for column in board.columns}
    unknown = next((name for name in columns if name not in known), None)
    if unknown is not None:
        msg = f"columns: the leaderboard has no column {unknown!r:.60}. It has {', '.join(known) or 'none'}."
        raise InputError(msg, field="columns")
    arrow = "↑" if board.goal == "max" else "↓"
    head = ["#", "configuration", *(known[name] for name in columns), "runs", f"{board.metric} {arrow}"]
    rows = [
        (
            entry.tied,
            [
                str(entry.rank),
                entry.label,
                *(_cell(entry.columns[name]) for name in columns),
                f"{entry.n}/{entry.n + entry.missing}" if entry.missing else str(entry.n),
                mean_text(entry, digits),
            ],
        )
        for entry in board.entries
    ]
    return head, rows


def _cell(value: Any) -> str:
    if isinstance(value, EntryRange):
        if value.low is None:
            return " / ".join(dict.fromkeys(_cell(each) for each in value.values))
        return f"{value.low:.4g} to {value.high:.4g}"
    if value is None:
        return "–"  # noqa: RUF001 - an en dash, on purpose
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _middle(value: Any) -> Any:
    if not isinstance(value, EntryRange):
        return value
    return _cell(value) if value.mean is None else value.mean


def _names(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _of_one_type(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    if str in kinds and len(kinds) > 1:
        return [None if value is None else str(value) for value in values]
    return values


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        msg = f"to_{name}() needs {name}. Install gnomon[frames]."
        raise MissingExtraError(msg) from error
