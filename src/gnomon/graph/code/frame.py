"""Where in a file the model is: its class or function, what it makes, what it computes, and what stands around it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.core.errors import CodeError, LimitError
from gnomon.graph.code.canonical import dotted, imported, ours
from gnomon.graph.code.chain import Chain, chain_in
from gnomon.graph.component import Target

MAX_CHARS: Final = 1 << 20
MAX_DEPTH: Final = 200
"""Expressions within expressions: what people write stays far below, and walking deeper would end in a RecursionError."""


@dataclass(slots=True)
class Frame:
    """Hold where the model is in a file.

    Args:
        text: The file, each line ending with a line feed alone.
        tree: What it says.
        target: The framework.
        owner: The class, or the function; the file itself when the model stands at its top level.
        init: `__init__`.
        run: `forward`, or the function that builds.
        body: Statements that compute, in order.
        args: Names of the inputs of `forward`.
        makes: Layers by attribute, with their statements.
        names: What names stand for, by the imports.
        constants: `INPUTS` and `OUTPUTS`.
        values: What they say.
    """

    text: str
    tree: ast.Module
    target: Target
    owner: ast.ClassDef | ast.FunctionDef | ast.Module
    init: ast.FunctionDef | None
    run: ast.FunctionDef | ast.Module
    body: list[ast.stmt]
    args: list[str] = field(default_factory=list)
    makes: dict[str, tuple[ast.stmt, ast.Call]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    constants: dict[str, ast.Assign] = field(default_factory=dict)
    values: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    stores: dict[str, int] = field(default_factory=dict)
    """How often each name is assigned, anywhere."""
    chain: Chain | None = None
    """Where layers are put one behind another by `Sequential`."""
    within: tuple[str, ...] = ()
    """Names of the classes or functions that it is read within, itself among them; none of the model itself."""
    says_inputs: bool = False
    """Whether inputs have no statements of their own, so that `INPUTS` is where their shapes are said."""

    @property
    def is_class(self) -> bool:
        """Whether the model is a class, whose layers are made in `__init__`."""
        return isinstance(self.owner, ast.ClassDef)


def framed(text: str, target: Target | None) -> Frame:
    """Return where the model is in a file.

    Raises:
        CodeError: It is no Python, or there is no model.
        LimitError: It is longer than we accept.
    """
    tree, stores = _tree(text)
    names = imported(_imports(tree))
    for kind in [target] if target else _targets(names):
        found = _torch(text, tree, names) if kind == "torch" else _keras(text, tree, names)
        found = found or _chained(text, tree, kind, names)
        if found is not None:
            _constants(found)
            found.stores = stores
            return found
    what = {
        "torch": "a class with a method forward, or nn.Sequential",
        "keras": "keras.Model(inputs, outputs), keras.Sequential, or a class of keras.Model with a method call",
        None: "a class with a method forward (PyTorch), or a function that returns keras.Model(inputs, outputs)",
    }[target]
    msg = f"text: expected {what}, found none."
    raise CodeError(msg)


def _tree(text: str) -> tuple[ast.Module, dict[str, int]]:
    if len(text) > MAX_CHARS:
        msg = f"text: expected at most {MAX_CHARS} characters, received {len(text)}."
        raise LimitError(msg)
    if "\0" in text:
        msg = "text: this cannot be read as Python: it has a null byte."
        raise CodeError(msg)
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        line, column = error.lineno or 0, max(error.offset or 0, 0)
        where = f"line {line}, column {column}: " if line else ""
        msg = f"{where}{error.msg}."
        raise CodeError(msg, line=line, column=column) from None
    except (ValueError, RecursionError, MemoryError):
        msg = "text: this cannot be read as Python: it is nested too deeply."
        raise CodeError(msg) from None
    return tree, _scanned(tree)


def _scanned(tree: ast.Module) -> dict[str, int]:
    """Return how often each name is assigned; refuse what is nested too deeply to be walked."""
    stores: dict[str, int] = {}
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        below: list[ast.AST] = []
        for node in level:
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Store):
                    stores[node.id] = stores.get(node.id, 0) + 1
            elif not isinstance(node, ast.Constant):
                if isinstance(node, ast.arg):
                    stores[node.arg] = stores.get(node.arg, 0) + 1
                below.extend(children(node))
        if not below:
            return stores
        level = below
    line = next((node.lineno for node in level if hasattr(node, "lineno")), 0)
    msg = f"line {line}: this is nested more than {MAX_DEPTH} levels deep. Give its parts names."
    raise CodeError(msg, line=line, column=1)


def children(node: ast.AST) -> list[ast.AST]:
    """Return what a node consists of, but for operators and contexts."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST) and name not in ("ctx", "op"):
            found.append(value)
    return found


