"""What browser tests share: one server with known runs, one Chromium, and a page that must stay free of errors."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from gnomon.core.batch import Rewind

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
AXE = (HERE / "axe.min.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def load(path: Path) -> ModuleType:
    """Import a file of this folder or of scripts/; tests are not a package."""
    spec = util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


serving = load(HERE / "serving.py")
contexts = load(HERE / "contexts.py")


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Fail with the remedy when the UI was not built; a test of an old page would say nothing."""
    if not (ROOT / "src/gnomon/static/index.html").is_file():
        pytest.fail("The web UI is not built. Run `make web`.")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = load(ROOT / "scripts/chromium.py").find()
    if path is None:
        pytest.fail("No Chromium found. Run `python scripts/chromium.py`, or set GNOMON_CHROMIUM.")
    # What is expected is waited for as long as what is clicked: a loaded machine is no failure.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lending(chromium: Browser) -> Iterator[Any]:
    lending = contexts.Contexts(chromium)
    yield lending
    lending.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a home with 12 runs ("digits"), a spike in 40 million points ("spike"), and 10,000 runs ("many")."""
    home = tmp_path_factory.mktemp("server") / "home"
    base = tmp_path_factory.getbasetemp()
    # The workers of one session share what takes longest to make; each serves its own copy.
    filled = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "filled"
    with alone(filled):
        if not filled.is_dir():
            fill(filled)
        shutil.copytree(filled, home)
    server = serving.Server(home).start()
    seed(server)
    yield server
    server.stop()
    shutil.rmtree(home)
    with alone(filled):
        shutil.rmtree(filled, ignore_errors=True)
    assert complaints(server) == []


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep the other workers of this session away from a folder."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fill(home: Path) -> None:
    """Store the runs that are many or long."""
    home.mkdir()
    serving.store(home, "spike", spiky())
    serving.store(home, "odd", [unlucky()])
    serving.store_small(home, "many", [f"run-{i:05}" for i in range(10_000)], "loss")


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a small real study in it; it is copied, not served."""
    home = tmp_path_factory.mktemp("studied") / "home"
    subprocess.run([sys.executable, str(HERE / "studying.py"), str(home)], check=True)
    return home


