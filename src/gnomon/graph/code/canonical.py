"""One form for the many ways to write the same expression, so that two can be compared.

Whatever a file imports things as, they are called as our own code calls them; an argument is the same by position and by
keyword; an argument that is the framework's default need not be written.
"""

import ast
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gnomon.graph.code.signatures import ALIASES, MODULES, SIZES, signature

Key = tuple[Any, ...]

_SHORT: Final = (
    ("tensorflow.keras.", "keras."),
    ("tf.keras.", "keras."),
    ("torch.nn.functional.", "F."),
    ("torch.nn.", "nn."),
    ("keras.layers.", "layers."),
    ("keras.ops.", "ops."),
)
_REDUCTIONS: Final = ("mean", "amax", "sum", "argmax")
STANDARD: Final = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "keras": "keras",
    "layers": "keras.layers",
    "ops": "keras.ops",
    "math": "math",
}
"""What names mean in code of ours."""


def imported(statements: Iterable[ast.stmt]) -> dict[str, str]:
    """Return what names stand for, by the import statements of a file."""
    names: dict[str, str] = {}
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            for alias in statement.names:
                names[alias.asname or alias.name] = f"{statement.module}.{alias.name}"
    return names


def dotted(node: ast.expr) -> str:
    """Return a chain of attributes as text; "" when it is something else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def ours(full: str) -> str:
    """Return what our code calls a thing.

    Example:
        >>> ours("torch.nn.functional.relu"), ours("tensorflow.keras.layers.Dense"), ours("numpy.array")
        ('F.relu', 'layers.Dense', 'numpy.array')
    """
    for before, after in _SHORT:
        if full.startswith(before):
            full = after + full.removeprefix(before)
    return ALIASES.get(full, full)


def _named(name: str) -> ast.expr:
    first, *rest = name.split(".")
    node: ast.expr = ast.Name(first, ast.Load())
    for part in rest:
        node = ast.Attribute(node, part, ast.Load())
    return node


class Normal(ast.NodeTransformer):
    """Return a copy of an expression with the names of our own code.

    Args:
        names: What the file's names stand for.
        swap: Nodes of the expression, by identity, and the names that take their places.
        values: What names that stand for literals stand for.
    """

    def __init__(
        self, names: Mapping[str, str], swap: Mapping[int, str], values: Mapping[str, ast.expr] | None = None
    ) -> None:
        self.names, self.swap, self.values = names, swap, values or {}

    def visit(self, node: ast.AST) -> Any:
        """Return a copy of a node."""
        if id(node) in self.swap:
            return ast.Name(self.swap[id(node)], ast.Load())
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = dotted(node)
            if name in self.values:
                return self.values[name]
            first, _, rest = name.partition(".")
            if name and first in self.names and first != "self":
                full = self.names[first]
                return _named(ours(f"{full}.{rest}" if rest else full))
        return self._copied(node)

    def _copied(self, node: ast.AST) -> ast.AST:
        fields: dict[str, Any] = {}
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                fields[name] = [
                    self.visit(each) if isinstance(each, ast.AST) else each for each in value if not _is_mode(each)
                ]
            else:
                fields[name] = self.visit(value) if isinstance(value, ast.AST) else value
        return _computed(type(node)(**fields))


def _computed(node: ast.AST) -> ast.AST:
    """Return a whole number for what people write to show where it comes from: `16 * 5 * 5`."""
    match node:
        case ast.BinOp(left=ast.Constant(value=int() as a), right=ast.Constant(value=int() as b), op=op) if (
            max(abs(a), abs(b)) < 1 << 31 and type(a) is type(b) is int
        ):
            value = (
                a * b if isinstance(op, ast.Mult) else a + b if isinstance(op, ast.Add)
                else a - b if isinstance(op, ast.Sub) else a // b if isinstance(op, ast.FloorDiv) and b else None
            )  # fmt: skip
            return node if value is None or value < 0 else ast.Constant(value)
    return node


def _is_mode(node: object) -> bool:
    """Return whether an argument only hands on what layers of Keras know by themselves: `training=training`."""
    return (
        isinstance(node, ast.keyword)
        and node.arg in ("training", "mask")
        and isinstance(node.value, ast.Name)
        and node.value.id == node.arg
    )


def key(node: Any) -> Key:  # noqa: PLR0911 - one for each kind
    """Return what two expressions have alike when they say the same."""
    match node:
        case ast.Constant():
            return _value(node.value)
        case ast.Name():
            return ("name", node.id)
        case ast.Attribute():
            return ("attr", key(node.value), node.attr)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if not isinstance(
            value, bool
        ):
            return _value(-value)
        case ast.Tuple() | ast.List():
            return ("seq", *map(key, node.elts))
        case ast.Call():
            return _call(node)
        case ast.AST():
            return (type(node).__name__, *[key(getattr(node, name, None)) for name in node._fields if name != "ctx"])
        case list():
            return ("list", *map(key, node))
    return _value(node)


def _value(value: object) -> Key:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return ("number", value) if is_number else (type(value).__name__, value)


def _call(node: ast.Call) -> Key:
    name = dotted(node.func)
    known = signature(name)
    if known is None or any(isinstance(each, ast.Starred) for each in node.args) or len(node.args) > len(known[0]):
        words = [(each.arg or "**", key(each.value)) for each in node.keywords if each.arg != "name"]
        args: tuple[Key, ...] = tuple(map(key, node.args))
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in _REDUCTIONS
            and len(args) == 1
            and not name.startswith("torch.")
        ):
            words, args = [("dim", args[0]), *words], ()
        return ("call", key(node.func), args, tuple(sorted(words, key=repr)))
    given = {arg: key(value) for arg, value in zip(known[0], node.args, strict=False)}
    given.update({each.arg or "**": key(each.value) for each in node.keywords if each.arg != "name"})
    return ("call", name, tuple(sorted(_plain(name, given, known[1]).items(), key=lambda item: item[0])))


def _plain(name: str, given: dict[str, Key], defaults: Mapping[str, Any]) -> dict[str, Key]:
    """Return arguments as few as say the same."""
    given.pop("inplace", None)  # the same numbers, in the memory of what came in
    for word in SIZES & given.keys():
        given[word] = _one(given[word])
    if name.startswith("nn.Conv") and "padding" in given:
        given["padding"] = _padding(name, given)
    if given.get("stride") == given.get("kernel_size") and "Pool" in name:
        given.pop("stride", None)
    if given.get("strides") == given.get("pool_size", ("number", 2)) and "Pool" in name:
        given.pop("strides", None)
    for word, default in defaults.items():
        if word in given and given[word] == _value(default):
            del given[word]
    if name in ("layers.Dense", "layers.Conv2D", "layers.Conv1D") and given.get("activation") == ("str", "linear"):
        del given["activation"]
    return given


def _one(value: Key) -> Key:
    """Return the number that stands for equal ones."""
    is_same = value[0] == "seq" and len(value) > 1 and all(each == value[1] for each in value[1:])
    return value[1] if is_same and value[1][0] == "number" else value


def _padding(name: str, given: Mapping[str, Key]) -> Key:
    """Return the zeros at each edge as a number where `"same"` means as many on both sides."""
    padding = _one(given["padding"])
    kernel, stride = given.get("kernel_size", ("", 0)), given.get("stride", ("number", 1))
    dilation = given.get("dilation", ("number", 1))
    is_plain = kernel[0] == dilation[0] == "number" and stride == ("number", 1) and "Transpose" not in name
    if padding == ("str", "same") and is_plain and isinstance(kernel[1], int) and kernel[1] % 2:
        return ("number", kernel[1] // 2 * dilation[1])
    return padding


def by_words(call: ast.Call) -> ast.Call:
    """Return a call with all its arguments as keywords, those left out that are the framework's defaults."""
    known = signature(dotted(call.func))
    if known is None or len(call.args) > len(known[0]) or any(isinstance(each, ast.Starred) for each in call.args):
        return call
    words = [ast.keyword(arg, value) for arg, value in zip(known[0], call.args, strict=False)]
    words += [each for each in call.keywords if each.arg != "name"]
    left = [each for each in words if each.arg not in known[1] or key(each.value) != _value(known[1][each.arg])]
    return ast.Call(call.func, [], left)


