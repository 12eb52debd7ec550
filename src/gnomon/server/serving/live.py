"""One version of a model that is loaded and answers."""

import asyncio
from pathlib import Path
from typing import Any, Final, Self

import msgspec
import numpy as np

from gnomon.core.errors import InputError
from gnomon.graph.document import Graph, decode
from gnomon.models.predictor import Arrays, MlpPredictor, OnnxPredictor, Predictor
from gnomon.models.registry.record import Signature
from gnomon.models.registry.trained import GRAPH, data_of, signature_of
from gnomon.server.serving.answers import Answer, Answers
from gnomon.server.serving.batches import Batches
from gnomon.server.serving.brought import read_brought
from gnomon.server.serving.counts import Counted
from gnomon.server.serving.pace import Pace
from gnomon.server.serving.raw import Ready, reader_of
from gnomon.server.serving.seen import Seen
from gnomon.server.serving.status import Source, Told

LARGE_BYTES: Final = 1 << 16
"""From here on a body takes long enough to read that others would wait for it."""


class Live:
    """Answers with one version.

    Args:
        source: Which.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
        CorruptError: A file does not load.
        InputError: The version cannot be served; the message says why.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        predictor = _predictor(source)
        folder = Path(source.folder)
        graph = _graph(folder)
        data = data_of(folder)
        known = source.signature
        if not known.inputs and graph is not None:
            known = signature_of(graph, data)
        self.signature = _agreed(known, predictor.signature, source.ref)
        side = predictor.side if isinstance(predictor, MlpPredictor) else None
        self._reader = reader_of(data, graph, self.signature, side)
        self._answers = Answers(self.signature.outputs)
        self._batches = Batches(predictor.predict, predictor.most)
        self._predictor = predictor
        self.pace = Pace()
        self._asking = 0
        self._idle = asyncio.Event()

    def warm_up(self) -> None:
        """Ask it once and forget the answer: the first prediction of a session takes longest."""
        self._predictor.predict({port.name: _zeros(port.shape, port.dtype) for port in self.signature.inputs})

    async def read(self, content_type: str, body: bytes) -> Ready:
        """Return what a request asks for.

        Raises:
            InputError: It cannot be made of it.
            LimitError: It is too much.
        """
        if len(body) > LARGE_BYTES:
            return await asyncio.to_thread(self._read, content_type, body)
        return self._read(content_type, body)

    async def ask(self, ready: Ready) -> Arrays:
        """Return what the model gives.

        Raises:
            BusyError: Too many wait.
        """
        return await self._batches.ask(ready.inputs, ready.rows)

    def answer(self, outputs: Arrays, ready: Ready) -> "Answer | Results":
        """Return what goes back."""
        if ready.is_single:
            return self._answers.of(outputs, 0)
        return Results([self._answers.of(outputs, row) for row in range(ready.rows)])

    def agree(self, mine: Arrays, others: Arrays) -> int:
        """Return in how many rows another version says the same."""
        return self._answers.agree(mine, others)

    def answer_schema(self) -> dict[str, Any]:
        """Return the JSON schema of the answer to one row."""
        return self._answers.schema()

    def seen(self, content_type: str, body: bytes, row: int) -> Seen:
        """Return what the log of requests keeps of a row."""
        return self._reader.seen(read_brought(content_type, body), row)

    def told(self, counted: Counted) -> Told:
        """Tell what it is, and what became of what it was asked."""
        return Told(
            self.source.ref,
            self.source.digest,
            self.source.format,
            self.signature,
            self._reader.takes(),
            counted.requests,
            counted.refused,
            counted.failed,
            self._batches.computed,
            self._batches.batches,
            self.pace.within_ms(0.5),
            self.pace.within_ms(0.95),
            counted.passed,
        )

    def __enter__(self) -> Self:
        self._asking += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._asking -= 1
        if not self._asking:
            self._idle.set()

    async def drained(self) -> None:
        """Wait until everybody who asked it is answered, and close it; nobody may be sent here any more."""
        while self._asking:
            self._idle.clear()
            await self._idle.wait()
        self._batches.close()

    def _read(self, content_type: str, body: bytes) -> Ready:
        return self._reader.read(read_brought(content_type, body))


class Results(msgspec.Struct, frozen=True):
    """Answers to several rows, in their order."""

    results: list[Answer]


def _predictor(source: Source) -> Predictor:
    path = Path(source.model)
    if path.suffix == ".npz":
        return MlpPredictor(path)
    return OnnxPredictor(path)


def _graph(folder: Path) -> Graph | None:
    return decode((folder / GRAPH).read_bytes()) if (folder / GRAPH).is_file() else None


def _agreed(known: Signature, found: Signature, ref: str) -> Signature:
    """Return what the registry says of a model, if that is what the file says too."""
    if not known.inputs or not known.outputs:
        return found
    for way in ("inputs", "outputs"):
        said, there = ({port.name for port in getattr(each, way)} for each in (known, found))
        if said != there:
            msg = f"{ref}: its {way} are said to be {', '.join(sorted(said))}, and its file has {', '.join(sorted(there))}."
            raise InputError(msg, field=way)
    return known


def _zeros(shape: tuple[int | None, ...], dtype: str) -> "np.ndarray[Any, Any]":
    return np.zeros((1, *(size or 1 for size in shape)), np.float32 if dtype == "text" else dtype)
