"""Names that were probably meant."""

import difflib
from collections.abc import Iterable
from itertools import islice

_LOOKED_AT = 2_000
"""Comparing names costs tens of microseconds each; an error message is not worth more than this many."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` known names that look like `name`, the likest first.

    Example:
        >>> nearest("val/ac", ["train/loss", "val/acc"])
        ['val/acc']
    """
    return difflib.get_close_matches(name, list(islice(known, _LOOKED_AT)), n=count, cutoff=0.6)


def hint(name: str, known: Iterable[str]) -> str:
    """Return `Nearest: "a", "b".` to end an error message with, empty when nothing is near.

    Example:
        >>> hint("otter-1", ["brave-otter-1"])
        'Nearest: "brave-otter-1".'
    """
    found = ", ".join(f'"{each}"' for each in nearest(name, known))
    return f"Nearest: {found}." if found else ""
