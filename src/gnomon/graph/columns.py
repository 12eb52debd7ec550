"""Which column of a data set feeds which input of a graph, which output predicts which, and whether they fit.

What is known of the data is a small plain summary: this looks into no file, and the server may ask it at every edit.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.graph.document import Graph, Node
from gnomon.graph.spec import Spec

_FITS: Final[Mapping[str, frozenset[str]]] = {
    "image_input": frozenset({"image"}),
    "numeric_input": frozenset({"number", "time", "category", "array", "image"}),
    "category_input": frozenset({"category"}),
    "text_input": frozenset({"text", "array"}),
    "sequence_input": frozenset({"array", "image"}),
    "audio_input": frozenset({"array"}),
    "input": frozenset({"image", "array", "number", "category", "text", "time"}),
    "classification": frozenset({"category"}),
    "multi_label": frozenset({"array", "category"}),
    "regression": frozenset({"number", "array", "time"}),
    "segmentation": frozenset({"mask"}),
}
"""Kinds of columns that a node may be bound to, by what it is; others of a graph's inputs take anything."""
_FIRST: Final[Mapping[str, str]] = {
    "numeric_input": "number",
    "text_input": "text",
    "sequence_input": "array",
    "input": "array",
}
"""The kind that a node is meant for, when it takes several."""
MANY: Final = frozenset({"numeric_input", "input", "regression", "multi_label"})
"""Nodes that take several columns side by side."""


@dataclass(frozen=True, slots=True)
class ColumnFact:
    """Tell of a column what a model gets of it.

    Args:
        name: As in the data.
        kind: What it holds: `number category text time image mask boxes array`.
        spec: Shape and type of a value after all transforms.
        normalise: What is done to its numbers: `none scale standard minmax`.
        top: Largest number before that, as 255 of 8-bit pictures; `None` when that is not known.
        missing: Rows that hold nothing.
    """

    name: str
    kind: str
    spec: Spec
    normalise: str = "none"
    top: float | None = None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class DataSummary:
    """Tell of a data set what matters to a graph.

    Args:
        ref: `name@digest`.
        columns: What a model gets, by column; columns that are neither given nor predicted are left out.
        inputs: Columns that are given.
        target: Columns that are predicted.
        rows: How many rows each part has.
    """

    ref: str
    columns: Mapping[str, ColumnFact]
    inputs: tuple[str, ...]
    target: tuple[str, ...]
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bound:
    """Tell which columns nodes are bound to.

    Args:
        inputs: Columns of each input, in order.
        outputs: Columns that each output predicts; a reconstruction predicts none.
        free: Inputs and outputs without a column.
        wrong: Entries of `graph.data` that name no node or no column: field, node, column.
    """

    inputs: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, tuple[str, ...]]
    free: tuple[str, ...]
    wrong: tuple[tuple[str, str, str], ...]


def ends_of(graph: Graph, kinds: Mapping[str, str]) -> tuple[list[Node], list[Node]]:
    """Return inputs and outputs of a graph.

    Args:
        graph: The graph.
        kinds: Category of the component of each node: `Input`, `Output` or another.
    """
    inputs = [node for node in graph.nodes if kinds.get(node.id) == "Input"]
    return inputs, [node for node in graph.nodes if kinds.get(node.id) == "Output"]


def bound(graph: Graph, data: DataSummary, kinds: Mapping[str, str]) -> Bound:
    """Return which columns nodes are bound to: as `graph.data` says, else by name, else by kind where one is left.

    Args:
        graph: The graph.
        data: What is known of the data.
        kinds: Category of the component of each node.
    """
    inputs, outputs = ends_of(graph, kinds)
    wrong: list[tuple[str, str, str]] = []
    given = _told(graph, "inputs", inputs, data, wrong)
    predicted = _told(graph, "outputs", outputs, data, wrong)
    _match(inputs, data.inputs, data, given)
    _match([node for node in outputs if what(node) != "reconstruction"], data.target, data, predicted)
    for node in outputs:
        if what(node) == "reconstruction":
            predicted[node.id] = ()
    free = [node.id for node in inputs if node.id not in given] + [n.id for n in outputs if n.id not in predicted]
    return Bound(given, predicted, tuple(free), tuple(wrong))


