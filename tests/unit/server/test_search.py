"""The route that finds a run among those of all projects."""

from starlette.testclient import TestClient


def test_runs_are_found_over_all_projects(client: TestClient) -> None:
    lines = [
        {"project": project, "run": run, "loss": 1} for project, run in (("p", "a-net"), ("q", "net"), ("q", "dot"))
    ]
    assert client.post("/api/v1/ingest", json=lines).json()["errors"] == []
    answer = client.get("/api/v1/runs:search", params={"q": "net", "project": "p"}).json()
    assert (answer["matched"], [(run["project"], run["name"]) for run in answer["runs"]]) == (
        2, [("q", "net"), ("p", "a-net")],
    )  # fmt: skip
    whole = answer["runs"][1]
    assert client.get("/api/v1/runs:search", params={"q": whole["id"]}).json()["runs"] == [whole]
    for query, field in (({"limit": "201"}, "limit"), ({"q": "x" * 201}, "q")):
        refused = client.get("/api/v1/runs:search", params=query)
        assert (refused.status_code, refused.json()["field"]) == (400, field)
