"""What travels of previews: what one sample becomes at each node of a graph."""

from typing import Annotated, Literal

import msgspec

from gnomon.server.wire import Wire
from gnomon.server.wire_graphs import Name, Op, Rev

MOST_NODES = 1_000


class PreviewSampleAsked(msgspec.Struct):
    """Which sample is to be shown.

    Args:
        dataset: `name`, `name@3` or `name@<digest>`; "" for the data that the graph names, else made up.
        part: `train`, `validation` or `test`.
        row: Position within the part; counted on from the first behind the last.
    """

    dataset: Annotated[str, msgspec.Meta(max_length=200)] = ""
    part: Annotated[str, msgspec.Meta(max_length=64)] = "train"
    row: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0


class PreviewWeights(msgspec.Struct):
    """Whose weights are to be used: those of the newest checkpoint of a run, or of the one at a step."""

    run: Annotated[str, msgspec.Meta(max_length=200)]
    step: Annotated[int, msgspec.Meta(ge=0)] | None = None


class PreviewPost(msgspec.Struct):
    """What is to be shown.

    Args:
        nodes: Those in view.
        sample: Nothing takes the first row of the data that the graph names, or a made-up sample.
        rev: Of the graph; the present one unless told.
        known: Keys of pictures that whoever asks has: of these the key alone comes back while it is the same.
        seed: Draws the weights, and the sample when it is made up.
        weights: Of a run; drawn at random unless told.
        by: Who asks: of one that waits, a newer request by the same takes the place.
    """

    nodes: Annotated[list[Name], msgspec.Meta(max_length=MOST_NODES)]
    sample: PreviewSampleAsked | None = None
    rev: Rev | None = None
    known: dict[str, str] = msgspec.field(default_factory=dict)
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0
    weights: PreviewWeights | None = None
    by: Name = ""


class PreviewSample(Wire):
    """The sample that was shown.

    Args:
        dataset: `name@digest`; "" for one that was made up.
        part: "" likewise.
        row: Position within the part.
        rows: How many there are; 0 likewise.
        label: What it is, by output node, as text: a class's name, a number.
        inputs: How each input came by its values, by node: the column's name, or "noise".
        why: Why it is made up; "" when it is of data.
    """

    dataset: str
    part: str
    row: int
    rows: int
    label: dict[str, str]
    inputs: dict[str, str]
    why: str


class PreviewStats(Wire):
    """What numbers came out, of finite ones where it says so.

    Args:
        size: How many numbers there are.
        min: Of the finite; nothing when there are none, likewise `max`, `mean` and `std`.
        max: See `min`.
        mean: See `min`.
        std: Of the population.
        nan: How many are not a number.
        inf: How many are infinite.
        zeros: How many are 0.
    """

    size: int
    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    nan: int
    inf: int
    zeros: int


class PreviewHistogram(Wire):
    """How the finite numbers lie: `counts` of 32 equal bins from `low` to `high`; all in the first when these are equal."""

    low: float
    high: float
    counts: list[int]


class PreviewMontage(Wire):
    """Pictures side by side, in one PNG of `rows` × `cols` tiles, row by row; those behind the last are empty.

    Args:
        kind: `grey` shows a channel in each tile, black its least and white its largest number; `rgb` colours.
        rows: Of tiles.
        cols: Likewise.
        width: Of one tile, pixels; between tiles lies one pixel.
        height: Likewise.
        shown: Tiles that there are.
        channels: Channels that there are.
        low: Least number of each tile.
        high: Largest.
        png: The picture, base64; not-finite numbers are transparent.
    """

    kind: Literal["grey", "rgb"]
    rows: int
    cols: int
    width: int
    height: int
    shown: int
    channels: int
    low: list[float]
    high: list[float]
    png: str


class NodePreview(Wire, omit_defaults=True):
    """What comes out of a node. Only `key` is there when who asked knows it.

    Args:
        key: Two previews of the same key are the same.
        shape: Axes without the batch, channels last.
        dtype: `float32`, `int64` or `bool`.
        stats: Of all numbers.
        histogram: Likewise; not there when no number is finite.
        montage: Of what has places: up to 16 channels of up to 64 × 64.
        values: Of what has none: the first 64 numbers; not-finite ones as text, as everywhere.
    """

    key: str
    shape: list[int] | None = None
    dtype: str = ""
    stats: PreviewStats | None = None
    histogram: PreviewHistogram | None = None
    montage: PreviewMontage | None = None
    values: list[float | str] | None = None


class PreviewTrouble(Wire):
    """What a node raised when it was run; what lies behind it is not shown.

    Args:
        node: Which.
        message: As Python names it.
        file: `node` for the code of a Code node, else the file of an own component; "" for none of the user's.
        line: In it, from 1; 0 when unknown.
        trace: What Python printed, from the user's first line on.
    """

    node: str
    message: str
    file: str
    line: int
    trace: str


class PreviewFix(Wire):
    """A one-click change: it says of a Code node what it gave when it was run.

    Args:
        node: Which.
        title: What the button says.
        ops: Operations of the graph, applied together.
        settles: Nodes behind it that have an error, or are not in the code, and likely wait for it.
    """

    node: str
    title: str
    ops: list[Op]
    settles: list[str]


class Preview(Wire):
    """What one sample becomes.

    Args:
        rev: Of the graph that was run.
        sample: Which sample.
        weights: `random`, or `run@step` of a run's.
        drawn: Of `nodes`, those whose weights are drawn though a run's were asked for: it has none that fit.
        framework: What ran it, as `torch 2.13.0`.
        nodes: Of those asked for, the ones that could be run.
        missing: The others, and why: an error in the graph, a node before that failed.
        troubles: Nodes that failed when they were run.
        cached: Nodes of `nodes` that had not to be run.
        took_ms: In the worker.
        fixes: What the run told of Code nodes that nobody could tell before, or that is said otherwise.
    """

    rev: int
    sample: PreviewSample
    weights: str
    drawn: list[str]
    framework: str
    nodes: dict[str, NodePreview]
    missing: dict[str, str]
    troubles: list[PreviewTrouble]
    cached: list[str]
    took_ms: float
    fixes: list[PreviewFix]
