"""`gnomon query`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gnomon.cli.options import complete_key, connect, home_option, json_option, run_argument
from gnomon.core.errors import NotFoundError

if TYPE_CHECKING:
    from gnomon.sdk.lab_backend import Record


@click.command(short_help="Print the points of a series.")
@run_argument
@click.argument("key", shell_complete=complete_key)
@click.option("--first", type=click.IntRange(0), default=0, show_default=True, help="First step.")
@click.option("--last", type=click.IntRange(0), help="Last step, included. Default: the last there is.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Only every n-th point.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: step,time,value.")
@home_option
@json_option
def command(
    run: str, key: str, first: int, last: int | None, every: int, as_csv: bool, home: Path | None, as_json: bool
) -> None:
    r"""Print the points of the series KEY of RUN, exactly as they were logged; or its records, when it holds text or JSON.

    \b
    Examples:
      gnomon query digits/brave-otter-7 train/loss --first 1000 --last 2000
      gnomon query brave-otter-7 val/acc --csv > acc.csv
      gnomon query brave-otter-7 train/loss --every 100 --json
    """
    if as_csv and as_json:
        msg = "--csv and --json exclude each other."
        raise click.UsageError(msg)
    with connect(home) as lab:
        found = lab.run(run)
        series = found.series(key).range(first, last).every(every)
        try:
            points = series.numpy()
        except NotFoundError:
            if key not in found.keys():  # noqa: SIM118 - the keys of a run, not of a mapping
                raise
            _print_records(found.records(key, first, last, every), as_json=as_json)
            return
        if as_json:
            from gnomon.cli.output import print_json

            print_json({name: points[name] for name in ("step", "time", "value")})
        elif as_csv:
            _print_csv(points)
        else:
            _print_table(points)


def _print_records(records: list["Record"], *, as_json: bool) -> None:
    from gnomon.cli.numbers import count, moment
    from gnomon.cli.output import print_json
    from gnomon.cli.table import table

    if as_json:
        print_json(
            {"records": [{**asdict(r), "value": None if isinstance(r.value, bytes) else r.value} for r in records]}
        )
        return
    rows = [[count(r.step), moment(r.time), r.kind, _shown(r.value)] for r in records]
    click.echo(table(["step", "time", "kind", "value"], rows, frozenset({"step"})))


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return " ".join(value.split()) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rows(points: Any) -> Any:
    return zip(points["step"].tolist(), points["time"].tolist(), points["value"].tolist(), strict=True)


def _print_csv(points: Any) -> None:
    # repr of a float is the shortest text that reads back as the same number.
    lines = [f"{step},{time:.6f},{value!r}" for step, time, value in _rows(points)]
    click.echo("\n".join(["step,time,value", *lines]))


def _print_table(points: Any) -> None:
    from gnomon.cli.numbers import count, moment
    from gnomon.cli.table import table

    rows = [[count(step), moment(time), repr(value)] for step, time, value in _rows(points)]
    click.echo(table(["step", "time", "value"], rows, frozenset({"step"})))
