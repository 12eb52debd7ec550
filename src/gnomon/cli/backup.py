"""`gnomon backup`."""

from pathlib import Path

import click

from gnomon.cli.options import home_option


@click.command(short_help="Copy the home folder while it is in use.")
@click.argument("dest", type=click.Path(path_type=Path))
@home_option
def command(dest: Path, home: Path | None) -> None:
    r"""Copy the home folder to DEST, a new folder, while everything goes on.

    DEST is a home of its own afterwards: look into it with --home, or bring it back with `gnomon restore`. It holds
    everything that was logged before the command began, and no tokens.

    \b
    Examples:
      gnomon backup /backups/lab-2026-11-20
      gnomon ls --home /backups/lab-2026-11-20
    """
    from gnomon.cli.home_copy import back_up
    from gnomon.cli.numbers import many, size
    from gnomon.core.settings import Settings

    copied = back_up(Settings.from_env(home).home, dest.absolute())
    journals = f", {many(copied.journals, 'journal')} not yet stored" if copied.journals else ""
    lost = f" {many(copied.lost, 'file')} of records are missing from the home itself." if copied.lost else ""
    click.echo(f"{dest}: {many(copied.runs, 'run')}, {size(copied.size_bytes)}{journals}.{lost}")
