"""No page has a violation of WCAG 2.2 A or AA that a machine can find: light on a screen, dark on a phone, in every state."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, ViewportSize, expect

import gnomon
from gnomon.sdk.capture.spool import SLOTS, Spool

HERE = Path(__file__).parent
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

PROGRAM = """
import sys
import numpy as np
import gnomon
with gnomon.init("digits", name="captured", config={"lr": 0.1, "model": "mlp"}) as run:
    run.use_data(np.arange(60, dtype=np.float32).reshape(20, 3), np.arange(20) % 3, name="train")
    print("\\x1b[32mepoch 1\\x1b[0m of 1")
    print("ValueError: not really", file=sys.stderr)
    run.log({"train/loss": 0.5, "picture": gnomon.Image(np.eye(8))}, step=1)
"""


def load(name: str) -> ModuleType:
    spec = util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve runs in every state, one whose program was captured, one with media, a dashboard and a saved view."""
    folder = tmp_path_factory.mktemp("access")
    home = folder / "home"
    viewing = load("viewing")
    few = {key: value for key, value in viewing.everything(folder)["otter"].items() if key in {"roc", "scores", "net"}}
    viewing.store(home, "viewers", {"otter": few})
    capture(home, folder)
    server = load("serving").Server(home).start()
    step = np.arange(40)
    for number, state in enumerate(["running", "failed", "finished", "finished", "killed", "finished"]):
        rate = [0.03, 0.3][number % 2]
        series = {"train/loss": np.exp(-step * rate).tolist(), "val/acc": (1 - np.exp(-step * rate)).round(6).tolist()}
        config = {"lr": rate, "seed": number, "model": "mlp"}
        server.log("digits", f"seeded-{number}", series, config=config, tags=["seeded"], state=state)
    for value in (0.5, 0.25):
        server.post("/api/v1/panels", {"dashboard": "night", "name": "loss", "append": {"loss": value}})
    view = {"project": "digits", "name": "by accuracy", "page": "runs", "search": "order=-metric.val%2Facc"}
    server.post("/api/v1/views", view)
    yield server
    server.stop()


def capture(home: Path, folder: Path) -> None:
    """Run a program under capture, and the helper that finishes it."""
    (folder / "study.py").write_text(PROGRAM)
    env = {**os.environ, "GNOMON_HOME": str(home), "GNOMON_AGENT": "off", "GNOMON_CAPTURE": "on"}
    held = [lock for lock in (Spool(home).slot() for _ in range(SLOTS)) if lock]
    subprocess.run([sys.executable, "study.py"], cwd=folder, env=env, check=True, capture_output=True)
    for lock in held:
        lock.release()
    subprocess.run([sys.executable, "-P", "-m", "gnomon.sdk.capture.helper", "--home", str(home)], env=env, check=True)
    with gnomon.connect(home=home) as lab:
        assert [run.name for run in lab.runs("digits")] == ["captured"]


@dataclass(frozen=True)
class State:
    """A page as somebody meets it.

    Args:
        path: Its address; `{name}` is the id of that run.
        sign: What is there once it is.
        act: What brings it into the state.
        part: What axe looks at: all of it, or only what has come on top.
    """

    path: str
    sign: str
    act: Callable[[Page], object] | None = None
    part: str = "html"


def click(role: Any, name: str) -> Callable[[Page], object]:
    return lambda page: page.get_by_role(role, name=name, exact=True).first.click()


def press(key: str) -> Callable[[Page], object]:
    return lambda page: page.keyboard.press(key)


def ask(text: str) -> Callable[[Page], object]:
    def act(page: Page) -> None:
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Find").fill(text)

    return act


def chosen(then: str) -> Callable[[Page], object]:
    def act(page: Page) -> None:
        for name in ("seeded-2", "seeded-3"):
            page.get_by_role("row", name=name).get_by_role("checkbox").click()
        page.get_by_role("toolbar", name="Selected runs").get_by_role("button", name=then).click()

    return act


