"""What travels when somebody looks for a run."""

from gnomon.server.wire import RunRow, Wire


class SearchQuery(Wire, forbid_unknown_fields=True):
    """Look for runs by words of their name or the beginning of their id; those of `project` come first among equals."""

    q: str = ""
    project: str | None = None
    limit: int = 20


class RunsFound(Wire):
    """The likeliest runs, in order; `matched` counts all that fit. Without a text the newest, and `matched` is 0."""

    matched: int
    runs: list[RunRow]
