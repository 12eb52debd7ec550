import hashlib
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gnomon.core.batch import Rewind
from gnomon.server.downloads import FOREVER
from gnomon.server.framed import POLICY, document
from gnomon.server.routes.records import PAGE_BYTES
from gnomon.store.home import Home

from .logged import US, new_run, ramp, record, tensor

LARGE = bytes(range(256)) * 400  # lies in a blob
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


@pytest.fixture
def run(lab: Home) -> str:
    notes = [record("notes", step, "text", f"note {step}".encode()) for step in (0, 1, 1, 2, 5)]
    return new_run(
        lab,
        *notes,
        record("facts", 3, "json", b'{"a": [1, null, 2]}'),
        tensor("w", 2, ramp(2)),
        record("big", 4, "file", LARGE, name="wei ghts.bin", media_type="text/html"),
        record(".scripts/d3.js", 0, "file", b"var d3 = 1", name="d3.js"),
    )


def rows(client: TestClient, run: str, query: str) -> list[dict[str, object]]:
    answer = client.get(f"/api/v1/runs/{run}/records?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["records"]


def first_id(client: TestClient, run: str, key: str) -> int:
    return rows(client, run, f"key={key}")[0]["id"]


def test_keys_tell_what_they_hold_and_hidden_ones_stay_hidden(client: TestClient, run: str, lab: Home) -> None:
    found = client.get(f"/api/v1/runs/{run}/records").json()
    assert lab.bus.position(found.pop("cursor")) == lab.bus.head
    row = {"kind": "text", "viewer": "text", "n": 5, "first_step": 0, "last_step": 5, "size": 30}
    assert found == {
        "keys": {
            "big": {
                **row,
                "kind": "file",
                "viewer": "file",
                "n": 1,
                "first_step": 4,
                "last_step": 4,
                "size": len(LARGE),
            },
            "facts": {**row, "kind": "json", "viewer": "json", "n": 1, "first_step": 3, "last_step": 3, "size": 19},
            "notes": row,
            "w": {**row, "kind": "tensor", "viewer": "tensor", "n": 1, "first_step": 2, "last_step": 2, "size": 96},
        }
    }
    assert [row["key"] for row in rows(client, run, "key=.scripts/d3.js")] == [".scripts/d3.js"]


def test_a_row_says_everything_but_the_payload(client: TestClient, run: str) -> None:
    (row,) = rows(client, run, "key=w")
    meta = {"dtype": "float32", "shape": [4, 6], "low": 2000.0, "high": 2023.0, "bad": 0}
    assert {k: v for k, v in row.items() if k not in {"id", "summary"}} == {
        "key": "w",
        "step": 2,
        "time": US / 1e6 + 2,
        "kind": "tensor",
        "meta": meta,
        "size": 96,
    }
    assert "float32" in str(row["summary"])
    assert client.get(f"/api/v1/runs/{run}/records/{row['id']}").json() == row
    (facts,) = rows(client, run, "key=facts")
    assert facts["value"] == {"a": [1, None, 2]}


@pytest.mark.parametrize(
    ("query", "steps", "more"),
    [
        ("", [0, 1, 1, 2, 5], False),
        ("&first=1&last=2", [1, 1, 2], False),
        ("&every=2", [0, 1, 5], False),
        ("&limit=2", [0, 1], True),
        ("&limit=2&offset=3", [2, 5], False),
        ("&limit=2&newest=true", [2, 5], True),
        ("&first=0&last=4&limit=1&newest=true", [2], True),
        ("&every=2&limit=2&newest=true", [1, 5], True),
        ("&first=6", [], False),
    ],
)
def test_records_are_chosen_by_step_stride_and_window(
    client: TestClient, run: str, query: str, steps: list[int], more: bool
) -> None:
    found = client.get(f"/api/v1/runs/{run}/records?key=notes{query}").json()
    assert ([row["step"] for row in found["records"]], found["more"]) == (steps, more)


@pytest.mark.parametrize("newest", ["", "&newest=true"])
def test_long_lists_of_names_make_pages_shorter_and_none_is_left_out(
    client: TestClient, lab: Home, newest: str
) -> None:
    names = ["n" * 46] * 8_000
    long = new_run(lab, *(record("p", step, "points", b"", n=0, names=names) for step in range(50)))
    pages: list[list[object]] = []
    more = True
    while more:
        answer = client.get(f"/api/v1/runs/{long}/records?key=p&offset={sum(map(len, pages))}{newest}")
        assert len(answer.content) < PAGE_BYTES + 50_000
        found = answer.json()
        pages.append([row["step"] for row in found["records"]])
        more = found["more"]
        assert all(row["meta"]["names"] == names for row in found["records"])
    assert [len(page) for page in pages] == [21, 21, 8]
    assert [step for page in (pages[::-1] if newest else pages) for step in page] == list(range(50))


def test_values_stay_away_when_they_are_not_wanted_or_too_long(client: TestClient, lab: Home, run: str) -> None:
    assert "value" not in rows(client, run, "key=notes&values=false")[0]
    long = new_run(lab, record("t", 0, "text", b"x" * 65_537), record("t", 1, "text", b"x" * 65_536))
    assert ["value" in row for row in rows(client, long, "key=t")] == [False, True]
    odd = new_run(lab, record("j", 0, "json", b"{nope"), record("x", 0, "tensor", b"123", shape="?"))
    assert "value" not in rows(client, odd, "key=j")[0]
    assert "3 bytes" in str(rows(client, odd, "key=x")[0]["summary"])


def test_what_a_rewind_hides_is_not_listed(client: TestClient, lab: Home) -> None:
    run = new_run(lab, record("t", 1, "text", b"a"), record("t", 5, "text", b"b"), Rewind(US, 3))
    assert [row["step"] for row in rows(client, run, "key=t")] == [1]


def test_what_is_not_there_is_said_with_the_nearest_name(client: TestClient, run: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/records?key=note")
    assert (answer.status_code, answer.json()["detail"].endswith('Nearest: "notes".')) == (404, True)
    for path in (
        f"/api/v1/runs/{run}/records/999",
        "/api/v1/runs/0123456789/records",
        f"/api/v1/runs/{run}/records/99/data",
    ):
        assert client.get(path).status_code == 404, path
    for number in ("abc", "-1", "1e3", "9" * 30, "%00"):
        assert client.get(f"/api/v1/runs/{run}/records/{number}").status_code == 400, number


def test_a_payload_comes_back_as_it_was_logged_and_never_as_a_page(client: TestClient, run: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'big')}/data")
    assert answer.content == LARGE
    kept = ("content-type", "content-disposition", "content-security-policy", "cache-control", "etag", "accept-ranges")
    assert {name: answer.headers[name] for name in kept} == {
        "content-type": "application/octet-stream",
        "content-disposition": "attachment; filename=\"wei ghts.bin\"; filename*=UTF-8''wei%20ghts.bin",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": FOREVER,
        "etag": f'"{hashlib.sha256(LARGE).hexdigest()}"',
        "accept-ranges": "bytes",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    small = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'notes')}/data")
    assert (small.content, small.headers["content-type"]) == (b"note 0", "text/plain; charset=utf-8")


