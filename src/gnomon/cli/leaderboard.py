"""`gnomon leaderboard`."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from gnomon.cli.options import check_project, connect, home_option, json_option, project_argument
from gnomon.core.errors import NotFoundError

if TYPE_CHECKING:
    from gnomon.analysis.leaderboard import Entry, Leaderboard
    from gnomon.sdk.lab import Lab


@click.command(short_help="Rank configurations by the mean over seeds.")
@project_argument
@click.option("--metric", required=True, help="Series to rank by, such as val/acc or val/acc.max.")
@click.option(
    "--goal", type=click.Choice(["max", "min"]), help="What is better; default: as run.define said, else max."
)
@click.option("--group-by", default="config - seed", show_default=True, help="Runs that agree in these are one entry.")
@click.option("--where", default="", help="Only runs that match, such as 'attr.group = \"tuned\"'.")
@home_option
@json_option
def command(
    project: str,
    metric: str,
    goal: Literal["max", "min"] | None,
    group_by: str,
    where: str,
    home: Path | None,
    as_json: bool,
) -> None:
    r"""Rank the configurations of PROJECT by the mean over their seeds.

    Entries that may well be as good as the best are marked with │: the data do not tell them apart (Welch's test,
    corrected for the number of entries, 95 %).

    \b
    Examples:
      gnomon leaderboard digits --metric val/acc
      gnomon leaderboard digits --metric val/loss --goal min --json
    """
    with connect(home) as lab:
        check_project(lab, project)
        _check_metric(lab, project, metric)
        board = lab.leaderboard(project, metric=metric, goal=goal, group_by=group_by, where=where)
        if as_json:
            from dataclasses import asdict

            from gnomon.cli.output import print_json

            print_json(asdict(board))
        else:
            click.echo(draw(board))


def _check_metric(lab: "Lab", project: str, metric: str) -> None:
    from gnomon.store.nearest import hint

    key = metric.removeprefix("metric.")
    known = lab.keys(project)["metrics"]
    if key.startswith(("config.", "attr.")) or key in known or key.rpartition(".")[0] in known:
        return
    msg = f'No run of "{project}" has the metric "{key[:80]}". {hint(key, known)}'.rstrip()
    raise NotFoundError(msg)


def draw(board: "Leaderboard") -> str:
    """Return the leaderboard as text: rank, tie mark, configuration, mean ± half the interval, seeds, best."""
    from gnomon.cli.numbers import column
    from gnomon.cli.table import table

    entries = board.entries
    means, bests = (column([getattr(e, name) if e.n else None for e in entries]) for name in ("mean", "best"))
    rows = [
        [str(e.rank), "│" if e.tied else " ", e.label, f"{mean} ± {_spread(e, mean)}", _seeds(e), best]
        for e, mean, best in zip(entries, means, bests, strict=True)
    ]
    head = ["#", " ", "configuration", f"{board.metric} ({board.goal}), mean ± 95 %", "seeds", "best"]
    lines = [table(head, rows, frozenset({"#", "seeds"}))]
    tied = sum(e.tied for e in entries)
    if tied > 1:
        lines.append(f"│ {tied} entries may be the best: the seeds do not tell them apart.")
    return "\n".join(lines)


def _spread(entry: "Entry", mean: str) -> str:
    """Return half the interval, to the same decimal as the mean where that is written out."""
    from gnomon.cli.numbers import MISSING, number

    if entry.interval is None:
        return MISSING
    half = (entry.interval[1] - entry.interval[0]) / 2
    whole, point, decimals = mean.strip().partition(".")
    return f"{half:.{len(decimals)}f}" if point and (whole + decimals).lstrip("-").isdigit() else number(half, 2)


def _seeds(entry: "Entry") -> str:
    return f"{entry.n} of {entry.n + entry.missing}" if entry.missing else str(entry.n)
