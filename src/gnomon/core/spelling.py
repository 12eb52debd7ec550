"""Texts that spell numbers, and texts that a spreadsheet would take for formulas."""

import math
from string import ascii_letters
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Beginnings that a spreadsheet may read as a formula, the last four being full-width forms."""

_NO_NUMBER: Final = frozenset(ascii_letters) - frozenset("nNiI")
"""How no number begins, which is soon told; `nan` and `inf` do with the others."""


def number_of(text: str) -> float:
    """Return the number that a text spells, NaN when it spells none.

    Example:
        >>> number_of("1e-3"), number_of("1_000"), number_of(" 2")
        (0.001, nan, nan)
    """
    if not text or text[0] in _NO_NUMBER or text[0].isspace() or text[-1].isspace() or "_" in text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan


def harmless(text: str) -> str:
    """Return a text for a cell of CSV, told to be text by a `'` in front where a spreadsheet would take it for a formula.

    Source: OWASP, CSV Injection.

    Example:
        >>> harmless("=1+1"), harmless("-3"), harmless("-3+1")
        ("'=1+1", '-3', "'-3+1")
    """
    return f"'{text}" if text.startswith(_FORMULA) and math.isnan(number_of(text)) else text