def nodes_of(tree: ast.AST) -> list[ast.AST]:
    """Return a node and all within it."""
    found = [tree]
    for node in found:
        if node.__class__ is not ast.Name and node.__class__ is not ast.Constant:
            found += children(node)
    return found


def _imports(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, (ast.Try, ast.If)):
            yield from (each for each in node.body if isinstance(each, (ast.Import, ast.ImportFrom)))


def _targets(names: Mapping[str, str]) -> list[Target]:
    has_keras = any(full.partition(".")[0] in ("keras", "tensorflow") for full in names.values())
    has_torch = any(full.partition(".")[0] == "torch" for full in names.values())
    return ["keras"] if has_keras and not has_torch else ["torch", "keras"]


def _torch(text: str, tree: ast.Module, names: Mapping[str, str]) -> Frame | None:
    """Return the last class with a `forward`."""
    for node in reversed(tree.body):
        if isinstance(node, ast.ClassDef):
            found = class_frame(text, tree, node, names)
            if found is not None:
                return found
    return None


def class_frame(text: str, tree: ast.Module, node: ast.ClassDef, names: Mapping[str, str]) -> Frame | None:
    """Return a class of PyTorch; `None` when it has no `forward`."""
    methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    if "forward" not in methods:
        return None
    run, init = methods["forward"], methods.get("__init__")
    args = [each.arg for each in [*run.args.posonlyargs, *run.args.args][1:]]
    args += [each.arg for each in run.args.kwonlyargs]
    frame = Frame(text, tree, "torch", node, init, run, without_docstring(run.body), args, names=names)
    frame.makes = dict(_made(init)) if init else {}
    frame.says_inputs = True
    return frame


def _subclass(text: str, tree: ast.Module, names: Mapping[str, str]) -> Frame | None:
    """Return the last class of `keras.Model` with a `call`."""
    for node in reversed(tree.body):
        if not isinstance(node, ast.ClassDef) or not any(full_name(base, names) in _MODELS for base in node.bases):
            continue
        methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
        if "call" in methods:
            run, init = methods["call"], methods.get("__init__")
            args = [each.arg for each in [*run.args.posonlyargs, *run.args.args][1:]]
            args = [each for each in args if each not in ("training", "mask")]
            frame = Frame(text, tree, "keras", node, init, run, without_docstring(run.body), args, names=names)
            frame.makes = dict(_made(init)) if init else {}
            frame.says_inputs = True
            return frame
    return None


def _chained(text: str, tree: ast.Module, target: Target, names: Mapping[str, str]) -> Frame | None:
    """Return the last function that returns a chain of layers, else the file itself when it makes one."""
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef):
            found = chain_in(node.body, names, target)
            last = node.body[-1]
            is_returned = isinstance(last, ast.Return) and (found is None or dotted_or(last.value) == found.variable)
            if found is not None and is_returned:
                body = without_docstring(node.body)
                end = body.index(found.statements[-1]) + 1
                return Frame(text, tree, target, node, None, node, body[:end], names=names, chain=found)
    found = chain_in(tree.body, names, target)
    if found is None:
        return None
    start, end = tree.body.index(found.statements[0]), tree.body.index(found.statements[-1]) + 1
    return Frame(text, tree, target, tree, None, tree, tree.body[start:end], names=names, chain=found)


