"""The study of twelve configurations: its leaderboard is what scikit-learn and SciPy say of the predictions it kept."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon

pytest.importorskip("torch")

ROOT = Path(__file__).parents[2]
SEEDS = 3


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The study on a few of the digits, and one run on fewer of them."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("study") / "home"
        patch.setenv("GNOMON_HOME", str(home))
        patch.setenv("GNOMON_AGENT", "off")
        for name in ("GNOMON_URL", "GNOMON_TOKEN", "GNOMON_DATA"):
            patch.delenv(name, raising=False)
        study = runpy.run_path(str(ROOT / "examples/study.py"))
        # Single threads: the machine is shared, and these networks are small.
        torch = pytest.importorskip("torch")
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        data = study["load"](None, rows=500)
        study["study"](data, seeds=SEEDS, share=0.1, width=4)
        study["train"](study["PROTOCOL"][6], 0, study["load"](None, rows=300), "study-digits", 4)
        torch.set_num_threads(before)
        with gnomon.connect(home=home) as lab:
            yield lab


def predictions(lab: Any, run: str) -> tuple[Any, Any, Any]:
    """Return truth, prediction and scores of each sample as the run kept them; classes as numbers."""
    (record,) = lab.run(run).records("test/predictions")
    table = record.value
    columns = {name: np.asarray(values) for name, values in table.columns.items()}
    scores = np.stack([columns[name] for name in columns if name.startswith("p(")], axis=1)
    return columns["true"].astype(int), columns["predicted"].astype(int), scores


def test_the_leaderboard_is_what_scikit_learn_says_of_the_saved_predictions(lab: Any) -> None:
    from scipy import stats
    from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

    board = lab.leaderboard("study-digits", "test/accuracy")
    assert len(board.entries) == 12
    by_mean = []
    for entry in board.entries:
        assert (entry.n, entry.missing, {seed.seed for seed in entry.seeds}) == (SEEDS, 0, set(range(SEEDS)))
        accuracies = []
        for seed in entry.seeds:
            truth, guess, scores = predictions(lab, seed.run)
            accuracies.append(accuracy_score(truth, guess))
            assert seed.value == pytest.approx(accuracies[-1], abs=1e-12)
            figures = lab.run(seed.run).summary
            ours = {key.removeprefix("test/"): value for key, value in figures.items() if key.startswith("test/")}
            assert ours["f1"] == pytest.approx(f1_score(truth, guess, average="macro", zero_division=0))
            auc = roc_auc_score(truth, scores, multi_class="ovr", average="macro")
            assert ours["auc"] == pytest.approx(auc, abs=1e-6)
            each = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
            for name, score in each.items():
                wanted = score(truth, guess, average=None, labels=range(10), zero_division=0)
                assert [ours.get(f"{name}/{k}", 0.0) for k in range(10)] == pytest.approx(wanted.tolist())
        mean = float(np.mean(accuracies))
        half = stats.t.ppf(0.975, SEEDS - 1) * np.std(accuracies, ddof=1) / np.sqrt(SEEDS)
        assert entry.mean == pytest.approx(mean)
        assert entry.interval == pytest.approx((mean - half, mean + half), abs=1e-12)
        by_mean.append(mean)
    assert by_mean == sorted(by_mean, reverse=True)


def test_the_confusion_of_a_run_counts_its_predictions(lab: Any) -> None:
    from sklearn.metrics import confusion_matrix

    best = lab.leaderboard("study-digits", "test/accuracy").entries[0].seeds[0].run
    truth, guess, _ = predictions(lab, best)
    (record,) = lab.run(best).records("test/confusion")
    assert np.array_equal(record.value.matrix, confusion_matrix(truth, guess, labels=range(10)))


def test_a_run_on_other_data_stands_apart_and_says_why(lab: Any) -> None:
    ranked, apart = lab.leaderboard("study-digits", "test/accuracy").protocols
    assert (ranked.runs, ranked.reason, apart.runs) == (36, None, 1)
    assert apart.reason.startswith("trained on other data")
    assert apart.data["train"] != ranked.data["train"]


def test_what_ran_is_what_the_config_says(lab: Any) -> None:
    runs = lab.runs("study-digits", columns=("config.epochs", "attr.parameters"), limit=None)
    assert len(runs) == 37
    assert {run.state for run in runs} == {"finished"}
    for run, epochs, parameters in zip(runs, *runs.columns.values(), strict=True):
        assert run.series("epoch").numpy()["value"].max() == epochs
        assert parameters > 2_000
    config = dict(runs[-1].config)
    assert config == {
        "model": "cnn",
        "batch_size": 32,
        "epochs": 1,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "loss": "cross-entropy",
        "width": 4,
        "seed": 0,
    }
