"""Sweeps as the terminal shows them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from gnomon.cli.numbers import MISSING, count, number
from gnomon.cli.table import table
from gnomon.models.sweeps.showing import short, told

_COLOURS: Final = {"running": "yellow", "finished": "green", "failed": "red", "paused": "blue", "stopping": "yellow"}
_FIRST: Final = 30
"""So many points are shown; --json has them all."""


def listing(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return sweeps as a table."""
    head = ("sweep", "name", "state", "search", "trials", "best", "values")
    return table(head, [_line(row) for row in rows], frozenset({"trials", "best"}))


def _line(row: Mapping[str, Any]) -> list[str]:
    best = row["best"]
    return [
        row["id"],
        f"{row['project']}/{row['name']}",
        click.style(row["state"], fg=_COLOURS.get(row["state"])),
        row["search"],
        f"{count(row['trials'])}/{count(row['most'])}",
        MISSING if best is None else number(best["mean"]),
        "" if best is None else told(best["values"]),
    ]


def ranking(found: Mapping[str, Any]) -> str:
    """Return what came of a sweep: its points, the best first, and in a sentence how it is."""
    points = found["points"]
    names = list(points[0]["values"]) if points else []
    shown = points[:_FIRST]
    head = ["", *map(short, names), found["metric"], "95 %", "trials", "state"]
    rows = [
        [
            MISSING if each["place"] is None else str(each["place"]),
            *(_value(each["values"][name]) for name in names),
            MISSING if each["mean"] is None else number(each["mean"]),
            "" if each["interval"] is None else f"± {number((each['interval'][1] - each['interval'][0]) / 2)}",
            count(len(each["trials"])),
            each["state"] + (f": {each['reason']}" if each["reason"] and each["place"] is None else ""),
        ]
        for each in shown
    ]
    lines = [table(head, rows, frozenset({found["metric"], "trials"}))] if rows else []
    more = f", {count(len(points) - len(shown))} more points" if len(points) > len(shown) else ""
    return "\n".join(
        [
            *lines,
            f"{found['name']} ({found['id']}) is {found['state']}{more}. {found['reason']}".rstrip(),
            *_best(found),
        ]
    )


def _best(found: Mapping[str, Any]) -> list[str]:
    """Return how much luck there may be in the best: the more were tried, the more of it."""
    if not found["points"] or found["points"][0]["place"] is None:
        return []
    first = found["points"][0]
    of = found["best_of"]
    many = f"best of {count(of)} points" if of > 1 else "the only point that came to its end"
    runs = ", ".join(first["runs"][:3])
    return [f"Best: {told(first['values'])}, {found['metric']} {number(first['mean'])}, {many}. Runs: {runs}"]


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
