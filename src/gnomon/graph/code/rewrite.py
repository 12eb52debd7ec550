"""An edit of the graph in the code that its author wrote: only the statements of nodes that changed are written anew."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import replace

import msgspec

from gnomon.core.errors import CodeError, LimitError
from gnomon.graph.code.anew import replaced
from gnomon.graph.code.beside import beside
from gnomon.graph.code.carry import carried, unjoined, with_comments
from gnomon.graph.code.edit import Edit
from gnomon.graph.code.frame import Frame, attribute_of
from gnomon.graph.code.fresh import Written, of_originals, written
from gnomon.graph.code.names import attribute, class_name
from gnomon.graph.code.opaque import lines_of, name_spots
from gnomon.graph.code.parts import docstring
from gnomon.graph.code.plan import Plan
from gnomon.graph.code.read import read
from gnomon.graph.code.reading import Reading, marked
from gnomon.graph.code.sequence import Impossible
from gnomon.graph.code.walk import ends_of
from gnomon.graph.component import Target
from gnomon.graph.document import Edge, Graph, Node
from gnomon.graph.expand import expand
from gnomon.graph.infer import Cache
from gnomon.graph.registry import find


def rewrite(text: str, before: Graph, after: Graph, target: Target | None = None) -> str:
    """Return code with an edit of its graph in it.

    Comments, blank lines and the formatting of everything that the edit does not touch stay byte for byte. A node that
    goes takes its statements along, and not the comments above them; a new one stands behind the last of what it takes.

    Args:
        text: A file with one model.
        before: The graph that it was read as, or written from.
        after: The graph as it is to be.
        target: The framework; the graph's own when not given.
    """
    target = target or after.target
    ending = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    after = msgspec.structs.replace(expand(after).graph, source={}, target=target)
    before = msgspec.structs.replace(expand(before).graph, source={}, target=target)
    try:
        found = _edited(plain, before, after, target)
    except (CodeError, LimitError):
        found = None
    return (written(Plan(after, target)).text if found is None else found).replace("\n", ending)


def kept(graph: Graph, target: Target, cache: Cache | None = None) -> Written:
    """Return the code that its author left, with what the nodes say otherwise by now changed in it."""
    plan = Plan(graph, target, cache)
    text = graph.source[target]
    reading = _read(text, target, graph)
    if reading is None or not _is_said(reading, plan):
        text = rewrite(text, graph, graph, target)
        reading = _read(text, target, graph)
    return Written(text, of_originals(spans(reading), plan.copies) if reading else {}, plan.issues())


def afresh(graph: Graph, target: Target, cache: Cache | None = None, *, drop: bool = False) -> Written:
    """Return a graph written anew; what its author wrote beside the model stays around it, unless that is dropped too."""
    plan = Plan(graph, target, cache)
    anew = written(plan)
    reading = _read(graph.source.get(target, ""), target, graph)
    others = beside(reading.frame, anew.text) if reading is not None else []
    if reading is None or not others or drop:
        return replace(anew, lost=tuple(others))
    text = replaced(reading, plan)
    found = _read(text, target, graph)
    if found is None:  # it stands in a way that nothing can be written around it
        return replace(anew, lost=tuple(others))
    return Written(text, of_originals(spans(found), plan.copies), plan.issues(), kept=tuple(others))


def _read(text: str, target: Target, graph: Graph) -> Reading | None:
    try:
        return read(text.replace("\r\n", "\n").replace("\r", "\n"), target, graph)
    except (CodeError, LimitError):
        return None


def spans(reading: Reading) -> dict[str, list[tuple[int, int]]]:
    """Return first and last line of each node in code."""
    found: dict[str, list[tuple[int, int]]] = {}
    for name, attr in reading.attrs.items():
        if attr in reading.frame.makes:
            found.setdefault(name, []).append(_lines(reading.frame.makes[attr][0]))
    for item in reading.items:
        for name in item.nodes:
            found.setdefault(name, []).append((_lines(item.statements[0])[0], _lines(item.statements[-1])[1]))
    run = reading.frame.run
    for name, _ in reading.returns:
        if name and not isinstance(run, ast.Module):
            found.setdefault(name, []).append(_lines(run.body[-1]))
    for arg in run.args.args if isinstance(run, ast.FunctionDef) else ():
        out = next((out for out, variable in reading.variables.items() if variable == arg.arg), None)
        if out is not None and reading.frame.target == "torch" and out[0] not in found:
            found[out[0]] = [(arg.lineno, arg.lineno)]
    return found


def _lines(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.end_lineno or node.lineno


def _edited(text: str, before: Graph, after: Graph, target: Target) -> str | None:
    """Return the text after an edit; `None` when nothing of it could be kept."""
    reading = read(text, target, before)
    if written(Plan(before, target)).text == text:
        return written(Plan(after, target)).text
    names = _renames(reading.graph, after)
    if names or reading.graph.name != after.name:
        before = _renamed(reading.graph, names, after.name)
        text = _renamed_text(reading, names, after.name)
        reading = read(text, target, before)
    one, other = _plan(reading, reading.graph), _plan(reading, after)
    if _is_said(reading, other):
        return text
    found = _by_statement(reading, one, other)
    if found is None and (apart := unjoined(text)) != text:
        reading = read(apart, target, before)
        found = _by_statement(reading, _plan(reading, reading.graph), other)
    if found is not None:
        return found
    anew = replaced(reading, other)
    try:
        is_it = _same(read(anew, target, other.graph).graph, other.graph) or bool(other.missing)
    except CodeError:
        is_it = False
    return _carried(reading, anew, target, other.graph) if is_it else None


def _plan(reading: Reading, graph: Graph) -> Plan:
    """Return what is to be written of a graph in a file."""
    plan = Plan(graph, reading.frame.target)
    plan.says_inputs = reading.frame.says_inputs
    return plan


def _carried(reading: Reading, text: str, target: Target, graph: Graph) -> str:
    """Return a file written anew with what stood in the old one, as long as that is no other graph."""
    whole = carried(reading, text)
    try:
        is_same = _same(read(whole, target, graph).graph, read(text, target, graph).graph)
    except (CodeError, LimitError):
        is_same = False
    return whole if is_same else with_comments(reading.frame.text, text)


def _by_statement(reading: Reading, before: Plan, after: Plan) -> str | None:
    """Return the text after an edit made statement by statement; `None` when it cannot be."""
    nearest = None
    for constants in (False, True):
        try:
            found = Edit(reading, before, after, constants=constants).text()
            graph = read(found, after.target, after.graph).graph
        except (Impossible, CodeError):
            continue
        if _same(graph, after.graph, after.missing):
            return found
        # What comes out of an unfinished graph may not be sayable yet: all else is, so nothing need be written anew.
        lacking = {*after.missing, *_outputs(graph, after.graph)}
        if after.missing and nearest is None and _same(graph, after.graph, lacking):
            nearest = found
    return nearest


def _outputs(*graphs: Graph) -> set[str]:
    """Return the nodes that say what comes out."""
    kinds = ((node.id, find(node.type)) for graph in graphs for node in graph.nodes)
    return {name for name, kind in kinds if kind is not None and kind.category == "Output"}


def _is_said(reading: Reading, plan: Plan) -> bool:
    """Return whether a file says a graph already, and names no node as missing that is not."""
    is_same = reading.graph.name == plan.graph.name and _same(reading.graph, plan.graph)
    return is_same and marked(lines_of(reading.frame.text)) <= plan.missing.keys()


def _same(a: Graph, b: Graph, missing: Collection[str] = ()) -> bool:
    """Return whether graphs compute the same, but for nodes that cannot be written."""
    return _bare(a, missing) == _bare(b, missing)


def _bare(graph: Graph, missing: Collection[str]) -> Graph:
    nodes = sorted((_plain(node) for node in graph.nodes if node.id not in missing), key=lambda node: node.id)
    edges = []
    for name, ends in ends_of(graph).items():
        for i, edge in enumerate(ends):  # code tells the order of a port's edges, and not their numbers
            base, _, number = edge.target[1].rpartition(".")
            port = f"{base}.{i}" if number.isdecimal() else edge.target[1]
            edges.append(Edge(edge.source, (name, port)))
    edges = [edge for edge in edges if not {edge.source[0], edge.target[0]} & set(missing)]
    return Graph(nodes=tuple(nodes), edges=tuple(sorted(edges, key=lambda edge: (edge.target, edge.source))))


def _plain(node: Node) -> Node:
    """Return a node as far as code shows it."""
    kind = find(node.type)
    # A graph within the graph is no part of the statement, and code shows it all the same: above the model.
    hidden = {param.name for param in kind.params if not param.in_code and param.kind != "graph"} if kind else set()
    return Node(node.id, node.type, {name: value for name, value in node.params.items() if name not in hidden})


def _renames(a: Graph, b: Graph) -> dict[str, str]:
    """Return which nodes have another name: same type, parameters and place, and their ends the same but for names."""
    old = [node for node in a.nodes if b.node(node.id) is None]
    new = [node for node in b.nodes if a.node(node.id) is None]
    found: dict[str, str] = {}
    for node in old:
        same = [
            each
            for each in new
            if each.type == node.type and each.params == node.params and each.id not in found.values()
        ]
        ends = [each for each in same if _ends(a, node.id, found) == _ends(b, each.id, {})]
        if len(ends) == 1:
            found[node.id] = ends[0].id
    return found


def _ends(graph: Graph, name: str, names: dict[str, str]) -> set[tuple[str, ...]]:
    """Return the edges at a node, without its own name."""
    found: set[tuple[str, ...]] = set()
    for edge in graph.edges:
        if name in (edge.source[0], edge.target[0]):
            ends = [("" if n == name else names.get(n, n), port) for n, port in (edge.source, edge.target)]
            found.add((*ends[0], *ends[1]))
    return found


def _renamed(graph: Graph, names: dict[str, str], title: str) -> Graph:
    def of(name: str) -> str:
        return names.get(name, name)

    return msgspec.structs.replace(
        graph,
        name=title,
        nodes=tuple(msgspec.structs.replace(node, id=of(node.id)) for node in graph.nodes),
        edges=tuple(
            msgspec.structs.replace(e, source=(of(e.source[0]), e.source[1]), target=(of(e.target[0]), e.target[1]))
            for e in graph.edges
        ),
    )


def _renamed_text(reading: Reading, names: dict[str, str], title: str) -> str:
    """Return a file with other names for attributes, variables, and the class; found by position, never by text."""
    frame = reading.frame
    lines = lines_of(frame.text)
    for row, column, old, new in sorted(set(_spots(reading, names, title)), reverse=True):
        line = lines[row - 1].encode()
        if line[column : column + len(old.encode())] == old.encode():
            lines[row - 1] = (line[:column] + new.encode() + line[column + len(old.encode()) :]).decode()
    doc = frame.tree.body[0] if frame.tree.body else None
    ours = docstring(reading.graph.name)
    if doc is not None and lines[doc.lineno - 1 : doc.end_lineno] == ours:
        lines[doc.lineno - 1 : doc.end_lineno] = docstring(title)
    return "\n".join(lines)


def _spots(reading: Reading, names: dict[str, str], title: str) -> Iterator[tuple[int, int, str, str]]:
    frame = reading.frame
    if isinstance(frame.owner, ast.ClassDef) and frame.owner.name == class_name(reading.graph.name):
        old, new = frame.owner.name, class_name(title)
        yield frame.owner.lineno, frame.owner.col_offset + len("class "), old, new
        yield from ((r, c, old, new) for r, c, _ in filter(None, name_spots(frame.tree, [old])))
    for before, after in names.items():
        attr = reading.attrs.get(before)
        for node in ast.walk(frame.owner) if attr else ():
            if attribute_of(node) == attr and isinstance(node, ast.Attribute) and node.end_col_offset is not None:
                yield node.end_lineno or 0, node.end_col_offset - len(node.attr.encode()), node.attr, attribute(after)
        if any(variable == before for (name, _), variable in reading.variables.items() if name == before):
            yield from ((r, c, before, after) for r, c, _ in filter(None, name_spots(frame.run, [before])))
            for node in ast.walk(frame.run):
                if isinstance(node, ast.arg) and node.arg == before:
                    yield node.lineno, node.col_offset, before, after
        for node in _own_names(frame, before):
            yield node.lineno, node.col_offset + 1, before, after


def _own_names(frame: Frame, name: str) -> Iterator[ast.Constant]:
    """Return the literals that name a node: `name=` of Keras, keys of `INPUTS` and `OUTPUTS`."""
    for node in ast.walk(frame.run):
        if (
            isinstance(node, ast.keyword)
            and node.arg == "name"
            and isinstance(node.value, ast.Constant)
            and node.value.value == name
        ):
            yield node.value
    for constant in frame.constants.values():
        if isinstance(constant.value, ast.Dict):
            for key in constant.value.keys:
                if isinstance(key, ast.Constant) and key.value == name:
                    yield key
