"""`gnomon version`."""

import click

import gnomon


@click.command(short_help="Print the version.")
def command() -> None:
    r"""Print the version of gnomon.

    \b
    Example:
      gnomon version
    """
    click.echo(gnomon.__version__)
