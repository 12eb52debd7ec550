"""Parses the filter language by recursive descent; nothing of it is ever evaluated as code."""

import math
import re
from datetime import UTC, datetime
from typing import Final, NoReturn

from gnomon.core.errors import FilterError
from gnomon.store.filter import (
    ATTRIBUTES,
    ELSEWHERE,
    MAX_DEPTH,
    MAX_TERMS,
    NUMBERS,
    STATISTICS,
    TIMES,
    TRUTHS,
    And,
    Compare,
    Filter,
    In,
    Like,
    Name,
    Not,
    Null,
    Or,
    Value,
    Word,
)
from gnomon.store.filter_lexer import Token, tokens
from gnomon.store.nearest import nearest

PREFIXES: Final = {
    **dict.fromkeys(("config", "params", "param", "parameters", "parameter"), "config"),
    **dict.fromkeys(("metric", "metrics"), "metric"),
    **dict.fromkeys(("tag", "tags"), "tag"),
    **dict.fromkeys(("attr", "attribute", "attributes", "run"), "attr"),
}
"""What may stand before the dot of a name, MLflow's words too, and the kind of column it means."""

_KINDS: Final = ("config", "metric", "tag", "attr")
_MLFLOW: Final = {
    "run_id": "id",
    "run_name": "name",
    "status": "state",
    "start_time": "created",
    "end_time": "finished",
}
_NEGATABLE: Final = ("LIKE", "ILIKE", "IN", "BETWEEN")
_MILLISECONDS: Final = ("start_time", "end_time")
_AT_BEST: Final = re.compile(rf"(.+)\.({'|'.join(ELSEWHERE)})\((.+)\)", re.DOTALL)
_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")


def parse_filter(text: str) -> Filter | None:
    """Return the tree of a filter, `None` for an empty one.

    Args:
        text: At most 10,000 characters, 500 terms and 64 levels of nesting.

    Raises:
        FilterError: It does not parse; `position` points at the character, the message says what was expected.

    Example:
        >>> parse_filter("config.lr < 0.3").name.key
        'lr'
    """
    found = tokens(text)
    return _Parser(found).whole() if len(found) > 1 else None


def parse_name(text: str, position: int = 0) -> Name:
    """Return the column that `config.lr`, `metric.val/acc.max`, `tag.best`, `attr.created` or `created` names.

    The text is one name and nothing else, so keys need no quotes here, whatever is in them.

    Raises:
        FilterError: There is no such kind of column.

    Example:
        >>> str(parse_name("metric.val acc.max"))
        'metric.`val acc`.max'
    """
    prefix, dot, rest = text.partition(".")
    if dot and rest[:1] in {"`", '"'}:
        name = _Parser(tokens(text)).only_name()
        if name is not None:
            return name
    if PREFIXES.get(prefix.lower()) == "metric" and (found := _AT_BEST.fullmatch(rest)):
        return _at_best(text, found[1], found[2], found[3], position)
    return name_of(Token("word", text, position))[0]


def _at_best(text: str, stem: str, statistic: str, other: str, position: int) -> Name:
    """Return the column that `metric.A.at_min(B)` names; what stands in quotes is read as in a filter."""
    if other[:1] in {"`", '"', "'"}:
        try:
            name = _Parser(tokens(text)).only_name()
        except FilterError:
            name = None
        if name is not None:
            return name
    return Name("metric", stem, statistic, position, other)


def name_of(token: Token) -> tuple[Name, str]:
    """Return the column a word names, and the attribute as it was written."""
    prefix, dot, key = token.text.partition(".")
    kind = PREFIXES.get(prefix.lower()) if dot else None
    position = token.position
    if kind is None or kind == "attr":
        written = key if kind else token.text
        attribute = _MLFLOW.get(written.lower(), written.lower())
        if attribute not in ATTRIBUTES:
            _refuse_attribute(written, position)
        return Name("attr", attribute, position=position), written.lower()
    if not key:
        msg = f"filter: expected a name after {prefix}. at character {position + len(prefix) + 1}."
        raise FilterError(msg, position=position + len(prefix) + 1)
    if kind != "metric":
        return Name(kind, key, position=position), key
    stem, dot, last = key.rpartition(".")
    sealed = token.sealed > len(token.text) - len(last) - len(dot)
    if stem and last in STATISTICS and not sealed:
        return Name("metric", stem, last, position=position), key
    return Name("metric", key, "last", position=position), key


