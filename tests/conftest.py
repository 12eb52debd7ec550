"""What every test shares: a home of its own, and how thorough to be.

`HYPOTHESIS_PROFILE=full` and `GNOMON_TRIALS=full` (what `make test-all` sets) run the property and fault tests at
full count; the ordinary suite samples them.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A helper process for each run would slow tests down and touch runs late: those of capture ask for it. Set here, for
# fixtures of a module or of the session begin runs too.
os.environ["GNOMON_CAPTURE"] = "off"
# Nor does the agent sample the machine, but in tests of that.
os.environ["GNOMON_SYSTEM"] = "off"

COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
settings.register_profile("sample", max_examples=40, derandomize=True, **COMMON)
settings.register_profile("full", max_examples=2_000, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "sample"))


def trials(sample: int, full: int) -> int:
    """Return how often to repeat a fault trial: `sample` here, `full` in make test-all, or the number asked for."""
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty home and no server, whatever the environment says."""
    folder = tmp_path / "home"
    monkeypatch.setenv("GNOMON_HOME", str(folder))
    for name in ("GNOMON_URL", "GNOMON_TOKEN", "GNOMON_RUN"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(autouse=True)
def _no_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the loop that Playwright leaves behind in this thread: another test of the same process may run one."""
    loop = asyncio._get_running_loop()
    if loop is None or "browser" in request.node.path.parts:
        yield
        return
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)
