"""The read side through a server: JSON, and for envelopes the columns as they are in memory."""

import http.client
import io
import json
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import quote, urlencode

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import (
    ConflictError,
    FilterError,
    GnomonError,
    InputError,
    LimitError,
    NotFoundError,
    ShapeError,
    StoreError,
    UnavailableError,
)
from gnomon.sdk.lab_analyses import Analyses, RemoteAnalyses
from gnomon.sdk.lab_backend import Page, RecordRow, Selection, SeriesStats, SlicePart
from gnomon.sdk.lab_console import ConsoleEntry, ConsolePart, stream_name
from gnomon.sdk.lab_many import Many, RemoteMany
from gnomon.sdk.link import Link
from gnomon.store.console import Search
from gnomon.store.engine import Points
from gnomon.store.envelope import Envelope, Window
from gnomon.store.query import RunQuery

BINARY: Final = "application/vnd.gnomon.columns"
_POINTS: Final = 200_000
_RECORDS: Final = 10_000
_SERIES: Final = 10_000
_PIECE: Final = 8 << 20
_PART: Final = 1 << 20
_MANY_S: Final = 600.0
_NON_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class RemoteBackend:
    """Read a server. Safe to call from several threads; they take turns on one connection.

    Args:
        url: Address of the server.
        token: Its token, where it wants one.
        timeout_s: Seconds to wait for an answer.
    """

    def __init__(self, url: str, token: str | None = None, *, timeout_s: float = 30.0) -> None:
        self.url: str | None = url
        self._link = _Link(url, token, timeout_s=timeout_s)
        self._lock = threading.Lock()
        self._patient = _Link(url, token, timeout_s=max(timeout_s, _MANY_S))
        self._patience = threading.Lock()
        self.many: Many = RemoteMany(self._ask_patiently, self._pieces)
        self.analyses: Analyses = RemoteAnalyses(self._ask_patiently)

    def refresh(self) -> None:
        """Do nothing: a server takes in by itself what is logged."""

    def projects(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "/projects")["projects"]
        return found

    def keys(self, project: str | None) -> dict[str, list[str]]:
        if project is not None:
            found = self._ask("GET", f"/projects/{quote(project, safe='')}/keys")
            return {"config": found["config"], "metrics": found["metrics"]}
        each = [self.keys(found["name"]) for found in self.projects()]
        return {kind: sorted({key for keys in each for key in keys[kind]}) for kind in ("config", "metrics")}

    def query(self, query: RunQuery) -> Page:
        found = self._ask("POST", "/runs:query", asdict(query))
        return Page(found["total"], found["matched"], found["runs"], _restore(found["columns"]))

    def detail(self, run: str) -> dict[str, Any]:
        found = self._ask("GET", f"/runs/{quote(run, safe='')}")
        kept = {name: value for name, value in found.items() if name not in {"cursor", "series"}}
        return {
            name: _restore(value) if name in {"config", "summary", "meta"} else value for name, value in kept.items()
        }

    def stats(self, run: str) -> dict[str, SeriesStats]:
        rows: list[dict[str, Any]] = []
        while True:
            page = self._ask("GET", f"/runs/{quote(run, safe='')}/series?offset={len(rows)}&limit={_SERIES}")
            rows += page["series"]
            if len(rows) >= page["total"] or not page["series"]:
                return {row.pop("key"): SeriesStats(**_restore(row)) for row in rows}

    def points(self, run: str, key: str, first: int, last: int | None, every: int) -> Points:
        page, more = self._page(run, key, first, last, every)
        if not more:
            return page
        if every > 1:  # the stride would begin anew on each page: read all, and take every n-th here
            found = self.points(run, key, first, last, 1)
            return Points(found.step[::every], found.us[::every], found.value[::every])
        pieces = []
        while more:
            # A step may have come more than once, so the next page begins with the last step of this one.
            edge = int(page.step[-1])
            if int(page.step[0]) == edge:
                msg = f"series: step {edge} of {key!r} holds more points than the server sends at once."
                raise LimitError(msg, field="series")
            pieces.append(_below(page, edge))
            page, more = self._page(run, key, edge, last, 1)
        return _joined([*pieces, page])

    def _page(self, run: str, key: str, first: int, last: int | None, every: int) -> tuple[Points, bool]:
        asked = {"first": first, "every": every, "limit": _POINTS} | ({} if last is None else {"last": last})
        found = self._ask("GET", f"/runs/{quote(run, safe='')}/series/{quote(key, safe='')}?{urlencode(asked)}")
        us = np.round(np.array(found["time"], np.float64) * 1e6).astype(np.int64)
        value = np.array(_restore(found["value"]), np.float64)
        return Points(np.array(found["step"], np.int64), us, value), found["more"]

    def envelopes(self, series: Sequence[tuple[str, str]], window: Window) -> list[Envelope]:
        body = {"series": [{"run": run, "key": key} for run, key in series], **asdict(window)}
        with self._lock:
            status, data = self._link.fetch("POST", "/api/v1/envelopes", body, BINARY)
        if status != 200:
            refuse(status, json.loads(data or b"{}"))
        return decode_envelopes(data)

    def record_keys(self, run: str) -> Mapping[str, str]:
        found = self._ask("GET", f"/runs/{quote(run, safe='')}/records")["keys"]
        return {key: row["kind"] for key, row in found.items()}

    def records(self, run: str, chosen: Selection, offset: int, limit: int) -> list[RecordRow]:
        rows: list[RecordRow] = []
        more = True
        while more and len(rows) < limit:
            size = min(_RECORDS, limit - len(rows))
            asked = {**_asked(chosen), "offset": offset + len(rows), "limit": size, "values": "false"}
            page = self._ask("GET", f"{_run(run)}/records?{urlencode(asked)}")
            rows += [_row(row) for row in page["records"]]
            more = page["more"]
        return rows

    def payload(self, run: str, record: int, start: int = 0, size: int | None = None) -> bytes:
        if size == 0:
            return b""
        end = "" if size is None else start + size - 1
        headers = {"Range": f"bytes={start}-{end}"} if start or size is not None else {}
        with self._lock:
            status, data = self._link.fetch("GET", f"/api/v1{_run(run)}/records/{record}/data", None, "*/*", headers)
        if status == 416:
            return b""
        if status >= 300:
            refuse(status, _decoded(data))
        return data

    def save(self, run: str, record: int, path: Path) -> None:
        whole = self._ask("GET", f"{_run(run)}/records/{record}")["size"]
        with path.open("wb") as file:
            for start in range(0, whole, _PIECE):
                file.write(self.payload(run, record, start, min(_PIECE, whole - start)))

    def array(self, run: str, row: RecordRow, text: str) -> npt.NDArray[Any]:
        data = self._bytes(f"{_run(run)}/records/{row.id}/array?{urlencode({'slice': text})}", "application/x-npy")
        found: npt.NDArray[Any] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
        return found

    def slices(self, run: str, chosen: Selection, text: str) -> Iterator[SlicePart]:
        offset, more = 0, True
        while more:
            asked = {**_asked(chosen), "slice": text, "offset": offset}
            data = self._bytes(f"{_run(run)}/slices?{urlencode(asked)}", BINARY)
            part, more = decode_slices(data)
            if len(part.step):
                yield part
            offset += len(part.step)

    def _bytes(self, path: str, accept: str) -> bytes:
        with self._lock:
            status, data = self._link.fetch("GET", f"/api/v1{path}", None, accept)
        if status >= 300:
            refuse(status, _decoded(data))
        return data

    def console(self, run: str, search: Search, first: int, limit: int, *, newest: bool) -> ConsolePart:
        asked = {"q": search.text, "first": first, "limit": limit}
        asked |= {name: "true" for name in ("regex", "case") if getattr(search, name)}
        asked |= {} if search.stream is None else {"stream": search.stream}
        asked |= {"newest": "true"} if newest else {}
        found = self._ask("GET", f"/runs/{run}/console?{urlencode(asked)}")
        lines = [ConsoleEntry(row["n"], row["time"], stream_name(row["stream"]), row["text"]) for row in found["lines"]]
        still = [row["text"] for row in found["open"]]
        return ConsolePart(found["total"], found["matched"], found["first_error"], lines, still)

    def delete(self, run: str) -> None:
        self._ask("DELETE", f"/runs/{quote(run, safe='')}")

    def doctor(self) -> dict[str, Any]:
        found = self._ask("GET", "/doctor")
        return {"facts": _restore(found["facts"]), "troubles": found["troubles"]}

    def close(self) -> None:
        self._link.close()
        self._patient.close()

    def _ask_patiently(self, method: str, path: str, body: object) -> dict[str, Any]:
        """Ask for what may take a while: deleting 100,000 runs does."""
        with self._patience:
            status, data = self._patient.fetch(method, f"/api/v1{path}", body, "application/json")
        found = _decoded(data)
        if status >= 300:
            refuse(status, found)
        restored: dict[str, Any] = _restore(found)
        return restored

    def _pieces(self, path: str, body: object) -> Iterator[bytes]:
        with self._patience:
            yield from self._patient.pieces(f"/api/v1{path}", body)

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        with self._lock:
            status, data = self._link.fetch(method, f"/api/v1{path}", body, "application/json")
        found = _decoded(data)
        if status >= 300:
            refuse(status, found)
        return found


