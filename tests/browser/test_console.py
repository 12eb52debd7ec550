"""The console and the machine of a run: searched, linked, followed, and harmless."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

import gnomon

LINES = 20_000
HOSTILE = "<img src=x onerror=\"document.title='hurt'\"> \x1b]0;hurt\x07\x1b[2J\x00</span><script>document.title='hurt'</script>"


@pytest.fixture
def run(fresh_tab: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[gnomon.Run]:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    with gnomon.init("talk", name="one", home=fresh_tab.server.home, console=False) as run:
        for first in range(0, LINES, 2000):
            run.tell_console(0, "".join(f"epoch {n // 100} step {n}\n" for n in range(first, first + 2000)))
        run.tell_console(1, "\x1b[1;31mTraceback\x1b[0m (most recent call last):\n  File 'x'\nValueError: no data\n")
        run.tell_console(0, f"{HOSTILE}\n")
        run.log({"train/loss": 1.0}, step=3)
        yield run


def test_a_console_is_searched_linked_and_followed(fresh_tab: Any, run: gnomon.Run) -> None:
    page = fresh_tab.open(f"/p/talk/r/{run.id}?tab=console")
    console = page.get_by_role("log", name="Console")
    line = page.locator(".console-line")
    # It follows a run that is at work, and what was logged is text and nothing else.
    expect(page.get_by_text(re.compile("20.004 lines"))).to_be_visible()
    expect(line.last).to_contain_text("<img src=x onerror=")
    expect(line.last).to_contain_text("␀</span><script>")
    assert page.title() == "one · talk · gnomon"
    red = console.get_by_text("Traceback", exact=True)
    assert red.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).fontWeight]") == [
        "rgb(179, 38, 30)",
        "700",
    ]
    assert line.count() < 150
    run.tell_console(1, "\r 10%|#   |")
    expect(line.last).to_have_text("10%|#   |", use_inner_text=True)
    run.tell_console(1, "\r100%|####|\nall done\n")
    expect(line.last).to_have_text("20006all done")
    # A search counts, goes round, and has its address.
    box = page.get_by_role("searchbox", name="Search the console")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    box.fill("STEP 1999")
    status = page.get_by_role("search").get_by_role("status")
    expect(status).to_have_text("11 lines")
    box.press("Enter")
    expect(status).to_have_text("1 of 11")
    expect(page.locator(".console-line.current")).to_have_text("2000epoch 19 step 1999")
    expect(page.locator(".console-line.current mark")).to_have_text("step 1999")
    box.press("Shift+Enter")
    expect(page.locator(".console-line.current")).to_have_text("20000epoch 199 step 19999")
    page.get_by_role("button", name="Regular expression").click()
    box.fill("step 1(00)+$")
    expect(status).to_have_text("2 lines")
    expect(page.get_by_label("follow")).not_to_be_checked()
    fresh_tab.watch.allow("400")
    box.fill("(")
    expect(page.get_by_text("does not compile")).to_be_visible()
    box.press("Escape")
    # The first error, and a line that a link names.
    page.get_by_role("button", name="First error").click()
    expect(page.locator(".console-line.chosen")).to_contain_text("Traceback")
    assert "line=20001" in page.url
    page.get_by_label("stderr only").check()
    expect(line).to_have_count(5)
    expect(line.nth(2)).to_have_text("20003ValueError: no data")
    line.nth(3).locator(".console-number").click()
    assert "line=20005" in page.url
    page.goto(f"{fresh_tab.server.url}/p/talk/r/{run.id}?tab=console&line=777")
    expect(page.locator(".console-line.chosen")).to_have_text("777epoch 7 step 776")
    page.get_by_label("wrap").uncheck()
    console.evaluate("e => e.scrollTo(0, 9000 * 18)")
    expect(console.get_by_text("epoch 90 step 9010", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    text = download.value.path().read_text()
    assert text.splitlines()[:2] == ["epoch 0 step 0", "epoch 0 step 1"]
    assert download.value.suggested_filename == "one-console.txt"
    assert fresh_tab.axe() == []


def test_the_machine_has_charts_of_its_own_and_empty_tabs_teach(fresh_tab: Any, run: gnomon.Run) -> None:
    with gnomon.init("talk", name="silent", home=fresh_tab.server.home, console=False) as silent:
        silent.log({"loss": 0.5})
    page = fresh_tab.open(f"/p/talk/r/{silent.id}?tab=console")
    expect(page.get_by_role("heading", name="This run printed nothing")).to_be_visible()
    expect(page.get_by_role("button", name="Copy the command")).to_be_visible()
    page.get_by_role("tab", name="System").click()
    expect(page.get_by_role("heading", name="The machine was not sampled")).to_be_visible()
    page = fresh_tab.open(f"/p/talk/r/{run.id}?tab=system")
    expect(page.get_by_role("heading", name=re.compile("The first sample comes"))).to_be_visible()
    for second in range(5):
        sampled = {"cpu": 10.0 * second, "memory": 3.0, "memory_process": 1.0, "gpu/0/use": 50.0}
        run.write({f"system/{name}": value for name, value in sampled.items()}, second)
    for title in ("CPU, % of the machine", "Memory, GB", "GPU 0 use, %"):
        fresh_tab.chart(title)
    heads = page.locator(".section-head")
    expect(heads).to_have_text([re.compile("CPU and memory"), re.compile("GPU 0")])
    expect(page.get_by_role("figure", name="Memory, GB")).to_contain_text("system/memory_process")
    expect(page.get_by_role("tab", name=re.compile("^Charts"))).to_have_text("Charts 1")
    page.get_by_role("button", name="Memory, GB in full screen").click()
    expect(page.get_by_role("dialog", name="Memory, GB")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert fresh_tab.axe() == []
