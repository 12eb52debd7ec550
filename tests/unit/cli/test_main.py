"""The command starts quickly, lists what there is, and says errors in one sentence."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from gnomon.cli.main import COMMANDS, Commands, cli
from gnomon.core.errors import NotFoundError


def _failing(error: Exception) -> Commands:
    def fail() -> None:
        raise error

    group = Commands(name="gnomon")
    group.get_command = lambda _context, _name: click.Command("fail", callback=fail)  # type: ignore[method-assign]
    return group


def test_help_lists_every_command_with_a_line_of_its_own() -> None:
    shown = CliRunner().invoke(cli, ["--help"])
    assert shown.exit_code == 0
    listed = [line.split(maxsplit=1) for line in shown.output.partition("Commands:\n")[2].split("\n\n")[0].splitlines()]
    assert [name for name, *_ in listed] == list(COMMANDS)
    assert all(len(line) == 2 for line in listed)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_a_sentence(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"])
    assert shown.exit_code == 0
    assert f"Usage: cli {name}" in shown.output
    assert len(shown.output.splitlines()[2].split()) >= 4


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom gnomon.cli.main import cli\n"
        "for args in (['--help'], ['ls', '--help'], ['up', '--help'], ['demo', '--help']):\n"
        "    assert CliRunner().invoke(cli, args).exit_code == 0\n"
        "print(sorted({'numpy', 'apsw', 'fastapi', 'uvicorn', 'pydantic', 'rich', 'asyncio'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_an_error_is_one_sentence_without_traceback() -> None:
    shown = CliRunner().invoke(_failing(NotFoundError('No run "x".')), ["fail"])
    assert (shown.exit_code, shown.output) == (1, 'Error: No run "x".\n')


def test_an_error_of_the_system_names_the_file() -> None:
    shown = CliRunner().invoke(_failing(PermissionError(13, "Permission denied", "/lab")), ["fail"])
    assert (shown.exit_code, shown.output) == (1, "Error: /lab: Permission denied.\n")


def test_debugging_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_DEBUG", "1")
    shown = CliRunner().invoke(_failing(NotFoundError("gone")), ["fail"])
    assert isinstance(shown.exception, NotFoundError)


def test_an_unknown_command_is_a_wrong_call() -> None:
    shown = CliRunner().invoke(cli, ["lss"])
    assert shown.exit_code == 2
    assert "No such command 'lss'" in shown.output


def test_the_version_is_that_of_the_package() -> None:
    import gnomon

    for asked in ("version", "--version"):
        assert CliRunner().invoke(cli, [asked]).output == f"{gnomon.__version__}\n"


def test_tokens_are_long_and_never_the_same() -> None:
    first, second = (CliRunner().invoke(cli, ["token"]).output.strip() for _ in range(2))
    assert len(first) >= 32
    assert first != second


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed_for_each_shell(shell: str) -> None:
    shown = CliRunner().invoke(cli, ["completion", shell])
    assert shown.exit_code == 0
    assert "_GNOMON_COMPLETE" in shown.output


def test_an_unknown_shell_is_refused_with_the_known_ones() -> None:
    shown = CliRunner().invoke(cli, ["completion", "tcsh"])
    assert shown.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in shown.output
