"""`gnomon sync`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from click.core import ParameterSource

from gnomon.cli.options import home_option
from gnomon.core.errors import UnavailableError


@click.command(short_help="Send what is left to a server.")
@click.option("--url", help="Send every journal in the folder to this server, not only those that were meant for one.")
@click.option("--token", envvar="GNOMON_TOKEN", help="Token of that server. Default: GNOMON_TOKEN.")
@home_option
def command(url: str | None, token: str | None, home: Path | None) -> None:
    r"""Send what is still in journals to the server it was logged for, or to --url, and wait until it is stored there.

    Runs logged with mode="offline" were meant for no server: they go to GNOMON_URL when that is set. Whatever the server has already is not sent again; stop and repeat it as you like.

    \b
    Examples:
      gnomon sync
      gnomon sync --url http://lab:7117
    """
    from gnomon.cli.numbers import many, size
    from gnomon.core.settings import Settings
    from gnomon.sdk.shipper import Destination, sync

    settings = Settings.from_env(home)
    is_typed = click.get_current_context().get_parameter_source("token") is ParameterSource.COMMANDLINE
    if is_typed and not (url or settings.url):
        msg = "--token needs --url or GNOMON_URL: it is sent to no server that was not named."
        raise click.UsageError(msg)
    fallback = Destination(settings.url, token) if settings.url else None
    with _bar() as progress:
        shipped = sync(settings.home, url, token if url else None, progress, fallback)
    if not shipped.journals:
        click.echo("Nothing to send: every journal in this folder is stored, or belongs to the server of this folder.")
        return
    click.echo(f"{many(shipped.journals, 'journal')}, {size(shipped.bytes_sent)} sent.")
    for reason in shipped.refused:
        click.echo(reason, err=True)
    if shipped.bytes_left:
        msg = (
            f"{size(shipped.bytes_left)} are still in journals. Run `gnomon sync` again, or `gnomon doctor` to see why."
        )
        raise UnavailableError(msg)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], object] | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from gnomon.cli.numbers import size

    with click.progressbar(length=1, label="sending", file=sys.stderr, show_eta=False, item_show_func=_shown) as bar:

        def show(sent: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(sent - bar.pos, f"{size(sent)} of {size(total)}")

        yield show


def _shown(text: str | None) -> str:
    return text or ""
