"""The demo's training logs what it says, side by side, and ends its runs as it ends itself."""

from pathlib import Path

import numpy as np
import pytest

import gnomon
from gnomon.models import demo
from gnomon.models.demo import Experiment
from gnomon.models.digits import load

PAIR = [Experiment((8,), 3.0, 0), Experiment((4, 4), 0.5, 1)]


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def test_every_configuration_is_trained_with_every_seed_once() -> None:
    trained = [(e.hidden, e.learning_rate, e.seed) for experiments in demo.rounds() for e in experiments]
    assert sorted(trained) == sorted((h, rate, seed) for h, rate in demo.CONFIGURATIONS for seed in demo.SEEDS)
    assert len(set(trained)) == 12


def test_runs_of_one_round_are_logged_side_by_side(home: Path) -> None:
    done: list[int] = []
    ids = demo.train(PAIR, 1, group="g", home=home, on_batch=done.append)
    assert done == [2] * 360
    assert demo.batches(1) == 360 * 12
    with gnomon.connect(home=home) as lab:
        runs = [lab.run(run) for run in ids]
        assert [(r.name, r.project, r.group, r.tags, r.state) for r in runs] == [
            ("8 units, lr 3, seed 0", "digits", "g", ["demo"], "finished"),
            ("4+4 units, lr 0.5, seed 1", "digits", "g", ["demo"], "finished"),
        ]
        assert runs[1].config == {
            "hidden": "4+4",
            "learning_rate": 0.5,
            "batch_size": 4,
            "epochs": 1,
            "seed": 1,
            "data": "optical digits",
        }
        assert runs[0].meta["define"] == {"val/acc": {"goal": "max"}, "val/loss": {"goal": "min"}}
        first, second = (run.series("train/loss").numpy()["time"] for run in runs)
        assert first[0] < second[0] < first[1] < second[1]


def test_axes_count_samples_and_passes(home: Path) -> None:
    (run,) = demo.train(PAIR[:1], 2, group="g", home=home)
    with gnomon.connect(home=home) as lab:
        found = lab.run(run)
        samples, epoch = (found.series(key).numpy() for key in ("samples", "epoch"))
        assert samples["value"][samples["step"] == 720].tolist() == [2 * 1438] * 2
        assert epoch["value"][epoch["step"] == 720].tolist() == [2.0, 2.0]
        assert found.series("lr").numpy()["value"].tolist() == pytest.approx([3.0, 1.5])


def test_what_a_network_looks_at_and_confuses_is_logged_beside_its_curves(home: Path) -> None:
    (run,) = demo.train(PAIR[:1], 2, group="g", home=home)
    data = load()
    with gnomon.connect(home=home) as lab:
        found = lab.run(run)
        every = {key: kind for key, kind in found.keys().items() if kind != "scalar"}
        kinds = {key: kind for key, kind in every.items() if not key.startswith("test/")}
        assert sorted(set(every) - set(kinds)) == [
            f"test/{name}" for name in ("calibration", "confusion", "pr", "predictions", "roc")
        ]
        assert kinds == {
            "hidden/units": "embedding",
            "val/confusion": "confusion",
            "val/mistakes": "images",
            "val/roc": "curve",
            "weights/filters": "images",
            "weights/first": "histogram",
        }
        records = {key: list(found.records(key)) for key in kinds}
        assert {key: [r.step for r in each] for key, each in records.items()} == {key: [360, 720] for key in kinds}
        last = records["val/confusion"][-1].value.matrix
        assert last.sum() == len(data.y_test)
        assert np.trace(last) / last.sum() == pytest.approx(found.series("val/acc").numpy()["value"][-1])
        mistakes = records["val/mistakes"][-1]
        shown = (data.x_test.reshape(-1, 1, 8, 8) == mistakes.value[..., 0]).all(axis=(2, 3)).any(axis=0)
        assert shown.all()
        assert len(mistakes.value) == min(24, last.sum() - np.trace(last))


def test_a_demo_that_is_interrupted_says_so_on_its_runs(home: Path) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.train(PAIR, 1, group="g", home=home, on_batch=stop)
    with gnomon.connect(home=home) as lab:
        assert [(run.state, run.last_step) for run in lab.runs("digits")] == [("killed", 1), ("killed", 1)]
