"""What is kept of every row that was tested, beside the version: `HOME/models/NAME/NUMBER.tests/TEST/predictions.npz`.

at          int64 (n,)   places in the part          row      int64 (n,)  numbers in the data
0/at        int64 (m,)   of the first output: which of them were judged; 1/at of the second …
0/truth     its truth, 0/predicted, 0/score, 0/loss, 0/right, 0/top, 0/top_score, 0/scores: see `found.Found`
0/mask_truth, 0/mask_made   uint8 (r, h, w), classes of the pixels of the first r rows
"""

import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from gnomon.core.errors import CorruptError, GnomonError, InputError, NotFoundError
from gnomon.core.folder import make_private
from gnomon.models.registry.files import folder_of

if TYPE_CHECKING:  # the server reads what a worker wrote
    from gnomon.models.testing.found import Found

Int64 = npt.NDArray[np.int64]
FILE: Final = "predictions.npz"
ORDERS: Final = ("row", "confident_wrong", "confident_right", "unsure", "loss", "least_loss")


def folder_of_tests(home: Path, name: str, number: int) -> Path:
    """Return where the tests of a version lie."""
    return folder_of(home, name, number).with_name(f"{number}.tests")


def save(folder: Path, at: Int64, rows: Int64, found: "Sequence[Found]") -> Path:
    """Write what was found of every row, whole or not at all; return where.

    Args:
        folder: Of the test; what it held is replaced.
        at: Places in the part.
        rows: Numbers of the rows in the data.
        found: Of each output.
    """
    for place in (folder.parent, folder):
        make_private(place)
    arrays: dict[str, npt.NDArray[Any]] = {"at": at, "row": rows}
    for i, each in enumerate(found):
        arrays[f"{i}/at"] = each.at
        arrays |= {f"{i}/{name}": array for name, array in (*each.rows.items(), *each.extra.items())}
    descriptor, partial = tempfile.mkstemp(prefix=f".{FILE}.", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # names are no options of it
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(folder / FILE)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return folder / FILE


@dataclass(frozen=True, slots=True)
class Asked:
    """Say which rows are wanted: see `TestRowsQuery`; `actual` and `predicted` are numbers of classes."""

    output: int = 0
    actual: int | None = None
    predicted: int | None = None
    order: str = "row"
    first: int = 0
    limit: int = 24


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Hold rows: how many there are in all, their places in the part and numbers in the data, and what is kept of each."""

    total: int
    at: Int64
    rows: Int64
    kept: Mapping[str, npt.NDArray[Any]]
    has_mask: npt.NDArray[np.bool_]


def choose(file: Path, asked: Asked) -> Chosen:
    """Return the rows that are asked for.

    Raises:
        NotFoundError: Nothing is kept of this test.
        CorruptError: The file does not read.
        InputError: The order or a filter is none of this output.
    """
    try:
        # NumPy leaves a file open that it cannot read.
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
            return _chosen(kept, asked)
    except GnomonError:
        raise
    except FileNotFoundError:
        msg = f"test: its predictions are not there any more: {file.parent.name}. Test the version again."
        raise NotFoundError(msg) from None
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        msg = f"{file.name}: it does not read: {error}. Test the version again."
        raise CorruptError(msg) from error


def _chosen(kept: Any, asked: Asked) -> Chosen:
    begin = f"{asked.output}/"
    names = [name.removeprefix(begin) for name in kept.files if name.startswith(begin)]
    if "at" not in names:
        msg = f"output: this test has no output {asked.output}."
        raise InputError(msg, field="output")
    at = kept[f"{begin}at"]
    place = _order(kept, begin, names, asked)
    some = place[asked.first : asked.first + asked.limit]
    found = {n: kept[begin + n][some] for n in names if n != "at" and not n.startswith(("mask_", "scores"))}
    has_mask = np.zeros(len(some), np.bool_)
    if "mask_made" in names:
        count = len(kept[f"{begin}mask_made"])
        has_mask = some < count
        for name in ("mask_truth", "mask_made"):
            found[name] = kept[begin + name][np.where(has_mask, some, 0)]
    rows = dict(zip(kept["at"].tolist(), kept["row"].tolist(), strict=True))
    return Chosen(len(place), at[some], np.array([rows[i] for i in at[some].tolist()], np.int64), found, has_mask)


def _order(kept: Any, begin: str, names: Sequence[str], asked: Asked) -> Int64:
    """Return the places of the rows that pass the filter, in order."""
    n = len(kept[f"{begin}at"])
    good = np.ones(n, np.bool_)
    for name, value in (("truth", asked.actual), ("predicted", asked.predicted)):
        if value is not None:
            array = _need(kept, begin, names, name, f"{'actual' if name == 'truth' else name}")
            good &= (array == value) if array.ndim == 1 else array[:, value].astype(bool)
    if asked.order.startswith("confident") or asked.order == "unsure":
        score = _need(kept, begin, names, "score", "order")
        if "right" in names and asked.order != "unsure":
            good &= kept[f"{begin}right"] == (asked.order == "confident_right")
        key = score if asked.order == "unsure" else -score
    elif asked.order in ("loss", "least_loss"):
        loss = _need(kept, begin, names, "loss", "order")
        key = loss if asked.order == "least_loss" else -loss
    else:
        key = np.zeros(n)
    place = np.flatnonzero(good)
    return place[np.argsort(key[place], kind="stable")]


def _need(kept: Any, begin: str, names: Sequence[str], name: str, field: str) -> npt.NDArray[Any]:
    if name not in names or (field in ("actual", "predicted") and kept[begin + name].dtype.kind not in "ib"):
        msg = f"{field}: this output has none of that; its rows can be ordered by row, loss and least_loss."
        raise InputError(msg, field=field)
    array: npt.NDArray[Any] = kept[begin + name]
    return array
