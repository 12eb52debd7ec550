"""Which component a statement is: the one that, for the parameters read from the statement, writes that statement again."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, Final

from gnomon.graph.code.canonical import STANDARD, Key, Normal, by_words, dotted, key, ours, views
from gnomon.graph.code.names import short
from gnomon.graph.code.render import Ins, code_for, shown
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target
from gnomon.graph.helpers import HELPERS
from gnomon.graph.own import is_own
from gnomon.graph.param import checked
from gnomon.graph.problem import Problem
from gnomon.graph.registry import components, find
from gnomon.graph.spec import Spec

Hint = tuple[str, Mapping[str, Any]]
"""A type, and parameters that a statement may well have been written for."""

_SAMPLES: Final = (
    Spec((28, 28, 4)),
    Spec((16, 8)),
    Spec((12,)),
    Spec((8, 8, 8, 4)),
    Spec((16,), "int64", classes=10),
    Spec((16, 16, 1), "int64"),
    Spec((), "int64", classes=10),
    Spec((16,), "text"),
    Spec(()),
    Spec((), "text"),
)
"""Inputs that components are tried on, to learn what they write."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Hold one expression in normal form: the layer is `layer`, inputs are `x0`, `x1` and so on.

    Args:
        target: The framework.
        make: The call that makes the layer, when there is one.
        call: What is computed.
        ins: What is known of each input.
        outs: How many variables are assigned.
    """

    target: Target
    make: ast.Call | None
    call: ast.expr
    ins: Ins
    outs: int = 1


@dataclass(frozen=True, slots=True)
class Match:
    """Hold what a statement was recognised as.

    Args:
        component: With the parameters read.
        params: As the document has them.
        ins: What its inputs are, where that followed from the statement itself.
    """

    component: Component
    params: Mapping[str, Any]
    ins: Ins


def recognise(statement: Statement, hints: Sequence[Hint] = ()) -> Match | None:
    """Return the component that a statement is; `None` when it is none.

    Args:
        statement: The statement.
        hints: What it likely is, the likeliest first; tried before all else, as they are and with what the statement says.
    """
    first = statement.ins[0] if statement.ins else None
    rank = first.rank if first is not None and statement.target == "torch" else None
    seen = [(make, call, _pair(make, call)) for make, call in views(statement.make, statement.call, rank)]
    for ins in _guesses(statement):
        known = replace(statement, ins=ins)
        for type_, params in hints:
            if found := _exact(type_, params, known, seen):
                return found
        loose = None
        for type_, params in [*hints, *((each, {}) for each in _likely(statement.target, seen))]:
            for found, is_literal in _read(type_, params, known, seen):
                if is_literal:
                    return found
                loose = loose or found
        if loose is not None:
            return loose
    return None


_Views = Sequence[tuple[ast.Call | None, ast.expr, tuple[Key | None, Key]]]


def _pair(make: ast.Call | None, call: ast.expr) -> tuple[Key | None, Key]:
    return (None if make is None else key(make)), key(call)


def _exact(type_: str, params: Mapping[str, Any], statement: Statement, seen: _Views) -> Match | None:
    kind = find(type_)
    if kind is None or kind.category in ("Code", "Blocks"):
        return None
    values, problems = checked(kind.params, params)
    component = kind(**values)
    is_it = not problems and _writes(component, statement, [pair for _, _, pair in seen])
    return Match(component, params, statement.ins) if is_it else None


def _read(type_: str, params: Mapping[str, Any], statement: Statement, seen: _Views) -> Iterator[tuple[Match, bool]]:
    """Return what a component reads in a statement, if it writes that statement again; and whether to the letter."""
    kind = find(type_)
    if kind is None or statement.target not in kind.targets:
        return
    hidden = {param.name: params[param.name] for param in kind.params if param.name in params and not param.in_code}
    tried: list[Mapping[str, Any]] = []
    pairs = [pair for _, _, pair in seen]
    if is_own(type_):
        yield from _changed(kind, params, statement, pairs)
    for make, call, _ in seen:
        for form in (make,) if make is None else (by_words(make), make):
            given = _proposed(kind, statement, form, call)
            if given is None or given in tried:
                continue
            tried.append(given)
            values, problems = checked(kind.params, {**hidden, **given})
            if problems:
                continue
            component = kind(**values)
            if _writes(component, statement, pairs):
                match = Match(component, shown(component, hidden=True), statement.ins)
                yield match, _is_literal(component, statement)


def _changed(
    kind: type[Component], params: Mapping[str, Any], statement: Statement, pairs: Sequence[tuple[Key | None, Key]]
) -> Iterator[tuple[Match, bool]]:
    """Return an own component with other parameters where a statement differs in literals from what it wrote.

    Nobody need run its file to read it: a literal that was a parameter's value is taken for its new one.
    """
    values, problems = checked(kind.params, params)
    if problems:
        return
    count = len(statement.ins)
    code = code_for(kind(**values), statement.target, statement.ins, (True,) * count)
    written = None if isinstance(code, str) else _parsed(code, count)
    changes = None if written is None else _literals(list(written), [statement.make, statement.call])
    if not changes:
        return
    given = dict(values)
    for old, new in changes:
        names = [name for name, value in values.items() if value == old and type(value) is type(old)]
        given |= dict.fromkeys(names, new)
    found, problems = checked(kind.params, given)
    component = kind(**found)
    if not problems and _writes(component, statement, pairs):
        yield Match(component, shown(component, hidden=True), statement.ins), True


def _literals(a: object, b: object) -> list[tuple[object, object]] | None:
    """Return the literals in which two expressions differ; `None` when they differ in something else."""
    if isinstance(a, ast.Constant) and isinstance(b, ast.Constant):
        return [] if a.value == b.value and type(a.value) is type(b.value) else [(a.value, b.value)]
    if isinstance(a, ast.AST) and isinstance(b, ast.AST):
        if type(a) is not type(b):
            return None
        names = [name for name in a._fields if name not in ("ctx", "kind")]
        return _literals([getattr(a, name, None) for name in names], [getattr(b, name, None) for name in names])
    if isinstance(a, list) and isinstance(b, list):
        parts = [_literals(x, y) for x, y in zip(a, b, strict=False)] if len(a) == len(b) else [None]
        return None if None in parts else [pair for part in parts if part is not None for pair in part]
    return [] if a == b else None


def _is_literal(component: Component, statement: Statement) -> bool:
    """Return whether a component writes a statement again to the letter, defaults and all."""
    code = code_for(component, statement.target, statement.ins, (True,) * len(statement.ins))
    return not isinstance(code, str) and _manners(code, len(statement.ins)) == _manner(statement.make, statement.call)


@lru_cache(maxsize=50_000)
def _manners(code: Code, count: int) -> tuple[object, ...] | None:
    found = _parsed(code, count)
    return None if found is None else _manner(*found)


def _manner(make: ast.Call | None, call: ast.expr) -> tuple[object, ...]:
    """Return how a layer's arguments are written, for calls that say the same."""
    if make is None:
        return (isinstance(call, ast.Call) and len(call.args),)
    words = [(each.arg, each.value.__class__) for each in make.keywords if each.arg != "name"]
    return (*(each.__class__ for each in make.args), *words)


