"""Layouts of charts, points as CSV, and expressions, as a client sees them."""

import csv
import io
from unittest.mock import patch

import pytest
from starlette.testclient import TestClient

from gnomon.server import expressions
from gnomon.server.routes import layouts

TIME = 1_790_000_000.5
EMPTY = {"project": "p/q", "rev": 0, "updated": None, "layout": {}}


@pytest.fixture
def runs(client: TestClient) -> list[str]:
    def columns(step: list[int], **series: list[float | str]) -> dict[str, object]:
        return {"step": step, "time": [TIME + s for s in step], **series}

    answer = client.post(
        "/api/v1/ingest",
        json=[
            {"project": "p", "run": "one", "time": TIME, "columns": columns([0, 1, 2, 3], a=[1, 2, 4, 8])},
            {"project": "p", "run": "one", "columns": columns([1, 3], b=[1, "NaN"])},
            {"project": "p", "run": '=two, "2"', "time": TIME, "columns": columns([0, 1], a=[5, 6])},
        ],
    ).json()
    assert answer["errors"] == []
    found = client.post("/api/v1/runs:query", json={"project": "p", "order": ["name"]}).json()["runs"]
    return [run["id"] for run in reversed(found)]


def envelope(client: TestClient, run: str, expression: str, **more: object) -> dict[str, object]:
    body = {"series": [{"run": run, "expression": expression}, {"run": run, "key": "a"}], **more}
    response = client.post("/api/v1/envelopes", json=body)
    assert response.status_code == 200, response.text
    found, plain = response.json()["series"]
    assert (plain["key"], plain["missed"]) == ("a", 0)
    return found


def test_a_project_that_nobody_arranged_has_an_empty_layout(client: TestClient) -> None:
    response = client.get("/api/v1/layouts/p/q")
    assert (response.status_code, response.json(), response.headers["etag"]) == (200, EMPTY, '"0"')


def test_a_layout_is_kept_by_project_and_only_who_saw_the_last_one_replaces_it(client: TestClient) -> None:
    layout = {
        "columns": 2,
        "height": "large",
        "pinned": ["val/acc", "+1"],
        "order": {"train": ["val/loss", "train/loss"]},
        "charts": {
            "+1": {"lines": [{"key": "a"}, {"expression": "a - b"}], "title": "gap", "span": 2},
            "a": {
                "low": 0,
                "high": 1,
                "y_log": False,
                "runs": ["r1"],
                "smooth": 0.5,
                "smoothing": "gauss",
                "x": "time",
            },
        },
    }
    first = client.put("/api/v1/layouts/p/q", json=layout, headers={"If-Match": '"0"'})
    assert (first.status_code, first.json()["rev"], first.json()["layout"], first.headers["etag"]) == (
        200,
        1,
        layout,
        '"1"',
    )
    late = client.put("/api/v1/layouts/p/q", json={}, headers={"If-Match": '"0"'})
    assert (late.status_code, late.json()["title"]) == (412, "Somebody was faster")
    assert client.get("/api/v1/layouts/p/q").json() == first.json()
    assert client.get("/api/v1/layouts/p").json() == {**EMPTY, "project": "p"}
    assert client.put("/api/v1/layouts/p/q", json={}).json()["layout"] == {}


@pytest.mark.parametrize(
    ("layout", "field"),
    [
        ({"columns": 9}, "columns"),
        ({"pinned": "a"}, "pinned"),
        ({"charts": {"a": {"smooth": 1}}}, "charts[...].smooth"),
        ({"what": 1}, "body"),
        ([], "body"),
    ],
)
def test_a_layout_that_cannot_be_drawn_is_refused(client: TestClient, layout: object, field: str) -> None:
    response = client.put("/api/v1/layouts/p", json=layout)
    assert response.status_code == 400
    assert response.json()["detail"].startswith(field)


def test_a_layout_larger_than_accepted_is_refused(client: TestClient) -> None:
    with patch.object(layouts, "MAX_BYTES", 20):
        response = client.put("/api/v1/layouts/p", json={"pinned": ["a" * 30]})
    assert (response.status_code, response.json()["field"]) == (413, "layout")


