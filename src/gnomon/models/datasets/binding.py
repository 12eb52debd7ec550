"""A data set bound to a graph: what each input takes and each output predicts, in the form that its component asks for.

Categories are numbers of classes where a graph takes these, and ones among zeros where it takes a vector; texts are
numbers of words, or the bytes of their letters for a Tokenise; a picture is a row of numbers where that is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.graph.columns import Bound, ColumnFact, DataSummary, bound, document, mismatch, output_mismatch, what
from gnomon.graph.document import Graph, Node
from gnomon.graph.infer import NodeReport, Report, infer
from gnomon.graph.spec import Spec
from gnomon.models.datasets.prepared import Prepared, Rows
from gnomon.models.datasets.split import Int64
from gnomon.models.datasets.summary import summary_of
from gnomon.models.datasets.values import Source

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class End:
    """Hold an input or an output of a graph.

    Args:
        node: Its id.
        kind: What it is: `image_input`, `classification` …
        columns: Columns that it takes or predicts.
        spec: What it takes; of an output what comes to it.
    """

    node: str
    kind: str
    columns: tuple[str, ...]
    spec: Spec


class Binding:
    """Give batches of a data set in the form that a graph takes.

    Args:
        data: The data set.
        inputs: Inputs of the graph, in its order.
        outputs: Outputs likewise.
        of: Of each reconstruction, the input that it gives back.
        bound: Which columns belong to which node.
    """

    def __init__(
        self, data: Prepared, inputs: Sequence[End], outputs: Sequence[End], of: Mapping[str, str], bound_: Bound
    ) -> None:
        self.data = data
        self.inputs = {end.node: end for end in inputs}
        self.outputs = {end.node: end for end in outputs}
        self._of = of
        self._bound = bound_

    @property
    def document(self) -> dict[str, Any]:
        """What `graph.data` says of it."""
        return document(self._bound, self.data.spec.ref)

    def batch(self, part: str, rows: Rows, rng: np.random.Generator | None = None) -> tuple[Arrays, Arrays]:
        """Return what inputs take and what outputs should give, by node, the first axis the rows.

        Images, masks and sequences are channels last. Classes are int64 of shape `(n,)` or `(n, h, w)`; numbers to be
        predicted are float32 of the shape that comes to their output.

        Args:
            part: `train`, `validation` or `test`.
            rows: Places in the part, counted from 0.
            rng: Draws augmentation, in `train` alone.

        Raises:
            NotFoundError: There is no such part.
        """
        found = self.data.batch(part, rows, rng)
        chosen = self.data.rows(part)[rows if isinstance(rows, slice) else np.asarray(rows, np.int64)]
        given = {name: self._input(end, found, chosen) for name, end in self.inputs.items()}
        return given, {name: self._target(end, found, given) for name, end in self.outputs.items()}

    def _input(self, end: End, found: Arrays, rows: Int64) -> npt.NDArray[Any]:
        if end.spec.dtype == "text":
            return _letters(Source(self.data.table, end.columns[0]), rows, end.spec.shape[0])
        if len(end.columns) > 1:
            return np.concatenate([self._row(name, found) for name in end.columns], axis=1)
        name = end.columns[0]
        values, given = found[name], self.data.specs[name]
        if given.classes is not None and end.spec.dtype == "float32":
            return self._row(name, found)
        if self.data.table.columns[name].kind == "text":
            return _cut(values, end.spec.shape[0])
        return _brought(values, end.spec, given).astype(_DTYPES[end.spec.dtype], copy=False)

    def _row(self, name: str, found: Arrays) -> npt.NDArray[Any]:
        """Return a column as numbers side by side, float32 of shape `(n, width)`."""
        values, spec = found[name], self.data.specs[name]
        if spec.classes is not None and not spec.rank:
            return np.eye(spec.classes, dtype=np.float32)[values]
        return values.reshape(len(values), -1).astype(np.float32, copy=False)

    def _target(self, end: End, found: Arrays, given: Arrays) -> npt.NDArray[Any]:
        if end.kind == "reconstruction":
            return given[self._of[end.node]]
        if end.kind in ("classification", "segmentation"):
            return found[end.columns[0]]
        if end.kind == "multi_label":
            sides = [found[name].reshape(len(found[name]), -1).astype(np.float32) for name in end.columns]
            return np.concatenate(sides, axis=1)
        numbers = np.concatenate([self._row(name, found) for name in end.columns], axis=1)
        shape = [len(numbers) if axis is None else axis for axis in end.spec.shape]
        return numbers.reshape(len(numbers), *shape) if None not in end.spec.shape else numbers


_DTYPES: Mapping[str, npt.DTypeLike] = {"float32": np.float32, "int64": np.int64, "bool": np.bool_}


def bind(graph: Graph, data: Prepared, report: Report | None = None) -> Binding:
    """Bind a data set to a graph: as the document says, else by names, else by kinds.

    Args:
        graph: The graph.
        data: The data set.
        report: What is known of the graph, when that is known already.

    Raises:
        InputError: An input has no column, or one that it cannot take; the message says what would help.
    """
    report = report or infer(graph)
    categories = {name: _category(report.nodes[name]) for name in report.order}
    summary = summary_of(data)
    made = bound(graph, summary, categories)
    _check_wrong(made, summary)
    nodes = {node.id: node for node in graph.nodes}
    inputs = [_end(nodes[name], made.inputs[name], report) for name in _in_order(graph, made.inputs)]
    outputs = [_end(nodes[name], made.outputs[name], report) for name in _in_order(graph, made.outputs)]
    for end in inputs:
        _check(nodes[end.node], mismatch(end.spec, _facts(summary, end), summary.ref) if end.columns else "")
    for end in outputs:
        why = output_mismatch(nodes[end.node], end.spec, _facts(summary, end)) if end.columns else ""
        _check(nodes[end.node], f"it {why}" if why else "")
    return Binding(data, inputs, outputs, {end.node: _of(nodes[end.node], inputs) for end in outputs}, made)


def _category(known: NodeReport) -> str:
    return known.component.category if known.component is not None else ""


def _in_order(graph: Graph, names: Mapping[str, Any]) -> list[str]:
    return [node.id for node in graph.nodes if node.id in names]


def _end(node: Node, columns: tuple[str, ...], report: Report) -> End:
    known = report.nodes[node.id]
    spec = known.out if known.out is not None else (known.ins[0] if known.ins else None)
    if not isinstance(spec, Spec):
        msg = f"graph: {node.id} has an error, so that nobody knows what it takes. `gnomon canvas check` says which."
        raise InputError(msg, field="graph")
    return End(node.id, what(node), columns, spec)


def _facts(data: DataSummary, end: End) -> list[ColumnFact]:
    return [data.columns[name] for name in end.columns]


def _check_wrong(made: Bound, data: DataSummary) -> None:
    if made.wrong:
        key, node, column = made.wrong[0]
        named = f"column {column!r:.60}" if column else f"node {node!r:.60}"
        msg = f"data.{key}: there is no {named}. {data.ref} has {', '.join(list(data.columns)[:20])}."
        raise InputError(msg, field=f"data.{key}")
    if made.free:
        msg = (
            f"data.inputs: {made.free[0]} has no column of {data.ref}, which has {', '.join(list(data.columns)[:20])}. "
            f'Say which: data.inputs = {{"{made.free[0]}": …}}.'
        )
        raise InputError(msg, field="data.inputs")


def _check(node: Node, why: str) -> None:
    if why:
        msg = f"{node.id}: {why}. Change its parameters, or the transforms of the data."
        raise InputError(msg, field=node.id)


def _of(node: Node, inputs: Sequence[End]) -> str:
    """Return the input that a reconstruction gives back."""
    if what(node) != "reconstruction":
        return ""
    said = node.params.get("of")
    names = [end.node for end in inputs]
    if said in names:
        return str(said)
    if len(names) == 1:
        return names[0]
    msg = f"{node.id}.of: expected the input that is given back, one of {', '.join(names)}, received {said!r:.60}."
    raise InputError(msg, field=f"{node.id}.of")


def _brought(values: npt.NDArray[Any], asked: Spec, given: Spec) -> npt.NDArray[Any]:
    """Return values of another rank: without their one channel, or as a row of numbers."""
    if asked.rank == given.rank:
        return values
    if asked.rank == given.rank - 1 and given.channels == 1 and asked.rank > 1:
        return values[..., 0]
    return values.reshape(len(values), -1)


def _cut(tokens: npt.NDArray[Any], length: int | None) -> npt.NDArray[Any]:
    """Return texts of another length: cut, or filled up with zeros."""
    if length is None or tokens.shape[1] == length:
        return tokens
    made = np.zeros((len(tokens), length), tokens.dtype)
    made[:, : tokens.shape[1]] = tokens[:, :length]
    return made


def _letters(source: Source, rows: Int64, length: int | None) -> npt.NDArray[Any]:
    """Return texts as the bytes of their UTF-8, int32 filled up with zeros."""
    texts = [b"" if text is None else str(text).encode("utf-8", "replace") for text in source.raw(rows)]
    made = np.zeros((len(texts), length or max([1, *map(len, texts)])), np.int32)
    for i, text in enumerate(texts):
        cut = np.frombuffer(text[: made.shape[1]], np.uint8)
        made[i, : len(cut)] = cut
    return made