@pytest.mark.parametrize("key", ["big", "w"])
@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-", 0, None),
        ("bytes=5-9", 5, 10),
        ("bytes=90-", 90, None),
        ("bytes=-7", -7, None),
        ("bytes=0-0", 0, 1),
        ("bytes=10-999999999", 10, None),
        ("bytes=-999999999", 0, None),
    ],
)
def test_a_range_is_that_part(client: TestClient, run: str, key: str, asked: str, first: int, end: int | None) -> None:
    path = f"/api/v1/runs/{run}/records/{first_id(client, run, key)}/data"
    whole = client.get(path).content
    answer = client.get(path, headers={"range": asked})
    start = first if first >= 0 else len(whole) + first
    last = len(whole) if end is None else end
    assert (answer.status_code, answer.content) == (206, whole[start:last])
    assert answer.headers["content-range"] == f"bytes {start}-{last - 1}/{len(whole)}"
    assert answer.headers["content-length"] == str(last - start)


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=0-1,3-4", "bytes=-", "lines=0-1", "bytes=a-b", "bytes=0-" + "9" * 40]
)
def test_a_range_that_says_nothing_is_answered_with_all(client: TestClient, run: str, asked: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'w')}/data", headers={"range": asked})
    assert (answer.status_code, len(answer.content)) == (200, 96)


