"""Requests that arrive together are computed together.

Nobody waits for company: while nothing is computed, whatever has arrived goes at once. While something is, others gather,
and go together when it is done. A model that is quick is asked between two requests, for handing it to a thread would take
longer than the model; one that is slow is asked in a thread, so that others are read and answered meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import thread_time
from typing import Any, Final

import numpy as np

from gnomon.core.errors import BusyError, InputError
from gnomon.models.predictor import MOST_ROWS, Arrays

SLOW_S: Final = 0.001
"""From here on a thread is worth its cost of some 60 µs."""
MAX_WAITING: Final = 8_192
"""Rows that wait before further ones are refused."""
_KEPT: Final = 0.9

Predict = Callable[[Arrays], Arrays]


@dataclass(slots=True)
class _Piece:
    inputs: Arrays
    rows: int
    key: tuple[Any, ...]
    done: asyncio.Future[Arrays]


class Batches:
    """Ask a model for many callers at once.

    Args:
        predict: What is asked; called by one thread at a time.
        most: Rows at once.
        slow_s: From how long on it is asked in a thread.
    """

    def __init__(self, predict: Predict, most: int = MOST_ROWS, slow_s: float = SLOW_S) -> None:
        self._predict, self._most, self._slow_s = predict, most, slow_s
        self._waiting: deque[_Piece] = deque()
        self._rows = 0
        self._busy = False
        self._taken_s = 0.0
        self._thread: ThreadPoolExecutor | None = None
        self.batches = self.computed = 0

    async def ask(self, inputs: Arrays, rows: int) -> Arrays:
        """Return the outputs for some rows.

        Raises:
            BusyError: More is waiting than can be answered soon.
        """
        if self._rows + rows > max(MAX_WAITING, rows):
            msg = f"{self._rows:,} rows wait to be predicted. Ask again in a moment."
            raise BusyError(msg)
        if rows <= self._most:
            return await self._put(inputs, rows)
        cuts = range(0, rows, self._most)
        pieces = [{k: v[i : i + self._most] for k, v in inputs.items()} for i in cuts]
        found = await asyncio.gather(
            *(self._put(each, min(self._most, rows - i)) for i, each in zip(cuts, pieces, strict=True))
        )
        return {name: np.concatenate([each[name] for each in found]) for name in found[0]}

    def close(self) -> None:
        """End the thread, once nobody waits."""
        if self._thread is not None:
            self._thread.shutdown(wait=False)

    def _put(self, inputs: Arrays, rows: int) -> asyncio.Future[Arrays]:
        loop = asyncio.get_running_loop()
        key = tuple((name, each.shape[1:], each.dtype.char) for name, each in inputs.items())
        piece = _Piece(inputs, rows, key, loop.create_future())
        self._waiting.append(piece)
        self._rows += rows
        if not self._busy:
            self._busy = True
            loop.call_soon(self._go)  # after all other requests that have arrived by now
        return piece.done

    def _go(self) -> None:
        pieces = self._next()
        if not pieces:
            self._busy = False
        elif self._taken_s < self._slow_s:
            self._give(pieces, *self._computed(pieces))
            self._again()
        else:
            self._thread = self._thread or ThreadPoolExecutor(1, "predict")
            loop = asyncio.get_running_loop()
            job = self._thread.submit(self._computed, pieces)
            job.add_done_callback(lambda done: loop.call_soon_threadsafe(self._came, pieces, done))

    def _came(self, pieces: list[_Piece], done: "Future[tuple[list[Arrays | Exception], float]]") -> None:
        self._give(pieces, *done.result())
        self._again()

    def _again(self) -> None:
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._go)
        else:
            self._busy = False

    def _next(self) -> list[_Piece]:
        """Return what goes together: those of one shape that came first, as many rows as may."""
        found: list[_Piece] = []
        rows = 0
        while self._waiting and (
            not found or (self._waiting[0].key == found[0].key and rows + self._waiting[0].rows <= self._most)
        ):
            piece = self._waiting.popleft()
            self._rows -= piece.rows
            if not piece.done.done():  # whoever asked may have gone
                found.append(piece)
                rows += piece.rows
        return found

    def _computed(self, pieces: list[_Piece]) -> tuple[list[Arrays | Exception], float]:
        began = thread_time()  # of the processor: on a busy machine a quick model is as quick as ever
        try:
            return list(_apart(self._predict(_joined(pieces)), pieces)), thread_time() - began
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked, and to nobody else
            if len(pieces) == 1:
                return [error], thread_time() - began
        return [self._computed([piece])[0][0] for piece in pieces], thread_time() - began

    def _give(self, pieces: list[_Piece], found: list[Arrays | Exception], took_s: float) -> None:
        self._taken_s = took_s if not self.batches else _KEPT * self._taken_s + (1 - _KEPT) * took_s
        self.batches += 1
        for piece, each in zip(pieces, found, strict=True):
            self.computed += piece.rows
            if piece.done.done():
                continue
            if isinstance(each, Exception):
                piece.done.set_exception(each)
            else:
                piece.done.set_result(each)


def _joined(pieces: list[_Piece]) -> Arrays:
    if len(pieces) == 1:
        return pieces[0].inputs
    return {name: np.concatenate([piece.inputs[name] for piece in pieces]) for name in pieces[0].inputs}


def _apart(outputs: Arrays, pieces: list[_Piece]) -> list[Arrays | Exception]:
    rows = sum(piece.rows for piece in pieces)
    for name, each in outputs.items():
        if each.ndim == 0 or len(each) != rows:
            msg = f"{name}: the model gives {each.shape} for {rows} rows; expected one value for each row."
            raise InputError(msg, field=name)
    found: list[Arrays | Exception] = []
    first = 0
    for piece in pieces:
        found.append({name: each[first : first + piece.rows] for name, each in outputs.items()})
        first += piece.rows
    return found
