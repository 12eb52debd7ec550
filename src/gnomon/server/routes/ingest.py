"""Lines that anybody can write, from any language: one POST stores them and makes project and run."""

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from gnomon.core.errors import GnomonError
from gnomon.server.body import inflate, read_body
from gnomon.server.context import Context, answer
from gnomon.server.errors import describe, problem, respond
from gnomon.server.operation import Operation
from gnomon.server.rules import INGEST_TYPES
from gnomon.server.wire import Ingested, IngestLine, Problem


class IngestRoute:
    """A plain ASGI handler: this route is asked thousands of times a second.

    Args:
        context: Parts of the app.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            body = inflate(await read_body(receive), headers.get("content-encoding", ""))
            given = headers.get("content-type", "").partition(";")[0].strip().lower()
            # The guard lets a form type pass only from tools such as curl, which call any data a form.
            done = await self._context.intake.store(body, given if given in INGEST_TYPES else INGEST_TYPES[0])
        except GnomonError as error:
            await respond(describe(error))(scope, receive, send)
            return
        self._context.metrics.ingest_lines += done.accepted
        self._context.metrics.ingest_refused += len(done.errors)
        response = answer(done) if done.accepted or not done.errors else respond(_nothing(done))
        await response(scope, receive, send)


def _nothing(done: Ingested) -> Problem:
    first = done.errors[0]
    return problem(400, first.detail, field=first.field or None, hint=first.hint or None, errors=done.errors[:100])


def operation(context: Context) -> Operation:
    """Return the route; it needs its context at hand, where the others look it up for each request."""
    lines = IngestLine | list[IngestLine]
    return Operation(
        "POST", "/api/v1/ingest", IngestRoute(context), "ingest", Ingested, body=lines, media_in=INGEST_TYPES[1:]
    )
