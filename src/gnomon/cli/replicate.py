"""`gnomon replicate`."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gnomon.cli.options import complete_project, home_option, json_option
from gnomon.core.errors import GnomonError

if TYPE_CHECKING:
    from gnomon.sdk.replicator import Lag, Source


@click.command(short_help="Copy runs to another server, continuously.")
@click.argument("url")
@click.option(
    "--project",
    "projects",
    multiple=True,
    shell_complete=complete_project,
    help="Copy this project only; may be repeated.",
)
@click.option("--token", envvar="GNOMON_TOKEN", help="Token of the server at URL. Default: GNOMON_TOKEN.")
@click.option("--once", is_flag=True, help="End when everything is there, instead of following.")
@home_option
@json_option
def command(
    url: str, projects: tuple[str, ...], token: str | None, once: bool, home: Path | None, as_json: bool
) -> None:
    r"""Copy the runs of this home to the server at URL as they grow: values, records, files, names and states.

    One way, over one port, each thing exactly once. When the line or a server is gone it waits and goes on where it
    was, whatever address the server has by then; stop and repeat it as you like. Runs that are deleted here stay there. It reads through the server of this
    home when that is up, and opens the home itself when it is not.

    \b
    Examples:
      gnomon replicate http://web-box:7117
      gnomon replicate https://lab.example --project digits --token "$LAB_TOKEN"
      gnomon replicate http://web-box:7117 --once --json
    """
    from gnomon.core.folder import make_private
    from gnomon.core.settings import Settings
    from gnomon.sdk.link import Link
    from gnomon.sdk.replicator import Replicator, follow

    settings = Settings.from_env(home)
    stop = threading.Event()
    with ExitStack() as stack:
        source = stack.enter_context(_source(settings.home))
        link = stack.enter_context(Link(url, token))
        root = settings.home / "replica"
        make_private(root)
        replicator = stack.enter_context(Replicator(source, link, root, projects))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        told = stack.enter_context(_display(url, root, as_json))
        follow(replicator, told=told, stopped=stop.wait, once=once)
        if replicator.lag.refused:
            msg = "Not copied:\n" + "\n".join(replicator.lag.refused.values())
            raise GnomonError(msg)


@contextmanager
def _source(home: Path) -> "Iterator[Source]":
    """Give the server of a home when it is up, else the home itself, opened."""
    from gnomon.sdk.link import Link
    from gnomon.sdk.replicator import HomeSource, ServerSource
    from gnomon.store.home import Home
    from gnomon.store.lock import holder

    held = holder(home)
    if held is not None and held.url:
        with Link(held.url, _own_token()) as link:
            yield ServerSource(link)
        return
    with Home.open(home) as opened:
        opened.drain()
        opened.start()
        yield HomeSource(opened)


def _own_token() -> str | None:
    """Return the token of this home's own server; GNOMON_TOKEN may be meant for the other one."""
    import os

    return os.environ.get("GNOMON_SOURCE_TOKEN") or os.environ.get("GNOMON_TOKEN")


@contextmanager
def _display(url: str, root: Path, as_json: bool) -> "Iterator[Callable[[Lag], object]]":
    """Give what is told of each round: a line that stays, JSON for programs, and a file for `gnomon doctor`."""
    last: dict[str, Any] = {}
    status = root / f"{sha256(url.encode()).hexdigest()[:16]}.json"

    def tell(lag: "Lag") -> None:
        now = {
            "url": url,
            "runs_behind": lag.runs,
            "rows_behind": lag.rows,
            "sent_bytes": lag.sent_bytes,
            "trouble": lag.trouble,
            "refused": lag.refused,
        }
        changed = now != {name: last.get(name) for name in now}
        if not changed and time.time() - last.get("at", 0.0) < 1.0:
            return
        last.update(now, at=time.time(), seconds_behind=round(lag.seconds, 3))
        status.write_text(json.dumps(last))
        if as_json and changed:
            click.echo(json.dumps(last))
        elif not as_json and (changed or sys.stderr.isatty()):
            end = "\r" if sys.stderr.isatty() else "\n"
            click.echo(f"\x1b[2K{_line(lag)}{end}" if end == "\r" else f"{_line(lag)}{end}", err=True, nl=False)

    yield tell
    if not as_json and sys.stderr.isatty():
        click.echo(err=True)


def _line(lag: "Lag") -> str:
    from gnomon.cli.numbers import many, size

    sent = f"{size(lag.sent_bytes)} sent"
    if lag.trouble:
        return f"waiting, {many(lag.runs, 'run')} behind for {lag.seconds:.0f} s · {sent} · {lag.trouble}"
    if not lag.runs:
        return f"up to date · {sent}"
    return f"{many(lag.runs, 'run')}, {many(lag.rows, 'row')} behind for {lag.seconds:.1f} s · {sent}"
