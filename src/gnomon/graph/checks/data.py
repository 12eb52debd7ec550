"""What does not fit between a graph and its data set, told from a small summary of the data."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gnomon.graph.checks.rule import Finding, rule
from gnomon.graph.checks.view import View
from gnomon.graph.columns import ColumnFact, fits, mismatch, output_mismatch, what, width
from gnomon.graph.fixes import Op, set_params
from gnomon.graph.problem import Fix

LARGE: Final = 10.0
"""Numbers beyond this are far from what layers begin with."""
_SCALERS: Final = frozenset({"rescale", "batch_norm", "layer_norm", "group_norm"})
_STEPS: Final = 6
_MOST_FIXES: Final = 3


@rule("E701", "An input that the data do not fit")
def input_that_does_not_fit(view: View) -> Iterator[Finding]:
    """What an input says it takes has to be what its columns give after the transforms of the data set.

    Change the input, or make a version of the data with other transforms, such as another size of pictures.
    """
    for name, facts in view.bound_inputs():
        asked = view.known(name).out
        why = mismatch(asked, facts, view.summary.ref, name) if asked is not None and view.summary else ""
        if why:
            yield Finding(name, f"{why}.", _param(view, name), _input_fixes(view, name, facts))


@rule("E702", "An output that the data do not fit")
def output_that_does_not_fit(view: View) -> Iterator[Finding]:
    """An output needs one number for each class or value that is the target, and a mask as many pixels as there are."""
    for name, facts in view.bound_outputs():
        known = view.known(name)
        gives = known.out if known.out is not None else known.ins[0] if known.ins else None
        why = output_mismatch(view.nodes[name], gives, facts) if gives is not None else ""
        if why:
            yield Finding(name, f"{name} {why}.", _counts(view, name), _output_fixes(view, name, facts))


@rule("E703", "No column for an input or an output")
def without_column(view: View) -> Iterator[Finding]:
    """Columns are bound by the names of nodes, or by their kinds where only one fits; say which where that does not tell."""
    for name in view.bound.free if view.bound else ():
        side = "outputs" if view.is_output(name) else "inputs"
        free = [fact for fact in view.free_columns(side) if fits(view.nodes[name], fact)]
        told = f"{view.summary.ref} has {_listed([fact.name for fact in free])}" if free and view.summary else ""
        end = f": {told}" if told else f", and {view.summary.ref if view.summary else 'the data'} has none left for it"
        yield Finding(
            name, f"{name} has no column{end}.", side, tuple(_bind(view, side, name, f) for f in free[:_MOST_FIXES])
        )


@rule("E704", "A column that is not there")
def wrong_column(view: View) -> Iterator[Finding]:
    """The graph names a column that its data set does not give, or a node that is no input or output."""
    for side, node, column in view.bound.wrong if view.bound else ():
        name = f"a column {column!r:.60}" if column else f"an {side[:-1]} {node!r:.60}"
        said = {key: value for key, value in view.graph.data[side].items() if key != node}
        yield Finding(node if node in view.nodes else "", f"data.{side} names {name}, which is not there.", side,
                      (view.data("Let names and kinds decide", **{side: said or None}),))  # fmt: skip


@rule("W705", "Large numbers enter as they are")
def not_normalised(view: View) -> Iterator[Finding]:
    """Layers begin with numbers around 0: with pixels up to 255, or prices in thousands, the first steps go astray.

    Rescale them in the graph, so that whoever uses the model need not know, or normalise them in the data set.
    """
    for name, facts in view.bound_inputs():
        raw = [fact for fact in facts if fact.normalise == "none" and (fact.top or 0) > LARGE and not fact.spec.classes]
        if not raw or any(view.kind(each) in _SCALERS for each in _behind(view, name)):
            continue
        top = max(fact.top or 0 for fact in raw)
        message = f"{_listed([fact.name for fact in raw])}: numbers up to {top:g} enter {name} as they are."
        yield Finding(name, message, "", _scaling(view, name, raw[0].kind, top))


@rule("W706", "Scaled twice")
def scaled_twice(view: View) -> Iterator[Finding]:
    """The data set normalises its pictures, and the graph divides them again: what is left is next to nothing."""
    for name, facts in view.bound_inputs():
        done = [fact for fact in facts if fact.kind == "image" and fact.normalise != "none"]
        for each in _behind(view, name) if done else ():
            if view.kind(each) == "rescale" and min(view.param(each, "std", (1.0,))) > LARGE:
                message = f"{done[0].name} is normalised by the data set ({done[0].normalise}), and {each} divides it by {min(view.param(each, 'std')):g} again."
                yield Finding(each, message, "std", (view.without(each),))
                break


@rule("W707", "A batch larger than the data")
def large_batch(view: View) -> Iterator[Finding]:
    """A batch of all rows, and more, is one step an epoch: training sees every row and learns once from it."""
    rows = view.summary.rows.get("train", 0) if view.summary else 0
    size = view.graph.train.get("batch_size")
    if rows and isinstance(size, int) and not isinstance(size, bool) and size > rows:
        better = 1 << max(0, (rows // 10).bit_length() - 1)
        yield Finding("", f"A batch of {size:,} is more than the {rows:,} rows for training.", "batch_size",
                      (view.train(f"Set it to {better:,}", batch_size=better),))  # fmt: skip


@rule("W708", "The data set is not here")
def missing_data(view: View) -> Iterator[Finding]:
    """The graph names a data set, or a version of one, that this home does not have: nothing of it can be checked."""
    if view.why_no_data:
        said = str(view.graph.data.get("dataset"))
        yield Finding("", f"{said:.100} is not in this home: {view.why_no_data}", "dataset",
                      (view.data("Leave the data open", dataset=None, inputs=None, outputs=None),))  # fmt: skip


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _param(view: View, name: str) -> str:
    return next(iter(_fitting(view.kind(name), [])), "")


def _fitting(kind: str, facts: list[ColumnFact]) -> dict[str, Any]:
    """Return the parameters of an input that take columns; with no columns, their names with no values."""
    shape = facts[0].spec.shape if facts else ()
    classes = facts[0].spec.classes if facts else None
    dtype = facts[0].spec.dtype if facts and shape else "float32"
    plane = shape[:2] if len(shape) == 3 and shape[2] == 1 else shape if len(shape) == 2 else (None, None)
    total = sum(width(fact) or 0 for fact in facts)
    padded = (*shape, None, None, None)
    found: Mapping[str, dict[str, Any]] = {
        "image_input": dict(zip(("height", "width", "channels"), padded, strict=False)),
        "numeric_input": {"columns": total},
        "category_input": {"categories": classes},
        "text_input": {"vocabulary": classes},
        "sequence_input": dict(zip(("length", "features"), plane, strict=False)),
        "input": {"shape": [-1 if axis is None else axis for axis in shape] or [classes or 1], "dtype": dtype},
    }
    return found.get(kind, {})


def _input_fixes(view: View, name: str, facts: list[ColumnFact]) -> tuple[Fix, ...]:
    kind = view.kind(name)
    params = _fitting(kind, facts)
    wrong_kind = {"image_input": "image", "category_input": "category", "text_input": "text"}.get(kind, facts[0].kind)
    if (
        not params
        or None in params.values()
        or facts[0].kind != wrong_kind
        or (len(facts) > 1 and kind != "numeric_input")
        or (kind != "text_input" and any(fact.kind == "text" for fact in facts))
    ):
        return ()
    ops: list[Op] = [set_params(name, params)]
    classes = facts[0].spec.classes
    if kind in ("category_input", "text_input"):
        counts = {"embedding": "vocabulary", "one_hot": "classes"}
        ops += [
            set_params(each, {counts[view.kind(each)]: classes})
            for each in dict.fromkeys(view.takers(name))
            if view.kind(each) in counts and view.param(each, counts[view.kind(each)], 0) < (classes or 0)
        ]
    said = (
        " × ".join(str(value) for value in params.values()) if kind != "input" else "×".join(map(str, params["shape"]))
    )
    return (Fix(f"Make it take {said}", tuple(ops)),)


def _counts(view: View, name: str) -> str:
    """Return the parameter that counts what an output gives."""
    kind = view.kind(name)
    return {"regression": "values", "multi_label": "labels"}.get(kind, "classes")


def _output_fixes(view: View, name: str, facts: list[ColumnFact]) -> tuple[Fix, ...]:
    kind = view.kind(name)
    total = facts[0].spec.classes if kind in ("classification", "segmentation") else sum(width(f) or 0 for f in facts)
    if kind == "multi_label":
        total = sum(1 if fact.kind == "category" else width(fact) or 0 for fact in facts)
    head = view.head(name)
    made = {"dense": "units", "conv2d": "filters"}.get(view.kind(head), "") if head is not None else ""
    known = view.known(name)
    gives = known.outs[0] if known.outs else None
    is_sized = kind != "segmentation" or (gives is not None and gives.shape[:2] == facts[0].spec.shape)
    if head is None or not made or not total or not is_sized:
        return ()
    ops = [set_params(head, {made: total})]
    if view.param(name, _counts(view, name)) is not None:
        ops.append(set_params(name, {_counts(view, name): total}))
    return (Fix(f"Set {made} of {head} to {total}", tuple(ops)),)


def _bind(view: View, side: str, name: str, fact: ColumnFact) -> Fix:
    said = view.graph.data.get(side)
    others = dict(said) if isinstance(said, dict) else {}
    return view.data(f"Take {fact.name}", **{side: {**others, name: fact.name}})


def _behind(view: View, name: str) -> Iterator[str]:
    """Yield what stands behind an input, as far as the way does not fork."""
    for _ in range(_STEPS):
        taker = view.only_taker(name)
        if taker is None:
            return
        yield taker
        if view.kind(taker) in ("dense", "conv1d", "conv2d", "conv3d", "lstm", "gru"):
            return
        name = taker


def _scaling(view: View, name: str, kind: str, top: float) -> tuple[Fix, ...]:
    node = view.nodes[name]
    if not view.takers(name) or what(node) not in ("image_input", "numeric_input", "sequence_input", "input"):
        return ()
    if kind == "image":
        params = {} if top == 255 else {"std": [top]}
        return (Fix(f"Divide by {top:g}", tuple(view.fixer.insert_after(node, "core/rescale@1", params))),)
    return (Fix("Put a batch norm behind it", tuple(view.fixer.insert_after(node, "core/batch_norm@1", {}))),)


CHECKS: Final = (
    input_that_does_not_fit,
    output_that_does_not_fit,
    without_column,
    wrong_column,
    not_normalised,
    scaled_twice,
    large_batch,
    missing_data,
)
