"""Tests of versions of models, any input tried, and what checkpoints say of one row."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.models.testing.report import KINDS
from gnomon.models.testing.row_told import told_rows
from gnomon.server.body import inflate
from gnomon.server.context import answer, context, read_json
from gnomon.server.operation import Operation, read_query
from gnomon.server.rules import NPY
from gnomon.server.wire_tests import (
    Checkpoints,
    CheckpointsPost,
    RunningTest,
    TestPost,
    TestRows,
    TestRowsQuery,
    TryPost,
    TryQuery,
    VersionTest,
    VersionTests,
)
from gnomon.server.wire_tests import Tried as TriedAnswer
from gnomon.store.documents import Document


async def post_test(request: Request) -> Response:
    """Test a version and keep the outcome with it; answers when that is done. Meanwhile the list tells how far it is."""
    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), TestPost)
    made = await context(request).tests.make(*_version(request), msgspec.structs.asdict(asked))
    return answer(_row(made), 201)


def list_tests(request: Request) -> Response:
    """Return the tests of a version, newest first, and those that are being made."""
    tests, running = context(request).tests.listed(*_version(request))
    rows = [msgspec.convert(each, RunningTest, from_attributes=True) for each in running]
    return answer(VersionTests(tests=[_row(each) for each in tests], running=rows))


def get_test(request: Request) -> Response:
    """Return a test."""
    return answer(_row(context(request).tests.get(*_version(request), _test(request))))


async def delete_test(request: Request) -> Response:
    """Stop a test that is being made; otherwise delete it, and what is kept of its rows."""
    tests = context(request).tests
    if not tests.stop(*_version(request), _test(request)):
        await asyncio.to_thread(tests.delete, *_version(request), _test(request))
    return Response(status_code=204)


async def get_rows(request: Request) -> Response:
    """Return rows of a test with what is true and what the version said: a cell of the confusion matrix, the worst …."""
    asked = msgspec.structs.asdict(read_query(request, TestRowsQuery))
    found, output, chosen, cells = await context(request).tests.rows(*_version(request), _test(request), asked)
    said = found.body["report"]["outputs"][output]
    rows = told_rows(chosen, said["task"], said["classes"], cells["rows"])
    return answer(msgspec.convert({"total": chosen.total, "columns": cells["columns"], "rows": rows}, TestRows))


async def try_one(request: Request) -> Response:
    """Say what a version makes of one input: a row of data, a picture that was uploaded or drawn, values, numbers."""
    # What reads requests to models is much to load for a server that nobody asks.
    from gnomon.server.serving.brought import read_brought  # noqa: PLC0415
    from gnomon.server.tried import Tried  # noqa: PLC0415

    body, kind = await request.body(), request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() in ("application/json", ""):
        asked, sent = read_json(body, request.headers.get("content-encoding", ""), TryPost), None
    else:
        query = read_query(request, TryQuery)
        asked = TryPost(saliency=query.saliency, output=query.output, class_=query.class_, invert=query.invert)
        sent = read_brought(kind, inflate(body, request.headers.get("content-encoding", "")))
    found = await Tried(context(request).tests).one(*_version(request), asked, sent)
    return answer(msgspec.convert(found, TriedAnswer))


async def try_checkpoints(request: Request) -> Response:
    """Say what each checkpoint of some runs, and some versions, say of one row: how an answer came about."""
    from gnomon.server.tried import Tried  # noqa: PLC0415 - as above

    asked = read_json(await request.body(), request.headers.get("content-encoding", ""), CheckpointsPost)
    found = await Tried(context(request).tests).checkpoints(asked)
    return answer(msgspec.convert(found, Checkpoints))


def _row(test: Document) -> VersionTest:
    body = test.body
    # Anybody may keep figures under a name of theirs, by `Registry.tell`, with a report that is none of ours.
    report = body["report"] if body["report"].get("kind") in KINDS else {"kind": "test"}
    told = {"kind": report["kind"], "us": test.us, "report": report}
    return msgspec.convert({**{k: body[k] for k in ("test", "version", "figures")}, **told}, VersionTest)


def _version(request: Request) -> tuple[str, str]:
    return str(request.path_params["name"]), str(request.path_params["ref"])


def _test(request: Request) -> str:
    return str(request.path_params["test"])


_TESTS = "/api/v1/models/{name}/versions/{ref}/tests"
OPERATIONS = (
    Operation("GET", _TESTS, list_tests, "models", VersionTests),
    Operation("POST", _TESTS, post_test, "models", VersionTest, body=TestPost),
    Operation("GET", f"{_TESTS}/{{test}}", get_test, "models", VersionTest),
    Operation("DELETE", f"{_TESTS}/{{test}}", delete_test, "models"),
    Operation(
        "POST",
        "/api/v1/models/{name}/versions/{ref}:try",
        try_one,
        "models",
        TriedAnswer,
        TryQuery,
        body=TryPost,
        media_in=("image/png", "image/jpeg", NPY),
    ),
    Operation("POST", "/api/v1/tests:checkpoints", try_checkpoints, "models", Checkpoints, body=CheckpointsPost),
    Operation("GET", f"{_TESTS}/{{test}}/rows", get_rows, "models", TestRows, TestRowsQuery),
)