def what(node: Node) -> str:
    """Return what a node is without owner and version: `image_input`."""
    return node.type.partition("/")[2].partition("@")[0]


def _told(
    graph: Graph, key: str, nodes: Sequence[Node], data: DataSummary, wrong: list[tuple[str, str, str]]
) -> dict[str, tuple[str, ...]]:
    """Return what the document says of a side; what names nothing is added to `wrong`."""
    said = graph.data.get(key)
    names = {node.id for node in nodes}
    found: dict[str, tuple[str, ...]] = {}
    for node, columns in said.items() if isinstance(said, dict) else ():
        listed = [columns] if isinstance(columns, str) else columns if isinstance(columns, list) else []
        texts = [column for column in listed if isinstance(column, str)]
        bad = [column for column in texts if column not in data.columns]
        if node not in names or bad or not texts or len(texts) != len(listed):
            wrong.append((key, node, bad[0] if bad else ""))
        else:
            found[node] = tuple(texts)
    return found


def _match(nodes: Sequence[Node], names: Sequence[str], data: DataSummary, found: dict[str, tuple[str, ...]]) -> None:
    """Bind the nodes of a side that the document says nothing of."""
    taken = {column for columns in found.values() for column in columns}
    free = [data.columns[name] for name in names if name in data.columns and name not in taken]
    open_ = [node for node in nodes if node.id not in found]
    for node in list(open_):
        named = next((fact for fact in free if identifier_of(fact.name) == node.id and fits(node, fact)), None)
        if named is not None:
            found[node.id] = (named.name,)
            free.remove(named)
            open_.remove(node)
    for node in list(open_):
        chosen = _by_kind(node, open_, free)
        if chosen:
            found[node.id] = tuple(fact.name for fact in chosen)
            free = [fact for fact in free if fact not in chosen]
            open_.remove(node)
    if len(open_) == 1 and len(free) == 1 and fits(open_[0], free[0]):
        found[open_[0].id] = (free[0].name,)


def _by_kind(node: Node, open_: Sequence[Node], free: Sequence[ColumnFact]) -> list[ColumnFact]:
    """Return the columns that only this node is meant for."""
    kinds = {_FIRST[what(node)]} if what(node) in _FIRST else _FITS.get(what(node), frozenset())
    fitting = [fact for fact in free if fact.kind in kinds]
    rivals = [other for other in open_ if other is not node and what(other) == what(node)]
    if rivals or not fitting:
        return []
    return fitting if what(node) in MANY or len(fitting) == 1 else []


def fits(node: Node, fact: ColumnFact) -> bool:
    """Tell whether a node may take a column at all, whatever its shape."""
    return fact.kind in _FITS.get(what(node), frozenset({fact.kind}))


def identifier_of(name: str) -> str:
    """Return a column's name as ids of nodes are written.

    Example:
        >>> identifier_of("Blood pressure")
        'blood_pressure'
    """
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower()).strip("_")


def width(fact: ColumnFact) -> int | None:
    """Return how many numbers a column is beside others: one, or one for each class; `None` when it cannot stand there."""
    if fact.kind == "category":
        return fact.spec.classes
    elements = fact.spec.elements
    return elements if fact.spec.dtype != "text" else None


def mismatch(asked: Spec, facts: Sequence[ColumnFact], data: str, name: str = "it") -> str:
    """Return why an input cannot take its columns, in a sentence; "" when it can.

    Args:
        asked: What the input says it takes.
        facts: Its columns.
        data: The data set that has them, as `name@digest`.
        name: The input: often its column is called so too.
    """
    takes = f"{name} takes {asked.text}"
    if len(facts) > 1:
        widths = [width(fact) for fact in facts]
        total = sum(each or 0 for each in widths)
        if asked.rank == 1 and asked.dtype == "float32" and asked.shape[0] in (None, total):
            return ""
        return f"{takes}, and its {len(facts)} columns are {total} numbers side by side"
    fact = facts[0]
    if fact.kind in ("category", "text"):
        why = _category(asked, fact) if fact.kind == "category" else _text(asked, fact)
        return f"{name} {why}" if why else ""
    if _same(asked.shape, fact.spec.shape) or _flat(asked, fact.spec):
        return ""
    return f"the column {fact.name} of {data.partition('@')[0]} is {fact.spec.text}, and {takes}"


