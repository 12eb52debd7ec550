import importlib
import pkgutil
import subprocess
import sys

import msgspec

from gnomon.graph import components as package
from gnomon.graph.registry import CATEGORIES, MODULES, components, find, palette


def test_every_file_of_components_is_listed_once() -> None:
    files = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert sorted(MODULES) == sorted(files)


def test_every_component_is_there_by_its_type_in_the_order_of_the_palette() -> None:
    found = components()
    assert [each.type for each in found.values()] == [*found]
    ranks = [CATEGORIES.index(each.category) for each in found.values()]
    assert ranks == sorted(ranks)
    assert find("core/dense@1") is found["core/dense@1"]
    assert find("core/dense@99") is None
    assert find("acme/thing@1") is None


def test_bases_that_components_share_are_no_components() -> None:
    module = importlib.import_module("gnomon.graph.components.pool")
    assert module.Pooling not in components().values()
    assert module.MaxPool2D in components().values()


def test_the_palette_is_plain_data_with_every_default_a_value_that_may_be() -> None:
    rows = palette()
    assert msgspec.json.decode(msgspec.json.encode(rows)) == rows
    assert [row["type"] for row in rows] == [*components()]
    for kind in components().values():
        values = {param.name: param.check(param.default) for param in kind.params}
        assert values == {param.name: param.default for param in kind.params}, kind.type
        assert all(param.doc for param in kind.params), kind.type


def test_looking_at_graphs_loads_no_framework() -> None:
    code = (
        "import sys; from gnomon.graph.study import Study; from gnomon.graph.templates import templates\n"
        "[Study().of(each.graph) for each in templates()]\n"
        "print(sorted({'torch', 'keras', 'tensorflow', 'jax', 'numpy', 'pickle'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
