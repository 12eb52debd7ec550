"""What comes out of handwritten statements, where that follows from shapes and literals: nothing is run.

Statements are followed one by one with tensors of which only the shape is known. What is not certain is not told: a
function that nobody here knows, a branch whose ways differ, a length that hangs on how many samples there are.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from gnomon.graph.code.canonical import STANDARD, Normal, dotted
from gnomon.graph.code.frame import attribute_of, full_name
from gnomon.graph.code.opaque import names_in, parsed
from gnomon.graph.code.recognise import Statement, recognise, split_keras
from gnomon.graph.code.tensor_args import Given
from gnomon.graph.code.tensor_ops import SOME, UNSURE, binary, compared, unary
from gnomon.graph.code.tensor_rules import KERAS, TORCH, Rule, indexed
from gnomon.graph.code.tensors import FREE, Batch, Length, Tensor, UnsureError
from gnomon.graph.component import Target
from gnomon.graph.own import is_own
from gnomon.graph.problem import Problem
from gnomon.graph.spec import Dim, Spec

_STEPS: Final = 5_000
"""Statements and expressions that are followed: no code can keep us longer."""
_ROUNDS: Final = 6
_LARGEST: Final = 1 << 48
_DTYPES: Final = {
    "float32": "float32", "float": "float32", "int64": "int64", "long": "int64", "int": "int64", "bool": "bool",
}  # fmt: skip
_CHANGES: Final = frozenset(
    "unsqueeze_ squeeze_ transpose_ t_ resize_ resize_as_ swapaxes_ swapdims_ set_"
    " append extend insert pop clear update remove sort reverse".split()
)
"""Methods that change what a variable is."""
Env = dict[str, Any]


def shapes_of(
    code: str, setup: str, target: Target, reads: Sequence[str], writes: Sequence[str], ins: Sequence[Spec | None]
) -> tuple[Spec | None, ...]:
    """Return what statements assign, for inputs of which the specs are known; `None` where that is not certain.

    Args:
        code: Statements of `forward` or `build`.
        setup: Statements of `__init__` that they need, or that stand before them.
        target: What they are written for.
        reads: Names of the inputs.
        writes: Names to tell of.
        ins: What is known of each input; what is missing at the end is not known.

    Example:
        >>> shapes_of("y = torch.sin(x).mean(1) * 2.0", "", "torch", ["x"], ["y"], [Spec((16, 8))])
        (Spec(shape=(8,), dtype='float32', classes=None),)
    """
    return _followed(code, setup, target, tuple(reads), tuple(writes), tuple(ins))


@lru_cache(maxsize=20_000)
def _followed(
    code: str, setup: str, target: Target, reads: tuple[str, ...], writes: tuple[str, ...], ins: tuple[Spec | None, ...]
) -> tuple[Spec | None, ...]:
    given = [*ins, *[None] * (len(reads) - len(ins))]
    env: Env = {name: _tensor(spec, target) for name, spec in zip(reads, given, strict=False)}
    walk = _Walk(target)
    begin, body = parsed(setup), parsed(code)
    if begin is None or body is None:
        return (None,) * len(writes)
    try:
        walk.begin(begin, env)
        ended = walk.block(body, env)
    except (RecursionError, MemoryError, OverflowError):
        return (None,) * len(writes)
    return tuple(None if ended else _spec(env.get(name, UNSURE), target) for name in writes)


def _tensor(spec: Spec | None, target: Target) -> Any:
    """Return the tensor that an input is, axes as the framework has them."""
    if spec is None or spec.dtype == "text":
        return UNSURE
    axes: list[Length] = [FREE if axis is None else axis for axis in spec.shape]
    if target == "torch" and len(axes) in (3, 4):
        axes = [axes[-1], *axes[:-1]]
    return Tensor((Batch(), *axes), spec.dtype)


def _spec(value: Any, target: Target) -> Spec | None:
    """Return what is told of a value; nothing of one that is not a tensor with a place for each sample."""
    if not isinstance(value, Tensor) or value.shape[:1] != (Batch(),):
        return None
    axes: list[Dim] = [None if each is FREE else each for each in value.shape[1:] if not isinstance(each, Batch)]  # type: ignore[misc]  # FREE is told by identity
    if len(axes) != len(value.shape) - 1 or any(axis is not None and axis < 1 for axis in axes):
        return None
    if target == "torch" and len(axes) in (3, 4):
        axes = [*axes[1:], axes[0]]
    return Spec(tuple(axes), value.dtype)


@dataclass
class _Walk:
    """Follow statements."""

    target: Target
    held: Env = field(default_factory=dict)
    """What `self.NAME` is."""
    made: dict[str, ast.Call] = field(default_factory=dict)
    """Calls that make layers, by `self.NAME` (PyTorch) or by variable (Keras)."""
    steps: int = 0

    def begin(self, statements: Sequence[ast.stmt], env: Env) -> None:
        """Follow the statements of `__init__`."""
        if self.target == "keras":
            self.block(statements, env)
            return
        own: Env = {}
        for statement in statements:
            match statement:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)], value=value):
                    if isinstance(value, ast.Call):
                        self.made[attr] = value
                    self.held[attr] = self.value(value, own)
                case _:
                    self.block([statement], own)

    def block(self, statements: Sequence[ast.stmt], env: Env) -> bool:
        """Follow statements; return whether they leave by `raise` or `return`, so that nothing comes after them."""
        return any(self._statement(statement, env) for statement in statements)

    def _statement(self, statement: ast.stmt, env: Env) -> bool:
        self._step()
        match statement:
            case ast.Assign(targets=[target], value=value):
                self._made(target, value)
                self._assign(target, self.value(value, env), env)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self.value(value, env), env)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                left = ast.copy_location(ast.Name(name, ast.Load()), target)
                self._assign(target, self.value(ast.copy_location(ast.BinOp(left, op, value), value), env), env)
            case ast.If(test=test, body=body, orelse=other):
                return self._branch(self.value(test, env), body, other, env)
            case ast.For(target=target, body=body, orelse=[]):
                _forget(target, env)
                self._loop(body, env)
            case ast.While(body=body, orelse=[]):
                self._loop(body, env)
            case ast.With(items=items, body=body) if all(each.optional_vars is None for each in items):
                return self.block(body, env)
            case ast.Expr(value=value):
                self._alone(value, env)
            case ast.Pass() | ast.Assert():
                pass
            case ast.Return() | ast.Raise():
                return True
            case _:
                _forget(statement, env)
        if any(isinstance(node, ast.NamedExpr) for node in ast.walk(statement)):
            _forget(statement, env)
        return False

    def _made(self, target: ast.expr, value: ast.expr) -> None:
        """Note a layer of Keras that is made and not called."""
        if self.target == "keras" and isinstance(target, ast.Name):
            self.made.pop(target.id, None)
            if isinstance(value, ast.Call) and full_name(value.func, STANDARD).startswith("layers."):
                self.made[target.id] = value

    def _assign(self, target: ast.expr, value: Any, env: Env) -> None:
        if isinstance(target, ast.Name):
            env[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value if isinstance(value, (tuple, list)) and len(value) == len(target.elts) else None
            if parts is None or any(isinstance(each, ast.Starred) for each in target.elts):
                _forget(target, env)
                return
            for each, part in zip(target.elts, parts, strict=True):
                self._assign(each, part, env)
        elif isinstance(target, ast.Attribute):
            _forget_base(target, env)
        # x[…] = y leaves the shape of x as it is

    def _alone(self, value: ast.expr, env: Env) -> None:
        """Follow an expression that is not assigned: only what is changed in place matters."""
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
                _forget_base(node.func, env)

    def _branch(self, test: Any, body: Sequence[ast.stmt], other: Sequence[ast.stmt], env: Env) -> bool:
        if isinstance(test, bool):
            return self.block(body if test else other, env)
        ways = []
        for way in (body, other):
            inner = dict(env)
            if not self.block(way, inner):
                ways.append(inner)
        if not ways:
            return True
        _agree(env, ways)
        return False

    def _loop(self, body: Sequence[ast.stmt], env: Env) -> None:
        """Follow a loop until another round changes nothing."""
        if any(isinstance(node, (ast.Break, ast.Continue, ast.Return)) for each in body for node in ast.walk(each)):
            for each in body:
                _forget(each, env)
            return
        for _ in range(_ROUNDS):
            after = dict(env)
            if self.block(body, after):
                break
            before = dict(env)
            _agree(env, [{**after, **env}, after])
            if _same(before, env):
                return
        for each in body:
            _forget(each, env)

    def value(self, node: ast.expr, env: Env) -> Any:
        """Return what an expression is, as far as that is certain: a tensor, a number, several of them, or unsure."""
        try:
            self._step()
            found = self._value(node, env)
        except (UnsureError, Problem, TypeError, ValueError, ZeroDivisionError):
            return UNSURE
        if isinstance(found, int) and not isinstance(found, bool) and abs(found) > _LARGEST:
            return UNSURE
        return found

    def _value(self, node: ast.expr, env: Env) -> Any:  # noqa: PLR0911 - one case for each form
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return env.get(name, UNSURE)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                found = self._parts(parts, env)
                return found if isinstance(node, ast.Tuple) else list(found)
            case ast.BinOp(left=left, op=op, right=right):
                return binary(op, self.value(left, env), self.value(right, env))
            case ast.UnaryOp(op=op, operand=operand):
                return unary(op, self.value(operand, env))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return compared(op, self.value(left, env), self.value(right, env))
            case ast.IfExp(test=test, body=body, orelse=other):
                return self._either(self.value(test, env), body, other, env)
            case ast.Subscript(value=value, slice=index):
                return self._item(self.value(value, env), self._index(index, env))
            case ast.Attribute():
                return self._attribute(node, env)
            case ast.Call():
                return self._call(node, env)
        raise UnsureError

    def _parts(self, parts: Sequence[ast.expr], env: Env) -> tuple[Any, ...]:
        found: list[Any] = []
        for part in parts:
            value = self.value(part.value if isinstance(part, ast.Starred) else part, env)
            if isinstance(part, ast.Starred) and not isinstance(value, (tuple, list)):
                raise UnsureError
            found += value if isinstance(part, ast.Starred) else [value]
        return tuple(found)

    def _either(self, test: Any, body: ast.expr, other: ast.expr, env: Env) -> Any:
        if isinstance(test, bool):
            return self.value(body if test else other, env)
        one, two = self.value(body, env), self.value(other, env)
        return one if _is_alike(one, two) else UNSURE

    def _index(self, node: ast.expr, env: Env) -> Any:
        if isinstance(node, ast.Tuple):
            return tuple(self._index(each, env) for each in node.elts)
        if isinstance(node, ast.Slice):
            return slice(
                *(None if each is None else self.value(each, env) for each in (node.lower, node.upper, node.step))
            )
        return self.value(node, env)

    def _item(self, value: Any, index: Any) -> Any:
        if isinstance(value, Tensor):
            return indexed(value, index)
        if isinstance(value, (tuple, list)) and (type(index) is int or isinstance(index, slice)):
            try:
                return value[index]
            except IndexError:
                raise UnsureError from None
        raise UnsureError

    def _attribute(self, node: ast.Attribute, env: Env) -> Any:
        attr = attribute_of(node)
        if attr:
            return self.held.get(attr, UNSURE)
        full = _full(node, env)
        if full:
            return SOME if full in ("math.pi", "math.e") else _DTYPES.get(full.removeprefix("torch."), UNSURE)
        value = self.value(node.value, env)
        if isinstance(value, tuple) and node.attr in ("values", "indices"):
            return value[node.attr == "indices"]  # of torch.max along an axis
        if not isinstance(value, Tensor):
            raise UnsureError
        if node.attr == "shape":
            return value.shape
        if node.attr in ("mT", "T") and (node.attr == "mT" or len(value.shape) == 2) and len(value.shape) > 1:
            return Tensor((*value.shape[:-2], value.shape[-1], value.shape[-2]), value.dtype)
        return {"dtype": value.dtype, "ndim": len(value.shape), "data": value}.get(node.attr, UNSURE)

    def _call(self, node: ast.Call, env: Env) -> Any:
        plain = self._plain(node, env)
        if plain is not UNSURE:
            return plain
        full = _full(node.func, env)
        words = {each.arg: self.value(each.value, env) for each in node.keywords if each.arg is not None}
        args = list(self._parts(node.args, env))
        if len(words) < len(node.keywords):
            raise UnsureError
        rule = self._rule(node, full)
        if rule is not None:
            if not full and isinstance(node.func, ast.Attribute):
                args.insert(0, self.value(node.func.value, env))
            try:
                return rule(Given(args, words))
            except UnsureError:
                pass
        return self._layer(node, env)

    def _plain(self, node: ast.Call, env: Env) -> Any:
        """Return what Python's own functions give of numbers."""
        match node:
            case ast.Call(
                func=ast.Name(id="len" | "int" | "float" | "list" | "tuple" as name), args=[arg], keywords=[]
            ) if name not in env:
                value = self.value(arg, env)
                if name == "len" and isinstance(value, (tuple, list)):
                    return len(value)
                if name == "len" and isinstance(value, Tensor) and value.shape:
                    return value.shape[0]
                if name in ("list", "tuple") and isinstance(value, (tuple, list)):
                    return list(value) if name == "list" else tuple(value)
                if type(value) in (int, float) or isinstance(value, Batch):
                    return value if isinstance(value, Batch) else int(value) if name == "int" else float(value)
            case ast.Call(func=ast.Attribute(attr="sqrt" | "log" | "exp"), args=[arg]) if (
                dotted(node.func)[:5] == "math."
            ):
                return SOME if type(self.value(arg, env)) in (int, float) else UNSURE
        return UNSURE

    def _rule(self, node: ast.Call, full: str) -> Rule | None:
        rules = TORCH if self.target == "torch" else KERAS
        head, _, name = full.rpartition(".")
        if head in ("torch", "F", "ops", "torch.special") and (head == "ops") == (self.target == "keras"):
            return rules.get(name)
        if full in ("nn.Parameter", "nn.Buffer"):
            return rules["detach"]
        if full or self.target != "torch" or not isinstance(node.func, ast.Attribute) or attribute_of(node.func):
            return None
        return rules.get(node.func.attr)

    def _layer(self, node: ast.Call, env: Env) -> Any:
        """Return what a layer gives, as the component that it is tells."""
        head = dotted(node.func).partition(".")[0]
        if head in env and head not in self.made:
            raise UnsureError
        tensors = [
            (each, found)
            for each in (*node.args, *(word.value for word in node.keywords))
            if isinstance(found := self.value(each, env), Tensor)
        ]
        specs = [_spec(found, self.target) for _, found in tensors]
        if not specs or None in specs:
            raise UnsureError
        swap = {id(each): f"x{i}" for i, (each, _) in enumerate(tensors)}
        statement = self._as_statement(node, swap, tuple(specs))
        found = recognise(statement) if statement is not None else None
        outs = found.component.infer(*specs).outs if found is not None and found.ins == tuple(specs) else (None,)
        if len(outs) != 1 or found is None or is_own(found.component.type):  # own ones may be others by tomorrow
            raise UnsureError
        return _tensor(outs[0], self.target)

    def _as_statement(self, node: ast.Call, swap: Mapping[int, str], ins: tuple[Spec | None, ...]) -> Statement | None:
        if self.target == "keras":
            return split_keras(node, STANDARD, swap, ins, self.made)
        made, attr = None, attribute_of(node.func)
        if attr and attr in self.made:
            normal = Normal(STANDARD, {}).visit(self.made[attr])
            made = normal if isinstance(normal, ast.Call) else None
            swap = {**swap, id(node.func): "layer"}
        if attr and made is None:
            return None
        return Statement("torch", made, Normal(STANDARD, swap).visit(node), ins)

    def _step(self) -> None:
        self.steps += 1
        if self.steps > _STEPS:
            raise OverflowError


def _full(node: ast.expr, env: Env) -> str:
    """Return what our code calls a function of a framework; "" when it is none, or a variable has that name."""
    return "" if dotted(node).partition(".")[0] in env else full_name(node, STANDARD)


def _is_alike(a: Any, b: Any) -> bool:
    return a is not UNSURE and type(a) is type(b) and bool(a == b)


def _agree(env: Env, ways: Sequence[Env]) -> None:
    """Keep of names what is the same on all ways; one that is not there on all is not known."""
    for name in {name for way in ways for name in way}:
        values = [way.get(name, UNSURE) for way in ways]
        env[name] = values[0] if all(_is_alike(values[0], each) for each in values) else UNSURE


def _same(a: Env, b: Env) -> bool:
    return a.keys() == b.keys() and all(a[name] is b[name] or _is_alike(a[name], b[name]) for name in a)


def _forget(node: ast.AST, env: Env) -> None:
    """Make all that is assigned somewhere unsure."""
    names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    if isinstance(node, ast.stmt):
        names += names_in([node]).writes
    env.update(dict.fromkeys(names, UNSURE))


def _forget_base(node: ast.expr, env: Env) -> None:
    """Make a variable unsure one of whose attributes, or that itself, is changed in place."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        env[node.id] = UNSURE
