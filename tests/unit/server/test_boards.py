"""Dashboards and panels over HTTP: made, changed, looked back at, taken away and brought back."""

import base64
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from gnomon.server.boards import Boards, panel_id
from gnomon.server.panels import MAX_IMAGE_BYTES, MAX_NUMBERS
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

PANELS = "/api/v1/panels"
BOARDS = "/api/v1/dashboards"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def put(client: TestClient, **fields: Any) -> dict[str, Any]:
    answer = client.put(PANELS, json=fields)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refusal(client: TestClient, method: str, path: str, fields: dict[str, Any]) -> tuple[int, str, str]:
    answer = client.request(method, path, json=fields)
    problem = answer.json()
    return answer.status_code, problem.get("field", ""), problem["detail"]


def names(client: TestClient, query: str = "") -> list[str]:
    return [panel["name"] for panel in client.get(f"{BOARDS}/default{query}").json()["panels"]]


def test_one_call_makes_dashboard_and_panel_and_the_same_call_finds_them(client: TestClient) -> None:
    first = client.post(PANELS, json={"name": "note", "value": "hello"})
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    made = first.json()
    assert made == {
        "id": panel_id("default", "note"),
        "dashboard": "default",
        "name": "note",
        "kind": "text",
        "title": "",
        "description": "",
        "tab": "",
        "row": None,
        "column": None,
        "width": None,
        "height": None,
        "options": {},
        "value": "hello",
        "run": None,
        "lines": None,
        "rev": 1,
        "created": made["created"],
        "updated": made["created"],
    }
    again = client.post(PANELS, json={"name": "note", "value": "something else"})
    assert (again.status_code, again.json()) == (200, made)
    assert names(client) == ["note"]


def test_a_form_from_curl_is_json_and_a_form_from_a_browser_is_refused(client: TestClient) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = '{"name": "a", "value": 1}'
    assert client.post(PANELS, content=body, headers=headers).status_code == 201
    assert client.post(PANELS, content=body, headers=headers | {"origin": "http://127.0.0.1:7000"}).status_code == 415
    assert client.post(PANELS, json={}, headers={"origin": "http://evil.example"}).status_code == 403


def test_patch_replaces_only_what_is_named(client: TestClient) -> None:
    panel = put(client, name="n", value=1, title="T", options={"unit": "s"})
    changed = client.patch(f"{PANELS}/{panel['id']}", json={"value": 2}).json()
    assert changed == {**panel, "value": 2, "rev": 2, "updated": changed["updated"]}
    same = client.patch(f"{PANELS}/{panel['id']}", json={"value": 2}).json()
    assert same == changed, "what changes nothing is no revision"


