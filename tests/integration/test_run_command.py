"""`gnomon run -- CMD`: any program as a run."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import gnomon

COMMAND = [sys.executable, "-c", "from gnomon.cli.main import main; main()", "run"]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def ran(*words: str) -> tuple[int, str, str]:
    """Run a program under gnomon; return status, stdout and stderr."""
    done = subprocess.run([*COMMAND, *words], capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode()


def read(home: Path) -> dict[str, Any]:
    """Return what is known of the only run."""
    with gnomon.connect(home=home) as lab:
        (project,) = lab.projects()
        (run,) = lab.runs(project["name"])
        found = {
            "project": run.project, "name": run.name, "state": run.state, "error": run.error, "config": run.config,
            "console": [(line.stream, line.text) for line in run.console()], "tags": run.tags,
            "series": {key: s.last for key, s in run.stats().items()},
        }  # fmt: skip
        assert run.console().open == []
        return found


def test_a_program_in_any_language_is_a_run(home: Path) -> None:
    script = "echo one; echo $GNOMON_RUN | wc -c; printf '\\r10%%\\r100%%' >&2; echo >&2; printf 'caf\\351'; exit 3"
    named = ["--project", "shell", "--name", "first", "--config", "lr=0.1", "--config", "opt=adam", "--tag", "x"]
    status, out, err = ran(*named, "--", "sh", "-c", script)
    assert (status, out.splitlines()[:2], err) == (3, ["one", "21"], "\r10%\r100%\n")
    found = read(home)
    console = found.pop("console")
    assert sorted(console) == [("err", "100%"), ("out", "21"), ("out", "caf\ufffd"), ("out", "one")]
    assert found == {
        "project": "shell", "name": "first", "state": "failed", "error": "exit status 3", "tags": ["x"],
        "config": {"lr": 0.1, "opt": "adam"}, "series": {},
    }  # fmt: skip


def test_a_program_that_logs_does_so_into_the_same_run(home: Path) -> None:
    code = """
import gnomon
with gnomon.init("digits", name="mine", config={"lr": 0.5}) as run:
    print("training")
    run.log({"loss": 0.25}, step=7)
print("after")
"""
    status, out, err = ran("--", sys.executable, "-c", code)
    assert (status, out, err) == (0, "training\nafter\n", "")
    assert read(home) == {
        "project": "digits", "name": "mine", "state": "finished", "error": None, "tags": [], "config": {"lr": 0.5},
        "console": [("out", "training"), ("out", "after")], "series": {"loss": 0.25},
    }  # fmt: skip


def test_what_was_named_on_the_command_line_keeps_its_name(home: Path) -> None:
    code = "import gnomon\ngnomon.init('digits', name='mine').log({'loss': 1.0})\ngnomon.init('other').log({'x': 1.0})"
    assert ran("--project", "chosen", "--", sys.executable, "-c", code)[0] == 0
    with gnomon.connect(home=home) as lab:
        assert sorted(project["name"] for project in lab.projects()) == ["chosen", "other"]
        (run,) = lab.runs("chosen")
        assert (run.state, list(run.stats())) == ("finished", ["loss"])


def test_a_signal_ends_the_program_and_the_run(home: Path) -> None:
    with subprocess.Popen([*COMMAND, "--", "sh", "-c", "echo begun; exec sleep 60"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    found = read(home)
    assert (found["state"], found["error"]) == ("killed", "ended by SIGTERM")


def test_a_pipe_that_a_grandchild_keeps_holds_nobody_up(home: Path) -> None:
    script = "sleep 60 & echo $!"
    status, out, _ = ran("--", "sh", "-c", script)
    os.kill(int(out), signal.SIGKILL)
    assert (status, read(home)["state"]) == (0, "finished")


def test_what_cannot_be_run_makes_no_run_and_ends_as_a_shell_would(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.sh"
    for word, expected, says in (
        ("no-such-program", 127, "No program 'no-such-program' on PATH"),
        (str(script), 127, "No program"),
        (str(tmp_path), 126, "is a folder"),
    ):
        status, _, err = ran("--", word)
        assert (status, says in err, err.count("\n")) == (expected, True, 1)
    script.write_text("echo hello\n")
    status, _, err = ran("--", str(script))
    assert (status, f"'{script}' may not be executed. Make it executable (chmod +x)" in err) == (126, True)
    status, _, err = ran("--config", "lr", "--", "true")
    assert (status, "expected KEY=VALUE" in err) == (1, True)
    assert not (home / "journal").exists()
