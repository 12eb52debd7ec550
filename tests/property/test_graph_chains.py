"""A list of layers says the same graph as those layers called one behind another, whatever they are."""

import random

import pytest
from tests.conftest import trials

from gnomon.graph.code import parse, write
from gnomon.graph.component import TARGETS, Target
from gnomon.graph.document import Graph
from gnomon.graph.patch import apply

CASES = trials(60, 1_500)
IMAGE = (
    'layers.Conv2D({n}, 3, padding="same", activation="relu")',
    "layers.MaxPooling2D()",
    "layers.BatchNormalization()",
    'layers.Conv2D({n}, (1, 3), strides=1, padding="same")',
)
VECTOR = ("layers.Dense({n})", "layers.Dropout(0.{n})", 'layers.Activation("tanh")', "layers.Dense(units={n})")
TORCH = (
    "nn.ReLU()",
    "nn.Dropout(0.{n})",
    "nn.Tanh()",
    "nn.Linear({width}, {n})",
    "nn.Linear({width}, out_features={n})",
)


def layers_of(rng: random.Random, target: Target) -> list[str]:
    """Return layers that fit one behind another: some for images, one that flattens, some for vectors."""
    if target == "torch":
        found, width = ["nn.Linear(16 * 4, 8)"], 8
        for _ in range(rng.randint(0, 5)):
            n = rng.randint(1, 9)
            found.append(rng.choice(TORCH).format(width=width, n=n))
            width = n if "Linear" in found[-1] else width
        return [*found, f"nn.Linear({width}, 7)"]
    first = [rng.choice(IMAGE).format(n=rng.randint(1, 9)) for _ in range(rng.randint(0, 2))]
    last = [rng.choice(VECTOR).format(n=rng.randint(1, 9)) for _ in range(rng.randint(0, 4))]
    return [*first, "layers.Flatten()", *last, "layers.Dense(7)"]


def as_list(rng: random.Random, layers: list[str], target: Target) -> str:
    """Return a file with a list of layers, or with layers that are added, one by one, in a function or at the top."""
    has_input = rng.random() < 0.5
    if target == "torch":
        lines = [f"model = nn.Sequential({', '.join(layers)})"]
    elif rng.random() < 0.5:
        given = ["keras.Input((16, 16, 3))", *layers] if has_input else layers
        lines = [f"model = keras.Sequential([{', '.join(given)}])"]
    else:
        given = ["keras.Input((16, 16, 3))", *layers] if has_input else layers
        lines = ["model = keras.Sequential()  # mine", *(f"model.add({each})" for each in given)]
    if rng.random() < 0.5:
        lines = ["def make():", *(f"    {line}" for line in lines), "    print(model)", "    return model"]
    head = "from torch import nn" if target == "torch" else "import keras\nfrom keras import layers"
    return "\n".join([head, "", *lines, ""])


def as_calls(layers: list[str], target: Target) -> str:
    """Return a file in which each layer is called."""
    if target == "torch":
        made = [f"        self.layer_{i} = {each}" for i, each in enumerate(layers)]
        calls = [f"        x = self.layer_{i}(x)" for i in range(len(layers))]
        init = ["    def __init__(self):", "        super().__init__()", *made]
        run = ["    def forward(self, x):", *calls, "        return x"]
        return "\n".join(["from torch import nn", "", "class Model(nn.Module):", *init, *run, ""])
    calls = [f"    x = {each}(x)" for each in layers]
    begin = ["    a = keras.Input((16, 16, 3))", "    x = a"]
    head = ["import keras", "from keras import layers", "", "def build():", *begin]
    return "\n".join([*head, *calls, "    return keras.Model(a, x)", ""])


def said(graph: Graph) -> list[tuple[str, dict[str, object]]]:
    """Return the layers in order; what comes out is guessed by its shape, which a file need not say."""
    kinds = [(node.type, dict(node.params)) for node in graph.nodes]
    return [kind for kind in kinds if "input@" not in kind[0]][:-1]


@pytest.mark.parametrize("target", TARGETS)
def test_a_list_of_layers_is_the_same_graph_as_their_calls_and_its_text_stays(target: Target) -> None:
    for seed in range(CASES):
        rng = random.Random(seed)
        layers = layers_of(rng, target)
        text = as_list(rng, layers, target)
        graph = parse(text).graph
        assert said(graph) == said(parse(as_calls(layers, target)).graph), seed
        assert write(graph).text == text, seed
        assert parse(text, old=graph).graph == graph, seed
        ends = [edge for edge in graph.edges if edge.target[1] == "in"]
        assert len(ends) == len(graph.nodes) - 1, seed


@pytest.mark.parametrize("target", TARGETS)
def test_an_edit_of_a_list_of_layers_is_said_by_its_file_and_what_stands_around_stays(target: Target) -> None:
    for seed in range(CASES // 2):
        rng = random.Random(seed)
        text = as_list(rng, layers_of(rng, target), target)
        graph = parse(text).graph
        name = rng.choice([node.id for node in graph.nodes if node.type == "core/dense@1"])
        after, _ = apply(graph, [{"op": "set", "id": name, "params": {"units": rng.randint(11, 99)}}])
        new = write(after).text
        found = parse(new, old=after).graph
        assert (said(found), found.edges) == (said(after), after.edges), seed
        assert ("print(model)" in new, "# mine" in new) == ("print(model)" in text, "# mine" in text), seed
