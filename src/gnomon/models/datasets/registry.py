"""What a data set is: where it lies, what its columns hold, how it is split, and what is done to its values.

A description is plain data. Its digest is of all that decides which numbers a model gets to see, and of nothing else: the
same rows with the same types, split and transforms have the same digest under another name and on another disk.
"""

import hashlib
import re
from typing import Annotated, Any, Final, Literal

import msgspec

from gnomon.core.errors import InputError
from gnomon.models.datasets.column import Column, Kind

FORMAT: Final = "dataset/1"
DIGEST: Final = 16

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_HEX: Final = re.compile(rf"[0-9a-f]{{{DIGEST}}}\Z")
_TOLD: Final = frozenset({"name", "path", "rows", "parts", "notes", "statistics"})
"""Fields that tell of data, or follow from the others, rather than decide what the data are."""

Normalise = Literal["none", "scale", "standard", "minmax"]
Missing = Literal["fill", "zero", "drop"]
Flip = Literal["none", "horizontal", "vertical", "both"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Side = Annotated[int, msgspec.Meta(ge=1, le=8192)]


class SplitSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say how rows are split.

    Args:
        way: `given` takes the parts that the data come in; the others are those of `Split`.
        shares: Of training, validation and test. Of `given`, training and validation: where no part is for validation,
            so much of the training rows is taken for it.
        seed: Chooses the rows.
        column: Whose values are the classes, groups or times.
    """

    way: Literal["given", "random", "stratified", "grouped", "time"] = "random"
    shares: tuple[float, ...] = (0.7, 0.15, 0.15)
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    column: str = ""


class Augment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Say how pictures of `train` are changed at random each time they are seen; masks and boxes go with them.

    Args:
        flip: Mirror half of them, left to right or upside down.
        rotate: Largest turn either way, degrees.
        shift: Largest shift either way, as a share of height and width.
        zoom: Largest change of size either way, as a share.
        noise: Deviation of the normal noise added to each number, as a share of the range of the picture's numbers.
        brightness: Largest change of brightness either way, likewise.
    """

    flip: Flip = "none"
    rotate: Annotated[float, msgspec.Meta(ge=0, le=180)] = 0.0
    shift: Share = 0.0
    zoom: Annotated[float, msgspec.Meta(ge=0, le=0.9)] = 0.0
    noise: Share = 0.0
    brightness: Share = 0.0

    @property
    def moves(self) -> bool:
        """Whether pixels change their places."""
        return self.flip != "none" or bool(self.rotate or self.shift or self.zoom)


class Transform(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Say what is done to the values of a column, in this order: missing, resize, grey, augment, normalise.

    Args:
        normalise: `scale` maps `range` to 0 … 1, `standard` takes the mean of `train` away and divides by its
            deviation, `minmax` maps the least and largest of `train` to 0 and 1. Of pictures and arrays, means are one
            for each channel.
        range: Of `scale`; the range of the type unless told, 0 to 255 of 8-bit pictures.
        missing: What stands where a value is missing: `fill` the mean of `train` or a class of its own, `zero`, or
            `drop` leaves the row out. Rows without a target or a picture are always left out.
        resize: Height and width that pictures are brought to.
        grey: Whether pictures become grey.
        vocabulary: Of texts, how many words get a number of their own, the commonest of `train` first.
        length: Of texts, words that each is cut or filled to.
        augment: Of pictures.
    """

    normalise: Normalise = "none"
    range: tuple[float, float] | None = None
    missing: Missing = "fill"
    resize: tuple[Side, Side] | None = None
    grey: bool = False
    vocabulary: Annotated[int, msgspec.Meta(ge=3, le=1_000_000)] = 10_000
    length: Annotated[int, msgspec.Meta(ge=1, le=65_536)] = 128
    augment: Augment | None = None


class Statistics(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What transforms use, taken of `train` alone: one number for each channel, or one in all.

    Args:
        mean: Of each channel.
        std: Likewise, of the population.
        low: Least.
        high: Largest.
        words: Of texts, those with a number of their own; the first has number 2.
        most: Of boxes, the most that one picture has in any part.
        missing: Rows of each part whose value was filled.
    """

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    most: int = 0
    missing: dict[str, int] = {}


class ColumnSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Describe a column: see `gnomon.models.datasets.column.Column`; `said` when somebody said what it holds."""

    kind: Kind
    why: str = ""
    said: bool = False
    shape: tuple[int | None, ...] = ()
    classes: tuple[str, ...] = ()
    missing: int = 0
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None

    @classmethod
    def of(cls, column: Column, *, said: bool = False) -> "ColumnSpec":
        """Return the description of an open column."""
        names = ("kind", "why", "shape", "classes", "missing", "low", "high", "mean", "std")
        return cls(said=said, **{name: getattr(column, name) for name in names})


class DatasetSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Describe a data set.

    Args:
        name: What it is called in its home.
        path: Where it lies: absolute, `home:…` within the home, `gnomon:…` of what ships with gnomon.
        fingerprint: SHA-256 of its rows, 64 hexadecimal digits.
        rows: How many there are.
        columns: What each holds, in the order of the file.
        inputs: Columns that a model is given.
        target: Columns that it is to predict.
        split: How rows are split.
        transforms: What is done to the values, by column.
        statistics: What transforms use, by column.
        parts: How many rows each part has.
        notes: What its user should know, one sentence each.
        format: Always `dataset/1`.
    """

    name: str
    path: str
    fingerprint: str
    rows: int
    columns: dict[str, ColumnSpec]
    inputs: tuple[str, ...]
    target: tuple[str, ...] = ()
    split: SplitSpec = SplitSpec()
    transforms: dict[str, Transform] = {}
    statistics: dict[str, Statistics] = {}
    parts: dict[str, int] = {}
    notes: tuple[str, ...] = ()
    format: Literal["dataset/1"] = "dataset/1"

    @property
    def digest(self) -> str:
        """16 hexadecimal digits of what decides which numbers a model sees."""
        # As read back: somebody wrote 16 where 16.0 is stored.
        said = msgspec.json.decode(msgspec.json.encode(self), type=DatasetSpec)
        deciding = {key: value for key, value in plain(said).items() if key not in _TOLD}
        # What a column says of itself beside kind and classes follows from the rows, which the fingerprint is of.
        deciding["columns"] = {
            name: [column.kind, list(column.classes)] for name, column in sorted(self.columns.items())
        }
        return hashlib.sha256(msgspec.json.encode(deciding, order="sorted")).hexdigest()[:DIGEST]

    @property
    def ref(self) -> str:
        """What runs and graphs keep: `name@digest`."""
        return f"{self.name}@{self.digest}"

    def transform(self, column: str) -> Transform:
        """Return what is done to a column."""
        return self.transforms.get(column, Transform())


class Ref(msgspec.Struct, frozen=True):
    """Name a data set and perhaps one of its versions, by number or digest."""

    name: str
    version: int | None = None
    digest: str = ""

    def __str__(self) -> str:
        end = self.digest or (str(self.version) if self.version is not None else "")
        return f"{self.name}@{end}" if end else self.name


def read_ref(text: str) -> Ref:
    """Return what a text names: `name`, `name@3` or `name@<digest>`.

    Raises:
        InputError: It names nothing.

    Example:
        >>> read_ref("mnist@2").version, read_ref("mnist@00ff00ff00ff00ff").digest, read_ref("mnist").version
        (2, '00ff00ff00ff00ff', None)
    """
    name, at, end = text.partition("@")
    check_name(name, "dataset")
    if not at:
        return Ref(name)
    if _HEX.match(end):
        return Ref(name, digest=end)
    if end.isascii() and end.isdecimal() and 0 < len(end) <= 9 and int(end):
        return Ref(name, int(end))
    msg = f"dataset: expected name, name@3 or name@ and {DIGEST} hexadecimal digits, received {text!r:.100}."
    raise InputError(msg, field="dataset")


def check_name(name: str, field: str = "name") -> str:
    """Return what a data set may be called.

    Raises:
        InputError: It is not of letters, digits, dots, hyphens and underscores, at most 64.
    """
    if not _NAME.match(name):
        msg = f"{field}: expected letters, digits, dots, hyphens and underscores, 64 at most, received {name!r:.80}."
        raise InputError(msg, field=field)
    return name


def plain(spec: DatasetSpec) -> dict[str, Any]:
    """Return a description as maps and lists, as it is stored and sent."""
    found: dict[str, Any] = msgspec.to_builtins(spec)
    return found


def decode(data: Any) -> DatasetSpec:
    """Return the description that maps and lists, or bytes of JSON, hold.

    Raises:
        InputError: It is none; the message says where.
    """
    try:
        if isinstance(data, bytes):
            return msgspec.json.decode(data, type=DatasetSpec)
        return msgspec.convert(data, DatasetSpec)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        msg = f"dataset: {error}. The format is described in docs/reference/data.md."
        raise InputError(msg, field="dataset") from error
