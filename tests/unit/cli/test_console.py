"""`gnomon console`: what a run printed, in a terminal."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gnomon.cli import console
from gnomon.cli.main import cli
from gnomon.core.batch import Batch, Change, Console, Frame
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.store.home import Home

US = 1_790_000_000_000_000


@pytest.fixture
def run(home: Path) -> str:
    opened = Open(run=run_id(), project="p", writer="w" * 12, name="one", us=US)
    items = (
        Console(US, 0, "epoch 1\n\x1b[31mepoch\x1b[0m 2\n"),
        Console(US, 1, "Error: no\x07\x9b2J\n"),
        Console(US, 0, "last"),
    )
    with Home.open(home) as found:
        found.submit([Batch(opened.run, opened.writer, 0, 1, items, opened=opened)])[0].result()
    return opened.run


def ask(*words: str) -> list[str]:
    """Return the lines that the command prints."""
    result = CliRunner().invoke(cli, ["console", "one", *words], color=True)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_lines_are_printed_with_their_colours_and_without_what_else_a_terminal_obeys(run: str) -> None:
    assert run
    red = "\x1b[31mepoch\x1b[0m 2\x1b[0m"
    assert ask() == ["epoch 1", red, "Error: no\ufffd\ufffd2J"]
    assert ask("--tail", "1") == ask("--err") == ["Error: no\ufffd\ufffd2J"]
    assert ask("--grep", "EPOCH .$") == ["epoch 1", red]
    assert ask("--grep", "EPOCH .$", "--case") == ask("--grep", "h .", "--fixed") == []
    assert ask("--grep", "1", "-n") == ["\x1b[2m      1 \x1b[0mepoch 1"]
    assert [json.loads(line) for line in ask("--grep", "1", "--json")] == [
        {"n": 0, "time": US / 1e6, "stream": "out", "text": "epoch 1"}
    ]
    failed = CliRunner().invoke(cli, ["console", "one", "--grep", "("])
    assert (failed.exit_code, "does not compile" in failed.output) == (1, True)


def test_what_comes_is_followed_until_the_run_ends(run: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [(Console(US, 0, " line\nnext\n"),), (Console(US, 0, "end"), Change(US, {"state": "finished"}))]

    def later(_: float) -> None:
        with Home.open(home) as found:
            place = 3 - len(pieces)
            found.submit([Batch(run, "w" * 12, place, place + 1, pieces.pop(0))])[0].result()

    monkeypatch.setattr(console.time, "sleep", later)
    assert ask("--follow", "--tail", "1") == ["Error: no\ufffd\ufffd2J", "last line", "next", "end"]
    assert pieces == []


def test_what_the_machine_did_is_shown_when_it_is_asked_for(run: str, home: Path) -> None:
    step = np.arange(2, dtype=np.int64)
    frames = [Frame((key,), step, US + step, np.zeros((1, 2))) for key in ("loss", "system/cpu")]
    with Home.open(home) as found:
        found.submit([Batch(run, "w" * 12, 1, 2, tuple(frames))])[0].result()
    shown = {asked: CliRunner().invoke(cli, ["show", "one", *asked]).output for asked in [(), ("--keys", "system/*")]}
    assert [("loss" in text, "system/cpu" in text) for text in shown.values()] == [(True, False), (False, True)]
