"""What is trained follows from the graph; what cannot be is refused in a sentence."""

from typing import Any

import pytest
from tests.unit.models.training.lives import GRAPH

from gnomon.core.errors import InputError
from gnomon.graph.document import Graph, decode
from gnomon.graph.templates import template, templates
from gnomon.models.training.plan import Head, plan
from gnomon.models.training.settings import TrainSettings, flat, read


def of(name: str, **train: Any) -> tuple[Graph, TrainSettings]:
    """Return the graph of a template and its settings."""
    graph = template(name).graph
    return graph, read(graph.train | train)


def changed(**fields: Any) -> Graph:
    """Return the small graph with other fields."""
    return decode(GRAPH | fields)


def test_each_output_has_its_task_loss_and_metrics() -> None:
    found = {name: plan(*of(name)) for name in ("mnist_cnn", "unet", "autoencoder", "tabular", "lstm_forecaster")}
    assert {name: each.heads for name, each in found.items()} == {
        "mnist_cnn": (Head("label", "classification", "cross_entropy", True, 10),),
        "unet": (Head("mask", "segmentation", "cross_entropy", True, 2, is_first=True, rank=3),),
        "autoencoder": (
            Head("again", "reconstruction", "mean_squared_error", False, 1, of="image", is_first=True, rank=3),
        ),
        "tabular": (Head("price", "regression", "mean_squared_error", False, 1),),
        "lstm_forecaster": (Head("next", "regression", "mean_squared_error", False, 1),),
    }
    assert {name: (each.inputs, each.first) for name, each in found.items()} == {
        "mnist_cnn": (("image",), ("image",)),
        "unet": (("image",), ("image",)),
        "autoencoder": (("image",), ("image",)),
        "tabular": (("numbers", "kind"), ()),
        "lstm_forecaster": (("history",), ()),
    }
    assert found["tabular"].metrics == ("loss", "mean_absolute_error", "mean_squared_error", "r2")


def test_every_template_can_be_planned() -> None:
    for each in templates():
        assert plan(each.graph, read(each.graph.train)).heads


@pytest.mark.parametrize(
    ("graph", "train", "words"),
    [
        (Graph(), {}, "graph: it is empty"),
        (
            changed(nodes=GRAPH["nodes"][:-1], edges=GRAPH["edges"][:-1]),
            {},
            "graph: it has an error: Nothing is an output: ",
        ),
        (changed(edges=GRAPH["edges"][1:]), {}, "graph: it has an error: conv1: "),
        (
            decode(GRAPH),
            {"loss": "huber"},
            "train.loss: huber does not fit label, which takes cross_entropy, mean_squa",
        ),
        (decode(GRAPH), {"weights": {"other": 2}}, "train.weights: expected outputs (label), received 'other'."),
        (decode(GRAPH), {"weights": {"label": 0}}, "train.weights: expected at least one output that counts"),
        (decode(GRAPH), {"stop": {"monitor": "val_r2"}}, "train.stop.monitor: expected one of loss, accuracy, also as"),
        (changed(target="keras"), {"nonfinite": "skip"}, "train.nonfinite: Keras changes the weights before"),
    ],
)
def test_what_cannot_be_trained_is_refused(graph: Graph, train: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        plan(graph, read(train))
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize(
    ("train", "field"),
    [
        ({"batch_size": 0}, "train.batch_size"),
        ({"optimizer": {"lr": -1}}, "train.optimizer.lr"),
        ({"lr": "fast"}, "train.optimizer.lr"),
        ({"optimizer": {"type": "lion"}}, "train.optimizer.type"),
        ({"epoch": 3}, "train"),
        ({"optimizer": 3, "lr": 1}, "train.optimizer"),
        ({"clip": float("inf")}, "train.clip"),
    ],
)
def test_a_wrong_setting_is_named(train: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        read(train)
    assert refused.value.field == field


def test_paths_set_fields_and_config_holds_what_is_not_usual() -> None:
    found = read(
        {"lr": 0.5, "stop.patience": 3, "optimizer": {"type": "sgd"}, "loss": "mse", "seed": None, "stop": None}
    )
    assert (found.optimizer.rate, found.optimizer.type, found.stop.patience) == (0.5, "sgd", 3)
    assert flat(found) == {
        "optimizer": "sgd",
        "lr": 0.5,
        "batch_size": 64,
        "epochs": 10,
        "seed": None,
        "loss": "mean_squared_error",
        "stop.patience": 3,
    }
