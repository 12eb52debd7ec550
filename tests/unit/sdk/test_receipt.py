"""Ending a run in bounded time, whatever the disk or the agent does."""

import os
import threading
import time
from pathlib import Path

import pytest

import gnomon
from gnomon.core.folder import Listing, journal_root
from gnomon.sdk import receipt


def test_finish_returns_although_the_disk_hangs(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run, answers, real = gnomon.init(), threading.Event(), os.write
    run.log({"x": 1})

    def hang(descriptor: int, data: bytes) -> int:
        answers.wait(60)
        return real(descriptor, data)

    monkeypatch.setattr("gnomon.sdk.writer.os.write", hang)
    monkeypatch.setattr("gnomon.sdk.run.FINISH_S", 0.05)
    run.finish()
    assert caplog.messages == [f"Run {run.name} is not yet on {home}; it goes on in the background."]
    answers.set()
    for thread in threading.enumerate():
        if thread.name == "gnomon-close":
            thread.join()
    assert run._writer.closed


def test_finish_ends_as_soon_as_the_agent_says_that_the_server_has_everything(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = gnomon.init(url="http://127.0.0.1:9")
    monkeypatch.delenv("GNOMON_AGENT")
    [file] = Listing(journal_root(home)).refresh()

    def acknowledge() -> None:
        while not file.beside(".wait").exists():
            time.sleep(0.001)
        receipt.acknowledge(file.beside(".wait"))

    agent = threading.Thread(target=acknowledge)
    agent.start()
    run.finish()
    agent.join()
    assert caplog.messages == []


def test_nobody_waiting_is_no_trouble_for_the_agent(tmp_path: Path) -> None:
    receipt.acknowledge(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    receipt.acknowledge(tmp_path / "pipe")
    (tmp_path / "file").touch()
    receipt.acknowledge(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() in (b"", b"!")
