"""The console of a run: lines numbered from 0 as they ended, and the open ones that its streams still write."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gnomon.core.batch import Console, Int64
from gnomon.core.terminal import Line, bare

MAX_QUERY: Final = 1000
"""Characters of a search."""

_ERROR: Final = re.compile(
    r"Traceback \(most recent call last\)|^\s*(?:[\w.]+\.)?\w*(?:Error|Exception|Interrupt)\b(?::|$)"
    r"|\b(?:ERROR|FATAL|CRITICAL|PANIC)\b|\b(?:fatal|error|panicked at)\b\s?[:\[]|^Segmentation fault|^Killed\b|core dumped"
)


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """Hold one line.

    Args:
        us: When it ended (an open one: when it was last written to), in microseconds since 1970.
        stream: 0 out, 1 err, 2 a word of gnomon's own.
        text: What a terminal shows of it, colours included; no line feed.
    """

    us: int
    stream: int
    text: str


@dataclass(frozen=True, slots=True)
class ConsoleInfo:
    """Sum up a console.

    Args:
        total: Lines that have ended.
        errors: How many of them came from stderr.
        first_error: Number of the first line of stderr that looks like an error; `None` when none does.
        open: Lines that are still written.
    """

    total: int = 0
    errors: int = 0
    first_error: int | None = None
    open: tuple[ConsoleLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """Say which lines are wanted; colours are never looked at.

    Args:
        text: What they contain; nothing: all.
        regex: `text` is a regular expression of Python's.
        case: Upper and lower case differ.
        stream: Of this stream only.
    """

    text: str = ""
    regex: bool = False
    case: bool = False
    stream: int | None = None


class ConsoleStore(Protocol):
    """Where the consoles of all runs are read."""

    def info(self, run: str) -> ConsoleInfo:
        """Sum up the console of a run; one that printed nothing has no lines.

        Raises:
            NotFoundError: There is no such run.
        """
        ...

    def lines(self, run: str, first: int = 0, limit: int = 1000) -> list[ConsoleLine]:
        """Return lines from number `first` on."""
        ...

    def pick(self, run: str, numbers: Sequence[int]) -> list[ConsoleLine]:
        """Return the lines of these numbers, which ascend and are there."""
        ...

    def find(self, run: str, search: Search) -> Int64:
        """Return the numbers of the lines that a search wants, ascending.

        Raises:
            InputError: It is too long, no regular expression, or one that takes too long.
        """
        ...


Open = dict[tuple[str, int], ConsoleLine]
"""The open lines by writer and stream."""

Told = tuple[str, Console] | None
"""A piece and its writer; nothing: the run ended, and so do its lines."""


def advance(still: Open, told: Iterable[Told]) -> list[ConsoleLine]:
    r"""Return the lines that end with what was told; `still` is brought up to date.

    Example:
        >>> still: Open = {}
        >>> [line.text for line in advance(still, [("w", Console(1, 0, "a\nb")), ("w", Console(2, 1, "!"))])]
        ['a']
        >>> [line.text for line in advance(still, [("w", Console(3, 0, "c\n")), None])]
        ['bc', '!']
    """
    ended: list[ConsoleLine] = []
    for item in told:
        if item is None:
            ended += [line for line in still.values() if line.text]
            still.clear()
            continue
        writer, piece = item
        before = still.pop((writer, piece.stream), None)
        line = Line(before.text if before else "")
        ended += [ConsoleLine(piece.us, piece.stream, text) for text in line.feed(piece.text)]
        if line.text:
            still[writer, piece.stream] = ConsoleLine(piece.us, piece.stream, line.text)
    return ended


def looks_like_error(line: ConsoleLine) -> bool:
    """Tell whether a line of stderr says that something went wrong.

    Example:
        >>> looks_like_error(ConsoleLine(0, 1, "ValueError: no data")), looks_like_error(ConsoleLine(0, 1, "epoch 1"))
        (True, False)
    """
    return line.stream == 1 and _ERROR.search(bare(line.text[:2000])) is not None
