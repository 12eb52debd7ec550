"""The rows that a version is judged by, in the form that it takes: its own data, or others whose columns fit.

Other data are prepared as the version's own were: with its transforms, what was measured of its `train`, and its classes, so
that a number means the same to the model wherever it comes from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.graph.columns import Bound
from gnomon.graph.spec import Spec
from gnomon.models.datasets.binding import Binding, End, bind
from gnomon.models.datasets.prepared import Prepared, typed, values_of
from gnomon.models.datasets.registry import DatasetSpec, plain
from gnomon.models.datasets.service import open_prepared
from gnomon.models.registry.record import Port
from gnomon.models.testing.opened import Arrays, Head, Opened
from gnomon.models.testing.report import Task

PARTS: Final = ("test", "validation", "train")
_TASK_OF: Final[Mapping[str, Task]] = {
    "category": "classification",
    "number": "regression",
    "time": "regression",
    "mask": "segmentation",
    "array": "multi_label",
}
_TAKES: Final[Mapping[Task, frozenset[str]]] = {
    "classification": frozenset({"category"}),
    "multi_label": frozenset({"array", "category"}),
    "regression": frozenset({"number", "time", "array"}),
    "segmentation": frozenset({"mask"}),
}
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Feed:
    """Give rows of a part.

    Args:
        data: The data set.
        binding: Which columns feed what.
        part: Of the data.
        heads: The outputs that can be judged, with their tasks and the classes of the model.
        moved: Inputs whose channels the model has in front.
        renumbered: By output, the number that each class of the data has in the model; -1 of one that it does not know.
        notes: What its reader should know.
    """

    data: Prepared
    binding: Binding
    part: str
    heads: tuple[Head, ...]
    moved: frozenset[str]
    renumbered: Mapping[str, Int64]
    notes: tuple[str, ...]

    @property
    def length(self) -> int:
        """How many rows the part has."""
        return self.data.length(self.part)

    def batch(self, at: Int64) -> tuple[Arrays, Arrays]:
        """Return what the model takes and what is true, by name; `at` are places in the part."""
        inputs, truth = self.binding.batch(self.part, at)
        for name in self.moved:
            inputs[name] = np.moveaxis(inputs[name], -1, 1)
        for name, numbers in self.renumbered.items():
            truth[name] = np.append(numbers, -1)[truth[name]]
        return inputs, truth

    def chosen(self, rows: int | None) -> Int64:
        """Return at most so many places in the part, evenly spaced."""
        n = self.length
        if rows is None or rows >= n:
            return np.arange(n)
        return np.unique(np.linspace(0, n - 1, rows).astype(np.int64))

    def columns(self, head: Head) -> tuple[str, ...]:
        """Return the columns that an output predicts."""
        return self.binding.outputs[head.name].columns


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say what a version is judged by.

    Args:
        spec: The data.
        own: The data that the version was trained on; `None` when nobody knows.
        part: Of the data; "" takes `test` where it has rows, else `validation`, else `train`.
        inputs: Which columns each input takes, where that is not plain.
        outputs: Likewise, which column each output predicts.
    """

    spec: DatasetSpec
    own: DatasetSpec | None = None
    part: str = ""
    inputs: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    outputs: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


def feed_of(model: Opened, wanted: Wanted, home: Path) -> Feed:
    """Return the rows that a version is judged by.

    Raises:
        InputError: The data do not fit the version, or the part has no rows; the message says why.
        NotFoundError: The data are not where they were.
    """
    data, notes = prepared_as(wanted.own, open_prepared(plain(wanted.spec), home), model.inputs)
    part = wanted.part or next((name for name in PARTS if data.length(name)), "")
    if not data.length(part):
        has = ", ".join(f"{name} {len(rows):,}" for name, rows in data.parts.items())
        msg = f"part: {part or 'no part'} of {data.spec.ref} has no rows. It has {has or 'none'}."
        raise InputError(msg, field="part")
    binding = _of_graph(model, data, wanted) if model.graph is not None else _of_ports(model, data, wanted)
    heads = tuple(_judged(head, binding, wanted.own) for head in model.heads if head.name in binding.outputs)
    moved = frozenset(port.name for port in model.inputs if _has_front(port, binding.inputs[port.name].spec))
    numbers, said = _renumbered(heads, binding, data)
    return Feed(data, binding, part, heads, moved, numbers, (*notes, *said))