def dotted_or(node: ast.expr | None) -> str:
    """Return the name that an expression is; "" when it is something else."""
    return node.id if isinstance(node, ast.Name) else ""


def _made(init: ast.FunctionDef) -> Iterator[tuple[str, tuple[ast.stmt, ast.Call]]]:
    """Return the layers that `__init__` makes, each once: what is assigned twice is none of ours."""
    found: dict[str, list[tuple[ast.stmt, ast.expr]]] = {}
    for statement in init.body:
        for node in ast.walk(statement):
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for name in (attribute_of(each) for each in targets):
                    if name and node.value is not None:
                        is_plain = node is statement and len(targets) == 1 and not isinstance(node, ast.AugAssign)
                        found.setdefault(name, []).append((statement, node.value if is_plain else ast.Constant(None)))
    for name, made in found.items():
        if len(made) == 1 and isinstance(made[0][1], ast.Call):
            yield name, (made[0][0], made[0][1])


def attribute_of(node: ast.AST) -> str:
    """Return the name of an attribute of `self`; "" for anything else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return node.attr
    return ""


def without_docstring(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return statements behind a docstring."""
    first = body[0].value if body and isinstance(body[0], ast.Expr) else None
    is_text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return list(body[1:] if is_text else body)


def full_name(node: ast.expr, names: Mapping[str, str]) -> str:
    """Return what our code calls a function of a framework; "" when it is none."""
    first, _, rest = dotted(node).partition(".")
    return ours(f"{names[first]}.{rest}" if rest else names[first]) if first in names else ""


_MODELS: Final = ("keras.Model", "keras.models.Model")


def is_model(node: ast.AST | None, names: Mapping[str, str]) -> bool:
    """Return whether an expression makes a functional model of Keras."""
    return isinstance(node, ast.Call) and full_name(node.func, names) in _MODELS


def _keras(text: str, tree: ast.Module, names: Mapping[str, str]) -> Frame | None:
    """Return the last function that returns a model, else the file itself when it makes one."""
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef):
            found = function_frame(text, tree, node, names)
            if found is not None:
                return found
    ends = [i for i, each in enumerate(tree.body) if isinstance(each, ast.Assign) and is_model(each.value, names)]
    if not ends:
        return _subclass(text, tree, names)
    begins = next((i for i, each in enumerate(tree.body) if _has_input(each, names)), ends[-1])
    return Frame(text, tree, "keras", tree, None, tree, tree.body[begins : ends[-1] + 1], names=names)


def function_frame(text: str, tree: ast.Module, node: ast.FunctionDef, names: Mapping[str, str]) -> Frame | None:
    """Return a function of Keras; `None` when it returns no model."""
    body = without_docstring(node.body)
    if any(is_model(getattr(each, "value", None), names) for each in body) and isinstance(node.body[-1], ast.Return):
        return Frame(text, tree, "keras", node, None, node, body, names=names)
    return None


def _has_input(statement: ast.stmt, names: Mapping[str, str]) -> bool:
    return isinstance(statement, ast.Assign) and any(
        isinstance(node, ast.Call) and full_name(node.func, names) == "keras.Input"
        for node in ast.walk(statement.value)
    )


def _constants(frame: Frame) -> None:
    """Find `INPUTS` and `OUTPUTS`; what is no literal of the kind that we write is none of ours."""
    for node in frame.tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("INPUTS", "OUTPUTS"):
                try:
                    value = ast.literal_eval(node.value)
                except (ValueError, TypeError, MemoryError, RecursionError, SyntaxError):
                    continue
                if isinstance(value, dict) and all(
                    isinstance(k, str) and isinstance(v, dict) for k, v in value.items()
                ):
                    frame.constants[name], frame.values[name] = node, value