def test_a_change_meant_for_an_older_revision_is_refused(client: TestClient) -> None:
    panel = put(client, name="n", value=1)
    path = f"{PANELS}/{panel['id']}"
    assert client.patch(path, json={"value": 2}, headers={"if-match": '"1"'}).status_code == 200
    refused = client.patch(path, json={"value": 3}, headers={"if-match": '"1"'})
    assert (refused.status_code, client.get(path).json()["value"]) == (412, 2)
    assert "is at 2" in refused.json()["detail"]
    assert client.patch(path, json={"value": 4}, headers={"if-match": "yes"}).json()["field"] == "If-Match"
    board = client.patch(f"{BOARDS}/default", json={"title": "x"}, headers={"if-match": "77"})
    assert board.status_code == 412


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "at least one character"),
        ({"name": "n", "kind": "pie"}, "kind", "Invalid enum"),
        ({"name": "n", "kind": "number", "value": "many"}, "value", "expected a number"),
        ({"name": "n", "kind": "text", "value": 3}, "value", "expected text"),
        ({"name": "n", "kind": "text", "value": "x" * (2 << 20)}, "value", "at most"),
        ({"name": "n", "kind": "image", "value": "javascript:alert(1)"}, "value", "http(s)"),
        ({"name": "n", "kind": "image", "value": "data:image/png;base64,!!!"}, "value", "data:image/png"),
        ({"name": "n", "kind": "image", "value": "data:image/png;base64,aGVsbG8="}, "value", "PNG, JPEG"),
        ({"name": "n", "kind": "line", "value": ["a"]}, "value.value", "expected numbers"),
        ({"name": "n", "kind": "line", "value": {"step": [2, 1], "v": [1, 2]}}, "value.step", "Sort them"),
        ({"name": "n", "kind": "line", "value": [0] * (MAX_NUMBERS + 1)}, "value", "Append them"),
        ({"name": "n", "kind": "series", "value": {"keys": []}}, "value", "1 to 64"),
        ({"name": "n", "kind": "series", "value": {"keys": ["k"], "runs": ["../x"]}}, "value.runs", "id of a run"),
        ({"name": "n", "kind": "record", "value": {"run": "01abcdef"}}, "value", "missing required field"),
        ({"name": "n", "title": "\x00"}, "title", "control characters"),
        ({"name": "n", "row": -1}, "row", ">= 0"),
        ({"name": "n", "width": 13}, "width", "<= 12"),
        ({"name": "n", "colour": "red"}, "", "unknown field"),
        ({"name": "n", "options": {str(i): 1 for i in range(40)}}, "options", "at most 32"),
        ({"name": "n", "append": {"step": 1}}, "append", "at least one line"),
        ({"name": "n", "append": {"loss": "low"}}, "append.loss", "received 'low'"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_the_remedy(
    client: TestClient, fields: dict[str, Any], field: str, words: str
) -> None:
    status, named, detail = refusal(client, "PUT", PANELS, fields)
    assert status in {400, 413}
    assert (named, words in detail) == (field, True), detail


def test_points_are_appended_kept_as_a_run_and_sent_by_line(client: TestClient, lab: Home) -> None:
    put(client, name="loss", append={"train": 1.0, "val": 2.0})
    panel = put(client, name="loss", append={"train": [0.5, "NaN"], "step": [10, 20]})
    run = panel["run"]
    assert panel["lines"] == [
        {"name": "train", "run": run, "step": [0, 10, 20], "value": [1.0, 0.5, "NaN"], "n": 3},
        {"name": "val", "run": run, "step": [0], "value": [2.0], "n": 1},
    ]
    info = lab.catalog.run(run)
    assert (info.project, info.name) == ("panels", "default/loss")
    assert panel["rev"] == 2, "points are no revisions of the panel"


def test_a_long_line_is_thinned_to_extremes_and_says_so(client: TestClient) -> None:
    values = [0.0] * 20_000
    values[12_345] = 7.0
    line = put(client, name="loss", append={"v": values})["lines"][0]
    assert (line["n"], len(line["step"]) <= 1000) == (20_000, True)
    assert (line["step"][line["value"].index(7.0)], line["step"][-1]) == (12_345, 19_999)


def test_points_that_a_panel_holds_itself_are_the_beginning_of_what_is_appended(client: TestClient) -> None:
    given = put(client, name="loss", kind="line", value={"step": [0, 5], "a": [3, 2]})
    assert given["lines"] == [{"name": "a", "run": None, "step": [0, 5], "value": [3.0, 2.0], "n": 2}]
    panel = put(client, name="loss", append={"a": 1})
    assert [(line["step"], line["value"]) for line in panel["lines"]] == [([0, 5, 6], [3.0, 2.0, 1.0])]
    other = put(client, name="loss", value={"b": [9]})
    assert [(line["name"], line["value"]) for line in other["lines"]] == [("b", [9.0])]
    third = put(client, name="loss", append={"b": 8})
    assert [line["value"] for line in third["lines"]] == [[9.0, 8.0]]
    assert third["run"] != panel["run"]


def test_points_whose_run_was_deleted_begin_a_new_one(client: TestClient, lab: Home) -> None:
    first = put(client, name="loss", append={"a": 1})["run"]
    lab.delete(first)
    assert client.get(f"{BOARDS}/default").json()["panels"][0]["lines"] == []
    second = put(client, name="loss", append={"a": 2})
    assert [line["value"] for line in second["lines"]] == [[2.0]]
    assert second["run"] != first


def test_only_lines_take_points(client: TestClient) -> None:
    panel = put(client, name="n", value=3)
    status, field, detail = refusal(client, "PATCH", f"{PANELS}/{panel['id']}", {"append": {"a": 1}})
    assert (status, field) == (400, "append")
    assert "PATCH its value" in detail


@pytest.mark.parametrize("rev", ["0", "-1", "x", "99999999999999999999999", "9007199254740993"])
def test_a_revision_that_no_panel_can_have_is_refused(client: TestClient, rev: str) -> None:
    panel = put(client, name="n", value=1)["id"]
    for path in (
        f"{PANELS}/{panel}?rev={rev}",
        f"{PANELS}/{panel}/frame?rev={rev}",
        f"{PANELS}/{panel}/history?before={rev}",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["field"]) == (400, "before" if "before" in path else "rev"), path
    assert client.get(f"{PANELS}/{panel}?rev=2").status_code == 404


def test_a_dashboard_is_shown_as_it_was(client: TestClient) -> None:
    first = put(client, name="n", value=1, title="one")
    second = put(client, name="n", value=2)
    put(client, name="other", value="x")
    client.delete(f"{PANELS}/{first['id']}")
    assert names(client) == ["other"]
    past = client.get(f"{BOARDS}/default?at={second['updated']}").json()
    assert [(p["name"], p["value"], p["title"]) for p in past["panels"]] == [("n", 2, "one")]
    assert past["at"] == second["updated"]
    assert client.get(f"{BOARDS}/default?at=5").status_code == 404
    assert client.get(f"{PANELS}/{first['id']}?at={first['updated']}").json()["value"] == 1


def test_lines_are_shown_as_they_were(client: TestClient) -> None:
    panel = put(client, name="loss", append={"a": [1, 2, 3], "time": [1e9, 1e9 + 1, 4e9]})
    run = client.post("/api/v1/ingest", json={"project": "p", "run": "r", "step": 3, "k": 5, "time": 1e9}).json()
    client.post("/api/v1/ingest", json={"project": "p", "run": "r", "step": 4, "k": 6, "time": 4e9})
    put(client, name="s", kind="series", value={"project": "p", "runs": run["runs"], "keys": ["k", "none"]})
    put(client, name="q", kind="series", value={"project": "p", "keys": ["k"]})
    seen = client.get(f"{BOARDS}/default?at=2000000000").json()["panels"]
    lines = [[(line["name"], line["step"], line["value"]) for line in one["lines"]] for one in seen]
    assert lines == [[("a", [0, 1], [1.0, 2.0])], [("r k", [3], [5.0])], [("r k", [3], [5.0])]]
    now = client.get(f"{BOARDS}/default").json()["panels"]
    assert [one["lines"] and [line["n"] for line in one["lines"]] for one in now] == [[3], None, None]
    assert now[0]["run"] == panel["run"]


def test_what_was_deleted_comes_back(client: TestClient) -> None:
    panel = put(client, name="n", value=1)
    path = f"{PANELS}/{panel['id']}"
    assert client.delete(path).status_code == 204
    assert [client.get(path).status_code, client.patch(path, json={"value": 2}).status_code] == [404, 404]
    assert client.post(f"{path}/restore").json()["value"] == 1
    client.delete(path)
    assert client.patch(path, json={"deleted": False, "value": 2}).json()["value"] == 2
    client.delete(path)
    made = client.post(PANELS, json={"name": "n", "value": 3})
    assert (made.status_code, made.json()["id"], made.json()["value"]) == (201, panel["id"], 3)
    assert client.post(f"{path}/restore", json={"rev": 1}).json()["value"] == 1
    assert client.post(f"{PANELS}/nope/restore").status_code == 404
    revisions = client.get(f"{path}/history").json()
    assert ([row["rev"] for row in revisions["revisions"]], revisions["more"]) == ([9, 8, 7, 6, 5, 4, 3, 2, 1], False)
    older = client.get(f"{path}/history?limit=2&before=5").json()
    assert ([row["rev"] for row in older["revisions"]], older["more"]) == ([4, 3], True)


def test_a_deleted_dashboard_comes_back_with_the_panels_that_went_with_it(client: TestClient) -> None:
    put(client, name="kept", value=1)
    gone = put(client, name="gone", value=2)
    client.delete(f"{PANELS}/{gone['id']}")
    assert client.delete(f"{BOARDS}/default").status_code == 204
    assert client.get(BOARDS).json()["dashboards"] == []
    assert client.get(f"{BOARDS}/default").status_code == 404
    back = client.post(f"{BOARDS}/default/restore").json()
    assert [panel["name"] for panel in back["panels"]] == ["kept"]
    client.delete(f"{BOARDS}/default")
    assert client.patch(f"{BOARDS}/default", json={"deleted": False}).json()["count"] == 1
    client.delete(f"{BOARDS}/default")
    fresh = client.post(BOARDS, json={"name": "default"})
    assert (fresh.status_code, fresh.json()["panels"]) == (201, [])


def test_a_layout_merges_panel_by_panel(client: TestClient) -> None:
    a, b = (put(client, name=name, value=1)["id"] for name in "ab")
    cell = {"x": 0, "y": 0, "w": 4, "h": 5}
    path = f"{BOARDS}/default"
    client.patch(path, json={"layout": {a: cell}})
    assert client.patch(path, json={"layout": {b: cell}}).json()["layout"] == {a: cell, b: cell}
    assert client.patch(path, json={"layout": {a: None}}).json()["layout"] == {b: cell}
    status, field, _ = refusal(client, "PATCH", path, {"layout": {a: {"x": 9, "y": 0, "w": 4, "h": 5}}})
    assert (status, field) == (400, f"layout.{a}")
    client.patch(f"{PANELS}/{b}", json={"row": 0, "value": 2})
    assert client.get(path).json()["layout"] == {}, "the last word about a place counts"
    client.patch(path, json={"layout": {b: cell}})
    client.patch(f"{PANELS}/{b}", json={"row": 0, "value": 3})
    assert client.get(path).json()["layout"] == {b: cell}, "saying the same again is no new word"


def test_a_dashboard_is_made_by_name_and_its_fields_are_checked(client: TestClient) -> None:
    made = client.post(BOARDS, json={"name": "a/b", "title": "T", "project": "digits", "tabs": ["one", "two"]})
    assert made.status_code == 201
    row = client.get(BOARDS).json()["dashboards"][0]
    assert {name: row[name] for name in ("name", "title", "project", "tabs", "count", "rev")} == {
        "name": "a/b",
        "title": "T",
        "project": "digits",
        "tabs": ["one", "two"],
        "count": 0,
        "rev": 1,
    }
    assert client.post(BOARDS, json={"name": "a/b", "title": "other"}).json()["title"] == "T"
    assert client.get(f"{BOARDS}/a%2Fb").json()["title"] == "T"
    assert client.get(f"{BOARDS}/a%2Fb/history").json()["revisions"][0]["rev"] == 1
    assert refusal(client, "PATCH", f"{BOARDS}/a%2Fb", {"tabs": ["x", "x"]})[1] == "tabs"
    assert refusal(client, "POST", BOARDS, {"name": "\x07"})[0] == 400


def test_moments_are_those_of_revisions_and_points_with_both_ends(client: TestClient) -> None:
    panel = put(client, name="loss", append={"a": list(range(2000)), "time": [4e9 + i for i in range(2000)]})
    put(client, name="earlier", append={"a": 1, "time": 1e9})
    times = client.get(f"{BOARDS}/default/moments").json()["times"]
    assert (len(times), times[-1], times == sorted(times)) == (500, 4e9 + 1999, True)
    assert times[0] == client.get(f"{BOARDS}/default").json()["created"] <= panel["created"]


def test_an_image_is_uploaded_as_bytes_as_a_form_and_as_a_data_address(client: TestClient) -> None:
    raw = client.post(f"{PANELS}:upload?name=a&title=T", content=PNG, headers={"content-type": "image/png"})
    assert (raw.status_code, raw.json()["kind"], raw.json()["title"]) == (201, "image", "T")
    form = client.post(f"{PANELS}:upload?name=b", files={"file": ("x.bin", PNG)})
    plain = client.post(
        f"{PANELS}:upload?name=c", content=PNG, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    data = client.put(
        PANELS, json={"name": "d", "kind": "image", "value": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}
    )
    for panel in (raw, form, plain, data):
        assert panel.json()["value"] == {"media_type": "image/png", "size": len(PNG)}
        found = client.get(f"{PANELS}/{panel.json()['id']}/image")
        assert (found.content, found.headers["content-type"]) == (PNG, "image/png")
        assert "sandbox" in found.headers["content-security-policy"]
    path = f"{PANELS}/{raw.json()['id']}"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    assert client.put(f"{path}/image", content=svg, headers={"content-type": "image/svg+xml"}).status_code == 200
    assert client.get(f"{path}/image").headers["content-type"] == "image/svg+xml"
    assert client.get(f"{path}/image?rev=2").content == PNG
    assert client.get(f"{path}/image?rev=2").headers["cache-control"].endswith("immutable")


@pytest.mark.parametrize("body", [b"", b"<html>", b"MZ\x90", b"\x89PN", b"<!---->" * 500, b"x" * (MAX_IMAGE_BYTES + 1)])
def test_what_is_no_image_is_not_kept_as_one(client: TestClient, body: bytes) -> None:
    answer = client.post(f"{PANELS}:upload?name=a", content=body, headers={"content-type": "image/png"})
    assert (answer.status_code in {400, 413}, answer.json()["field"]) == (True, "body")
    assert client.get(f"{BOARDS}/default").status_code == 404, "nothing was made"


def test_a_form_without_a_file_is_refused(client: TestClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhi\r\n--x--\r\n'
        answer = client.post(f"{PANELS}:upload?name=a", content=body, headers={"content-type": kind})
        assert answer.status_code == 400


def test_html_is_a_document_of_no_origin_that_loads_nothing(client: TestClient) -> None:
    panel = put(client, name="h", kind="html", value="<script>x = 1</script>")
    frame = client.get(f"{PANELS}/{panel['id']}/frame")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none';")
    assert "allow-same-origin" not in policy
    assert frame.text.startswith("<!doctype html>")
    assert frame.text.endswith("<script>x = 1</script>")
    assert client.get(f"{BOARDS}/default").json()["panels"][0]["value"] == {"size": 22}
    number = put(client, name="n", value=1)
    assert client.get(f"{PANELS}/{number['id']}/frame").text.endswith("\n")
    assert client.get(f"{PANELS}/{number['id']}/image").status_code == 404


def test_scripts_that_html_would_load_come_from_packages_here_or_are_named(client: TestClient) -> None:
    pytest.importorskip("mpld3")
    html = (
        '<div id="f"></div><script>mpld3_load_lib("https://d3js.org/d3.v5.js", x);'
        'mpld3_load_lib("https://mpld3.github.io/js/mpld3.v0.5.12.js")</script>'
        '<script src="https://evil.example/x.js"></script>'
    )
    panel = put(client, name="h", kind="html", value=html)
    text = client.get(f"{PANELS}/{panel['id']}/frame").text
    assert "<script src=" not in text
    assert text.index("d3js.org") < text.index("mpld3_load_lib")
    assert "Not loaded: https://evil.example/x.js" in text
    assert len(text) > 250_000, "d3 and mpld3 travel inside"


def test_a_tab_that_watches_hears_of_every_change_of_a_panel(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:7000/api/v1/live") as tab:
        tab.receive_json()
        tab.send_json({"op": "watch", "documents": ["panel"]})
        tab.receive_json()
        panel = put(client, name="n", value=1)
        heard = tab.receive_json()
        assert (heard["type"], heard["changes"]) == (
            "documents",
            [{"kind": "panel", "id": panel["id"], "rev": 1, "deleted": False}],
        )
        client.delete(f"{PANELS}/{panel['id']}")
        assert tab.receive_json()["changes"] == [{"kind": "panel", "id": panel["id"], "rev": 2, "deleted": True}]


def test_changes_that_come_at_once_are_all_made(lab: Home) -> None:
    boards = Boards(lab.documents)
    panel, _ = boards.open_panel("d", "n", {"kind": "number", "value": 0})
    put_document = lab.documents.put

    def interrupted(*args: Any, **more: Any) -> Any:
        lab.documents.put = put_document  # type: ignore[method-assign]
        boards.change_panel(panel.id, {"title": "meanwhile"})
        return put_document(*args, **more)

    lab.documents.put = interrupted  # type: ignore[method-assign]
    done = boards.change_panel(panel.id, {"value": 5})
    assert (done.body["title"], done.body["value"], done.rev) == ("meanwhile", 5, 3)


def test_a_dashboard_holds_so_many_panels_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gnomon.server.boards.MAX_PANELS", 3)
    with MemoryEngine() as engine:
        boards = Boards(engine.documents)
        for name in "abc":
            boards.open_panel("d", name, {})
        with pytest.raises(ValueError, match="at most 3 panels"):
            boards.open_panel("d", "e", {})
        boards.delete_panel(panel_id("d", "a"))
        assert boards.open_panel("d", "e", {})[1]


def test_a_name_with_a_dot_is_a_page_and_no_file(client: TestClient) -> None:
    for path in ("/d/v1.2", "/p/resnet.50", "/p/a/r/x.y", "/data/iris.csv"):
        assert "<title>gnomon</title>" in client.get(path).text, path
    assert client.get("/missing.js").status_code == 404


def test_the_document_describes_the_routes(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths["/api/v1/panels"]) == {"get", "post", "put"}
    assert "image/png" in json.dumps(paths["/api/v1/panels:upload"]["post"]["requestBody"])
