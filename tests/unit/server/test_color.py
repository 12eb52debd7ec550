"""The colour that somebody chose for a run."""

from typing import Any

import pytest
from starlette.testclient import TestClient


@pytest.fixture
def path(client: TestClient) -> str:
    client.post("/api/v1/ingest", json=[{"project": "p", "run": "r", "loss": 1}])
    return f"/api/v1/runs/{client.get('/api/v1/runs:search').json()['runs'][0]['id']}"


def color(client: TestClient) -> Any:
    page = client.post("/api/v1/runs:query", json={"project": "p"}).json()
    return page["runs"][0]["color"]


def test_everybody_sees_the_colour_that_somebody_chose(client: TestClient, path: str) -> None:
    assert color(client) is None
    for chosen in ("blue", "ink dash-dotted", None):
        assert client.patch(path, json={"color": chosen}).json()["color"] == chosen
        assert (color(client), client.get(path).json()["color"]) == (chosen, chosen)


@pytest.mark.parametrize("wrong", ["#ff0000", "blue wavy", "", "blue  dashed", "dashed"])
def test_what_no_page_can_draw_is_refused(client: TestClient, path: str, wrong: str) -> None:
    refused = client.patch(path, json={"color": wrong})
    assert (refused.status_code, refused.json()["field"], color(client)) == (400, "color", None)
