"""`gnomon canvas component`: components of your own, as files, from the terminal."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gnomon.cli.options import json_option
from gnomon.cli.output import print_json

if TYPE_CHECKING:
    from gnomon.models.own.check import Checked

_MARKS: Final = {"kept": ("✓", "green"), "broken": ("✕", "red"), "skipped": ("·", "yellow")}
_TIMEOUT_S: Final = 1800
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(name="component", short_help="Components of your own: new, check.")
def command() -> None:
    r"""Write and check components of your own: one Python file each, the same class as ours.

    \b
    Examples:
      gnomon canvas component new gate.py
      gnomon canvas component check gate.py
    """


@command.command(short_help="Write a file with a component that works, with comments.")
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
def new(file: Path, force: bool) -> None:
    r"""Write FILE, with a component that is named after it.

    \b
    Example:
      gnomon canvas component new soft_gate.py
    """
    from gnomon.graph.own import snake
    from gnomon.graph.own_source import template_source

    text = template_source(snake(file.stem.replace("-", "_")))
    if file.exists() and not force:
        msg = f"{file} is there already. Name another file, or replace it with --force."
        raise click.ClickException(msg)
    file.write_text(text, "utf-8")
    click.echo(f"Wrote {file}. Change it, then: gnomon canvas component check {file}")


@command.command(short_help="Run the conformance suite on a component.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
def check(file: Path, as_json: bool) -> None:
    r"""Compare what the component in FILE infers and writes with what PyTorch and Keras make of it.

    FILE is run, in a process of its own: it is code like any other. Frameworks that are not installed are left out.

    \b
    Example:
      gnomon canvas component check gate.py
    """
    found = _checked(file)
    broken = [each for each in found.promises if each.outcome == "broken"]
    if as_json:
        import msgspec

        print_json(msgspec.to_builtins(found))
    else:
        _tell(file, found)
    if found.trouble or broken:
        sys.exit(1)


def _checked(file: Path) -> "Checked":
    import msgspec

    from gnomon.models.own.check import MODULE, Checked

    asked = [sys.executable, "-P", "-m", MODULE, str(file)]
    try:
        done = subprocess.run(asked, capture_output=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603 - ourselves
    except subprocess.TimeoutExpired:
        return Checked(trouble=f"It did not end within {_TIMEOUT_S // 60} minutes.")
    lines = done.stdout.strip().split(b"\n")
    try:
        return msgspec.json.decode(lines[-1], type=Checked)
    except msgspec.MsgspecError:
        said = done.stderr.decode(errors="replace").strip().split("\n")[-3:]
        return Checked(trouble="\n".join([f"Its process ended with {done.returncode} before it was done.", *said]))


def _tell(file: Path, found: "Checked") -> None:
    if found.trouble:
        where = f"{file}:{found.line}: " if found.line else f"{file}: "
        click.echo(click.style("✕ ", fg="red") + _printable(where + found.trouble))
        return
    click.echo(f"{found.title} ({found.name}), {file}")
    for each in found.promises:
        mark, colour = _MARKS[each.outcome]
        click.echo(f"  {click.style(mark, fg=colour)} {each.name}")
        if each.outcome != "kept":
            where = f"{file}:{each.line}: " if each.line else ""
            for line in (where + each.why).split("\n"):
                click.echo(f"      {_printable(line)}")
    broken = sum(each.outcome == "broken" for each in found.promises)
    skipped = sum(each.outcome == "skipped" for each in found.promises)
    kept = len(found.promises) - broken - skipped
    click.echo(f"{kept} kept, {broken} broken, {skipped} not checked here.")


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
