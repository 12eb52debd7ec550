"""LIKE patterns: `%` stands for any characters, `_` for exactly one. Linear in the text, whatever the pattern."""

from collections.abc import Callable

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
    return _automaton(pattern) if "_" in pattern else _pieces(pattern)


def _pieces(pattern: str) -> Matcher:
    """Without `_`, the pieces between the `%` must follow one another: the leftmost place of each is the best."""
    head, *rest = pattern.split("%")
    if not rest:
        return pattern.__eq__
    *middle, tail = rest
    middle = [piece for piece in middle if piece]

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
