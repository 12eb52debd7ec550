"""What a test found, as it is stored with the version and shown on its page: small, plain, every number finite."""

from typing import Final, Literal

from msgspec import Struct

Kind = Literal["test", "robustness", "latency"]
Task = Literal["classification", "multi_label", "regression", "segmentation", "reconstruction"]
Number = float | None
"""`None` stands for what is not finite, or cannot be said of these rows."""

KINDS: Final = ("test", "robustness", "latency")
SMALL: Final = 30
"""ColumnSlices of fewer rows say little, and are marked."""


class ClassFigures(Struct, frozen=True):
    """Figures of one class; areas and IoU are `None` where they cannot be said, or are not asked of such a task."""

    name: str
    support: int
    precision: float
    recall: float
    f1: float
    auc: Number = None
    average_precision: Number = None
    iou: Number = None


class CurveLine(Struct, frozen=True):
    """A curve of one class: points, the threshold at each (`None` before the first), and the area of all its points."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    thresholds: tuple[Number, ...]
    area: float


class CalibrationBins(Struct, frozen=True):
    """How sure the model was and how often it was right, in those of `bins` bins of equal width that hold a row."""

    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    count: tuple[int, ...]
    bins: int
    ece: float
    mce: float


class Thresholds(Struct, frozen=True):
    """What comes of calling a row `name` when its score is at least a threshold: counts, of `support` that are of it.

    Precision is tp / (tp + fp), recall tp / support; the rest follows from `n`, the rows in all.
    """

    name: str
    n: int
    support: int
    thresholds: tuple[float, ...]
    tp: tuple[int, ...]
    fp: tuple[int, ...]


class TestHistogram(Struct, frozen=True):
    """Counts in bins of equal width from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


class ResidualPoint(Struct, frozen=True):
    """A row's true and predicted number; `row` counts in the part."""

    row: int
    truth: float
    predicted: float


class Residuals(Struct, frozen=True):
    """Prediction less truth: how it is spread, and at most 1,000 rows, evenly spaced."""

    histogram: TestHistogram
    points: tuple[ResidualPoint, ...]


class Slice(Struct, frozen=True):
    """Rows with one value of a column: how many, their figure with its 95 % interval, and whether they are few."""

    value: str
    n: int
    figure: Number
    low: Number
    high: Number
    is_small: bool


class ColumnSlices(Struct, frozen=True):
    """Rows by the values of a column: `figure` names what is told of each; numbers are cut at their quartiles."""

    column: str
    kind: str
    figure: str
    slices: tuple[Slice, ...]
    left_out: int


class OutputReport(Struct, frozen=True, kw_only=True):
    """What was found at one output.

    Args:
        output: Its name.
        task: What it is for.
        n: Rows, or pixels of a segmentation, that were judged.
        left_out: Rows that could not be: without truth, or where the model gave what is no number.
        classes: Names of classes or labels.
        main: The figure that tells most: `accuracy`, `rmse` …
        figures: By name; the same as the test's, without what stands before them.
        intervals: Of some figures, the 95 % interval of the bootstrap over rows.
        confusion: Counts, rows the truth, columns what it was taken for; of at most 100 classes.
        per_class: Figures of each class.
        roc: Curves of at most 20 classes.
        pr: Likewise precision over recall.
        calibration: Of the likeliest class.
        thresholds: Of at most 20 classes, one against the rest.
        residuals: Of a regression.
        errors: How loss, IoU or error of the rows is spread.
        slices: By columns of the data.
        notes: What its reader should know.
    """

    output: str
    task: Task
    n: int
    left_out: int = 0
    classes: tuple[str, ...] = ()
    main: str = ""
    figures: dict[str, Number] = {}
    intervals: dict[str, tuple[float, float]] = {}
    confusion: tuple[tuple[int, ...], ...] | None = None
    per_class: tuple[ClassFigures, ...] = ()
    roc: tuple[CurveLine, ...] = ()
    pr: tuple[CurveLine, ...] = ()
    calibration: CalibrationBins | None = None
    thresholds: tuple[Thresholds, ...] = ()
    residuals: Residuals | None = None
    errors: TestHistogram | None = None
    slices: tuple[ColumnSlices, ...] = ()
    notes: tuple[str, ...] = ()


class HarmLevel(Struct, frozen=True):
    """How a model did on inputs that were harmed so much: figures by name, with the output in front where there are several.

    `intervals` are the 95 % intervals of the bootstrap over rows, of those figures that have one.
    """

    level: float
    figures: dict[str, Number]
    intervals: dict[str, tuple[float, float]] = {}


class Harm(Struct, frozen=True):
    """A way to harm inputs, at rising levels; the first, 0, is none. `unit` says in words what a level is."""

    name: str
    unit: str
    figure: str
    levels: tuple[HarmLevel, ...]


class Latency(Struct, frozen=True):
    """How long a form of the version takes: `batch` rows at once, milliseconds; "" of the version itself is `format`."""

    format: str
    batch: int
    p50_ms: float
    p95_ms: float
    rows_s: float
    size_bytes: int


class TestReport(Struct, frozen=True, kw_only=True):
    """What a test found.

    Args:
        kind: Which test it was.
        dataset: `name@digest` of what it was judged by.
        part: Of the data.
        rows: How many were predicted.
        of: How many the part has.
        seconds: How long that took.
        outputs: Of a test.
        harms: Of a test of robustness.
        latency: Of a test of latency.
        run: The run that the figures were told to; "" when none.
        notes: What its reader should know.
    """

    kind: Kind
    dataset: str = ""
    part: str = ""
    rows: int = 0
    of: int = 0
    seconds: float = 0.0
    outputs: tuple[OutputReport, ...] = ()
    harms: tuple[Harm, ...] = ()
    latency: tuple[Latency, ...] = ()
    run: str = ""
    notes: tuple[str, ...] = ()

    __test__ = False
