"""The health of real training runs: what ails them is found at its node, as it was at any step, and said on the command line."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import gnomon
from gnomon.cli.main import cli
from gnomon.sdk.health import HealthReader
from gnomon.store.home import Home

torch = pytest.importorskip("torch")
from .sick_runs import sick  # noqa: E402 - there may be no torch


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    before = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        home = tmp_path_factory.mktemp("home")
        yield home, sick(torch, home)
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def opened(runs: tuple[Path, dict[str, str]]) -> Iterator[Home]:
    with Home.open(runs[0]) as home:
        home.drain()
        yield home


WANTED = {
    "vanishing": {("vanishing", "n0"), ("constant", "n18"), ("stuck", "")},
    "exploding": {("exploding", "n2"), ("dead", "n1"), ("constant", "n2"), ("stuck", "")},
    "dead": {("dead", "n3"), ("constant", "n4"), ("stuck", "")},
    "saturated": {("saturated", "n1")},
    "nonfinite": {("nonfinite", ""), ("nonfinite", "n0")},
    "overfit": {("overfit", "")},
    "well": set(),
}


@pytest.mark.parametrize("name", WANTED)
def test_what_ails_a_real_run_is_found_at_its_node(name: str, opened: Home, runs: tuple[Path, dict[str, str]]) -> None:
    health = HealthReader(opened).health(runs[1][name])
    assert {(one.code, one.node) for one in health.findings} == WANTED[name]
    if name == "saturated":
        assert sum(not check.made for check in health.checks) == 1
    for one in health.findings:
        for each in one.evidence:
            points = opened.engine.points(runs[1][name], each.key)
            known = dict(zip(points.step.tolist(), points.value.tolist(), strict=True))
            assert [str(known[step]).lower() for step in each.step] == [str(v).lower() for v in each.value]


def test_the_past_is_found_as_it_was(opened: Home, runs: tuple[Path, dict[str, str]]) -> None:
    reader, run = HealthReader(opened), runs[1]["nonfinite"]
    assert [one.from_step for one in reader.health(run).findings] == [11, 16]
    assert reader.health(run, 10).findings == []
    assert [(one.from_step, one.at_step) for one in reader.health(run, 12).findings] == [(11, 12)]


def test_a_run_that_goes_on_is_read_where_it_grew_and_a_rewind_anew(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    run = gnomon.init("p", "r")
    with Home.open(home) as opened:
        reader, read = HealthReader(opened), []
        points = opened.engine.points

        def counted(*asked: Any) -> Any:
            read.append(asked[1:])
            return points(*asked)

        monkeypatch.setattr(opened.engine, "points", counted)
        for step in range(5):
            run.log({"loss": 1.0, "net/activations/a/dead": 0.1}, step=step)
        opened.drain()
        assert reader.health(run.id).findings == []
        first, read[:] = list(read), []
        assert ("net/activations/a/dead",) in first
        reader.health(run.id)
        assert read == []
        for step in range(5, 8):
            run.log({"net/activations/a/dead": 0.9}, step=step)
        opened.drain()
        assert [one.from_step for one in reader.health(run.id).findings] == [5]
        assert read == [("net/activations/a/dead", 4)]
        run.log({"net/activations/a/dead": 0.8}, step=8)  # one more is known without a look
        opened.drain()
        assert [(one.at_step, one.value) for one in reader.health(run.id).findings] == [(8, 0.8)]
        assert len(read) == 1
        run.rewind(4)
        run.log({"net/activations/a/dead": 0.2}, step=4)
        run.finish()
        opened.drain()
        assert reader.health(run.id).findings == []
        assert reader.health(run.id).step == 4


def test_after_a_rewind_as_many_points_are_others(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    run = gnomon.init("p", "r")
    with Home.open(home) as opened:
        reader = HealthReader(opened)
        for step in range(9):
            run.log({"net/activations/a/dead": 0.9}, step=step)
        opened.drain()
        assert [one.code for one in reader.health(run.id).findings] == ["dead"]
        run.rewind(0)
        for step in range(9):
            run.log({"net/activations/a/dead": 0.1}, step=step)
        run.finish()
        opened.drain()
        assert reader.health(run.id).findings == []


def test_of_long_runs_no_more_is_kept_than_there_is_room_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    runs = []
    for _ in range(3):
        with gnomon.init("p") as run:
            for step in range(6):
                run.log({"loss": 1.0 / (step + 1)}, step=step)
        runs.append(run.id)
    with Home.open(home) as opened:
        opened.drain()
        reader, read = HealthReader(opened), []
        points = opened.engine.points
        monkeypatch.setattr(opened.engine, "points", lambda *asked: read.append(asked[0]) or points(*asked))
        monkeypatch.setattr("gnomon.sdk.health.POINTS", 12)
        first = [reader.health(run) for run in runs]
        assert read == runs
        again = [reader.health(run) for run in (runs[2], runs[1], runs[0])]
        assert (again[::-1], read[3:]) == (first, [runs[0]]), "the one that was asked for longest ago"
        monkeypatch.setattr("gnomon.sdk.health.POINTS", 5)
        assert [reader.health(run, 3).step for run in runs] == [3, 3, 3]
        assert not any(kept.lines for kept in reader._kept.values())


def test_show_tells_what_is_wrong_and_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    with gnomon.init("p", "r") as run:
        for step in range(4):
            run.log({"train/loss": math.nan if step > 1 else 1.0}, step=step)
        run.alert("Disk nearly full", "3 GB left\nof 100", level="warning")
    shown = CliRunner().invoke(cli, ["show", "p/r", "--home", str(home)]).output
    for line in (
        "✕ train/loss is NaN at step 2 and at 1 more.",
        "  Lower the learning rate or clip the gradients, and look at the first variable that is not finite.",
        "▲ Disk nearly full (step 3)",
        "  3 GB left",
    ):
        assert line in shown.splitlines()
    plain = json.loads(CliRunner().invoke(cli, ["show", "p/r", "--home", str(home), "--json"]).output)
    assert [one["code"] for one in plain["health"]["findings"]] == ["nonfinite"]
    assert [one["title"] for one in plain["alerts"]] == ["Disk nearly full"]


def test_the_order_of_layers_is_kept_beside_the_statistics(opened: Home, runs: tuple[Path, dict[str, str]]) -> None:
    (record,) = opened.engine.records(runs[1]["well"], "gnomon/watch/model")
    assert json.loads(opened.engine.payload(runs[1]["well"], record.id)) == {
        "layers": [
            {"path": "0", "type": "Linear", "parameters": ["0.weight", "0.bias"]},
            {"path": "1", "type": "ReLU", "parameters": []},
            {"path": "2", "type": "Linear", "parameters": ["2.weight", "2.bias"]},
        ],
        "inputs": [{"shape": [64], "dtype": "float32"}],
    }
    dead = opened.engine.points(runs[1]["well"], "model/activations/1/dead").value
    assert ((dead >= 0) & (dead < 0.5)).all()
    assert np.allclose(dead * 30, np.round(dead * 30), atol=1e-4)
