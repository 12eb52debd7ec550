"""`gnomon leaderboard`."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from gnomon.cli.options import check_project, connect, home_option, json_option, project_argument
from gnomon.core.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gnomon.analysis.entry import Entry
    from gnomon.analysis.leaderboard import Leaderboard
    from gnomon.analysis.significance import Test
    from gnomon.sdk.lab import Lab

_LABEL = 60


@click.command(short_help="Rank configurations by the mean over seeds.")
@project_argument
@click.option("--metric", required=True, help="Series to rank by, such as val/acc or val/acc.max.")
@click.option(
    "--goal", type=click.Choice(["max", "min"]), help="What is better; default: as run.define said, else by the name."
)
@click.option("--group-by", default="config - seed", show_default=True, help="Runs that agree in these are one entry.")
@click.option("--where", default="", help="Only runs that match, such as 'attr.group = \"tuned\"'.")
@click.option(
    "--columns", default="", help="Also show these of each entry, such as 'learning_rate,duration,config.width'."
)
@click.option(
    "--test",
    type=click.Choice(["welch", "permutation", "bootstrap"]),
    default="welch",
    show_default=True,
    help="What tells which entries may be the best.",
)
@click.option("--format", "form", type=click.Choice(["csv", "markdown", "latex"]), help="Print a table for a file.")
@home_option
@json_option
def command(
    project: str,
    metric: str,
    goal: Literal["max", "min"] | None,
    group_by: str,
    where: str,
    columns: str,
    test: "Test",
    form: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    r"""Rank the configurations of PROJECT by the mean over their seeds.

    Entries that may well be as good as the best are marked with │: the data do not tell them apart (one-sided test,
    corrected for the number of entries, 95 %). Runs on other data, or judged by another evaluation, stand apart below.

    \b
    Examples:
      gnomon leaderboard digits --metric val/acc
      gnomon leaderboard digits --metric val/loss --columns learning_rate,epochs
      gnomon leaderboard digits --metric test/f1 --test bootstrap --format latex
    """
    with connect(home) as lab:
        check_project(lab, project)
        _check_metric(lab, project, metric)
        chosen = [name.strip() for name in columns.split(",") if name.strip()]
        board = lab.leaderboard(project, metric, goal, group_by, where, chosen, test)
        if as_json:
            import msgspec

            from gnomon.cli.output import print_json

            print_json(msgspec.to_builtins(board))
        elif form is not None:
            click.echo(_written(board, form, chosen), nl=False)
        else:
            click.echo(draw(board, chosen))


def _written(board: "Leaderboard", form: str, columns: "Sequence[str]") -> str:
    if form == "csv":
        return board.to_csv()
    return board.to_markdown(columns) if form == "markdown" else board.to_latex(columns)


def _check_metric(lab: "Lab", project: str, metric: str) -> None:
    from gnomon.store.nearest import hint

    key = metric.removeprefix("metric.")
    known = lab.keys(project)["metrics"]
    if key.startswith(("config.", "attr.")) or key in known or key.rpartition(".")[0] in known:
        return
    msg = f'No run of "{project}" has the metric "{key[:80]}". {hint(key, known)}'.rstrip()
    raise NotFoundError(msg)


def draw(board: "Leaderboard", columns: "Sequence[str]" = ()) -> str:
    """Return the leaderboard as text: the ranked entries, then those that stand apart and why, then what to know."""
    from textwrap import fill

    lines = []
    for protocol in board.protocols:
        if protocol.reason is not None:
            runs = "1 run" if protocol.runs == 1 else f"{protocol.runs} runs"
            lines += ["", fill(f"Not ranked with these, {runs}: {protocol.reason}.", 80)]
        lines.append(_table(board, protocol.entries, columns))
    tied = sum(entry.tied for entry in board.entries)
    if tied > 1:
        lines.append(f"│ {tied} entries may be the best: the seeds do not tell them apart.")
    if board.caveat is not None:
        lines.append(fill(board.caveat, 80))
    if not board.protocols:
        lines.append(_table(board, (), columns))
    return "\n".join(lines)


def _table(board: "Leaderboard", entries: "Sequence[Entry]", columns: "Sequence[str]") -> str:
    """Return entries as rows: rank, tie mark, configuration, columns, mean ± half the interval, seeds, best."""
    from gnomon.cli.numbers import column
    from gnomon.cli.table import table

    kinds = {each.name: each.kind for each in board.columns}
    titles = {each.name: each.title for each in board.columns}
    means, bests = (column([getattr(entry, name) for entry in entries]) for name in ("mean", "best"))
    rows = [
        [
            str(entry.rank),
            "│" if entry.tied else " ",
            _short(entry.label),
            *(_cell(entry.columns.get(name), kinds.get(name, "text")) for name in columns),
            f"{mean} ± {_spread(entry, mean)}",
            _seeds(entry),
            best,
        ]
        for entry, mean, best in zip(entries, means, bests, strict=True)
    ]
    figure = f"{board.metric} ({board.goal}), mean ± 95 %"
    return table(
        ["#", " ", "configuration", *(titles.get(name, name) for name in columns), figure, "seeds", "best"],
        rows,
        frozenset({"#", "seeds"}),
    )


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"


def _cell(value: object, kind: str) -> str:
    """Return a value, or the range of those of the seeds."""
    from gnomon.analysis.entry import EntryRange
    from gnomon.cli.numbers import duration
    from gnomon.cli.output import cell

    def one(each: object) -> str:
        if kind == "duration" and isinstance(each, int | float):
            return duration(each)
        return cell(each)[:12] if kind == "hash" else cell(each)

    if not isinstance(value, EntryRange):
        return one(value)
    if value.low is None:
        return " / ".join(dict.fromkeys(one(each) for each in value.values))
    return f"{one(value.low)}..{one(value.high)}"


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
