"""`gnomon models test`: a version of a model tested, and its gates asked."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from gnomon.cli.model_tests_text import gates_text, outcome_text
from gnomon.cli.options import home_option, json_option
from gnomon.cli.output import print_json

_ALL: Final = "*"
_PARTS: Final = 200


@click.command(short_help="Test a version: figures, confusion, robustness, latency.")
@click.argument("ref")
@click.option(
    "--test",
    "kind",
    type=click.Choice(["test", "robustness", "latency"]),
    default="test",
    show_default=True,
    help="Figures over rows; the same on inputs that are harmed; how long it takes.",
)
@click.option(
    "--data", "dataset", metavar="REF", help="Data to be judged by: NAME, NAME@3. Those of the version unless told."
)
@click.option("--part", type=click.Choice(["train", "validation", "test"]), help="Part of the data; test unless told.")
@click.option("--rows", type=click.IntRange(min=1), help="At most so many rows, evenly spaced.")
@click.option("--name", help="What the test is called; it takes the place of that of this name.")
@click.option(
    "--input", "inputs", multiple=True, metavar="INPUT=COLUMN,…", help="Columns that an input takes; repeatable."
)
@click.option(
    "--output", "outputs", multiple=True, metavar="OUTPUT=COLUMN", help="What an output predicts; repeatable."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of what is drawn.")
@click.option("--no-run", is_flag=True, help="Do not tell the run that the version came from.")
@click.option(
    "--gate",
    is_flag=False,
    flag_value=_ALL,
    metavar="[ALIAS]",
    help="End with status 1 when the version does not pass a gate: of this alias, or of any.",
)
@home_option
@json_option
def test(
    ref: str,
    kind: str,
    dataset: str | None,
    part: str | None,
    rows: int | None,
    name: str | None,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    seed: int,
    no_run: bool,
    gate: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    r"""Test a version on rows that it was not trained on, keep the outcome with it, and tell the run that it came from.

    Gates ask for its figures by name: `test/accuracy`, `noise/accuracy@0.2`, `latency/onnx_ms`.

    \b
    Examples:
      gnomon models test digits@champion
      gnomon models test digits@3 --test robustness --rows 1000
      gnomon models test digits --data newer-digits --part train
      gnomon models test digits@latest --gate champion
    """
    import msgspec

    from gnomon.models.testing import home as testing

    with _bar(shown=not as_json) as say:
        found = testing.run(
            ref,
            kind,
            dataset=dataset,
            part=part,
            rows=rows,
            name=name,
            inputs=_columns(inputs, "--input"),
            outputs=_columns(outputs, "--output"),
            seed=seed,
            tell_run=not no_run,
            home=home,
            say=say,
        )
    gates = [each for each in testing.gates(ref, home) if gate in (_ALL, each.alias)] if gate is not None else []
    if as_json:
        told: dict[str, Any] = {"ref": found.ref, "test": found.test, "figures": found.figures}
        print_json(told | {"report": msgspec.to_builtins(found.report), "gates": msgspec.to_builtins(gates)})
    else:
        click.echo(outcome_text(found))
        if gate is not None:
            click.echo(
                "\n" + (gates_text(gates) or f"There is no gate {'' if gate == _ALL else f'before {gate} '}yet.")
            )
    if any(not each.passed for each in gates):
        sys.exit(1)


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[float, str], None]]:
    """Yield what is told how far the test is."""
    from gnomon.models.progress import progress_bar

    done = 0
    with progress_bar(_PARTS, shown=None if shown else False, label="testing") as advance:

        def say(part: float, _: str) -> None:
            nonlocal done
            while done < min(_PARTS, round(part * _PARTS)):
                done += 1
                advance()

        yield say
        say(1.0, "done")


def _columns(said: tuple[str, ...], option: str) -> dict[str, list[str]]:
    found = {}
    for each in said:
        name, equals, columns = each.partition("=")
        if not name or not equals or not columns:
            msg = f"{option}: expected NAME=COLUMN or NAME=COLUMN,COLUMN, received {each!r:.60}."
            raise click.UsageError(msg)
        found[name] = columns.split(",")
    return found
