"""Previews of graphs, asked of the worker of their project: one at a time for each graph, the newest request first."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from gnomon.core.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gnomon.graph.user_code import code_nodes
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.training import checkpoint
from gnomon.server.components import Components
from gnomon.server.datasets import Datasets
from gnomon.server.graphs import Graphs, Stored
from gnomon.server.wire_previews import PreviewPost, PreviewSampleAsked, PreviewWeights
from gnomon.server.workers import Workers
from gnomon.store.home import Home

TIMEOUT_S: Final = 60.0
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
        datasets: Where samples come from.
        components: The projects' own.
        home: The open home.
    """

    def __init__(
        self, workers: Workers, graphs: Graphs, datasets: Datasets, components: Components, home: Home
    ) -> None:
        self._workers, self._graphs, self._datasets = workers, graphs, datasets
        self._components, self._home = components, home
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
        stored, params = await asyncio.to_thread(self._look_up, graph, asked)
        found: dict[str, Any] = await self._workers.call(
            "preview.run",
            params,
            pool=f"canvas/{stored.document.body['project']}",
            timeout_s=TIMEOUT_S,
            code=params["code"],
        )
        return {"rev": stored.document.rev, **found}

    def _look_up(self, graph: str, asked: PreviewPost) -> tuple[Stored, dict[str, Any]]:
        """Return a graph, and what a worker is told of it."""
        stored = self._graphs.get(graph)
        if asked.rev not in (None, stored.document.rev):
            stored = self._graphs.get(graph, asked.rev)
        # What is told to be none of ours to run is not even sent along.
        runs_code = self._workers.allow_code and bool(code_nodes(stored.graph))
        return stored, {
            "graph": stored.document.body["graph"].encode(),
            "nodes": asked.nodes,
            "known": asked.known,
            "seed": asked.seed,
            "code": runs_code,
            "why_not": self._workers.why_not,
            "components": self._components.sources(stored.graph) if runs_code else {},
            "home": str(self._home.path),
            "weights": self._weights(asked.weights) if asked.weights is not None else None,
            **self._sample(stored, asked.sample),
        }

    def _weights(self, asked: PreviewWeights) -> dict[str, str]:
        """Return where the checkpoint of a run lies, and what it is called.

        Raises:
            NotFoundError: There is no such run, no job trained it, or it has no such checkpoint.
        """
        job = self._home.catalog.run(asked.run).meta.get("job")
        if not isinstance(job, str):
            msg = f"weights.run: {asked.run:.80} was not trained by a job, so that there are no checkpoints of it."
            raise NotFoundError(msg)
        # What a run says of itself is anybody's word: the folder of a job has an id for its name, whatever was said.
        folder = JobFolder.of(self._home.path, job).checkpoints
        there = checkpoint.steps(folder)
        step = asked.step if asked.step is not None else max(there, default=None)
        if step not in there:
            msg = (
                f"weights.step: expected one of {there}, received {step}."
                if there
                else "weights.run: no checkpoint yet."
            )
            raise NotFoundError(msg)
        return {"file": str(folder / f"step-{step}" / "model.safetensors"), "told": f"{asked.run}@{step}"}

    def _sample(self, stored: Stored, asked: PreviewSampleAsked | None) -> dict[str, Any]:
        """Return what a worker is told of the sample.

        Raises:
            NotFoundError: The data set that was asked for is not there.
        """
        place = asked or PreviewSampleAsked()
        found = {"spec": None, "why": "", "strict": asked is not None, "part": place.part, "row": place.row}
        named = place.dataset or stored.graph.data.get("dataset")
        if not isinstance(named, str) or not named:
            return {**found, "why": "The graph names no data."}
        try:
            return {**found, "spec": self._datasets.opened(named)}
        except (NotFoundError, InputError, ForbiddenError) as error:
            if place.dataset:
                raise
            return {**found, "why": str(error)}
