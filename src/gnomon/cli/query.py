"""`gnomon query`."""

from pathlib import Path

import click

from gnomon.cli.options import complete_key, connect, home_option, json_option, run_argument
from gnomon.core.errors import NotFoundError
from gnomon.core.limits import is_hidden

FORMATS = ("table", "json", "csv", "npy", "npz", "parquet")


@click.command(short_help="Print, or write to a file, a series or records.")
@run_argument
@click.argument("key", shell_complete=complete_key)
@click.option("--first", type=click.IntRange(0), default=0, show_default=True, help="First step.")
@click.option("--last", type=click.IntRange(0), help="Last step, included. Default: the last there is.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Only every n-th point or record.")
@click.option("--slice", "index", help="Part of each array, as in NumPy: 0,:,::2. Only that part is read.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="How to write it. Default: a table, or what OUT ends in."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of printing.")
@click.option("--csv", "as_csv", is_flag=True, help="The same as --format csv.")
@home_option
@json_option
def command(
    run: str,
    key: str,
    first: int,
    last: int | None,
    every: int,
    index: str | None,
    form: str | None,
    out: Path | None,
    as_csv: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    r"""Print the points of the series KEY of RUN exactly as they were logged, or its records.

    Records of arrays (tensor, histogram, raw image …) are stacked over steps where an array is asked for, by --slice
    or by a format of arrays; the answer is written while it is read, so it may be larger than memory.

    \b
    Examples:
      gnomon query digits/brave-otter-7 train/loss --first 1000 --last 2000
      gnomon query brave-otter-7 val/acc --csv > acc.csv
      gnomon query brave-otter-7 train/loss --every 100 --json
      gnomon query brave-otter-7 layer1/weights --slice 0,:10 --every 50 --out weights.npy
      gnomon query brave-otter-7 train/loss --out loss.parquet
    """
    from gnomon.cli.query_output import write_records, write_series

    form = _form(form, out, as_csv=as_csv, as_json=as_json)
    with connect(home) as lab:
        found = lab.run(run)
        keys = found.keys()
        if key not in keys and not is_hidden(key):
            from gnomon.store.nearest import hint

            msg = f'No key "{key[:80]}" in {found.project}/{found.name}. {hint(key, list(keys))}'.rstrip()
            raise NotFoundError(msg)
        if keys.get(key) == "scalar":
            if index is not None:
                msg = "--slice is for records of arrays; choose points of a series with --first, --last and --every."
                raise click.UsageError(msg)
            write_series(found.series(key).range(first, last).every(every), form, out)
        else:
            write_records(found.records(key, first, last, every), index, form, out)


def _form(form: str | None, out: Path | None, *, as_csv: bool, as_json: bool) -> str:
    named = [name for name, given in (("csv", as_csv), ("json", as_json)) if given] + ([form] if form else [])
    if len(set(named)) > 1:
        msg = "--csv, --json and --format exclude each other."
        raise click.UsageError(msg)
    if named:
        return named[0]
    ending = out.suffix.removeprefix(".").lower() if out else ""
    return ending if ending in FORMATS else "table"
