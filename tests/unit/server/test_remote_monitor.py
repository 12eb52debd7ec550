"""What Keras' RemoteMonitor sends, as a form and as JSON: one run for each training."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from gnomon.server.context import Context
from gnomon.store.engine import Engine
from gnomon.store.home import Home

PATH = "/publish/epoch/end/"


def send(client: TestClient, as_json: bool, **values: Any) -> str:
    answer = client.post(PATH, json=values) if as_json else client.post(PATH, data={"data": json.dumps(values)})
    assert answer.status_code == 200, answer.text
    run: str = answer.json()["runs"][-1]
    return run


def series(engine: Engine, run: str) -> dict[str, tuple[list[int], list[float]]]:
    return {
        key: (engine.points(run, key).step.tolist(), engine.points(run, key).value.tolist())
        for key in engine.series(run)
    }


@pytest.mark.parametrize("as_json", [True, False])
def test_each_epoch_is_a_step_and_each_training_a_run(client: TestClient, lab: Home, as_json: bool) -> None:
    first = [send(client, as_json, epoch=e, loss=1.0 - e / 4, val_loss=2.0, note="text") for e in range(3)]
    second = [send(client, as_json, epoch=e, loss=3.0) for e in range(2)]
    assert [len(set(first)), len(set(second)), first[0] != second[0]] == [1, 1, True]
    assert series(lab.engine, first[0]) == {
        "epoch": ([0, 1, 2], [0.0, 1.0, 2.0]),
        "loss": ([0, 1, 2], [1.0, 0.75, 0.5]),
        "val_loss": ([0, 1, 2], [2.0, 2.0, 2.0]),
    }
    infos = [lab.catalog.run(run) for run in (first[0], second[0])]
    assert [(info.project, info.state, info.tags) for info in infos] == [
        ("keras", "finished", ("remote-monitor",)),
        ("keras", "running", ("remote-monitor",)),
    ]
    assert infos[0].name != infos[1].name


def test_a_training_goes_on_in_its_run_after_the_server_was_started_again(client: TestClient, lab: Home) -> None:
    before = send(client, False, epoch=0, loss=1)
    client.app.state.context = Context.of(lab, client.app.state.context.settings)  # type: ignore[attr-defined]
    assert send(client, False, epoch=1, loss=1) == before


def test_values_that_are_not_finite_arrive(client: TestClient, lab: Home) -> None:
    run = send(client, False, epoch=0, loss=float("nan"), other=float("-inf"))
    assert repr(series(lab.engine, run)["loss"]) == "([0], [nan])"
    assert series(lab.engine, run)["other"] == ([0], [float("-inf")])


@pytest.mark.parametrize("body", ["", "data=", "data=%5B1%5D", "data=%7B%22loss%22%3A1%7D", "{", "data=\xff"])
def test_what_is_no_epoch_is_refused_with_an_example(client: TestClient, body: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post(PATH, content=body.encode("latin-1"), headers=headers)
    assert (answer.status_code, answer.json()["field"]) in [(400, "data"), (400, "epoch")]


def test_another_site_may_not_report_epochs(client: TestClient) -> None:
    answer = client.post(PATH, data={"data": "{}"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
