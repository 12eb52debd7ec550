import math
import struct
from pathlib import Path

import msgspec
import numpy as np
import pytest
from starlette.testclient import TestClient

from gnomon.core.batch import Batch, Rewind
from gnomon.store.home import Home

TIME = 1_790_000_000.5


def ingest(client: TestClient, *lines: dict[str, object]) -> str:
    answer = client.post("/api/v1/ingest", json=list(lines))
    assert answer.json()["errors"] == []
    return answer.json()["runs"][0]


@pytest.fixture
def run(client: TestClient) -> str:
    return ingest(
        client,
        {"project": "p", "run": "one", "time": TIME, "config": {"lr": 0.1, "opt": {"name": "adam"}}, "tags": ["a"]},
        *(
            {"project": "p", "run": "one", "step": s, "time": TIME + s, "loss": 1 / (s + 1), "acc/top 1": s}
            for s in range(4)
        ),
        {"project": "p", "run": "one", "step": 4, "time": TIME + 4, "loss": "NaN", "note": "hm", "data": {"a": [1]}},
    )


def row(run: str, client: TestClient, **more: object) -> dict[str, object]:
    updated = client.get(f"/api/v1/runs/{run}").json()["updated"]
    base = {
        "id": run,
        "project": "p",
        "name": "one",
        "state": "running",
        "created": TIME,
        "updated": updated,
        "finished": None,
        "group": None,
        "tags": ["a"],
        "notes": "",
        "dropped": 0,
        "rank": None,
        "archived": False,
        "color": None,
        "alerts": 0,
        "alert": None,
        "last_step": 4,
    }
    return base | more


def test_projects_are_counted(client: TestClient, run: str) -> None:
    ingest(client, {"project": "q", "run": "x", "state": "finished", "loss": 1})
    projects = client.get("/api/v1/projects").json()["projects"]
    assert [(p["name"], p["runs"], p["running"]) for p in projects] == [("q", 1, 0), ("p", 1, 1)]
    assert projects[1]["created"] == TIME
    assert client.get("/api/v1/projects/p/keys").json() == {
        "config": ["lr", "opt.name"],
        "metrics": ["acc/top 1", "loss"],
    }


def test_a_run_tells_everything_but_its_values(client: TestClient, run: str, lab: Home) -> None:
    lab.submit([Batch(run, "", 0, 0, (Rewind(1_790_000_009_000_000, 4),))])[0].result()
    detail = client.get(f"/api/v1/runs/{run}").json()
    cursor = detail.pop("cursor")
    assert lab.bus.position(cursor) == lab.bus.head
    assert detail == row(run, client, last_step=3) | {
        "config": {"lr": 0.1, "opt": {"name": "adam"}},
        "summary": {"acc/top 1": 3.0, "loss": 0.25},
        "error": None,
        "rewinds": [{"time": 1_790_000_009.0, "step": 4}],
        "meta": {},
        "series": 2,
    }


