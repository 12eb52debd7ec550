"""One job in the server's memory: what its document says, and what its folder tells."""

import shlex
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gnomon.models.jobs.events import OVER, Reader, Story
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.jobs.progress import Far
from gnomon.models.jobs.progress import read as read_progress
from gnomon.server.wire import number, seconds
from gnomon.server.wire_jobs import JobAction, JobGraph, JobRow, JobState, JobSweep, JobTrouble
from gnomon.store.documents import Document

_BOTH: Final[dict[str, tuple[JobAction, ...]]] = {
    "queued": ("stop",),
    "starting": ("pause", "stop"),
    "running": ("pause", "stop"),
    "paused": ("resume", "stop"),
    "stopping": ("stop",),
    "parked": ("resume", "stop", "delete"),
    "finished": ("delete",),
    "stopped": ("resume", "delete"),
    "failed": ("resume", "delete"),
    "lost": ("resume", "delete"),
}
_GRAPH: Final[dict[str, tuple[JobAction, ...]]] = {
    "starting": ("park",),
    "running": ("park", "checkpoint", "set"),
    "paused": ("park", "checkpoint", "set"),
}


@dataclass(slots=True, eq=False)
class Entry:
    """Hold one job.

    Args:
        document: What was asked for, and its place in the queue.
        folder: Where it lies.
        story: What became of it.
        far: How far it is.
        reader: Of further events; `None` once it is over.
        process: Its supervisor, when this server has started it.
        launched: Attempt that this server has started.
        gate: Held while its supervisor starts, and while it is given an order.
        told: What was last told of it, and when.
        pace: Moment and share from which its pace is reckoned.
    """

    document: Document
    folder: JobFolder
    story: Story
    far: Far = field(default_factory=Far)
    reader: Reader | None = None
    process: "subprocess.Popen[bytes] | None" = None
    launched: int = 0
    on: str = ""
    gate: threading.Lock = field(default_factory=threading.Lock)
    told: tuple[JobRow | None, float] = (None, 0.0)
    pace: tuple[float, float] | None = None

    @classmethod
    def of(cls, document: Document, folder: JobFolder) -> "Entry":
        """Return a job as it lies there: one that is over as its document says, any other as its folder tells."""
        final = document.body["final"]
        if final is not None:
            return cls(document, folder, msgspec.convert(final["story"], Story), msgspec.convert(final["far"], Far))
        entry = cls(document, folder, Story(), reader=Reader(folder))
        entry.refresh()
        return entry

    @property
    def body(self) -> dict[str, Any]:
        """What the document says."""
        return self.document.body

    @property
    def is_queued(self) -> bool:
        """It waits for its turn."""
        attempt: int = self.body["attempt"]
        return attempt > max(self.story.attempt, self.launched)

    @property
    def is_active(self) -> bool:
        """It has a slot: something of it runs, or is about to."""
        return not self.is_queued and not (self.story.ended and self.story.attempt >= self.launched)

    @property
    def is_watched(self) -> bool:
        """It has a slot, or has just ended and that was not taken note of."""
        return not self.is_queued and self.reader is not None

    @property
    def state(self) -> JobState:
        """What it does."""
        if self.is_queued:
            return "queued"
        if self.story.attempt < self.launched:
            return "starting"
        if self.story.ended or self.story.state not in OVER:
            return self.story.state
        # What the worker says last is not the end: children of it may be left, or it is started again.
        return "running" if self.story.state == "finished" else "stopping"

    @property
    def order(self) -> tuple[float, float]:
        """Its place in the queue."""
        return -self.body["priority"], self.body["place"]

    @property
    def device(self) -> str:
        """Where it runs, or is about to."""
        return self.story.device if self.story.attempt >= self.launched else self.on

    def refresh(self) -> bool:
        """Read what its folder tells; return whether a state may have changed."""
        if self.reader is None:
            return False
        events = self.reader.read()
        self.story.add(events)
        if any(event.event in {"starting", "restarted", "resumed", "running", "paused"} for event in events):
            self.pace = None
        self.far = read_progress(self.folder)
        self._follow_pace()
        return bool(events)

    def _follow_pace(self) -> None:
        share = self.far.share
        if self.pace is None and share is not None and self.story.state == "running":
            self.pace = time.monotonic(), share

    @property
    def left_s(self) -> float | None:
        """Seconds that are left at the pace since it was last started or resumed."""
        share = self.far.share
        if self.pace is None or share is None or self.state != "running":
            return None
        began, first = self.pace
        return None if share <= first else (time.monotonic() - began) * (1 - share) / (share - first)

    @property
    def can(self) -> list[JobAction]:
        """What may be done with it now."""
        state = self.state
        return [*_BOTH[state], *(_GRAPH.get(state, ()) if self.body["kind"] == "graph" else ())]

    def row(self, last_step: int | None = None) -> JobRow:
        """Return it as it is told.

        Args:
            last_step: Of its newest run; for a script, which tells nothing else.
        """
        body, story, far, state = self.body, self.story, self.far, self.state
        over = state in OVER
        return JobRow(
            id=self.document.id,
            kind=body["kind"],
            name=body["name"],
            project=body["project"],
            state=state,
            since=body["queued"] if state == "queued" else story.since or body["queued"],
            created=seconds(self.document.created_us),
            began=None if story.attempt < body["attempt"] else story.began,
            ended=story.since if over else None,
            device=body["device"],
            on="" if state == "queued" else self.device,
            priority=body["priority"],
            place=body["place"],
            attempt=body["attempt"],
            restarts=story.restarts,
            runs=list(story.runs),
            dataset=body["dataset"],
            graph=None if body["graph"] is None else JobGraph(**body["graph"]),
            sweep=None if body.get("sweep") is None else JobSweep(*body["sweep"]),
            command=shlex.join(body["argv"]),
            step=last_step if far.step is None else far.step,
            steps=far.steps,
            epoch=far.epoch,
            epochs=far.epochs,
            loss=None if far.loss is None else number(far.loss),
            share=far.share,
            left_s=self.left_s,
            checkpoint=story.checkpoint,
            error=None if story.error is None or not over else trouble(story.error),
            can=self.can,
            told=time.monotonic_ns() // 1000,
        )


def trouble(error: Any) -> JobTrouble:
    """Return an error as it is told."""
    return msgspec.convert(error, JobTrouble, from_attributes=True)
