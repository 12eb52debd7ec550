"""The messages of the live channel, as types."""

from typing import Any, Literal

import msgspec

from gnomon.server.wire import Number, RunRow, Wire
from gnomon.server.wire_endpoints import EndpointRow
from gnomon.server.wire_jobs import JobRow


class LivePoints(Wire):
    """New points of one series, in order of arrival; `thinned` says that only extremes are included."""

    step: list[int]
    time: list[float]
    value: list[Number]
    total: int
    thinned: bool


class LiveRecords(Wire):
    """Sum up a key whose records changed: `kind` of the newest, how many there are now, the step of the newest."""

    kind: str
    n: int
    last_step: int


class DocumentChange(Wire):
    """Tell that a document has a new revision, or is gone."""

    kind: str
    id: str
    rev: int
    deleted: bool


class HelloFrame(Wire, tag_field="type", tag="hello"):
    """Come first, and after every watch: what follows goes on from this cursor."""

    cursor: str
    version: str


class RunsFrame(Wire, tag_field="type", tag="runs"):
    """Bring the rows of watched runs and projects that changed."""

    cursor: str
    rows: list[RunRow]


class RemovedFrame(Wire, tag_field="type", tag="removed"):
    """Tell which runs are gone."""

    cursor: str
    runs: list[str]


class PointsFrame(Wire, tag_field="type", tag="points"):
    """Bring new points of one run, by key."""

    cursor: str
    run: str
    series: dict[str, LivePoints]


class RecordsFrame(Wire, tag_field="type", tag="records"):
    """Tell which keys of one run have new records; what is in them is read when it is looked at."""

    cursor: str
    run: str
    keys: dict[str, LiveRecords]


class ConsoleFrame(Wire, tag_field="type", tag="console"):
    """Tell that one run printed something, and how many lines of its console have ended now."""

    cursor: str
    run: str
    total: int


class DocumentsFrame(Wire, tag_field="type", tag="documents"):
    """Tell which documents changed; of several changes of one document the last."""

    cursor: str
    changes: list[DocumentChange]


class GraphFrame(Wire, tag_field="type", tag="graph"):
    """Bring one change of a graph, to those who watch `graph/ID`: `ops` make revision `rev` of the one before it.

    They are `null` when the graph must be read anew. `token` is what the sender calls the change, as in its PATCH.
    """

    cursor: str
    id: str
    rev: int
    ops: list[dict[str, Any]] | None
    by: str
    token: str
    label: str
    deleted: bool


class JobFrame(Wire, tag_field="type", tag="job"):
    """Tell how a job is now, to those who watch the documents of kind `job`; `null` says that it was deleted."""

    cursor: str
    id: str
    job: JobRow | None


class EndpointFrame(Wire, tag_field="type", tag="endpoint"):
    """Tell how an endpoint is now, to those who watch the documents of kind `endpoint`; `null` says that it was deleted."""

    cursor: str
    id: str
    endpoint: EndpointRow | None


class ResetFrame(Wire, tag_field="type", tag="reset"):
    """Ask to read everything again: the cursor is too old, or of another life of the server."""

    cursor: str


LiveFrame = (
    HelloFrame
    | RunsFrame
    | RemovedFrame
    | PointsFrame
    | RecordsFrame
    | ConsoleFrame
    | DocumentsFrame
    | GraphFrame
    | JobFrame
    | EndpointFrame
    | ResetFrame
)


class LiveWatch(Wire, forbid_unknown_fields=True):
    """What a browser wants to hear of; the whole wish, sent again whenever it changes.

    Among the keys of a run, `gnomon/console` is its console. Documents are named by kind; `graph/ID` brings the edits of
    one graph.
    """

    op: Literal["watch"]
    projects: list[str] | Literal["*"] = msgspec.field(default_factory=list)
    runs: dict[str, list[str] | Literal["*"]] = msgspec.field(default_factory=dict)
    documents: list[str] | Literal["*"] = msgspec.field(default_factory=list)
    since: str | None = None
