"""What a run has gained since a mark, from a history that is kept as it came."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gnomon.core.batch import Frame, Rewind
from gnomon.store.console import ConsoleStore
from gnomon.store.engine import Feed, Mark, RecordInfo

MOST_VALUES: Final = 500_000
MOST_RECORDS: Final = 256
MOST_LINES: Final = 10_000
"""In one feed."""

Told = Frame | RecordInfo | Rewind


def feed_of(history: Sequence[Told], mark: Mark) -> Feed:
    """Return a piece of a history that is kept as it came."""
    taken: list[Told] = []
    rows, record, rewinds, values, records, seen = 0, 0, 0, 0, 0, 0
    for item in history:
        seen += 1
        match item:
            case Frame():
                known = max(0, mark.rows - rows)
                rows += len(item.step)
                if known < len(item.step):
                    taken.append(Frame(item.keys, item.step[known:], item.us[known:], item.values[:, known:]))
                    values += item.values.size
            case RecordInfo():
                record = item.id
                if record > mark.record:
                    taken.append(item)
                    records += 1
            case Rewind():
                rewinds += 1
                if rewinds > mark.rewinds:
                    taken.append(item)
        if values >= MOST_VALUES or records >= MOST_RECORDS:
            break
    left = sum(len(item.step) for item in history[seen:] if isinstance(item, Frame))
    return Feed(tuple(taken), Mark(rows, record, rewinds), left, has_more=seen < len(history))


def with_console(feed: Feed, console: ConsoleStore, run: str, mark: Mark) -> Feed:
    """Return a feed with the lines of the console that came after a mark."""
    lines = console.lines(run, mark.console, MOST_LINES + 1)
    kept = tuple(lines[:MOST_LINES])
    after = replace(feed.mark, console=mark.console + len(kept))
    return replace(feed, console=kept, mark=after, has_more=feed.has_more or len(lines) > len(kept))
