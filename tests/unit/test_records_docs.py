"""The reference of records: a heading for each kind, whose examples run and log that kind."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.core.records import converters, registry
from gnomon.store.home import Home

PAGE = (Path(__file__).parents[2] / "docs/reference/records.md").read_text()
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def kinds_logged(code: list[str]) -> set[str]:
    """Run examples one after the other, and return the kinds of the records they logged."""
    names: dict[str, Any] = {"np": np, "gnomon": gnomon}
    with gnomon.init(strict=True) as run:
        names["run"] = run
        for block in code:
            exec(block, names)
    with Home.open(run.home) as lab:
        assert lab.drain()
        return {key.kind for name, key in lab.engine.record_keys(run.id).items() if not name.startswith(".")}


def test_every_kind_has_a_heading_and_every_heading_is_a_kind() -> None:
    assert set(SECTIONS) == set(registry.types())


@pytest.mark.parametrize("kind", SECTIONS)
def test_the_examples_of_a_kind_run_and_log_it(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.chdir(tmp_path)
    assert blocks(SECTIONS[kind])
    assert kind in kinds_logged(blocks(SECTIONS[kind]))


def test_the_introduction_runs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.setattr(converters, "_converters", {})
    assert kinds_logged(blocks(PAGE.partition("\n## ")[0])) == {"text", "tensor", "json"}
