"""`gnomon data windows`: a series in a table becomes windows that a model learns from."""

from pathlib import Path
from typing import Any

import click

from gnomon.cli.options import home_option, json_option
from gnomon.cli.output import print_json


@click.command("windows", short_help="Cut a table in the order of time into windows and what comes next.")
@click.argument("path")
@click.option("--target", required=True, metavar="COLUMN", help="Column whose next values are to be foretold.")
@click.option(
    "--time", default="", metavar="COLUMN", help="Column that tells the order. Default: the rows as they stand."
)
@click.option("--columns", default="", metavar="A,B,…", help="What a window holds. Default: all columns of numbers.")
@click.option("--length", default=48, show_default=True, help="Steps in a window.")
@click.option("--horizon", default=1, show_default=True, help="Steps behind it that are foretold.")
@click.option("--every", default=1, show_default=True, help="Steps from one window to the next.")
@click.option("--shares", default="0.7,0.15,0.15", show_default=True, help="Training, validation and test, by time.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File, .npz.")
@click.option("--force", is_flag=True, help="Replace the file of --output when it is there.")
@click.option("--name", default="", help="Register it under this name, `next` being the target.")
@home_option
@json_option
def command(path: str, output: Path, force: bool, name: str, home: Path | None, as_json: bool, **given: Any) -> None:
    r"""Cut the table at PATH into windows: `history` of LENGTH steps and the `next` HORIZON values of a column.

    Parts follow one another in time, and no window reaches from one into the next, so that nothing of the test is learnt from.
    The file is a data set like any other: the LSTM forecaster takes it as it is.

    \b
    Examples:
      gnomon data windows power.csv --time hour --target load --length 48 -o power.npz --name power
      gnomon canvas new --template lstm_forecaster power.json && gnomon train power.json --data power
    """
    import numpy as np

    from gnomon.models.datasets.source import open_data
    from gnomon.models.datasets.windows import Windows, said, windows

    if output.suffix != ".npz":
        msg = f"expected a name that ends in .npz, received {output.name!r:.60}."
        raise click.BadParameter(msg, param_hint="--output")
    if output.exists() and not force:
        msg = f"{output} is there already. Name another file, or replace it with --force."
        raise click.ClickException(msg)
    try:
        shares = tuple(float(each) for each in given.pop("shares").split(","))
    except ValueError:
        msg = "expected three numbers, such as 0.7,0.15,0.15."
        raise click.BadParameter(msg, param_hint="--shares") from None
    if len(shares) != 3:
        msg = f"expected three numbers, received {len(shares)}."
        raise click.BadParameter(msg, param_hint="--shares")
    columns = tuple(each.strip() for each in given.pop("columns").split(",") if each.strip())
    wanted = Windows(columns=columns, shares=shares, **given)
    cut = windows(open_data(path), wanted)
    np.savez(output, **cut.arrays)  # type: ignore[arg-type]  # arrays by name
    told = list(said(cut, wanted))
    found: dict[str, Any] = {"file": str(output), "notes": told, "columns": list(cut.columns), "left_out": cut.left_out}
    if name:
        found["dataset"] = _registered(output, name, home)
    if as_json:
        print_json(found)
        return
    for sentence in told:
        click.echo(sentence)
    click.echo(f"Wrote {output}." + (f" Registered as {found['dataset']}." if name else ""))


def _registered(file: Path, name: str, home: Path | None) -> str:
    from gnomon.models.datasets import home as datasets
    from gnomon.models.datasets.describing import Wishes

    with datasets.shelf(home) as shelf:
        made = shelf.register(name, datasets.absolute(str(file)), Wishes(target=("next",), inputs=("history",)), "")
    return f"{made['name']}@{made['digest']}"