def _refuse_attribute(written: str, position: int) -> NoReturn:
    prefix, dot, rest = written.partition(".")
    near = nearest(prefix.lower(), _KINDS if dot else ATTRIBUTES, count=1)
    if near:
        remedy = f"Nearest: {near[0]}{dot}{rest[:80]}."
    else:
        remedy = f"Write config.{written[:80]}, metric.{written[:80]} or tag.{written[:80]}."
    msg = f"filter: expected config., metric., tag. or an attribute of a run, received {written[:80]!r}. {remedy}"
    raise FilterError(msg, position=position)


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.found = found
        self.place = 0
        self.terms = 0
        self.depth = 0

    @property
    def now(self) -> Token:
        return self.found[self.place]

    def take(self, kind: str, *said: str) -> Token | None:
        """Return the token and go on when it is of this kind and says one of these (anything, when none is given)."""
        token = self.now
        if token.kind != kind or (said and token.text not in said):
            return None
        self.place += 1
        return token

    def refuse(self, expected: str) -> NoReturn:
        token = self.now
        msg = f"filter: expected {expected} at character {token.position}, received {token}."
        raise FilterError(msg, position=token.position)

    def whole(self) -> Filter:
        tree = self.either()
        if self.now.kind != "end":
            self.refuse("AND, OR or the end")
        return tree

    def either(self) -> Filter:
        terms = [self.both()]
        while self.take("keyword", "OR"):
            terms.append(self.both())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def both(self) -> Filter:
        """Words need no AND between them or beside a term: that is how people search."""
        terms = [self.negation()]
        while True:
            start = self.place
            if self.take("keyword", "AND"):
                terms.append(self.negation())
                continue
            if self.now.kind in {"end", "keyword"} or (self.now.kind == "sign" and self.now.text != "("):
                break
            after = self.negation()
            if not (isinstance(terms[-1], Word) or isinstance(after, Word)):
                self.place = start
                self.refuse("AND, OR or the end")
            terms.append(after)
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def negation(self) -> Filter:
        if not self.take("keyword", "NOT"):
            return self.term()
        self.deeper()
        term = Not(self.negation())
        self.depth -= 1
        return term

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            msg = f"filter: expected at most {MAX_DEPTH} levels of parentheses and NOT."
            raise FilterError(msg, position=self.now.position)

    def term(self) -> Filter:
        if self.take("sign", "("):
            self.deeper()
            tree = self.either()
            if not self.take("sign", ")"):
                self.refuse("AND, OR or )")
            self.depth -= 1
            return tree
        self.count()
        token = self.take("word") or self.take("text") or self.take("number")
        if token is None:
            self.refuse("a name, a word or (")
        best = self.at_best(token)
        if not self.tested():
            if best is not None:
                self.refuse(f"an operator after {best}")
            return self.alone(token)
        if token.kind != "word":
            msg = f"filter: expected a name before the operator, received {token}. Quote names with backticks."
            raise FilterError(msg, position=token.position)
        return self.test(*name_of(token)) if best is None else self.test(best, "")

    def only_name(self) -> Name | None:
        """Return the column when the text names one and nothing else follows."""
        token = self.take("word")
        if token is None:
            return None
        name = self.at_best(token) or name_of(token)[0]
        return name if self.now.kind == "end" else None

    def at_best(self, token: Token) -> Name | None:
        """Read the parentheses of `metric.A.at_min(B)`; `None` when the word is none that has any."""
        prefix, dot, key = token.text.partition(".")
        stem, _, last = key.rpartition(".")
        is_metric = token.kind == "word" and dot and PREFIXES.get(prefix.lower()) == "metric"
        sealed = token.sealed > len(token.text) - len(last) - 1
        if not (is_metric and stem and last in ELSEWHERE) or sealed or not self.take("sign", "("):
            return None
        other = self.take("word") or self.take("text") or self.take("number")
        if other is None or not other.text:
            self.refuse(f"a series, such as loss, after {last}(")
        if not self.take("sign", ")"):
            self.refuse(") after the series")
        return Name("metric", stem, last, token.position, other.text)

    def count(self) -> None:
        self.terms += 1
        if self.terms > MAX_TERMS:
            msg = f"filter: expected at most {MAX_TERMS} terms and values."
            raise FilterError(msg, position=self.now.position)

    def tested(self) -> bool:
        """Tell whether a test follows the name just read."""
        token = self.now
        if token.kind == "keyword" and token.text == "NOT":
            return self.found[self.place + 1].text in _NEGATABLE
        return token.text in _COMPARISONS if token.kind == "sign" else token.text in {*_NEGATABLE, "IS"}

    def alone(self, token: Token) -> Filter:
        prefix, dot, _ = token.text.partition(".")
        kind = PREFIXES.get(prefix.lower()) if dot and token.kind == "word" else None
        if kind == "tag" or (kind == "attr" and token.text.rpartition(".")[2].lower() in TRUTHS):
            return Compare(name_of(token)[0], "=", True)
        if kind:
            self.refuse(f"an operator after {token}")
        return Word(token.text)

    def test(self, name: Name, written: str) -> Filter:
        negated = self.take("keyword", "NOT") is not None
        if sign := self.take("sign", *_COMPARISONS):
            return self.comparison(name, written, sign)
        if like := self.take("keyword", "LIKE", "ILIKE"):
            return self.like(name, fold=like.text == "ILIKE", negated=negated)
        if self.take("keyword", "IN"):
            return self.membership(name, written, negated=negated)
        if self.take("keyword", "BETWEEN"):
            return self.between(name, written, negated=negated)
        self.take("keyword", "IS")
        negated = self.take("keyword", "NOT") is not None
        if not self.take("keyword", "NULL"):
            self.refuse("NULL or NOT NULL after IS")
        return Null(name, negated)

    def comparison(self, name: Name, written: str, sign: Token) -> Filter:
        position = self.now.position
        value = self.value(name, written)
        if isinstance(value, bool) and sign.text not in {"=", "!="}:
            msg = f"filter: expected = or != before {str(value).lower()}, received {sign.text!r}."
            raise FilterError(msg, position=position)
        return Compare(name, sign.text, value)

    def between(self, name: Name, written: str, *, negated: bool) -> Filter:
        """Both ends count; a missing value is neither between two others nor outside them."""
        ends = []
        for expected in ("a number or a text after BETWEEN", "a number or a text after AND"):
            if self.now.text in {"TRUE", "FALSE"} and self.now.kind == "keyword":
                self.refuse(expected)
            ends.append(self.value(name, written))
            if len(ends) == 1 and not self.take("keyword", "AND"):
                self.refuse("AND and the other end of BETWEEN")
        self.count()
        if negated:
            return Or((Compare(name, "<", ends[0]), Compare(name, ">", ends[1])))
        return And((Compare(name, ">=", ends[0]), Compare(name, "<=", ends[1])))

    def like(self, name: Name, *, fold: bool, negated: bool) -> Filter:
        if name.kind == "metric" or (name.kind == "attr" and name.key in NUMBERS):
            msg = f"filter: {name} is a number, and LIKE looks at text. Use < <= = >= > or IN."
            raise FilterError(msg, position=name.position)
        pattern = self.take("text") or self.take("word") or self.take("number")
        if pattern is None:
            self.refuse("a text such as '%resnet%' after LIKE")
        return Like(name, pattern.text, fold, negated)

    def membership(self, name: Name, written: str, *, negated: bool) -> Filter:
        if not self.take("sign", "("):
            self.refuse("( after IN")
        values = [self.value(name, written)]
        while self.take("sign", ","):
            self.count()
            values.append(self.value(name, written))
        if not self.take("sign", ")"):
            self.refuse(", or ) after a value of IN")
        return In(name, tuple(values), negated)

    def value(self, name: Name, written: str) -> Value:
        token = self.now
        literal: Value
        if self.take("number"):
            literal = float(token.text)
            if math.isinf(literal):
                msg = f"filter: {token} is larger than a float64 holds. Write 'inf' for infinity."
                raise FilterError(msg, position=token.position)
            literal += 0.0  # one zero, not two
        elif self.take("keyword", "TRUE", "FALSE"):
            literal = token.text == "TRUE"
        elif self.take("text") or self.take("word"):
            literal = token.text
        elif token.text == "NULL":
            self.refuse("a value (write IS NULL to ask for missing values)")
        else:
            self.refuse("a number, a text or true or false")
        return _meant(name, written, literal, token)


def _meant(name: Name, written: str, literal: Value, token: Token) -> Value:
    """Return a literal as the attribute stores it: times as seconds, states in lower case."""
    if name.kind != "attr":
        return literal
    if name.key == "state" and isinstance(literal, str):
        return literal.lower()
    if name.key in TIMES and isinstance(literal, str):
        return _seconds(literal, token)
    if written in _MILLISECONDS and isinstance(literal, float):
        return literal / 1000
    return literal


def _seconds(text: str, token: Token) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"filter: expected a date such as '2026-11-20' or '2026-11-20T18:30', or UTC seconds, received {token}."
        raise FilterError(msg, position=token.position) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
