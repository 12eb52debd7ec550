"""`gnomon up`."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from gnomon.cli.options import home_option
from gnomon.core.settings import DEFAULT_PORT


@click.command(short_help="Serve the home folder: pages, API, live updates.")
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
    from gnomon.store.lock import holder

    folder = Settings.from_env(home).home

    def ready(url: str) -> None:
        click.echo(f"gnomon is up: {url}\nhome {folder}\nCtrl-C ends it; what is logged stays.")
        sys.stdout.flush()  # whoever started us through a pipe waits for this line
        if not no_browser:
            open_page(url)

    owner = holder(folder)
    if owner is not None and owner.url is not None:
        click.echo(f"gnomon is up already on {folder}: {owner.url}")
        if not no_browser:
            open_page(owner.url)
        return
    _serve(folder, host, port, token, ready)


def _serve(folder: Path, host: str, port: int, token: str | None, ready: Callable[[str], None]) -> None:
    from gnomon.server.run import serve
    from gnomon.server.settings import ServerSettings
    from gnomon.store.home import Home

    # Before the folder is touched: who may not listen has no business in it.
    ServerSettings(host=host, token=token).check()
    with Home.open(folder) as home:
        serve(home, host, port, token, ready)