@pytest.fixture(scope="module")
def study_server(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve the study to the tests of one file, which may add to it."""
    home = tmp_path_factory.mktemp("study") / "home"
    shutil.copytree(studied, home)
    server = serving.Server(home).start()
    yield server
    server.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Any]:
    """Serve an empty home, for tests that stop the server or need nothing in it."""
    server = serving.Server(tmp_path / "home").start()
    yield server
    server.stop()
    assert complaints(server) == []


def complaints(server: Any) -> list[str]:
    """Return what the server printed beside its greeting."""
    greeting = ("gnomon is up:", "home ", "Ctrl-C ends it")
    return [line for line in server.said if line.strip() and not line.startswith(greeting)]


SPIKE_STEP = 654_321
SPIKE_RUN = "run-3"
SPIKE_KEY = "train/k2"


def spiky() -> list[Any]:
    """Return 8 runs of 5 keys and 1,000,000 steps of noise around 0 to 4; one value of one series is 9."""
    noise = np.random.default_rng(7).normal(0, 0.05, 1_000_000)
    keys = [f"train/k{k}" for k in range(5)]
    runs = []
    for run in range(8):
        values = np.stack([np.roll(noise, 977 * (5 * run + k)) + k for k in range(5)])
        if f"run-{run}" == SPIKE_RUN:
            values[2, SPIKE_STEP] = 9
        runs.append(serving.Stored(f"run-{run}", keys, values))
    return runs


def unlucky() -> Any:
    """Return a run that went back once, lost three values and failed."""
    error = "Traceback (most recent call last):\n  ...\nValueError: the loss is not finite"
    fields = {"state": "failed", "error": error, "dropped": 3, "dropped_cause": "disk full"}
    return serving.Stored(
        "unlucky", ["loss"], np.linspace(1, 0, 50)[None, :], (Rewind(1_700_000_000_000_000, 20),), fields
    )


def seed(server: Any) -> None:
    """Log 12 runs of 400 steps with config, one of them failed, one running, one with values that are not finite."""
    step = np.arange(400)
    for number in range(12):
        rate = [0.03, 0.1, 0.3][number % 3]
        loss = np.exp(-step * rate / 20) + 0.02 * np.sin(step * (number + 1))
        accuracy = (1 - 0.8 * np.exp(-step * rate / 30)).round(6)
        state = {0: "running", 1: "failed"}.get(number, "finished")
        if number == 2:
            loss[100], loss[200], loss[201] = np.nan, np.inf, np.nan
        fields = {"config": {"lr": rate, "seed": number, "model": "mlp"}, "tags": ["seeded"], "state": state}
        series = {"train/loss": loss.tolist(), "val/acc": accuracy.tolist(), "epoch": (step / 40).tolist()}
        server.log("digits", f"seeded-{number}", series, **fields)


class Watch:
    """What a page did that it should not have: errors, and requests to elsewhere."""

    def __init__(self, home: str) -> None:
        self._home = home
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.allowed: list[str] = []

    def allow(self, pattern: str) -> None:
        """Expect errors whose text matches: a refused filter, a server that was stopped."""
        self.allowed.append(pattern)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def request(self, request: Request) -> None:
        if not request.url.startswith((self._home, self._home.replace("http", "ws", 1), "data:", "blob:")):
            self.foreign.append(request.url)

    def left(self) -> list[str]:
        return [e for e in self.errors if not any(re.search(p, e) for p in self.allowed)]


class Tab:
    """A page of one server with its watch, and the few gestures that tests share."""

    def __init__(self, page: Page, server: Any, watch: Watch) -> None:
        self.page = page
        self.server = server
        self.watch = watch

    def open(self, path: str) -> Page:
        self.page.goto(self.server.url + path)
        return self.page

    def chart(self, name: str) -> Any:
        """Return the figure of a chart, drawn."""
        figure = self.page.get_by_role("figure", name=name, exact=True)
        figure.locator(".chart-foot").get_by_text(re.compile("drawn")).wait_for()
        return figure

    def pixels(self, name: str, token: str, box: tuple[float, float, float, float] = (0, 0, 1, 1)) -> int:
        """Count the pixels of a chart that lean towards a colour token, in a part of it given in shares."""
        canvas = self.chart(name).locator("canvas").first
        return int(canvas.evaluate(_COUNT, {"token": token, "box": list(box)}))

    def axe(self, part: str = "html") -> list[dict[str, Any]]:
        """Return what axe finds in a part of the page, short enough to read."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        options = {"runOnly": WCAG, "resultTypes": ["violations"]}
        found = self.page.evaluate("([part, options]) => axe.run(part, options)", [part, options])["violations"]
        return [{"id": v["id"], "nodes": [n["html"][:160] for n in v["nodes"]][:5]} for v in found]


# A pixel counts when, taking away how much of the ground shows through, its hue is that of the token.
_COUNT = """(canvas, {token, box}) => {
  const probe = document.createElement("i"); probe.style.color = `var(${token})`; canvas.parentElement.append(probe);
  const want = getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map(Number); probe.remove();
  const [x, y, w, h] = [box[0] * canvas.width, box[1] * canvas.height, box[2] * canvas.width, box[3] * canvas.height];
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const ctx = copy.getContext("2d", {willReadFrequently: true});
  ctx.drawImage(canvas, 0, 0);
  const {data} = ctx.getImageData(x, y, w, h);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 40) continue;
    if (want.every((c, j) => Math.abs(data[i + j] - c) < 24)) count++;
  }
  return count;
}"""


@pytest.fixture
def tab(lending: Any, server: Any) -> Iterator[Tab]:
    yield from _tab(lending, server)


@pytest.fixture
def fresh_tab(lending: Any, fresh: Any) -> Iterator[Tab]:
    yield from _tab(lending, fresh)


def _tab(lending: Any, server: Any, **options: Any) -> Iterator[Tab]:
    size = options.pop("viewport", contexts.SIZE)
    media = {name: options.pop(name) for name in contexts.MEDIA if name in options}
    lent = lending.lend(options)
    page, watch = lent.page(size, media), Watch(server.url)
    page.on("console", watch.console)
    page.on("pageerror", lambda error: watch.errors.append(f"pageerror: {error}"))
    page.on("request", watch.request)
    yield Tab(page, server, watch)
    lent.clear(server.url)
    assert watch.foreign == []
    assert watch.left() == []


@pytest.fixture
def tabs(lending: Any, server: Any) -> Iterator[Callable[..., Tab]]:
    """Make tabs with other options: another size, another colour scheme."""
    yield from _tabs(lending, server)


def _tabs(lending: Any, server: Any) -> Iterator[Callable[..., Tab]]:
    made: list[Iterator[Tab]] = []

    def make(**options: Any) -> Tab:
        made.append(_tab(lending, server, **options))
        return next(made[-1])

    yield make
    for tab in made:
        for _ in tab:
            pytest.fail("a tab ends once")


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve two runs with a record of every kind, known to the last number."""
    folder = tmp_path_factory.mktemp("gallery")
    viewing = load(HERE / "viewing.py")
    viewing.store(folder / "home", "viewers", viewing.everything(folder))
    server = serving.Server(folder / "home").start()
    yield server
    server.stop()
    assert complaints(server) == []


@pytest.fixture
def viewers(lending: Any, gallery: Any) -> Iterator[Callable[..., Tab]]:
    """Make tabs that look at the records of every kind."""
    yield from _tabs(lending, gallery)


@pytest.fixture(scope="session")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a home for the graphs that tests of the canvas make."""
    server = serving.Server(tmp_path_factory.mktemp("drawing") / "home").start()
    yield server
    server.stop()
    assert complaints(server) == []


@pytest.fixture
def canvases(lending: Any, drawing: Any) -> Iterator[Callable[..., Tab]]:
    """Make tabs that look at graphs."""
    yield from _tabs(lending, drawing)
