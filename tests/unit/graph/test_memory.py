import pytest
from tests.unit.graph.build import build

from gnomon.graph.infer import infer
from gnomon.graph.memory import attention_bytes, batch_size_of, optimizer_keeps, training_bytes

TEXT = "x:numeric_input(columns=8)>norm:batch_norm>head:dense(units=10)>out:classification"


@pytest.mark.parametrize(
    ("optimizer", "kept"),
    [
        (None, 2),
        ("sgd", 0),
        ({"type": "sgd"}, 0),
        ({"type": "sgd", "momentum": 0.9}, 1),
        ({"type": "adam", "lr": 1e-3}, 2),
        ({"type": "unheard"}, 2),
        ({"lr": 1}, 2),
        ([], 2),
    ],
)
def test_training_keeps_values_gradients_and_what_the_optimizer_needs(optimizer: object, kept: int) -> None:
    graph = build(TEXT, train={"optimizer": optimizer} if optimizer is not None else {})
    assert optimizer_keeps(graph) == kept
    params, state, numbers = 16 + 90, 16, 8 + 8 + 10
    assert training_bytes(graph, infer(graph), 32) == 4 * ((2 + kept) * params + state) + 32 * 4 * numbers


@pytest.mark.parametrize(("given", "found"), [(64, 64), (0, None), (-1, None), (True, None), ("64", None), (1.5, None)])
def test_a_batch_size_is_a_whole_number(given: object, found: int | None) -> None:
    assert batch_size_of(build(TEXT, train={"batch_size": given})) == found
    assert batch_size_of(build(TEXT)) is None


def test_attention_compares_every_step_with_every_other() -> None:
    graph = build("x:sequence_input(length=100,features=64)>look:multi_head_attention(heads=8)>out:regression")
    assert attention_bytes(infer(graph).nodes["look"], 8) == 4 * 8 * 100 * 100
    assert attention_bytes(infer(graph).nodes["out"], 8) == 4 * 8 * 100 * 100
    assert attention_bytes(infer(build("x:numeric_input")).nodes["x"], 8) == 0