def prepared_as(own: DatasetSpec | None, data: Prepared, ports: Sequence[Port]) -> tuple[Prepared, tuple[str, ...]]:
    """Return data whose inputs are prepared as those that the version was trained on, and what to say of that."""
    spec = data.spec
    if own is None or own.digest == spec.digest:
        return data, ()
    same = [c for c in own.inputs if c in spec.columns and spec.columns[c].kind == own.columns[c].kind]
    image = next((port.shape for port in ports if len(port.shape) == 3), None)
    transforms = dict(spec.transforms)
    for name in same:
        transforms[name] = _sized(own.transform(name), own.columns[name].shape, spec.columns[name].shape, image)
    columns = {c: own.columns[c] if own.columns[c].kind == "category" else spec.columns[c] for c in same}
    made = msgspec.structs.replace(
        spec,
        columns={**spec.columns, **columns},
        transforms=transforms,
        statistics={**spec.statistics, **{name: own.statistics[name] for name in same if name in own.statistics}},
    )
    table = typed(data.table, made.columns)
    left = [name for name in spec.inputs if name not in same]
    notes = [f"prepared as {own.ref} is: {', '.join(same)}"] if same else []
    if left:
        notes.append(f"prepared as {spec.ref} says, for {own.name} has none of that name: {', '.join(left)}")
    return Prepared(made, table, data.parts, values_of(table, made, made.statistics)), tuple(notes)


def _sized(transform: Any, own: Sequence[int | None], other: Sequence[int | None], image: Any) -> Any:
    """Return how pictures of another size are brought to that of the model."""
    if image is None or transform.resize is not None or tuple(own[:2]) == tuple(other[:2]):
        return transform
    grey = transform.grey or (image[2] == 1 and len(other) == 3 and other[2] != 1)
    return msgspec.structs.replace(transform, resize=(image[0], image[1]), grey=grey)


def _of_graph(model: Opened, data: Prepared, wanted: Wanted) -> Binding:
    assert model.graph is not None
    said = model.graph.data
    kept = {key: _there(said.get(key), data) | _plain(getattr(wanted, key)) for key in ("inputs", "outputs")}
    return bind(msgspec.structs.replace(model.graph, data=kept), data)


def _there(said: Any, data: Prepared) -> dict[str, Any]:
    """Return what a graph says of its columns, as far as the data have them."""
    found = said if isinstance(said, dict) else {}
    return {node: columns for node, columns in found.items() if all(c in data.values for c in _listed(columns))}


def _listed(columns: Any) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns or ())


def _plain(said: Mapping[str, str | Sequence[str]]) -> dict[str, Any]:
    return {name: each if isinstance(each, str) else list(each) for name, each in said.items()}


def _of_ports(model: Opened, data: Prepared, wanted: Wanted) -> Binding:
    """Bind data to a version that has no graph: by what was said, by name, else all inputs to the only one."""
    inputs = [
        End(port.name, "input", _taken(port, model, data, wanted), _spec(port, data, wanted)) for port in model.inputs
    ]
    inputs = [_fitted(end, data) for end in inputs]
    outputs = [_predicted(head, model, data, wanted) for head in model.heads]
    found = [end for end in outputs if end is not None]
    made = Bound({e.node: e.columns for e in inputs}, {e.node: e.columns for e in found}, (), ())
    return Binding(data, inputs, found, {e.node: inputs[0].node for e in found if e.kind == "reconstruction"}, made)


def _taken(port: Port, model: Opened, data: Prepared, wanted: Wanted) -> tuple[str, ...]:
    said = _listed(wanted.inputs.get(port.name))
    columns = tuple(said) or ((port.name,) if port.name in data.inputs else data.inputs)
    unknown = [name for name in columns if name not in data.values]
    if unknown or (len(model.inputs) > 1 and not said and port.name not in data.inputs):
        msg = f"inputs.{port.name}: expected columns of {data.spec.ref} ({', '.join(data.inputs)}); say which it takes."
        raise InputError(msg, field=f"inputs.{port.name}")
    return columns


def _spec(port: Port, data: Prepared, wanted: Wanted) -> Spec:
    del data, wanted
    dtype: Any = {"float64": "float32", "int32": "int64", "uint8": "float32"}.get(port.dtype, port.dtype)
    return Spec(port.shape, dtype)


def _fitted(end: End, data: Prepared) -> End:
    """Return an input with the shape that its columns are brought to; channels in front are moved later."""
    given = [data.specs[name] for name in end.columns]
    asked = end.spec.shape
    if len(given) == 1 and len(given[0].shape) == len(asked) > 1:
        for shape in (asked, (*asked[1:], asked[0])):
            if _fits(given[0].shape, shape):
                return End(end.node, end.kind, end.columns, Spec(given[0].shape, end.spec.dtype))
    width = sum(_width(spec) for spec in given)
    if len(asked) == 1 and asked[0] in (None, width):
        return End(end.node, end.kind, end.columns, Spec((width,), end.spec.dtype))
    if (
        len(given) == 1
        and len(asked) == len(given[0].shape) - 1
        and given[0].channels == 1
        and _fits(given[0].shape, (*asked, 1))
    ):
        return End(end.node, end.kind, end.columns, Spec(asked, end.spec.dtype))
    if len(given) == 1 and not given[0].shape and not asked:
        return end
    has = " + ".join(spec.text for spec in given)
    msg = f"inputs.{end.node}: it takes {end.spec.text}, and {', '.join(end.columns)} of {data.spec.ref} gives {has}."
    raise InputError(msg, field=f"inputs.{end.node}")


