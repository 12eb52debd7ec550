"""Models of other tools as graphs: what is only read is read here, what runs code or foreign libraries is asked of a worker."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from gnomon.core.errors import CorruptError, InputError, LimitError, NotFoundError
from gnomon.core.limits import OURS, is_hidden
from gnomon.core.records.json import decode_json
from gnomon.graph.document import MAX_NAME, Graph, decode
from gnomon.graph.from_record import from_record
from gnomon.server.context import Context
from gnomon.server.wire_imports import GraphImportQuery

Kind = Literal["torch", "keras", "onnx", "graph"]

MAX_CODE_BYTES: Final = 1 << 20
MAX_FILE_BYTES: Final = 2 << 30
_MAX_RECORD_BYTES: Final = 32 << 20
DOCUMENT: Final = "/document"
"""Behind the key of a logged graph: the key of the document that it was drawn from, when a graph of ours was trained."""
_TORCH_S: Final = 300.0
_ONNX_S: Final = 120.0
_KINDS: Final[dict[str, Kind]] = {".py": "torch", ".keras": "keras", ".onnx": "onnx", ".json": "keras"}


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a graph that was imported.

    Args:
        graph: The graph.
        notes: What its reader should know.
        way: How it was read: `torch.export`, `torch.fx`, `source`, `layers`, `read`, `keras`, `onnx`, `record` or `graph`.
        error: Largest difference between its code's outputs and the model's, relative to the largest; `None`: not compared.
    """

    graph: Graph
    notes: list[str]
    way: str
    error: float | None = None


async def of_file(found: Context, asked: GraphImportQuery, path: Path) -> Found:
    """Return the graph that a file is.

    Args:
        found: Parts of the app.
        asked: What is known of the file.
        path: Where it lies until this returns.

    Raises:
        InputError: It is of no kind that we read.
        CorruptError: It is not what it is said to be.
        LimitError: It is too large, or takes too long.
        UserCodeError: It is code, and raised.
    """
    kind = asked.kind or _KINDS.get(Path(asked.file).suffix.lower())
    if kind is None:
        msg = f"kind: expected a file that ends in {', '.join(sorted(_KINDS))}, received {asked.file!r:.80}. Say what it is."
        raise InputError(msg, field="kind")
    if kind == "onnx":
        # The library takes any file apart in C++: not in this process.
        params = {"path": str(path), "name": title(asked)}
        return _answered(await found.workers.call("import.onnx", params, pool="data", timeout_s=_ONNX_S))
    if kind == "torch":
        return await _code(found, asked, await asyncio.to_thread(_text, path))
    return await asyncio.to_thread(_keras, path)


async def _code(found: Context, asked: GraphImportQuery, code: str) -> Found:
    """Return the graph of a file of Python: run in a worker where that is allowed and PyTorch is there, else only read."""
    why = "" if found.workers.allow_code else found.workers.why_not
    if not why and "torch" in code and not await asyncio.to_thread(_has_torch):
        why = "PyTorch is not installed where the server runs."
    if why or "torch" not in code:
        return await asyncio.to_thread(_read, code, why)
    params = {"code": code, "file": Path(asked.file).name, "object": asked.object, "input": asked.input}
    params["name"] = asked.name
    pool = f"canvas/{asked.project}"
    return _answered(await found.workers.call("import.torch", params, pool=pool, timeout_s=_TORCH_S, code=True))


def _has_torch() -> bool:
    from gnomon.models.worker.about import frameworks  # noqa: PLC0415 - asks what is installed

    return "torch" in frameworks()


def _read(code: str, why: str) -> Found:
    from gnomon.graph.code import parse  # noqa: PLC0415 - much to load for a start

    parsed = parse(code)
    told = [f"The file was read and not run: {why}"] if why else []
    return Found(parsed.graph, [*told, *parsed.notes], "read")


