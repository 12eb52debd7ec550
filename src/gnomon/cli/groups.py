"""Groups of runs as a table, as CSV or as JSON."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gnomon.sdk.lab_groups import Groups
    from gnomon.store.aggregate import Aggregate


def print_groups(found: "Groups", *, as_csv: bool, as_json: bool) -> None:
    """Print groups."""
    if as_csv:
        click.echo(found.to_csv(), nl=False)
    elif as_json:
        from gnomon.cli.output import print_json

        print_json(_plain(found))
    else:
        _print_table(found)


def _plain(found: "Groups") -> dict[str, Any]:
    """Return groups in the shape of `POST /api/v1/runs:group`, their keys by name."""
    from dataclasses import asdict

    groups = [asdict(group) for group in found]
    return {"total_groups": found.total, "matched": found.matched, "groups": groups}


def _print_table(found: "Groups") -> None:
    from gnomon.cli.numbers import count, many
    from gnomon.cli.output import cell
    from gnomon.cli.table import table

    groups = list(found)
    if groups:
        keys, columns = list(groups[0].key), list(groups[0].values)
        head = [*map(_title, keys), "runs", *map(_title, columns)]
        rows = [
            [*(cell(group.key[key]) for key in keys), count(group.n), *(_shown(group.values[c]) for c in columns)]
            for group in groups
        ]
        click.echo(table(head, rows, frozenset({"runs"})))
    more = f", {count(len(groups))} shown" if len(groups) < found.total else ""
    click.echo(f"{many(found.total, 'group')} of {many(found.matched, 'run')}{more}", err=True)


def _shown(value: "Aggregate") -> str:
    """Return mean ± standard deviation of numbers, or what all runs have in common."""
    from gnomon.cli.numbers import MISSING, number
    from gnomon.cli.output import cell

    if value.mean is not None and value.mixed:
        spread = "" if value.std is None else f" ± {number(value.std)}"
        return f"{number(value.mean)}{spread}{_bad(value)}"
    if value.mixed:
        return "…"
    return MISSING if value.common is None else cell(value.common)


def _bad(value: "Aggregate") -> str:
    return f" ({value.bad} not finite)" if value.bad else ""


def _title(column: str) -> str:
    kind, _, name = column.partition(".")
    return name if kind in {"config", "metric"} else column