def _proposed(
    kind: type[Component], statement: Statement, make: ast.Call | None, call: ast.expr
) -> Mapping[str, Any] | None:
    try:
        found = kind.read(statement.target, Seen(make, call, statement.ins))  # type: ignore[arg-type]  # inputs that nobody knows are tried too
    except Exception:  # noqa: BLE001 - a reader met a statement that is none of its own
        return None
    return None if found is None else dict(found)


def _writes(component: Component, statement: Statement, pairs: Iterable[tuple[Key | None, Key]]) -> bool:
    """Return whether a component writes one of these for the inputs of a statement."""
    try:
        if len(component.gives()) != statement.outs or not _fits(component, len(statement.ins)):
            return False
    except Problem:
        return False
    code = code_for(component, statement.target, statement.ins, (True,) * len(statement.ins))
    if isinstance(code, str):
        return False
    written = written_keys(code, len(statement.ins))
    return written is not None and written in pairs


def _fits(component: Component, count: int) -> bool:
    ports = component.takes()
    if any(port.many for port in ports):
        return count >= sum(port.least if port.many else 1 for port in ports)
    return sum(port.least > 0 for port in ports) <= count <= len(ports)


@lru_cache(maxsize=50_000)
def written_keys(code: Code, count: int) -> tuple[Key | None, Key] | None:
    """Return what a component writes, in the form that statements are compared in."""
    found = _parsed(code, count)
    return None if found is None else _pair(*found)


