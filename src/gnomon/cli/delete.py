"""`gnomon delete`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gnomon.cli.options import complete_project, complete_run, connect, home_option, where_option

if TYPE_CHECKING:
    from gnomon.sdk.lab import Lab

_NAMED = 5


@click.command(short_help="Delete runs for good.")
@click.argument("run", required=False, shell_complete=complete_run)
@where_option
@click.option("--project", help="Only runs of this project.", shell_complete=complete_project)
@click.option("--archived", is_flag=True, help="Archived runs too.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@home_option
def command(run: str | None, where: str, project: str | None, archived: bool, yes: bool, home: Path | None) -> None:
    r"""Delete RUN, or all runs that --where keeps, and everything logged into them, for good.

    What they occupied is given back to the disk at once.

    \b
    Examples:
      gnomon delete digits/brave-otter-7
      gnomon delete --project digits --where "state = failed and created < '2026-11-01'"
      gnomon delete --where "attr.archived" --yes
    """
    if (run is None) == (not where and project is None):
        msg = "Give either RUN, or --where and --project."
        raise click.UsageError(msg)
    with connect(home) as lab:
        if run is not None:
            _delete_one(lab, run, yes=yes)
        else:
            _delete_many(lab, project, where, archived=archived, yes=yes)


def _delete_one(lab: "Lab", run: str, *, yes: bool) -> None:
    found = lab.run(run)
    name = f"{found.project}/{found.name}"
    if not yes:
        from gnomon.cli.numbers import many

        points = sum(s.n for s in found.stats().values())
        click.confirm(f"Delete {name} ({found.id}, {found.state}, {many(points, 'point')}) for good?", abort=True)
    lab.delete(found.id)
    click.echo(f"Deleted {name} ({found.id}).")


def _delete_many(lab: "Lab", project: str | None, where: str, *, archived: bool, yes: bool) -> None:
    """Say what would go, and delete exactly that: runs that come meanwhile stop it."""
    from gnomon.cli.numbers import many, size

    shown = archived or None
    found = lab.runs(project, where, limit=_NAMED, archived=shown)
    if not found.matched:
        click.echo("No run matches, nothing was deleted.")
        return
    names = ", ".join(f"{run.project}/{run.name}" for run in found)
    rest = f" and {many(found.matched - len(found), 'other')}" if found.matched > len(found) else ""
    click.echo(f"{many(found.matched, 'run')} of {found.total}: {names}{rest}.")
    if not yes:
        click.confirm(f"Delete {many(found.matched, 'run')} for good?", abort=True)
    gone = lab.delete_runs(project, where, expected=found.matched, archived=shown)
    click.echo(f"Deleted {many(gone.deleted, 'run')}; {size(gone.freed_bytes)} are free again.")