DRAWN = ".chart-foot:has-text('drawn')"
DIALOG = "dialog:modal"
RUN = "/p/digits/r/{seeded-2}?tab="
KNOWN = "/p/digits/r/{captured}?tab="
STATES = {
    "projects": State("/", "text=viewers"),
    "runs": State("/p/digits", DRAWN),
    "runs in groups": State("/p/digits?group=config.lr", "[role=treegrid] >> text=0.03"),
    "a filter that is wrong": State("/p/digits?where=config.lr%20%3C%20%3C", "text=filter: expected"),
    "no run": State("/p/digits?where=zebra", "text=No run matches"),
    "an empty project": State("/p/nothing-yet", "text=No runs in nothing-yet"),
    "columns": State("/p/digits", DRAWN, click("button", "Columns"), DIALOG),
    "views": State("/p/digits", DRAWN, click("button", "Views"), "[role=menu]"),
    "deleting": State("/p/digits?runs=-", "text=seeded-3", chosen("Delete…"), DIALOG),
    "selected": State("/p/digits?runs=-", "text=seeded-3", chosen("Invert")),
    "palette": State("/p/digits", DRAWN, ask("lo"), DIALOG),
    "palette without a result": State("/p/digits", DRAWN, ask("zzzz"), DIALOG),
    "shortcuts": State("/p/digits", DRAWN, press("?"), DIALOG),
    "menu of a chart": State("/p/digits", DRAWN, click("button", "More about val/acc"), "[role=menu]"),
    "a chart in full screen": State("/p/digits?full=train/loss", f"{DIALOG} >> {DRAWN}", None, DIALOG),
    "settings of a chart": State("/p/digits?full=val/acc", f"{DIALOG} >> {DRAWN}", press("e"), DIALOG),
    "points": State("/p/digits?full=val/acc", f"{DIALOG} >> {DRAWN}", press("t"), DIALOG),
    "leaderboard": State("/p/digits/leaderboard?metric=val/acc", "main [role=treegrid], main table, main [role=grid]"),
    "compare": State("/p/digits/compare?runs={seeded-2},{seeded-3}", "main >> text=seeded-3"),
    "compare nothing": State("/p/digits/compare", "h1"),
    "overview": State(f"{RUN}overview", "text=Results"),
    "charts of a run": State(f"{RUN}charts", DRAWN),
    "no media": State(f"{RUN}media", "text=No media yet"),
    "no console": State(f"{RUN}console", "text=printed nothing"),
    "no machine": State(f"{RUN}system", "h2"),
    "what ran": State(f"{KNOWN}overview", "text=What ran"),
    "console": State(f"{KNOWN}console", "text=not really"),
    "code": State(f"{KNOWN}code", "text=use_data"),
    "data": State(f"{KNOWN}data", "h2:has-text('train')"),
    "media": State("/p/viewers?show=media&runs={otter}", "main figure >> nth=2"),
    "dashboards": State("/d", "text=night"),
    "a dashboard": State("/d/night", "main >> text=loss"),
    "no dashboard": State("/d/nope", "text=nope has no panels"),
    "all graphs": State("/canvas", "text=Templates"),
    "data sets": State("/data", "text=digits"),
    "registering data": State("/data", "text=digits", click("button", "Register data"), DIALOG),
    "a data set": State("/data/digits", "text=What to beware of"),
    "samples of a data set": State("/data/digits?tab=samples", ".ds-tile:not(.waiting)"),
    "uses of a data set": State("/data/digits?tab=uses", "text=No run and no graph"),
    "no data set": State("/data/nope", "text=All data sets"),
    "no jobs": State("/jobs", "text=Run a script"),
    "no job": State("/jobs/nope", "text=All jobs"),
    "no models": State("/models", "text=From a job"),
    "registering a model": State("/models?register=abc&key=net.onnx&step=1", DIALOG, None, DIALOG),
    "no model": State("/models/nope", "text=All models"),
    "a run that is not there": State("/p/digits/r/gone", "text=There is no such run"),
    "nowhere": State("/nowhere", "text=There is no page here"),
}


@pytest.fixture
def calm(tabs: Callable[..., Any]) -> Any:
    """A tab without motion, so that no colour is met half way."""
    tab = tabs(reduced_motion="reduce", viewport=WIDE)
    tab.watch.allow("40[04]")
    return tab


STEP = 1 if os.environ.get("GNOMON_TRIALS") == "full" else 2


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing(calm: Any, name: str) -> None:
    state = STATES[name]
    page = reached(calm, state)
    found = {"light": calm.axe(state.part)}
    if list(STATES).index(name) % STEP:
        assert found == {"light": []}  # every other one, and in make test-all each, is looked at in the dark too
        return
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    if state.part == "html":
        page.set_viewport_size(PHONE)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.locator("main h1").count() >= 1
    found["dark"] = calm.axe(state.part)
    assert found == {"light": [], "dark": []}