def _likely(target: Target, seen: _Views) -> list[str]:
    """Return the types that may have written a statement, the likeliest first."""
    count: dict[str, int] = {}
    for make, call, _ in seen:
        for mark in _marks(make, call):
            for type_ in _index(target).get(mark, ()):
                count[type_] = count.get(type_, 0) + 1
    return sorted(count, key=lambda type_: -count[type_])


def _marks(make: ast.Call | None, call: ast.expr) -> set[str]:
    """Return what an expression is known by: the head of its layer, else the functions and operators in it."""
    if make is not None:
        return {dotted(make.func)}
    found = set()
    for node in ast.walk(call):
        if isinstance(node, ast.Call):
            found.add(
                f".{node.func.attr}"
                if isinstance(node.func, ast.Attribute) and not _is_ours(node.func)
                else dotted(node.func)
            )
        elif isinstance(node, (ast.operator, ast.cmpop, ast.Subscript)):
            found.add(type(node).__name__)
    return found


def _is_ours(node: ast.expr) -> bool:
    return dotted(node).partition(".")[0] in STANDARD


@cache
def _index(target: Target) -> Mapping[str, tuple[str, ...]]:
    """Return types by the marks of what they write; learnt once, by letting each write for some inputs and parameters."""
    found: dict[str, dict[str, None]] = {}
    for type_, kind in components().items():
        if target in kind.targets and kind.category not in ("Output", "Code", "Blocks"):
            for mark in _written_marks(kind, target):
                found.setdefault(mark, {})[type_] = None
    return {mark: tuple(types) for mark, types in found.items()}


def _written_marks(kind: type[Component], target: Target) -> Iterator[str]:
    for component in _variants(kind):
        ports = component.takes()
        count = sum(max(port.least, 2) if port.many else 1 for port in ports)
        for spec in _SAMPLES if count else (Spec(()),):
            code = code_for(component, target, (spec,) * count, (True,) * count)
            written = None if isinstance(code, str) else _parsed(code, count)
            if written is not None:
                yield from _marks(*written)


def _parsed(code: Code, count: int) -> tuple[ast.Call | None, ast.expr] | None:
    names = [f"x{i}" for i in range(count)]
    words = {"inputs": ", ".join(names), "layer": "layer", "name": '"name"'}
    normal = Normal(STANDARD, {})
    try:
        make = (
            None if code.make is None else normal.visit(ast.parse(code.make.format(*names, **words), mode="eval").body)
        )
        return make, normal.visit(ast.parse(code.call.format(*names, **words), mode="eval").body)
    except (LookupError, ValueError, SyntaxError, AttributeError):
        return None


def _variants(kind: type[Component]) -> Iterator[Component]:
    """Return a component with its defaults, with each choice there is, and with each of these and another number."""
    floats = {
        param.name: param.default * 0.9 + 0.01
        for param in kind.params
        if param.kind == "float" and param.default is not None
    }
    for given in _choices(kind):
        yield kind(**given)
        yield from (kind(**{**given, name: value}) for name, value in floats.items())


def _choices(kind: type[Component]) -> Iterator[dict[str, Any]]:
    yield {}
    for param in kind.params:
        if param.kind == "choice":
            yield from ({param.name: value} for value in param.choices if value != param.default)
        elif param.kind == "bool":
            yield {param.name: not param.default}
    if lists := [param.name for param in kind.params if param.kind == "floats"]:
        # One number for each channel of the inputs that they are tried on.
        yield dict.fromkeys(lists, (1.0,) * 4)


