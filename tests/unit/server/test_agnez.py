"""The cells of Agnez: what its clients send, and what Feathers would have answered."""

from typing import Any

import pytest
from starlette.testclient import TestClient

CELL = {"name": "", "type": "html", "value": [], "pos": 0, "description": ""}
NO_SUCH = {
    "name": "NotFound",
    "message": "No record found for id 'nope'",
    "code": 404,
    "className": "not-found",
    "data": {},
    "errors": {},
}


def create(client: TestClient, **fields: Any) -> dict[str, Any]:
    answer = client.post("/values", json=CELL | fields)
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


def panels(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/dashboards/agnez").json()["panels"]
    return found


def test_a_cell_is_allocated_patched_read_and_removed(client: TestClient) -> None:
    made = create(client)
    path = f"/values/{made['_id']}"
    assert made == CELL | {"_id": made["_id"]}
    sent = {"name": "test1", "type": "html", "value": "<p>1</p>", "pos": 0, "description": "simple test"}
    patched = client.patch(path, json=sent)
    assert (patched.status_code, patched.json()) == (200, sent | {"_id": made["_id"]})
    assert client.get(path).json() == patched.json()
    removed = client.delete(path)
    assert (removed.status_code, removed.json()) == (200, patched.json())
    assert client.get("/values").json() == []


def test_a_cell_is_a_panel_of_the_dashboard(client: TestClient) -> None:
    create(client, name="left", value="<p>1</p>")
    create(client, name="right", type="img", value="https://example.org/a.gif", pos=3)
    seen = [(p["title"], p["kind"], p["value"], p["row"], p["column"]) for p in panels(client)]
    assert seen == [
        ("left", "html", {"size": 8}, 0, 0),
        ("right", "image", {"url": "https://example.org/a.gif"}, 1, 1),
    ]


def test_every_cell_is_new_whatever_it_is_called(client: TestClient) -> None:
    assert create(client)["_id"] != create(client)["_id"]
    both = client.post("/values", json=[CELL, CELL | {"pos": 1}])
    assert (both.status_code, [cell["pos"] for cell in both.json()]) == (201, [0, 1])
    assert len(panels(client)) == 4


def test_patch_keeps_what_is_not_named_and_put_does_not(client: TestClient) -> None:
    made = create(client, name="n", value="<p>1</p>", pos=2, description="d")
    path = f"/values/{made['_id']}"
    assert client.patch(path, json={"name": "m"}).json() == made | {"name": "m"}
    assert client.patch(path, json={"type": "html"}).json()["value"] == "<p>1</p>"
    assert client.put(path, json={"name": "k"}).json() == CELL | {"_id": made["_id"], "name": "k", "value": ""}
    assert client.patch(path, json={"value": ["<b>", "x"]}).json()["value"] == ["<b>", "x"]


def test_a_picture_in_the_value_is_told_as_it_came(client: TestClient) -> None:
    data = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
    assert create(client, type="img", value=data)["value"] == data


def test_cells_are_found_by_their_fields_in_order_of_position(client: TestClient) -> None:
    ids = [create(client, pos=pos, type=kind)["_id"] for pos, kind in ((2, "html"), (0, "img"), (1, "html"))]
    order = [ids[1], ids[2], ids[0]]
    assert [cell["_id"] for cell in client.get("/values").json()] == order
    assert [cell["_id"] for cell in client.get("/values?type=html").json()] == [ids[2], ids[0]]
    assert [cell["_id"] for cell in client.get("/values?$skip=1&$limit=1").json()] == [ids[2]]
    assert client.get("/values?$limit=x").json()["name"] == "BadRequest"
    assert [cell["_id"] for cell in client.get("/api/v1/values").json()] == order


def test_what_is_not_there_is_told_as_feathers_does(client: TestClient) -> None:
    made = create(client)
    path = f"/values/{made['_id']}"
    client.delete(path)
    for answer in (client.get("/values/nope"), client.delete("/values/nope"), client.patch("/values/nope", json={})):
        assert (answer.status_code, answer.json()) == (404, NO_SUCH)
    assert client.patch(path, json={"value": "x"}).status_code == 404, "a cell that was removed stays removed"
    panel = client.put("/api/v1/panels", json={"name": "mine", "value": 1}).json()["id"]
    assert client.get(f"/values/{panel}").status_code == 404, "only cells are cells"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"type": "pdf"}, "Invalid enum"),
        ({"pos": -1}, ">= 0"),
        ({"pos": "first"}, "Expected `int`"),
        ({"type": "img", "value": "javascript:x"}, "http(s)"),
    ],
)
def test_a_wrong_field_is_a_bad_request(client: TestClient, fields: dict[str, Any], words: str) -> None:
    answer = client.post("/values", json=CELL | fields)
    assert (answer.status_code, answer.json()["className"]) == (400, "bad-request")
    assert words in answer.json()["message"]


def test_another_site_may_not_write_a_cell(client: TestClient) -> None:
    assert client.post("/values", json=CELL, headers={"origin": "http://evil.example"}).status_code == 403