def test_an_expression_is_drawn_from_every_point_at_the_steps_that_its_series_share(
    client: TestClient, runs: list[str]
) -> None:
    one, two = runs
    found = envelope(client, one, "a - b")
    assert (found["key"], found["total"], found["span"], found["missed"]) == ("a - b", 2, [1, 3], 2)
    columns = found["columns"]
    assert (columns["x0"], columns["low"], columns["bad"]) == ([1, 3], [1, "NaN"], [0, 1])
    whole = envelope(client, one, "ema(a, 0) * 2", px=1)["columns"]
    assert [whole[name] for name in ("low", "low_x", "high", "high_x", "mean", "n")] == [
        [2],
        [0],
        [16],
        [3],
        [7.5],
        [4],
    ]
    assert envelope(client, two, "a - b")["total"] == 0
    assert envelope(client, "nobody", "a")["total"] == 0


@pytest.mark.parametrize(
    ("x", "places"), [("time", [TIME + 1, TIME + 3]), ("relative", [1, 3]), ("a", [2, 8]), ("gone", [])]
)
def test_an_expression_lies_over_any_axis(client: TestClient, runs: list[str], x: str, places: list[float]) -> None:
    assert envelope(client, runs[0], "-b", x=x)["columns"]["x0"] == places


def test_a_mistake_in_an_expression_names_the_character(client: TestClient, runs: list[str]) -> None:
    response = client.post("/api/v1/envelopes", json={"series": [{"run": runs[0], "expression": "a +"}]})
    assert response.status_code == 400
    told = response.json()
    assert (told["title"], told["field"], told["position"]) == ("The expression does not parse", "expression", 3)


def test_expressions_read_no_more_points_than_a_server_should(client: TestClient, runs: list[str]) -> None:
    with patch.object(expressions, "MAX_POINTS", 5):
        assert envelope(client, runs[0], "a + a")["total"] == 4
        response = client.post("/api/v1/envelopes", json={"series": [{"run": runs[0], "expression": "a + b"}]})
    assert (response.status_code, response.json()["field"]) == (413, "series")


def test_points_come_as_csv_with_every_digit_and_no_formula(client: TestClient, runs: list[str]) -> None:
    one, two = runs
    query = {"runs": f"{one},{two}", "key": ["a"], "expression": "a / b", "first": 1, "last": 3}
    response = client.get("/api/v1/points.csv", params=query)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"].startswith('attachment; filename="a.csv"')
    assert list(csv.reader(io.StringIO(response.text))) == [
        ["run", "name", "series", "step", "time", "value"],
        [one, "one", "a", "1", f"{TIME + 1:.6f}", "2.0"],
        [one, "one", "a", "2", f"{TIME + 2:.6f}", "4.0"],
        [one, "one", "a", "3", f"{TIME + 3:.6f}", "8.0"],
        [one, "one", "a / b", "1", f"{TIME + 1:.6f}", "2.0"],
        [one, "one", "a / b", "3", f"{TIME + 3:.6f}", "nan"],
        [two, '\'=two, "2"', "a", "1", f"{TIME + 1:.6f}", "6.0"],
    ]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"runs": "", "key": "a"}, 400, "runs"),
        ({"runs": ",".join(["r"] * 1001), "key": "a"}, 413, "runs"),
        ({"runs": "r"}, 400, "key"),
        ({"runs": "r", "key": ["a"] * 65}, 413, "key"),
        ({"runs": "r", "expression": "a +"}, 400, "expression"),
        ({"key": "a"}, 400, None),
    ],
)
def test_a_download_that_asks_for_too_much_or_nothing_is_refused(
    client: TestClient, query: dict[str, object], status: int, field: str | None
) -> None:
    response = client.get("/api/v1/points.csv", params=query)
    assert (response.status_code, response.json().get("field")) == (status, field)


def test_a_download_of_a_run_that_is_not_there_says_so(client: TestClient) -> None:
    assert client.get("/api/v1/points.csv", params={"runs": "01nobody00", "key": "a"}).status_code == 404
