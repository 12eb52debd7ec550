"""What a filter may go on with after some tokens: the grammar of `filter_parser`, one token of look-back at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gnomon.core.errors import FilterError
from gnomon.store.filter import ELSEWHERE, TRUTHS, Name
from gnomon.store.filter_lexer import Token
from gnomon.store.filter_parser import PREFIXES, name_of

_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")


class What(Enum):
    """A term begins; an operator follows a name; LIKE or IN follow NOT; a value follows an operator; and so on."""

    TERM = auto()
    OPERATOR = auto()
    NEGATED = auto()
    VALUE = auto()
    LIST = auto()  # ( after IN
    NULL = auto()  # after IS
    SERIES = auto()  # after at_min(
    CLOSE = auto()  # ) after that series
    JOIN = auto()  # AND, OR after a term


@dataclass(frozen=True, slots=True)
class Expecting:
    """Say what comes next.

    Args:
        what: Where in a term it is.
        name: The column that the operator or value is for.
        signs: What else may come: `)`; `,` in a list, or only AND before the other end of BETWEEN.
        truths: Whether the value may be true or false: not after `<`, BETWEEN or LIKE.
    """

    what: What
    name: Name | None = None
    signs: tuple[str, ...] = ()
    truths: bool = True


def expecting(found: Sequence[Token]) -> Expecting:
    """Return what may follow some tokens; what could not stand there is passed over."""
    follower = _Follower()
    for token in found:
        follower.take(token)
    signs: tuple[str, ...] = ()
    if follower.what == What.JOIN:
        if follower.half:
            signs = ("AND",)
        elif follower.listed:
            signs = (",", ")")
        else:
            signs = (")",) * (follower.depth > 0)
    return Expecting(follower.what, follower.name, signs, follower.truths)


class _Follower:
    """Go along with the tokens of a filter."""

    def __init__(self) -> None:
        self.what = What.TERM
        self.name: Name | None = None
        self.depth = 0
        self.listed = False
        self._word = ""
        self._between = False
        self.truths = True

    @property
    def half(self) -> bool:
        """Whether one end of BETWEEN has come."""
        return self._between and self.what == What.JOIN

    def take(self, token: Token) -> None:
        if token.kind == "sign":
            self._sign(token.text)
        elif token.kind == "keyword":
            self._keyword(token.text)
        elif self.what == What.VALUE:
            self._ended()
        elif self.what == What.SERIES:
            self.name = Name("metric", self._word.rpartition(".")[0], self._word.rpartition(".")[2], 0, token.text)
            self.what = What.CLOSE
        else:
            self._begin(token)

    def _begin(self, token: Token) -> None:
        """A word begins a term: a name that needs an operator, or one that stands for itself."""
        prefix, dot, key = token.text.partition(".")
        kind = PREFIXES.get(prefix.lower()) if dot and token.kind == "word" else None
        self.name, self.what = None, What.JOIN
        if kind == "metric" and key.rpartition(".")[2] in ELSEWHERE:
            self._word = key
        if token.kind != "word":
            return
        try:
            self.name, _ = name_of(token)
        except FilterError:
            self.what = What.OPERATOR if kind else What.JOIN
            return
        if not (kind == "tag" or (kind == "attr" and self.name.key in TRUTHS)):
            self.what = What.OPERATOR

    def _sign(self, sign: str) -> None:
        if sign in _COMPARISONS:
            self.what, self.truths = What.VALUE, sign in {"=", "!="}
        elif sign == "(" and self._word and self.what == What.OPERATOR:
            self.what = What.SERIES
        elif sign == "(" and self.what == What.LIST:
            self.what, self.listed = What.VALUE, True
        elif sign == "(":
            self.depth += 1
            self.what, self.name = What.TERM, None
        elif sign == "," and self.listed:
            self.what = What.VALUE
        elif sign == ")" and self.what == What.CLOSE:
            self.what, self._word = What.OPERATOR, ""
        elif sign == ")":
            self.depth -= not self.listed and self.depth > 0
            self.what, self.listed, self.name = What.JOIN, False, None

    def _keyword(self, word: str) -> None:
        if word == "AND" and self._between and self.what == What.JOIN:
            self.what, self._between = What.VALUE, False
        elif word in {"AND", "OR"}:
            self.what, self.name, self._word = What.TERM, None, ""
        elif word == "NOT":
            if self.what == What.OPERATOR or (self.what == What.JOIN and self.name is not None):
                self.what = What.NEGATED
            elif self.what == What.JOIN:
                self.what = What.TERM
        elif word in {"LIKE", "ILIKE", "BETWEEN"}:
            self.what, self._between, self.truths = What.VALUE, word == "BETWEEN", False
        elif word == "IN":
            self.what, self.truths = What.LIST, True
        elif word == "IS":
            self.what = What.NULL
        else:  # NULL, TRUE, FALSE
            self._ended()

    def _ended(self) -> None:
        """A value came; more may follow in a list."""
        self.what = What.JOIN
        if not self.listed and not self._between:
            self.name = None
