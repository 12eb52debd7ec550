"""Alerts: kept like numbers, counted on the run, and never too many."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gnomon
from gnomon.core.errors import InputError
from gnomon.sdk.alerting import AT_ONCE, EVERY_S, Alarms
from gnomon.store.home import Home
from gnomon.store.row import alerts_of


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def test_alerts_are_read_back_with_their_step_and_counted_on_the_run(home: Path) -> None:
    with gnomon.init("p", "r") as run:
        run.log({"loss": 1.0}, step=7)
        run.alert("It is slow", level="warning")
        run.alert("It broke", "the disk is full", level="error", step=9)
        run.alert("Done", level="info")
    with gnomon.connect(home=home) as lab:
        found = lab.run("p/r")
        assert found.alerts() == [
            {"step": 7, "time": found.alerts()[0]["time"], "level": "warning", "title": "It is slow", "text": ""},
            {"step": 7, "time": found.alerts()[1]["time"], "level": "info", "title": "Done", "text": ""},
            {
                "step": 9,
                "time": found.alerts()[2]["time"],
                "level": "error",
                "title": "It broke",
                "text": "the disk is full",
            },
        ]
        assert (found.row["alerts"], found.row["alert"]) == (3, "error")
        assert "gnomon/alerts" not in found.keys()  # noqa: SIM118 - a method of ours


def test_ranks_and_resumed_runs_count_together(home: Path) -> None:
    with gnomon.init("p", "r") as run:
        run.alert("one")
    with gnomon.init("p", resume=run.id) as again:
        again.alert("two", level="warning")
    with gnomon.init("p", resume=run.id, rank=1) as rank:
        rank.alert("three")
    with gnomon.connect(home=home) as lab:
        found = lab.run(run.id)
        assert sorted(alert["title"] for alert in found.alerts()) == ["one", "three", "two"]
        assert (found.row["alerts"], found.row["alert"]) == (3, "warning")


def test_what_is_no_level_and_what_cannot_be_text_does_not_reach_training(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Odd:
        def __str__(self) -> str:
            msg = "no"
            raise RuntimeError(msg)

    with caplog.at_level(logging.WARNING), gnomon.init("p", "r") as run:
        run.alert("A", "x" * 5000, level="loud")
        run.alert(Odd())  # type: ignore[arg-type]
    run.alert("after the end")
    assert caplog.messages == [
        "level: expected one of info, warning, error, received 'loud'. It is told as info.",
        "alert: RuntimeError: no. It is left out.",
    ]
    with gnomon.connect(home=home) as lab:
        (only,) = lab.run("p/r").alerts()
        assert (only["level"], len(only["text"]), only["text"][-1]) == ("info", 4000, "…")
    with pytest.raises(InputError, match="level: expected one of"), gnomon.init(strict=True, mode="offline") as run:
        run.alert("A", level="loud")


def test_too_many_are_left_out_and_the_next_one_says_how_many() -> None:
    now = [0]
    alarms = Alarms(lambda: now[0])
    taken = [alarms.take("info") for _ in range(AT_ONCE + 5)]
    assert taken == [({"info": i + 1}, 0) for i in range(AT_ONCE)] + [None] * 5
    now[0] = int(EVERY_S * 1e6)
    assert alarms.take("error") == ({"info": AT_ONCE, "error": 1}, 5)
    assert alarms.take("error") is None


def test_ten_thousand_alerts_write_few_records_and_one_names_the_others(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0]
    monkeypatch.setattr("gnomon.sdk.alerting.Alarms", lambda: Alarms(lambda: now[0]))
    with gnomon.init("p", "r") as run:
        for i in range(10_000):
            run.alert(f"number {i}")
        now[0] = 10**9
        run.alert("the last")
    with gnomon.connect(home=home) as lab:
        alerts = lab.run("p/r").alerts()
    assert len(alerts) == AT_ONCE + 1
    assert alerts[-1]["text"] == f"({10_000 - AT_ONCE} alerts before this one were too many and are left out.)"


TRAINER = """
import os, gnomon
run = gnomon.init("p", "killed")
run.log({"loss": 1.0}, step=3)
run.alert("last words", "about to be killed", level="error")
os.kill(os.getpid(), 9)
"""


def test_an_alert_survives_kill_9_right_after_it(home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", TRAINER], env=os.environ | {"GNOMON_AGENT": "off"}, check=False)
    assert done.returncode == -signal.SIGKILL
    with Home.open(home) as opened:
        opened.drain()
        (run,) = opened.engine.runs()
        assert alerts_of(run.meta) == (1, "error")
        (record,) = opened.engine.records(run.id, "gnomon/alerts")
        assert (record.step, record.kind, dict(record.meta)) == (3, "json", {"level": "error"})
        assert opened.engine.payload(run.id, record.id) == (
            b'{"title":"last words","text":"about to be killed","level":"error"}'
        )


@pytest.mark.parametrize("meta", [{}, {"alerts": 3}, {"alerts": {"a": 1}}, {"alerts": {"a": {"info": "x", "b": 2}}}])
def test_what_is_no_count_counts_nothing(meta: dict[str, object]) -> None:
    assert alerts_of(meta) == (0, None)
