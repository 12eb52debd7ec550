"""What importing and using gnomon loads into a training process."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import gnomon
from gnomon.core.loaded import loaded

PROBE = """
import json, sys
before = set(sys.modules)
{code}
roots = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(json.dumps(sorted(roots - sys.stdlib_module_names - {{"gnomon"}})))
"""

LOGGING = """
import gnomon
with gnomon.init() as run:
    run.log({"x": 1, "note": "hi", "map": {"a": [1]}}, epoch=1)
"""


def packages(code: str) -> list[str]:
    """Return the packages outside the standard library that a fresh interpreter has loaded after `code`."""
    out = subprocess.run([sys.executable, "-c", PROBE.format(code=code)], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def test_importing_gnomon_loads_the_standard_library_only() -> None:
    assert packages("import gnomon") == []


@pytest.mark.parametrize("code", [LOGGING, "import gnomon.sdk.agent"], ids=["trainer", "agent"])
def test_a_trainer_and_the_agent_load_msgspec_and_nothing_more(code: str) -> None:
    assert [name for name in packages(code) if name != "typing_extensions"] == ["msgspec"]


def test_the_public_names_are_there_and_others_are_not() -> None:
    wrappers = "Audio Confusion Curve Embedding Figure File Fits Graph Histogram Html Image Images Mesh Points"
    wrappers += " Table Tensor Text Video"
    others = "Run __version__ connect current finish init log register tiles unwatch update watch"
    assert dir(gnomon) == sorted([*wrappers.split(), *others.split()])
    assert all(getattr(gnomon, name) is not None for name in dir(gnomon))
    with pytest.raises(AttributeError, match="module 'gnomon' has no attribute 'nothing'"):
        gnomon.nothing  # noqa: B018


RACE = """
import importlib, sys, threading
import gnomon

class Slow:
    # Holds up what registry.py imports, in the other thread, until told to go on.
    begun, may_go_on = threading.Event(), threading.Event()

    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread() and name.startswith("gnomon.core.records."):
            if name != "gnomon.core.records.registry":
                self.begun.set()
                self.may_go_on.wait()

sys.meta_path.insert(0, Slow())
with gnomon.init("race", name="r") as run:
    other = threading.Thread(target=importlib.import_module, args=("gnomon.core.records.registry",))
    other.start()
    Slow.begun.wait()
    for step in range(20):
        run.log({"loss": float(step), "note": f"step {step}", "nested": {"a": [step]}}, step=step)
    Slow.may_go_on.set()
    other.join()
"""


def test_values_are_logged_while_another_thread_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    subprocess.run([sys.executable, "-W", "error", "-c", RACE], check=True)
    with gnomon.connect() as lab:
        run = lab.run("race/r")
        assert run.series("loss").numpy()["value"].tolist() == list(range(20))
        assert [len(run.records(key)) for key in ("note", "nested")] == [20, 20]


def test_a_module_counts_as_loaded_once_its_import_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asking.py").write_text("from gnomon.core.loaded import loaded\nmeanwhile = loaded(__name__)\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert loaded("asking") is None
    asking = importlib.import_module("asking")
    assert asking.meanwhile is None
    assert loaded("asking") is asking
    monkeypatch.delitem(sys.modules, "asking")
