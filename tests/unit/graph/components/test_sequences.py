"""Layers for sequences, against Keras and PyTorch with the same weights."""

import random
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from gnomon.graph.component import Component
from gnomon.graph.components.embedding import Embedding
from gnomon.graph.components.multi_head_attention import MultiHeadAttention
from gnomon.graph.components.positional_embedding import PositionalEmbedding
from gnomon.graph.components.recurrent import GRU, LSTM, Bidirectional, Recurrent
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Spec
from gnomon.graph.suite import ComponentSuite
from gnomon.graph.suite_frameworks import Array


class TestEmbedding(ComponentSuite):
    component = Embedding

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        classes = rng.randint(1, cast("Embedding", node).vocabulary)
        return [Spec(rng.choice([(), (7,)]), "int64", min(classes, 5))]

    def weights(self, node: Component, keras: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> Sequence[Array]:
        return keras


def _lstm(keras: Sequence[Array]) -> list[Array]:
    kernel, recurrent, bias = keras
    return [kernel.T, recurrent.T, bias, np.zeros_like(bias)]


def _gru(keras: Sequence[Array]) -> list[Array]:
    """Keras has the gates update, reset, new; PyTorch has reset, update, new."""
    kernel, recurrent, biases = (np.split(each, 3, axis=-1) for each in keras)
    swapped = [np.concatenate([reset, update, new], axis=-1) for update, reset, new in (kernel, recurrent, biases)]
    return [swapped[0].T, swapped[1].T, *swapped[2]]


class RecurrentSuite(ComponentSuite):
    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        return [Spec((rng.randint(1, 6), rng.randint(1, 5)))]

    def weights(self, node: Component, keras: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> Sequence[Array]:
        moved = _lstm if cast("Recurrent", node).kind() == "lstm" else _gru
        return [array for start in range(0, len(keras), 3) for array in moved(keras[start : start + 3])]


class TestLSTM(RecurrentSuite):
    component = LSTM

    def test_pytorch_counts_its_second_bias(self) -> None:
        found = cast("Any", LSTM)(units=5).infer(Spec((None, 3)))
        assert (found.params_for("keras"), found.params_for("torch")) == (4 * 5 * (3 + 5 + 1), 4 * 5 * (3 + 5 + 2))


class TestGRU(RecurrentSuite):
    component = GRU


class TestBidirectional(RecurrentSuite):
    component = Bidirectional


@pytest.mark.parametrize(
    ("given", "title", "before"),
    [
        (Spec((20,), "int64", 50), "Put an Embedding in front", ("core/embedding@1", {"vocabulary": 50})),
        (Spec((20,)), "Reshape to steps × features", ("core/reshape@1", {"shape": [-1, 1]})),
        (Spec((9, 8, 2)), "Reshape to steps × features", ("core/reshape@1", {"shape": [9, -1]})),
        (Spec((None, 8, 2)), "Reshape to steps × features", ("core/reshape@1", {"shape": [-1, 16]})),
    ],
)
def test_what_is_no_sequence_is_made_one(given: Spec, title: str, before: tuple[str, dict[str, Any]]) -> None:
    with pytest.raises(Problem) as caught:
        cast("Any", LSTM)(units=4).infer(given)
    (remedy,) = caught.value.remedies
    assert (remedy.title, remedy.before) == (title, {"in": before})


class TestPositionalEmbedding(ComponentSuite):
    component = PositionalEmbedding

    def params(self, rng: random.Random) -> dict[str, Any]:
        return {"length": rng.randint(5, 100)}

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        return [Spec((rng.randint(1, 5), rng.randint(1, 5)))]

    def weights(self, node: Component, keras: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> Sequence[Array]:
        return keras


class TestMultiHeadAttention(ComponentSuite):
    component = MultiHeadAttention

    def inputs(self, node: Component, rng: random.Random) -> list[Spec]:
        heads = cast("MultiHeadAttention", node).heads
        asks = Spec((rng.randint(1, 5), heads * rng.randint(1, 3)))
        asked = Spec((rng.randint(1, 5), rng.choice([asks.shape[1], 3])))
        return [asks, asked][: len(node.takes())]

    def weights(self, node: Component, keras: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> Sequence[Array]:
        units = shapes[-1][0]
        kernels = [each.reshape(len(each), units).T for each in keras[0:6:2]]
        bias = np.concatenate([each.ravel() for each in keras[1:6:2]])
        # Where queries, keys and values are as long, PyTorch has their matrices one below another.
        matrices = [np.concatenate(kernels)] if shapes[0] == (3 * units, units) else kernels
        return [*matrices, bias, keras[6].reshape(units, units).T, keras[7]]

    def test_it_asks_for_a_context_only_when_it_looks_elsewhere(self) -> None:
        alone, crossed = (
            MultiHeadAttention(heads=2, dropout=0.0, causal=False, cross=cross).takes() for cross in (False, True)
        )
        assert [port.name for port in alone] == ["in"]
        assert [port.name for port in crossed] == ["in", "context"]

    def test_heads_that_do_not_divide_are_set_to_the_nearest_that_do(self) -> None:
        with pytest.raises(Problem) as caught:
            MultiHeadAttention(heads=5, dropout=0.0, causal=False, cross=False).infer(Spec((7, 12)))
        assert [remedy.params for remedy in caught.value.remedies] == [{"heads": 4}, {"heads": 6}]
