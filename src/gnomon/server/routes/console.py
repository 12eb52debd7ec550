"""The console of one run: what its processes printed."""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gnomon.core.terminal import bare
from gnomon.server.context import answer, context
from gnomon.server.downloads import disposition
from gnomon.server.operation import Operation, read_query
from gnomon.server.wire_console import ConsolePage, ConsoleRow, OpenRow
from gnomon.store.console import MAX_QUERY, ConsoleStore, Search
from gnomon.store.console_page import read_page

MAX_LINES: Final = 10_000
MAX_FOUND: Final = 100_000
_PIECE: Final = 5_000


class ConsoleRange(Struct):
    """Parameters of a console.

    Without a search, lines from number `first` on; with `q` or `stream`, matches from number `first` on, `offset` of them
    left out. `newest` returns the last `limit` of them. `numbers` adds the numbers of all matches.
    """

    first: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=0, le=MAX_LINES)] = 1000
    offset: Annotated[int, Meta(ge=0)] = 0
    newest: bool = False
    q: Annotated[str, Meta(max_length=MAX_QUERY)] = ""
    regex: bool = False
    case: bool = False
    stream: Annotated[int, Meta(ge=0, le=2)] | None = None
    numbers: bool = False


def read_console(request: Request) -> Response:
    """Return lines of the console of a run, all or those that a search wants."""
    asked = read_query(request, ConsoleRange)
    home = context(request).home
    cursor = home.bus.cursor()  # before reading, so that live frames from here on leave nothing out
    run = home.catalog.run(request.path_params["run"]).id
    search = Search(asked.q, asked.regex, asked.case, asked.stream)
    found = read_page(
        home.engine.console, run, search, asked.first, asked.limit, offset=asked.offset, newest=asked.newest
    )
    page = ConsolePage(
        total=found.info.total,
        matched=len(found.numbers),
        errors=found.info.errors,
        first_error=found.info.first_error,
        lines=[ConsoleRow(n=n, time=line.us / 1e6, stream=line.stream, text=line.text) for n, line in found.lines],
        open=[OpenRow(time=line.us / 1e6, stream=line.stream, text=line.text) for line in found.info.open],
        more=found.more and not asked.newest,
        cursor=cursor,
    )
    if asked.numbers and search != Search():
        page.found = list(found.numbers[:MAX_FOUND])
    return answer(page)


def download_console(request: Request) -> Response:
    """Return the whole console as plain text, colours taken off, open lines last."""
    home = context(request).home
    info = home.catalog.run(request.path_params["run"])
    headers = {"content-disposition": disposition(f"{info.name}-console.txt")}
    return StreamingResponse(_text(home.engine.console, info.id), media_type="text/plain", headers=headers)


def _text(console: ConsoleStore, run: str) -> Iterator[str]:
    first = 0
    while lines := console.lines(run, first, _PIECE):
        yield "".join(f"{bare(line.text)}\n" for line in lines)
        first += len(lines)
    yield "".join(f"{bare(line.text)}\n" for line in console.info(run).open)


OPERATIONS = (
    Operation("GET", "/api/v1/runs/{run}/console", read_console, "console", ConsolePage, ConsoleRange),
    Operation("GET", "/api/v1/runs/{run}/console.txt", download_console, "console", str, media_out=("text/plain",)),
)
