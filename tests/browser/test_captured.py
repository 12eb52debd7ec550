"""What ran, on the page of a run: the overview, the tabs Code and Data, and where nothing was captured."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import gnomon
from gnomon.sdk.capture.spool import SLOTS, Spool

STUDY = """
import sys
import numpy as np
import gnomon
run = gnomon.init("lab", name=sys.argv[1], config={"seed": 3, "lr": 0.1})
x = (np.arange(30 * 64) % 17).reshape(30, 8, 8).astype(np.uint8)
run.use_data(x, np.arange(30) % 3, name="train")
run.use_data([[1.5, 2.0], [float("nan"), 4.0]], name="<b>table</b>")
run.log({"loss": 0.5}, step=1)
if "--fail" in sys.argv:
    raise ValueError("the last line says why")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve three runs of a real repository, one of them failed, and one run that came over HTTP."""
    folder = tmp_path_factory.mktemp("captured")
    home = folder / "home"
    repository(folder / "lab")
    spec = util.spec_from_file_location("serving", Path(__file__).with_name("serving.py"))
    assert spec is not None
    assert spec.loader is not None
    serving = util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    train(home, folder / "lab", "first", "second", "broken")
    with gnomon.connect(home=home) as lab:
        assert [run.state for run in lab.runs("lab", order="created")] == ["finished", "finished", "failed"]
    server = serving.Server(home).start()
    server.log("lab", "from curl", {"loss": [1.0, 0.5]}, state="finished")
    yield server
    server.stop()


def repository(folder: Path) -> None:
    folder.mkdir()
    git = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org", "-C", str(folder)]
    (folder / "study.py").write_text(STUDY)
    (folder / "net.py").write_text("width = 16\ndepth = 2\n")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    (folder / "net.py").write_text("width = 32\ndepth = 2\n")
    (folder / "notes <i>.txt").write_text("a new file\n")
    (folder / "weights.bin").write_bytes(bytes(range(64)))


def train(home: Path, folder: Path, *names: str) -> None:
    """Run the study under each name, then the helper to its end."""
    env = {**os.environ, "GNOMON_HOME": str(home), "GNOMON_AGENT": "off", "GNOMON_CAPTURE": "on", "MY_TOKEN": "hunter2"}
    spool = Spool(home)
    slots = [spool.slot() for _ in range(SLOTS)]
    for name in names:
        words = [sys.executable, "study.py", name] + (["--fail"] if name == "broken" else [])
        subprocess.run(words, cwd=folder, env=env, check=name != "broken", stderr=subprocess.DEVNULL)
    for lock in filter(None, slots):
        lock.release()
    subprocess.run([sys.executable, "-P", "-m", "gnomon.sdk.capture.helper", "--home", str(home)], env=env, check=True)


def opened(tab: Any, name: str, part: str) -> Any:
    return tab.open(f"/p/lab/r/{tab.server.ids('lab')[name]}?tab={part}")


def test_the_overview_tells_what_ran_and_how_it_ended(tab: Any) -> None:
    page = opened(tab, "broken", "overview")
    ran = page.get_by_role("region", name="What ran")
    expect(ran.locator("pre")).to_have_text(re.compile(r"python\S* study\.py broken --fail$"))
    expect(ran.get_by_role("row", name=re.compile("^code"))).to_contain_text("on main")
    expect(ran.get_by_role("row", name=re.compile("^seed"))).to_contain_text("3")
    expect(ran.get_by_role("row", name=re.compile("^versions"))).to_contain_text("numpy")
    error = page.get_by_role("region", name="Error")
    expect(error.locator("pre")).to_contain_text("Traceback (most recent call last)")
    expect(error.locator("pre")).to_have_text(re.compile("ValueError: the last line says why\n$"))
    expect(page.get_by_role("tab", name="Media 0")).to_be_visible()
    assert tab.axe() == []
    ran.get_by_role("link", name="± with changes").click()
    expect(page.get_by_role("tab", name="Code")).to_have_attribute("aria-selected", "true")


def test_the_code_tab_shows_the_diff_the_script_packages_and_masked_variables(tab: Any) -> None:
    page = opened(tab, "first", "code")
    changes = page.get_by_role("region", name="Changes of net.py")
    expect(changes.locator(".removed .text")).to_have_text("removed: width = 16")
    expect(changes.locator(".added .text")).to_have_text("added: width = 32")
    expect(page.get_by_role("region", name="Changes of notes <i>.txt")).to_contain_text("a new file")
    page.get_by_text("1 file is not in the diff").click()
    expect(page.get_by_role("listitem").filter(has_text="weights.bin")).to_contain_text("binary")
    expect(page.get_by_text("| git apply")).to_be_visible()
    assert tab.axe() == []
    page.get_by_role("button", name=re.compile("^Script")).click()
    page.get_by_role("searchbox", name="Find in script").fill("GNOMON")
    expect(page.get_by_role("status").filter(has_text="of")).to_have_text("1 of 2")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("status").filter(has_text="of")).to_have_text("2 of 2")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the script").click()
    expect(page.get_by_role("button", name="Copy the script")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == STUDY
    page.get_by_role("button", name="Environment variables").click()
    page.get_by_role("searchbox", name="Find in variables").fill("my_tok")
    expect(page.get_by_role("row")).to_have_text(["MY_TOKEN[masked]"])
    page.get_by_role("button", name=re.compile("^Packages")).click()
    page.get_by_role("searchbox", name="Find in packages").fill("msgspec")
    expect(page.get_by_role("row", name=re.compile("^msgspec"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=re.compile("^Packages"))).to_have_attribute("aria-current", "true")


def test_the_data_tab_shows_classes_hashes_and_the_runs_of_the_same_data(tab: Any) -> None:
    page = opened(tab, "first", "data")
    train = page.get_by_role("region", name="Data train")
    expect(train).to_contain_text(re.compile("30 . 8 . 8 · uint8"))
    expect(train.get_by_role("row", name=re.compile("^0"))).to_contain_text("33.3 %")
    expect(train.get_by_role("img")).to_have_count(16)
    expect(train.get_by_role("img").first).to_have_attribute("alt", "Sample of class 0")
    expect(train.get_by_role("img").last).to_have_js_property("naturalWidth", 8)
    expect(
        page.get_by_role("region", name="Data <b>table</b>").get_by_role("row", name=re.compile("^x"))
    ).to_contain_text(re.compile("1$"))
    assert tab.axe() == []
    page.get_by_role("link", name="2 other runs").click()
    expect(page.get_by_role("row", name=re.compile("first|second|broken"))).to_have_count(3)
    expect(page.get_by_role("row", name=re.compile("from curl"))).to_have_count(0)


def test_where_nothing_was_captured_the_tabs_teach(tab: Any) -> None:
    page = opened(tab, "from curl", "overview")
    expect(page.get_by_role("region", name="What ran")).to_contain_text("Nothing was captured")
    page.get_by_role("tab", name="Code").click()
    expect(page.get_by_role("heading", name="No code was captured")).to_be_visible()
    page.get_by_role("tab", name="Data").click()
    expect(page.get_by_text("run.use_data(x_train, y_train")).to_be_visible()
    assert tab.axe() == []