def _keras(path: Path) -> Found:
    from gnomon.graph.keras_config import import_keras  # noqa: PLC0415 - likewise

    if path.stat().st_size <= MAX_FILE_BYTES and (data := _plain(path)) is not None:
        return Found(decode(data), [], "graph")
    parsed = import_keras(path)
    return Found(parsed.graph, list(parsed.notes), "keras")


def _plain(path: Path) -> dict[str, Any] | None:
    """Return the graph document that a file is; `None` for anything else."""
    with path.open("rb") as stream:
        head = stream.read(4096)
        if b'"graph/1"' not in head:
            return None
        try:
            found = json.loads(head + stream.read(16 << 20))
        except (ValueError, RecursionError):
            return None
    return found if isinstance(found, dict) and found.get("format") == "graph/1" else None


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        data = stream.read(MAX_CODE_BYTES + 1)
    if len(data) > MAX_CODE_BYTES:
        msg = f"file: expected at most {MAX_CODE_BYTES >> 20} MiB of Python."
        raise LimitError(msg, field="file")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        msg = f"file: expected Python in UTF-8, received something else at byte {error.start:,}."
        raise CorruptError(msg) from None


def of_record(found: Context, asked: GraphImportQuery) -> Found:
    """Return the graph that a run logged, the last one of its key.

    Raises:
        NotFoundError: The run has none under this key.
    """
    run = found.home.catalog.run(str(asked.run)).id
    engine = found.home.engine
    last = engine.records(run, asked.key, 0, None, limit=1, newest=True)
    if not last or last[0].kind != "graph":
        keys = [key for key, held in engine.record_keys(run).items() if held.kind == "graph" and not is_hidden(key)]
        msg = f"The run has no graph under {asked.key!r:.80}. It has {', '.join(sorted(keys)[:5]) or 'none at all'}."
        raise NotFoundError(msg)
    if last[0].size > _MAX_RECORD_BYTES:
        msg = f"record: expected at most {_MAX_RECORD_BYTES >> 20} MiB, received {last[0].size >> 20}."
        raise LimitError(msg, field="key")
    whole = engine.records(run, f"{asked.key}{DOCUMENT}", 0, None, limit=1, newest=True)
    if whole and whole[0].kind == "json" and whole[0].size <= _MAX_RECORD_BYTES:
        return Found(decode(_map(engine.payload(run, whole[0].id))), [], "record")
    record = decode_json(engine.payload(run, last[0].id))
    if not isinstance(record, dict):
        msg = "record: expected nodes and edges."
        raise CorruptError(msg)
    parsed = from_record(record.get("nodes", []), record.get("edges", []), title(asked), _seen(found, run))
    return Found(parsed.graph, list(parsed.notes), "record")


def _seen(found: Context, run: str) -> list[dict[str, Any]]:
    """Return what the one model that a run watches was given; nothing where it watches several, or none."""
    engine, first = found.home.engine, f"{OURS}watch/"
    keys = [key for key in engine.record_keys(run) if key.startswith(first)]
    last = engine.records(run, keys[0], 0, None, limit=1, newest=True) if len(keys) == 1 else []
    if not last or last[0].kind != "json" or last[0].size > _MAX_RECORD_BYTES:
        return []
    told = _map(engine.payload(run, last[0].id)).get("inputs")
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _map(data: bytes) -> dict[str, Any]:
    found = decode_json(data)
    if not isinstance(found, dict):
        msg = "record: expected a graph document."
        raise CorruptError(msg)
    return found


def title(asked: GraphImportQuery) -> str:
    """Return what an imported graph is called: as asked, else after its file or its key."""
    stem = asked.name or Path(asked.file).stem or asked.key
    return "".join(each if each.isprintable() else " " for each in stem).strip()[: MAX_NAME - 8] or "model"


def _answered(answer: dict[str, Any]) -> Found:
    """Return what a worker answered, checked like anything from outside: it may have run anybody's code."""
    graph = decode(answer["graph"])
    notes = [str(each)[:1000] for each in answer["notes"][:50]]
    error = answer.get("error")
    return Found(graph, notes, str(answer["way"])[:40], float(error) if isinstance(error, (int, float)) else None)
