"""`gnomon demo`."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gnomon.cli.options import home_option
from gnomon.core.settings import DEFAULT_PORT

if TYPE_CHECKING:
    from gnomon.cli.demo_server import DemoServer
    from gnomon.sdk.lab import Lab

EPOCHS: Final = 50
QUICK_EPOCHS: Final = 3
_TEMPLATE: Final = "mnist_cnn"


@click.command(short_help="Train 12 small networks and watch them live.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port of the server; the next free one when it is taken.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--quick", is_flag=True, help=f"Train {QUICK_EPOCHS} epochs instead of {EPOCHS}.")
@home_option
def command(port: int, no_browser: bool, quick: bool, home: Path | None) -> None:
    r"""Train 12 small networks on real handwritten digits, and watch them live.

    4 configurations with 3 seeds each, half a minute in all, then a leaderboard; the page stays up until Ctrl-C.
    Without a terminal it checks that the page and the data answer, and ends. Run it as often as you like: the runs
    of each time are a group of their own.

    \b
    Examples:
      gnomon demo
      gnomon demo --quick --home /tmp/try
    """
    # Matrices of 4 rows: two threads would only wait for one another. Read when NumPy is loaded, so set before.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from gnomon.cli.demo_check import begin_graph, check_curve, check_page, settle
    from gnomon.cli.demo_server import demo_server
    from gnomon.core.settings import Settings
    from gnomon.models import demo

    settings = Settings.from_env(home)
    folder = settings.home
    group = time.strftime("demo %Y-%m-%d %H:%M:%S")
    epochs = QUICK_EPOCHS if quick else EPOCHS
    with demo_server(folder, port) as server:
        page = f"{server.url}/p/{demo.PROJECT}"
        click.echo(f"gnomon demo: {page}\nhome {folder}")
        sys.stdout.flush()
        if not no_browser:
            from gnomon.cli.browser import open_page

            open_page(page)
        runs = _train(folder, group, epochs)
        import gnomon

        with gnomon.connect(home=folder) as lab:
            steps = demo.batches(epochs) // len(runs)
            points = settle(lab, runs, "train/loss", steps)
            _board(lab, group)
            begin_graph(server.url, demo.PROJECT, _TEMPLATE, settings.token)
            click.echo(f"A model to edit as a graph and as code: {page}/canvas")
            if not sys.stdout.isatty():
                check_page(page, settings.token)
                check_curve(lab, runs[-1], "train/loss", steps)
        _stay(server, f"{len(runs)} runs are finished, {points:,} points are stored")


def _stay(server: "DemoServer", done: str) -> None:
    """Keep serving where somebody watches; elsewhere say what was checked."""
    if not sys.stdout.isatty():
        click.echo(f"\nThe page answers, {done}.")
    elif server.service is None:
        click.echo(f"\n{done}. The server that was up already goes on: {server.url}")
    else:
        with suppress(KeyboardInterrupt):
            click.echo(f"\n{done}. Serving {server.url} until Ctrl-C.")
            server.service.wait()
        click.echo("Stopped; what was logged stays. `gnomon up` shows it again.")


def _train(folder: Path, group: str, epochs: int) -> list[str]:
    from gnomon.models import demo

    with _bar(demo.batches(epochs)) as advance:
        return [
            run
            for experiments in demo.rounds()
            for run in demo.train(experiments, epochs, group=group, home=folder, on_batch=advance)
        ]


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], object]]:
    """Show a progress bar where there is a terminal; its drawing is cheap, its thousand updates a second are not."""
    if not sys.stdout.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=total, label="training 12 runs", update_min_steps=max(1, total // 200)) as bar:
        yield bar.update


def _board(lab: "Lab", group: str) -> None:
    from gnomon.cli.leaderboard import draw
    from gnomon.models.demo import METRIC, PROJECT

    where = f"attr.group = '{group}'"
    board = lab.leaderboard(PROJECT, metric=METRIC, goal="max", group_by="config - seed", where=where)
    click.echo("\n" + draw(board))
