"""A first model for data: one encoder for each kind of column, joined, and a head for the target.

The graph is an ordinary one, to be looked at and changed; every choice in it comes with its reason.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.core.errors import InputError
from gnomon.graph.document import Edge, Graph, Node, check_id
from gnomon.graph.registry import find
from gnomon.graph.suggest import Suggestion
from gnomon.graph.templates import template

Shape = tuple[int | None, ...]

_FLAT: Final = 4096
"""Numbers of an image, after its convolutions, up to which a dense layer looks at all of them."""
_SMALLEST: Final = 7
_MOST_BLOCKS: Final = 5
_SIDE: Final = 128
_FEW_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Feature:
    """Describe a column as far as a model is built from it.

    Args:
        name: As in the data.
        kind: `number category text image mask array`; columns of other kinds are left out, with the reason.
        shape: Of one value.
        classes: Of a category or a mask, how many; of a text, how many words are known.
        normalise: What the data set does to its numbers already: `none scale standard minmax`.
        top: Of an image, its largest number before that.
    """

    name: str
    kind: str
    shape: Shape = ()
    classes: int = 0
    normalise: str = "none"
    top: float = 255.0


@dataclass(frozen=True, slots=True)
class Built:
    """Hold a model and why it is so.

    Args:
        graph: The model.
        reasons: Each choice with its reason; refuse one by changing the parameter.
        left_out: Columns that it does not take, with the reason.
    """

    graph: Graph
    reasons: tuple[Suggestion, ...]
    left_out: Mapping[str, str]


def build(features: Sequence[Feature], target: str, *, rows: int, name: str = "model") -> Built:
    """Return a first model that predicts a column from the others.

    Args:
        features: All columns, the target among them.
        target: The target column.
        rows: How many rows there are.
        name: What the graph is called.

    Raises:
        InputError: There is no such column, nothing to predict it from, or no model for its kind.

    Example:
        >>> built = build([Feature("image", "image", (28, 28)), Feature("digit", "category", (), 10)], "digit", rows=60_000)
        >>> [node.id for node in built.graph.nodes]
        ['image', 'scaled', 'conv1', 'pool1', 'conv2', 'pool2', 'flat', 'hidden', 'drop', 'head', 'digit']
    """
    wanted = next((each for each in features if each.name == target), None)
    if wanted is None:
        msg = f"target: there is no column {target!r:.60}. There are {', '.join(each.name for each in features)}."
        raise InputError(msg, field="target")
    others = [each for each in features if each.name != target]
    if wanted.kind == "mask":
        return _segmentation(others, wanted, name)
    if wanted.kind not in ("category", "number"):
        msg = f"target: {target} holds {wanted.kind}, and a first model is built for categories, numbers and masks. Begin with a template."
        raise InputError(msg, field="target")
    builder = _Builder(rows)
    ends = builder.encoders(others)
    if not ends:
        why = "; ".join(f"{name}: {reason}" for name, reason in builder.left_out.items()) or "there is no other column"
        msg = f"features: nothing is left to predict {target} from ({why})."
        raise InputError(msg, field="features")
    builder.head(builder.trunk(builder.joined(ends)), wanted)
    metric = "accuracy" if wanted.kind == "category" else "mean_absolute_error"
    return builder.built(name, metric)


@dataclass(slots=True)
class _Builder:
    """Nodes and edges as they come, one behind another."""

    rows: int
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    reasons: list[Suggestion] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)

    def add(self, wish: str, kind: str, *before: str, why: Mapping[str, str] | None = None, **params: Any) -> str:
        """Add a node behind others; `why` gives reasons by parameter, and "" that of the node itself."""
        name, type_ = self._free(wish), f"core/{kind}@1"
        self.nodes.append(Node(name, type_, params))
        component = find(type_)
        values = {param.name: param.default for param in component.params} | params if component else params
        for i, source in enumerate(before):
            port = "in" if len(before) == 1 else f"in.{i}"
            self.edges.append(Edge((source, "out"), (name, port)))
        for param, reason in (why or {}).items():
            self.reasons.append(Suggestion(name, param, values.get(param), reason))
        return name

    def encoders(self, features: Iterable[Feature]) -> list[str]:
        """Return the last node of each encoder; all give a vector."""
        ends = []
        numbers = []
        for each in features:
            if each.kind == "number":
                numbers.append(each)
            elif each.kind == "image":
                ends.append(self._image(each))
            elif each.kind == "category" and each.classes > 1:
                ends.append(self._category(each))
            elif each.kind == "text":
                ends.append(self._text(each))
            elif each.kind == "array" and None not in each.shape and each.shape:
                ends.append(self._array(each))
            else:
                self.left_out[each.name] = _LEFT_OUT.get(each.kind, f"there is no encoder for {each.kind}")
        if numbers:
            ends.insert(0, self._numbers(numbers))
        return ends

    def _numbers(self, columns: Sequence[Feature]) -> str:
        count = len(columns)
        why = f"{count} columns of numbers come as one vector." if count > 1 else "One column of numbers."
        node = self.add(
            columns[0].name if count == 1 else "numbers", "numeric_input", columns=count, why={"columns": why}
        )
        self.columns[node] = [each.name for each in columns]
        if all(each.normalise != "none" for each in columns):
            return node
        scaled = "Columns have scales of their own, and layers learn best from numbers around 0."
        return self.add("scaled", "batch_norm", node, why={"": scaled})

    def _category(self, column: Feature) -> str:
        node = self.add(column.name, "category_input", categories=column.classes)
        self.columns[node] = [column.name]
        units = min(50, (column.classes + 1) // 2)
        why = (
            f"Half as many numbers as its {column.classes} categories, 50 at most: alike ones end up near one another."
        )
        return self.add(
            f"{node}_embedded", "embedding", node, vocabulary=column.classes, units=units, why={"units": why}
        )

    def _text(self, column: Feature) -> str:
        known: dict[str, Any] = (
            {"length": column.shape[0], "vocabulary": column.classes} if column.shape and column.classes else {}
        )
        node = self.add(column.name, "text_input", **known)
        self.columns[node] = [column.name]
        words = self.add(
            f"{node}_words",
            "embedding",
            node,
            units=32,
            **{name: value for name, value in known.items() if name == "vocabulary"},
            why={"units": "Enough for a first look; 64 to 300 when there are many texts."},
        )
        why = "The mean over all words is a strong and quick beginning; replace it with a Bidirectional when order matters."
        return self.add(f"{node}_mean", "global_avg_pool", words, why={"": why})

    def _array(self, column: Feature) -> str:
        shape = [int(axis) for axis in column.shape if axis is not None]
        if len(shape) == 2:
            node = self.add(column.name, "sequence_input", length=shape[0], features=shape[1])
            self.columns[node] = [column.name]
            why = f"It reads the {shape[0]} steps one after another and keeps what matters."
            return self.add(f"{node}_reader", "lstm", node, units=64, why={"units": why})
        node = self.add(column.name, "input", shape=shape)
        self.columns[node] = [column.name]
        flat = node if len(shape) == 1 else self.add(f"{node}_flat", "flatten", node)
        return self.add(
            f"{node}_scaled", "batch_norm", flat, why={"": "Numbers of unknown scale are brought around 0."}
        )

    def _image(self, column: Feature) -> str:
        height, width, channels = image_shape(column.shape)
        side = (height or _SIDE, width or _SIDE)
        node = self.add(column.name, "image_input", height=height, width=width, channels=channels)
        self.columns[node] = [column.name]
        last = node
        if None in (height, width):
            why = f"The pictures differ in size; all are brought to {_SIDE}×{_SIDE}."
            last = self.add("resized", "resize", last, height=side[0], width=side[1], why={"height": why})
        if column.normalise == "none":
            why = f"Pixels go from 0 to {column.top:g}; layers learn best from numbers around 0."
            last = self.add(
                "scaled", "rescale", last, why={"std": why}, **({} if column.top == 255 else {"std": [column.top]})
            )
        filters = 16 if max(side) <= 32 else 32
        blocks = 0
        while min(side) > _SMALLEST and blocks < _MOST_BLOCKS:
            blocks += 1
            why = (
                "A beginning for pictures of this size."
                if blocks == 1
                else "Twice as many as before: the image shrank to a quarter."
            )
            last = self.add(f"conv{blocks}", "conv2d", last, filters=filters, activation="relu", why={"filters": why})
            last = self.add(f"pool{blocks}", "max_pool2d", last)
            side = (side[0] // 2, side[1] // 2)
            filters = min(2 * filters, 256)
        size = side[0] * side[1] * (filters // 2 if blocks else channels)
        if size <= _FLAT:
            return self.add(
                "flat", "flatten", last, why={"": f"{size:,} numbers are few enough to look at each in its place."}
            )
        why = f"{size:,} numbers are too many for a dense layer: their mean over the image is kept."
        return self.add("mean", "global_avg_pool", last, why={"": why})

    def joined(self, ends: Sequence[str]) -> str:
        """Return the node that joins the encoders."""
        return ends[0] if len(ends) == 1 else self.add("joined", "concatenate", *ends)

    def trunk(self, last: str) -> str:
        """Add hidden layers, fewer units where there is less to learn from."""
        few = self.rows < _FEW_ROWS
        why = f"{self.rows:,} rows: {'few, so that a small layer has to do' if few else 'enough for a layer of this size'}."
        last = self.add("hidden", "dense", last, units=32 if few else 128, activation="relu", why={"units": why})
        return self.add("drop", "dropout", last, rate=0.3, why={"rate": "Keeps it from learning the rows by heart."})

    def head(self, last: str, wanted: Feature) -> None:
        """Add the last layer and the output."""
        if wanted.kind == "category":
            why = f"{wanted.name} has {wanted.classes} classes, and each needs one number."
            last = self.add("head", "dense", last, units=wanted.classes, why={"units": why})
            node = self.add(
                wanted.name,
                "classification",
                last,
                classes=wanted.classes,
                why={"loss": "The target is one of several classes."},
            )
        else:
            last = self.add("head", "dense", last, units=1, why={"units": f"{wanted.name} is one number."})
            node = self.add(wanted.name, "regression", last, values=1, why={"loss": "The target is a number."})
        self.columns[node] = [wanted.name]

    def built(self, name: str, metric: str) -> Built:
        """Return what was built."""
        batch = max(8, min(64, 2 ** (max(1, self.rows // 20).bit_length() - 1)))
        graph = Graph(
            name=name,
            nodes=tuple(self.nodes),
            edges=tuple(sorted(self.edges, key=lambda edge: (edge.target, edge.source))),
            train=_training(batch, metric),
            data=_data(self.columns, self.nodes[-1].id),
        )
        return Built(graph, tuple(self.reasons), self.left_out)

    def _free(self, wish: str) -> str:
        base = identifier(wish)
        taken = {node.id for node in self.nodes}
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base[:56]}_{number}"
        return name


_LEFT_OUT: Final = {
    "time": "a moment by itself says little: make hour, weekday or age of it",
    "category": "it has one value only",
    "mask": "masks are predicted, and not read",
    "boxes": "boxes are predicted, and not read",
    "array": "its rows differ in length",
}


def identifier(text: str) -> str:
    """Return a name that a node may have, as near to `text` as can be.

    Example:
        >>> identifier("Blood pressure (mmHg)"), identifier("2nd class"), identifier("lambda"), identifier("数")
        ('blood_pressure_mmhg', 'n2nd_class', 'lambda_', 'column')
    """
    name = re.sub(r"[^a-z0-9_]+", "_", text.lower()).strip("_")[:60] or "column"
    name = name if name[0].isalpha() else f"n{name}"
    try:
        return check_id(name)
    except InputError:
        return f"{name}_"


def image_shape(shape: Shape) -> tuple[int | None, int | None, int]:
    """Return height, width and channels of a column of images.

    Example:
        >>> image_shape((28, 28)), image_shape((None, None, 3)), image_shape(())
        ((28, 28, 1), (None, None, 3), (None, None, 3))
    """
    if len(shape) not in (2, 3):
        return None, None, 3
    return shape[0], shape[1], (shape[2] or 3) if len(shape) == 3 else 1


def _data(columns: Mapping[str, Sequence[str]], output: str) -> dict[str, Any]:
    """Return which columns inputs take and which the output predicts, as the document says it."""
    said = {node: names[0] if len(names) == 1 else list(names) for node, names in columns.items()}
    return {
        "inputs": {node: names for node, names in said.items() if node != output},
        "outputs": {output: said[output]},
    }


def _training(batch: int, metric: str) -> dict[str, Any]:
    return {
        "loss": "auto",
        "optimizer": {"type": "adam", "lr": 0.001},
        "batch_size": batch,
        "epochs": 10,
        "metrics": [metric],
        "seed": 0,
    }


def _segmentation(features: Sequence[Feature], wanted: Feature, name: str) -> Built:
    """Return a U-Net that marks what each pixel of the one image column belongs to."""
    images = [each for each in features if each.kind == "image"]
    if len(images) != 1:
        msg = f"features: a mask is predicted from one column of images, and there are {len(images)}."
        raise InputError(msg, field="features")
    height, width, channels = image_shape(images[0].shape)
    is_even = height is not None and width is not None and height % 8 == 0 and width % 8 == 0
    sides = {"height": height if is_even else _SIDE, "width": width if is_even else _SIDE, "channels": channels}
    graph = template("unet").graph
    inputs, outputs = (
        next(n.id for n in graph.nodes if n.type == kind) for kind in ("core/image_input@1", "core/segmentation@1")
    )
    changed: dict[str, dict[str, Any]] = {inputs: sides}
    if wanted.classes:
        head = next(edge.source[0] for edge in graph.edges if edge.target[0] == outputs)
        changed |= {head: {"filters": wanted.classes}, outputs: {"classes": wanted.classes}}
    nodes = tuple(Node(n.id, n.type, {**n.params, **changed.get(n.id, {})}, n.ui) for n in graph.nodes)
    why = "The image is halved three times, so that its sides have to be divisible by 8."
    reasons = (
        () if is_even else (Suggestion(inputs, "height", _SIDE, f"{why} Crop or resize it to {_SIDE}×{_SIDE} before."),)
    )
    data = _data({inputs: [images[0].name], outputs: [wanted.name]}, outputs)
    built = Graph(name=name, nodes=nodes, edges=graph.edges, groups=graph.groups, train=graph.train, data=data)
    left_out = {each.name: "a mask is predicted from the image alone" for each in features if each is not images[0]}
    return Built(built, reasons, left_out)
