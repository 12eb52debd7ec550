"""What may be written at a place of a filter: names, operators, values. Search box, shell and Python share it."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from gnomon.core.errors import FilterError
from gnomon.store.distinct import Distinct
from gnomon.store.expecting import Expecting, What, expecting
from gnomon.store.filter import (
    ATTRIBUTES,
    ELSEWHERE,
    NUMBERS,
    STATISTICS,
    TIMES,
    TRUTHS,
    Name,
    is_name_char,
    literal,
    quoted,
)
from gnomon.store.filter_lexer import Token, tokens
from gnomon.store.filter_parser import PREFIXES

_KINDS: Final = {"config": "values chosen before the run", "metric": "series", "tag": "labels"}
_STATISTICS: Final = {
    "last": "value at the largest step",
    "min": "smallest value",
    "max": "largest value",
    "mean": "mean of the finite values",
    "n": "points",
    "bad": "NaN or infinite points",
    "step": "step of the last point",
    "min_step": "step of the smallest value",
    "max_step": "step of the largest value",
    "at_min": "value where another series is lowest",
    "at_max": "value where another series is highest",
}
_ABOUT: Final = {
    **dict.fromkeys(TIMES, "date, or UTC seconds"),
    "duration": "seconds",
    "last_step": "largest step",
    "state": "running, finished, stopped, failed, killed or lost",
    "archived": "put away",
    "dirty": "uncommitted changes",
    "parameters": "weights of the model",
    "data": "hash of what run.use_data saw",
    "evaluation": "hash of what run.evaluate judged",
    "error": "why it failed",
}
_OPERATORS: Final = {
    "=": "equal",
    "!=": "different, and not missing",
    "<": "less",
    "<=": "less or equal",
    ">": "greater",
    ">=": "greater or equal",
    "LIKE": "% stands for anything, _ for one character",
    "ILIKE": "the same, whatever the case",
    "BETWEEN": "from … AND …, both included",
    "IN": "one of (…)",
    "NOT IN": "none of (…)",
    "IS NULL": "missing",
    "IS NOT NULL": "there",
}
_TEXTUAL: Final = ("LIKE", "ILIKE")
_ORDERED: Final = ("<", "<=", ">", ">=", "BETWEEN")
OURS: Final = ("system/", "gnomon/")
"""How keys begin that the agent makes; they come behind those of the user, and `*` leaves them out."""

_JOINTS: Final = "/._- `"
_LONGEST_VALUE: Final = 200
_MOST_MEASURED: Final = 20


class Known(Protocol):
    """What there is to choose from."""

    def keys(self, kind: str) -> list[str]:
        """Return the keys of a kind: `config metric tag`."""
        ...

    def values(self, column: Name, prefix: str, limit: int) -> Distinct:
        """Return the values of a column, the most frequent first."""
        ...


@dataclass(frozen=True, slots=True)
class Option:
    """What may stand there: its text, its kind (`attribute config metric tag statistic operator value keyword`), why."""

    text: str
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """Options that replace the characters from `start` to `end` of a filter; the best come first."""

    start: int
    end: int
    options: list[Option]


def complete(text: str, at: int, known: Known, limit: int = 50) -> Completed:
    """Return what may stand at character `at` of a filter.

    What stands before decides: a name begins a term, an operator follows a name, a value an operator.

    Args:
        text: The filter, finished or not.
        at: Place of the cursor, from 0 to its length.
        known: Keys and values to choose from.
        limit: Options at most.
    """
    at = max(0, min(at, len(text)))
    typing = _typing(text, at)
    if typing is None:
        return Completed(at, at, [])
    before, start, written = typing
    options = list(_options(expecting(before), written, known, limit))
    return Completed(start, _end(text, start, at), options[:limit])


def _typing(text: str, at: int) -> tuple[list[Token], int, str] | None:
    """Return the tokens before the word at the cursor, where that word begins, and what of it is written.

    `None` when what comes before cannot be read.
    """
    try:
        found = tokens(text[:at])[:-1]
    except FilterError as error:
        return _inside_quotes(text, at, error.position)
    last = found[-1] if found else None
    if last is None or last.kind == "sign" or text[at - 1].isspace():
        return found, at, ""
    if last.position and is_name_char(text[last.position - 1]):
        return None  # a quote that grew onto a word: nothing fits there
    return found[:-1], last.position, last.text


def _inside_quotes(text: str, at: int, opened: int) -> tuple[list[Token], int, str] | None:
    """A quote is open: what follows it is being written, as a value or as a part of a name."""
    if opened >= at or text[opened] not in "'\"`":
        return None
    start = opened
    while start and (is_name_char(text[start - 1]) or text[start - 1] == "`"):
        start -= 1
    try:
        before = tokens(text[:start])[:-1]
    except FilterError:
        return None
    return before, start, text[start:opened] + text[opened + 1 : at]


def _end(text: str, start: int, at: int) -> int:
    """Return where the word at the cursor ends, its closing quote included."""
    quote = next((c for c in text[start:at] if c in "'\"`"), "")
    end = at
    while end < len(text) and is_name_char(text[end]):
        end += 1
    return end + 1 if quote and text[end : end + 1] == quote and text[start:at].count(quote) % 2 else end


def _options(now: Expecting, written: str, known: Known, limit: int) -> Iterator[Option]:
    match now.what:
        case What.TERM:
            yield from _terms(written, known)
        case What.OPERATOR:
            yield from _fitting(_operators(now.name), written)
        case What.NEGATED:
            after = ("IN", "BETWEEN", *_TEXTUAL)
            yield from _fitting([Option(op, "operator", _OPERATORS[op]) for op in after], written)
        case What.VALUE:
            yield from _values(now, written, known, limit)
        case What.SERIES:
            yield from _fitting([Option(quoted(key), "metric") for key in _series(known)], written)
        case What.LIST:
            yield Option("(", "keyword", "a list of values")
        case What.NULL:
            yield from _fitting([Option(word, "keyword") for word in ("NULL", "NOT NULL")], written)
        case What.CLOSE:
            yield Option(")", "keyword")
        case What.JOIN:
            yield from _fitting(_joins(now), written)


def _joins(now: Expecting) -> list[Option]:
    """Return what may follow a whole term, a value of a list, or one end of BETWEEN."""
    more = [Option(sign, "keyword") for sign in now.signs]
    if now.signs[:1] in {("AND",), (",",)}:
        return more
    joins = [Option("AND", "keyword", "both must hold"), Option("OR", "keyword", "one must hold")]
    return [*more, *joins, *_operators(now.name)]  # tags need no operator, but may have one


def _terms(written: str, known: Known) -> Iterator[Option]:
    """Yield names that a term may begin with: those that begin with what is written before those that contain it."""
    prefix, dot, rest = written.partition(".")
    kind = PREFIXES.get(prefix.lower()) if dot else None
    if kind == "metric" and (found := list(_statistics(rest, known))):
        yield from found
        return
    if kind == "attr":
        yield from _fitting(_attributes(), rest)
        return
    if kind is not None:
        yield from _fitting(_names(kind, known), rest, lambda option: option.text.partition(".")[2].strip("`"))
        return
    if not written:
        yield from (Option(f"{name}.", name, about) for name, about in _KINDS.items())
        yield from _attributes()
        return
    every = [Option(f"{name}.", name, about) for name, about in _KINDS.items()]
    every += [option for name in _KINDS for option in _names(name, known)]
    yield from _fitting([*every, *_attributes(), Option("NOT", "keyword")], written, _bare)


def _bare(option: Option) -> str:
    """Return what of a name people type: `lr` of `config.lr`."""
    prefix, dot, rest = option.text.partition(".")
    return rest.strip("`") if dot and prefix in _KINDS and rest else option.text


def _attributes() -> list[Option]:
    return [Option(name, "attribute", _ABOUT.get(name, "")) for name in ATTRIBUTES]


def _names(kind: str, known: Known) -> list[Option]:
    keys = _series(known) if kind == "metric" else known.keys(kind)
    return [Option(f"{kind}.{quoted(key)}", kind) for key in keys]


def _series(known: Known) -> list[str]:
    return sorted(known.keys("metric"), key=lambda key: (key.startswith(OURS), key))


def _statistics(rest: str, known: Known) -> Iterator[Option]:
    """Yield the statistics of a series whose name is written, once there is a dot behind it."""
    stem, dot, last = rest.rpartition(".")
    if not dot or stem not in known.keys("metric"):
        return
    for name in (*STATISTICS, *ELSEWHERE):
        if name.startswith(last.lower()):
            yield Option(f"metric.{quoted(stem)}.{name}{'(' * (name in ELSEWHERE)}", "statistic", _STATISTICS[name])


def _operators(name: Name | None) -> list[Option]:
    """Return what may follow a name: no LIKE after a number, no < after a truth value."""
    if name is None:
        return []
    is_number = name.kind == "metric" or (name.kind == "attr" and name.key in NUMBERS)
    is_truth = name.kind == "tag" or (name.kind == "attr" and name.key in TRUTHS)
    left = (_TEXTUAL if is_number or is_truth else ()) + (_ORDERED if is_truth else ())
    return [Option(op, "operator", about) for op, about in _OPERATORS.items() if op not in left]


def _values(now: Expecting, written: str, known: Known, limit: int) -> Iterator[Option]:
    name = now.name
    if name is None:
        return
    if name.kind == "tag" or (name.kind == "attr" and name.key in TRUTHS):
        both = [Option("true", "value"), Option("false", "value")]
        yield from _fitting(both if now.truths else [], written)
        return
    found = known.values(name, written, limit)
    if found.distinct > _MOST_MEASURED and (name.kind == "metric" or name.key in TIMES):
        return  # one of thousands of measurements is nobody's choice
    for value, n in found.values:
        said = _said(value)
        if said is not None and (now.truths or not isinstance(value, bool)):
            yield Option(said, "value", f"{n:,} run{'s' * (n != 1)}")


def _said(value: Any) -> str | None:
    """Return a value as it is written; `None` for what would be too long to choose from."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    said = literal(value)
    return said if len(said) <= _LONGEST_VALUE and said not in {"nan", "inf", "-inf"} else None


def _fitting(options: Iterable[Option], written: str, said: Callable[[Option], str] | None = None) -> Iterator[Option]:
    """Yield the options that begin with what is written, those of which a part does, and those that contain it."""
    wanted = written.strip("'\"`").casefold()
    ranked: tuple[list[Option], list[Option], list[Option]] = ([], [], [])
    for option in options:
        text = option.text.casefold()
        spoken = said(option).casefold() if said else text
        if text.startswith(wanted) or spoken.startswith(wanted):
            ranked[0].append(option)
        elif wanted in spoken:
            begins_part = any(joint + wanted in spoken for joint in _JOINTS)
            ranked[1 if begins_part else 2].append(option)
    yield from itertools.chain(*ranked)
