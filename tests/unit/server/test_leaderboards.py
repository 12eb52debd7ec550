"""Leaderboards, comparisons, importance and bands over HTTP and in the lab: one answer."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from starlette.testclient import TestClient

import gnomon
from gnomon.analysis.leaderboard import Leaderboard
from gnomon.core.errors import InputError, NotFoundError
from gnomon.core.journal import CHANGE
from gnomon.sdk.lab import Lab
from gnomon.sdk.lab_local import LocalBackend
from gnomon.sdk.notebook.tables import ShownLeaderboard
from gnomon.server.app import create_app
from gnomon.store.home import Home

Y = [0, 1, 2, 1, 0, 2, 1, 0, 2, 1]
SHARED = {"optimizer": {"name": "adam"}, "keras": {"epochs": 10}}
WRONG = {0.1: 1, 0.01: 3}


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Lab, list[str]]]:
    """Two configurations of three seeds, one run judged on other samples, and one that failed before."""
    folder = tmp_path_factory.mktemp("boards")
    ids = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        patch.setenv("GNOMON_CAPTURE", "off")
        for lr in WRONG:
            ids += [train(folder, lr, seed, Y) for seed in range(3)]
        ids.append(train(folder, 0.1, 3, [*Y[:-1], 0]))
        with gnomon.init(project="p", home=folder, config=SHARED | {"lr": 0.1, "seed": 4}, name="early") as run:
            run.log({"loss": 9.0}, step=0)
        ids.append(run.id)
    with Home.open(folder) as home:
        home.drain()
        with TestClient(create_app(home), base_url="http://127.0.0.1:7000") as client:
            yield client, Lab(LocalBackend(home)), ids


def train(folder: Path, lr: float, seed: int, y: list[int]) -> str:
    """Log a run of ten steps and judge it; the worse rate makes more mistakes, each seed one more."""
    with gnomon.init(project="p", home=folder, config=SHARED | {"lr": lr, "seed": seed}, name=f"lr{lr}-{seed}") as run:
        for step in range(10):
            run.log({"loss": 1 / (step + 1) + lr + seed / 100}, step=step, epoch=step + 1)
        predicted = [(v + 1) % 3 if i < WRONG[lr] + (seed == 2) else v for i, v in enumerate(y)]
        run.evaluate(y, predicted, classes=["cat", "dog", "eel"])
        run.log(
            {"net": gnomon.Graph({"nodes": ["in", "fc", *(["drop"] if lr == 0.1 else [])], "edges": [("in", "fc")]})}
        )
        run._append(CHANGE, run._clock(), {"commit": "abc" if lr == 0.1 else "def", "parameters": 1000})
        run.log({"gnomon-like/script": "x"})
    return run.id


def test_the_ranked_protocol_is_the_one_with_most_runs_and_the_others_say_why(logged: Any) -> None:
    client, _, ids = logged
    board = client.post("/api/v1/leaderboards", json={"project": "p", "metric": "test/accuracy"}).json()
    ranked, apart = board["protocols"]
    assert (board["goal"], board["goal_from"], board["test"], board["runs"], board["caveat"]) == (
        "max",
        "default",
        "welch",
        8,
        None,
    )
    assert [(e["rank"], e["config"], e["n"], e["missing"]) for e in ranked["entries"]] == [
        (1, {"config.lr": 0.1}, 3, 1), (2, {"config.lr": 0.01}, 3, 0),
    ]  # fmt: skip
    first = ranked["entries"][0]
    assert [(seed["run"], seed["name"], seed["seed"], seed["value"]) for seed in first["seeds"]] == [
        (ids[0], "lr0.1-0", 0, 0.9), (ids[1], "lr0.1-1", 1, 0.9), (ids[2], "lr0.1-2", 2, 0.8), (ids[7], "early", 4, None),
    ]  # fmt: skip
    assert (first["mean"], first["best"], first["tied"]) == (pytest.approx(2.6 / 3), 0.9, True)
    assert ranked["reason"] is None
    assert apart["reason"].startswith("judged by another evaluation: test ")
    assert [seed["run"] for seed in apart["entries"][0]["seeds"]] == [ids[6]]


def test_well_known_columns_are_found_under_the_names_they_have(logged: Any) -> None:
    client, _, _ = logged
    board = client.post(
        "/api/v1/leaderboards", json={"project": "p", "metric": "loss", "where": "name LIKE 'lr%'"}
    ).json()
    assert (board["goal"], board["goal_from"]) == ("min", "name")
    sources = {column["name"]: column["source"] for column in board["columns"]}
    assert sources["learning_rate"] == ["config.lr"]
    assert sources["optimizer"] == ["config.optimizer.name"]
    assert sources["epochs"] == ["config.keras.epochs"]
    assert [name for name in sources if "/" not in name] == [
        "learning_rate", "optimizer", "epochs", "epochs_done", "parameters", "duration", "commit", "evaluation",
    ]  # fmt: skip
    assert [name for name in sources if name.startswith("test/recall/")] == [
        f"test/recall/{c}" for c in ("cat", "dog", "eel")
    ]
    best = board["protocols"][0]["entries"][0]
    shown = {
        name: best["columns"][name] for name in ("learning_rate", "optimizer", "epochs_done", "parameters", "commit")
    }
    assert shown == {"learning_rate": 0.01, "optimizer": "adam", "epochs_done": 10, "parameters": 1000, "commit": "def"}
    assert sorted(best["columns"]["duration"]) == ["high", "low", "mean", "values"]


def test_a_page_of_entries_is_cut_from_the_whole_ranking(logged: Any) -> None:
    client, lab, _ = logged
    whole = lab.leaderboard("p", "loss", group_by="attr.name", columns=["duration"])
    first = whole.protocols[0]
    assert (first.total, first.tied) == (len(first.entries), sum(entry.tied for entry in first.entries))
    assert first.total > 3
    asked = {"project": "p", "metric": "loss", "group_by": "attr.name", "columns": ["duration"]}
    for offset, limit in ((0, 2), (2, 2), (1, None), (0, 0), (99, 5)):
        answer = client.post("/api/v1/leaderboards", json=asked | {"offset": offset, "limit": limit}).json()
        end = None if limit is None else offset + limit
        expected = [dataclasses.replace(one, entries=one.entries[offset:end]) for one in whole.protocols]
        assert answer["protocols"] == json.loads(msgspec.json.encode(expected))
    for wrong in ({"offset": -1}, {"limit": -1}):
        assert client.post("/api/v1/leaderboards", json=asked | wrong).status_code == 400


def test_chosen_columns_tests_and_groups_are_what_was_asked_for(logged: Any) -> None:
    client, lab, _ = logged
    asked = {
        "project": "p",
        "metric": "loss.min",
        "columns": ["commit", "config.lr", "metric.loss.max"],
        "group_by": "attr.project",
    }
    board = client.post("/api/v1/leaderboards", json=asked | {"test": "permutation", "goal": "max"}).json()
    assert [column["name"] for column in board["columns"]] == asked["columns"]
    assert (board["goal"], board["goal_from"], board["metric"], board["test"]) == (
        "max",
        "asked",
        "loss.min",
        "permutation",
    )
    assert "permutation test" in board["protocols"][0]["method"]
    assert len(board["protocols"][0]["entries"]) == 1
    with pytest.raises(InputError, match=r"expected config\.…, metric"):
        lab.leaderboard("p", "loss", columns=["speed"])
    with pytest.raises(InputError, match="expected max or min"):
        lab.leaderboard("p", "loss", "best")
    assert lab.leaderboard("nobody", "loss").entries == ()
    for body in ({"project": "p"}, asked | {"test": "sign"}, asked | {"what": 1}):
        assert client.post("/api/v1/leaderboards", json=body).status_code == 400


def test_the_lab_and_the_server_give_the_same_answers(logged: Any) -> None:
    client, lab, ids = logged
    board = client.post("/api/v1/leaderboards", json={"project": "p", "metric": "loss"}).json()
    assert sent(lab.leaderboard("p", "loss")) == board
    found = client.post("/api/v1/compare", json={"runs": ids[:2]}).json()
    assert sent(lab.compare(["lr0.1-0", ids[1]])) == found
    bands = client.post(
        "/api/v1/bands", json={"project": "p", "key": "loss", "by": ["config.lr"], "where": "name LIKE 'lr%'"}
    ).json()
    assert sent(lab.bands("loss", project="p", by=["config.lr"], where="name LIKE 'lr%'")) == bands
    shown = lab.leaderboard("p", "loss")
    assert ShownLeaderboard.of(msgspec.convert(board, Leaderboard), lambda: shown) == shown


def test_runs_are_compared_by_config_metrics_facts_and_graphs(logged: Any) -> None:
    client, lab, ids = logged
    found = client.post("/api/v1/compare", json={"runs": [ids[0], ids[3], ids[7]]}).json()
    assert [run["name"] for run in found["runs"]] == ["lr0.1-0", "lr0.01-0", "early"]
    rows = {row["key"]: (row["values"], row["differs"]) for row in found["config"]}
    assert rows["lr"] == ([0.1, 0.01, 0.1], True)
    assert rows["optimizer.name"] == (["adam", "adam", "adam"], False)
    metrics = {metric["key"]: metric for metric in found["metrics"]}
    assert metrics["test/accuracy"]["last"] == {"values": [0.9, 0.7, None], "best": [0]}
    assert metrics["loss"]["goal"] == "min"
    assert metrics["loss"]["min"]["best"] == [1]
    assert [row for row in found["facts"] if row["key"] == "commit"] == [
        {"key": "commit", "values": ["abc", "def", None], "differs": True}
    ]
    (graph,) = found["graphs"]
    assert (graph["key"], graph["base"], graph["records"][2], graph["differs"]) == ("net", 0, None, True)
    assert [(c["kind"], c["before"]["id"]) for c in graph["changes"][0]["changes"]] == [("removed", "drop")]
    only = lab.compare(ids[:2], metrics=["test/*"])
    assert {metric.key.partition("/")[0] for metric in only.metrics} == {"test"}
    table = {row["key"]: row for row in only.to_dicts()}
    assert table["seed"] == {"what": "config", "key": "seed", "lr0.1-0": 0, "lr0.1-1": 1}
    assert "lr" not in table
    assert only.to_pandas(everything=True)["key"].tolist()[0] == "seed"


def test_captured_code_is_compared_line_by_line(logged: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_CAPTURE", "off")
    ids = []
    for lr in (1, 2):
        with gnomon.init(project="code", home=tmp_path / "code") as run:
            run._writer.record("gnomon/code/script", encoded(f"lr = {lr}\ntrain(lr)\n", "text"), 0, run._clock())
            packages = {"numpy": "2.0", "torch": f"2.{lr}"}
            run._writer.record(
                "gnomon/environment", encoded(msgspec.json.encode({"packages": packages}), "json"), 0, run._clock()
            )
            run._append(CHANGE, run._clock(), {"commit": "abc"})
        ids.append(run.id)
    with gnomon.connect(home=tmp_path / "code") as lab:
        parts = {part.what: part for part in lab.compare_code(*ids).parts}
        assert parts["script"].text.splitlines()[3:] == ["-lr = 1", "+lr = 2", " train(lr)"]
        assert parts["diff"].note == "the same in both"  # both commits were clean
        assert (parts["environment"].added, parts["environment"].removed) == (1, 1)
        found = lab.compare(ids)
        assert [(row.key, row.values) for row in found.packages] == [("torch", ("2.1", "2.2"))]
        assert (found.packages_same, found.code.differs) == (1, True)
        with pytest.raises(NotFoundError):
            lab.compare_code(ids[0], "nobody")


def encoded(data: str | bytes, kind: str) -> Any:
    from gnomon.core.records.record_type import Encoded

    return Encoded(kind, {}, data.encode() if isinstance(data, str) else data)


def sent(value: Any) -> Any:
    """Return an answer as it is after its way over HTTP."""
    return msgspec.json.decode(msgspec.json.encode(value))


def test_two_to_twenty_different_runs_are_compared(logged: Any) -> None:
    client, _, ids = logged
    for runs in ([], ids[:1], [ids[0], ids[0]], ids * 3):
        answer = client.post("/api/v1/compare", json={"runs": runs})
        assert (answer.status_code, answer.json()["field"]) == (400, "runs")
    assert client.post("/api/v1/compare", json={"runs": [ids[0], "nobody"]}).status_code == 404
    assert client.get("/api/v1/compare/code", params={"a": ids[0]}).status_code == 400


def test_bands_are_exact_over_steps_and_follow_other_axes(logged: Any) -> None:
    client, lab, ids = logged
    groups = [
        {"name": "fast", "runs": ids[:3]},
        {"name": "slow", "runs": [*ids[3:6], ids[7]]},
        {"name": "none", "runs": []},
    ]
    found = client.post("/api/v1/bands", json={"key": "loss", "groups": groups, "interval": "range"}).json()
    fast, slow, none = found["groups"]
    assert found["total"] == 7
    expected = np.array([[1 / (s + 1) + 0.1 + seed / 100 for s in range(10)] for seed in range(3)])
    np.testing.assert_allclose(fast["columns"]["mean"], expected.mean(0))
    np.testing.assert_allclose(fast["columns"]["low"], expected.min(0))
    assert (fast["exact"], fast["runs"], fast["columns"]["x"]) == (True, ids[:3], [float(s) for s in range(10)])
    assert slow["columns"]["n"] == [4] + [3] * 9
    assert none["columns"] == {"x": [], "mean": [], "low": [], "high": [], "n": []}
    by_epoch = lab.bands("loss", {"fast": ids[:3]}, x="epoch").groups[0]
    assert by_epoch.columns.x == [float(s) for s in range(1, 11)]
    by_time = lab.bands("loss", {"fast": ids[:3]}, x="relative").groups[0]
    assert by_time.columns.x == sorted(by_time.columns.x)
    assert sum(by_time.columns.n) >= 10
    assert lab.bands("loss", {"one": ids[:1]}).groups[0].columns.mean == pytest.approx(expected[0].tolist())
    window = client.post(
        "/api/v1/bands", json={"key": "loss", "groups": groups[:1], "first": 2, "last": 4, "scale": "log"}
    ).json()
    assert window["groups"][0]["columns"]["x"] == [2, 3, 4]


def test_bands_of_nothing_and_of_too_much_are_refused(logged: Any) -> None:
    client, _, ids = logged
    for body, field in (
        ({"key": "loss"}, "groups"),
        ({"key": "loss", "groups": [], "px": 1}, "px"),
        ({"key": "loss", "project": "p", "by": ["what"]}, "group_by"),
    ):
        answer = client.post("/api/v1/bands", json=body)
        assert (answer.status_code, answer.json()["field"]) == (400, field)
    many = [{"name": "x", "runs": ids[:1]}] * 201
    assert client.post("/api/v1/bands", json={"key": "loss", "groups": many}).status_code == 413


def test_importance_says_what_matters_and_refuses_a_handful_of_runs(
    logged: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _, _ = logged
    few = client.post("/api/v1/importance", json={"project": "p", "metric": "loss"})
    assert few.status_code == 400
    assert "at least 10 runs with loss, received 8" in few.json()["detail"]
    monkeypatch.setenv("GNOMON_CAPTURE", "off")
    rng = np.random.default_rng(0)
    for seed in range(24):
        lr, width = float(rng.random()), int(rng.integers(1, 9))
        with gnomon.init(project="q", home=tmp_path / "q", config={"lr": lr, "width": width, "seed": seed}) as run:
            run.log({"acc": lr}, step=0)
    with gnomon.connect(home=tmp_path / "q") as lab:
        found = lab.importance("q", "acc")
        assert [(p.name, p.matters) for p in found.parameters] == [("lr", True), ("width", False)]
        assert [p.name for p in lab.importance("q", "acc", parameters=["seed", "config.lr"]).parameters] == [
            "lr",
            "seed",
        ]


def test_a_run_that_cannot_be_judged_goes_on(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    with gnomon.init(project="r", home=home) as run:
        assert run.evaluate([0, 1], [0, float("nan")], name="val") is None
        assert run.evaluate([0, 1], [0, 1], name="gnomon/x") is None
        run.log({"loss": 1.0}, step=7)
        found = run.evaluate([0, 1], scores=[0.2, 0.9], name="val")
    assert run.dropped == 2
    assert "evaluate 'val': y_pred: expected numbers, received 1 NaN" in caplog.text
    assert "Nothing was written" in caplog.text
    with gnomon.connect(home=home) as lab:
        read = lab.run(run.id)
        assert found is not None
        assert read.meta["evaluation"] == {"val": found.hash}
        assert read.summary["val/auc"] == 1.0
        assert read.stats()["val/auc"].last_step == 7
        assert {key for key, kind in read.keys().items() if kind != "scalar"} == {
            f"val/{name}" for name in ("confusion", "roc", "pr", "calibration", "predictions")
        }  # fmt: skip
    with (
        gnomon.init(project="r", home=home, strict=True) as run,
        pytest.raises(InputError, match="Nothing was written"),
    ):
        run.evaluate([0, 1], [0])


def test_a_board_with_three_seeds_separates_by_every_test(logged: Any) -> None:
    _, lab, _ = logged
    boards = [
        lab.leaderboard("p", "loss", test=test, where="name LIKE 'lr%'")
        for test in ("welch", "permutation", "bootstrap")
    ]
    entries = [board.protocols[0].entries for board in boards]
    assert [[e.label for e in each] for each in entries] == [["lr 0.01", "lr 0.1"]] * 3
    assert [each[1].p is not None and each[1].p <= 0.05 for each in entries] == [True, True, True]
