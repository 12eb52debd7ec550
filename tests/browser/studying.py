"""A small real study for browser tests: networks on the packaged digits, judged, some on other data, one unfinished."""

import itertools
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import gnomon
from gnomon.core.records.record_type import Encoded
from gnomon.models import MLP, digits

PROJECT = "study"
CONFIGS: tuple[Mapping[str, Any], ...] = (
    {"hidden": [48], "lr": 3.0},
    {"hidden": [44], "lr": 2.9},
    {"hidden": [24, 16], "lr": 3.0},
    {"hidden": [8], "lr": 3.0},
)
SEEDS = (0, 1, 2)
EPOCHS = 8
COMMIT = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"


def run_study(home: Path) -> None:
    """Train 4 configurations with 3 seeds, one more on half of the data, one that recorded nothing, one that failed."""
    os.environ |= {"GNOMON_HOME": str(home), "GNOMON_AGENT": "off", "GNOMON_CAPTURE": "off"}
    data = digits.load()
    for config in CONFIGS:
        for seed in SEEDS:
            train(data, config, seed)
    half = digits.Digits(data.x_train[::2], data.y_train[::2], data.x_test, data.y_test)
    train(half, CONFIGS[0], 7, name="half-of-the-data")
    train(data, CONFIGS[0], 8, name="nothing-recorded", is_recorded=False)
    fail(CONFIGS[0], 3)


def train(
    data: digits.Digits, config: Mapping[str, Any], seed: int, name: str | None = None, *, is_recorded: bool = True
) -> None:
    """Train one network: its history, its graph, images of its first layer, and how it is judged."""
    sizes = (64, *config["hidden"], 10)
    net = MLP(sizes, learning_rate=config["lr"], batch_size=32, seed=seed)
    net.feed((data.x_train, data.y_train), validation=(data.x_test, data.y_test))
    told = {**config, "hidden": "-".join(map(str, config["hidden"])), "seed": seed, "model": "mlp", "optimizer": "sgd"}
    parameters = sum(a * b + b for a, b in itertools.pairwise(sizes))
    with gnomon.init(PROJECT, name=name or f"mlp-{told['hidden']}-lr{config['lr']:g}-s{seed}", config=told) as run:
        run.annotate({"parameters": parameters, "commit": COMMIT})
        keep_code(run, told)
        if is_recorded:
            run.use_data(data.x_train, data.y_train, name="train")
        run.log({"network": gnomon.Graph(graph(sizes))}, step=0)
        for epoch in range(1, EPOCHS + 1):
            losses = [step.loss for step in net.train(1)]
            score = net.validate()
            run.log(
                {"train/loss": float(np.mean(losses)), "val/loss": score.loss, "val/acc": score.accuracy}, step=epoch
            )
            if epoch % 4 == 0:
                run.log({"first layer": gnomon.Image(pictured(np.asarray(net.weights[0])))}, step=epoch)
        if is_recorded:
            _, confidence = net.predict(data.x_test)
            run.evaluate(data.y_test, scores=confidence / confidence.sum(1, keepdims=True), name="test", step=EPOCHS)
        else:
            run.log({"test/accuracy": net.validate().accuracy}, step=EPOCHS)


def keep_code(run: gnomon.Run, told: Mapping[str, Any]) -> None:
    """Keep a script and packages of this configuration, as capture does for programs."""
    lines = ["import gnomon", f"hidden = {told['hidden']!r}", f"lr = {told['lr']}", *(f"step({i})" for i in range(20))]
    run.keep("gnomon/code/script", Encoded("text", {"path": "study.py"}, "\n".join(lines).encode()))
    version = "2.0" if told["lr"] == CONFIGS[1]["lr"] else "1.9"
    packages = {"numpy": "2.4", "solver": version, "scipy": "1.17"}
    run.keep("gnomon/environment", Encoded("json", {}, json.dumps({"packages": packages}).encode()))


def fail(config: Mapping[str, Any], seed: int) -> None:
    """Begin another seed of a configuration and leave it without a result."""
    told = {**config, "hidden": "-".join(map(str, config["hidden"])), "seed": seed, "model": "mlp", "optimizer": "sgd"}
    run = gnomon.init(PROJECT, name=f"mlp-{told['hidden']}-lr{config['lr']:g}-s{seed}", config=told)
    run.log({"train/loss": 2.5}, step=1)
    run.fail(RuntimeError("out of memory"))


def graph(sizes: tuple[int, ...]) -> dict[str, Any]:
    """Return the layers of a network as nodes and edges."""
    nodes: list[dict[str, Any]] = [{"id": "input", "op": "Input", "shape": [sizes[0]]}]
    for place, (a, b) in enumerate(itertools.pairwise(sizes)):
        is_last = place == len(sizes) - 2
        name = "output" if is_last else f"hidden{place}"
        nodes.append({"id": name, "op": "Dense", "shape": [b], "parameters": a * b + b})
        nodes.append({"id": f"{name}/sigmoid", "op": "Sigmoid", "shape": [b]})
    names = [node["id"] for node in nodes]
    return {"nodes": nodes, "edges": list(itertools.pairwise(names))}


def pictured(weights: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return weights as an image, grey for nothing."""
    reach = np.abs(weights).max() or 1.0
    return ((weights / reach + 1) * 127.5).astype(np.uint8)


if __name__ == "__main__":
    run_study(Path(sys.argv[1]))
