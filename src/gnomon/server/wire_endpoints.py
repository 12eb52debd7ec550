"""Endpoints as they travel over HTTP."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gnomon.server.serving.orders import LogSpec
from gnomon.server.wire import Wire

Share = Annotated[float, Meta(ge=0, le=1)]
EndpointName = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class EndpointCanary(Struct, frozen=True, forbid_unknown_fields=True):
    """What answers a share of requests: `4`, `challenger`, or `other@2`."""

    ref: str
    share: Share


class EndpointVersion(Wire):
    """A version that an endpoint asks, and what became of that since the server started.

    Args:
        version: `name@3`.
        role: The model answers, a canary answers a share, a shadow is asked and compared. Counts are of the version in
            this role.
        run: Where a sample of its requests is logged; empty before the first.
        requests: How many it answered, those refused or failed among them: each is counted of one version in one role.
        refused: For what came with them.
        failed: Through no fault of whoever asked.
        passed: Requests that it could not answer and the model was asked instead; they are counted there.
        rows: How many rows it answered.
        p50_ms: Within how long half of the last 1,000 requests were answered.
        p95_ms: Within how long all but one in twenty.
        drawn: How often it was chosen since the canary or its share was last changed.
        agreed: Of a shadow, rows in which it said the same.
        compared: Of how many.
        skipped: Requests that a shadow was not shown.
    """

    version: str
    role: Literal["model", "canary", "shadow"]
    run: str
    requests: int
    refused: int
    failed: int
    passed: int
    rows: int
    p50_ms: float | None
    p95_ms: float | None
    drawn: int
    agreed: int
    compared: int
    skipped: int


class EndpointRow(Wire):
    """An endpoint.

    Args:
        name: What it is called; it answers at `/serve/{name}/predict`.
        rev: Counted by changes of what is to be served.
        model: `name@ref`, which may be an alias: what answers.
        canary: What answers a share of requests.
        shadow: What is asked too; empty for none.
        log: Which requests are logged.
        state: What its process does; `exporting` while a version is written as ONNX.
        since: Since when, seconds since 1970.
        trouble: Why it does not serve what it should.
        pid: Of its process.
        memory_bytes: That it takes.
        restarts: How often it was started anew since the server started.
        switches: How often the model was changed under it.
        rate: Requests a second, of the last ten seconds.
        recent: Requests in each of the last 60 seconds.
        requests: How many callers sent since the server started, whichever version answered.
        refused: Of these, for what came with them.
        failed: Of these, through no fault of whoever asked.
        versions: Those that are asked now.
        past: Those that were asked since the server started and are no longer, the last one first, 20 at most.
    """

    name: str
    rev: int
    us: int
    model: str
    canary: EndpointCanary | None
    shadow: str
    log: LogSpec
    state: Literal["stopped", "exporting", "starting", "running", "restarting", "failed"]
    since: float
    trouble: str
    pid: int | None
    memory_bytes: int
    restarts: int
    switches: int
    rate: float
    recent: list[int]
    requests: int
    refused: int
    failed: int
    versions: list[EndpointVersion]
    past: list[EndpointVersion]


class EndpointRows(Wire):
    """All endpoints, by name; follow them from `cursor` on."""

    endpoints: list[EndpointRow]
    cursor: str


class EndpointPost(Struct, forbid_unknown_fields=True):
    """An endpoint to be made.

    Args:
        name: What it is to be called; the model's name unless told.
        model: `name`, `name@champion` or `name@3`.
        canary: What answers a share of requests.
        shadow: What is asked too.
        log: Which requests are logged.
        start: Whether it answers at once.
    """

    model: str
    name: EndpointName | None = None
    canary: EndpointCanary | None = None
    shadow: str = ""
    log: LogSpec = LogSpec()
    start: bool = True


class EndpointPatch(Struct, forbid_unknown_fields=True):
    """What is to be changed of an endpoint while it answers; what is left out stays."""

    model: str | UnsetType = UNSET
    canary: EndpointCanary | UnsetType | None = UNSET
    shadow: str | UnsetType = UNSET
    log: LogSpec | UnsetType = UNSET


class EndpointOrder(Struct, forbid_unknown_fields=True):
    """Start or stop an endpoint."""


class EndpointLogQuery(Struct):
    """How much of the end of what its processes printed, in bytes."""

    size: Annotated[int, Meta(ge=1, le=1 << 20)] = 64 << 10


class EndpointLog(Wire):
    """What its processes printed last."""

    text: str
    size: int


class DriftQuery(Struct):
    """A version that the endpoint has served; the one that answers unless told."""

    version: str | None = None


class DriftFigure(Wire):
    """A measure of difference: beyond `bound`, whose `source` is told, it is neither chance nor small."""

    name: Literal["psi", "ks"]
    value: float
    bound: float
    source: str


class DriftShare(Wire):
    """A bin or a class, and which share of training and of requests lies in it."""

    name: str
    before: float
    now: float


class DriftRow(Wire):
    """How far one input or output has drifted.

    Args:
        name: A column, mean or spread of a picture, or an output.
        of: Which of the two.
        state: `few`: there are not enough values yet; `same`; `drifted`: every figure exceeds its bound.
        before: Rows of training.
        now: Logged requests.
        figures: Empty with few values.
        shares: The distributions side by side.
    """

    name: str
    of: Literal["input", "output"]
    state: Literal["few", "same", "drifted"]
    before: int
    now: int
    figures: list[DriftFigure]
    shares: list[DriftShare]


class EndpointDrift(Wire):
    """Drift of what a version is asked, and answers, against what it was trained on.

    Args:
        version: `name@3`.
        run: Of its log; empty when nothing was logged.
        requests: How many were logged, the last 2,000 at most.
        least: How many are wanted before anything is said.
        data: What it was trained on: `name@digest`; empty when that is not known.
        why: Why there is nothing to compare with; empty when there is.
        rows: What drifted first.
    """

    version: str
    run: str
    requests: int
    least: int
    data: str
    why: str
    rows: list[DriftRow]
