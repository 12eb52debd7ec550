"""`gnomon version`."""

import click

import gnomon


@click.command(short_help="Print the version.")
def command() -> None:
    """Print the version of gnomon."""
    click.echo(gnomon.__version__)
