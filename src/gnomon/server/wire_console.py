"""What travels about consoles, as types."""

import msgspec

from gnomon.server.wire import Wire


class ConsoleRow(Wire):
    """One line: its number (from 0), when it ended in UTC seconds, 0 for stdout, 1 for stderr, 2 for gnomon's own words.

    Colours are in `text` as escape sequences; other control characters may be in it too.
    """

    n: int
    time: float
    stream: int
    text: str


class OpenRow(Wire):
    """One line that is still written, such as a progress bar; it has no number yet."""

    time: float
    stream: int
    text: str


class ConsolePage(Wire):
    """Some lines of a console.

    `total` counts all that have ended, `matched` those that the search wants, `errors` those of stderr; `first_error` is
    the number of the first of these that looks like one. `found` are the numbers of matches, at most 100,000.
    """

    total: int
    matched: int
    errors: int
    first_error: int | None
    lines: list[ConsoleRow]
    open: list[OpenRow]
    more: bool
    cursor: str
    found: list[int] | msgspec.UnsetType = msgspec.UNSET
