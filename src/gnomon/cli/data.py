"""`gnomon data`: data sets from the terminal: what they hold, what to beware of, and known ones fetched by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from gnomon.cli.numbers import MISSING, count, many, number
from gnomon.cli.options import home_option, json_option
from gnomon.cli.output import print_json
from gnomon.cli.table import table as aligned

if TYPE_CHECKING:
    from gnomon.models.datasets.column import Column
    from gnomon.models.datasets.split import Split
    from gnomon.models.datasets.table import Table

_CLASSES_SHOWN = 20
_FOLDER = "data"


@click.group(short_help="Data sets: show, get, ls.")
def command() -> None:
    r"""Look at data before training on it, and fetch known data sets.

    \b
    Examples:
      gnomon data show patients.csv --target outcome --split grouped:patient
      gnomon data get mnist
      gnomon data get mnist --from /media/usb/mnist
    """


def complete_known(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Suggest the data sets that are known by name."""
    from gnomon.models.datasets.catalog import CATALOG

    return [CompletionItem(each.name, help=each.title) for each in CATALOG.values() if each.name.startswith(incomplete)]


@command.command(short_help="Columns, types, classes, gaps, and what to beware of.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--target", default="", help="Column to be foretold.")
@click.option(
    "--type", "types", multiple=True, metavar="COLUMN=TYPE", help="Say what a column holds: number, category, text …"
)
@click.option(
    "--split",
    "split_",
    default="",
    metavar="WAY[:COLUMN]",
    help="random, stratified, grouped or time; look at its parts.",
)
@click.option("--shares", default="0.7,0.15,0.15", show_default=True, help="Shares of training, validation and test.")
@click.option("--seed", default=0, show_default=True, help="Seed of the split.")
@json_option
def show(path: Path, target: str, types: tuple[str, ...], split_: str, shares: str, seed: int, as_json: bool) -> None:
    r"""Show what the data at PATH hold: a CSV, TSV, Parquet, npz or npy file, a folder of IDX files or of pictures.

    Pictures lie in a folder for each class, in `images` and `masks`, or are named by a CSV of boxes. Exit status 0
    whatever is found: what to beware of is for you to judge.

    \b
    Examples:
      gnomon data show flowers.csv --target species
      gnomon data show photos/ --json
      gnomon data show visits.parquet --target outcome --split time:day
    """
    from gnomon.models.datasets.profile import findings
    from gnomon.models.datasets.source import open_data

    found = open_data(path).retyped(_types(types))
    parts = dict(found.parts)
    if split_:
        how = _split(split_, shares, seed)
        parts = dict(zip(("train", "validation", "test"), found.split(how), strict=False))
    told = findings(found, target, parts)
    if as_json:
        print_json(
            _plain(found, parts)
            | {"findings": [{"code": f.code, "column": f.column, "message": f.message} for f in told]}
        )
        return
    click.echo(f"{path}: {many(found.rows, 'row')}, {many(len(found.columns), 'column')}" + _parts_said(parts))
    click.echo(
        aligned(("column", "type", "holds", "missing", "because"), [_row(column) for column in found.columns.values()])
    )
    if target and found.column(target).kind == "category":
        click.echo(_balance_said(found, target, parts))
    for each in told:
        click.echo(f"  {click.style('▲', fg='yellow')} {each.column + ': ' if each.column else ''}{each.message}")


@command.command(short_help="Fetch a known data set, each file compared with its checksum.")
@click.argument("name", shell_complete=complete_known)
@click.option(
    "--from", "origin", metavar="DIR|URL", help="Take the files from here; no network is needed for a folder."
)
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to put them in. Default: data/NAME of the home folder.",
)
@home_option
@json_option
def get(name: str, origin: str | None, to: Path | None, home: Path | None, as_json: bool) -> None:
    r"""Fetch the data set NAME: from its makers' server, or from a folder. What is there and right is not fetched again.

    \b
    Examples:
      gnomon data get mnist
      gnomon data get fashion-mnist --from ../shared/data/fashion-mnist --to ./data
    """
    from gnomon.models.datasets.catalog import known
    from gnomon.models.datasets.fetch import fetch

    wanted = known(name)
    with _progress(quiet=as_json) as progress:
        done = fetch(wanted, to or _home(home) / _FOLDER / name, origin, progress)
    if as_json:
        print_json({"name": name, "folder": str(done.folder), "new": list(done.new), "kept": list(done.kept)})
        return
    click.echo(f"{name}: {wanted.title}. {wanted.source}; {wanted.licence}.")
    click.echo(
        f"{many(len(done.new), 'file')} fetched, {len(done.kept)} there already, all as they should be: {done.folder}"
    )
    click.echo(f"Look at it with: gnomon data show {done.folder} --target label")


