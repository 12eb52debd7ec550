"""The script: its losses and metrics are those of the textbook, for every kind of output, in both frameworks."""

import itertools
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gnomon.graph.document import decode
from gnomon.models.training.plan import plan
from gnomon.models.training.settings import read
from gnomon.models.training.task import script_of
from gnomon.models.training.write_script import write_script

pytest.importorskip("torch")
RNG = np.random.default_rng(1)
N = 6
PIXELS = (4, 4)


def softmax(x: Any, axis: int = -1) -> Any:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def picked(shares: Any, truth: Any) -> Any:
    return np.take_along_axis(shares, truth[..., None], -1)[..., 0]


def yes_or_no(shares: Any, truth: Any) -> float:
    return float(-(truth * np.log(shares) + (1 - truth) * np.log(1 - shares)).mean())


LOGITS, CLASSES = RNG.normal(size=(N, 3)).astype("f4"), RNG.integers(0, 3, N)
LABELS = RNG.integers(0, 2, (N, 3)).astype("f4")
PLACES, MASKS = RNG.normal(size=(N, *PIXELS, 3)).astype("f4"), RNG.integers(0, 3, (N, *PIXELS))
YES, SPOTS = RNG.normal(size=(N, *PIXELS, 1)).astype("f4"), RNG.integers(0, 2, (N, *PIXELS))
NUMBERS, WANTED = RNG.normal(size=(N, 2)).astype("f4"), RNG.normal(size=(N, 2)).astype("f4")
CASES: list[tuple[str, dict[str, Any], Any, Any, float]] = [
    ("classification", {}, LOGITS, CLASSES, -np.log(picked(softmax(LOGITS), CLASSES)).mean()),
    (
        "classification",
        {"from_logits": False},
        softmax(LOGITS),
        CLASSES,
        -np.log(picked(softmax(LOGITS), CLASSES)).mean(),
    ),
    (
        "classification",
        {"loss": "mean_squared_error"},
        LOGITS,
        CLASSES,
        ((softmax(LOGITS) - np.eye(3)[CLASSES]) ** 2).mean(),
    ),
    ("multi_label", {}, LOGITS, LABELS, yes_or_no(sigmoid(LOGITS), LABELS)),
    ("multi_label", {"loss": "mean_squared_error"}, LOGITS, LABELS, ((sigmoid(LOGITS) - LABELS) ** 2).mean()),
    ("regression", {}, NUMBERS, WANTED, ((NUMBERS - WANTED) ** 2).mean()),
    ("regression", {"loss": "mean_absolute_error"}, NUMBERS, WANTED, np.abs(NUMBERS - WANTED).mean()),
    ("segmentation", {}, PLACES, MASKS, -np.log(picked(softmax(PLACES), MASKS)).mean()),
    ("segmentation", {"loss": "binary_cross_entropy"}, YES, SPOTS, yes_or_no(sigmoid(YES), SPOTS[..., None])),
]


def script(tmp_path: Path, target: str, kind: str, params: dict[str, Any], made: Any, **train: Any) -> ModuleType:
    """Return the script of a graph of one layer with such an output."""
    shape = made.shape[1:]
    nodes = [
        {"id": "x", "type": "core/input@1", "params": {"shape": list(shape)}},
        {"id": "same", "type": "core/activation@1", "params": {"function": "linear"}},
        {"id": "y", "type": f"core/{kind}@1", "params": params},
    ]
    edges = [{"from": [a, "out"], "to": [b, "in"]} for a, b in itertools.pairwise(("x", "same", "y"))]
    graph = decode({"name": "one", "target": target, "nodes": nodes, "edges": edges})
    folder = tmp_path / target
    folder.mkdir()
    write_script(folder, plan(graph, read(train)), 0, {})
    sys.modules.pop("gnomon_train_script", None)
    return script_of(folder, target)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{'-'.join(map(str, case[1].values()))}")
def test_the_loss_of_an_output_is_the_one_of_the_textbook(case: Any, tmp_path: Path) -> None:
    import torch

    kind, params, made, truth, wanted = case
    known = script(tmp_path, "torch", kind, params, made)
    given = np.moveaxis(made, -1, 1) if made.ndim == 4 else made
    outputs, targets = {"y": torch.from_numpy(given.copy())}, {"y": torch.from_numpy(truth)}
    assert float(known.losses(outputs, targets)["y"]) == pytest.approx(wanted, rel=1e-5)
    figures = known.Totals().add(N, known.losses(outputs, targets), known.counts(outputs, targets))
    assert {name: value for name, value in figures.items() if name != "loss"} == pytest.approx(
        metrics(kind, made, truth, params), rel=1e-5
    )


