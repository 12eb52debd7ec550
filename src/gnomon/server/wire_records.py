"""What travels about records, as types."""

from typing import Annotated, Any, Literal

import msgspec

from gnomon.core.limits import MAX_STEP
from gnomon.server.wire import Problem, Wire


class RecordKeyRow(Wire):
    """Sum up the records of one key: `kind` of the newest, how many, their steps, their bytes in all."""

    kind: str
    viewer: str
    n: int
    first_step: int
    last_step: int
    size: int


class RecordRow(Wire):
    """One record without its payload; `value` comes with text and JSON of at most 64 KiB."""

    id: int
    key: str
    step: int
    time: float
    kind: str
    meta: dict[str, Any]
    size: int
    summary: str
    value: Any | msgspec.UnsetType = msgspec.UNSET


class RecordsPage(Wire):
    """The keys of records, or the records of one key; `more` says that the limit cut the answer short."""

    keys: dict[str, RecordKeyRow] | msgspec.UnsetType = msgspec.UNSET
    cursor: str | msgspec.UnsetType = msgspec.UNSET
    records: list[RecordRow] | msgspec.UnsetType = msgspec.UNSET
    more: bool | msgspec.UnsetType = msgspec.UNSET


class Slices(Wire):
    """One array over steps: `value` is nested as `shape`, whose first axis is that of `step` and `time`."""

    step: list[int]
    time: list[float]
    value: list[Any]
    dtype: str
    shape: list[int]
    steps: int
    more: bool


class BlobRow(Wire):
    """Name a stored blob: its sha256 in hexadecimal, and its bytes."""

    hash: str
    size: int


class MediaLine(Wire, forbid_unknown_fields=True):
    """One record as JSON: `value` is text, plain data, or a data URI of a file."""

    key: str
    value: Any
    kind: str | None = None
    step: Annotated[int, msgspec.Meta(ge=0, le=MAX_STEP)] | None = None
    time: float | None = None
    caption: str | None = None


class MediaStored(Wire):
    """Tell what was stored, and where it is read."""

    run: str
    key: str
    kind: str
    step: int
    size: int
    url: str


class ProjectionMethod(Wire):
    """A way to lay out embeddings; `missing` says what to install where it cannot be used."""

    name: Literal["tsne", "umap"]
    label: str
    missing: str | None = None


class ProjectionMethods(Wire):
    """The ways that this server knows, and the most points that it lays out."""

    methods: list[ProjectionMethod]
    max_rows: int


class ProjectionLine(Wire):
    """How far a layout is: `done` of `of` records and `part` of the next; the last line is `ready`, or `failed`."""

    state: Literal["waiting", "working", "ready", "failed"]
    done: int = 0
    of: int = 0
    part: float = 0.0
    problem: Problem | None = None
