"""Random edits: of code as people make them by hand, and of graphs as the canvas makes them."""

import ast
import random
import re
from typing import Any

from gnomon.graph.component import Target
from gnomon.graph.document import Graph
from gnomon.graph.infer import infer
from gnomon.graph.registry import components


def hand_edited(text: str, target: Target, rng: random.Random) -> tuple[str, list[str]]:
    """Return code after a few edits by hand, and the statements and comments that were added to it."""
    added: list[str] = []
    for _ in range(rng.randint(1, 4)):
        edit = rng.choice((_statement, _statement, _comment, _blank, _literal, _rename, _trailing, _swap))
        before = text
        text, new = edit(text, target, rng, len(added))
        if edit is _rename and text != before:  # what was added before goes by the new name as well
            added = ["\n".join(_as_it_stands(line, text) for line in each.split("\n")) for each in added]
        added += new
    return text, added


def _as_it_stands(line: str, text: str) -> str:
    """Return a line as it stands in a text in which one of its variables may have another name by now."""
    found = re.search(re.sub(r"[A-Za-z_]\w*", r"\g<0>(?:_new)?", re.escape(line)), text)
    return found[0] if found else line


def _body(text: str) -> ast.FunctionDef:
    tree = ast.parse(text)
    names = ("forward", "build")
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in names]
    return [node for node in found if isinstance(node.body[-1], ast.Return)][-1]


def _insert(text: str, rng: random.Random, new: str) -> str:
    """Put lines in front of a statement of the model, with its indentation."""
    body = _body(text).body
    at = rng.choice(body)
    lines = text.split("\n")
    lines[at.lineno - 1 : at.lineno - 1] = [" " * at.col_offset + line if line else "" for line in new.split("\n")]
    return "\n".join(lines)


def _names(text: str, before: ast.stmt | None = None) -> list[str]:
    function = _body(text)
    names = [each.arg for each in function.args.args if each.arg != "self"]
    for statement in function.body:
        if statement is before:
            break
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            names.append(statement.targets[0].id)
    return names or ["nothing"]


def _statement(text: str, target: Target, rng: random.Random, i: int) -> tuple[str, list[str]]:
    name = rng.choice(_names(text)[:1])
    new = rng.choice(
        (
            f"mine_{i} = {name} * 2 - 1",
            f'print("é {{", {name}.shape)',
            f"if {i} > 3:\n    mine_{i} = {name}\nelse:\n    mine_{i} = -{name}",
            f"assert {name} is not None, '''two\n  lines'''",
            f"mine_{i} = [each for each in ({name}, {name})]",
            f"for each in range({i}):\n    # inside\n    pass",
            f"mine_{i}: int = {i}",
        )
    )
    return _insert(text, rng, new if "'''" not in new else new.replace("\n  ", "\\n  ")), [
        new if "'''" not in new else new.replace("\n  ", "\\n  ")
    ]


def _comment(text: str, target: Target, rng: random.Random, i: int) -> tuple[str, list[str]]:
    new = f"# a thought of mine, number {i} — {rng.random()}"
    return _insert(text, rng, new), [new]


def _blank(text: str, target: Target, rng: random.Random, i: int) -> tuple[str, list[str]]:
    return _insert(text, rng, ""), []


def _literal(text: str, target: Target, rng: random.Random, i: int) -> tuple[str, list[str]]:
    """Change a number somewhere in the model."""
    lines = text.split("\n")
    rows = [k for k, line in enumerate(lines) if re.search(r"(nn|layers)\.\w+\(.*\b\d+\b", line)]
    if rows:
        row = rng.choice(rows)
        lines[row] = re.sub(r"(?<![\w.])(\d+)(?![\w.])", lambda m: str(int(m[1]) + 1), lines[row], count=1)
    return "\n".join(lines), []


def _rename(text: str, target: Target, rng: random.Random, i: int) -> tuple[str, list[str]]:
    """Give a variable another name, everywhere in the model."""
    name = rng.choice(_names(text))
    if name.startswith("mine"):
        return text, []
    function = _body(text)
    lines = text.split("\n")
    for row in range(function.body[0].lineno - 1, function.end_lineno or 0):
        if "#" not in lines[row] and "print" not in lines[row]:
            lines[row] = re.sub(rf"(?<![\w.\"']){name}(?![\w\"'])(?!=)", f"{name}_new", lines[row])
    new = "\n".join(lines)
    if name in [each.arg for each in function.args.args]:
        return text, []
    return new, []


def _trailing(text: str, target: Target, rng: random.Random, i: int) -> tuple[str, list[str]]:
    at = rng.choice(_body(text).body)
    lines = text.split("\n")
    row = (at.end_lineno or 1) - 1
    if "#" in lines[row]:
        return text, []
    lines[row] += f"  # seen {i}"
    return "\n".join(lines), []


def _swap(text: str, target: Target, rng: random.Random, i: int) -> tuple[str, list[str]]:
    """Exchange two lines of `__init__` that do not depend on each other."""
    lines = text.split("\n")
    rows = [k for k, line in enumerate(lines) if re.fullmatch(r"        self\.\w+ = nn\.\w+\(.*\)", line)]
    if len(rows) > 1:
        a, b = rng.sample(rows, 2)
        lines[a], lines[b] = lines[b], lines[a]
    return "\n".join(lines), []


def graph_edit(graph: Graph, rng: random.Random) -> list[dict[str, Any]]:  # noqa: PLR0911 - one for each edit
    """Return operations of one edit as the canvas makes it; the graph may have errors afterwards."""
    inner = [node for node in graph.nodes if components()[node.type].category not in ("Input", "Output")]
    if not inner:
        return []
    node = rng.choice(inner)
    edit = rng.choice(("set", "set", "remove", "rename", "behind", "disconnect", "loose"))
    if edit == "set":
        found = {"core/dense@1": {"units": 7}, "core/dropout@1": {"rate": 0.125}, "core/conv2d@1": {"filters": 5}}
        return [{"op": "set", "id": node.id, "params": found.get(node.type, {})}]
    if edit == "remove":
        return [{"op": "remove", "id": node.id}]
    if edit == "rename":
        return [{"op": "rename", "id": node.id, "to": f"renamed_{rng.randint(0, 9)}"}]
    if edit == "loose":
        return [{"op": "add", "node": {"id": "loose", "type": "core/dense@1"}}]
    edges = [edge for edge in graph.edges if edge.source[0] == node.id]
    if not edges:
        return []
    edge = rng.choice(edges)
    away = {"op": "disconnect", "from": list(edge.source), "to": list(edge.target)}
    spec = infer(graph).nodes[node.id].out
    if edit == "disconnect" or spec is None or spec.dtype != "float32":
        return [away]
    return [
        away,
        {"op": "add", "node": {"id": "between", "type": "core/dropout@1", "params": {"rate": 0.3}}},
        {"op": "connect", "from": list(edge.source), "to": ["between", "in"]},
        {"op": "connect", "from": ["between", "out"], "to": list(edge.target)},
    ]
