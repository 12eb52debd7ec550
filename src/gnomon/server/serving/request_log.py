"""The log of requests: a sample of them, each a step of an ordinary run of project `serving`.

Whether one is kept is decided in a microsecond. What is kept is looked at and written by a thread of its own; when that
does not keep up, requests are left out and counted, and no answer waits.
"""

import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from gnomon.core.errors import GnomonError
from gnomon.core.records.image import Image
from gnomon.core.records.text import Text
from gnomon.server.serving.live import Live, Results
from gnomon.server.serving.orders import REQUEST, LogSpec
from gnomon.server.serving.seen import Seen

PROJECT: Final = "serving"
_WAITING: Final = 32
_NOTE_S: Final = 1.0
_WAITING_BYTES: Final = 8 << 20
_LOST_TOLD: Final = 1_000
_encode = msgspec.json.Encoder().encode


class Writes(Protocol):
    """A run."""

    def log(self, values: dict[str, Any]) -> None:
        """Write one step."""
        ...

    def finish(self) -> None:
        """Write no more."""
        ...


Begin = Callable[[str], Writes]
"""Returns the run of a version, by `name@3`."""


@dataclass(frozen=True, slots=True)
class _Kept:
    live: Live
    came: tuple[str, bytes]
    answer: Any
    taken_s: float
    row: int


class RequestLog:
    """Keep some requests.

    Args:
        spec: Which.
        begin: Returns the run of a version; called in the thread that writes.
        clock: Seconds.
        note: Called with what is to be read in the log of the process.
    """

    def __init__(
        self,
        spec: LogSpec,
        begin: Begin,
        clock: Callable[[], float] = time.monotonic,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.spec = spec
        self._note, self._noted, self._unsaid = note, -_NOTE_S, 0
        self.dropped = self.lost = 0
        self._begin, self._clock = begin, clock
        self._left, self._at = 1.0, clock()
        self._queue: queue.Queue[_Kept | None] = queue.Queue()
        self._bytes, self._counting = 0, threading.Lock()  # of what waits; counted by two threads
        self._runs: dict[str, Writes] = {}
        self._thread: threading.Thread | None = None

    def offer(self, live: Live, came: tuple[str, bytes], answer: Any, taken_s: float) -> None:
        """Keep a request, or not; returns at once."""
        if random.random() >= self.spec.share or not self._may():  # noqa: S311 - nothing is secret
            return
        size = len(came[1])
        if self._queue.qsize() >= _WAITING or self._bytes + size > _WAITING_BYTES:
            self.dropped += 1
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="request log", daemon=True)
            self._thread.start()
        row = random.randrange(len(answer.results)) if isinstance(answer, Results) else 0  # noqa: S311
        with self._counting:
            self._bytes += size
        self._queue.put(_Kept(live, came, answer.results[row] if isinstance(answer, Results) else answer, taken_s, row))

    def refused(self, error: Exception) -> None:
        """Say why a request was not answered, of many in a row a few."""
        now = self._clock()
        if now - self._noted < _NOTE_S:
            self._unsaid += 1
            return
        more = f" ({self._unsaid} others were refused since the last line)" if self._unsaid else ""
        self._noted, self._unsaid = now, 0
        self._note(f"Refused: {_said(error)}{more}")

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what was kept, and finish the runs."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout_s)

    def _may(self) -> bool:
        """Return whether this minute has room: requests are allowed evenly, a few at once after a silence."""
        now, rate = self._clock(), self.spec.per_minute / 60
        self._left = min(max(1.0, rate), self._left + (now - self._at) * rate)
        self._at = now
        if self._left < 1.0 or not rate:
            return False
        self._left -= 1.0
        return True

    def _write(self) -> None:
        while (kept := self._queue.get()) is not None:
            with self._counting:
                self._bytes -= len(kept.came[1])
            try:
                self._one(kept)
            except Exception as error:  # noqa: BLE001 - whatever it is, requests are answered
                self._lose(error)
        for run in self._runs.values():
            run.finish()

    def _lose(self, error: Exception) -> None:
        """Say of the first of many that it could not be logged, and why."""
        self.lost += 1
        if self.lost == 1 or not self.lost % _LOST_TOLD:
            self._note(f"Not logged ({self.lost} requests by now): {_said(error)}")

    def _one(self, kept: _Kept) -> None:
        version = kept.live.source.ref
        seen = kept.live.seen(*kept.came, kept.row)
        run = self._runs.get(version)
        if run is None:
            run = self._runs[version] = self._begin(version)
        run.log(record_of(seen, kept.answer, kept.taken_s))


def _said(error: Exception) -> str:
    """Return an error in one short line."""
    told = str(error) if isinstance(error, GnomonError) else f"{type(error).__name__}: {error}"
    return " ".join(told.split())[:300]


def record_of(seen: Seen, answer: Any, taken_s: float) -> dict[str, Any]:
    """Return what is written of a request: numbers as series, pictures, and all that is plain as one text."""
    answers = outputs_of(answer)
    numbers = {f"input/{name}": value for name, value in seen.features.items() if isinstance(value, float)}
    sure = {f"output/{name}": value for name, value in answers.items() if isinstance(value, float)}
    pictures = {f"input/{name}": Image(each) for name, each in seen.pictures.items()}
    plain = _encode({"in": seen.features, "out": answers, "ms": round(taken_s * 1000, 3)}).decode()
    return {**numbers, **sure, **pictures, "latency_ms": taken_s * 1000, REQUEST: Text(plain)}


def outputs_of(answer: Any) -> dict[str, float | str]:
    """Return the numbers and classes of an answer by name: `label` and `confidence`, `value` of one number."""
    if hasattr(answer, "outputs"):
        return {f"{name} {key}": v for name, each in answer.outputs.items() for key, v in outputs_of(each).items()}
    if hasattr(answer, "label"):
        return {"label": answer.label, "confidence": answer.predictions[0].confidence}
    if hasattr(answer, "labels"):
        return {f"{each.label} confidence": each.confidence for each in answer.predictions}
    value = answer.value
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return {"value": float(value)} if isinstance(value, int | float) else {}


def runs_of(name: str, home: Path, known: dict[str, str], tell: Callable[[str, str], None]) -> Begin:
    """Return how the runs of an endpoint begin: each version goes on with its own.

    Args:
        name: Of the endpoint.
        home: The home folder.
        known: Runs that there are, by version.
        tell: Called with a version and its new run.
    """

    def begin(version: str) -> Writes:
        from gnomon.sdk.start import init  # noqa: PLC0415 - most of what is served logs nothing at first

        run = init(
            PROJECT,
            name=f"{name} {version}",
            group=name,
            tags=("endpoint",),
            config={"endpoint": name, "version": version},
            resume=known.get(version),
            home=home,
            capture="off",
            console=False,
        )
        if known.get(version) != run.id:
            tell(version, run.id)
        return run

    return begin
