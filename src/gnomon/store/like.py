"""LIKE patterns: `%` stands for any characters, `_` for exactly one. Linear in the text, whatever the pattern."""

import re
from collections.abc import Callable
from typing import Final

_SHORT: Final = 100
"""Up to here searching a shape is quicker than following the automaton, and its worst case is bearable."""

Matcher = Callable[[str], bool]


def like(pattern: str, *, fold: bool = False) -> Matcher:
    """Return a function that tells whether a whole text fits a pattern.

    Args:
        pattern: Text in which `%` and `_` are wildcards.
        fold: Ignore case; the function then expects text whose case is folded already.

    Example:
        >>> [like("val%_1")(text) for text in ("val/acc-1", "val1")]
        [True, False]
    """
    if fold:
        pattern = pattern.casefold()
    if "_" not in pattern:
        return _pieces(pattern)
    return _shapes(pattern) if len(pattern) <= _SHORT else _automaton(pattern)


def _pieces(pattern: str) -> Matcher:
    """Without `_`, the pieces between the `%` must follow one another: the leftmost place of each is the best."""
    head, *rest = pattern.split("%")
    if not rest:
        return pattern.__eq__
    *middle, tail = rest
    middle = [piece for piece in middle if piece]
    if not head and not tail and len(middle) == 1:  # what people type: as quick as `in`
        return lambda text: middle[0] in text

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


def _shapes(pattern: str) -> Matcher:
    """With a few `_`, each piece is a fixed shape; a regular expression without repetition has no way to go back."""

    def shape(piece: str) -> re.Pattern[str]:
        return re.compile("".join("." if char == "_" else re.escape(char) for char in piece), re.DOTALL)

    head, *rest = pattern.split("%")
    first = shape(head)
    if not rest:
        return lambda text: first.fullmatch(text) is not None
    middle = [shape(piece) for piece in rest[:-1] if piece]
    last, size = shape(rest[-1]), len(rest[-1])
    if not middle and not size:
        return lambda text: first.match(text) is not None

    def fits(text: str) -> bool:
        end = len(text) - size
        found = first.match(text)
        if found is None or found.end() > end or last.match(text, end) is None:
            return False
        place = found.end()
        for piece in middle:
            found = piece.search(text, place, end)
            if found is None:
                return False
            place = found.end()
        return True

    return fits


def _automaton(pattern: str) -> Matcher:
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
