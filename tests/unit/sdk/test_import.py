"""What importing and using gnomon loads into a training process."""

import json
import subprocess
import sys

import pytest

import gnomon

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


def loaded(code: str) -> list[str]:
    """Return the packages outside the standard library that a fresh interpreter has loaded after `code`."""
    out = subprocess.run([sys.executable, "-c", PROBE.format(code=code)], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def test_importing_gnomon_loads_the_standard_library_only() -> None:
    assert loaded("import gnomon") == []


@pytest.mark.parametrize("code", [LOGGING, "import gnomon.sdk.agent"], ids=["trainer", "agent"])
def test_a_trainer_and_the_agent_load_msgspec_and_nothing_more(code: str) -> None:
    assert [name for name in loaded(code) if name != "typing_extensions"] == ["msgspec"]


def test_the_public_names_are_there_and_others_are_not() -> None:
    wrappers = "Audio Confusion Curve Embedding Figure File Fits Graph Histogram Html Image Images Mesh Points"
    wrappers += " Table Tensor Text Video"
    others = "Run __version__ connect current finish init log register tiles unwatch update watch"
    assert dir(gnomon) == sorted([*wrappers.split(), *others.split()])
    assert all(getattr(gnomon, name) is not None for name in dir(gnomon))
    with pytest.raises(AttributeError, match="module 'gnomon' has no attribute 'nothing'"):
        gnomon.nothing  # noqa: B018
