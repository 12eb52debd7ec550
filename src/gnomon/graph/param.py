"""Parameters of components: what they mean, what they may be, and how they are called by each framework."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from gnomon.graph.problem import Problem

Kind = Literal["int", "float", "bool", "choice", "text", "code", "ints", "sizes", "floats", "graph"]
"""`ints` is a list of whole numbers, such as a shape; `sizes` is one for every axis, or one for all; `floats` is a list
of numbers; `graph` is a graph document, a map in documents and text in components."""

_WORDS: Final[dict[Kind, str]] = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "text": "a text",
    "code": "a text",
    "ints": "a list of whole numbers",
    "sizes": "a whole number (or one for each axis)",
    "floats": "a list of numbers",
    "graph": "a graph document",
}
MOST_CHARS: Final = 100_000
"""Characters that a parameter of text or code may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """Describe one parameter of a component; the form on the canvas is drawn from it.

    Args:
        name: As in the document and in Python.
        kind: What it holds.
        default: What it is when the document does not say.
        doc: One sentence for the form.
        min: Least value; of `ints` and `sizes`, of each.
        max: Largest value, likewise.
        above: A value that it must exceed.
        below: A value that it must stay below.
        choices: What a `choice` may be.
        nullable: Whether `None` is allowed, and means what `doc` says.
        role: What rules and suggestions know it by: `"units"`, `"rate"` …
        torch: Keyword of the constructor in PyTorch; `None` when the component reads and writes it itself.
        keras: Keyword of the constructor in Keras, likewise.
        in_code: Whether generated code shows it. What code does not show is kept from the graph that it came from.
    """

    name: str = ""
    kind: Kind = "int"
    default: Any = None
    doc: str = ""
    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False
    role: str = ""
    torch: str | None = None
    keras: str | None = None
    in_code: bool = True

    def check(self, value: object) -> Any:
        """Return a value as the component gets it: lists become tuples, whole floats become floats.

        Raises:
            Problem: It is not of this kind, or out of range.
        """
        if value is None and self.nullable:
            return None
        found = self._of_kind(value)
        if found is None:
            raise self._refused(value)
        if self.kind in ("int", "float", "ints", "sizes", "floats"):
            for each in found if isinstance(found, tuple) else (found,):
                self._check_range(each, value)
        return found

    def _of_kind(self, value: object) -> Any:  # noqa: PLR0911 - one for each kind
        match self.kind:
            case "bool":
                return value if isinstance(value, bool) else None
            case "int":
                return value if _is_int(value) else None
            case "float":
                return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
            case "choice":
                return value if value in self.choices else None
            case "text" | "code":
                return value if isinstance(value, str) and len(value) <= MOST_CHARS else None
            case "ints":
                return tuple(value) if isinstance(value, (list, tuple)) and all(map(_is_int, value)) else None
            case "floats":
                return (
                    tuple(map(float, value))
                    if isinstance(value, (list, tuple)) and all(map(_is_float, value))
                    else None
                )
            case "graph":
                return _text_of(value) if isinstance(value, Mapping) else value if isinstance(value, str) else None
            case "sizes":
                many = isinstance(value, (list, tuple)) and value and all(map(_is_int, value))
                return value if _is_int(value) else tuple(value) if many else None  # type: ignore[arg-type]  # `many` says so

    def _check_range(self, each: float, value: object) -> None:
        if (
            each != each  # noqa: PLR0124 - not a number
            or (self.min is not None and each < self.min)
            or (self.max is not None and each > self.max)
            or (self.above is not None and each <= self.above)
            or (self.below is not None and each >= self.below)
        ):
            raise self._refused(value)

    def _refused(self, value: object) -> Problem:
        came = repr(value)
        shown = came if len(came) <= 60 else f"{came[:59]}…"
        return Problem(f"{self.name}: expected {self.expected}, received {shown}.", param=self.name, code="E101")

    @property
    def expected(self) -> str:
        """What it may be, in words."""
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        given = (
            ("of at least", self.min),
            ("above", self.above),
            ("of at most", self.max),
            ("below", self.below),
        )
        limits = [f"{word} {_number(limit)}" for word, limit in given if limit is not None]
        if self.min is not None and self.max is not None:
            limits = [f"from {_number(self.min)} to {_number(self.max)}"]
        words = " and ".join([f"{_WORDS[self.kind]} {limits[0]}", *limits[1:]]) if limits else _WORDS[self.kind]
        return f"{words}, or nothing" if self.nullable else words


def _number(limit: float) -> str:
    return f"{int(limit):,}" if limit == int(limit) else f"{limit:g}"


def _text_of(graph: Mapping[str, Any]) -> str | None:
    """Return a graph document as text, so that what has it can be compared and looked up; `None` when it is no JSON."""
    try:
        return json.dumps(graph, sort_keys=True, allow_nan=False) if graph else ""
    except (TypeError, ValueError, RecursionError):
        return None


def _is_float(value: object) -> bool:
    return _is_int(value) or isinstance(value, float)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def checked(params: Sequence[Param], given: Mapping[str, object]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the value of every parameter, and all that is wrong with those given; a wrong one becomes its default."""
    values = {param.name: param.default for param in params}
    problems = []
    for name, value in given.items():
        param = next((param for param in params if param.name == name), None)
        if param is None:
            problems.append(Problem(f"{name}: there is no such parameter.", param=name, code="E102"))
            continue
        try:
            values[name] = param.check(value)
        except Problem as problem:
            problems.append(problem)
    return values, problems
