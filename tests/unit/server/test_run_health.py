"""Health and alerts over HTTP."""

import msgspec
import pytest
from starlette.testclient import TestClient

from gnomon.core.batch import Batch, Change, Object
from gnomon.store.home import Home

from .logged import US, new_run
from .test_reads import ingest


def logged(client: TestClient) -> str:
    values = [1.0, 0.9, "NaN", "NaN"]
    dead = [0.1, 0.7, 0.7, 0.7]
    return ingest(
        client,
        *(
            {"project": "p", "run": "r", "step": i, "train/loss": loss, "net/activations/block.0/dead": share}
            for i, (loss, share) in enumerate(zip(values, dead, strict=True))
        ),
    )


def test_findings_travel_with_node_evidence_and_what_was_checked(client: TestClient) -> None:
    run = logged(client)
    found = client.get(f"/api/v1/runs/{run}/health").json()
    assert (found["run"], found["name"], found["project"], found["alerts"]) == (run, "r", "p", [])
    lost, dead = found["health"]["findings"]
    assert lost == {
        "code": "nonfinite",
        "level": "error",
        "title": "train/loss is NaN at step 2 and at 1 more.",
        "metric": "train/loss",
        "from_step": 2,
        "at_step": 3,
        "value": "NaN",
        "bound": 0.0,
        "source": "a loss has to be a number",
        "evidence": [{"key": "train/loss", "step": [0, 1, 2, 3], "value": [1.0, 0.9, "NaN", "NaN"]}],
        "remedy": "Lower the learning rate or clip the gradients, and look at the first variable that is not finite.",
        "model": "",
        "what": "",
        "path": "",
        "node": "",
        "others": [],
    }
    assert [dead[key] for key in ("code", "level", "model", "what", "path", "node", "from_step", "value")] == [
        "dead",
        "warning",
        "net",
        "activations",
        "block.0",
        "block_0",
        1,
        0.7,
    ]
    made = {check["code"]: check["made"] for check in found["health"]["checks"]}
    assert (made["nonfinite"], made["dead"], made["overfit"]) == (True, True, False)


def test_the_past_is_asked_for_by_step(client: TestClient) -> None:
    run = logged(client)
    assert client.get(f"/api/v1/runs/{run}/health?until=1").json()["health"] | {"checks": []} == {
        "step": 1,
        "findings": [],
        "checks": [],
    }


@pytest.mark.parametrize("until", ["-1", "x", "1.5", str(2**53), ""])
def test_what_is_no_step_is_refused_by_name(until: str, client: TestClient) -> None:
    run = logged(client)
    refused = client.get(f"/api/v1/runs/{run}/health?until={until}")
    assert (refused.status_code, refused.json()["field"]) == (400, "until")
    assert client.get("/api/v1/runs/nobody/health").status_code == 404


def test_alerts_are_told_in_order_and_in_the_table_of_runs(client: TestClient, lab: Home) -> None:
    told = [("warning", "slow", 5), ("error", "broken", 2)]
    objects = [
        Object(
            "gnomon/alerts",
            "json",
            step,
            US + i,
            {"level": level},
            msgspec.json.encode({"title": title, "text": "", "level": level}),
        )
        for i, (level, title, step) in enumerate(told)
    ]
    run = new_run(lab)
    end = lab.engine.offset(run, "w")
    lab.submit([Batch(run, "w", end, end + 1, (*objects, Change(US, {"alerts": {"w": {"warning": 1, "error": 1}}})))])[
        0
    ].result()
    alerts = client.get(f"/api/v1/runs/{run}/health").json()["alerts"]
    assert [(one["level"], one["title"], one["step"]) for one in alerts] == [
        ("error", "broken", 2),
        ("warning", "slow", 5),
    ]
    (row,) = client.post("/api/v1/runs:query", json={}).json()["runs"]
    assert (row["alerts"], row["alert"]) == (2, "error")
