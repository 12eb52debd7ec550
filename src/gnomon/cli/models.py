"""`gnomon models`: the registry from the terminal."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from gnomon.cli.jobs_link import complete_job
from gnomon.cli.model_tests import test
from gnomon.cli.models_text import comparison_text, exports_text, model_text, models_text, version_text
from gnomon.cli.numbers import size
from gnomon.cli.options import complete_run, home_option, json_option
from gnomon.cli.output import print_json

if TYPE_CHECKING:
    from gnomon.models.exporters.catalog import Format
    from gnomon.models.registry.record import Gate


@click.group(short_help="The registry: versions of models, aliases, gates.")
def command() -> None:
    r"""Keep versions of models, with where they come from, names that point at them, and what they must pass for it.

    REF is NAME, NAME@3, NAME@champion or NAME@<digest>; NAME alone is its newest version.

    \b
    Examples:
      gnomon models register digits model.onnx --note "first that reads sevens" --metric test/accuracy=0.97
      gnomon models gate digits champion 'test/accuracy >= 0.95'
      gnomon models alias digits champion 3
      gnomon models get digits@champion -o ./deployed
    """


command.add_command(test)


def _complete_ref(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from gnomon.core.errors import GnomonError
    from gnomon.models.registry.home import models

    try:
        with models() as found:
            listed = found.listed()
    except (GnomonError, OSError):
        return []
    name, at, _ref = incomplete.partition("@")
    if not at:
        return [model.name for model in listed if model.name.startswith(name)]
    known = next((model for model in listed if model.name == name), None)
    refs = [*known.aliases, "latest", *(str(each.number) for each in known.versions)] if known else []
    return [f"{name}@{ref}" for ref in refs if f"{name}@{ref}".startswith(incomplete)]


def _ref(function: Any) -> Any:
    return click.argument("ref", shell_complete=_complete_ref)(function)


def _name(function: Any) -> Any:
    return click.argument("name", shell_complete=_complete_ref)(function)


@command.command(short_help="List models.")
@home_option
@json_option
def ls(home: Path | None, as_json: bool) -> None:
    r"""List models, the one that changed last in front.

    \b
    Examples:
      gnomon models ls
      gnomon models ls --json | jq -r '.[].name'
    """
    from gnomon.models.registry.home import models
    from gnomon.models.registry.record import plain

    with models(home) as found:
        listed = found.listed()
    if as_json:
        print_json([plain(model) for model in listed])
    elif not listed:
        click.echo("No models yet. Register one: gnomon models register NAME PATH")
    else:
        click.echo(models_text(listed))


@command.command(short_help="Show a model, or one of its versions.")
@_ref
@home_option
@json_option
def show(ref: str, home: Path | None, as_json: bool) -> None:
    r"""Show a model with its versions, or, of NAME@REF, everything of that version.

    \b
    Examples:
      gnomon models show digits
      gnomon models show digits@champion --json
    """
    import msgspec

    from gnomon.models.registry.home import models
    from gnomon.models.registry.record import plain, read_ref

    name, which = read_ref(ref)
    with models(home) as found:
        model = found.get(name)
    if "@" not in ref:
        print_json(plain(model)) if as_json else click.echo(model_text(model))
        return
    version = model.version(which)
    if as_json:
        print_json(msgspec.to_builtins(version) | {"aliases": model.aliases_of(version.number)})
    else:
        click.echo(version_text(model, version))


@command.command(short_help="Register a version.")
@_name
@click.argument("source", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--job", help="Register what a job trained instead, by its id.", shell_complete=complete_job)
@click.option("--checkpoint", default="best", show_default=True, help="Of a job: best, last, or a step.")
@click.option("--run", help="Register files that a run logged instead, by its id.", shell_complete=complete_run)
@click.option("--key", default="models/model", show_default=True, help="Of a run: where it keeps them.")
@click.option("--note", default="", help="What to remember of it.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME=VALUE", help="A figure; repeatable.")
@click.option("--alias", "aliases", multiple=True, help="A name that is to point at it, if it passes; repeatable.")
@home_option
@json_option
def register(
    name: str,
    source: Path | None,
    job: str | None,
    checkpoint: str,
    run: str | None,
    key: str,
    note: str,
    metrics: tuple[str, ...],
    aliases: tuple[str, ...],
    home: Path | None,
    as_json: bool,
) -> None:
    r"""Register a file, all files of a folder, or what a job or run left, as the next version of NAME. Files are copied.

    \b
    Examples:
      gnomon models register digits model.onnx
      gnomon models register digits ./checkpoint --metric test/accuracy=0.97 --alias champion
      gnomon models register digits --job 01m7z2yfwa00wv50k397
      gnomon models register digits --run 01m7z2yjtatnqcq0bnk6 --key models/net
    """
    import msgspec

    from gnomon.models.registry import home as registry

    if sum(each is not None for each in (source, job, run)) != 1:
        msg = "Name a file or a folder, or say --job or --run."
        raise click.UsageError(msg)
    if checkpoint not in {"best", "last"} and not (checkpoint.isascii() and checkpoint.isdigit()):
        msg = f"--checkpoint: expected best, last or a step, received {checkpoint!r:.40}."
        raise click.UsageError(msg)
    made = registry.register(
        name,
        source,
        job=job,
        checkpoint=int(checkpoint) if checkpoint.isdigit() else msgspec.convert(checkpoint, Literal["best", "last"]),
        run=run,
        key=key,
        note=note,
        metrics=dict(_metric(each) for each in metrics),
        aliases=aliases,
        home=home,
    )
    if as_json:
        print_json(msgspec.to_builtins(made))
    else:
        click.echo(f"{name}@{made.number}  {made.digest}  {made.format}, {size(made.size_bytes)}")


@command.command(short_help="Let a name point at a version.")
@_name
@click.argument("alias")
@click.argument("version", required=False)
@click.option("--remove", is_flag=True, help="Take the alias away.")
@click.option("--force", is_flag=True, help="Though the version does not pass the gates before it.")
@home_option
def alias(name: str, alias: str, version: str | None, remove: bool, force: bool, home: Path | None) -> None:
    r"""Let ALIAS point at VERSION of NAME: a number, another alias, or latest. Gates before it are asked first.

    \b
    Examples:
      gnomon models alias digits champion 3
      gnomon models alias digits champion challenger
      gnomon models alias digits challenger --remove
    """
    from gnomon.models.registry.home import models

    if remove == (version is not None):
        msg = "Name a version, or say --remove."
        raise click.UsageError(msg)
    with models(home) as found:
        if version is None:
            found.unpoint(name, alias)
            click.echo(f"{name} has no {alias} any more.")
        else:
            at = found.point(name, alias, version, force=force).aliases[alias]
            click.echo(f"{alias} → {name}@{at}")


@command.command(short_help="Say what a version must pass.")
@_name
@click.argument("alias")
@click.argument("conditions", nargs=-1)
@home_option
def gate(name: str, alias: str, conditions: tuple[str, ...], home: Path | None) -> None:
    r"""Say what a version of NAME must pass before ALIAS may point at it; none takes the gates before it away.

    A condition is FIGURE, one of >= <= > <, and a number or an alias, whose version's figure is meant.

    \b
    Examples:
      gnomon models gate digits champion 'test/accuracy >= 0.95' 'test/accuracy > champion'
      gnomon models gate digits champion
    """
    from gnomon.models.registry.home import models

    gates = [_gate(alias, each) for each in conditions]
    with models(home) as found:
        kept = [each for each in found.get(name).gates if each.alias != alias]
        found.edit(name, text=None, tags=None, gates=[*kept, *gates])
    said = "; ".join(each.text for each in gates)
    click.echo(f"{name}@{alias} asks for {said}" if gates else f"{name}@{alias} asks for nothing.")


@command.command(short_help="Say something of a model or a version.")
@_ref
@click.argument("text")
@home_option
def note(ref: str, text: str, home: Path | None) -> None:
    r"""Say something of a model, or, of NAME@REF, of that version.

    \b
    Examples:
      gnomon models note digits "Reads handwritten digits."
      gnomon models note digits@3 "trained on twice the data"
    """
    from gnomon.models.registry.home import models
    from gnomon.models.registry.record import read_ref

    name, which = read_ref(ref)
    with models(home) as found:
        if "@" in ref:
            found.note(name, which, text)
        else:
            found.edit(name, text=text, tags=None, gates=None)


@command.command(short_help="Compare two versions.")
@_ref
@click.argument("other", shell_complete=_complete_ref)
@home_option
@json_option
def compare(ref: str, other: str, home: Path | None, as_json: bool) -> None:
    r"""Show what differs between two versions: figures, where they come from, what they compute.

    \b
    Examples:
      gnomon models compare digits@champion digits@latest
    """
    import msgspec

    from gnomon.models.registry.home import models
    from gnomon.models.registry.record import read_ref

    with models(home) as found:
        result = found.compare(read_ref(ref), read_ref(other))
    if as_json:
        print_json(msgspec.to_builtins(result))
        return
    click.echo(comparison_text(result, ref, other))


@command.command(short_help="Write the files of a version into a folder.")
@_ref
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder.")
@home_option
def get(ref: str, out: Path, home: Path | None) -> None:
    r"""Copy the files of a version into a folder, each seen to be what was registered.

    \b
    Examples:
      gnomon models get digits@champion -o ./deployed
    """
    import shutil

    from gnomon.models.registry import home as registry

    found = registry.path(ref, home)
    shutil.copytree(found, out, dirs_exist_ok=True)
    click.echo(f"{ref}: {sum(each.is_file() for each in found.rglob('*'))} files in {out}")


@command.command(short_help="Write a version in another format.")
@_ref
@click.option("--format", "form", default="bundle", show_default=True, help="What is written; --list names all.")
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder; kept with the version unless told.",
)
@click.option("--list", "listing", is_flag=True, help="Tell what this version can be written as, and what is kept.")
@home_option
@json_option
def export(ref: str, form: str, out: Path | None, listing: bool, home: Path | None, as_json: bool) -> None:
    r"""Write a version of a PyTorch or Keras model in another format, load that again, and compare both on real rows.

    Code nodes and own components of the model are run. Status 1 when what was written does not agree with the model.

    \b
    Examples:
      gnomon models export digits@champion --list
      gnomon models export digits@champion --format onnx
      gnomon models export digits@3 -o ./bundle
    """
    import sys

    from gnomon.models.exporters import catalog
    from gnomon.models.registry.home import models
    from gnomon.models.registry.record import read_ref

    name, which = read_ref(ref)
    with models(home) as registry:
        version = registry.get(name).version(which)
        if listing:
            kept = registry.exports(name, version)
            paths = [file.path for file in version.files]
            rows = [(each, catalog.why_not(each, version.format, paths)) for each in catalog.FORMATS]
            if as_json:
                print_json([_format(each, why, kept) for each, why in rows])
            else:
                click.echo(exports_text(rows, kept))
            return
        found = {} if out is not None else registry.export(name, version, form)
    if out is not None:
        found = _export_to(f"{name}@{version.number}", form, out, home)
    if as_json:
        print_json(found)
    else:
        total = found.get("size_bytes") or sum(file["size_bytes"] for file in found["files"])
        where = out or f"kept with {name}@{version.number}"
        click.echo(
            f"{form} {'in ' if out else ''}{where}: {'1 file' if len(found['files']) == 1 else str(len(found['files'])) + ' files'}, {size(total)}"
        )
        largest = "not finite" if found["largest"] is None else f"{found['largest']:.3g}"
        click.echo(f"largest difference {largest} on {found['source']}; one row in {found['latency_ms']:.3g} ms")
    if not found["agrees"]:
        click.echo("It does not agree with the model: do not use it.", err=True)
        sys.exit(1)


def _format(form: "Format", why_not: str, kept: list[dict[str, Any]]) -> dict[str, Any]:
    made = next((each for each in kept if each["format"] == form.name), None)
    return {"format": form.name, "title": form.title, "purpose": form.purpose, "why_not": why_not, "made": made}


def _export_to(ref: str, form: str, out: Path, home: Path | None) -> dict[str, Any]:
    import importlib

    import msgspec

    from gnomon.core.errors import MissingExtraError
    from gnomon.core.settings import Settings
    from gnomon.models.registry import home as registry
    from gnomon.models.registry.exported import last_test
    from gnomon.models.testing.home import opened_tests

    folder = registry.path(ref, home)
    with opened_tests(home) as known:
        tests = known.listed(*ref.split("@"))
    tested = last_test({"figures": each.figures, "report": msgspec.to_builtins(each.report)} for each in tests)
    try:
        exporting = importlib.import_module("gnomon.models.exporters.export")
    except ModuleNotFoundError as error:
        msg = f"Exporting needs {error.name}. Install gnomon[torch,onnx]."
        raise MissingExtraError(msg) from error
    place = Settings.from_env(home).home
    found = exporting.export(
        folder, out, form, place, title=ref, tested=tested, say=lambda _, text: click.echo(text, err=True)
    )
    made: dict[str, Any] = msgspec.to_builtins(found)
    return made


@command.command(short_help="See that files are what was registered.")
@_ref
@home_option
def verify(ref: str, home: Path | None) -> None:
    r"""Read all files of a version and compare them with what was registered; status 1 when one was changed.

    \b
    Examples:
      gnomon models verify digits@champion
    """
    from gnomon.models.registry import home as registry

    registry.path(ref, home)
    click.echo(f"{ref}: all files are what was registered.")


@command.command(short_help="Delete a model or a version.")
@_ref
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
def rm(ref: str, yes: bool, home: Path | None) -> None:
    r"""Delete a version and its files, or, of NAME alone, the model with all of them. What has an alias is kept.

    \b
    Examples:
      gnomon models rm digits@2
      gnomon models rm digits --yes
    """
    from gnomon.models.registry.home import models
    from gnomon.models.registry.record import read_ref

    name, which = read_ref(ref)
    with models(home) as found:
        model = found.get(name)
        what = f"{name}@{model.version(which).number}" if "@" in ref else f"{name} with {len(model.versions)} versions"
        if not yes:
            click.confirm(f"Delete {what} and its files?", abort=True)
        found.delete(name, which if "@" in ref else None)
    click.echo(f"Deleted {what}.")


def _metric(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        return name, float(value)
    except ValueError:
        msg = f"--metric: expected NAME=VALUE such as test/accuracy=0.97, received {text!r:.60}."
        raise click.UsageError(msg) from None


def _gate(alias: str, text: str) -> "Gate":
    import msgspec

    from gnomon.models.registry.record import Gate

    found = re.fullmatch(r"\s*(\S+)\s*(>=|<=|>|<)\s*(\S+)\s*", text)
    if found is None:
        msg = f"Expected a condition such as 'test/accuracy >= 0.95', received {text!r:.80}."
        raise click.UsageError(msg)
    name, goal, bar = found.groups()
    try:
        value: float | str = float(bar)
    except ValueError:
        value = bar
    return msgspec.convert({"alias": alias, "metric": name, "goal": goal, "value": value}, Gate)
