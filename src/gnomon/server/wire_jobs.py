"""Jobs as they travel over HTTP."""

from typing import Annotated, Any, Literal

import msgspec

from gnomon.server.wire import Number, Wire

JobState = Literal[
    "queued", "starting", "running", "paused", "stopping", "parked", "finished", "stopped", "failed", "lost"
]
JobKind = Literal["graph", "script"]
JobAction = Literal["pause", "resume", "park", "stop", "checkpoint", "set", "delete"]
JobPriority = Annotated[int, msgspec.Meta(ge=-100, le=100)]


class JobTrouble(Wire):
    """Why a job failed: an exception (`user`), no memory, a signal, an exit status; it did not start, or was lost."""

    type: str
    message: str
    kind: Literal["user", "memory", "signal", "exit", "start", "lost"]
    file: str
    line: int
    trace: str


class JobGraph(Wire):
    """The revision of a graph that a job trains."""

    id: str
    rev: int


class JobSweep(Wire):
    """The trial of a sweep that a job is."""

    id: str
    trial: int


class JobRow(Wire):
    """One job.

    Args:
        id: Which one.
        kind: A graph that is trained, or a script.
        name: What it is called.
        project: Where its runs go.
        state: What it does.
        since: When that began, UTC seconds.
        created: When it was asked for.
        began: When it was started, the last time.
        ended: When it was over.
        device: What was asked for: `auto`, `cpu`, `cuda:0` …
        on: Where it runs or ran; empty while it waits.
        priority: Larger ones come first.
        place: Smaller ones come first within a priority.
        attempt: How often it was put into the queue.
        restarts: How often its worker was started again, this time.
        runs: Ids of its runs, oldest first.
        dataset: `name@digest`.
        graph: What it trains.
        sweep: The trial that it is.
        command: What a script was called with, as a shell would write it.
        step: Steps that are done.
        steps: Of how many; `null` is not known, here and below.
        epoch: The epoch it is in, counted from 0.
        epochs: Of how many.
        loss: Its last value.
        share: What is done, 0 to 1.
        left_s: Seconds that are left, guessed from the pace until now.
        checkpoint: Step of the newest checkpoint.
        error: Why it failed.
        can: What may be done with it now.
        told: Of two rows of a job the one with the larger number is newer, while one server runs.
    """

    id: str
    kind: JobKind
    name: str
    project: str
    state: JobState
    since: float
    created: float
    began: float | None
    ended: float | None
    device: str
    on: str
    priority: int
    place: float
    attempt: int
    restarts: int
    runs: list[str]
    dataset: str | None
    graph: JobGraph | None
    sweep: JobSweep | None
    command: str
    step: int | None
    steps: int | None
    epoch: float | None
    epochs: int | None
    loss: Number | None
    share: float | None
    left_s: float | None
    checkpoint: int | None
    error: JobTrouble | None
    can: list[JobAction]
    told: int


class JobEvent(Wire, omit_defaults=True):
    """Something that happened to a job."""

    time: float
    event: str
    pid: int | None = None
    step: int | None = None
    run: str | None = None
    error: JobTrouble | None = None
    device: str | None = None
    text: str = ""


class JobScriptTold(Wire):
    """A program and where it runs; of its environment only the names are told."""

    argv: list[str]
    cwd: str
    env: list[str]


class JobDetail(Wire):
    """One job, what was asked for, and what happened."""

    job: JobRow
    train: dict[str, Any]
    seed: int
    restarts_allowed: int
    resume_lost: bool
    script: JobScriptTold | None
    folder: str
    events: list[JobEvent]


class JobSlot(Wire):
    """How many jobs a device takes at a time, and how many it has."""

    device: str
    slots: int
    used: int


class JobRows(Wire):
    """Jobs: those that run, those that wait in their order, and those that are over, the newest first."""

    jobs: list[JobRow]
    slots: list[JobSlot]
    cursor: str


class JobsQuery(Wire, forbid_unknown_fields=True):
    """Which jobs are wanted."""

    project: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1000


class JobScript(Wire, forbid_unknown_fields=True):
    """A program: its words (no shell reads them), the folder it runs in, variables besides those of the server."""

    argv: list[str]
    cwd: str
    env: dict[str, str] = msgspec.field(default_factory=dict)


class JobPost(Wire, forbid_unknown_fields=True):
    """Work that is asked for: a graph of the canvas (`graph_id`, as it is or at `rev`) or a document, or a script.

    Without `project` a graph goes where it lies on the canvas, a document to the project of its own name, a script to `default`.
    """

    kind: JobKind
    project: str | None = None
    name: str | None = None
    graph_id: str | None = None
    rev: int | None = None
    graph: dict[str, Any] | None = None
    dataset: str | None = None
    train: dict[str, Any] | None = None
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)] = 0
    device: str = "auto"
    script: JobScript | None = None
    priority: JobPriority = 0
    restarts: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    resume_lost: bool = False


class JobOrder(Wire, forbid_unknown_fields=True):
    """What an order says besides its name: nothing; an empty body does as well as `{}`."""


class JobPatch(Wire, forbid_unknown_fields=True):
    """What is to change: the learning rate while it trains, the priority, or the place in the queue.

    Args:
        lr: Learning rate from the next step on.
        priority: Larger ones come first.
        before: Put it in front of this job of the queue, whose priority it takes; `null` puts it at the end of its own.
    """

    lr: Annotated[float, msgspec.Meta(gt=0)] | msgspec.UnsetType = msgspec.UNSET
    priority: JobPriority | msgspec.UnsetType = msgspec.UNSET
    before: str | msgspec.UnsetType | None = msgspec.UNSET


class JobLogQuery(Wire, forbid_unknown_fields=True):
    """Which part of what was printed: `size` bytes that end before byte `before`, or those from byte `since` on."""

    size: Annotated[int, msgspec.Meta(ge=1, le=4 << 20)] = 64 << 10
    before: Annotated[int, msgspec.Meta(ge=0)] | None = None
    since: Annotated[int, msgspec.Meta(ge=0)] | None = None


class JobLog(Wire):
    """What was printed, from byte `first` to byte `end` of `size`."""

    text: str
    first: int
    end: int
    size: int
