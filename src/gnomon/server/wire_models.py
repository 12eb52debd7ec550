"""The registry as it travels over HTTP."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gnomon.models.registry.record import FileEntry, Gate, Lineage, Signature
from gnomon.server.wire import Wire

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Format = Literal["torch", "keras", "mlp", "onnx", "file"]


class ModelVersion(Wire):
    """A version: `us` is when it was registered, `aliases` point at it; a figure that was not finite is null."""

    number: int
    digest: str
    us: int
    format: Format
    files: list[FileEntry]
    size_bytes: int
    lineage: Lineage
    signature: Signature
    metrics: dict[str, float | None]
    note: str
    by: str
    aliases: list[str]


class ModelTest(Wire):
    """The newest outcome of a test of a version: figures as gates name them, and what the page shows."""

    test: str
    version: int
    us: int
    figures: dict[str, float | None]
    report: dict[str, Any]


class ModelJudgement(Wire):
    """How a version stands before a gate: its figure, the bar, and why it does not pass."""

    version: int
    gate: Gate
    text: str
    passed: bool
    figure: float | None
    bar: float | None
    why: str


class ModelRow(Wire):
    """A model in the list; `latest` is its newest version."""

    name: str
    rev: int
    us: int
    created_us: int
    text: str
    tags: list[str]
    versions: int
    size_bytes: int
    aliases: dict[str, int]
    latest: ModelVersion | None


class ModelRows(Wire):
    """All models, the one that changed last in front; follow them from `cursor` on."""

    models: list[ModelRow]
    cursor: str


class ModelDetail(Wire):
    """A model with its versions, newest first, what its gates say of each, and the newest outcome of each test."""

    name: str
    rev: int
    us: int
    created_us: int
    text: str
    tags: list[str]
    aliases: dict[str, int]
    gates: list[Gate]
    versions: list[ModelVersion]
    judgements: list[ModelJudgement]
    tests: list[ModelTest]
    cursor: str


class ModelPatch(Struct, forbid_unknown_fields=True):
    """What is to be said of a model; what is left out stays."""

    text: str | UnsetType = UNSET
    tags: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=50)] | UnsetType = UNSET
    gates: list[Gate] | UnsetType = UNSET


class RunSource(Struct, forbid_unknown_fields=True):
    """A file that a run logged: of the last step unless told."""

    run: str
    key: str
    step: int | None = None


class JobSource(Struct, forbid_unknown_fields=True):
    """What a job trained: the checkpoint that did best in validation unless told, the last one, or that of a step."""

    job: str
    checkpoint: Literal["best", "last"] | Annotated[int, Meta(ge=0)] = "best"


class VersionPost(Struct, forbid_unknown_fields=True):
    """A version to be registered.

    Args:
        job: What a job trained; where it comes from, and its run's figures, are filled in.
        run: A file that a run logged; where it comes from, and the run's figures, are filled in.
        files: Files that were sent before, by `PUT /api/v1/blobs/{hash}`: hashes by their path within the version.
        format: What they are; told from their names unless said.
        lineage: Where they come from.
        signature: What the model takes and gives.
        metrics: Figures by name.
        note: What is said of it.
        aliases: Names that are to point at it; its gates are asked first.
    """

    job: JobSource | None = None
    run: RunSource | None = None
    files: dict[str, Hash] | None = None
    format: Format | None = None
    lineage: Lineage | None = None
    signature: Signature | None = None
    metrics: dict[str, float] = {}
    note: Annotated[str, Meta(max_length=10_000)] = ""
    aliases: list[str] = []


class VersionPatch(Struct, forbid_unknown_fields=True):
    """What is to be said of a version."""

    note: Annotated[str, Meta(max_length=10_000)]


class AliasPut(Struct, forbid_unknown_fields=True):
    """The version an alias is to point at: a number, an alias, `latest`; with `force` though it does not pass."""

    version: int | str
    force: bool = False


class ModelCompareQuery(Struct):
    """Two versions; `other` names the model of the second when it is another."""

    a: str
    b: str
    other: str | None = None


class ExportPost(Struct, forbid_unknown_fields=True):
    """The format that a version is to be exported to; `wait: false` is answered at once with how things are."""

    format: Literal[
        "onnx", "bundle", "code", "safetensors", "torch-export", "keras", "openvino", "saved-model", "litert"
    ]
    wait: bool = True


class ModelExport(Wire):
    """An export: what it holds, and how far it agrees with the model.

    `source` says what both were asked: rows of the version's data, or noise and why. `largest` and `mean` are differences
    of what they gave, `agrees` whether the largest is at most 1e-4; null where one gave numbers that are not finite.
    """

    format: str
    version: int
    us: int
    files: list[FileEntry]
    size_bytes: int
    source: str
    rows: int
    largest: float | None
    mean: float | None
    agrees: bool
    seconds: float
    latency_ms: float
    versions: dict[str, str]


class ExportFormat(Wire):
    """A format: what it is called, what it is for, and why this version cannot be exported to it here; "" when it can."""

    format: str
    title: str
    purpose: str
    why_not: str


class ExportMaking(Wire):
    """An export that is being made since `us`: `share` of it is done, null while it waits for others."""

    format: str
    us: int
    share: float | None
    text: str


class ExportFailure(Wire):
    """An export that could not be made, and why; forgotten when it is tried again, deleted, or the server starts anew."""

    format: str
    us: int
    message: str


class ModelExports(Wire):
    """The exports of a version, what is being made, what could not be, and all formats that there are."""

    exports: list[ModelExport]
    making: list[ExportMaking]
    failed: list[ExportFailure]
    formats: list[ExportFormat]
