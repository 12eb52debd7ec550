"""Consoles in the memory engine: plain lists, the oracle of the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gnomon.core.batch import Int64
from gnomon.store.console import ConsoleInfo, ConsoleLine, Open, Search, Told, advance, looks_like_error
from gnomon.store.console_search import check_search, find_regex, find_text


@dataclass(slots=True)
class Printed:
    """Hold the console of one run."""

    ended: list[ConsoleLine] = field(default_factory=list)
    still: Open = field(default_factory=dict)

    def add(self, told: Sequence[Told]) -> None:
        """Take what was printed."""
        self.ended += advance(self.still, told)


class MemoryConsole:
    """Read consoles.

    Args:
        printed: Returns the console of a run, or raises `NotFoundError`.
    """

    def __init__(self, printed: Callable[[str], Printed]) -> None:
        self._printed = printed

    def info(self, run: str) -> ConsoleInfo:
        printed = self._printed(run)
        first = next((n for n, line in enumerate(printed.ended) if looks_like_error(line)), None)
        errors = sum(line.stream == 1 for line in printed.ended)
        still = sorted(printed.still.items(), key=lambda item: (item[1].us, item[0]))
        return ConsoleInfo(len(printed.ended), errors, first, tuple(line for _, line in still))

    def lines(self, run: str, first: int = 0, limit: int = 1000) -> list[ConsoleLine]:
        return self._printed(run).ended[first : first + limit]

    def pick(self, run: str, numbers: Sequence[int]) -> list[ConsoleLine]:
        ended = self._printed(run).ended
        return [ended[n] for n in numbers]

    def find(self, run: str, search: Search) -> Int64:
        check_search(search)
        lines = self._printed(run).ended
        if not lines:
            return np.empty(0, np.int64)
        texts = ["\n".join(line.text for line in lines)]
        found = np.arange(len(lines))
        if search.text:
            found = find_regex(texts, search) if search.regex else find_text(texts, search)
        return found[[search.stream in (None, lines[n].stream) for n in found.tolist()]]
