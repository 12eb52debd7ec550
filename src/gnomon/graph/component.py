"""Components: what a node can be. Each is one declarative class, from which forms, checks, shapes and code all follow.

A component is a class with parameters as fields, ports, a rule for shapes and a writer for each framework::

    @component("core/dropout@1", title="Dropout", category="Regularise")
    class Dropout(Component):
        \"\"\"Sets a share of its inputs to zero while training.\"\"\"

        rate: float = param(0.5, doc="Share of inputs set to zero.", min=0, below=1, torch="p", keras="rate")

        def infer(self, x: Spec) -> Inferred:
            return Inferred(x)

        def torch(self, x: Spec) -> Code:
            return Code("{layer}({0})", make=f"nn.Dropout({lit(self.rate)})")

        def keras(self, x: Spec) -> Code:
            return Code("{layer}({0})", make=f"layers.Dropout({lit(self.rate)}, name={{name}})")

Nothing here imports a framework, and nothing a component says is ever evaluated in the server.
"""

import ast
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Literal, TypeVar, cast, dataclass_transform

from gnomon.graph.code_of import Code
from gnomon.graph.param import Kind, Param
from gnomon.graph.spec import Spec

Target = Literal["torch", "keras"]
TARGETS: Final[tuple[Target, ...]] = ("torch", "keras")


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """Describe where edges end or begin.

    Args:
        name: As in the document.
        doc: One sentence.
        rank: Axes without the batch that it takes; `None` takes any.
        dtype: Type that it takes; `None` takes any.
        many: Whether it takes several edges, which are then `name.0`, `name.1` … in order.
        least: How many it needs.
    """

    name: str
    doc: str = ""
    rank: int | None = None
    dtype: str | None = None
    many: bool = False
    least: int = 1


@dataclass(frozen=True, slots=True)
class Inferred:
    """Tell what a component makes of its inputs.

    Args:
        out: What comes out; a tuple when there are several ports. `None` is what only a run can tell, of a Code node.
        params: Numbers that training changes.
        torch_params: Likewise in PyTorch, where its own layer has others than that of Keras.
        state: Numbers that are kept with the model and that training does not change by gradient.
        flops: Floating-point operations for one sample, a multiply-add counted as two.
        grows: By how much one step on the output moves on the input, and how far it sees: stride and kernel by axis,
            for the receptive field; `None` when it is not about places.
    """

    out: Spec | tuple[Spec | None, ...]
    params: int = 0
    torch_params: int | None = None
    state: int = 0
    flops: int = 0
    grows: tuple[tuple[int, int], ...] | None = None

    def params_for(self, target: Target) -> int:
        """Return how many numbers training changes in a target."""
        return self.torch_params if target == "torch" and self.torch_params is not None else self.params

    @property
    def outs(self) -> tuple[Spec | None, ...]:
        """What comes out, by port."""
        return self.out if isinstance(self.out, tuple) else (self.out,)


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold what a statement of a hand-written file says, for a component that may recognise itself in it.

    Args:
        make: The call that makes the layer; `None` when nothing is made.
        call: The expression that is assigned; the layer is the name `layer` in it, inputs are `x0`, `x1` …
        inputs: What is known of each input.
    """

    make: ast.Call | None
    call: ast.expr
    inputs: tuple[Spec, ...]


class Component:
    """Base of all components; parameters are its fields.

    Subclasses give `infer`, and `torch` and `keras` where the target has it. `read` of a target is needed only where a
    constructor's keywords do not tell all (`Param.torch`, `Param.keras`): it proposes parameters, and a statement is
    taken for this component only when what it writes for them is that statement again.
    """

    type: ClassVar[str]
    title: ClassVar[str]
    category: ClassVar[str]
    words: ClassVar[tuple[str, ...]] = ()
    """Other words that people search it by."""
    params: ClassVar[tuple[Param, ...]] = ()
    inputs: ClassVar[tuple[Port, ...]] = (Port(name="in"),)
    outputs: ClassVar[tuple[Port, ...]] = (Port(name="out"),)
    targets: ClassVar[tuple[Target, ...]] = TARGETS
    blind: ClassVar[bool] = False
    """Whether what comes out does not follow from what goes in, so that it is asked even where that is not known."""
    torch_args: ClassVar[str] = ""
    """Names of the constructor's positional arguments in PyTorch, in their order, with spaces between."""
    keras_args: ClassVar[str] = ""
    """Likewise in Keras."""

    # As attributes, so that a component may name its inputs: `def infer(self, x: Spec)`, `def infer(self, *parts: Spec)`.
    infer: Callable[..., Inferred]
    """Return what comes out of inputs of these specs, by port; raise `Problem` when it cannot work with them."""
    torch: Callable[..., Code]
    """Return the node's source for PyTorch, whose tensors of rank 3 and 4 are channels first, of rank 1 and 2 last."""
    keras: Callable[..., Code]
    """Return the node's source for Keras 3, channels last."""

    def takes(self) -> tuple[Port, ...]:
        """Return the ports where edges end; a Code node has those that its parameters name."""
        return type(self).inputs

    def gives(self) -> tuple[Port, ...]:
        """Return the ports where edges begin."""
        return type(self).outputs

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        """Return parameters that a statement may have been written for; `None` when it is none of ours."""
        return by_keyword(cls, target, seen)


