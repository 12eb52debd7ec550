"""Tests of versions as they travel over HTTP."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gnomon.models.testing.report import Kind, Task, TestReport
from gnomon.server.wire import Wire
from gnomon.server.wire_datasets import DatasetPicture
from gnomon.server.wire_previews import NodePreview

Part = Literal["train", "validation", "test"]
TestName = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")]
Cell = str | float | DatasetPicture | None
Order = Literal["row", "confident_wrong", "confident_right", "unsure", "loss", "least_loss"]
Method = Literal["none", "gradient", "occlusion"]


class TestPost(Struct, forbid_unknown_fields=True):
    """A test that is to be made.

    Args:
        test: What: figures over rows; the same on inputs that were harmed; or how long it takes.
        dataset: `name`, `name@3` or `name@digest`; the data of the version unless told.
        part: `test` where there is one, else `validation`, else `train`, unless told.
        rows: At most so many, evenly spaced; all unless told (of robustness 500).
        name: What it is called; it takes the place of the test of that name. `test` for the test part of the version's
            own data, with part and data in it otherwise.
        inputs: Which columns each input takes, where that is not plain.
        outputs: Which column each output predicts, likewise.
        seed: Of what is drawn.
        tell_run: Whether the run that the version came from gets the figures as an evaluation, for leaderboards.
    """

    test: Kind = "test"
    dataset: str | None = None
    part: Part | None = None
    rows: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    name: TestName | None = None
    inputs: dict[str, str | list[str]] = {}
    outputs: dict[str, str | list[str]] = {}
    seed: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 0
    tell_run: bool = True

    __test__ = False


class VersionTest(Wire):
    """The newest outcome of a test of a version; figures are named as gates and leaderboards name them."""

    test: str
    kind: Kind
    version: int
    us: int
    figures: dict[str, float | None]
    report: TestReport


class RunningTest(Wire):
    """A test that is being made: how far it is, 0 to 1, and with what."""

    test: str
    kind: Kind
    since_us: int
    progress: float
    text: str


class VersionTests(Wire):
    """The tests of a version, newest first, and those that are being made: ask again while there are any."""

    tests: list[VersionTest]
    running: list[RunningTest]


class TestRowsQuery(Struct):
    """Which rows of a test.

    Args:
        output: Of which output; the first unless told.
        actual: Of this class in truth.
        predicted: Taken for this class.
        order: `row`; wrong ones the surest first; right ones likewise; the least sure; the largest loss (of a
            segmentation 1 - IoU, otherwise the error); the smallest.
        first: Counted from 0 within those that the filter leaves.
        limit: At most 100.
    """

    output: str | None = None
    actual: str | None = None
    predicted: str | None = None
    order: Order = "row"
    first: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=100)] = 24

    __test__ = False


class TestScore(Wire):
    """How likely a class or label is."""

    label: str
    score: float | None

    __test__ = False


class TestRow(Wire):
    """A row of a test.

    Args:
        at: Its place in the part: what `:try` takes as `row`.
        row: Its number in the data.
        truth: Class, labels or number; `None` where it is a picture, or nobody knows.
        predicted: Likewise.
        score: Of the predicted class; of a segmentation the mean IoU of this row.
        loss: What `order=loss` goes by.
        is_right: Whether the class is the true one, or the labels are.
        scores: The likeliest five classes.
        cells: The row as the data have it.
        target: Of a segmentation, the true classes of the pixels in colours.
        prediction: Likewise what the model says.
    """

    at: int
    row: int
    truth: str | float | None
    predicted: str | float | None
    score: float | None
    loss: float | None
    is_right: bool | None
    scores: list[TestScore]
    cells: dict[str, Cell]
    target: DatasetPicture | None
    prediction: DatasetPicture | None

    __test__ = False


class TestRows(Wire):
    """Rows of a test; `total` is how many there are after the filter."""

    total: int
    columns: list[str]
    rows: list[TestRow]

    __test__ = False


class SampleRow(Struct, forbid_unknown_fields=True):
    """A row of registered data: its place in the part; the data of the version unless told, and its test part."""

    row: Annotated[int, Meta(ge=0)] = 0
    part: Part | None = None
    dataset: str | None = None


class TryPost(Struct, forbid_unknown_fields=True, rename={"class_": "class"}):
    """An input to be tried: one of `row`, `image`, `values` and `inputs`.

    Args:
        row: Of registered data.
        image: A data URI or base64 of a picture, uploaded or drawn.
        values: One row by column, as the data have it.
        inputs: Numbers of the one input.
        invert: The picture is dark on light, and the model knows light on dark.
        saliency: What shows which places of the input the answer rests on.
        output: Of which output; the first unless told.
        class: Of which class; the likeliest unless told.
        layers: Nodes of the graph whose outputs are wanted too, 64 at most.
    """

    row: SampleRow | None = None
    image: str | None = None
    values: dict[str, Any] | None = None
    inputs: list[Any] | None = None
    invert: bool = False
    saliency: Method = "none"
    output: str | None = None
    class_: str | None = None
    layers: Annotated[list[str], Meta(max_length=64)] = []


class TryQuery(Struct, rename={"class_": "class"}):
    """What is said beside an input that comes as a file or a form; see `TryPost`."""

    saliency: Method = "none"
    output: str | None = None
    class_: str | None = None
    invert: bool = False


class TriedOutput(Wire):
    """What an output says of one input.

    Args:
        output: Its name.
        task: What it is for.
        label: The likeliest class; labels that are likelier than not.
        scores: The 20 likeliest classes or labels.
        values: Numbers of a regression, 64 at most.
        truth: What is true, of a row of data.
        loss: How far off it is, of a row of data: minus the logarithm of the true class's probability, the root mean square
            of the error, 1 - IoU.
        picture: Of a segmentation the classes of pixels in colours, of a reconstruction what is given back.
        target: What is true, likewise.
    """

    output: str
    task: Task
    label: str | None
    scores: list[TestScore]
    values: list[float | None]
    truth: str | None
    loss: float | None
    picture: DatasetPicture | None
    target: DatasetPicture | None


class SaliencyColumn(Wire):
    """What a column, or a place of a row of numbers, does to the answer."""

    name: str
    value: float


class Saliency(Wire):
    """Which places of an input an answer rests on.

    Args:
        method: `gradient`: the input times the gradient of the score; `occlusion`: how far the score falls when a place is
            covered.
        output: Of which output.
        label: Of which class.
        input: Of which input.
        width: Of the map, in pixels of the input; 0 where it has no places.
        height: Likewise.
        values: Of a map of at most 128 × 128 places, numbers row by row; positive speaks for the class.
        picture: The map as PNG: red speaks for the class, blue against it, what does not matter is transparent.
        columns: Of a row of numbers, the largest 32.
    """

    method: str
    output: str
    label: str
    input: str
    width: int
    height: int
    values: list[list[float]]
    picture: str | None
    columns: list[SaliencyColumn]


class Tried(Wire):
    """What a version says of one input.

    Args:
        source: `row` of data, or `sent`.
        dataset: Of a row, `name@digest`.
        part: Of a row.
        row: Its place in the part.
        rows: How many the part has.
        cells: The input as the data have it; of what was sent, pictures as the model gets them.
        outputs: What it says.
        saliency: One for each input, when it was asked for.
        layers: What comes out of the nodes that were asked for.
        notes: What could not be done, and why.
        took_ms: How long it took.
    """

    source: Literal["row", "sent"]
    dataset: str
    part: str
    row: int
    rows: int
    cells: dict[str, Cell]
    outputs: list[TriedOutput]
    saliency: list[Saliency]
    layers: dict[str, NodePreview]
    notes: list[str]
    took_ms: float


class CheckpointsPost(Struct, forbid_unknown_fields=True):
    """Ask what each checkpoint of some runs and some versions say of one row of data; of more than 20 the first 20.

    Args:
        row: The row; `dataset` may be left out when all runs were trained on the same.
        runs: Ids of runs that jobs trained.
        jobs: Ids of jobs.
        versions: `name@3`.
    """

    row: SampleRow
    runs: Annotated[list[str], Meta(max_length=20)] = []
    jobs: Annotated[list[str], Meta(max_length=20)] = []
    versions: Annotated[list[str], Meta(max_length=20)] = []


class CheckpointScores(Wire):
    """Scores of one class, label or number of an output, at each step."""

    output: str
    label: str
    values: list[float | None]


class CheckpointCurve(Wire):
    """What the checkpoints of one run, or a version, say.

    Args:
        id: Of the run, or `name@3`.
        name: What it is called.
        job: That trained it.
        project: Of the run.
        steps: At which weights were kept, rising; of a version the one that it was taken at.
        scores: The 20 classes that are likeliest at any step.
        why: Why there is nothing.
    """

    id: str
    name: str
    job: str
    project: str
    steps: list[int]
    scores: list[CheckpointScores]
    why: str


class Checkpoints(Wire):
    """What checkpoints say of one row; `truth` is what is true, by output."""

    dataset: str
    part: str
    row: int
    rows: int
    cells: dict[str, Cell]
    truth: dict[str, str]
    curves: list[CheckpointCurve]
