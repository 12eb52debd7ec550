"""What `keras.callbacks.RemoteMonitor` sends at the end of each epoch: a run of the project "keras" for each training."""

import asyncio
import time
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.core.errors import InputError
from gnomon.core.limits import check_step
from gnomon.server.body import inflate
from gnomon.server.columns import NON_FINITE
from gnomon.server.context import Context, answer, context
from gnomon.server.operation import Operation
from gnomon.server.rules import FORM, JSON
from gnomon.server.wire import Ingested
from gnomon.store.catalog import Catalog
from gnomon.store.engine import RunInfo

PROJECT: Final = "keras"
TAG: Final = "remote-monitor"
PATH: Final = "/publish/epoch/end/"


async def publish(request: Request) -> Response:
    """Store the numbers of one epoch; when the epochs do not go on, a new run has begun."""
    encoding = request.headers.get("content-encoding", "")
    sent = read_epoch(inflate(await request.body(), encoding), request.headers.get("content-type", ""))
    epoch = check_step(sent.pop("epoch", None), "epoch")
    sender = request.client.host if request.client else "unknown"
    found = context(request)
    async with found.monitor:  # two epochs that come at once must not begin two runs
        return answer(await _store(found, sender, epoch, sent))


async def _store(found: Context, sender: str, epoch: int, sent: dict[str, Any]) -> Ingested:
    known = await asyncio.to_thread(_last_run, found, sender)
    lines: list[dict[str, Any]] = []
    if known is not None and known.last_step is not None and epoch <= known.last_step:
        lines.append({"project": PROJECT, "run": known.id, "state": "finished"})
        known = None
    run = _free_name(found.home.catalog) if known is None else known.id
    begun = {"tags": [TAG], "config": {"sender": sender}} if known is None else {}
    columns = {"step": [epoch], "epoch": [epoch], **{name: [value] for name, value in sent.items()}}
    lines.append({"project": PROJECT, "run": run, "columns": columns, **begun})
    done = await found.intake.store(msgspec.json.encode(lines), JSON)
    if done.errors:
        raise InputError(done.errors[0].detail, field=done.errors[0].field)
    return done


def _last_run(found: Context, sender: str) -> RunInfo | None:
    """Return the newest run that this sender began and that goes on."""
    home = found.home
    runs = [run for run in home.catalog.runs() if run.project == PROJECT and TAG in run.tags]
    alive = [run for run in runs if run.state in {"running", "lost"}]
    newest = sorted(alive, key=lambda run: run.index, reverse=True)
    return next((run for run in newest if home.engine.config(run.id).get("sender") == sender), None)


def _free_name(catalog: Catalog) -> str:
    base = time.strftime("training-%Y-%m-%d-%H%M%S")
    number, name = 1, base
    while catalog.find(PROJECT, name) is not None:
        number += 1
        name = f"{base}-{number}"
    return name


def read_epoch(body: bytes, content_type: str) -> dict[str, Any]:
    """Return what was sent: a JSON body, or JSON in the form's field `data` (or its only field).

    What is no number is left out: Keras may send texts beside its metrics.

    Raises:
        InputError: There is no JSON object in it.

    Example:
        >>> read_epoch(b'data=%7B%22epoch%22%3A+0%2C+%22loss%22%3A+0.5%7D', "application/x-www-form-urlencoded")
        {'epoch': 0, 'loss': 0.5}
    """
    text = body
    if content_type.partition(";")[0].strip().lower() == FORM and not body.lstrip().startswith(b"{"):
        try:
            fields = parse_qs(body.decode("ascii"), max_num_fields=100)
        except (ValueError, UnicodeDecodeError):
            fields = {}
        given = fields.get("data") or next(iter(fields.values()), [""])
        text = given[0].encode()
    try:
        sent = msgspec.json.decode(_plain_numbers(text), type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        msg = 'data: expected a JSON object such as {"epoch": 0, "loss": 0.5}, in a form field or as the body.'
        raise InputError(msg, field="data") from None
    return {name: value for name, value in sent.items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value in NON_FINITE)


def _plain_numbers(text: bytes) -> bytes:
    """Return JSON in which `NaN` and `Infinity`, as Python writes them, are text."""
    for word in (b"-Infinity", b"Infinity", b"NaN"):
        for after in (b",", b"}"):
            text = text.replace(b": " + word + after, b': "' + word + b'"' + after)
    return text


OPERATIONS = (
    Operation("POST", PATH, publish, "keras", Ingested, body=dict[str, Any], media_in=(FORM,)),
    Operation("POST", PATH.rstrip("/"), publish, "keras", Ingested, body=dict[str, Any], media_in=(FORM,), hidden=True),
)
