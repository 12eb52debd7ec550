"""`gnomon ls`."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gnomon.cli.groups import print_groups
from gnomon.cli.options import check_project, complete_project, connect, home_option, json_option, where_option

if TYPE_CHECKING:
    from gnomon.sdk.lab import Lab


_LOOK_AT: Final = 200
_MOST_CONFIGS: Final = 4
_MOST_METRICS: Final = 3


@click.command(short_help="List projects, or the runs of one.")
@click.argument("project", required=False, shell_complete=complete_project)
@where_option
@click.option(
    "--order", "--sort", default="-created", show_default=True, help="Columns to sort by; - in front: largest first."
)
@click.option("--columns", default="", help="Columns to show, with commas: 'config.lr,metric.val/acc.max'.")
@click.option("--group-by", default="", help="Show groups of runs that have these in common: 'config.lr,config.model'.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Lines at most.")
@click.option("--archived", is_flag=True, help="Archived runs too.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@home_option
@json_option
def command(
    project: str | None,
    where: str,
    order: str,
    columns: str,
    group_by: str,
    limit: int,
    archived: bool,
    as_csv: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    r"""List projects, or the runs of PROJECT.

    Groups show how many runs they have, and mean ± standard deviation of each column; sort them by a column of the
    group, by n, or by an aggregate such as -mean(metric.val/acc).

    \b
    Examples:
      gnomon ls
      gnomon ls digits --where "config.learning_rate > 1" --order -metric.val/acc
      gnomon ls digits --columns config.seed,metric.val/acc.max --json
      gnomon ls digits --group-by config.lr --columns metric.val/acc --order "-mean(metric.val/acc)"
    """
    if as_csv and as_json:
        msg = "Choose one of --csv and --json."
        raise click.UsageError(msg)
    with connect(home) as lab:
        if project is None and not where and not columns and not group_by:
            _projects(lab, as_json)
            return
        if project is not None:
            check_project(lab, project)
        chosen = listed(columns)
        if project is not None and not chosen and not as_json:
            chosen = _usual_columns(lab, project)
        found = lab.runs(
            project,
            where=where,
            order=() if group_by else listed(order),
            columns=chosen,
            limit=1 if group_by else limit,
            archived=archived or None,
        )
        if group_by:
            by = listed(group_by)
            chosen = tuple(name for name in chosen if name not in by)
            sort = () if order == "-created" else listed(order)
            print_groups(found.group_by(*by, columns=chosen, order=sort, limit=limit), as_csv=as_csv, as_json=as_json)
        elif as_csv:
            click.echo(found.to_csv(), nl=False)
        elif as_json:
            from gnomon.cli.output import print_json

            print_json(page_json(found))
        else:
            _runs(found, project)


def listed(text: str) -> tuple[str, ...]:
    """Return what stands between the commas of an option.

    Example:
        >>> listed("config.lr, -metric.loss")
        ('config.lr', '-metric.loss')
    """
    return tuple(part.strip() for part in text.split(",") if part.strip())


def page_json(page: Any) -> dict[str, Any]:
    """Return a page of runs in the shape of `POST /api/v1/runs:query`."""
    return {"total": page.total, "matched": page.matched, "runs": [r.row for r in page], "columns": page.columns}


def _usual_columns(lab: "Lab", project: str) -> tuple[str, ...]:
    """Return what tells the runs of a project apart: configs of different values, and metrics, of validation first."""
    keys = lab.keys(project)
    found = lab.runs(project, columns=[f"config.{key}" for key in keys["config"][:_LOOK_AT]], limit=_LOOK_AT)
    differing = [name for name, values in found.columns.items() if len({repr(v) for v in values}) > 1]
    metrics = [key for key in keys["metrics"] if key not in {"epoch", "samples"} and not key.startswith("system/")]
    metrics.sort(key=lambda key: "val" not in key)
    return (*differing[:_MOST_CONFIGS], *(f"metric.{key}" for key in metrics[:_MOST_METRICS]))


def _projects(lab: "Lab", as_json: bool) -> None:
    from gnomon.cli.numbers import ago, count
    from gnomon.cli.output import print_json
    from gnomon.cli.table import table

    found = lab.projects()
    if as_json:
        print_json({"projects": found})
        return
    if not found:
        click.echo("No runs yet. Start with `gnomon demo`, or in Python:\n")
        click.echo('  import gnomon\n  run = gnomon.init(project="first")\n  run.log({"loss": 0.5})')
        return
    now = time.time()
    rows = [[p["name"], count(p["runs"]), count(p["running"]), ago(p["updated"], now)] for p in found]
    click.echo(table(["project", "runs", "running", "updated"], rows, frozenset({"runs", "running"})))


def _title(column: str) -> str:
    """Return the name of a column without the kind that its values show anyway."""
    kind, _, name = column.partition(".")
    return name if kind in {"config", "metric"} else column


def _runs(page: Any, project: str | None) -> None:
    from gnomon.cli.numbers import ago, column, count, many
    from gnomon.cli.output import cell, mark
    from gnomon.cli.table import table

    now = time.time()
    runs = list(page)
    head = ["", "run", "state", "step", "age", *map(_title, page.columns)]
    columns = []
    for values in page.columns.values():
        known = [v for v in values if v is not None]
        is_number = known and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known)
        columns.append(column(values) if is_number else [cell(v) for v in values])
    rows = []
    for i, run in enumerate(runs):
        name = run.name if project else f"{run.project}/{run.name}"
        step = cell(run.last_step)
        rows.append([mark(run.state), name, run.state, step, ago(run.created, now), *(c[i] for c in columns)])
    if rows:
        click.echo(table(head, rows, frozenset({"step"})))
    more = f", {count(len(runs))} shown" if len(runs) < page.matched else ""
    click.echo(f"{count(page.matched)} of {many(page.total, 'run')}{more}", err=True)
