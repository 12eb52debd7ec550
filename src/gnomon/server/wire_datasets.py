"""Data sets as they travel over HTTP."""

from typing import Annotated, Any, Literal

import msgspec

from gnomon.models.datasets.column import Kind
from gnomon.models.datasets.registry import SplitSpec, Transform
from gnomon.server.wire import Wire
from gnomon.server.wire_graphs import CanvasGraph, GraphReport, ReportSuggestion

Part = Literal["train", "validation", "test"]
FindingCode = Literal[
    "imbalance", "missing", "duplicates", "leak", "constant", "key", "unseen", "small", "future", "groups"
]


class DatasetHistogram(Wire):
    """Numbers of a column in 32 equal steps from `low` to `high`; times are seconds since 1970."""

    low: float
    high: float
    counts: list[int]


class DatasetColumn(Wire):
    """A column: what it holds, why it was taken for that, and what else it may be.

    `shape` is that of a value as the data hold it, `gives` what a model gets after all transforms, with its type.
    `counts` are the commonest 50 values; only a profile has them and `histogram`.
    """

    name: str
    kind: Kind
    why: str
    said: bool
    shape: list[int | None]
    classes: list[str]
    missing: int
    low: float | None
    high: float | None
    mean: float | None
    std: float | None
    allowed: list[Kind]
    gives: list[int | None]
    dtype: str
    histogram: DatasetHistogram | None = None
    counts: dict[str, int] | None = None


class DatasetFix(Wire):
    """What would mend a finding: what a button says, and the split to take instead."""

    title: str
    split: SplitSpec


class DatasetFinding(Wire):
    """One thing to beware of; `column` is empty when it is about rows."""

    code: FindingCode
    column: str
    message: str
    fix: DatasetFix | None = None


class DatasetProfile(Wire):
    """What data hold, how they are split and what to beware of; nothing of it need be stored.

    `balance` is of the target: class to rows in each part. `said` tells each choice that was made unasked, in a sentence.
    """

    name: str
    path: str
    rows: int
    size_bytes: int
    columns: list[DatasetColumn]
    inputs: list[str]
    target: list[str]
    split: SplitSpec
    transforms: dict[str, Transform]
    parts: dict[str, int]
    balance: dict[str, dict[str, int]] | None
    findings: list[DatasetFinding]
    notes: list[str]


class DatasetRow(Wire):
    """A data set as lists show it; `kinds` counts its columns, `thumbnails` are up to 8 PNG in base64; times are UTC seconds."""

    name: str
    title: str
    path: str
    rows: int
    kinds: dict[str, int]
    size_bytes: int
    version: int
    digest: str
    rev: int
    target: list[str]
    created: float
    updated: float
    packaged: bool
    runs: int
    graphs: int
    thumbnails: list[str]


class DatasetRows(Wire):
    """Data sets, the one that changed last in front."""

    datasets: list[DatasetRow]
    cursor: str


class DatasetDetail(DatasetRow):
    """A data set at a version, with its whole description: `docs/reference/data.md` tells its fields."""

    fingerprint: str
    inputs: list[str]
    split: SplitSpec
    transforms: dict[str, Transform]
    parts: dict[str, int]
    columns: list[DatasetColumn]
    findings: list[DatasetFinding]
    notes: list[str]
    note: str
    spec: dict[str, Any]


class DatasetChanges(Wire, forbid_unknown_fields=True):
    """What is said of data; what is not said is told from them, or stays as it is."""

    types: dict[str, Kind] | None = None
    target: list[str] | None = None
    inputs: list[str] | None = None
    split: SplitSpec | None = None
    transforms: dict[str, Transform] | None = None
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class DatasetPost(DatasetChanges, kw_only=True):
    """Register the data at a path under a name."""

    name: str
    path: str


class DatasetPatch(DatasetChanges):
    """Change what is said of a data set; `path` where it moved to."""

    path: str | None = None


class DatasetLook(DatasetChanges, kw_only=True):
    """Ask what would be registered; nothing is stored."""

    path: str
    name: str | None = None


