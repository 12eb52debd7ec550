"""`gnomon restore`."""

from pathlib import Path

import click

from gnomon.cli.options import home_option


@click.command(short_help="Make a backup the home folder.")
@click.argument("src", type=click.Path(path_type=Path))
@home_option
def command(src: Path, home: Path | None) -> None:
    r"""Make the backup SRC the home folder. A home that holds anything is left alone.

    \b
    Example:
      gnomon restore /backups/lab-2026-11-20 --home /data/lab
    """
    from gnomon.cli.home_copy import restore
    from gnomon.cli.numbers import many, size
    from gnomon.core.settings import Settings

    folder = Settings.from_env(home).home
    copied = restore(src.absolute(), folder)
    click.echo(f"{folder}: {many(copied.runs, 'run')}, {size(copied.size_bytes)}. `gnomon up` shows them.")
