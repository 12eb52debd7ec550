"""`gnomon run`."""

import codecs
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn

import click

from gnomon.cli.options import home_option
from gnomon.core.errors import InputError

if TYPE_CHECKING:
    from gnomon.sdk.run import Run

_READ_BYTES: Final = 1 << 16
_LOOK_S: Final = 1.0
_LAST_S: Final = 1.0
"""For a process that outlives the program and holds its pipes."""


@click.command(
    short_help="Run any program and keep what it prints.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--project", help="Project of the run. Default: what the program says, else `default`.")
@click.option("--name", help="Name of the run. Default: what the program says, else made up.")
@click.option("--group", help="Group of the run.")
@click.option("--tag", "tags", multiple=True, help="Label of the run; may be given several times.")
@click.option("--config", "pairs", multiple=True, metavar="KEY=VALUE", help="A value of the config, as JSON or text.")
@home_option
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD")
def command(
    project: str | None,
    name: str | None,
    group: str | None,
    tags: tuple[str, ...],
    pairs: tuple[str, ...],
    home: Path | None,
    words: tuple[str, ...],
) -> None:
    r"""Run CMD, a program in any language, as a run: what it prints is the run's console, how it ends is its state.

    When CMD calls `gnomon.init`, it logs into this run. GNOMON_RUN is the run's id in its environment. Exit status is
    that of CMD, or 128 and the number of the signal that ended it; 127 when there is no such program and 126 when it
    cannot be executed, as in a shell.

    \b
    Examples:
      gnomon run -- python train.py --lr 0.1
      gnomon run --project speech --config lr=0.1 -- ./train.sh
    """
    import gnomon
    from gnomon.sdk.capture.masking import mask_command
    from gnomon.sdk.capture.parts import wanted_parts
    from gnomon.sdk.notices import Notices

    _check(words[0])
    config = dict(_pair(pair) for pair in pairs)
    run = gnomon.init(project or "default", name, config, group, tags, home=home, console=False)
    if "command" in wanted_parts(None, Notices()):
        run.annotate({"command": mask_command(words), "script": None})
    status = _follow(run, words, is_named=project is not None or name is not None)
    state, error = _ending(status)
    run.finish(state, error)
    sys.exit(status if status >= 0 else 128 - status)


def _refuse(message: str, status: int) -> NoReturn:
    """End as a shell would for what it cannot start."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(status)


def _check(word: str) -> None:
    """Refuse what cannot be started, before there is a run."""
    if shutil.which(word) is not None:
        return
    found = word if os.path.dirname(word) else shutil.which(word, os.F_OK)  # noqa: PTH120 - "./x" and "x" are not the same
    if found is None or not os.path.exists(found):  # noqa: PTH110 - as the line above
        msg = f"No program {word!r:.80} on PATH. Write what you would type in the shell: gnomon run -- python train.py."
        _refuse(msg, 127)
    if os.path.isdir(found):  # noqa: PTH112 - as above
        msg = f"{word!r:.80} is a folder. Write what you would type in the shell: gnomon run -- python train.py."
        _refuse(msg, 126)
    msg = f"{found!r:.200} may not be executed. Make it executable (chmod +x), or name what reads it: gnomon run -- python {word:.80}."
    _refuse(msg, 126)


def _pair(text: str) -> tuple[str, Any]:
    import json

    key, is_there, value = text.partition("=")
    if not key or not is_there:
        msg = f"config: expected KEY=VALUE, received {text!r:.80}."
        raise InputError(msg, field="config")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _follow(run: "Run", words: tuple[str, ...], *, is_named: bool) -> int:
    """Run the program to its end and copy what it prints; return its exit status, negative for a signal."""
    environment = {**os.environ, "GNOMON_RUN": run.id, "GNOMON_WRAPPED": run.id, "GNOMON_CONSOLE": "off"}
    environment["GNOMON_HOME"] = str(run.home)
    if is_named:
        environment["GNOMON_WRAPPED_NAMED"] = "1"
    # A Ctrl-C goes to the program too; we stay to see how it takes it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = subprocess.Popen(  # noqa: S603 - the program is what was asked for
        words,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        preexec_fn=_restore if hasattr(os, "fork") else None,  # noqa: PLW1509 - no threads yet
    )
    signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
    assert process.stdout is not None
    assert process.stderr is not None
    streams: list[tuple[int, Any, Any]] = [(0, process.stdout, sys.stdout), (1, process.stderr, sys.stderr)]
    threads = [threading.Thread(target=_copy, args=(run, *stream), daemon=True) for stream in streams]
    for thread in threads:
        thread.start()
    status = process.wait()
    until = time.monotonic() + _LAST_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return status


def _restore() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class _Passed:
    """Stands for a stream that somebody else has written to."""

    def write(self, _: str) -> None:
        return

    def flush(self) -> None:
        return


def _copy(run: "Run", number: int, source: BinaryIO, terminal: Any) -> None:
    """Pass on what a pipe gives, as it comes, and copy it into the run."""
    from gnomon.sdk.console import Tap

    tap = Tap(number, _Passed(), run.tell_console)
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    out = terminal.buffer
    while True:
        ready, _, _ = select.select([source], [], [], _LOOK_S)
        if ready:
            data = os.read(source.fileno(), _READ_BYTES)
            if not data:
                break
            out.write(data)
            out.flush()
            tap.copy(decode(data))
        tap.flush()
    tap.copy(decode(b"", final=True))
    tap.settle()


def _ending(status: int) -> tuple[str, str | None]:
    """Return state and error of a run whose program ended with a status.

    Example:
        >>> _ending(0), _ending(3), _ending(-9)
        (('finished', None), ('failed', 'exit status 3'), ('killed', 'ended by SIGKILL'))
    """
    if status == 0:
        return "finished", None
    if status > 0:
        return "failed", f"exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return "killed", f"ended by {name}"