def test_the_run_table_filters_sorts_and_returns_columns(client: TestClient, run: str) -> None:
    other = ingest(client, {"project": "p", "run": "two", "step": 0, "config": {"lr": 0.5}, "loss": 7})
    ask = {
        "project": "p",
        "order": ["-metric.loss.max"],
        "columns": ["config.lr", "metric.loss.max", "config.opt.name"],
    }
    page = client.post("/api/v1/runs:query", json=ask).json()
    assert (page["total"], page["matched"], [r["id"] for r in page["runs"]]) == (2, 2, [other, run])
    assert page["runs"][1] == row(run, client)
    assert page["columns"] == {
        "config.lr": [0.5, 0.1],
        "metric.loss.max": [7.0, 1.0],
        "config.opt.name": [None, "adam"],
    }
    page = client.post("/api/v1/runs:query", json={"where": "config.lr < 0.3", "limit": 1}).json()
    assert (page["matched"], [r["name"] for r in page["runs"]]) == (1, ["one"])


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        ({"where": "config.lr <"}, "where"),
        ({"where": "'; DROP TABLE runs; --"}, "where"),
        ({"where": "config.lr < 1 " + "and config.lr < 1 " * 10_000}, "where"),
        ({"where": "x" * 1_000_000}, "where"),
        ({"where": "config.lr LIKE '" + "%a" * 5_000 + "'"}, "where"),
        ({"order": ["sideways"]}, "order"),
        ({"columns": ["wrong.x"]}, "columns"),
        ({"limit": 1001}, "limit"),
        ({"limit": -1}, "limit"),
        ({"offset": -1}, "offset"),
        ({"limit": "ten"}, "limit"),
        ({"unknown": 1}, ""),
        ([], ""),
    ],
)
def test_questions_that_make_no_sense_are_named(client: TestClient, run: str, ask: object, field: str) -> None:
    answer = client.post("/api/v1/runs:query", json=ask)
    assert answer.status_code in {400, 413}, answer.text
    assert answer.json().get("field", "") == field


def test_a_filter_is_parsed_and_never_run(client: TestClient, run: str, tmp_path: Path) -> None:
    target = tmp_path / "pwned"
    answer = client.post("/api/v1/runs:query", json={"where": f"__import__('os').mkdir('{target}')"})
    assert answer.status_code in {200, 400}
    assert not target.exists()


def test_a_filter_error_points_at_the_character(client: TestClient, run: str) -> None:
    problem = client.post("/api/v1/runs:query", json={"where": "config.lr << 1"}).json()
    assert (problem["field"], problem["position"], problem["status"]) == ("where", 11, 400)


def test_name_notes_and_tags_can_be_replaced(client: TestClient, run: str, lab: Home) -> None:
    answer = client.patch(f"/api/v1/runs/{run}", json={"name": "best", "notes": "yes", "tags": ["b", "c"]})
    assert answer.json() == row(run, client, name="best", notes="yes", tags=["b", "c"])
    assert lab.catalog.find("p", "best") == lab.engine.run(run)
    assert lab.catalog.find("p", "one") is None
    for wrong in (
        {"name": ""},
        {"tags": "a"},
        {"tags": [""]},
        {"notes": "x" * 65_537},
        {"state": "finished"},
        {"tags": ["t"] * 201},
    ):
        assert client.patch(f"/api/v1/runs/{run}", json=wrong).status_code == 400
    assert client.patch("/api/v1/runs/0123456789", json={"name": "x"}).status_code == 404


def test_a_deleted_run_is_gone_everywhere_and_its_writers_are_refused(client: TestClient, run: str, lab: Home) -> None:
    assert client.delete(f"/api/v1/runs/{run}").status_code == 204
    assert client.get(f"/api/v1/runs/{run}").status_code == 404
    assert client.delete(f"/api/v1/runs/{run}").status_code == 404
    assert client.post("/api/v1/runs:query", json={}).json()["total"] == 0
    assert client.get("/api/v1/projects").json()["projects"] == []
    assert ingest(client, {"project": "p", "run": "one", "loss": 1}) != run


def test_series_are_listed_searched_and_paged(client: TestClient, run: str) -> None:
    page = client.get(f"/api/v1/runs/{run}/series").json()
    assert page == {
        "total": 2,
        "series": [
            {
                "key": "acc/top 1",
                "n": 4,
                "bad": 0,
                "last": 3.0,
                "last_step": 3,
                "last_time": TIME + 3,
                "low": 0.0,
                "low_step": 0,
                "high": 3.0,
                "high_step": 3,
                "mean": 1.5,
            },
            {
                "key": "loss",
                "n": 5,
                "bad": 1,
                "last": "NaN",
                "last_step": 4,
                "last_time": TIME + 4,
                "low": 0.25,
                "low_step": 3,
                "high": 1.0,
                "high_step": 0,
                "mean": pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4),
            },
        ],
    }
    assert [s["key"] for s in client.get(f"/api/v1/runs/{run}/series?search=TOP").json()["series"]] == ["acc/top 1"]
    paged = client.get(f"/api/v1/runs/{run}/series?offset=1&limit=1").json()
    assert (paged["total"], [s["key"] for s in paged["series"]]) == (2, ["loss"])