def metrics(kind: str, made: Any, truth: Any, params: dict[str, Any]) -> dict[str, float]:
    """Return the metrics as NumPy computes them."""
    if kind == "classification":
        return {"accuracy": (made.argmax(-1) == truth).mean()}
    if kind == "multi_label":
        yes = made > 0
        return {"accuracy": (yes == (truth > 0.5)).mean(), "f1": 2 * (yes * truth).sum() / (yes.sum() + truth.sum())}
    if kind == "regression":
        error = made - truth
        spread = ((truth - truth.mean()) ** 2).sum()
        return {
            "mean_absolute_error": np.abs(error).mean(),
            "mean_squared_error": (error**2).mean(),
            "r2": 1 - (error**2).sum() / spread,
        }
    found = made.argmax(-1) if made.shape[-1] > 1 else (made[..., 0] > 0).astype(int)
    overlaps = [
        ((found == c) & (truth == c)).sum() / ((found == c) | (truth == c)).sum() for c in range(max(2, made.shape[-1]))
    ]
    return {"accuracy": (found == truth).mean(), "iou": float(np.mean(overlaps))}


def test_keras_has_the_same_losses_and_accuracies(tmp_path: Path) -> None:
    if "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip("keras")
    for number, (kind, params, made, truth, wanted) in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        known = script(folder, "keras", kind, params, made)
        found = known.judge(known.build(), {"x": made}, {"y": truth})
        expected = metrics(kind, made, truth, params)
        assert found["loss"] == pytest.approx(wanted, rel=1e-4), (kind, params)
        named = {name: found[name] for name in expected if name != "r2"}  # which Keras takes by column
        assert named == pytest.approx({name: expected[name] for name in named}, rel=1e-5), (kind, params)


def test_the_learning_rate_follows_its_schedule(tmp_path: Path) -> None:
    def factors(number: int, **schedule: Any) -> list[float]:
        folder = tmp_path / str(number)
        folder.mkdir()
        known = script(folder, "torch", "classification", {}, LOGITS, schedule=schedule)
        return [round(known.factor(step, 9, step // 3), 6) for step in range(9)]

    assert factors(0, type="cosine")[::4] == [1.0, 0.5, 0.0]
    assert factors(1, type="linear", end=0.2)[::4] == [1.0, 0.6, 0.2]
    assert factors(2, type="step", every=1, factor=0.1) == [1.0] * 3 + [0.1] * 3 + [0.01] * 3
    assert factors(3, type="linear", warmup=2) == [
        0.333333,
        0.666667,
        1.0,
        0.833333,
        0.666667,
        0.5,
        0.333333,
        0.166667,
        0.0,
    ]


def test_outputs_are_weighted_and_named(tmp_path: Path) -> None:
    import torch

    nodes = [
        {"id": "x", "type": "core/input@1", "params": {"shape": [3]}},
        {"id": "same", "type": "core/activation@1", "params": {"function": "linear"}},
        {"id": "kind", "type": "core/classification@1"},
        {"id": "size", "type": "core/regression@1"},
    ]
    edges = [{"from": [a, "out"], "to": [b, "in"]} for a, b in (("x", "same"), ("same", "kind"), ("same", "size"))]
    graph = decode({"name": "two", "nodes": nodes, "edges": edges})
    found = plan(graph, read({"weights": {"size": 0.5}, "clip": 1.0}))
    assert found.metrics[:4] == ("loss", "kind/loss", "size/loss", "kind/accuracy")
    write_script(tmp_path, found, 0, {"class_weights": {"kind": [1.0, 2.0, 0.5]}})
    known = script_of(tmp_path, "torch")
    outputs = {"kind": torch.from_numpy(LOGITS), "size": torch.from_numpy(LOGITS)}
    targets = {"kind": torch.from_numpy(CLASSES), "size": torch.zeros(N, 3)}
    weights = np.array([1.0, 2.0, 0.5])[CLASSES]
    wanted = -(weights * np.log(picked(softmax(LOGITS), CLASSES))).sum() / weights.sum()
    losses = {name: float(each) for name, each in known.losses(outputs, targets).items()}
    assert losses == pytest.approx({"kind": wanted, "size": (LOGITS**2).mean()}, rel=1e-5)
    assert known.total_of(losses) == pytest.approx(wanted + 0.5 * (LOGITS**2).mean(), rel=1e-5)
