"""`gnomon up`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gnomon.cli.options import home_option
from gnomon.core.settings import DEFAULT_PORT

if TYPE_CHECKING:
    from gnomon.server.settings import ServerSettings


@click.command(short_help="Serve the home folder: pages, API, live updates.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; others than loopback need a token."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--token", envvar="GNOMON_TOKEN", help="Asked of everybody who connects. Default: GNOMON_TOKEN.")
@click.option(
    "--allow-host", "names", multiple=True, help="Another name it may be called by, behind a proxy; repeatable."
)
@click.option(
    "--allow-code/--no-code",
    "allow_code",
    default=None,
    help="Whether code of users runs here (Code nodes, own components, imports). Default: only on loopback.",
)
@click.option(
    "--slots",
    multiple=True,
    metavar="DEVICE=N",
    help="How many jobs at a time a device takes, such as cpu=2 or cuda:0=0; repeatable. Default: one each.",
)
@click.option(
    "--data-root",
    "data_roots",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder whose data may be registered although other machines reach the server; repeatable.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@home_option
def command(
    host: str,
    port: int,
    token: str | None,
    names: tuple[str, ...],
    allow_code: bool | None,
    slots: tuple[str, ...],
    data_roots: tuple[Path, ...],
    no_browser: bool,
    home: Path | None,
) -> None:
    r"""Serve the home folder: the pages, the API, and whatever trains on this machine, live. Ctrl-C ends it.

    \b
    Examples:
      gnomon up
      gnomon up --home /data/lab --port 8000
      GNOMON_TOKEN=$(gnomon token) gnomon up --host 0.0.0.0
    """
    from gnomon.cli.browser import open_page
    from gnomon.core.settings import Settings
    from gnomon.server.settings import ServerSettings
    from gnomon.server.slots import read_slots
    from gnomon.store.lock import holder

    folder = Settings.from_env(home).home

    def ready(url: str) -> None:
        click.echo(f"gnomon is up: {url}\nhome {folder}\nCtrl-C ends it; what is logged stays.")
        if token and sys.stdout.isatty():  # never into a log file
            click.echo(f"In a browser, once: {url}/login?token={token}")
        sys.stdout.flush()  # whoever started us through a pipe waits for this line
        if not no_browser:
            open_page(url)

    owner = holder(folder)
    if owner is not None and owner.url is not None:
        click.echo(f"gnomon is up already on {folder}: {owner.url}")
        if not no_browser:
            open_page(owner.url)
        return
    settings = ServerSettings(
        host=host,
        token=token,
        names=tuple(name.lower() for name in names),
        data_roots=tuple(root.absolute() for root in data_roots),
        allow_code=allow_code,
        slots=read_slots(slots),
    )
    # Before the folder is touched: who may not listen has no business in it.
    settings.check()
    _serve(folder, port, settings, ready)


def _serve(folder: Path, port: int, settings: "ServerSettings", ready: Callable[[str], None]) -> None:
    from gnomon.server.run import serve
    from gnomon.store.home import Home

    with Home.open(folder) as home:
        serve(home, settings.host, port, settings.token, ready, settings)
