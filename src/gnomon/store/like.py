"""LIKE patterns: `%` stands for any characters, `_` for exactly one. Linear in the text, whatever the pattern."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

import numpy as np

from gnomon.core.batch import Int64
from gnomon.store.order import Mask

_SHORT: Final = 100
"""Up to here a regular expression is quicker than following the automaton, and its worst case is bearable."""


class Sheet(list[str]):
    """Hold texts that are searched as one: what that takes is made once, however many patterns ask."""

    @cached_property
    def joined(self) -> str:
        """The texts, with a NUL before and after each."""
        return "\0".join(["", *self, ""])

    @cached_property
    def is_plain(self) -> bool:
        """Whether no text holds a NUL itself."""
        return self.joined.count("\0") <= len(self) + 1

    @cached_property
    def ends(self) -> Int64:
        """Where each text ends in `joined`: the place of the NUL after it."""
        return np.cumsum(np.fromiter(map(len, self), np.int64, len(self)) + 1)


Matcher = Callable[[Sequence[str]], Mask]
"""Tells which of some texts fit."""


def like(pattern: str, *, fold: bool = False) -> Matcher:
    """Return a function that tells which whole texts fit a pattern.

    Args:
        pattern: Text in which `%` and `_` are wildcards.
        fold: Ignore case; the function then expects texts whose case is folded already.

    Example:
        >>> like("val%_1")(["val/acc-1", "val1"]).tolist()
        [True, False]
    """
    if fold:
        pattern = pattern.casefold()
    one_by_one = each(_automaton(pattern) if "_" in pattern else _pieces(pattern))
    # a NUL in the pattern would be taken for one between two texts
    return one_by_one if len(pattern) > _SHORT or "\0" in pattern else _side_by_side(_expression(pattern), one_by_one)


def containing(needle: str) -> Matcher:
    """Return a function that tells which texts contain `needle`."""
    one_by_one = each(lambda text: needle in text)
    return one_by_one if "\0" in needle else _side_by_side(re.escape(needle) + _REST, one_by_one)


def each(fits: Callable[[str], bool]) -> Matcher:
    """Return a function that asks `fits` of one text after the other."""
    return lambda texts: np.fromiter(map(fits, texts), np.bool_, len(texts))


_ANY: Final = "[^\0]"
_REST: Final = "[^\0]*"


def _side_by_side(expression: str, one_by_one: Matcher) -> Matcher:
    """Return a function that searches all texts as one, with a NUL before and after each: a call for each costs more.

    Args:
        expression: Finds each text that fits once, beginning in it or at the NUL in front of it.
        one_by_one: Answers when a text holds a NUL itself.
    """
    search = re.compile(expression)

    def fits(texts: Sequence[str]) -> Mask:
        sheet = texts if isinstance(texts, Sheet) else Sheet(texts)
        if not sheet.is_plain:
            return one_by_one(texts)
        found = np.zeros(len(texts) + 1, np.bool_)  # the last NUL begins nothing
        hits = [hit.start() for hit in search.finditer(sheet.joined)]
        found[np.searchsorted(sheet.ends, hits, "right")] = True
        return found[:-1]

    return fits


def _expression(pattern: str) -> str:
    """Return a regular expression that never gives up what it found: the leftmost place of each piece is the best."""
    head, *rest = (re.sub("_", _ANY, re.escape(piece)) for piece in pattern.split("%"))
    if not rest:
        return f"\0{head}(?=\0)"
    *middle, tail = rest
    middle = [piece for piece in middle if piece]
    if not head and not tail and len(middle) == 1:
        return middle[0] + _REST
    return f"\0{head}" + "".join(f"(?>{_REST}?{piece})" for piece in middle) + (f"{_REST}{tail}(?=\0)" if tail else "")


def _pieces(pattern: str) -> Callable[[str], bool]:
    """Without `_`, the pieces between the `%` must follow one another: the leftmost place of each is the best."""
    head, *rest = pattern.split("%")
    if not rest:
        return pattern.__eq__
    *middle, tail = rest

    def fits(text: str) -> bool:
        end = len(text) - len(tail)
        place = len(head)
        if place > end or not text.startswith(head) or not text.endswith(tail):
            return False
        for piece in middle:
            place = text.find(piece, place, end)
            if place < 0:
                return False
            place += len(piece)
        return True

    return fits


def _automaton(pattern: str) -> Callable[[str], bool]:
    """Follow all ways to match at once, one bit each, so that no text makes it go back.

    Bit i of the state says that the first i characters of the pattern (`%` left out) match what was read; `_` is in
    the mask of every character; a `%` after character i lets bit i stay.
    Source: Baeza-Yates and Gonnet, A new approach to text searching, 1992 (shift-and with wild cards).
    """
    masks: dict[str, int] = {}
    anything = stays = place = 0
    for char in pattern:
        if char == "%":
            stays |= 1 << place
            continue
        if char == "_":
            anything |= 1 << place
        else:
            masks[char] = masks.get(char, 0) | 1 << place
        place += 1
    masks = {char: mask | anything for char, mask in masks.items()}
    accepts = 1 << place
    open_end = stays & accepts
    wanted = [piece for piece in pattern.replace("_", "%").split("%") if piece]

    def fits(text: str) -> bool:
        if not all(piece in text for piece in wanted):  # most texts end here, at the speed of `in`
            return False
        state = 1
        for char in text:
            state = (state & masks.get(char, anything)) << 1 | state & stays
            if not state:
                return False
            if state & open_end:
                return True
        return bool(state & accepts)

    return fits
