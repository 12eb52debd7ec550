"""The filter language: what a parsed filter is, and how it is written back. `docs/reference/filter.md` explains it.

    filter  = or ;                    or   = and { OR and } ;         and = not { [AND] not } ;     not = [NOT] term ;
    term    = "(" or ")" | word | name [NOT] test ;
    test    = compare value | [I]LIKE text | IN "(" value { "," value } ")" | BETWEEN value AND value | IS [NOT] NULL ;
    name    = word [ "(" word ")" ] ;                                   as in metric.acc.at_min(loss)

A word alone means that the name of the run contains it. A missing value passes no comparison, `!=` and `NOT LIKE`
included; `NOT (…)` is plain negation; `IS NULL` asks whether a value is missing.
"""

from dataclasses import dataclass, field
from typing import Final

Value = float | str | bool
"""A literal: number, text, or `true` and `false`."""

MAX_CHARS: Final = 10_000
MAX_TERMS: Final = 500
MAX_DEPTH: Final = 64

STATISTICS: Final = ("last", "min", "max", "mean", "n", "bad", "step", "min_step", "max_step")
"""What can be asked of a metric: `metric.loss.min`; the last value when nothing is."""

ELSEWHERE: Final = ("at_min", "at_max")
"""What else can be asked of a metric: its value where another one is lowest or highest, `metric.acc.at_min(loss)`."""

TIMES: Final = ("created", "updated", "finished")
NUMBERS: Final = (*TIMES, "duration", "dropped", "last_step", "seed", "parameters", "cores", "memory")
TRUTHS: Final = ("archived", "dirty")
TEXTS: Final = (
    *("name", "id", "project", "state", "group", "notes", "error"),
    *("commit", "branch", "script", "host", "os", "python", "cpu", "gpu", "data", "evaluation"),
)
ATTRIBUTES: Final = (*TEXTS, *NUMBERS, *TRUTHS)

KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "LIKE", "ILIKE", "IN", "BETWEEN", "IS", "NULL", "TRUE", "FALSE"})


@dataclass(frozen=True, slots=True)
class Name:
    """Name one column of the run table.

    Args:
        kind: `config metric tag attr`.
        key: Config key, series key, tag or attribute.
        statistic: One of `STATISTICS` or `ELSEWHERE` for a metric, empty for everything else.
        position: Where it stands in the filter, for messages.
        other: For a statistic of `ELSEWHERE`, the series whose best step is meant.
    """

    kind: str
    key: str
    statistic: str = ""
    position: int = field(default=0, compare=False)
    other: str = ""

    def __str__(self) -> str:
        text = ".".join([self.kind, quoted(self.key), *([self.statistic] if self.statistic else [])])
        return f"{text}({quoted(self.other)})" if self.statistic in ELSEWHERE else text


@dataclass(frozen=True, slots=True)
class Compare:
    """`config.lr < 0.3`; `op` is one of `= != < <= > >=`."""

    name: Name
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class Like:
    """`config.model LIKE 'res%'`; `fold` ignores case (ILIKE)."""

    name: Name
    pattern: str
    fold: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In:
    """`config.seed IN (1, 2, 3)`."""

    name: Name
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Null:
    """`config.lr IS NULL`."""

    name: Name
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """`otter`: the name of the run contains it, whatever the case."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT term`."""

    term: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """Two terms or more that must all hold."""

    terms: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Two terms or more of which one must hold."""

    terms: "tuple[Filter, ...]"


Term = Compare | Like | In | Null | Word
Filter = Term | Not | And | Or


def format_filter(tree: Filter) -> str:
    """Return the text of a filter; parsing it gives the same tree again.

    Example:
        >>> format_filter(And((Word("otter"), Compare(Name("config", "lr"), "<", 0.3))))
        '"otter" AND config.lr < 0.3'
    """
    match tree:
        case Not(term):
            return f"NOT {_nested(term, (And, Or))}"
        case And(terms):
            return " AND ".join(_nested(term, (And, Or)) for term in terms)
        case Or(terms):
            return " OR ".join(_nested(term, (Or,)) for term in terms)
        case _:
            return _format_term(tree)


def _format_term(term: Term) -> str:
    match term:
        case Compare(name, op, value):
            return f"{name} {op} {literal(value)}"
        case Like(name, pattern, fold, negated):
            return f"{name} {'NOT ' * negated}{'I' * fold}LIKE {literal(pattern)}"
        case In(name, values, negated):
            return f"{name} {'NOT ' * negated}IN ({', '.join(map(literal, values))})"
        case Null(name, negated):
            return f"{name} IS {'NOT ' * negated}NULL"
        case Word(text):
            return '"' + text.replace('"', '""') + '"'


def names(tree: Filter) -> list[Name]:
    """Return every column a filter looks at, in the order of writing; a word alone looks at the name."""
    match tree:
        case Compare(name=name) | Like(name=name) | In(name=name) | Null(name=name):
            return [name]
        case Not(term):
            return names(term)
        case And(terms) | Or(terms):
            return [name for term in terms for name in names(term)]
        case Word():
            return [Name("attr", "name")]


def _nested(term: Filter, wrapped: tuple[type, ...]) -> str:
    text = format_filter(term)
    return f"({text})" if isinstance(term, wrapped) else text


def literal(value: Value) -> str:
    """Return a value as it stands in a filter."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)


def quoted(key: str) -> str:
    """Return a key as it stands in a name: in backticks when it needs them."""
    return "`" + key.replace("`", "``") + "`" if _needs_quotes(key) else key


def _needs_quotes(key: str) -> bool:
    plain = all(is_name_char(c) for c in key)
    return not key or not plain or key.upper() in KEYWORDS or key.rpartition(".")[2] in (*STATISTICS, *ELSEWHERE)


def is_name_char(char: str) -> bool:
    """Tell whether a character can stand in a name without quotes."""
    return char.isalnum() or char in "_-/.:@+%#" or (ord(char) > 0xA0 and not char.isspace())
