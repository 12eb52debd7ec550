"""Previews of graphs, asked of the worker of their project: one at a time for each graph, the newest request first."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from gnomon.core.errors import ConflictError
from gnomon.graph.user_code import code_nodes
from gnomon.server.graphs import Graphs, Stored
from gnomon.server.wire_previews import PreviewPost
from gnomon.server.workers import Workers

TIMEOUT_S: Final = 120.0
"""Of one preview, the start of its worker and the import of a framework included."""


@dataclass(slots=True)
class _Waiting:
    """A request that waits for its turn."""

    turn: "asyncio.Task[bool]"
    is_late: bool = False


class Previews:
    """Run previews. Use it from one event loop.

    Args:
        workers: What runs them.
        graphs: Where graphs are kept.
    """

    def __init__(self, workers: Workers, graphs: Graphs) -> None:
        self._workers, self._graphs = workers, graphs
        self._turns: dict[str, asyncio.Lock] = {}
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self._working: set[asyncio.Task[Any]] = set()

    async def get(self, graph: str, asked: PreviewPost) -> dict[str, Any]:
        """Return what one sample becomes at the nodes of a graph, as `Preview` is sent.

        What has begun is run to its end even when nobody waits for it any more: the next request has use for it.

        Raises:
            NotFoundError: There is no such graph, or revision.
            ConflictError: A newer request of the same sender took the place of this one.
            MissingExtraError: The framework of the graph is not installed.
            InputError: The sample does not fit.
            LimitError: It takes too long, or too much memory.
            UnavailableError: The worker ended.
        """
        turn = self._turns.setdefault(graph, asyncio.Lock())
        await self._wait(turn, (graph, asked.by))
        task = asyncio.create_task(self._run(graph, asked))
        self._working.add(task)
        task.add_done_callback(lambda done: self._finish(graph, turn, done))
        return await asyncio.shield(task)

    async def _wait(self, turn: asyncio.Lock, sender: tuple[str, str]) -> None:
        before = self._waiting.pop(sender, None)
        if before is not None:
            before.is_late = True
            before.turn.cancel()
        waiting = self._waiting[sender] = _Waiting(asyncio.create_task(turn.acquire()))
        try:
            await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.done() and not waiting.turn.cancelled():
                turn.release()  # it had its turn, and nobody is there to take it
            if waiting.is_late:
                msg = "by: a newer request for a preview of this graph came from the same sender. Wait for that one."
                raise ConflictError(msg) from None
            raise
        finally:
            if self._waiting.get(sender) is waiting:
                del self._waiting[sender]

    def _finish(self, graph: str, turn: asyncio.Lock, done: "asyncio.Task[Any]") -> None:
        self._working.discard(done)
        if not done.cancelled():
            done.exception()  # whoever asked may have left
        turn.release()
        if not turn.locked() and not any(sender[0] == graph for sender in self._waiting):
            self._turns.pop(graph, None)

    async def _run(self, graph: str, asked: PreviewPost) -> dict[str, Any]:
        stored, runs_code = await asyncio.to_thread(self._look_up, graph, asked.rev)
        found: dict[str, Any] = await self._workers.call(
            "preview.run",
            {
                "graph": stored.document.body["graph"].encode(),
                "nodes": asked.nodes,
                "known": asked.known,
                "seed": asked.seed,
                "sample": msgspec.to_builtins(asked.sample),
                "code": self._workers.allow_code,
                "why_not": self._workers.why_not,
            },
            pool=f"canvas/{stored.document.body['project']}",
            timeout_s=TIMEOUT_S,
            code=runs_code and self._workers.allow_code,
        )
        return {"rev": stored.document.rev, **found}

    def _look_up(self, graph: str, rev: int | None) -> tuple[Stored, bool]:
        present = self._graphs.get(graph)
        stored = present if rev in (None, present.document.rev) else self._graphs.get(graph, rev)
        return stored, bool(code_nodes(stored.graph))