def test_points_come_whole_ranged_and_thinned_by_stride(client: TestClient, run: str) -> None:
    url = f"/api/v1/runs/{run}/series/loss"
    assert client.get(url).json() == {
        "step": [0, 1, 2, 3, 4],
        "time": [TIME + s for s in range(5)],
        "value": [1, 1 / 2, 1 / 3, 1 / 4, "NaN"],
        "more": False,
    }
    assert client.get(f"{url}?first=1&last=3&every=2").json()["step"] == [1, 3]
    cut = client.get(f"{url}?limit=2").json()
    assert (cut["step"], cut["more"]) == ([0, 1], True)
    assert client.get(f"/api/v1/runs/{run}/series/acc/top%201").json()["value"] == [0, 1, 2, 3]


@pytest.mark.parametrize("query", ["first=-1", "last=x", "every=0", "limit=0", "branch=-1", "first=9007199254740992"])
def test_wrong_parameters_are_named(client: TestClient, run: str, query: str) -> None:
    answer = client.get(f"/api/v1/runs/{run}/series/loss?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, query.partition("=")[0])


def test_what_is_not_there_is_said(client: TestClient, run: str) -> None:
    for path in (
        f"{run}/series/nothing",
        f"{run}/records?key=nothing",
        "0123456789",
        "0123456789/series",
        "0123456789/records",
    ):
        answer = client.get(f"/api/v1/runs/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_a_project_that_nobody_has_written_to_is_empty_until_its_first_value(client: TestClient, run: str) -> None:
    def ask() -> tuple[object, object, object]:
        found = client.post("/api/v1/runs:query", json={"project": "later"}).json()
        keys = client.get("/api/v1/projects/later/keys").json()
        return found["total"], [r["name"] for r in found["runs"]], keys

    assert ask() == (0, [], {"config": [], "metrics": []})
    client.post("/api/v1/ingest", json={"project": "later", "run": "first", "config": {"lr": 0.1}, "loss": 1})
    assert ask() == (1, ["first"], {"config": ["lr"], "metrics": ["loss"]})


def decode(data: bytes) -> tuple[dict[str, object], dict[str, list[float]]]:
    """Read the binary form as docs/reference/http.md describes it, for one series."""
    assert data[:4] == b"GNC1"
    (length,) = struct.unpack_from("<I", data, 4)
    header = msgspec.json.decode(data[8 : 8 + length])
    base = 8 + length
    assert base % 8 == 0
    series = header["series"][0]
    columns = {}
    for name, at in series["columns"].items():
        assert at % 8 == 0
        kind = "<u4" if name in {"n", "bad"} else "<f8"
        columns[name] = np.frombuffer(data, kind, series["m"], base + at).tolist()
    return header, columns


def test_envelopes_are_the_same_in_json_and_binary(client: TestClient, run: str) -> None:
    ask = {"series": [{"run": run, "key": "loss"}], "px": 2}
    plain = client.post("/api/v1/envelopes", json=ask).json()
    answer = client.post("/api/v1/envelopes", json=ask, headers={"accept": "application/vnd.gnomon.columns"})
    header, columns = decode(answer.content)
    (series,) = plain["series"]
    assert answer.headers["content-type"] == "application/vnd.gnomon.columns"
    assert "content-encoding" not in answer.headers
    assert (series["total"], series["span"], header["cursor"]) == (5, [0.0, 4.0], plain["cursor"])
    assert max(series["columns"]["high"]) == 1.0
    shown = {name: ["NaN" if v != v else v for v in column] for name, column in columns.items()}  # noqa: PLR0124
    assert shown == series["columns"]
    head = {name: value for name, value in header["series"][0].items() if name != "columns"}
    assert head == {name: value for name, value in series.items() if name != "columns"}


def test_envelopes_of_unknown_series_are_empty_and_keep_their_place(client: TestClient, run: str) -> None:
    ask = {
        "series": [{"run": run, "key": "?"}, {"run": run, "key": "loss"}, {"run": "0123456789", "key": "loss"}],
        "px": 10,
    }
    found = client.post("/api/v1/envelopes", json=ask).json()["series"]
    assert [(s["key"], s["total"], s["m"] > 0) for s in found] == [
        ("?", 0, False),
        ("loss", 5, True),
        ("loss", 0, False),
    ]


@pytest.mark.parametrize("x", ["step", "time", "relative", "acc/top 1"])
def test_envelopes_run_along_any_axis(client: TestClient, run: str, x: str) -> None:
    ask = {"series": [{"run": run, "key": "loss"}], "px": 100, "x": x, "first": None, "last": None}
    (series,) = client.post("/api/v1/envelopes", json=ask).json()["series"]
    highs = [v for v in series["columns"]["high"] if v != "NaN"]
    assert (max(highs), min(v for v in series["columns"]["low"] if v != "NaN")) == (1.0, 0.25)


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"px": 0}, 400, "px"),
        ({"px": 20_001}, 400, "px"),
        ({"series": [{"run": "r", "key": "k"}] * 2_001}, 413, "series"),
        ({"series": [{"run": "r", "key": "k"}] * 200, "px": 20_000}, 413, "series"),
        ({"scale": "cubic"}, 400, "scale"),
        ({"series": [{"run": 1, "key": "k"}]}, 400, "series[0].run"),
        ({"px": 1e999}, 400, ""),
    ],
)
def test_envelopes_have_limits(
    client: TestClient, run: str, change: dict[str, object], status: int, field: str
) -> None:
    ask = {"series": [{"run": run, "key": "loss"}]} | change
    text = msgspec.json.encode(ask) if not math.isinf(ask.get("px", 0)) else b'{"series":[],"px":1e999}'
    answer = client.post("/api/v1/envelopes", content=text, headers={"content-type": "application/json"})
    assert answer.status_code == status
    if field:
        assert answer.json()["field"] == field


