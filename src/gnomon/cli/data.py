"""`gnomon data`: data sets from the terminal: what they hold, what to beware of, registered and versioned; known ones fetched."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from gnomon.cli import data_windows
from gnomon.cli.data_said import said_options, wishes_of
from gnomon.cli.data_shown import print_findings, print_profile
from gnomon.cli.numbers import MISSING, count, many
from gnomon.cli.options import home_option, json_option
from gnomon.cli.output import print_json
from gnomon.cli.table import table as aligned

_FOLDER = "data"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(@[0-9a-f]+)?\Z")


@click.group(short_help="Data sets: show, register, ls, versions, rm, get.")
def command() -> None:
    r"""Look at data before training on them, keep them under a name with what is done to them, and fetch known ones.

    \b
    Examples:
      gnomon data show patients.csv --target outcome --split grouped:patient
      gnomon data register patients.csv --target outcome --transform age=standard
      gnomon data get mnist --from /media/usb/mnist
    """


def complete_known(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Suggest the data sets that are known by name."""
    from gnomon.models.datasets.catalog import CATALOG

    return [CompletionItem(each.name, help=each.title) for each in CATALOG.values() if each.name.startswith(incomplete)]


command.add_command(data_windows.command)


@command.command(short_help="Columns, types, classes, gaps, parts, and what to beware of.")
@click.argument("data")
@said_options
@home_option
@json_option
def show(data: str, home: Path | None, as_json: bool, **said: Any) -> None:
    r"""Show what DATA hold: a registered name such as mnist or mnist@2, or a path.

    A path is of a CSV, TSV, Parquet, npz or npy file, a folder of IDX files or of pictures. Pictures lie in a folder for each class, in `images` and `masks`, or are named by a CSV of boxes. Exit status 0
    whatever is found: what to beware of is for you to judge.

    \b
    Examples:
      gnomon data show flowers.csv --target species
      gnomon data show digits
      gnomon data show visits.parquet --target outcome --split time:day --json
    """
    import msgspec

    from gnomon.models.datasets import home as datasets
    from gnomon.models.datasets import service
    from gnomon.models.datasets.registry import plain

    if is_registered(data, home):
        spec = datasets.find(data, home)
        found = service.profile({"spec": plain(spec), "home": str(_home(home))}, _silent)
        found |= {"ref": spec.ref}
    else:
        wishes = msgspec.to_builtins(wishes_of(said))
        found = service.look({"path": datasets.absolute(data), "wishes": wishes, "home": str(_home(home))}, _silent)
    if as_json:
        print_json(found)
        return
    print_profile(data, found)


@command.command(short_help="Keep data under a name, or a new version of them.")
@click.argument("path")
@click.option("--name", help="What they are called. Default: the name of the file.")
@click.option("--note", default="", help="What to remember of this version.")
@said_options
@home_option
@json_option
def register(path: str, name: str | None, note: str, home: Path | None, as_json: bool, **said: Any) -> None:
    r"""Keep the data at PATH under a name: types, split, transforms and a fingerprint of their rows. Files stay where they are.

    What is not said is told from the data. A name that is there already gets a new version when a model would see other
    numbers: other rows, types, split or transforms.

    \b
    Examples:
      gnomon data register flowers.csv --target species
      gnomon data register photos/ --name pets --transform image=resize=64x64,scale,flip=horizontal,rotate=15
      gnomon data register visits.csv --name visits --target outcome --split grouped:patient --note "without March"
    """
    from gnomon.models.datasets import home as datasets
    from gnomon.models.datasets.describing import proposed_name

    place = datasets.absolute(path)
    with datasets.shelf(home) as shelf:
        found = shelf.register(name or proposed_name(place), place, wishes_of(said), note)
    if as_json:
        print_json(found)
        return
    what = (
        "registered" if found["made"] and found["version"] == 1 else "a new version" if found["made"] else "as it was"
    )
    click.echo(f"{found['name']}@{found['digest']}: {what}, version {found['version']}; {many(found['rows'], 'row')}.")
    for sentence in found["notes"]:
        click.echo(f"  {sentence}")
    print_findings(found["findings"])


