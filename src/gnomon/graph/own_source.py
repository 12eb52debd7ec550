"""Files of own components to begin with: one with comments, and one that is what a group of a graph is."""

import json
import re
from pathlib import Path
from typing import Any, Final

from gnomon.graph.code.names import class_name
from gnomon.graph.document import Graph, decode
from gnomon.graph.own import check_own_name, snake
from gnomon.graph.promote import promoted

_TEMPLATE: Final = Path(__file__).parent / "own_template.txt"


def template_source(name: str = "") -> str:
    """Return a file with a component that works and says how it is changed.

    Args:
        name: What its class is called instead, as `check_own_name` allows.
    """
    text = _TEMPLATE.read_text(encoding="utf-8")
    if not name:
        return text
    title = check_own_name(name).replace("_", " ").capitalize()
    text = text.replace("class Gate(", f"class {class_name(title.title())}(").replace("own/gate@1", f"own/{name}@1")
    return text.replace('title="Gate"', f'title="{title}"')


def of_group(graph: Graph, group: str) -> str:
    """Return a file with a component that is what a group of a graph is.

    Args:
        graph: The graph.
        group: The group's id.

    Raises:
        NotFoundError: There is no such group.
        InputError: It has no nodes, or inputs of the whole graph among them.
    """
    ops = promoted(graph, group)
    added = next(op["node"] for op in ops if op["op"] == "add")
    document = added["params"]["graph"]
    inner = decode(document)
    takes = [op["to"][1] for op in ops if op["op"] == "connect" and op["to"][0] == added["id"]]
    gives = list(dict.fromkeys(op["from"][1] for op in ops if op["op"] == "connect" and op["from"][0] == added["id"]))
    name = class_name(re.sub(r"[^A-Za-z0-9]+", " ", inner.name).title())
    return _FILE.format(
        name=name,
        type=f"own/{snake(name)[:40]}@1",
        title=json.dumps(inner.name[:80] or name),
        doc=f"{inner.name or name}: {len(inner.nodes)} nodes as one component.".replace("\\", "").replace('"', "'"),
        graph=_lines(document).replace("\\", "\\\\").replace('"""', '\\"\\"\\"'),
        inputs=_ports(takes if len(takes) > 1 else ["in"]),
        outputs=_ports(gives if len(gives) > 1 else ["out"]),
    )


def _lines(document: dict[str, Any]) -> str:
    """Return a document as JSON with a line for each node and edge."""
    rows = []
    for name, value in document.items():
        many = isinstance(value, (list, tuple)) and value
        inner = ",\n".join(f"    {json.dumps(each, sort_keys=True)}" for each in value) if many else ""
        rows.append(f"  {json.dumps(name)}: " + (f"[\n{inner}\n  ]" if many else json.dumps(value)))
    return "{\n" + ",\n".join(rows) + "\n}"


def _ports(names: list[str]) -> str:
    return f"({' '.join(f'Port(name={json.dumps(name)}),' for name in names)})"


_FILE: Final = '''"""{doc}

Written of a group of a graph. It holds the group as it was; give it parameters, and change the graph by them.
"""

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Port, component
from gnomon.graph.components.subgraph import Subgraph
from gnomon.graph.spec import Spec

GRAPH = """{graph}"""


@component("{type}", title={title}, category="Own")
class {name}(Component):
    """{doc}"""

    inputs = {inputs}
    outputs = {outputs}

    def within(self) -> Subgraph:
        """Return the graph that it holds."""
        return Subgraph(graph=GRAPH)

    def infer(self, *parts: Spec) -> Inferred:
        """Return what comes out of the graph within."""
        return self.within().infer(*parts)

    def torch(self, *parts: Spec) -> Code:
        """Write the graph within as a class above the model."""
        return self.within().torch(*parts)

    def keras(self, *parts: Spec) -> Code:
        """Write the graph within as a function above the model."""
        return self.within().keras(*parts)
'''
