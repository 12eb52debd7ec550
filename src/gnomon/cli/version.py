"""`gnomon version`."""

import click

import gnomon


@click.command()
def command() -> None:
    """Print the version of gnomon."""
    click.echo(gnomon.__version__)
