"""Finding a run by what somebody remembers of it: parts of its name, or the beginning of its id."""

import re
from dataclasses import dataclass
from typing import Final

from gnomon.core.errors import InputError
from gnomon.store.engine import RunInfo
from gnomon.store.query import RunQuery
from gnomon.store.table import RunTable

MAX_CHARS: Final = 200
_AMONG: Final = 500
"""Newest runs of each kind of likeness that are ranked."""


@dataclass(frozen=True, slots=True)
class Found:
    """Answer a search.

    Args:
        matched: Runs whose name contains every word, or whose id begins so.
        runs: The likeliest of them, in order.
    """

    matched: int
    runs: list[RunInfo]


def search_runs(table: RunTable, text: str, near: str | None = None, limit: int = 20) -> Found:
    """Return runs whose name contains every word of a text, or whose id begins with it; archived ones too.

    First comes the run that is called exactly so, then those whose name begins so, then those in which every word
    begins a part of the name, then the rest; of equals those of the project `near`, then the newest.

    Args:
        table: The runs.
        text: Words; their order and case do not count.
        near: Project that somebody is looking at.
        limit: Runs at most.

    Raises:
        InputError: The text is too long.
    """
    if len(text) > MAX_CHARS:
        msg = f"q: expected at most {MAX_CHARS} characters, received {len(text)}."
        raise InputError(msg, field="q")
    text = " ".join(text.split())
    if not text:
        return Found(0, table.query(RunQuery(near, limit=limit)).runs)
    contains = " AND ".join(f"name ILIKE {_pattern(word, '%')}" for word in text.split())
    page = table.query(RunQuery(where=f"({contains}) OR id LIKE {_pattern(text, '')}", limit=_AMONG, archived=True))
    runs = page.runs
    if page.matched > len(runs):
        # Among very many the likeliest may be old: ask for those that begin so, and for those next to here.
        likely = RunQuery(where=f"name ILIKE {_pattern(text, '')}", limit=_AMONG, archived=True)
        runs = [*runs, *table.query(likely).runs]
        if near is not None:
            runs += table.query(RunQuery(near, contains, limit=_AMONG, archived=True)).runs
    unique = {run.id: run for run in runs}.values()
    ranked = sorted(unique, key=lambda run: (_unlikeness(text, run), run.project != near, -run.created_us))
    return Found(page.matched, ranked[:limit])


def _pattern(text: str, before: str) -> str:
    """Return a LIKE pattern as a literal; signs that are wildcards match themselves among others."""
    quoted = text.replace("'", "''")
    return f"'{before}{quoted}%'"


def _unlikeness(text: str, run: RunInfo) -> int:
    name, asked = run.name.casefold(), text.casefold()
    if asked in {name, run.id}:
        return 0
    if name.startswith(asked):
        return 1
    if all(re.search(rf"(?<![^\W_]){re.escape(word)}", name) for word in asked.split()):
        return 2
    return 3