def _fits(given: Sequence[int | None], asked: Sequence[int | None]) -> bool:
    return len(given) == len(asked) and all(a is None or a == g for g, a in zip(given, asked, strict=True))


def _width(spec: Spec) -> int:
    if spec.classes is not None and not spec.rank:
        return spec.classes
    return spec.elements or 1


def _has_front(port: Port, given: Spec) -> bool:
    """Return whether a model has its channels in front, where data have them last."""
    if len(port.shape) != len(given.shape) or len(port.shape) < 3 or _fits(given.shape, port.shape):
        return False
    return _fits((given.shape[-1], *given.shape[:-1]), port.shape)


def _predicted(head: Head, model: Opened, data: Prepared, wanted: Wanted) -> End | None:
    said = tuple(_listed(wanted.outputs.get(head.name)))
    only = data.targets if len(model.heads) == 1 else ((head.name,) if head.name in data.targets else ())
    columns = said or only
    unknown = [name for name in columns if name not in data.values]
    if unknown:
        msg = f"outputs.{head.name}: there is no {unknown[0]!r:.60} among the targets of {data.spec.ref}."
        raise InputError(msg, field=f"outputs.{head.name}")
    if head.task == "reconstruction":
        return End(head.name, "reconstruction", (), Spec((head.size,)))
    if not columns:
        return None
    kind = data.table.columns[columns[0]].kind
    task = head.task or _TASK_OF.get(kind, "regression")
    if kind not in _TAKES[task]:
        msg = f"outputs.{head.name}: a {task.replace('_', '-')} is judged by {' or '.join(sorted(_TAKES[task]))}; {columns[0]} holds {kind}."
        raise InputError(msg, field=f"outputs.{head.name}")
    shape = (head.size,) if task == "regression" and head.size != 1 else data.specs[columns[0]].shape
    return End(head.name, task, columns, Spec(shape if task == "regression" else ()))


def _judged(head: Head, binding: Binding, own: DatasetSpec | None) -> Head:
    end = binding.outputs[head.name]
    task: Any = head.task or end.kind
    names = _names(end, binding.data)
    size = head.size or len(names) or None
    fits = task in ("classification", "segmentation") and (size is None or len(names) <= size)
    multi = task == "multi_label" and len(names) == size
    return Head(head.name, task, _known(head, own, size) or (names if fits or multi else ()), size, head.of)


def _names(end: End, data: Prepared) -> tuple[str, ...]:
    """Return the names of the classes or labels of an output, as the data have them."""
    if not end.columns:
        return ()
    if end.kind == "multi_label" and len(end.columns) > 1:
        return end.columns
    return tuple(data.table.columns[end.columns[0]].classes)


def _renumbered(heads: Sequence[Head], binding: Binding, data: Prepared) -> tuple[dict[str, Int64], list[str]]:
    """Return the number that classes of other data have in the model, by their names, and what to say of them."""
    found: dict[str, Int64] = {}
    notes = []
    for head in heads:
        names = _names(binding.outputs[head.name], data)
        if head.task not in ("classification", "segmentation") or not names:
            continue
        known = head.classes
        if not known or known[: len(names)] == names:
            continue
        place = {name: i for i, name in enumerate(known)}
        strange = [name for name in names if name not in place]
        if len(strange) == len(names):
            msg = f"outputs.{head.name}: {data.spec.ref} has the classes {', '.join(names[:8])}, the model knows {', '.join(known[:8])}."
            raise InputError(msg, field=f"outputs.{head.name}")
        found[head.name] = np.array([place.get(name, -1) for name in names], np.int64)
        if strange:
            notes.append(f"{head.name}: the model does not know {', '.join(strange[:8])}; such rows are left out")
    return found, notes


def _known(head: Head, own: DatasetSpec | None, size: int | None) -> tuple[str, ...]:
    """Return the classes that the model was trained on, as far as somebody knows."""
    if head.classes or own is None:
        return head.classes
    targets = [tuple(own.columns[name].classes) for name in own.target]
    return targets[0] if len(targets) == 1 and size is not None and 0 < len(targets[0]) <= size else ()
