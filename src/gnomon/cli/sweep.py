"""`gnomon sweep`: try values, each choice in a run of its own; and what came of such searches."""

import sys
from pathlib import Path
from typing import Any, Final

import click

from gnomon.cli.jobs_link import server_of
from gnomon.cli.options import complete_project, home_option, json_option
from gnomon.cli.output import print_json

_BEGIN: Final = "begin"
_STATUS: Final = {"finished": 0, "stopped": 130}


class Sweep(click.Group):
    """A group in which `gnomon sweep digits.json …` stands for `gnomon sweep begin digits.json …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `begin` in front of what is no subcommand."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = [_BEGIN, *args]
        return super().parse_args(ctx, args)


@click.group(cls=Sweep, short_help="Try values of settings and nodes, each in a run of its own.")
def command() -> None:
    r"""Search: grid, random or TPE over a graph or a script, each trial a run, the result ranked.

    `gnomon sweep FILE --set …` stands for `gnomon sweep begin FILE --set …`.

    \b
    Examples:
      gnomon sweep digits.json --data digits --set lr=log:1e-4..1e-1 --set nodes.hidden.units=32,64,128 --trials 12
      gnomon sweep --set lr=log:1e-4..1e-1 --metric val/loss --queue -- python train.py --lr {lr}
      gnomon sweep ls
    """


@command.command(name=_BEGIN, short_help="Begin a search over a graph or a script.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUES",
    help="What is tried: log:1e-4..1e-1, 16..256, 32,64,128; one value is fixed; repeatable.",
)
@click.option(
    "--search",
    type=click.Choice(["grid", "random", "tpe"]),
    default="random",
    show_default=True,
    help="How values are chosen; tpe needs gnomon[sweep].",
)
@click.option("--trials", type=click.IntRange(1, 10_000), help="At most so many. Default: all of a grid, else 20.")
@click.option("--hours", type=float, help="At most so long; what runs then is stopped.")
@click.option("--seeds", type=click.IntRange(1, 1000), default=1, show_default=True, help="Trials of each point.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of the search.")
@click.option("--metric", help="Figure that is searched for. Default of a graph: what its output is measured by.")
@click.option("--goal", type=click.Choice(["min", "max"]), help="Which direction is better. Default: by its name.")
@click.option("--of", type=click.Choice(["best", "last"]), default="best", show_default=True, help="Value that counts.")
@click.option("--prune", type=click.Choice(["median", "halving"]), help="End trials early that have little hope.")
@click.option("--prune-after", type=click.IntRange(1), default=1, show_default=True, help="First place looked at.")
@click.option(
    "--prune-unit",
    type=click.Choice(["value", "step"]),
    default="value",
    show_default=True,
    help="Places are values of the metric, or steps.",
)
@click.option("--parallel", "-j", type=click.IntRange(1, 1000), help="Trials at a time. Default: 1; the slots, queued.")
@click.option("--data", "dataset", help="Data set of a graph. Default: the one that it names.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda:0 … of each trial.")
@click.option("--priority", type=click.IntRange(-100, 100), default=0, help="Of queued trials.")
@click.option("--first-fails", type=click.IntRange(1, 1000), default=3, show_default=True, help="Failures that end it.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="Variable of a script; may hold {name}; repeatable.")
@click.option("--name", help="Of the sweep, and of the group of its runs.")
@click.option("--project", help="Project of the runs.", shell_complete=complete_project)
@click.option("--resume", metavar="SWEEP", help="Go on with one that was stopped or killed, in this terminal.")
@click.option("--queue", is_flag=True, help="Hand it to the server instead of waiting for it.")
@home_option
@json_option
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[FILE | -- CMD]")
def begin(words: tuple[str, ...], resume: str | None, home: Path | None, *, as_json: bool, **asked: Any) -> None:
    r"""Search over FILE, a graph, or over CMD, a program in whose words `{name}` stands for a value.

    Names of a graph are settings (`lr`, `batch_size`, `schedule.type`) and parameters of nodes
    (`nodes.hidden.units`). Ctrl-C stops it; --resume goes on. Exit status: 0 it came to its end, 130 it was stopped,
    1 it failed.

    \b
    Examples:
      gnomon sweep begin digits.json --data digits --set lr=log:1e-4..1e-1 --trials 12 --search tpe
      gnomon sweep begin digits.json --set lr=0.1,0.01 --set batch_size=32,64 --search grid --seeds 3 -j 2
      gnomon sweep begin --set lr=0.1,0.01 --metric loss --search grid -- python train.py --lr {lr}
    """
    from gnomon.cli import sweeping
    from gnomon.core.settings import Settings

    if bool(words) == (resume is not None):
        msg = "Expected either a FILE that holds a graph, a command behind --, or --resume with a sweep."
        raise click.UsageError(msg)
    if asked.pop("queue"):
        with server_of(home) as server:
            row = server.ask("POST", "/sweeps", sweeping.request(words, asked))["sweep"]
        if as_json:
            print_json(row)
        else:
            click.echo(f"{row['id']} began: {row['name']}. See it: gnomon sweep show {row['id']}")
        return
    root = Settings.from_env(home).home
    found = sweeping.here(words, asked, root, resume, quiet=as_json)
    if as_json:
        print_json(found)
    else:
        from gnomon.cli.sweep_text import ranking

        click.echo(ranking(found))
    sys.exit(_STATUS.get(found["state"], 1))


def _sweep(function: Any) -> Any:
    return click.argument("sweep")(function)


@command.command(short_help="List sweeps, the newest last begun first.")
@click.option("--project", help="Only sweeps of this project.", shell_complete=complete_project)
@home_option
@json_option
def ls(project: str | None, home: Path | None, as_json: bool) -> None:
    r"""List sweeps: how far each is, and the best it found.

    \b
    Examples:
      gnomon sweep ls
      gnomon sweep ls --json
    """
    from gnomon.cli import sweeping
    from gnomon.cli.sweep_text import listing

    rows = sweeping.rows(home, project)
    if as_json:
        print_json(rows)
    elif rows:
        click.echo(listing(rows))
    else:
        click.echo("No sweeps. Begin one: gnomon sweep digits.json --set lr=log:1e-4..1e-1", err=True)


@command.command(short_help="Show one sweep: its points, the best first.")
@_sweep
@home_option
@json_option
def show(sweep: str, home: Path | None, as_json: bool) -> None:
    r"""Show SWEEP, an id, the end of one or a name: what each point reached, the best first.

    \b
    Examples:
      gnomon sweep show 4h2k
      gnomon sweep show "digits sweep" --json
    """
    from gnomon.cli import sweeping
    from gnomon.cli.sweep_text import ranking

    found = sweeping.one(home, sweep)
    print_json(found) if as_json else click.echo(ranking(found))


def _ordering(do: str, text: str) -> None:
    @_sweep
    @home_option
    @json_option
    def order(sweep: str, home: Path | None, as_json: bool) -> None:
        from gnomon.cli import sweeping

        row = sweeping.order(home, sweep, do)
        print_json(row) if as_json else click.echo(f"{row['name']} ({row['id']}) is {row['state']}.")

    order.__doc__ = f"{text}\n\n\b\nExamples:\n  gnomon sweep {do} 4h2k"
    command.command(name=do, short_help=text)(order)


_ordering("pause", "Begin no more trials of SWEEP, and have those that run wait.")
_ordering("resume", "Go on with SWEEP, and with its trials that were paused or stopped.")
_ordering("stop", "Stop the trials of SWEEP, each with a checkpoint, and begin no more.")


@command.command(short_help="Remove a sweep that is over; its jobs and runs stay.")
@_sweep
@home_option
def rm(sweep: str, home: Path | None) -> None:
    r"""Remove SWEEP, which is over; its jobs and runs stay.

    \b
    Examples:
      gnomon sweep rm 4h2k
    """
    from gnomon.cli import sweeping

    click.echo(f"Removed {sweeping.remove(home, sweep)}.")
