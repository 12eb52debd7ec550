"""What a program notes of itself, the switch, notebooks, exits, accelerators, and requests that waited."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import gnomon
from gnomon.core.clock import now_us
from gnomon.core.folder import journal_root
from gnomon.sdk.capture import helper, machine, notes
from gnomon.sdk.capture.parts import PARTS, Wanted, wanted_parts
from gnomon.sdk.notices import Notices


@pytest.mark.parametrize(
    ("given", "env", "parts"),
    [
        (None, "", PARTS),
        (None, "all", PARTS),
        (None, "off", ()),
        (None, "code, seeds", ("code", "seeds")),
        (None, "-environment,-code", ("command", "packages", "hardware", "seeds", "traceback")),
        ("code", "off", ("code",)),
        (True, "off", PARTS),
        (False, "", ()),
        (["hardware"], "", ("hardware",)),
        ("code,-code", "", ()),
    ],
)
def test_the_argument_wins_over_the_environment(given: Wanted, env: str, parts: tuple[str, ...]) -> None:
    notices = Notices(strict=True)
    assert wanted_parts(given, notices, {"GNOMON_CAPTURE": env}) == frozenset(parts)


@pytest.mark.parametrize("slip", ["-enviroment", "cod", "code,evil", 3, [4]])
def test_a_slip_captures_no_more_than_was_asked_for(slip: Any) -> None:
    notices = Notices()
    assert wanted_parts(slip, notices) == ({"code"} if slip == "code,evil" else set())
    assert notices.said[0].startswith("capture: expected names among command, code, ")


def test_a_seed_is_taken_from_the_config_or_from_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert notes.chosen_seed(notes.seeds({"lr": 1, "train": {"random_state": 5}})) == 5
    assert notes.chosen_seed(notes.seeds({"seed": True})) is None
    first, same = notes.seeds({}), notes.seeds({})
    assert first == same
    assert {"python_state", "numpy_state"} <= first.keys() | {"numpy_state"}


def test_torch_tells_its_seed_only_when_somebody_set_it() -> None:
    torch = pytest.importorskip("torch")
    state = torch.get_rng_state()
    try:
        torch.manual_seed(7)
        assert notes.chosen_seed(notes.seeds({})) == 7
        assert notes.chosen_seed(notes.seeds({"seed": 2})) == 2
        torch.manual_seed(torch.Generator().initial_seed())  # what a generator has that nobody seeded
        assert notes.chosen_seed(notes.seeds({})) is None
    finally:
        torch.set_rng_state(state)


def test_a_watched_model_tells_how_many_parameters_it_has(home: Path) -> None:
    torch = pytest.importorskip("torch")
    run = gnomon.init("p")
    run.watch(torch.nn.Linear(3, 4))
    run.finish()
    with gnomon.connect(home=home) as lab:
        assert lab.run(run.id).meta["parameters"] == 16


def test_cells_of_a_notebook_are_the_script(home: Path) -> None:
    pytest.importorskip("IPython")
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.user_ns["__vsc_ipynb_file__"] = "/lab/study.ipynb"
for cell in ("x = 1", "import gnomon", "run = gnomon.init('p', capture='code')", "token = 'hf_abcdefghijklmnopqrstuvw'", "run.finish()"):
    shell.run_cell(cell, store_history=True).raise_error()
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    subprocess.run(command, check=True, env=quiet(home), capture_output=True)
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("p")
        record = lab.run(run.id).records("gnomon/code/script")[-1]
        meta, cells = record.meta, record.value.split("\n\n")
    assert meta == {"notebook": "/lab/study.ipynb"}
    assert cells == [
        "# In [1]:\nx = 1",
        "# In [2]:\nimport gnomon",
        "# In [3]:\nrun = gnomon.init('p', capture='code')",
        "# In [4]:\ntoken = '[masked]'",
        "# In [5]:\nrun.finish()",
    ]


def test_a_program_from_standard_input_has_no_script(home: Path) -> None:
    code = "import gnomon; gnomon.init('p', capture='command').finish()"
    subprocess.run([sys.executable], input=code, text=True, check=True, env=quiet(home), capture_output=True)
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("p")
        meta = lab.run(run.id).meta
    assert ("script" in meta, meta["command"]) == (False, [sys.executable])


def quiet(home: Path) -> dict[str, str]:
    """Return an environment in which no process of ours is started: what stands in the way of a helper is a file."""
    home.mkdir(exist_ok=True)
    (home / "capture").touch()
    return {**os.environ, "GNOMON_HOME": str(home), "GNOMON_AGENT": "off", "GNOMON_CAPTURE": "off"}


@pytest.mark.parametrize(
    ("ending", "state", "error"),
    [
        ("sys.exit(2)", "failed", "SystemExit: 2"),
        ("sys.exit('no data')", "failed", "SystemExit: no data"),
        ("sys.exit()", "finished", None),
        ("sys.exit(0)", "finished", None),
        ("try:\n    sys.exit(1)\nexcept SystemExit:\n    run.log({'x': 2})", "finished", None),
        ("thread = threading.Thread(target=sys.exit, args=(3,)); thread.start(); thread.join()", "finished", None),
    ],
)
def test_a_program_that_leaves_with_a_status_has_failed(home: Path, ending: str, state: str, error: str | None) -> None:
    code = f"import sys, threading, gnomon\nrun = gnomon.init('p')\nrun.log({{'x': 1}})\n{ending}\n"
    subprocess.run([sys.executable, "-c", code], check=False, env=quiet(home), capture_output=True)
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("p")
        assert (run.state, run.error) == (state, error)


GPUS = """0, NVIDIA H100 80GB HBM3, 81559, 550.54.15, GPU-5fd1e3a6-8a1b, 9.0
1, NVIDIA H100 80GB HBM3, 81559, 550.54.15, GPU-aaaa1111-0000, 9.0
2, Tesla T4, 15360, 550.54.15, GPU-bbbb2222-0000, 7.5
"""


@pytest.mark.parametrize(
    ("visible", "gpu"),
    [
        (None, "2 x NVIDIA H100 80GB HBM3, Tesla T4"),
        ("0,1", "2 x NVIDIA H100 80GB HBM3"),
        ("2", "Tesla T4"),
        ("GPU-aaaa1111", "NVIDIA H100 80GB HBM3"),
        ("", None),
    ],
)
def test_the_accelerators_that_are_visible_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str | None, gpu: str | None
) -> None:
    (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\ncat <<'END'\n{GPUS}END\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = machine.describe({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})
    told = machine.facts(found).get("gpu")
    assert (told and told.replace("\u00d7", "x")) == gpu
    assert [one["memory"] >> 30 for one in found["gpus"]] == [79, 79, 15]


def test_accelerators_that_do_not_answer_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho NVIDIA-SMI has failed: no driver\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = machine.describe({})
    assert (found.get("gpus"), found["gpu_problem"]) == (None, "nvidia-smi: NVIDIA-SMI has failed: no driver")


def request(run: Any, **more: Any) -> dict[str, Any]:
    made = {"run": run.id, "project": run.project, "name": run.name, "to": None, "parts": ["hardware"], "details": {}}
    return {**made, "script": None, "folders": [], "sys_path": [], "git_limit_s": 1.0, "us": now_us(), **more}


def test_a_request_that_waited_says_so(home: Path) -> None:
    run = gnomon.init("p")
    helper.serve(home, request(run, us=now_us() - 75_000_000))
    run.finish()
    with gnomon.connect(home=home) as lab:
        (problem,) = lab.run(run.id).captured.environment["problems"]
    assert problem.startswith("The look around came 75 s after the run began")


def test_one_look_that_fails_takes_no_other_with_it(home: Path) -> None:
    run = gnomon.init("p")
    helper.serve(home, request(run, parts=["code", "hardware", "packages"], script="\0", sys_path=None))
    run.finish()
    with gnomon.connect(home=home) as lab:
        known = lab.run(run.id).captured.environment
    assert known["machine"]["host"]
    assert [problem.split(":")[:2] for problem in known["problems"]] == [["packages", " TypeError"]]


def test_what_the_helper_finds_goes_where_the_run_goes(home: Path) -> None:
    run = gnomon.init("p", url="http://127.0.0.1:1")
    to = json.dumps({"url": "http://127.0.0.1:1", "token": "t"})
    helper.serve(home, request(run, to=to))
    beside = {path.stem: path.read_text() for path in (journal_root(home) / run.id).glob("*.to")}
    assert len(beside) == 2
    assert to in beside.values()
