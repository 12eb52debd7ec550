"""The first-run tutorial and the examples do what they say."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import gnomon

ROOT = Path(__file__).parents[2]
REFERENCES = ("data.md", "mlp.md", "models.md", "pipeline.md", "testing.md")
PAGES = [*sorted((ROOT / "docs/tutorials").glob("*.md")), *(ROOT / "docs/reference" / name for name in REFERENCES)]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _quietly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_python_of_a_tutorial_runs_in_order(page: Path, tmp_path: Path) -> None:
    script = tmp_path / "tutorial.py"
    script.write_text(text := "\n".join(_blocks(page, "python")), "utf-8")
    if "import torch" in text:
        pytest.importorskip("torch")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_of_the_first_run_show_what_it_logged(tmp_path: Path) -> None:
    script = tmp_path / "tutorial.py"
    page = ROOT / "docs/tutorials/first-run.md"
    script.write_text("\n".join(_blocks(page, "python")[:2]), "utf-8")
    subprocess.run([sys.executable, str(script)], check=True)
    commands = [line.partition("#")[0].split() for line in _blocks(page, "sh")[0].splitlines()]
    assert [command[:2] for command in commands] == [["gnomon", verb] for verb in ("ls", "ls", "show", "up")]
    for command in commands[:-1]:
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=True)
        assert done.stdout
    assert re.search(r"^train/loss .* 10  +2  ", done.stdout, re.MULTILINE), "two of ten values are infinite"


def test_the_example_trains_and_logs(home: Path) -> None:
    example = runpy.run_path(str(ROOT / "examples/digits.py"))
    example["main"](epochs=2)
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("digits")
        assert (run.state, run.last_step, run.summary["val/acc"] > 0.5) == ("finished", 180, True)


def test_the_example_of_records_logs_what_a_network_sees(home: Path) -> None:
    example = runpy.run_path(str(ROOT / "examples/records.py"))
    example["main"](epochs=2)
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("digits-seen")
        kinds = {"hidden": "embedding", "mistakes": "images", "confusion": "confusion", "filters": "images"}
        assert {key: kind for key, kind in run.keys().items() if key in kinds} == kinds
        assert run.records("hidden")[-1].value.vectors.shape == (359, 32)
        assert [record.step for record in run.records("confusion")] == [90, 180]


def test_the_reference_of_the_command_line_is_what_the_commands_say() -> None:
    command = [sys.executable, str(ROOT / "scripts/cli_reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