def param(
    default: Any,
    *,
    doc: str = "",
    kind: Kind | None = None,
    min: float | None = None,  # noqa: A002
    max: float | None = None,  # noqa: A002
    above: float | None = None,
    below: float | None = None,
    role: str = "",
    torch: str | None = None,
    keras: str | None = None,
    in_code: bool = True,
) -> Any:
    """Declare a parameter of a component; its kind, choices and whether it may be `None` follow from the annotation."""
    return Param(
        kind=kind or "int", default=default, doc=doc, min=min, max=max, above=above, below=below, role=role,
        torch=torch, keras=keras, in_code=in_code, choices=("",) if kind is None else (),
    )  # fmt: skip


C = TypeVar("C", bound=Component)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(param,))
def component(
    type_: str,
    *,
    title: str,
    category: str,
    words: Sequence[str] = (),
) -> Callable[[type[C]], type[C]]:
    """Make a class a component.

    Args:
        type_: What documents call it, with the version of its defaults: `"core/conv2d@1"`.
        title: What the palette calls it.
        category: Its heading in the palette.
        words: Other words that people search it by.
    """

    def decorate(cls: type[C]) -> type[C]:
        own = vars(cls).get("__annotations__", {})
        hints = {
            name: hint
            # Its own come before those of a base that it shares with others.
            for name, hint in sorted(typing.get_type_hints(cls).items(), key=lambda each: each[0] not in own)
            if isinstance(getattr(cls, name, None), Param)
        }
        params = tuple(_param(name, hint, getattr(cls, name)) for name, hint in hints.items())
        for each in params:
            setattr(cls, each.name, each.default)
        # Those of a base that several components share become fields of each.
        cls.__annotations__ = hints
        cls.type, cls.title, cls.category, cls.words, cls.params = type_, title, category, tuple(words), params
        return cast("type[C]", dataclass(frozen=True, kw_only=True)(cls))

    return decorate


def _param(name: str, hint: Any, declared: Param) -> Param:
    """Return a parameter with what its annotation says."""
    options = typing.get_args(hint)
    nullable = type(None) in options
    bare = [each for each in options if each is not type(None)] if nullable else [hint]
    kind, choices = declared.kind, ()
    if declared.choices == ("",):
        kind = "int"
        if typing.get_origin(bare[0]) is Literal:
            kind, choices = "choice", typing.get_args(bare[0])
        elif bare[0] in (bool, float, str):
            kind = cast("Kind", {bool: "bool", float: "float", str: "text"}[bare[0]])
        elif typing.get_origin(bare[0]) is tuple:
            kind = "ints"
    return replace(declared, name=name, kind=kind, choices=choices, nullable=nullable)


def lit(value: object) -> str:
    """Return a value as Python source that is safe in a template of `Code`: quotes doubled as ruff does, braces escaped.

    Example:
        >>> lit("same"), lit((2, 3)), lit("{layer}"), lit(None)
        ('"same"', '(2, 3)', '"{{layer}}"', 'None')
    """
    return _source(value).replace("{", "{{").replace("}", "}}")


def _source(value: object) -> str:
    if isinstance(value, str):
        shown = repr(value)
        plain = shown.startswith("'") and '"' not in value and "'" not in value
        return f'"{shown[1:-1]}"' if plain else shown
    if isinstance(value, tuple):
        inner = ", ".join(map(_source, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(map(_source, value))}]"
    return repr(value)


def call(head: str, *positional: object, **keywords: object) -> str:
    """Return a call as source for a template; keywords are written in the order given.

    Example:
        >>> call("nn.Conv2d", 1, 16, 3, padding="same")
        'nn.Conv2d(1, 16, 3, padding="same")'
    """
    words = [*map(lit, positional), *(f"{name}={lit(value)}" for name, value in keywords.items())]
    return f"{head}({', '.join(words)})"


def named(head: str, *positional: object, **keywords: object) -> str:
    """Return a call of a layer of Keras, which has the node's name for its last argument.

    Example:
        >>> named("layers.Dense", 10, activation="relu")
        'layers.Dense(10, activation="relu", name={name})'
    """
    bare = call(head, *positional, **keywords)[:-1]
    return f"{bare}{', ' if positional or keywords else ''}name={{name}})"


def by_keyword(cls: type[Component], target: Target, seen: Seen) -> Mapping[str, Any] | None:
    """Return the parameters that a constructor's arguments name, by `Param.torch` or `Param.keras`."""
    if seen.make is None:
        return {}
    names = (cls.torch_args if target == "torch" else cls.keras_args).split()
    given = arguments(seen.make, names)
    if given is None:
        return None
    ours = {getattr(param, target): param.name for param in cls.params if getattr(param, target) is not None}
    return {ours[name]: value for name, value in given.items() if name in ours}


def arguments(made: ast.Call, names: Sequence[str] = ()) -> dict[str, Any] | None:
    """Return the literal arguments of a call by name; `None` when one is no literal, or has no name here."""
    found: dict[str, Any] = {}
    try:
        for name, node in zip(names, made.args, strict=False):
            found[name] = ast.literal_eval(node)
        for keyword in made.keywords:
            if keyword.arg is None:
                return None
            found[keyword.arg] = ast.literal_eval(keyword.value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return found if len(made.args) <= len(names) else None
