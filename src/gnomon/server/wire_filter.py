"""What travels about a filter that is being written."""

from gnomon.server.wire import Wire


class CompleteQuery(Wire):
    """Ask what may be written at character `at` of a filter (its end, unless told)."""

    text: str = ""
    at: int | None = None
    project: str | None = None
    limit: int = 50


class CompletionOption(Wire):
    """What may stand there: `kind` is `attribute config metric tag statistic operator value keyword`."""

    text: str
    kind: str
    detail: str


class FilterProblem(Wire):
    """Why a filter does not parse, and at which character."""

    detail: str
    position: int


class Completion(Wire, rename={"start": "from", "end": "to"}):
    """Options replace the characters from `from` to `to`; `problem` says what is wrong with the whole filter."""

    start: int
    end: int
    options: list[CompletionOption]
    problem: FilterProblem | None
