"""`gnomon console`."""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gnomon.cli.options import connect, home_option, json_option, run_argument

if TYPE_CHECKING:
    from gnomon.sdk.lab_run import LabRun

_AGAIN_S: Final = 0.5
RISKY: Final = re.compile(r"\x1b(?!\[[0-9;:]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")


@click.command(short_help="Show what a run printed; search it, follow it.")
@run_argument
@click.option("--grep", metavar="RE", default="", help="Only lines that this regular expression matches.")
@click.option("--fixed", is_flag=True, help="--grep is plain text.")
@click.option("--case", is_flag=True, help="Upper and lower case differ.")
@click.option("--err", "only_err", is_flag=True, help="Only lines of stderr.")
@click.option("--tail", type=click.IntRange(0, 10_000), help="Only the last so many lines.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until the run ends.")
@click.option("--numbers", "-n", is_flag=True, help="Print the number of each line, from 1 (in JSON from 0).")
@home_option
@json_option
def command(
    run: str,
    grep: str,
    fixed: bool,
    case: bool,
    only_err: bool,
    tail: int | None,
    follow: bool,
    numbers: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    r"""Show what the processes of RUN printed, as a terminal would: progress bars are their last state.

    RUN is an id, PROJECT/NAME, or a name that only one run has. With --json each line is an object of its own.

    \b
    Examples:
      gnomon console brave-otter-7 --tail 20 --follow
      gnomon console digits/brave-otter-7 --err --grep 'error|warning'
    """
    asked: dict[str, Any] = {"regex": not fixed, "case": case, "stream": "err" if only_err else None}
    first = 0
    while True:
        # Opened anew each time: without a server, nobody could write into a folder that we hold.
        with connect(home) as lab:
            found = lab.run(run)
            run, is_over = found.id, found.state != "running"
            first = _print(found, grep, asked, first, tail, numbers=numbers, as_json=as_json)
        tail = None
        if is_over or not follow:
            return
        time.sleep(_AGAIN_S)


def _print(
    run: "LabRun", grep: str, asked: dict[str, Any], first: int, tail: int | None, *, numbers: bool, as_json: bool
) -> int:
    """Print lines from number `first` on; return where to go on."""
    total = run.console().read(0, 0).total
    console = run.console(grep, **asked)
    if tail is not None:
        for line in console.tail(tail):
            _line(line, numbers=numbers, as_json=as_json)
        return total
    at = first
    while lines := [line for line in console.read(at).lines if line.n < total]:
        for line in lines:
            _line(line, numbers=numbers, as_json=as_json)
        at = lines[-1].n + 1
    return total


def _line(line: Any, *, numbers: bool, as_json: bool) -> None:
    if as_json:
        import json

        row = {"n": line.n, "time": line.time, "stream": line.stream, "text": line.text}
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    # What was printed by anybody's program may colour our terminal, and nothing else.
    text = RISKY.sub("\ufffd", line.text)
    head = click.style(f"{line.n + 1:>7} ", dim=True) if numbers else ""
    click.echo(head + text + ("\x1b[0m" if "\x1b" in text else ""))
