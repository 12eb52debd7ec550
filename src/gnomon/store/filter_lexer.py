"""Turns the text of a filter into words, numbers, texts and signs, each with its place."""

import re
from dataclasses import dataclass
from typing import Final

from gnomon.core.errors import FilterError
from gnomon.store.filter import KEYWORDS, MAX_CHARS, is_name_char

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,5})?", re.ASCII)
_SIGNS: Final = ("<=", ">=", "!=", "<>", "==", "=", "<", ">", "(", ")", ",")


@dataclass(frozen=True, slots=True)
class Token:
    """Hold one token.

    Args:
        kind: `word number text keyword sign end`.
        text: What it says, quotes taken off; upper case for a keyword, `=` for `==`, `!=` for `<>`.
        position: Where it begins in the filter.
        sealed: How many of the first characters of a word stood in quotes or before them, and are not split further.
    """

    kind: str
    text: str
    position: int
    sealed: int = 0

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text[:40])


def tokens(text: str) -> list[Token]:
    """Return the tokens of a filter, an `end` last.

    Raises:
        FilterError: It is too long, a quote is not closed, or a character means nothing here.
    """
    if len(text) > MAX_CHARS:
        msg = f"filter: expected at most {MAX_CHARS:,} characters, received {len(text):,}."
        raise FilterError(msg, position=MAX_CHARS)
    found: list[Token] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        token, place = _next(text, place)
        found.append(token)
    found.append(Token("end", "", len(text)))
    return found


def _next(text: str, place: int) -> tuple[Token, int]:
    char = text[place]
    if char in "'\"":
        said, end = _quoted(text, place)
        return Token("text", said, place), end
    if char == "`" or is_name_char(char):
        return _word(text, place)
    for sign in _SIGNS:
        if text.startswith(sign, place):
            return Token("sign", {"==": "=", "<>": "!="}.get(sign, sign), place), place + len(sign)
    remedy = {"&": "Write AND.", "|": "Write OR.", "!": "Write NOT.", "*": "Use LIKE with %."}.get(char, "Quote it.")
    msg = f"filter: expected a name, a value or an operator at character {place}, received {char!r}. {remedy}"
    raise FilterError(msg, position=place)


def _word(text: str, start: int) -> tuple[Token, int]:
    """Read a run of name characters; after a dot, and at the beginning, a part of it may stand in quotes."""
    said: list[str] = []
    length = sealed = 0
    place = start
    while place < len(text):
        char = text[place]
        if char == "`" or (char == '"' and said and said[-1] == "."):
            part, place = _quoted(text, place)
            said.append(part)
            length += len(part)
            sealed = length
        elif is_name_char(char):
            said.append(char)
            length += 1
            place += 1
        else:
            break
    word = "".join(said)
    if not sealed and _NUMBER.fullmatch(word):
        return Token("number", word, start), place
    if not sealed and word.upper() in KEYWORDS:
        return Token("keyword", word.upper(), start), place
    return Token("word", word, start, sealed), place


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Return what stands in quotes and the place after them; a quote inside is written twice."""
    quote = text[start]
    parts: list[str] = []
    place = start + 1
    while (end := text.find(quote, place)) >= 0:
        parts.append(text[place:end])
        if not text.startswith(quote, end + 1):
            return "".join(parts), end + 1
        parts.append(quote)
        place = end + 2
    msg = f"filter: the {quote} at character {start} is not closed. Write a {quote} inside a quoted text twice."
    raise FilterError(msg, position=start)