@command.command(short_help="Known data sets, and which of them are here.")
@home_option
@json_option
def ls(home: Path | None, as_json: bool) -> None:
    r"""List the data sets that can be fetched by name, and whether they are in the home folder.

    \b
    Example:
      gnomon data ls
    """
    from gnomon.models.datasets.catalog import CATALOG

    rows: list[dict[str, Any]] = []
    for each in CATALOG.values():
        folder = _home(home) / _FOLDER / each.name
        here = all((folder / file).is_file() for file in each.files)
        rows.append(
            {"name": each.name, "title": each.title, "licence": each.licence, "folder": str(folder) if here else None}
        )
    if as_json:
        print_json(rows)
        return
    click.echo(
        aligned(
            ("name", "what", "licence", "here"),
            [[r["name"], r["title"], r["licence"], r["folder"] or MISSING] for r in rows],
        )
    )


def _home(home: Path | None) -> Path:
    from gnomon.core.settings import Settings

    return Settings.from_env(home).home


def _types(given: tuple[str, ...]) -> dict[str, Any]:
    for each in given:
        if "=" not in each:
            msg = f"expected COLUMN=TYPE, such as age=category, received {each!r:.60}."
            raise click.BadParameter(msg, param_hint="--type")
    return dict(each.rsplit("=", 1) for each in given)


def _split(text: str, shares: str, seed: int) -> "Split":
    from gnomon.models.datasets.split import Split

    way, _, column = text.partition(":")
    try:
        numbers = tuple(float(share) for share in shares.split(","))
    except ValueError as error:
        msg = f"expected numbers with commas between, received {shares!r:.60}."
        raise click.BadParameter(msg, param_hint="--shares") from error
    return Split(way, numbers, seed, column)  # type: ignore[arg-type]  # Split says which ways there are


def _plain(found: "Table", parts: dict[str, Any]) -> dict[str, Any]:
    from dataclasses import asdict

    columns = [asdict(column) for column in found.columns.values()]
    return {
        "path": str(found.path),
        "rows": found.rows,
        "columns": columns,
        "parts": {name: len(rows) for name, rows in parts.items()},
    }


def _row(column: "Column") -> list[str]:
    return [column.name, column.kind, _holds(column), count(column.missing) if column.missing else MISSING, column.why]


def _holds(column: "Column") -> str:
    if column.classes:
        shown = ", ".join(column.classes[:6])
        return f"{shown}, … {len(column.classes)} in all" if len(column.classes) > 6 else shown
    if column.low is not None and column.high is not None:
        return f"{number(column.low)} to {number(column.high)}" + (
            f", mean {number(column.mean)}" if column.mean is not None else ""
        )
    return "×".join("?" if axis is None else str(axis) for axis in column.shape) or MISSING


def _parts_said(parts: dict[str, Any]) -> str:
    return "; " + ", ".join(f"{name} {count(len(rows))}" for name, rows in parts.items()) if parts else ""


def _balance_said(found: "Table", target: str, parts: dict[str, Any]) -> str:
    from gnomon.models.datasets.profile import balance

    counts = {"all": balance(found, target), **{name: balance(found, target, rows) for name, rows in parts.items()}}
    classes = list(counts["all"])[:_CLASSES_SHOWN]
    rows = [[name, *(count(of[name]) for of in counts.values())] for name in classes]
    more = len(counts["all"]) - len(classes)
    return aligned((target, *counts), rows, frozenset(counts)) + (f"\n… and {more} more" if more else "")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    """Yield what draws a bar for each file on standard error, where somebody is there to see it."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield None
        return
    width, shown = 30, [""]

    def draw(name: str, done: int, size: int | None) -> None:
        if shown[0] not in ("", name):
            click.echo(err=True)
        shown[0] = name
        part = done / size if size else 0.0
        bar = "#" * round(part * width) + "-" * (width - round(part * width))
        click.echo(f"\r{name} {bar if size else ''} {done / 1e6:.1f} MB ", nl=False, err=True)

    yield draw
    if shown[0]:
        click.echo(err=True)