def test_health_version_metrics_and_doctor_answer(client: TestClient, run: str) -> None:
    assert client.get("/health").json() == {"ok": True, "detail": None}
    assert client.get("/version").json()["api"] == 1
    metrics = dict(line.split(" ") for line in client.get("/metrics").text.splitlines() if not line.startswith("#"))
    assert (metrics["gnomon_points_total"], metrics["gnomon_ingest_lines_total"], metrics["gnomon_runs"]) == (
        "9",
        "6",
        "1",
    )
    doctor = client.get("/api/v1/doctor").json()
    assert (doctor["facts"]["runs"], doctor["troubles"]) == (1, [])


def test_unexpected_errors_say_nothing_of_the_inside(
    client: TestClient, run: str, lab: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        msg = "secret /etc/path"
        raise RuntimeError(msg)

    monkeypatch.setattr(lab.engine, "series", broken)
    answer = client.get(f"/api/v1/runs/{run}")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"order": ["nope"]}, "order: expected config., metric., tag. or an attribute of a run, received 'nope'."),
        ({"columns": ["nope"]}, "columns: expected config., metric., tag. or an attribute of a run, received 'nope'."),
        ({"order": ["name"] * 2000}, "columns: expected at most 1000 to return and sort by, received 2000."),
    ],
)
def test_a_column_that_cannot_be_is_named_with_its_field(
    client: TestClient, asked: dict[str, list[str]], detail: str
) -> None:
    answer = client.post("/api/v1/runs:query", json=asked)
    assert (answer.status_code, answer.json()["detail"][: len(detail)]) == (400, detail)