def test_a_range_outside_is_refused_and_a_stale_one_is_answered_with_all(client: TestClient, run: str) -> None:
    path = f"/api/v1/runs/{run}/records/{first_id(client, run, 'w')}/data"
    for asked in ("bytes=96-", "bytes=1000-2000", "bytes=-0"):
        answer = client.get(path, headers={"range": asked})
        assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */96"), asked
    assert client.get(path, headers={"range": "bytes=0-1", "if-range": '"other"'}).status_code == 200
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"range": "bytes=0-1", "if-range": tag}).status_code == 206
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("kind", "meta", "expected"),
    [
        ("image", {"format": "png"}, "image/png"),
        ("audio", {"format": "mp3"}, "audio/mpeg"),
        ("video", {"format": "webm"}, "video/webm"),
        ("image", {"format": "raw"}, "application/octet-stream"),
        ("image", {"format": "svg"}, "application/octet-stream"),
        ("image", {"format": ["png"]}, "application/octet-stream"),
        ("file", {"name": "a.svg", "media_type": "image/svg+xml"}, "application/octet-stream"),
        ("file", {"name": "a.html", "media_type": "text/html"}, "application/octet-stream"),
        ("figure", {"format": "svg"}, "application/octet-stream"),
        ("html", {}, "application/octet-stream"),
        ("text", {"format": "markdown"}, "text/plain; charset=utf-8"),
        ("text/html;<script>", {}, "application/octet-stream"),
    ],
)
def test_only_types_that_cannot_run_are_told(
    client: TestClient, lab: Home, kind: str, meta: dict[str, object], expected: str
) -> None:
    run = new_run(lab, record("x", 0, kind, SVG, **meta))
    answer = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'x')}/data")
    assert (answer.headers["content-type"], answer.content) == (expected, SVG)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"].startswith("sandbox;")


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nSet-Cookie: x=1",
        'a"; filename="evil.html',
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "\ud83d\ude80".encode("utf-16", "surrogatepass").decode("utf-16") + ".bin",
        "x" * 5000,
        "\x00",
        "",
        "a;b=c",
    ],
)
def test_no_name_can_split_the_header(client: TestClient, lab: Home, name: str) -> None:
    run = new_run(lab, record("k", 0, "file", b"1", name=name))
    answer = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'k')}/data")
    given = answer.headers["content-disposition"]
    assert "set-cookie" not in answer.headers
    assert given.count('"') == 2
    assert all(" " <= c <= "~" for c in given)
    assert "/" not in given
    assert "\\" not in given
    assert len(given) < 2000


def test_html_comes_as_a_sandboxed_document_with_its_scripts_inside(client: TestClient, lab: Home) -> None:
    script = b"window.d3 = {end: '</script><script>alert(1)', open: '<!-- <script>'}"
    named = lab.engine.blobs.put(script)
    figure = record(
        "f", 0, "figure", b"<div id=f></div>", format="html", library="mpld3", scripts=[named, named, "0" * 64, 7]
    )
    run = new_run(
        lab, figure, record("h", 0, "html", b"<!DOCTYPE html><p>hi"), record("s", 0, "figure", SVG, format="svg")
    )
    answer = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'f')}/frame")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert POLICY.startswith("sandbox allow-scripts; default-src 'none'; ")
    assert "allow-same-origin" not in POLICY
    assert answer.content.count(b"<script>") == 3  # ours, and two that stand inside strings and do nothing
    assert answer.content.count(b"</script>") == 1
    assert b"<!--" not in answer.content
    assert answer.content.endswith(b"</script>\n<div id=f></div>")
    html = client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 'h')}/frame").content
    assert (html.count(b"<!doctype html>"), html.endswith(b"\n<p>hi")) == (1, True)
    assert client.get(f"/api/v1/runs/{run}/records/{first_id(client, run, 's')}/frame").content.endswith(SVG)


def test_only_documents_have_a_frame(client: TestClient, lab: Home, run: str) -> None:
    png = new_run(lab, record("f", 0, "figure", b"\x89PNG", format="png"))
    for owner, key in ((run, "notes"), (run, "w"), (png, "f")):
        answer = client.get(f"/api/v1/runs/{owner}/records/{first_id(client, owner, key)}/frame")
        assert answer.status_code == 404, key
    odd = new_run(lab, record("f", 0, "figure", b"<p>", format=["html"]))
    assert client.get(f"/api/v1/runs/{odd}/records/{first_id(client, odd, 'f')}/frame").status_code == 404
    many = [lab.engine.blobs.put(str(i).encode()) for i in range(17)]
    greedy = new_run(lab, record("f", 0, "figure", b"", format="html", scripts=many))
    assert client.get(f"/api/v1/runs/{greedy}/records/{first_id(client, greedy, 'f')}/frame").status_code == 413


def test_a_document_is_never_in_quirks_mode() -> None:
    for html in (b"", b"<p>", b"  <!DOCTYPE HTML PUBLIC 'x'><html><head></head></html>", b"<svg/>", b"<!doctype"):
        assert document(html).lower().count(b"<!doctype") == 1


def test_a_document_of_nothing_but_blanks_or_beginnings_is_made_in_no_time() -> None:
    # Patterns that look again at each of these would need hours.
    for html in (b" " * 4_000_000, b"<!doctype " * 400_000, b"<p>" + b" " * 4_000_000):
        assert len(document(html)) < len(html) + 1000


def test_a_deleted_run_takes_its_payloads_with_it(client: TestClient, lab: Home, run: str, home: Path) -> None:
    path = f"/api/v1/runs/{run}/records/{first_id(client, run, 'big')}/data"
    assert client.delete(f"/api/v1/runs/{run}").status_code == 204
    assert client.get(path).status_code == 404
