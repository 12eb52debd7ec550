"""Parts of a file that are alike for all frameworks: its head, its constants, the statements that compute."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from gnomon.graph.code.names import short
from gnomon.graph.code.opaque import indented
from gnomon.graph.code.plan import Plan, ports_of
from gnomon.graph.code.recognise import is_plain
from gnomon.graph.code.render import shown
from gnomon.graph.code.wrap import wrapped
from gnomon.graph.component import lit
from gnomon.graph.components.code import CodeNode
from gnomon.graph.helpers import HELPERS
from gnomon.graph.spec import Spec

MARK: Final = "# missing: "
"""What a comment begins with that stands where a node could not be written; reading keeps that node."""
RUN: Final = "Run this file to build the model and to pass zeros through it."


@dataclass(frozen=True, slots=True)
class Out:
    """Hold one line of a file, and the node that it belongs to."""

    text: str = ""
    node: str = ""


def of(code: str, indent: int = 0, node: str = "") -> Iterator[Out]:
    """Return the lines of a statement."""
    return map(partial(Out, node=node), wrapped(code, indent))


def head(plan: Plan, imports: Sequence[str]) -> Iterator[Out]:
    """Return a file down to its constants."""
    yield from map(Out, docstring(plan.graph.name))
    yield Out()
    yield from map(Out, imports)
    blocks = [
        list(constant(plan, "INPUTS", needed_inputs(plan), "type")),
        list(constant(plan, "OUTPUTS", plan.outputs, "task")),
    ]
    if any(blocks):
        yield Out()
    for block in blocks:
        yield from block
    for name in sorted({name for piece in plan.pieces.values() for name in piece.helpers}):
        yield from map(Out, ["", "", *HELPERS[plan.target][name].strip("\n").split("\n")])
    for text, name in above(plan).items():
        yield from (Out(line, name if line else "") for line in ["", "", *text.split("\n")])


def above(plan: Plan) -> dict[str, str]:
    """Return the source that nodes need above the model, each once, and the first node that needs it."""
    found: dict[str, str] = {}
    for name in plan.report.order:
        for text in plan.pieces[name].above if name in plan.pieces else ():
            found.setdefault(text, name)
    return found


def docstring(name: str) -> list[str]:
    """Return the lines of a docstring that begins with a name, whatever is in it."""
    safe = "".join(char if char.isprintable() and char not in '\\"' else _escaped(char) for char in name)
    return [f'"""{safe}', "", RUN, '"""']


def _escaped(char: str) -> str:
    return '\\"' if char == '"' else char.encode("unicode_escape").decode()


def constant(plan: Plan, name: str, nodes: Sequence[str], key: str) -> Iterator[Out]:
    """Return the constant that tells of inputs or outputs what statements do not."""
    if not nodes:
        return
    one = f"{name} = {{{', '.join(f'{lit_(each)}: {entry(plan, each, key)}' for each in nodes)}}}"
    if len(nodes) == 1 and len(one) <= 100:
        yield Out(one, nodes[0])
        return
    yield Out(f"{name} = {{")
    for each in nodes:
        lines = wrapped(f"{lit_(each)}: {entry(plan, each, key)}", 4, 99)
        yield from (Out(line, each) for line in [*lines[:-1], f"{lines[-1]},"])
    yield Out("}")


def entry(plan: Plan, name: str, key: str) -> str:
    """Return what a constant says of one input or output: its type, and the parameters that differ from the default."""
    component = plan.report.nodes[name].component
    assert component is not None
    params = {param: getattr(component, param) for param in shown(component, hidden=True)}
    if component.category == "Input":  # its reader wants to see the shape, whatever the defaults are
        visible = {param.name: getattr(component, param.name) for param in component.params if param.in_code}
        hidden = {param: value for param, value in params.items() if param not in visible}
        params = {**visible, **hidden} if plan.says_inputs else hidden
    words = [f"{lit_(key)}: {lit_(short(component.type))}"] + [f"{lit_(k)}: {lit_(v)}" for k, v in params.items()]
    return f"{{{', '.join(words)}}}"


def lit_(value: object) -> str:
    """Return a value as source; braces as they are, for it is put in no template."""
    return lit(value).replace("{{", "{").replace("}}", "}")


def needed_inputs(plan: Plan) -> list[str]:
    """Return the inputs that statements do not tell all of."""
    if plan.says_inputs:
        return plan.inputs
    return [name for name in plan.inputs if not is_plain(plan.report.nodes[name].component, plan.pieces[name].call)]


def body(plan: Plan, indent: int) -> Iterator[Out]:
    """Return the statements that compute, one for each node, with the titles of groups and what is missing."""
    group, was_code = "", False
    titles = {node: each for each in plan.graph.groups for node in each.nodes}
    for name in plan.report.order:
        ours = titles.get(name)
        if name in plan.missing:
            yield Out(" " * indent + comment(f"{MARK[2:]}{name}: {plan.missing[name]}"), name)
        elif name in plan.pieces:
            is_code = isinstance(plan.report.nodes[name].component, CodeNode)
            if was_code and is_code:
                yield Out()
            if ours and ours.id != group and ours.title.strip():
                yield Out(" " * indent + comment(ours.title))
            yield from statement(plan, name, indent)
            group, was_code = ours.id if ours else "", is_code


def statement(plan: Plan, name: str, indent: int) -> Iterator[Out]:
    """Return the statement of a node."""
    piece, component = plan.pieces[name], plan.report.nodes[name].component
    if isinstance(component, CodeNode):
        setup = [piece.make] if piece.make and plan.target == "keras" else []
        yield from (Out(line, name) for part in [*setup, piece.call] for line in indented(part, indent))
    else:
        targets = ", ".join(plan.names[name, i] for i in range(len(ports_of(component))))
        yield from of(f"{targets} = {piece.call}", indent, name)


def comment(text: str) -> str:
    """Return text as a comment of one line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"# {line.encode(errors='replace').decode()}"[:100]


def returned(plan: Plan) -> list[tuple[str, str]]:
    """Return what the model gives: the output node, "" when there is none, and the variable."""
    outputs = plan.outputs
    if outputs:
        return [(name, plan.variables(name)[0]) for name in outputs]
    used = {source for report in plan.report.nodes.values() for source in report.sources if source}
    ends = [end for end in plan.names if end not in used and (end[0] in plan.pieces or end[0] in plan.inputs)]
    rank = {name: i for i, name in enumerate(plan.report.order)}
    leaves = [end for end in ends if plan.kind(end[0]) != "Input"] or ends
    return [("", plan.names[end]) for end in sorted(leaves, key=lambda end: (rank[end[0]], end[1]))]


def example_shape(spec: Spec | None) -> tuple[int, ...]:
    """Return a shape of this kind with every axis known."""
    return tuple(16 if axis is None else axis for axis in spec.shape) if spec else ()