class DatasetSample(DatasetChanges, kw_only=True):
    """Ask for some values of a column of `train` before and after its transforms, of a path or of a data set by name."""

    column: str
    path: str | None = None
    name: str | None = None
    count: Annotated[int, msgspec.Meta(ge=1, le=32)] = 8
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] = 0


class DatasetPicture(Wire):
    """A picture as PNG in base64 at most 256 pixels wide and high, with its own size; of a mask, colours count classes."""

    image: str
    width: int
    height: int


class DatasetValue(Wire):
    """A value before and after its transforms."""

    row: int
    before: str | float | DatasetPicture | None
    after: str | float | DatasetPicture | None


class DatasetSampled(Wire):
    """Values before and after."""

    column: str
    values: list[DatasetValue]


class DatasetCells(Wire):
    """One row: its number in the data, the part it is in, and what its columns hold."""

    row: int
    part: str
    cells: dict[str, str | float | DatasetPicture | None]


class DatasetTable(Wire):
    """Some rows of a data set; `total` is how many there are after the filter."""

    total: int
    columns: list[str]
    rows: list[DatasetCells]


class DatasetVersion(Wire):
    """One version; `changes` tells what is other than in the one before."""

    number: int
    digest: str
    time: float
    note: str
    changes: list[str]


class DatasetVersions(Wire):
    """Versions, newest first."""

    versions: list[DatasetVersion]


class DatasetUse(Wire):
    """A run or a graph that names a version; `version` is `null` when no version has that digest any more."""

    project: str
    id: str
    name: str
    digest: str
    version: int | None


class DatasetUses(Wire):
    """Who uses a data set."""

    runs: list[DatasetUse]
    graphs: list[DatasetUse]


class DatasetUploaded(Wire):
    """Where an upload lies now: register or look at that path."""

    path: str
    files: int
    size_bytes: int


class DatasetWindows(Wire, forbid_unknown_fields=True):
    """Ask for windows of the series at a path; see `gnomon.models.datasets.windows`.

    Args:
        path: A table.
        target: Column whose next values are to be foretold.
        time: Column that tells the order; "" takes the rows as they stand.
        columns: What a window holds; all columns of numbers unless told.
        length: Steps in a window.
        horizon: Steps behind it that are foretold.
        every: Steps from one window to the next.
        shares: Of the steps for training, validation and test, in the order of time.
        name: What the file is called.
    """

    path: str
    target: str
    time: str = ""
    columns: tuple[str, ...] = ()
    length: int = 48
    horizon: int = 1
    every: int = 1
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15)
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""


class DatasetCut(Wire):
    """Where windows lie: look at or register that path, with `next` as the target. `notes` say what was cut."""

    path: str
    size_bytes: int
    columns: list[str]
    left_out: int
    notes: list[str]


class GraphBuild(Wire, forbid_unknown_fields=True):
    """Ask for a first model of a data set; `target` is what it predicts, that of the version unless told."""

    dataset: str
    target: str = ""


class GraphBuilt(Wire):
    """A first model, bound to its data; nothing is stored.

    Args:
        graph: The model.
        report: What is known of it.
        reasons: Each choice and why; refuse one by setting the parameter to its default.
        left_out: Columns that it does not take, with the reason.
    """

    graph: CanvasGraph
    report: GraphReport
    reasons: list[ReportSuggestion]
    left_out: dict[str, str]


class DatasetQuery(msgspec.Struct):
    """Which version, by number or digest; the present one unless told."""

    version: str | None = None


class DatasetRowsQuery(msgspec.Struct, rename={"class_": "class"}):
    """Ask for rows, counted from 0 within those that the filter leaves; at most 100."""

    part: Part | None = None
    class_: str | None = None
    first: Annotated[int, msgspec.Meta(ge=0)] = 0
    last: Annotated[int, msgspec.Meta(ge=0)] = 49
    version: str | None = None


class DatasetUploadedQuery(msgspec.Struct):
    """Where an upload lies, as its answer said."""

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class DatasetUploadQuery(msgspec.Struct):
    """What the file is called; a `.zip` is unpacked."""

    filename: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
