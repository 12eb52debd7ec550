"""From our errors to HTTP: the only file that knows both. Answers are problem+json with a hint."""

import logging
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import (
    BusyError,
    CodeError,
    ConflictError,
    CorruptError,
    ExpressionError,
    FilterError,
    ForbiddenError,
    GnomonError,
    InputError,
    LimitError,
    LockedError,
    MissingBlobError,
    MissingExtraError,
    NotFoundError,
    OffsetError,
    ShapeError,
    StoreError,
    UnavailableError,
    UserCodeError,
)
from gnomon.server.revisions import GraphRevisionError, RevisionError
from gnomon.server.wire import LineError, Problem

PROBLEM: Final = "application/problem+json"
_log = logging.getLogger("gnomon.server")

# The most specific class first; title and hint are what a person reads who has never seen this page.
_KINDS: Final[tuple[tuple[type[GnomonError], int, str, str], ...]] = (
    (FilterError, 400, "The filter does not parse", "Example: config.lr < 0.3 and metric.loss.last < 1"),
    (
        ExpressionError,
        400,
        "The expression does not parse",
        "Example: train/loss - ema(val/loss, 0.9). Operators between names stand between spaces; other names in `…`.",
    ),
    (OffsetError, 409, "The journal does not go on here", "Send again from the offset named in `expected`."),
    (
        MissingBlobError,
        409,
        "Files are missing",
        "PUT each of `missing` to /api/v1/blobs/{sha256}, then send it again.",
    ),
    (RevisionError, 412, "Somebody was faster", "Read it again, then repeat the change on what is there now."),
    (
        GraphRevisionError,
        409,
        "Somebody was faster",
        "Fetch the ops since your revision, apply them below yours, then send yours with the new `rev`.",
    ),
    (ConflictError, 409, "Not as things are now", "Look at how it is now; then ask again, or for something else."),
    (LimitError, 413, "Larger than accepted", "Send it in smaller pieces; docs/reference/http.md lists the limits."),
    (
        ShapeError,
        422,
        "Arrays do not fit",
        "Send values of the shape that is expected; of what is stored, ask for a slice that is there.",
    ),
    (
        UserCodeError,
        422,
        "The code raised an error",
        "The trace begins with the first line of the code; mend it there.",
    ),
    (ForbiddenError, 403, "Not allowed on this server", "The detail says how the server is told to allow it."),
    (CodeError, 400, "The code does not parse", "The graph is as it was; mend the line that is named."),
    (InputError, 400, "A value is not what it should be", "The detail says what was expected."),
    (NotFoundError, 404, "There is no such thing", "POST /api/v1/runs:query lists the runs of a project."),
    (MissingExtraError, 501, "An optional part is not installed", "Install the extra named in the detail."),
    (BusyError, 503, "More arrives than the disk can take", "Send the same again after Retry-After seconds."),
    (LockedError, 503, "Another process owns the home folder", "Close it, or talk to the server that runs there."),
    (CorruptError, 400, "Bytes that do not decode", "They were damaged on the way, or are not what they claim to be."),
    (UnavailableError, 503, "A server cannot be reached", "Look at its log and try again."),
    (StoreError, 507, "The store cannot write", "Free space in the home folder; `gnomon doctor` says more."),
)
_STATUS_TITLES: Final = {
    400: "The request is malformed",
    401: "A token is needed",
    403: "Refused",
    404: "There is no such page",
    405: "This address does not take that method",
    408: "The request took too long",
    413: "Larger than accepted",
    415: "This content type is not accepted here",
    416: "There is no such part",
    429: "Too many",
}


def problem(status: int, detail: str, *, title: str | None = None, **more: Any) -> Problem:
    """Return a problem; `more` are its optional fields."""
    return Problem(title=title or _STATUS_TITLES.get(status, "It did not work"), status=status, detail=detail, **more)


def respond(found: Problem, headers: dict[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    if found.status == 503:
        headers = {"Retry-After": "1", **(headers or {})}
    return Response(msgspec.json.encode(found), found.status, headers, PROBLEM)


def describe(error: GnomonError) -> Problem:
    """Return what a caller is told about an error raised on purpose."""
    status, title, hint = next(
        ((s, t, h) for kind, s, t, h in _KINDS if isinstance(error, kind)), (500, "It did not work", "See the log.")
    )
    return Problem(
        title=title,
        status=status,
        detail=str(error),
        field=getattr(error, "field", None) or None,
        position=getattr(error, "position", None),
        expected=getattr(error, "expected", None),
        missing=list(error.missing) if isinstance(error, MissingBlobError) else None,
        rev=error.rev if isinstance(error, GraphRevisionError) else None,
        line=(error.line or None) if isinstance(error, CodeError | UserCodeError) else None,
        column=(error.column or None) if isinstance(error, CodeError) else None,
        file=(error.file or None) if isinstance(error, UserCodeError) else None,
        trace=(error.trace or None) if isinstance(error, UserCodeError) else None,
        hint=hint,
    )


def line_error(index: int, error: Exception) -> LineError:
    """Return why one line of an ingest request was not stored."""
    if not isinstance(error, GnomonError):
        return LineError(index=index, field="", detail="It could not be stored.", hint="The server's log says why.")
    found = describe(error)
    return LineError(index=index, field=found.field or "", detail=found.detail, hint=found.hint or "")


def unexpected(error: Exception) -> Problem:
    """Return what a caller is told about an error nobody foresaw.

    What happened goes to the log and not to the caller: a trace names files and echoes values.
    """
    _log.error("unexpected error", exc_info=error)
    return problem(500, "The server met an error it did not expect; its log has the details.")


async def _known(_: Request, error: Exception) -> Response:
    assert isinstance(error, GnomonError)
    return respond(describe(error))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = "/openapi.json lists what this server understands."
    return respond(problem(error.status_code, detail), dict(error.headers or {}))


HANDLERS: Final = {GnomonError: _known, HTTPException: _http}
"""For Starlette: every error it meets becomes a problem. What is not listed here, the guard answers."""
