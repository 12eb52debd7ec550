"""Expressions over series, such as `train/loss - val/loss`: parsed here, never handed to an interpreter.

The same grammar is in `web/src/lib/expression.ts`, for mistakes to be pointed at while one types; both are tested on
`tests/golden/expressions.json`. A name may hold `/`, `-`, `.`, `:`, `@` and `#` between letters and digits, so an
operator between names stands between spaces: `a / b` divides, `a/b` is a series. Other names stand in backticks.

    sum     := term (("+" | "-") term)*
    term    := factor (("*" | "/") factor)*
    factor  := ("-" | "+") factor | power
    power   := atom (("^" | "**") factor)?
    atom    := number | name | name "(" sum ("," sum)* ")" | "(" sum ")"
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from gnomon.core.errors import ExpressionError

MAX_CHARS: Final = 500
MAX_DEPTH: Final = 32
MAX_SERIES: Final = 16
FUNCTIONS: Final = {
    "abs": 1,
    "ceil": 1,
    "clip": 3,
    "cummax": 1,
    "cummin": 1,
    "cumsum": 1,
    "diff": 1,
    "ema": 2,
    "exp": 1,
    "floor": 1,
    "log": 1,
    "log10": 1,
    "log2": 1,
    "max": 2,
    "mean": 2,
    "min": 2,
    "round": 1,
    "sign": 1,
    "sqrt": 1,
}
"""Names of functions, and how many arguments each takes."""

MOST_MEAN: Final = 1_000_000
_NUMBER: Final = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_NAME: Final = re.compile(r"[^\W\d](?:[\w./:@#-]*\w)?")
_QUOTED: Final = re.compile(r"`((?:[^`]|``)+)`")
_WANTED: Final = "a series, a number or an operator, received {!r}"
_SIGNS: Final = ("**", "+", "-", "*", "/", "^", "(", ")", ",")


@dataclass(frozen=True, slots=True)
class Number:
    """Hold a constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """Hold the key of a series."""

    key: str


@dataclass(frozen=True, slots=True)
class Call:
    """Hold a function or an operator (`+ - * / ^`, `neg`) and what it is applied to."""

    name: str
    args: "tuple[Node, ...]"


Node = Number | Name | Call


@dataclass(frozen=True, slots=True)
class Expression:
    """Hold a parsed expression.

    Args:
        text: As it was written.
        root: What it says.
        keys: Series that it reads, each once, in the order in which they come.
    """

    text: str
    root: Node
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number name key sign end
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text[:40])


def parse(text: str) -> Expression:
    """Return what an expression says.

    Raises:
        ExpressionError: It does not parse; `position` is the character.

    Example:
        >>> parse("train/loss - val/loss").keys
        ('train/loss', 'val/loss')
    """
    return _Parser(text).whole()


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        token, place = _token(text, place)
        yield token
    yield _Token("end", "", len(text))


def _token(text: str, place: int) -> tuple[_Token, int]:
    for kind, pattern in (("number", _NUMBER), ("name", _NAME), ("key", _QUOTED)):
        found = pattern.match(text, place)
        if found:
            said = found[1].replace("``", "`") if kind == "key" else found[0]
            return _Token(kind, said, place), found.end()
    for sign in _SIGNS:
        if text.startswith(sign, place):
            return _Token("sign", "^" if sign == "**" else sign, place), place + len(sign)
    wanted = "a closing backtick, received none" if text[place] == "`" else _WANTED.format(text[place])
    return _fail(f"expected {wanted}.", place)


def _fail(detail: str, position: int) -> NoReturn:
    msg = f"expression: {detail}"
    raise ExpressionError(msg, position=position)


class _Parser:
    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARS:
            _fail(f"expected at most {MAX_CHARS} characters, received {len(text)}.", MAX_CHARS)
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0
        self._keys: dict[str, None] = {}

    def whole(self) -> Expression:
        root = self._sum()
        if self._next.kind != "end":
            _fail(f"expected an operator, received {self._next}.", self._next.position)
        if not self._keys:
            _fail("expected the key of at least one series, received only numbers.", 0)
        return Expression(self._text, root, tuple(self._keys))

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *signs: str) -> _Token | None:
        token = self._next
        if token.kind != "sign" or token.text not in signs:
            return None
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            _fail(f"expected {sign!r}, received {self._next}.", self._next.position)

    def _sum(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            _fail(f"expected at most {MAX_DEPTH} levels of parentheses.", self._next.position)
        left = self._term()
        while sign := self._take("+", "-"):
            left = Call(sign.text, (left, self._term()))
        self._depth -= 1
        return left

    def _term(self) -> Node:
        left = self._factor()
        while sign := self._take("*", "/"):
            left = Call(sign.text, (left, self._factor()))
        return left

    def _factor(self) -> Node:
        minus, start = False, self._at
        while sign := self._take("-", "+"):
            minus ^= sign.text == "-"
        if self._at - start > MAX_DEPTH:
            _fail(f"expected at most {MAX_DEPTH} signs in a row.", self._next.position)
        found = self._power()
        return Call("neg", (found,)) if minus else found

    def _power(self) -> Node:
        base = self._atom()
        if not self._take("^"):
            return base
        self._depth += 1
        if self._depth > MAX_DEPTH:
            _fail(f"expected at most {MAX_DEPTH} levels of powers.", self._next.position)
        found = Call("^", (base, self._factor()))
        self._depth -= 1
        return found

    def _atom(self) -> Node:
        token = self._next
        if self._take("("):
            inside = self._sum()
            self._expect(")")
            return inside
        if token.kind not in {"number", "name", "key"}:
            _fail(f"expected a series, a number or a function, received {token}.", token.position)
        self._at += 1
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "name" and self._take("("):
            return self._call(token)
        self._keys.setdefault(token.text)
        if len(self._keys) > MAX_SERIES:
            _fail(f"expected at most {MAX_SERIES} series.", token.position)
        return Name(token.text)

    def _call(self, name: _Token) -> Node:
        wanted = FUNCTIONS.get(name.text)
        if wanted is None:
            known = ", ".join(FUNCTIONS)
            _fail(f"there is no function {name.text!r}. There are {known}.", name.position)
        args, places = [], []
        while True:
            places.append(self._next.position)
            args.append(self._sum())
            if not self._take(","):
                break
        self._expect(")")
        if len(args) != wanted:
            _fail(f"{name.text} takes {wanted} argument{'s' * (wanted > 1)}, received {len(args)}.", name.position)
        _check_parameter(name.text, args, places)
        return Call(name.text, tuple(args))


def _check_parameter(name: str, args: list[Node], places: list[int]) -> None:
    """Check the arguments that must be constants."""
    if name not in {"ema", "mean"}:
        return
    given = args[1].value if isinstance(args[1], Number) else None
    if name == "ema" and (given is None or not 0 <= given < 1):
        _fail("ema: expected a weight from 0 to below 1, such as ema(loss, 0.9).", places[1])
    if name == "mean" and (given is None or given != int(given) or not 1 <= given <= MOST_MEAN):
        _fail("mean: expected a number of points from 1 to 1000000, such as mean(loss, 10).", places[1])
