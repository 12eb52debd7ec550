"""`gnomon up`."""

import sys
from pathlib import Path

import click

from gnomon.cli.options import home_option
from gnomon.core.settings import DEFAULT_PORT


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; others than loopback need a token."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--token", envvar="GNOMON_TOKEN", help="Asked of everybody who connects. Default: GNOMON_TOKEN.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@home_option
def command(host: str, port: int, token: str | None, no_browser: bool, home: Path | None) -> None:
    r"""Serve the home folder: the pages, the API, and whatever trains on this machine, live. Ctrl-C ends it.

    \b
    Examples:
      gnomon up
      gnomon up --home /data/lab --port 8000
      GNOMON_TOKEN=$(gnomon token) gnomon up --host 0.0.0.0
    """
    from gnomon.cli.browser import open_page
    from gnomon.core.settings import Settings

    folder = Settings.from_env(home).home

    def ready(url: str) -> None:
        click.echo(f"gnomon is up: {url}\nhome {folder}\nCtrl-C ends it; what is logged stays.")
        sys.stdout.flush()  # whoever started us through a pipe waits for this line
        if not no_browser:
            open_page(url)

    _serve(folder, host, port, token, ready)
