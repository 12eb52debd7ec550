"""Tables for terminals and pipes: never wrapped, never cut, widths counted in characters as they are shown."""

import unicodedata
from collections.abc import Sequence

import click


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str] = frozenset()) -> str:
    """Return an aligned table, two spaces between columns, its head dimmed where colours are shown.

    Args:
        head: One title per column.
        rows: Cells, already formatted.
        right: Titles of the columns that are aligned to the right.

    Example:
        >>> print(click.unstyle(table(["run", "n"], [["brave-otter-7", "3"]], frozenset({"n"}))))
        run            n
        brave-otter-7  3
    """
    widths = [max(shown_width(line[i]) for line in (head, *rows)) for i in range(len(head))]
    lines = []
    for line in (head, *rows):
        cells = []
        for cell, width, title in zip(line, widths, head, strict=True):
            gap = " " * (width - shown_width(cell))
            cells.append(gap + cell if title in right else cell + gap)
        lines.append("  ".join(cells).rstrip())
    return "\n".join([click.style(lines[0], dim=True), *lines[1:]])


def shown_width(text: str) -> int:
    """Return how many terminal columns `text` takes: East Asian wide characters and emoji two, accents none.

    Example:
        >>> shown_width("损失"), shown_width(click.style("ok", fg="green"))
        (4, 2)
    """
    return sum(_width(c) for c in click.unstyle(text))


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
