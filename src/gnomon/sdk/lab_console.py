"""The console of a run, read back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gnomon.core.errors import InputError
from gnomon.core.terminal import bare
from gnomon.store.console import Search

if TYPE_CHECKING:
    from gnomon.sdk.lab_backend import Backend

PAGE: Final = 10_000
_STREAMS: Final = {"out": 0, "err": 1, None: None}


@dataclass(frozen=True, slots=True)
class ConsoleEntry:
    """Hold one line.

    Args:
        n: Its number, from 0.
        time: When it ended, UTC seconds.
        stream: `out`, `err`, or `gnomon` for our own words.
        text: What a terminal shows of it; colours are in it as escape sequences.
    """

    n: int
    time: float
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class ConsolePart:
    """Hold some lines and what is known of all.

    Args:
        total: Lines that have ended.
        matched: Lines that the search wants.
        first_error: Number of the first line of stderr that looks like an error.
        lines: As asked for.
        open: Lines that are still written, such as progress bars.
    """

    total: int
    matched: int
    first_error: int | None
    lines: list[ConsoleEntry]
    open: list[str]


class ConsoleReader:
    """Read the console of one run; `str()` is all of it as plain text.

    Args:
        backend: Where the run is.
        run: Its id.
        search: Which lines are wanted.
    """

    def __init__(self, backend: "Backend", run: str, search: Search) -> None:
        self._backend, self._run, self._search = backend, run, search

    def __repr__(self) -> str:
        part = self.read(0, 0)
        return f"<console of run {self._run}: {part.matched} of {part.total} lines>"

    def __len__(self) -> int:
        return self.read(0, 0).matched

    def __iter__(self) -> Iterator[ConsoleEntry]:
        first = 0
        while lines := self.read(first).lines:
            yield from lines
            first = lines[-1].n + 1

    def __str__(self) -> str:
        return "\n".join(bare(line.text) for line in self)

    @property
    def first_error(self) -> int | None:
        """Number of the first line of stderr that looks like an error; `None` when none does."""
        return self.read(0, 0).first_error

    @property
    def open(self) -> list[str]:
        """Lines that are still written, such as a progress bar."""
        return self.read(0, 0).open

    def tail(self, count: int = 50) -> list[ConsoleEntry]:
        """Return the last lines."""
        return self.read(0, min(count, PAGE), newest=True).lines

    def read(self, first: int = 0, limit: int = PAGE, *, newest: bool = False) -> ConsolePart:
        """Return at most `limit` lines from number `first` on, or the newest ones."""
        return self._backend.console(self._run, self._search, first, limit, newest=newest)


def search_of(text: str, *, regex: bool, case: bool, stream: str | None) -> Search:
    """Return a search.

    Raises:
        InputError: `stream` is none.
    """
    if stream not in _STREAMS:
        msg = f"stream: expected out or err, received {stream!r:.40}."
        raise InputError(msg, field="stream")
    return Search(text, regex, case, _STREAMS[stream])


def stream_name(number: int) -> str:
    """Return what a stream is called.

    Example:
        >>> [stream_name(n) for n in range(3)]
        ['out', 'err', 'gnomon']
    """
    return ("out", "err", "gnomon")[number]
