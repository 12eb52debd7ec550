"""Whole models: each template, written for both targets and given the same weights, gives the same outputs.

What no single component tells is tested here: that the order of axes holds from node to node, and through Flatten.
"""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gnomon.graph.code.write import write
from gnomon.graph.document import Graph
from gnomon.graph.infer import infer
from gnomon.graph.layout import is_first
from gnomon.graph.registry import components, find
from gnomon.graph.spec import Spec
from gnomon.graph.suite import ComponentSuite
from gnomon.graph.suite_draw import values
from gnomon.graph.suite_frameworks import load, random_weight, state_of
from gnomon.graph.templates import NAMES, template

HERE = Path(__file__).parent / "components"


def suites() -> dict[str, Any]:
    """Return the suites of all components by type: they know how weights are moved."""
    found: dict[str, Any] = {type_: ComponentSuite() for type_ in components()}
    for path in HERE.glob("test_*.py"):
        for each in runpy.run_path(str(path), run_name=path.stem).values():
            if isinstance(each, type) and issubclass(each, ComponentSuite) and hasattr(each, "component"):
                found[each.component.type] = each()
    return found


@pytest.fixture(scope="module")
def movers() -> dict[str, Any]:
    load()
    return suites()


def built(graph: Graph, target: str) -> Any:
    """Return the model that a graph's code makes."""
    names: dict[str, Any] = {"__name__": "written"}
    exec(compile(write(graph, target).text, f"{graph.name}.py", "exec"), names)
    if target == "keras":
        return names["build"]()
    module = load()[0].nn.Module
    kinds = [each for each in names.values() if isinstance(each, type) and each.__module__ == "written"]
    (model,) = (each for each in kinds if issubclass(each, module))
    return model().eval()


def give_weights(graph: Graph, keras_model: Any, torch_model: Any, movers: dict[str, Any]) -> None:
    """Draw weights for the model of Keras, and move them to that of PyTorch, node by node."""
    torch, keras = load()
    rng = np.random.default_rng(0)
    for node in graph.nodes:
        state = state_of(getattr(torch_model, node.id, None))
        if not state:
            continue
        weights = keras_model.get_layer(node.id).weights
        for weight in weights:
            weight.assign(random_weight(weight, rng) * 0.3)
        component = find(node.type)
        assert component is not None
        arrays = [keras.ops.convert_to_numpy(weight.value) for weight in weights]
        moved = movers[node.type].weights(component(**node.params), arrays, [tuple(each.shape) for each in state])
        with torch.no_grad():
            for each, array in zip(state, moved, strict=True):
                each.copy_(torch.from_numpy(np.array(array)))


def turned(array: np.ndarray, spec: Spec, *, first: bool) -> np.ndarray:
    """Return an array in the order of axes of PyTorch, or back."""
    if not is_first(spec):
        return array
    return np.ascontiguousarray(np.moveaxis(array, -1, 1) if first else np.moveaxis(array, 1, -1))


def listed(found: Any) -> list[Any]:
    return list(found) if isinstance(found, (list, tuple)) else [found]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
def test_a_template_is_the_same_model_in_both_targets(name: str, movers: dict[str, Any]) -> None:
    torch, keras = load()
    graph = template(name).graph
    nodes = infer(graph).nodes
    keras_model, torch_model = built(graph, "keras"), built(graph, "torch")
    give_weights(graph, keras_model, torch_model, movers)
    specs = {node.id: nodes[node.id].outs[0] for node in graph.nodes if find(node.type).category == "Input"}
    rng = np.random.default_rng(1)
    given = {entry: values(spec, rng, 2) for entry, spec in specs.items()}
    tensors = [keras.ops.convert_to_tensor(given[each.name]) for each in keras_model.inputs]
    with torch.no_grad():
        expected = keras_model(tensors if len(tensors) > 1 else tensors[0], training=False)
        found = torch_model(
            **{entry: torch.from_numpy(turned(given[entry], spec, first=True)) for entry, spec in specs.items()}
        )
    ends = [node.id for node in graph.nodes if find(node.type).category == "Output"]
    outs = [nodes[edge.source[0]].outs[0] for end in ends for edge in graph.edges if edge.target[0] == end]
    for ours, theirs, spec in zip(listed(found), listed(expected), outs, strict=True):
        back = turned(ours.numpy(), spec, first=False)
        np.testing.assert_allclose(back, keras.ops.convert_to_numpy(theirs), rtol=1e-4, atol=1e-5)
        assert back.std() > 1e-4