def views(make: ast.Call | None, call: ast.expr, rank: int | None = None) -> list[tuple[ast.Call | None, ast.expr]]:
    """Return a layer and its call, and other ways to write the same."""
    found: list[tuple[ast.Call | None, ast.expr]] = [(make, call)]
    layer = ast.Name("layer", ast.Load())
    if make is None and isinstance(call, ast.Call):
        module = MODULES.get(dotted(call.func))
        if module and call.args:
            words = [each for each in call.keywords if each.arg != "training"]
            found.append((ast.Call(_named(module), call.args[1:], words), ast.Call(layer, [call.args[0]], [])))
        if flat := _flattened(call):
            found.append((None, flat))
    is_flat = make is not None and dotted(make.func) == "nn.Flatten" and not make.args and not make.keywords
    if is_flat and isinstance(call, ast.Call) and key(call.func) == ("name", "layer") and len(call.args) == 1:
        found.append((None, _flat(call.args[0])))
    if rank is not None:
        found += [other for each in found if (other := _turned(*each, rank)) is not None]
    return found


def _turned(make: ast.Call | None, call: ast.expr, rank: int) -> tuple[ast.Call | None, ast.expr] | None:
    """Return an expression with its `dim` counted from the other end; `None` when it has none."""
    where = make if make is not None else call
    if not isinstance(where, ast.Call):
        return None
    words = []
    for each in where.keywords:
        value = key(each.value)
        if (
            each.arg == "dim"
            and value[0] == "number"
            and isinstance(value[1], int)
            and -rank <= value[1] <= rank
            and value[1]
        ):
            number = value[1] - rank - 1 if value[1] > 0 else value[1] + rank + 1
            sign = ast.UnaryOp(ast.USub(), ast.Constant(-number)) if number < 0 else ast.Constant(number)
            words.append(ast.keyword("dim", sign))
        else:
            words.append(each)
    turned = ast.Call(where.func, where.args, words)
    if all(a is b for a, b in zip(words, where.keywords, strict=True)):
        return None
    return (turned, call) if make is not None else (None, turned)


def _flat(x: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(x, "flatten", ast.Load()), [ast.Constant(1)], [])


def _flattened(call: ast.Call) -> ast.Call | None:
    """Return `x.flatten(1)` for what does the same."""
    name, args = dotted(call.func), call.args
    if (
        name == "torch.flatten"
        and args
        and [key(each) for each in args[1:]] + [key(k.value) for k in call.keywords] == [("number", 1)]
    ):
        return _flat(args[0])
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("view", "reshape"):
        return None
    if len(args) != 2 or call.keywords or key(args[1]) != ("number", -1):
        return None
    x = call.func.value
    batch = ast.unparse(args[0])
    shown = ast.unparse(x)
    return _flat(x) if batch in (f"{shown}.size(0)", f"{shown}.shape[0]", f"len({shown})") else None
