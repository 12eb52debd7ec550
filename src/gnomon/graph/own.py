"""A project's own components: classes that stand for a Python file, and ask whoever may run it.

Nothing of the file is run here. A description, made once where user code may run, says what forms, ports and palette
need; what comes out and what is written is asked for when it is wanted, and remembered by whoever answers.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha1
from typing import Any, ClassVar, Final, Protocol

import msgspec

from gnomon.core.errors import InputError
from gnomon.graph.code_of import Code
from gnomon.graph.component import TARGETS, Component, Inferred, Port, Target, component
from gnomon.graph.param import Param
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Spec

OWN: Final = "own/"
CATEGORY: Final = "Own"
MAX_CHARS: Final = 200_000
"""Characters that the file of a component may have."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_TYPE: Final = re.compile(r"own/([a-z0-9_.-]+\.[a-z][a-z0-9_]*)@([0-9]{1,6})\Z")


class Ask(Protocol):
    """Answers for the components of a file: `infer` or `code`, with what they are given, as plain maps."""

    def __call__(self, type_: str, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the answer.

        Raises:
            Problem: The component cannot work with it, or nobody can be asked just now.
        """
        ...


class Description(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say what a component is, as plain data: what `described` makes a class of.

    Args:
        name: As its type has it: the class's name in lower case.
        title: What the palette calls it.
        doc: Its docstring.
        params: The fields of `Param`, in order.
        inputs: The fields of `Port`.
        outputs: Likewise.
        targets: What it can be written for.
        words: Other words that people search it by.
        torch_args: Names of positional arguments of the constructor.
        keras_args: Likewise.
    """

    name: str
    title: str
    doc: str = ""
    params: list[dict[str, Any]] = []
    inputs: list[dict[str, Any]] = []
    outputs: list[dict[str, Any]] = []
    targets: list[Target] = msgspec.field(default_factory=lambda: list(TARGETS))
    words: list[str] = []
    torch_args: str = ""
    keras_args: str = ""


class Described(Component):
    """Base of the classes that stand for a file."""

    is_user_code: ClassVar[bool] = True
    ask: ClassVar[Ask]

    def infer(self, *parts: Spec) -> Inferred:
        """Return what comes out, as the file says it."""
        answer = type(self).ask(self.type, "infer", {"params": self._given(), "specs": plain_specs(parts)})
        return inferred_of(answer)

    def torch(self, *parts: Spec) -> Code:
        """Return the source for PyTorch, as the file writes it."""
        return self._code("torch", parts)

    def keras(self, *parts: Spec) -> Code:
        """Return the source for Keras, likewise."""
        return self._code("keras", parts)

    def _code(self, target: Target, parts: tuple[Spec, ...]) -> Code:
        asked = {"params": self._given(), "specs": plain_specs(parts), "target": target}
        return code_of(type(self).ask(self.type, "code", asked))

    def _given(self) -> dict[str, Any]:
        found = {param.name: getattr(self, param.name) for param in type(self).params}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


Lookup = Callable[[str], type[Component] | None]
Newest = Callable[[str], str]
_LOOKUP: ContextVar[tuple[Lookup, Newest] | None] = ContextVar("own components", default=None)


@contextmanager
def using(lookup: Lookup, newest: Newest = lambda type_: type_) -> Iterator[None]:
    """Let types of own components be found by a function, in this context and the threads that it hands work to.

    Args:
        lookup: Returns the component of a type.
        newest: Returns the type of the newest version of a component; "" when it is not there any more.
    """
    token = _LOOKUP.set((lookup, newest))
    try:
        yield
    finally:
        _LOOKUP.reset(token)


def find_own(type_: str) -> type[Component] | None:
    """Return the own component of a type; `None` when it is not known here."""
    lookup = _LOOKUP.get()
    return None if lookup is None else lookup[0](type_)


def newest_of(type_: str) -> str:
    """Return the type of the newest version of an own component; its own where nobody knows of another."""
    lookup = _LOOKUP.get()
    return (lookup[1](type_) if lookup is not None else "") or type_


def is_own(type_: str) -> bool:
    """Return whether a type is one of a project's own components."""
    return type_.startswith(OWN)


def slug(project: str) -> str:
    """Return what a project is called in types; another one for each project.

    Example:
        >>> slug("mnist"), slug("My digits!")
        ('mnist', 'my-digits-c775af')
    """
    plain = re.sub(r"[^a-z0-9_-]+", "-", project.lower()).strip("-")[:16]
    return (
        plain
        if plain == project
        else f"{plain or 'project'}-{sha1(project.encode(), usedforsecurity=False).hexdigest()[:6]}"
    )


def type_of(project: str, name: str, version: int) -> str:
    """Return the type of a version of a project's component.

    Example:
        >>> type_of("mnist", "gate", 3)
        'own/mnist.gate@3'
    """
    return f"{OWN}{slug(project)}.{check_own_name(name)}@{version}"


def parts_of(type_: str) -> tuple[str, int] | None:
    """Return what a component is stored as, and its version; `None` for a type that is none of these.

    Example:
        >>> parts_of("own/mnist.gate@3"), parts_of("core/dense@1")
        (('mnist.gate', 3), None)
    """
    found = _TYPE.match(type_)
    return None if found is None else (found[1], int(found[2]))


def check_own_name(name: str) -> str:
    """Return what a component may be called.

    Raises:
        InputError: It is no word of small letters, digits and `_`.
    """
    if not _NAME.match(name):
        msg = f"name: expected a word of a-z, 0-9 and _ that begins with a letter, 40 at most, received {name!r:.80}."
        raise InputError(msg, field="name")
    return name


def snake(name: str) -> str:
    """Return the name of a class as components are called.

    Example:
        >>> snake("ResBlock"), snake("Gate2D"), snake("MLPBlock")
        ('res_block', 'gate2d', 'mlp_block')
    """
    found = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return found.lower().strip("_")


def described(type_: str, found: Description, ask: Ask) -> type[Described]:
    """Return a class that stands for a file.

    Args:
        type_: Its type, with the version.
        found: What it is.
        ask: Who is asked what it does.
    """
    params = tuple(_param(each) for each in found.params)
    fields: dict[str, Any] = {each.name: each for each in params}
    hints: dict[str, Any] = dict.fromkeys(fields, Any)
    body = {
        **fields,
        "__annotations__": hints,
        "__doc__": found.doc or found.title,
        "__module__": __name__,
        "inputs": tuple(_port(each) for each in found.inputs),
        "outputs": tuple(_port(each) for each in found.outputs),
        "targets": tuple(found.targets),
        "torch_args": found.torch_args,
        "keras_args": found.keras_args,
        "ask": staticmethod(ask),
    }
    made: type[Described] = type("".join(part.title() for part in found.name.split("_")), (Described,), body)
    kind: type[Described] = component(type_, title=found.title, category=CATEGORY, words=found.words)(made)
    kind.params = params  # as the file declares them, whatever the annotations would tell
    return kind


def _param(fields: Mapping[str, Any]) -> Param:
    found = dict(fields)
    for name in ("default", "choices"):
        if isinstance(found.get(name), list):
            found[name] = tuple(found[name])
    return Param(**found)


def _port(fields: Mapping[str, Any]) -> Port:
    return Port(**fields)


def plain_specs(specs: tuple[Spec | None, ...]) -> list[dict[str, Any] | None]:
    """Return specs as plain maps."""
    return [None if each is None else msgspec.to_builtins(each) for each in specs]


def specs_of(rows: list[dict[str, Any] | None]) -> tuple[Spec | None, ...]:
    """Return specs of plain maps."""
    return tuple(None if each is None else msgspec.convert(each, Spec) for each in rows)


def inferred_of(answer: dict[str, Any]) -> Inferred:
    """Return what comes out, of an answer.

    Raises:
        Problem: The answer says why not.
    """
    _raise(answer)
    fields = {name: answer[name] for name in ("params", "torch_params", "state", "flops")}
    grows = answer["grows"]
    return Inferred(
        specs_of(answer["outs"]), grows=None if grows is None else tuple((a, b) for a, b in grows), **fields
    )


def code_of(answer: dict[str, Any]) -> Code:
    """Return what is written, of an answer.

    Raises:
        Problem: The answer says why not.
    """
    _raise(answer)
    found: Code = msgspec.convert(answer["code"], Code)
    return found


def _raise(answer: dict[str, Any]) -> None:
    told = answer.get("problem")
    if told is not None:
        remedies = tuple(msgspec.convert(each, Remedy) for each in told["remedies"])
        raise Problem(
            told["message"], param=told["param"], port=told["port"], remedies=remedies, code=told.get("code", "E100")
        )


def problem_row(problem: Problem) -> dict[str, Any]:
    """Return why a component cannot work, as plain data."""
    return {
        "message": problem.message,
        "param": problem.param,
        "port": problem.port,
        "code": problem.code,
        "remedies": [msgspec.to_builtins(each) for each in problem.remedies],
    }
