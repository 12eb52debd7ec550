"""Exports of a version in a real browser, made here and elsewhere; and a script that is asked for on the page of jobs."""

import io
import json
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from gnomon.graph.templates import template
from gnomon.models.registry import home as registry

pytest.importorskip("torch")
pytest.importorskip("safetensors")
from tests.unit.models.exporters.versions import version_of


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a home with a model of PyTorch, and one that is a file alone."""
    spec = util.spec_from_file_location("serving", Path(__file__).parent / "serving.py")
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    folder = tmp_path_factory.mktemp("exports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        patch.setenv("GNOMON_HOME", str(folder / "home"))
        registry.register("drawn", version_of(template("tabular").graph, folder / "version"))
        registry.register("brought", {"weights.bin": b"of another framework"})
        server = serving.Server(folder / "home").start()
        yield server
        server.stop()


@pytest.fixture
def calm(tabs: Callable[..., Any]) -> Any:
    """A tab without motion, so that no colour is met half way."""
    return tabs(reduced_motion="reduce")


def ask(server: Any, form: str) -> Any:
    url, body = f"{server.url}/api/v1/models/drawn/versions/1/exports", json.dumps({"format": form}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def test_exports_are_made_compared_fetched_and_deleted_and_the_page_follows_others(
    calm: Any, server: Any, tmp_path: Path
) -> None:
    page = calm.open("/models/drawn")
    section = page.get_by_role("region", name="Exports", exact=True)
    row = {name: section.get_by_role("listitem", name=name) for name in ("Code and weights", "safetensors")}
    for each in row.values():  # both at once: one waits for the other
        each.get_by_role("button", name="Make").click()
    expect(row["safetensors"]).to_contain_text("✓ agrees", timeout=60_000)
    expect(row["Code and weights"]).to_contain_text("no difference")
    expect(row["Code and weights"]).to_contain_text("on 32 rows of noise: the version names no data")
    expect(row["Code and weights"]).to_contain_text("in 3 files")
    with page.expect_download() as arrived:
        row["Code and weights"].get_by_role("link", name="Download").click()
    arrived.value.save_as(tmp_path / "code.zip")
    assert arrived.value.suggested_filename == "drawn-1-code.zip"
    with zipfile.ZipFile(io.BytesIO((tmp_path / "code.zip").read_bytes())) as found:
        assert (found.testzip(), found.namelist()) == (
            None,
            [f"drawn-1-code/{name}" for name in ("load.py", "model.py", "model.safetensors")],
        )
    with page.expect_download() as arrived:
        row["safetensors"].get_by_role("link", name="Download").click()
    assert arrived.value.suggested_filename == "model.safetensors"

    row["safetensors"].get_by_role("button", name="Actions of safetensors").click()
    page.get_by_role("menuitem", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete the safetensors export of version 1?")
    assert calm.axe("dialog:modal") == []
    dialog.get_by_role("button", name="Delete").click()
    expect(row["safetensors"].get_by_role("button", name="Make")).to_be_visible()
    assert ask(server, "safetensors")["agrees"]  # somebody else makes it
    expect(row["safetensors"]).to_contain_text("✓ agrees")

    section.get_by_text("not possible here").click()
    expect(section).to_contain_text(".keras is for models of Keras only.")
    assert calm.axe() == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.goto(f"{server.url}/models/brought")
    expect(page.get_by_role("region", name="Exports", exact=True)).to_contain_text(
        "Only models of PyTorch and Keras are exported, this one is of format file."
    )


def test_a_script_is_asked_for_on_the_page_of_jobs_and_runs(calm: Any, tmp_path: Path) -> None:
    (tmp_path / "say.py").write_text("import sys\nprint('heard', sys.argv[1:])\n")
    page = calm.open("/jobs")
    page.get_by_role("button", name="Run a script…").click()
    dialog = page.get_by_role("dialog", name="Run a script")
    submit = dialog.get_by_role("button", name="Submit")
    expect(submit).to_be_disabled()  # no folder yet
    dialog.get_by_label("in folder").fill(str(tmp_path))
    dialog.get_by_label("command").fill("python say.py 'a b")
    expect(dialog).to_contain_text("A quote is still open.")
    dialog.get_by_label("command").fill(f"{sys.executable} say.py 'a b' | tee")
    expect(dialog).to_contain_text("| is for a shell, and none reads this")
    dialog.get_by_label("command").fill(f"{sys.executable} say.py 'a b'")
    expect(submit).to_be_enabled()
    assert calm.axe("dialog:modal") == []
    submit.click()
    expect(page.get_by_text("finished").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("heard ['a b']")).to_be_visible()
