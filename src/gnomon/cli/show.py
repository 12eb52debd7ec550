"""`gnomon show`."""

import fnmatch
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gnomon.cli.options import connect, home_option, json_option, run_argument
from gnomon.core.errors import NotFoundError
from gnomon.core.limits import SYSTEM

if TYPE_CHECKING:
    from gnomon.sdk.lab_run import LabRun

_WIDTH = 20


@click.command(short_help="Show a run: config, health and every series.")
@run_argument
@click.option("--keys", default="*", show_default=True, help="Series to show, such as 'val/*' or 'system/*'.")
@click.option("--limit", type=click.IntRange(1), default=40, show_default=True, help="Series to show at most.")
@click.option(
    "--code", "show_code", is_flag=True, help="Print the script, or the cells of the notebook, and nothing else."
)
@click.option("--diff", "show_diff", is_flag=True, help="Print what was not committed, as git apply takes it.")
@home_option
@json_option
def command(
    run: str, keys: str, limit: int, show_code: bool, show_diff: bool, home: Path | None, as_json: bool
) -> None:
    r"""Show RUN: state, what ran, what is wrong with it, config, and for every series its last value, ends and shape.

    RUN is an id, PROJECT/NAME, or a name that only one run has.

    To get the code of a run back: git checkout its commit, then gnomon show RUN --diff | git apply.

    \b
    Examples:
      gnomon show digits/brave-otter-7
      gnomon show brave-otter-7 --keys 'val/*'
      gnomon show 06f0s1m2n3p4q5r6s7t8 --json
      gnomon show brave-otter-7 --diff | git apply
    """
    from gnomon.cli.ran import plain_captured

    with connect(home) as lab:
        found = lab.run(run)
        if show_code or show_diff:
            _print_code(found, is_diff=show_diff)
            return
        stats = {key: s for key, s in found.stats().items() if fnmatch.fnmatchcase(key, keys)}
        if as_json:
            from gnomon.cli.health_text import plain_health
            from gnomon.cli.output import print_json

            more = {"config": found.config, "error": found.error, "series": _plain(stats), "records": _records(found)}
            more |= plain_health(found.health(), found.alerts())
            print_json({**found.row, **more, "meta": found.meta, "captured": plain_captured(found)})
            return
        if keys == "*":  # what the machine did is shown when it is asked for
            stats = {key: s for key, s in stats.items() if not key.startswith(SYSTEM)}
        from gnomon.cli.health_text import health_lines

        click.echo(_head(found))
        health = health_lines(found.health(), found.alerts())
        if health:
            click.echo("\n" + "\n".join(health))
        click.echo(_config(found.config))
        shown = dict(list(stats.items())[:limit])
        if shown:
            click.echo(_series(found, shown))
        records = " ".join(f"{key} ({kind})" for key, kind in _records(found).items())
        if records:
            click.echo("\n" + _line("records", f"{records}: see `gnomon query`"))
        if len(stats) > len(shown):
            click.echo(f"… and {len(stats) - len(shown)} more: choose with --keys, or raise --limit.", err=True)


def _print_code(run: "LabRun", *, is_diff: bool) -> None:
    from gnomon.cli.ran import left_out

    captured = run.captured
    text = captured.diff if is_diff else captured.script
    if text is None:
        what = "no changes that were not committed" if is_diff else "no script"
        msg = f"Of {run.project}/{run.name} {what} were captured. gnomon show {run.id} tells what is known."
        raise NotFoundError(msg)
    click.echo(text, nl=False)
    if is_diff:
        for line in left_out(run):
            click.echo(line, err=True)


def _head(run: "LabRun") -> str:
    from gnomon.cli.numbers import ago, duration, moment
    from gnomon.cli.output import mark
    from gnomon.cli.ran import ran_lines

    end = run.finished or (time.time() if run.state == "running" else run.updated)
    lines = [
        f"{mark(run.state)} {click.style(run.name, bold=True)}  {run.project}  {run.id}",
        _line("state", f"{run.state}, begun {ago(run.created, time.time())}, took {duration(end - run.created)}"),
        _line("begun", moment(run.created)),
    ]
    extra = {"group": run.group, "tags": " ".join(run.tags), "notes": run.notes, "error": run.error}
    if run.state == "stopped":
        extra["ended"] = run.meta.get("ended")
    lines += [_line(name, text) for name, text in extra.items() if text]
    if run.dropped:
        cause = run.meta.get("dropped_cause") or "the cause was not told"
        lines.append(_line("dropped", f"{run.dropped} values could not be written: {cause}"))
    lines += [_line(name, text) for name, text in ran_lines(run)]
    return "\n".join(lines)


def _line(name: str, text: str) -> str:
    return f"{click.style(name.ljust(8), dim=True)}{text}"


def _config(config: dict[str, Any]) -> str:
    from gnomon.cli.output import cell, flat
    from gnomon.cli.table import table

    rows = [[key, cell(value)] for key, value in sorted(flat(config).items())]
    return "\n" + table(["config", ""], rows) if rows else ""


def _series(run: "LabRun", stats: dict[str, Any]) -> str:
    from gnomon.cli.numbers import count, number
    from gnomon.cli.sparkline import sparkline
    from gnomon.cli.table import table

    rows = []
    for key, s in stats.items():
        drawn = run.series(key).envelope(px=_WIDTH)
        curve = sparkline(drawn["step"].tolist(), drawn["value"].tolist(), _WIDTH)
        figures = [number(v) for v in (s.last, s.last_step, s.low, s.low_step, s.high, s.high_step)]
        rows.append([key, *figures, count(s.n), count(s.bad) if s.bad else "", curve])
    head = ["series", "last", "step", "min", "at", "max", "at ", "points", "bad", "curve"]
    return "\n" + table(head, rows, frozenset(head[1:9]))


def _records(run: "LabRun") -> dict[str, str]:
    return {key: kind for key, kind in run.keys().items() if kind != "scalar"}


def _plain(stats: dict[str, Any]) -> dict[str, Any]:
    names = ("n", "bad", "last", "last_step", "low", "low_step", "high", "high_step")
    return {key: {name: getattr(s, name) for name in names} for key, s in stats.items()}
