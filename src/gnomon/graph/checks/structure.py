"""What is wrong with how a graph is put together."""

from collections.abc import Container, Iterator

from gnomon.graph.checks.rule import Finding, rule
from gnomon.graph.checks.view import View
from gnomon.graph.fixes import connect
from gnomon.graph.problem import Fix

_SOURCES = frozenset({"Input", "Code"})


@rule("E201", "Nothing is an output")
def no_output(view: View) -> Iterator[Finding]:
    """A model gives what its outputs take; without one there is nothing to train.

    Put an output behind the last layer: Classification, Regression … It also says what the loss is.
    """
    if not view.nodes or any(view.is_output(name) for name in view.nodes):
        return
    ends = [name for name in view.report.order if not view.takers(name) and view.known(name).out is not None]
    ends = [name for name in ends if view.known(name).component and view.known(name).sources]
    fixes = []
    spec = view.known(ends[0]).out if len(ends) == 1 else None
    if spec is not None and spec.dtype == "float32":
        ways = {1: ("classification", "regression"), 3: ("segmentation",)}
        kinds = [*ways.get(spec.rank, ("regression",) if spec.rank < 3 else ())]
        inputs = [known.out for known in view.report.nodes.values() if known.component and not known.component.takes()]
        kinds += ["reconstruction"] if len(inputs) == 1 and inputs[0] == spec else []
        fixes = [_add_output(view, ends[0], kind) for kind in kinds]
    yield Finding("", "Nothing is an output: put one behind the last layer, so that there is something to train.",
                  fixes=tuple(fixes))  # fmt: skip


def _add_output(view: View, end: str, kind: str) -> Fix:
    type_ = f"core/{kind}@1"
    name = view.fixer.free(type_)
    node = view.nodes[end]
    place = {} if node.ui is None else {"ui": {"x": node.ui.x + 240, "y": node.ui.y}}
    part = view.known(end).component
    assert part is not None
    add = {"op": "add", "node": {"id": name, "type": type_, **place}}
    return Fix(f"Put a {kind} behind {end}", (add, connect((end, part.gives()[0].name), (name, "in"))))


@rule("W202", "Leads to no output")
def no_way_out(view: View) -> Iterator[Finding]:
    """What no output can see is computed for nothing and never trained.

    Connect it to what should take it, or remove it.
    """
    outputs = [name for name in view.nodes if view.is_output(name)]
    if not outputs or any(issue.code in ("E002", "E004", "E005") for issue in view.report.issues):
        return
    seen, stack = {*outputs}, list(outputs)
    while stack:
        for source in view.known(stack.pop()).sources:
            if source is not None and source[0] not in seen:
                seen.add(source[0])
                stack.append(source[0])
    dead = [name for name in view.report.order if name not in seen]
    if any(not view.known(name).outs for name in dead):
        return
    rank = {name: i for i, name in enumerate(dead)}
    done: set[str] = set()
    for name in dead:
        if name not in done:
            part = sorted(_together(view, name, rank), key=rank.__getitem__)
            done |= {*part}
            last = part[-1]
            title = f"Remove {last}" if len(part) == 1 else f"Remove these {len(part)} nodes"
            others = f" (with {len(part) - 1} before it)" if len(part) > 1 else ""
            ops = tuple({"op": "remove", "id": each} for each in part)
            yield Finding(last, f"{last}{others} leads to no output, so it is computed for nothing.",
                          fixes=(Fix(title, ops),))  # fmt: skip


def _together(view: View, name: str, among: Container[str]) -> set[str]:
    """Return the nodes that hang together with one, among some."""
    found, stack = {name}, [name]
    while stack:
        each = stack.pop()
        near = [source[0] for source in view.known(each).sources if source is not None] + view.takers(each)
        for other in near:
            if other in among and other not in found:
                found.add(other)
                stack.append(other)
    return found


@rule("T203", "Does nothing")
def does_nothing(view: View) -> Iterator[Finding]:
    """The node gives exactly what it takes, so the model is the same without it."""
    for name in view.of("flatten", "reshape", "activation", "dropout", "max_pool1d", "max_pool2d", "avg_pool2d"):
        reason = _idle(view, name)
        if reason:
            yield Finding(name, f"{name} does nothing: {reason}.", fixes=(view.without(name),))


def _idle(view: View, name: str) -> str:
    known, kind = view.known(name), view.kind(name)
    came, gone = (known.ins[0] if known.ins else None), known.out
    if came is None or came != gone:
        return ""
    reasons = {
        "flatten": (came.rank == 1, f"what it takes is flat already ({came.text})"),
        "reshape": (None not in came.shape, f"what it takes has the shape {came.text} already"),
        "activation": (view.function(name) == "linear", "linear changes no number"),
        "dropout": (view.param(name, "rate") == 0, "its rate is 0"),
    }
    pools = (
        kind.partition("_")[2].startswith("pool") and _ones(view, name, "pool_size") and _ones(view, name, "strides")
    )
    is_idle, reason = reasons.get(kind, (pools, "its windows have one place each"))
    return reason if is_idle else ""


def _ones(view: View, name: str, param: str) -> bool:
    value = view.param(name, param)
    return value is None or value == 1 or (isinstance(value, tuple) and {*value} == {1})


@rule("T204", "Takes the same twice")
def same_twice(view: View) -> Iterator[Finding]:
    """Adding a tensor to itself doubles it, and putting it beside itself says nothing new.

    Most often one of the edges was meant to come from elsewhere.
    """
    for name in view.of("add", "concatenate"):
        sources = view.known(name).sources
        if len(sources) > 1 and len({*sources}) == 1 and sources[0] is not None:
            fixes = (view.without(name),)
            yield Finding(name, f"All {len(sources)} inputs of {name} come from {sources[0][0]}.", fixes=fixes)


@rule("E205", "Not written for this target")
def other_target(view: View) -> Iterator[Finding]:
    """Some components, and statements written by hand, exist for one of PyTorch and Keras only.

    Switch the target of the graph, or take another component.
    """
    target = view.graph.target
    titles = {"torch": "PyTorch", "keras": "Keras"}
    for name in view.report.order:
        component = view.known(name).component
        if component is None:
            continue
        own = (view.param(name, "target"),) if view.kind(name) == "code" else component.targets
        if target not in own:
            other = own[0]
            fix = Fix(f"Write the graph for {titles[other]}", ({"op": "document", "target": other},))
            yield Finding(name, f"{name} exists for {titles[other]}, and the graph is written for {titles[target]}.",
                          fixes=(fix,))  # fmt: skip


CHECKS = (no_output, no_way_out, does_nothing, same_twice, other_target)
