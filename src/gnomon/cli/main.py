"""The `gnomon` command: finds the file of a subcommand when it is asked for, and says errors in one sentence."""

import io
import os
import sys
from importlib import import_module
from typing import Any, Final

import click

from gnomon import __version__
from gnomon.core.errors import GnomonError

COMMANDS: Final = (
    *("up", "demo", "run", "ls", "show", "console", "query", "leaderboard", "compare", "export", "delete"),
    *("doctor", "backup", "restore", "sync", "replicate", "token"),
    *("canvas", "data", "train", "sweep", "jobs", "models", "endpoints", "serve", "completion", "version"),
)
"""Each command, which is also the module of this package that holds it; in the order of `--help`."""


class Commands(click.Group):
    """A group whose commands are imported one by one, so that each starts with only what it needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f"gnomon.cli.{cmd_name}").command
        assert isinstance(found, click.Command)
        # A raw docstring spells click's mark for "do not wrap" with two characters.
        for each in (found, *(found.commands.values() if isinstance(found, click.Group) else ())):
            each.help = (each.help or "").replace("\\b\n", "\b\n")
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn what went wrong into one sentence, unless GNOMON_DEBUG asks for the traceback."""
        try:
            return super().invoke(ctx)
        except (GnomonError, OSError) as error:
            if os.environ.get("GNOMON_DEBUG") or isinstance(error, BrokenPipeError):
                raise
            raise click.ClickException(_sentence(error)) from error


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `gnomon demo`, or `gnomon up` and the three lines of Python it shows.",
)
@click.version_option(__version__, message="%(version)s")
def cli() -> None:
    """Log, watch, rank and compare deep-learning runs: one folder, no account.

    Everything lives in a home folder: --home, GNOMON_HOME, or ~/.gnomon. Commands talk to the server of that
    folder when it is up, and open the folder themselves when it is not.
    """


def main() -> None:
    """Run the command line. Exit status: 0 done, 1 failed, 2 wrongly called."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign gets a question mark
    cli(prog_name="gnomon")


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, GnomonError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return str(error) or type(error).__name__
