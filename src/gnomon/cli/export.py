"""`gnomon export`."""

from pathlib import Path
from typing import Literal

import click

from gnomon.cli.options import check_project, connect, home_option, project_argument, where_option


@click.group(short_help="Write runs to a file.")
def command() -> None:
    r"""Write what is stored to files that other programs read.

    \b
    Example:
      gnomon export runs digits -o runs.parquet
    """


@command.command("runs", short_help="Write the runs of a project as a table.")
@project_argument
@click.option("--output", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "json", "parquet"]), help="Default: what the file's ending says."
)
@where_option
@click.option("--order", default="-created", show_default=True, help="Columns to sort by; - in front: largest first.")
@click.option("--columns", default="", help="Columns, with commas; default: every config key and metric.")
@click.option("--archived", is_flag=True, help="Archived runs too.")
@home_option
def runs(
    project: str,
    output: Path,
    form: Literal["csv", "json", "parquet"] | None,
    where: str,
    order: str,
    columns: str,
    archived: bool,
    home: Path | None,
) -> None:
    r"""Write the runs of PROJECT to a file, one line each, however many there are.

    In CSV a text that a spreadsheet could take for a formula gets a ' in front. Parquet needs pyarrow where the runs
    are: pip install "gnomon[frames]".

    \b
    Examples:
      gnomon export runs digits -o runs.csv
      gnomon export runs digits --where "metric.val/acc.max > 0.9" --columns config.lr,metric.val/acc.max -o best.parquet
    """
    from gnomon.cli.ls import listed

    with connect(home) as lab:
        check_project(lab, project)
        wanted = listed(columns)
        lab.export(output, project, where, listed(order), wanted, form=form, archived=archived or None)
    click.echo(f"Wrote {output}.", err=True)