class _Link(Link):
    """A link that returns the bytes of an answer, however many."""

    def fetch(
        self, method: str, path: str, body: object, accept: str, more: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a request and return status and body; `UnavailableError` when nobody answers."""
        headers = {"Accept": accept, "User-Agent": "gnomon", **(more or {})}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = self._encoded(body, headers)
        path = self._parts.path.rstrip("/") + path
        was_kept = self._connection is not None
        try:
            return self._once(method, path, data, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # A server closes connections that were quiet for a while; reading twice changes nothing.
            if was_kept and isinstance(error, (http.client.RemoteDisconnected, ConnectionError)):
                return self.fetch(method, path.removeprefix(self._parts.path.rstrip("/")), body, accept, more)
            reason = str(error) or type(error).__name__
            msg = f"The server at {self._parts.geturl()} cannot be reached: {reason}. Is it up? Is GNOMON_URL right?"
            raise UnavailableError(msg) from error

    def pieces(self, path: str, body: object) -> Iterator[bytes]:
        """Send a request and yield the answer as it comes; nothing of it is held."""
        headers = self._headers() | {"Accept": "*/*"}
        data = self._encoded(body, headers)
        self.close()  # a connection of its own: an answer that nobody reads to its end spoils the next
        try:
            response = self._send("POST", self._parts.path.rstrip("/") + path, data, headers)
            if response.status >= 300:
                refuse(response.status, _decoded(response.read()))
            while piece := response.read(_PART):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, GnomonError):
                raise
            msg = f"The server at {self._parts.geturl()} broke off: {str(error) or type(error).__name__}. Its log says why."
            raise UnavailableError(msg) from error
        finally:
            self.close()

    def _once(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        response = self._send(method, path, data, headers)
        body = response.read()
        if response.will_close:
            self.close()
        return response.status, body


def _run(run: str) -> str:
    return f"/runs/{quote(run, safe='')}"


def _asked(chosen: Selection) -> dict[str, Any]:
    asked = {"key": chosen.key, "first": chosen.first, "every": chosen.every}
    return asked if chosen.last is None else {**asked, "last": chosen.last}


def _row(row: dict[str, Any]) -> RecordRow:
    kept = {name: row[name] for name in ("id", "key", "step", "time", "kind", "size")}
    return RecordRow(**kept, meta=_restore(row["meta"]))


def decode_slices(data: bytes) -> tuple[SlicePart, bool]:
    """Return the slices of a binary answer, and whether there are more behind them.

    Raises:
        UnavailableError: It is something else, or cut short.
    """
    if data[:4] != b"GNC1":
        msg = "The server answered slices in a form this gnomon does not read. Are both of the same version?"
        raise UnavailableError(msg)
    start = 8 + int.from_bytes(data[4:8], "little")
    head = json.loads(data[8:start])
    n, columns = head["steps"], head["columns"]
    dtype = np.dtype(head["dtype"]).newbyteorder("<")
    if len(data) < start + columns["value"] + math.prod(head["shape"]) * dtype.itemsize:
        msg = "The server's answer was cut short: a record it read does not hold what it promised. Its log says more."
        raise UnavailableError(msg)
    value = np.frombuffer(data, dtype, math.prod(head["shape"]), start + columns["value"]).reshape(head["shape"])
    step = np.frombuffer(data, "<i8", n, start + columns["step"]).astype(np.int64)
    time = np.frombuffer(data, "<f8", n, start + columns["time"]).astype(np.float64)
    return SlicePart(step, time, value), bool(head["more"])


def decode_envelopes(data: bytes) -> list[Envelope]:
    """Return the envelopes of a binary answer, as docs/reference/http.md describes it.

    Raises:
        UnavailableError: It is something else.
    """
    if data[:4] != b"GNC1":
        msg = "The server answered envelopes in a form this gnomon does not read. Are both of the same version?"
        raise UnavailableError(msg)
    start = 8 + int.from_bytes(data[4:8], "little")
    header = json.loads(data[8:start])
    return [_envelope(data, start, each) for each in header["series"]]


def _envelope(data: bytes, start: int, head: dict[str, Any]) -> Envelope:
    def column(name: str, dtype: str) -> Any:
        return np.frombuffer(data, dtype, head["m"], start + head["columns"][name])

    floats = ("x0", "x1", "low", "low_x", "high", "high_x", "mean")
    first, last = _restore(head["span"])
    return Envelope(
        **{name: column(name, "<f8").astype(np.float64) for name in floats},
        n=column("n", "<u4").astype(np.int64),
        bad=column("bad", "<u4").astype(np.int64),
        total=head["total"],
        span=(float(first), float(last)),
    )


def _below(points: Points, edge: int) -> Points:
    n = int(np.searchsorted(points.step, edge))
    return Points(points.step[:n], points.us[:n], points.value[:n])


def _joined(pieces: list[Points]) -> Points:
    if len(pieces) == 1:
        return pieces[0]
    return Points(
        np.concatenate([p.step for p in pieces]),
        np.concatenate([p.us for p in pieces]),
        np.concatenate([p.value for p in pieces]),
    )


def _restore(value: Any) -> Any:
    """Return data from JSON with the floats that JSON cannot hold put back."""
    if isinstance(value, str):
        return _NON_FINITE.get(value, value)
    if isinstance(value, dict):
        return {key: _restore(each) for key, each in value.items()}
    return [_restore(each) for each in value] if isinstance(value, list) else value


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data) if data else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def refuse(status: int, problem: dict[str, Any]) -> NoReturn:
    """Raise the error that the server answered with, as if it had happened here."""
    detail = str(problem.get("detail") or problem.get("title") or f"The server answered {status}.")
    field = str(problem.get("field") or "")
    if status == 400 and problem.get("position") is not None:
        raise FilterError(detail, position=int(problem["position"]), field=field or "where")
    kinds: dict[int, type[GnomonError]] = {404: NotFoundError, 409: ConflictError, 412: ConflictError, 507: StoreError}
    if status == 422:
        raise ShapeError(detail, field=field)
    if status in {400, 415}:
        raise InputError(detail, field=field)
    if status == 413:
        raise LimitError(detail, field=field)
    if status in {401, 403}:
        msg = f"The server refuses: {detail} Set GNOMON_TOKEN to its token."
        raise UnavailableError(msg)
    raise kinds.get(status, UnavailableError)(detail)
