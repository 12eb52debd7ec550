"""What components look for in statements that people wrote."""

import ast
from collections.abc import Sequence
from typing import Any, Final

_ACTIVATIONS: Final = {
    "F.relu": "relu",
    "F.relu6": "relu6",
    "F.gelu": "gelu",
    "F.silu": "silu",
    "torch.tanh": "tanh",
    "torch.sigmoid": "sigmoid",
    "F.softmax": "softmax",
    "F.leaky_relu": "leaky_relu",
    "F.elu": "elu",
}


def activation_of(call: ast.expr) -> str:
    """Return the activation that an expression for PyTorch begins with; `linear` when there is none.

    Example:
        >>> activation_of(ast.parse("F.relu(layer(x0))", mode="eval").body)
        'relu'
    """
    return _ACTIVATIONS.get(ast.unparse(call.func), "linear") if isinstance(call, ast.Call) else "linear"


def calls(call: ast.expr, name: str) -> ast.Call | None:
    """Return the first call of a function within an expression.

    Example:
        >>> found = calls(ast.parse("layer(F.pad(x0, (0, 1)))", mode="eval").body, "F.pad")
        >>> ast.unparse(found)
        'F.pad(x0, (0, 1))'
    """
    return next(
        (each for each in ast.walk(call) if isinstance(each, ast.Call) and ast.unparse(each.func) == name),
        None,
    )


def has_keyword(made: ast.Call | None, name: str) -> bool:
    """Return whether a call names a keyword."""
    return made is not None and any(keyword.arg == name for keyword in made.keywords)


def value_of(call: ast.Call | None, name: str) -> object:
    """Return the literal that a call gives a keyword; `None` when it gives none, or no literal.

    Example:
        >>> value_of(ast.parse("torch.cat([x0, x1], dim=1)", mode="eval").body, "dim")
        1
    """
    for keyword in call.keywords if call is not None else ():
        if keyword.arg == name:
            try:
                return ast.literal_eval(keyword.value)
            except (ValueError, TypeError, MemoryError, RecursionError):
                return None
    return None


def literals_of(args: Sequence[ast.expr]) -> tuple[Any, ...] | None:
    """Return arguments that are literals; `None` when one is none.

    Example:
        >>> literals_of(ast.parse("f(1, -2)", mode="eval").body.args)
        (1, -2)
    """
    try:
        return tuple(map(ast.literal_eval, args))
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None
