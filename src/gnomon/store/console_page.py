"""A page of a console: some lines of all, or of those that a search wants."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from gnomon.store.console import ConsoleInfo, ConsoleLine, ConsoleStore, Search


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """Hold some lines and what is known of all.

    Args:
        info: Of the whole console.
        numbers: Of every line that is wanted.
        lines: Those of the page, each with its number.
    """

    info: ConsoleInfo
    numbers: Sequence[int]
    lines: list[tuple[int, ConsoleLine]]

    @property
    def more(self) -> bool:
        """Whether wanted lines come after these."""
        return bool(self.lines) and self.lines[-1][0] != self.numbers[-1]


def read_page(
    console: ConsoleStore, run: str, search: Search, first: int, limit: int, *, offset: int = 0, newest: bool = False
) -> ConsolePage:
    """Return wanted lines from number `first` on, `offset` of them left out, or the `newest` ones.

    Raises:
        NotFoundError: There is no such run.
        InputError: The search is refused.
    """
    is_all = search == Search()
    found = [] if is_all else console.find(run, search).tolist()
    info = console.info(run)
    numbers: Sequence[int] = range(info.total) if is_all else found
    start = max(0, len(numbers) - limit) if newest else bisect_left(numbers, first) + offset
    chosen = numbers[start : start + limit]
    lines = console.lines(run, start, len(chosen)) if is_all else console.pick(run, chosen)
    return ConsolePage(info, numbers, list(zip(chosen, lines, strict=False)))