def _guesses(statement: Statement) -> Iterator[Ins]:
    """Return what the inputs may be: as they are known, and where they are not, as the layer's own arguments tell."""
    yield statement.ins
    if (
        statement.make is None
        or not statement.ins
        or (statement.ins[0] is not None and None not in statement.ins[0].shape[-1:])
    ):
        return
    words = {each.arg: each.value for each in by_words(statement.make).keywords}
    for name, word, ranks in _TELLING:
        told = words.get(word)
        if name == dotted(statement.make.func) and isinstance(told, ast.Constant):
            size = told.value
            for rank in ranks:
                if isinstance(size, int) and not isinstance(size, bool):
                    spec = Spec((*(None,) * (rank - 1), size))
                    if _may_be(statement.ins[0], spec):
                        yield tuple(spec if each is None or i == 0 else each for i, each in enumerate(statement.ins))
    if dotted(statement.make.func) in ("nn.Embedding", "layers.Embedding") and statement.ins[0] is None:
        size = next((each.value for each in words.values() if isinstance(each, ast.Constant)), None)
        yield (Spec((None,), "int64", classes=size if isinstance(size, int) else None), *statement.ins[1:])


def _may_be(known: Spec | None, guess: Spec) -> bool:
    return known is None or known.rank == guess.rank


_TELLING: Final = (
    ("nn.Linear", "in_features", (1, 2)),
    ("nn.Conv1d", "in_channels", (2,)),
    ("nn.Conv2d", "in_channels", (3,)),
    ("nn.Conv3d", "in_channels", (4,)),
    ("nn.ConvTranspose2d", "in_channels", (3,)),
    ("nn.BatchNorm1d", "num_features", (1, 2)),
    ("nn.BatchNorm2d", "num_features", (3,)),
    ("nn.BatchNorm3d", "num_features", (4,)),
    ("nn.LayerNorm", "normalized_shape", (1, 2, 3)),
    ("nn.GroupNorm", "num_channels", (3, 2, 1)),
    ("nn.LSTM", "input_size", (2,)),
    ("nn.GRU", "input_size", (2,)),
    ("nn.MultiheadAttention", "embed_dim", (2,)),
)
"""Layers whose arguments tell what comes in: the argument, and how many axes that has."""


def inferred(component: Component, ins: Ins) -> Inferred | None:
    """Return what comes out of a component; `None` when it has an error, or too little is known."""
    return (_inferred if is_own(component.type) else _remembered)(component, ins)


def _inferred(component: Component, ins: Ins) -> Inferred | None:
    if None in ins and not component.blind:
        return None
    try:
        return component.infer(*ins)
    except Exception:  # noqa: BLE001 - the graph will tell of it
        return None


_remembered = lru_cache(maxsize=50_000)(_inferred)


def is_plain(component: Component | None, call: str) -> bool:
    """Return whether the statement of an input tells all of it."""
    if component is None:
        return False
    tree = ast.parse(call, mode="eval").body
    statement = split_keras(tree, STANDARD, {}, ())
    found = recognise(statement) if statement else None
    return found is not None and found.component == component


def split_keras(
    expr: ast.expr,
    names: Mapping[str, str],
    swap: Mapping[int, str],
    ins: Ins,
    makes: Mapping[str, ast.Call] | None = None,
    consts: Mapping[str, ast.expr] | None = None,
) -> Statement | None:
    """Return an expression of Keras with its outermost layer apart; `None` when there is none."""
    for node in ast.walk(expr):
        if isinstance(node, ast.Call):
            first, _, rest = dotted(node.func).partition(".")
            full = ours(f"{names[first]}.{rest}" if rest else names[first]) if first in names else ""
            full = first if not rest and first in HELPERS["keras"] else full
            is_layer = (
                full.startswith("layers.")
                or full in ("keras.Input", "keras.Sequential")
                or full in HELPERS["keras"]
                # A graph within a graph is built by a function of its own.
                or (not rest and first.startswith("build_"))
            )
            attr = rest if first == "self" else "" if rest else first
            make = node if is_layer else (makes or {}).get(attr)
            if make is not None:
                spot = node if is_layer else node.func
                normal = Normal(names, {**swap, id(spot): "layer"}, consts)
                made = Normal(names, swap, consts).visit(make)
                return Statement("keras", made, normal.visit(expr), ins) if isinstance(made, ast.Call) else None
    return None


def type_name(match: Match) -> str:
    """Return what a node of a component is called when nothing else names it."""
    return short(match.component.type).rpartition("/")[2].partition("@")[0]
