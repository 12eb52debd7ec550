"""`run.use_data`: say which data a run uses, and get back what it is known by."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gnomon.core.errors import GnomonError, InputError
from gnomon.core.limits import check_name
from gnomon.core.records.record_type import Encoded
from gnomon.sdk.data.describe import MAX_COLUMNS, classes_of, head_of, part_facts, thumbnails
from gnomon.sdk.data.files import Files, read_array, read_files
from gnomon.sdk.data.fingerprint import SHORT, VERSION, Fingerprint
from gnomon.sdk.data.parts import Parts, parts_of
from gnomon.sdk.data.rows import Sketch, sketch

if TYPE_CHECKING:
    from gnomon.sdk.run import Run

KEY: Final = "gnomon/data/"
_SHARED: Final = 0.005
"""Share of common rows from which on two sets of one run are said to overlap."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What data is known by.

    Args:
        name: What the run calls it.
        hash: 16 hexadecimal digits; empty when it could not be read.
        shape: Shape of the inputs; `(rows, columns)` of a frame, empty of files.
        dtype: Type of the inputs; of columns of several types all of them.
        classes: How many samples each class has, by label.
        rows: How many samples; `None` when nobody can tell.
        exact: Everything was hashed rather than a sample.
        facts: All that is written down of it.
    """

    name: str
    hash: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    classes: Mapping[str, int] = field(default_factory=dict)
    rows: int | None = None
    exact: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return self.rows or 0


class Datasets:
    """The data that one run uses.

    Args:
        run: The run.
        is_off: Nothing is written.
    """

    def __init__(self, run: "Run", *, is_off: bool = False) -> None:
        self._run, self._is_off = run, is_off
        self._used: dict[str, tuple[Dataset, Sketch | None]] = {}

    def use(self, x: object, y: object, name: object) -> Dataset:
        """See `Run.use_data`; raises nothing."""
        try:
            return self._use(x, y, check_name(name, "name"))
        except GnomonError as error:
            self._run.tell(f"use_data {name}", error)
        except Exception as error:  # noqa: BLE001 - somebody's data set may raise anything
            msg = f"use_data: {type(error).__name__}: {error!s:.300}. Pass arrays, a frame, a path or a data set."
            self._run.tell(f"use_data {name}", InputError(msg, field="x"))
        return Dataset(str(name))

    def _use(self, x: object, y: object, name: str) -> Dataset:
        if isinstance(x, (str, os.PathLike)):
            path = Path(os.fsdecode(x)).expanduser()
            array = read_array(path) if path.is_file() else None
            if array is None:
                return self._keep(_of_files(name, path, read_files(path)), None, None)
            x = array
        parts = parts_of(x, y)
        made = _of_parts(name, parts)
        return self._keep(made, sketch(parts.x), thumbnails(parts.x, parts.y))

    def _keep(self, made: Dataset, rows: Sketch | None, pictures: Any) -> Dataset:
        self._compare(made, rows)
        self._used[made.name] = made, rows
        if self._is_off:
            return made
        run, facts = self._run, dict(made.facts)
        if pictures is not None:
            facts["preview"] = self._preview(made.name, *pictures)
        text = json.dumps(facts, ensure_ascii=False, default=str, allow_nan=False)
        run.keep(KEY + made.name, Encoded("json", {}, text.encode("utf-8", "replace")))
        run.annotate({"data": {name: used.hash for name, (used, _) in self._used.items()}})
        return made

    def _preview(self, name: str, pictures: Any, labels: list[str]) -> str | None:
        from gnomon.core.records.images import TYPE, Images  # noqa: PLC0415 - it brings Pillow

        key = f"{KEY}{name}/preview"
        self._run.keep(
            key, TYPE.encode(Images(pictures, captions=labels or None, layout="NHWC" if pictures.ndim == 4 else "NHW"))
        )
        return key

    def _compare(self, made: Dataset, rows: Sketch | None) -> None:
        """Warn of data that is used twice under different names: a model tested on what it learned from."""
        for name, (other, theirs) in self._used.items():
            if name == made.name:
                if other.hash != made.hash:
                    text = f"use_data: {name!r} was {other.hash} before and is {made.hash} now; the later one counts."
                    self._run.hint(f"data {name} changed", text)
                continue
            if made.hash == other.hash:
                self._warn(made.name, name, "are the same data")
            elif rows is not None and theirs is not None:
                shared = rows.shared_with(theirs)
                if shared >= _SHARED:
                    self._warn(
                        made.name, name, f"share about {max(1, round(100 * shared))} % of the rows of the smaller"
                    )

    def _warn(self, one: str, other: str, what: str) -> None:
        remedy = "Scores on data that was trained on say nothing: split again, or drop the duplicates."
        self._run.hint(f"data {one} {other}", f"use_data: {one!r} and {other!r} {what}. {remedy}")


def _of_parts(name: str, parts: Parts) -> Dataset:
    everything = (*parts.x, *parts.y)
    fingerprint = Fingerprint()
    if parts.looked_at is not None:
        fingerprint.add_sample(parts.looked_at, parts.rows)
    for part in everything:
        fingerprint.add(part)
    sha256 = fingerprint.hexdigest()
    shape = _shape(parts)
    dtype = ", ".join(dict.fromkeys(part.dtype for part in parts.x))
    classes = classes_of(parts.y)
    facts = {
        "name": name,
        "version": VERSION,
        "hash": sha256[:SHORT],
        "sha256": sha256,
        "exact": fingerprint.exact,
        "sampled": fingerprint.sampled,
        "kind": parts.kind,
        "rows": parts.rows,
        "shape": list(shape),
        "dtype": dtype,
        "bytes": sum(part.size_bytes for part in everything),
        "x": [part_facts(part) for part in parts.x[:MAX_COLUMNS]],
        "y": [part_facts(part) for part in parts.y[:MAX_COLUMNS]],
        "classes": classes,
        "head": head_of([*parts.x, *parts.y]),
        "notes": parts.notes,
    }
    return Dataset(name, sha256[:SHORT], shape, dtype, classes, parts.rows, fingerprint.exact, facts)


def _shape(parts: Parts) -> tuple[int, ...]:
    if len(parts.x) == 1:
        shape = tuple(map(int, parts.x[0].values.shape))
        # A sample of items stands for all of them.
        return (parts.rows, *shape[1:]) if parts.kind == "dataset" and parts.rows is not None and shape else shape
    rows = {part.rows for part in parts.x}
    return (rows.pop(), len(parts.x)) if len(rows) == 1 and all(p.values.ndim == 1 for p in parts.x) else ()


def _of_files(name: str, path: Path, files: Files) -> Dataset:
    sha256 = files.fingerprint.hexdigest()
    classes = dict(sorted(files.classes.items()))
    exact = files.fingerprint.exact
    facts = {
        "name": name,
        "version": VERSION,
        "hash": sha256[:SHORT],
        "sha256": sha256,
        "exact": exact,
        "sampled": files.fingerprint.sampled,
        "kind": "files",
        "path": os.fsencode(path.absolute()).decode("utf-8", "replace"),
        "rows": files.count,
        **files.facts,
        "head": {"file": [os.fsencode(each).decode("utf-8", "replace") for each in files.head]},
        "classes": classes,
        "notes": files.notes,
    }
    return Dataset(name, sha256[:SHORT], (), "files", classes, files.count, exact, facts)
