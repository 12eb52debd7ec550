"""Operators of Python between tensors and numbers, as far as shapes go."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any, Final

from gnomon.graph.code.tensor_rules import placewise
from gnomon.graph.code.tensors import Batch, Tensor, UnsureError, multiplied, promoted

UNSURE: Final = object()
"""What is not known for certain."""
SOME: Final = math.nan
"""A number with a fraction that nobody worked out: no length and no branch can hang on it."""
_NUMBERS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARED: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def binary(op: ast.operator, a: Any, b: Any) -> Any:  # noqa: PLR0911 - one for each kind
    """Return what an operator makes of two values.

    Raises:
        UnsureError: That is not certain.
    """
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        if isinstance(op, ast.MatMult) and isinstance(a, Tensor) and isinstance(b, Tensor):
            return Tensor(multiplied(a.shape, b.shape), promoted([a.dtype, b.dtype]))
        if isinstance(op, ast.MatMult):
            raise UnsureError
        return placewise([a, b], "float32" if isinstance(op, ast.Div) else None)
    if isinstance(a, Batch) or isinstance(b, Batch):
        return _of_batch(op, a, b)
    if isinstance(op, ast.Add) and type(a) is type(b) and isinstance(a, (tuple, list)):
        return a + b
    rule = _NUMBERS.get(type(op))
    if rule is not None and type(a) in (int, float) and type(b) in (int, float):
        return rule(a, b)
    if isinstance(op, ast.Pow) and type(a) is int and type(b) is int and 0 <= b <= 8:
        return a**b
    if isinstance(op, ast.Pow) and type(a) in (int, float) and type(b) in (int, float):
        return SOME
    raise UnsureError


def _of_batch(op: ast.operator, a: Any, b: Any) -> Batch:
    """Return a multiple of how many samples there are."""
    if isinstance(op, ast.Mult) and type(a) is int and a > 0:
        return Batch(a * b.times)
    if isinstance(a, Batch) and type(b) is int and b > 0:
        if isinstance(op, ast.Mult):
            return Batch(a.times * b)
        if isinstance(op, ast.FloorDiv) and a.times % b == 0:
            return Batch(a.times // b)
    raise UnsureError


def unary(op: ast.unaryop, value: Any) -> Any:
    """Return what an operator makes of one value; raises likewise."""
    if isinstance(value, Tensor):
        return Tensor(value.shape, "bool" if isinstance(op, ast.Not) else value.dtype)
    if isinstance(op, ast.Not) and isinstance(value, bool):
        return not value
    if isinstance(op, (ast.USub, ast.UAdd)) and type(value) in (int, float):
        return -value if isinstance(op, ast.USub) else value
    raise UnsureError


def compared(op: ast.cmpop, a: Any, b: Any) -> Any:
    """Return what a comparison gives: truths place by place of tensors, one of numbers; raises likewise."""
    if type(op) in _COMPARED and (isinstance(a, Tensor) or isinstance(b, Tensor)):
        return placewise([a, b], "bool")
    plain = (int, float, str)
    if type(op) in _COMPARED and type(a) in plain and type(b) in plain and a == a and b == b:  # noqa: PLR0124 - not NaN
        return _COMPARED[type(op)](a, b)
    if isinstance(op, (ast.Is, ast.IsNot)) and (a is None or b is None) and UNSURE not in (a, b):
        return (a is b) == isinstance(op, ast.Is)
    raise UnsureError
