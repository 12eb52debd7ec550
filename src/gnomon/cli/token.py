"""`gnomon token`."""

import secrets

import click


@click.command(short_help="Print a new random token.")
def command() -> None:
    r"""Print a new random token for a server that others may reach.

    \b
    Example:
      export GNOMON_TOKEN=$(gnomon token)
      gnomon up --host 0.0.0.0
    """
    click.echo(secrets.token_urlsafe(32))