def reached(tab: Any, state: State) -> Page:
    ids = {**tab.server.ids("digits"), **tab.server.ids("viewers")}
    page: Page = tab.open(state.path.format(**ids))
    page.locator(state.sign).first.wait_for()
    settled(page)
    if state.act:
        state.act(page)
        page.locator(state.part).last.wait_for()
    return page


def settled(page: Page) -> None:
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    expect(page.locator("main .skeleton")).to_have_count(0)


def test_axe_finds_nothing_where_nothing_was_ever_logged(fresh_tab: Any) -> None:
    page = fresh_tab.open("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert fresh_tab.axe() == []


EVERYTHING_REACHED = """async () => {
  const named = (e) => e.getAttribute("aria-label") || e.textContent.trim() || e.tagName;
  const seen = [];
  for (const element of document.querySelectorAll("a[href], button:not(:disabled), input, select, [tabindex='0']")) {
    const box = element.getBoundingClientRect();
    if (!element.checkVisibility({visibilityProperty: true}) || box.width === 0 || element.tabIndex < 0) continue;
    element.focus({focusVisible: true});
    if (document.activeElement !== element) continue;
    const style = getComputedStyle(element);
    const within = element.closest(":focus-within:not(body, html, #root, main, dialog)");
    const ring = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1.5;
    if (!ring(style) && !(within && [...document.querySelectorAll(":focus-within")].some((e) => ring(getComputedStyle(e)))))
      seen.push(named(element).slice(0, 60));
  }
  return seen;
}"""


@pytest.mark.parametrize(
    "path", ["/", "/p/digits", "/p/digits/r/{seeded-2}?tab=overview", "/d/night", "/d", "/data/digits"]
)
def test_whatever_takes_the_focus_shows_it(calm: Any, path: str) -> None:
    page = reached(calm, State(path, "main a, main button"))
    page.keyboard.press("Tab")
    assert page.evaluate(EVERYTHING_REACHED) == []


def test_the_focus_comes_back_from_every_window(calm: Any) -> None:
    page = reached(calm, STATES["runs"])
    for name, close in (("Columns", "Escape"), ("Shortcuts", "Escape"), ("Find anything Ctrl K", "Control+k")):
        button = page.get_by_role("button", name=name, exact=True)
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press(close)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(button).to_be_focused()
    for name in ("Views", "More about val/acc"):
        button = page.get_by_role("button", name=name, exact=True)
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("menu")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("menu")).to_have_count(0)
        expect(button).to_be_focused()


def test_the_first_tab_stop_leads_past_the_header(calm: Any) -> None:
    page = reached(calm, STATES["projects"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_nothing_moves_for_those_who_asked_for_it(calm: Any) -> None:
    page = reached(calm, STATES["runs"])
    moving = "[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).transitionDuration !== '0s')"
    assert page.evaluate(f"{moving}.map((e) => e.className)") == []


def test_the_ground_is_right_before_the_first_frame(tabs: Callable[..., Any]) -> None:
    tab = tabs(color_scheme="dark")
    script = """new MutationObserver(() => {
        if (document.body && !window.first) window.first = document.documentElement.dataset.theme;
    }).observe(document, {childList: true, subtree: true})"""
    tab.page.add_init_script(script)
    page = tab.open("/")
    assert page.evaluate("window.first") == "dark"


def test_a_screen_of_forced_colours_still_tells_lines_and_buttons_apart(tabs: Callable[..., Any]) -> None:
    tab = tabs(forced_colors="active", viewport=WIDE)
    page = reached(tab, STATES["runs"])
    grounds = "[...document.querySelectorAll('.runs-rows .swatch')].map((e) => getComputedStyle(e).backgroundColor)"
    assert len(set(page.evaluate(grounds))) > 3
    pressed = page.get_by_role("button", name="bands", exact=True)
    loose = page.get_by_role("button", name="log y", exact=True)
    line = "(e) => getComputedStyle(e).outlineStyle"
    assert (pressed.evaluate(line), loose.evaluate(line)) == ("solid", "none")
