"""Whatever people call things, pages show it as text: nothing of it runs, loads, or leaves its place."""

import json
import re
import urllib.request
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

import gnomon as g

HERE = Path(__file__).parent

ATTACKS = {
    "script": "</script><script>pwned=1</script>",
    "svg": "<svg/onload=pwned=1>",
    "image": '"><img src=https://evil.example/x onerror=pwned=1>',
    "frame": "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "style": "</style><style>*{background:url(https://evil.example/y)}</style>",
    "comment": "--><!--<b>bold</b>",
    "handler": "' onmouseover='pwned=1' autofocus onfocus='pwned=1",
    "address": "javascript:pwned=1//https://evil.example",
    "template": "{{7*7}}${pwned=1}%s%n\\u003cb>",
    "proto": "__proto__",
    "right to left": "\u202egnp.exe is left open",
    "long": "L" + "o" * 298 + "g",
    "emoji": "\U0001f469\u200d\U0001f52c\U0001f9ea",
    "chinese": "训练损失曲线",
}
"""One string of each way out of text; what they would do is set `pwned`, load from elsewhere, or draw markup."""

NAME = ATTACKS["image"]
"""What one project, run and dashboard is called that has everything."""

WATCHED = """
addEventListener("securitypolicyviolation", (event) => (window.violated ??= []).push(event.violatedDirective));
"""
FOUND = """() => {
  const all = [...document.querySelectorAll("*")];
  const attributes = (each) => each.getAttributeNames().map((name) => [name, each.getAttribute(name)]);
  return {
    pwned: typeof pwned,
    violated: window.violated ?? [],
    handlers: all.flatMap((each) => each.getAttributeNames().filter((name) => name.startsWith("on"))),
    // An address may hold a name after the place it leads to, as every page of a project does.
    reached: all.flatMap((each) => attributes(each).flatMap(([name, value]) =>
      /^(href|src|action|srcdoc|data|poster|formaction)$/.test(name) &&
      !["http:", "blob:", "data:"].includes(new URL(value, document.baseURI).protocol) ? [value] : [])),
    foreign: all.flatMap((each) => [each.href, each.src]).filter((url) =>
      typeof url === "string" && url.startsWith("http") && new URL(url).origin !== location.origin),
    markup: all.filter((each) => each.matches("body style, body script, iframe[srcdoc]") ||
      (each.matches("b") && each.textContent === "bold")).map((each) => each.outerHTML),
    polluted: ({}).pwned !== undefined || Object.keys(Object.prototype).length > 0,
  };
}"""
CLEAN = {
    "pwned": "undefined",
    "violated": [],
    "handlers": [],
    "reached": [],
    "foreign": [],
    "markup": [],
    "polluted": False,
}
SHOWN = """(texts) => {
  const words = [document.body.innerText];
  for (const each of document.querySelectorAll("*"))
    words.push(each.getAttribute("aria-label"), each.getAttribute("title"), each.textContent, each.value);
  const whole = words.join("\\n");
  return texts.every((text) => whole.includes(text));
}"""


def short(text: str) -> str:
    """Return what may be a name: at most 256 characters."""
    return text[:256]


def log_everything(home: Path) -> None:
    """Log a run in which everything that has a name has a hostile one, and runs and projects called so."""
    for text in ATTACKS.values():
        with g.init(short(text), home=home) as run:
            run.log({"loss": 1.0}, step=0)
        with g.init(NAME, short(text), home=home, tags=[short(text)]) as run:
            run.log({"loss": [1.0]}, step=0)
    values = list(ATTACKS.values())
    config = {text: text for text in values} | {"nested": {text: [text] for text in values}}
    tags, notes = [short(text) for text in values], "\n".join(values)
    run = g.init(NAME, "everything", home=home, config=config, tags=tags, notes=notes)
    for step in (0, 1):
        run.log(dict.fromkeys(values, step + 0.5), step=step)
        run.log({f"picture/{text}": g.Image(np.zeros((5, 6, 3), np.uint8), caption=text) for text in values}, step=step)
    run.log(
        {
            "kind/table": g.Table({text: [text, *values] for text in values}),
            "kind/text": g.Text("\n".join(values)),
            "kind/nested": config,
            "kind/graph": g.Graph(
                {
                    "nodes": [{"id": str(i), "op": text, "label": text} for i, text in enumerate(values)],
                    "edges": [(str(i), str(i + 1)) for i in range(len(values) - 1)],
                }
            ),
            "kind/confusion": g.Confusion(matrix=np.eye(len(values)) + 1, labels=values),
            "kind/curve": g.Curve([[0, 1]] * len(values), [[0, 1]] * len(values), values, NAME, NAME),
            "kind/embedding": g.Embedding(
                np.random.default_rng(0).normal(size=(len(values), 3)).astype(np.float32),
                labels=np.arange(len(values), dtype=np.int32),
                names=values,
            ),
            "kind/points": g.Points(
                np.random.default_rng(0).normal(size=(len(values), 3)).astype(np.float32), names=values
            ),
            "kind/sound": g.Audio(np.zeros(800, np.float32), 8000, caption=NAME),
            **{f"file/{i}": g.File(b"payload", name=text.replace("/", "")) for i, text in enumerate(values)},
        },
        step=0,
    )
    run.finish()


def load(path: Path) -> ModuleType:
    spec = util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def put(server: Any, name: str, **fields: Any) -> None:
    body = json.dumps({"name": name, **fields}).encode()
    request = urllib.request.Request(
        f"{server.url}/api/v1/panels", body, {"Content-Type": "application/json"}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in (200, 201)


def fill_dashboards(server: Any) -> None:
    """Make a dashboard of each name, and one whose panels have hostile titles, tabs, values, units and keys of lines."""
    for text in ATTACKS.values():
        put(server, "panel", dashboard=short(text), value=1)
    for i, text in enumerate(ATTACKS.values()):
        name = short(text)
        put(server, name, dashboard=NAME, title=name, description=text, value=text, kind="text", width=4)
        put(server, f"number {i}", dashboard=NAME, value=0.5, options={"unit": short(text)}, width=2, height=2)
    put(server, "lines", dashboard=NAME, append=dict.fromkeys(map(short, ATTACKS.values()), 1.5))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve a home in which everything that has a name has a hostile one."""
    home = tmp_path_factory.mktemp("hostile") / "home"
    tools = load(HERE / "serving.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        log_everything(home)
    with g.connect(home=home) as lab:
        assert len(lab.runs(NAME)) == len(ATTACKS) + 2, "all is stored before anybody looks"
    server = tools.Server(home).start()
    fill_dashboards(server)
    yield server
    server.stop()


@pytest.fixture
def page(chromium: Browser, hostile: Any) -> Iterator[Page]:
    """Open pages that must do nothing but show text."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1200})
    context.set_default_timeout(20_000)
    context.add_init_script(WATCHED)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []

    def refuse(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", refuse)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    ours = (hostile.url, hostile.url.replace("http", "ws", 1), "data:", "blob:")
    assert ([url for url in asked if not url.startswith(ours)], said) == ([], [])


def shows_text(page: Page, *, names: bool = False) -> None:
    """Wait until every string is on the page, and see that it is nothing but text."""
    page.wait_for_function(SHOWN, arg=[short(text) if names else text for text in ATTACKS.values()])
    assert page.evaluate(FOUND) == CLEAN


def own(server: Any, query: str = "") -> str:
    """Return the address of the run that has everything."""
    return f"{server.url}/p/{quote(NAME, safe='')}/r/{server.ids(NAME)['everything']}{query}"


def test_markup_would_be_found(chromium: Browser, hostile: Any) -> None:
    context = chromium.new_context()
    context.add_init_script(WATCHED)
    page = context.new_page()
    page.goto(hostile.url)
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", "".join(ATTACKS.values()))
    page.wait_for_function("(window.violated ?? []).length > 0")
    found = page.evaluate(FOUND)
    assert [name for name in CLEAN if found[name] != CLEAN[name]] == [
        "violated",
        "handlers",
        "reached",
        "foreign",
        "markup",
    ]
    context.close()


def test_names_of_projects_and_runs_are_text(page: Page, hostile: Any) -> None:
    page.goto(hostile.url)
    shows_text(page, names=True)
    page.goto(f"{hostile.url}/p/{quote(NAME, safe='')}")
    shows_text(page, names=True)
    page.get_by_role("button", name="Columns").click()
    shows_text(page)
    page.keyboard.press("Escape")
    page.get_by_role("figure", name=NAME, exact=True).hover()
    assert page.evaluate(FOUND) == CLEAN


def test_config_tags_notes_and_keys_of_a_run_are_text(page: Page, hostile: Any) -> None:
    page.goto(own(hostile, "?tab=overview"))
    for text in ATTACKS.values():
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=text, exact=True))
        expect(row.get_by_role("cell", name=text, exact=True)).to_be_visible()
    shows_text(page)
    page.goto(own(hostile, "?tab=charts"))
    for text in ("script", "svg", "address", "proto", "long", "chinese"):
        page.get_by_placeholder("Filter charts").fill(re.escape(ATTACKS[text])[:200])
        expect(page.get_by_role("figure", name=ATTACKS[text], exact=True)).to_be_visible()
        assert page.evaluate(FOUND) == CLEAN


def test_keys_captions_and_file_names_of_records_are_text(page: Page, hostile: Any) -> None:
    page.goto(own(hostile, "?tab=media&find=%5Epicture"))
    for text in ATTACKS.values():
        picture = page.get_by_role("figure", name=f"picture/{text}", exact=True)
        picture.scroll_into_view_if_needed()
        expect(picture).to_contain_text(text)
    shows_text(page)
    page.goto(own(hostile, "?tab=media&find=%5Efile"))
    with page.expect_download() as download:
        page.get_by_role("figure", name="file/0", exact=True).get_by_role("link", name="Download").click()
    assert re.fullmatch(r"[^/\\\\<>]+", download.value.suggested_filename)
    assert page.evaluate(FOUND) == CLEAN


def test_what_records_hold_is_text_under_the_pointer_too(page: Page, hostile: Any) -> None:
    page.goto(own(hostile, "?tab=media&find=%5Ekind"))
    for kind in ("table", "text", "nested", "graph", "confusion", "curve", "embedding", "points", "sound"):
        figure = page.get_by_role("figure", name=f"kind/{kind}", exact=True)
        figure.scroll_into_view_if_needed()
        expect(figure.get_by_text("step 0")).to_be_visible()
        box = figure.bounding_box()
        assert box is not None
        for share in (0.3, 0.5, 0.7):
            page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * share)
        assert page.evaluate(FOUND) == CLEAN, kind
    shows_text(page)


def test_titles_values_and_units_of_dashboards_are_text(page: Page, hostile: Any) -> None:
    page.goto(f"{hostile.url}/d")
    shows_text(page, names=True)
    page.goto(f"{hostile.url}/d/{quote(NAME, safe='')}")
    for text in ATTACKS.values():
        panel = page.get_by_role("figure", name=short(text), exact=True)
        panel.scroll_into_view_if_needed()
        expect(panel).to_contain_text(text)
    shows_text(page)
