"""How `gnomon data` shows data sets."""

from typing import Any

import click

from gnomon.cli.numbers import MISSING, count, many, number
from gnomon.cli.table import table as aligned

_CLASSES_SHOWN = 20


def print_profile(data: str, found: dict[str, Any]) -> None:
    """Print what data hold, how they are split and what to beware of."""
    from gnomon.models.datasets.changes import transform_said

    parts = found["parts"]
    said = "; " + ", ".join(f"{name} {count(n)}" for name, n in parts.items()) if parts else ""
    click.echo(f"{found.get('ref', data)}: {many(found['rows'], 'row')}, {many(len(found['columns']), 'column')}{said}")
    rows = [[*_row(column), _role(column["name"], found)] for column in found["columns"]]
    click.echo(aligned(("column", "type", "holds", "missing", "because", "a model gets"), rows))
    for name, how in found["transforms"].items():
        click.echo(f"  {name}: {transform_said(how)}")
    if found["balance"]:
        click.echo(_balance_said(found))
    for sentence in found["notes"]:
        click.echo(f"  {sentence}")
    print_findings(found["findings"])


def print_findings(told: list[dict[str, Any]]) -> None:
    """Print what to beware of."""
    for each in told:
        click.echo(
            f"  {click.style('▲', fg='yellow')} {each['column'] + ': ' if each['column'] else ''}{each['message']}"
        )


def _row(column: dict[str, Any]) -> list[str]:
    missing = count(column["missing"]) if column["missing"] else MISSING
    return [column["name"], column["kind"], _holds(column), missing, "you said so" if column["said"] else column["why"]]


def _role(name: str, found: dict[str, Any]) -> str:
    column = next(each for each in found["columns"] if each["name"] == name)
    shape = "×".join(map(str, column["gives"])) or "one number"
    if name in found["target"]:
        return f"target: {shape} {column['dtype']}"
    return f"{shape} {column['dtype']}" if name in found["inputs"] else MISSING


def _holds(column: dict[str, Any]) -> str:
    if column["classes"]:
        shown = ", ".join(column["classes"][:6])
        return f"{shown}, … {len(column['classes'])} in all" if len(column["classes"]) > 6 else shown
    if column["low"] is not None and column["high"] is not None:
        mean = f", mean {number(column['mean'])}" if column["mean"] is not None else ""
        return f"{number(column['low'])} to {number(column['high'])}{mean}"
    return "×".join("?" if axis is None else str(axis) for axis in column["shape"]) or MISSING


def _balance_said(found: dict[str, Any]) -> str:
    parts, balance = list(found["parts"]), found["balance"]
    rows = [[name, *(count(of[part]) for part in parts)] for name, of in list(balance.items())[:_CLASSES_SHOWN]]
    more = len(balance) - _CLASSES_SHOWN
    return aligned((found["target"][0], *parts), rows, frozenset(parts)) + (f"\n… and {more} more" if more > 0 else "")