def _category(asked: Spec, fact: ColumnFact) -> str:
    classes = fact.spec.classes or 1
    if asked.dtype == "float32":
        if asked.rank == 1 and asked.shape[0] in (None, classes):
            return ""
        return f"takes {asked.text}, and {fact.name} has {classes} classes, one number for each"
    if asked.rank:
        return f"takes {asked.text}, and {fact.name} is the number of one class"
    if asked.classes is not None and asked.classes < classes:
        return f"takes {asked.classes} kinds, and {fact.name} has {classes}"
    return ""


def _text(asked: Spec, fact: ColumnFact) -> str:
    if asked.dtype == "text":
        return ""
    if asked.rank != 1 or asked.dtype != "int64":
        return f"takes {asked.text} {asked.dtype}, and {fact.name} gives numbers of words"
    if asked.classes is not None and fact.spec.classes is not None and asked.classes < fact.spec.classes:
        return f"knows {asked.classes:,} words, and {fact.name} has {fact.spec.classes:,}"
    return ""


def _same(asked: Sequence[int | None], given: Sequence[int | None]) -> bool:
    return len(asked) == len(given) and all(a in (None, b) for a, b in zip(asked, given, strict=True))


def _flat(asked: Spec, given: Spec) -> bool:
    """Tell whether one is the other in a row: a number is a row of one, 28×28×1 may be taken as 28×28 or as 784."""
    elements = asked.elements
    is_number = given.rank == 0 and asked.shape == (1,)
    is_row = asked.rank in (1, 2) and given.rank > asked.rank and elements is not None and elements == given.elements
    is_plane = asked.rank == given.rank - 1 and given.shape[-1:] == (1,) and _same(asked.shape, given.shape[:-1])
    return is_number or (is_row and (asked.rank == 1 or is_plane)) or is_plane


def output_mismatch(node: Node, gives: Spec, facts: Sequence[ColumnFact]) -> str:
    """Return why an output cannot predict its columns, in a sentence; "" when it can.

    Args:
        node: The output.
        gives: What comes to it.
        facts: Its columns.
    """
    kind = what(node)
    if kind in ("classification", "segmentation"):
        classes = facts[0].spec.classes
        if kind == "segmentation" and not _same(gives.shape[:2], facts[0].spec.shape):
            sizes = "×".join(map(str, facts[0].spec.shape))
            return f"gives {'×'.join(map(str, gives.shape[:2]))} pixels, and {facts[0].name} has {sizes}"
        has = gives.channels
        is_one = kind == "segmentation" and has == 1 and classes == 2
        if has is not None and classes is not None and has != classes and not is_one:
            return f"tells {has} classes apart, and {facts[0].name} has {classes}"
        return ""
    if kind == "regression":
        total = sum(width(fact) or 0 for fact in facts)
        elements = gives.elements
        return (
            "" if elements in (None, total) else f"gives {elements} numbers, and {_named(facts)} {_are(facts)} {total}"
        )
    if kind == "multi_label":
        total = sum(1 if fact.kind == "category" else math.prod(a or 1 for a in fact.spec.shape) for fact in facts)
        has = gives.channels
        return "" if has in (None, total) else f"tells {has} labels, and {_named(facts)} {_are(facts)} {total}"
    return ""


def _named(facts: Sequence[ColumnFact]) -> str:
    return " and ".join(fact.name for fact in facts)


def _are(facts: Sequence[ColumnFact]) -> str:
    return "is" if len(facts) == 1 else "are"


def behind_inputs(graph: Graph, name: str, most: int = 8) -> Iterator[str]:
    """Yield the nodes behind a node, from near to far, as long as each has one taker."""
    takers: dict[str, list[str]] = {}
    for edge in graph.edges:
        takers.setdefault(edge.source[0], []).append(edge.target[0])
    for _ in range(most):
        found = takers.get(name, [])
        if len(found) != 1:
            return
        name = found[0]
        yield name


def document(bound_: Bound, ref: str) -> dict[str, Any]:
    """Return what a graph document says of its data: one column by its name, several as a list."""

    def side(said: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
        return {node: names[0] if len(names) == 1 else list(names) for node, names in said.items() if names}

    return {"dataset": ref, "inputs": side(bound_.inputs), "outputs": side(bound_.outputs)}
