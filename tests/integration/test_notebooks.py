"""The example notebooks run from top to bottom, and are kept with outputs that need nothing else."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
VIEW = "application/vnd.jupyter.widget-view+json"


def shown(book: Any) -> list[tuple[int, str, frozenset[str]]]:
    """Return of each output: its cell, its type, and the forms it has beside a live one."""
    return [
        (i, output.output_type, frozenset(output.get("data", {})) - {VIEW})
        for i, cell in enumerate(book.cells)
        for output in cell.get("outputs", [])
    ]


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_an_example_notebook_runs_and_shows_live_and_still(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    book = nbformat.read(path, as_version=4)
    kept = shown(book)
    NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert shown(book) == kept
    results = [
        out.data for cell in book.cells for out in cell.get("outputs", []) if out.output_type == "execute_result"
    ]
    assert len(results) >= 2
    assert all({VIEW, "text/html", "text/plain"} <= set(data) for data in results)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_an_example_is_kept_without_traces_of_the_machine_it_ran_on(path: Path) -> None:
    text = path.read_text("utf-8")
    assert '"output_type": "error"' not in text
    assert re.findall(r"/(?:tmp|home|root|work|Users)/|<script|https?://(?!www\.w3\.org/2000/svg)", text) == []


def test_there_is_a_notebook_of_leaderboards_and_one_of_charts() -> None:
    assert [path.stem for path in BOOKS] == ["charts", "leaderboard"]