@command.command(short_help="Versions of a data set, with what each changed.")
@click.argument("name")
@home_option
@json_option
def versions(name: str, home: Path | None, as_json: bool) -> None:
    r"""List the versions of the data set NAME, newest first. Runs and graphs keep name@digest.

    \b
    Example:
      gnomon data versions flowers
    """
    from gnomon.models.datasets import home as datasets

    with datasets.shelf(home) as shelf:
        found = shelf.versions(name)
    if as_json:
        print_json(found)
        return
    rows = [
        [str(r["number"]), r["digest"], _when(r["time"]), " ".join([*r["changes"], r["note"]]).strip()] for r in found
    ]
    click.echo(aligned(("version", "digest", "made", "what changed"), rows, frozenset({"version"})))


@command.command(short_help="Take a data set out of the list; files and versions stay.")
@click.argument("name")
@home_option
def rm(name: str, home: Path | None) -> None:
    r"""Take the data set NAME out of the list. Its files stay, and so do its versions: runs that used one can still name it.

    \b
    Example:
      gnomon data rm flowers
    """
    from gnomon.models.datasets import home as datasets

    with datasets.shelf(home) as shelf:
        shelf.delete(name)
    click.echo(f"{name} is out of the list. Its files stay; register them again to have it back.")


@command.command(short_help="Fetch a known data set, its files compared with checksums, and register it.")
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
    r"""Fetch the data set NAME, from its makers' server or from a folder, and register it. What is there and right stays.

    \b
    Examples:
      gnomon data get mnist
      gnomon data get fashion-mnist --from ../shared/data/fashion-mnist --to ./data
    """
    from gnomon.models.datasets import home as datasets
    from gnomon.models.datasets.catalog import known
    from gnomon.models.datasets.describing import Wishes
    from gnomon.models.datasets.fetch import fetch

    wanted = known(name)
    with _progress(quiet=as_json) as progress:
        done = fetch(wanted, to or _home(home) / _FOLDER / name, origin, progress)
    with datasets.shelf(home) as shelf:
        row = shelf.register(name, datasets.absolute(done.folder), Wishes(), wanted.title)
    ref = f"{name}@{row['digest']}"
    if as_json:
        print_json(
            {"name": name, "folder": str(done.folder), "new": list(done.new), "kept": list(done.kept), "ref": ref}
        )
        return
    click.echo(f"{name}: {wanted.title}. {wanted.source}; {wanted.licence}.")
    click.echo(
        f"{many(len(done.new), 'file')} fetched, {len(done.kept)} there already, all as they should be: {done.folder}"
    )
    click.echo(f"Registered as {ref}. Look at it with: gnomon data show {name}")


@command.command(short_help="Registered data sets, and known ones that could be fetched.")
@home_option
@json_option
def ls(home: Path | None, as_json: bool) -> None:
    r"""List the registered data sets, and those that `gnomon data get` can fetch.

    \b
    Example:
      gnomon data ls
    """
    from gnomon.models.datasets import home as datasets
    from gnomon.models.datasets.catalog import CATALOG

    with datasets.shelf(home) as shelf:
        rows = [{key: value for key, value in row.items() if key != "thumbnails"} for row in shelf.listed()]
    names = {row["name"] for row in rows}
    others = [
        {"name": each.name, "title": each.title, "licence": each.licence}
        for each in CATALOG.values()
        if each.name not in names
    ]
    if as_json:
        print_json({"datasets": rows, "known": others})
        return
    shown = [
        [r["name"], str(r["version"]), r["digest"], count(r["rows"]), ", ".join(r["target"]), r["path"]] for r in rows
    ]
    click.echo(aligned(("name", "version", "digest", "rows", "target", "path"), shown, frozenset({"version", "rows"})))
    for each in others:
        click.echo(f"  gnomon data get {each['name']}: {each['title']} ({each['licence']})")


def _home(home: Path | None) -> Path:
    from gnomon.core.settings import Settings

    return Settings.from_env(home).home


def is_registered(text: str, home: Path | None = None) -> bool:
    """Tell whether a text names a data set: one that is registered, or where no file of that name is either.

    A file beside it that is called the same is meant by `./name`.
    """
    if _NAME.match(text) is None:
        return False
    if not Path(text).exists():
        return True
    from gnomon.core.errors import NotFoundError
    from gnomon.models.datasets.home import find

    try:
        find(text, home)
    except NotFoundError:
        return False
    return True


def _silent(_: float, __: str) -> None:
    return None


def _when(time: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M") if time else MISSING


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
