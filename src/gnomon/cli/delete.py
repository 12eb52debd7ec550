"""`gnomon delete`."""

from pathlib import Path

import click

from gnomon.cli.options import connect, home_option, run_argument


@click.command(short_help="Delete a run for good.")
@run_argument
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@home_option
def command(run: str, yes: bool, home: Path | None) -> None:
    r"""Delete RUN and everything logged into it, for good.

    \b
    Example:
      gnomon delete digits/brave-otter-7
    """
    with connect(home) as lab:
        found = lab.run(run)
        name = f"{found.project}/{found.name}"
        if not yes:
            from gnomon.cli.numbers import many

            points = sum(s.n for s in found.stats().values())
            click.confirm(f"Delete {name} ({found.id}, {found.state}, {many(points, 'point')}) for good?", abort=True)
        lab.delete(found.id)
        click.echo(f"Deleted {name} ({found.id}).")
