"""One export: written, loaded again, compared on samples, timed, and only then put where others find it."""

import hashlib
import importlib.metadata
import logging
import os
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from gnomon.core.errors import InputError
from gnomon.core.folder import make_private
from gnomon.models.exporters import catalog
from gnomon.models.exporters.bundle import write_bundle
from gnomon.models.exporters.catalog import BUNDLE
from gnomon.models.exporters.described import components, target_of
from gnomon.models.exporters.exported import Arrays, Ask, Exportable, Form, Outs
from gnomon.models.exporters.samples import Samples, samples
from gnomon.models.registry.record import FileEntry
from gnomon.models.room import room, why_full

TOLERANCE: Final = 1e-4
"""Largest difference of a number between the export and the model, of numbers around one."""

_TIMED: Final = 20
_TIMED_S: Final = 0.5
_LONG_S: Final = 3600.0
_RUNTIMES: Final = ("onnx", "onnxruntime", "onnxscript", "openvino")
_HERE: Final = "gnomon.models.exporters"
Say = Callable[[float, str], object]
About = tuple[Path, str, Mapping[str, Any] | None]
"""Folder and name of a version, and what its newest test found."""


class Export(msgspec.Struct, frozen=True):
    """What is known of an export.

    Args:
        format: One of `catalog.NAMES`.
        files: What it holds.
        source: What it was compared on: rows of a data set, or noise and why.
        rows: How many.
        largest: Largest difference between what it gives and what the model gives.
        mean: Mean difference.
        agrees: Whether the largest is within what is tolerated.
        seconds: How long writing took.
        latency_ms: Median of one row, loaded once, one thread.
        versions: Of the packages that wrote it.
    """

    format: str
    files: tuple[FileEntry, ...]
    source: str
    rows: int
    largest: float
    mean: float
    agrees: bool
    seconds: float
    latency_ms: float
    versions: dict[str, str]

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.size_bytes for file in self.files)


def export(
    folder: Path,
    target: Path,
    name: str,
    home: Path,
    *,
    allow_code: bool = True,
    title: str = "model",
    withheld: str = "",
    tested: Mapping[str, Any] | None = None,
    say: Say | None = None,
) -> Export:
    """Export a version.

    Args:
        folder: With the files of the version.
        target: Folder to be made; it appears when the export is whole, and replaces one that is there.
        name: The format, one of `catalog.NAMES`.
        home: The home folder, for the data that it is compared on.
        allow_code: Whether Code nodes and own components may run.
        title: What the version is called: `name@3`.
        withheld: Why its data may not be opened; it is compared on noise then.
        tested: What its newest test found, for a model card; see `registry.exported.last_test`.
        say: Told how far it is.

    Raises:
        InputError: There is no such format, or the model cannot be written in it; the message says why.
        MissingExtraError: A package is not installed.
        CorruptError: The weights do not fit the graph.
        StoreError: The disk is full; what was there is whole.
    """
    form, framework = catalog.find(name), target_of(folder)
    catalog.check(form, framework, [path.name for path in folder.iterdir()])
    if framework == "keras":
        _compute_with(form)
    tell = say or (lambda _, __: None)
    tell(0.1, "loading the model")
    with components(folder, allow_code=allow_code):
        model: Exportable = import_module(f"{_HERE}.{framework}_model").load(folder, allow_code=allow_code)
        given = samples(folder, model.graph, home, withheld=withheld)
        return _kept(model, given, target, name, tell, (folder, title, tested))


def _compute_with(form: catalog.Format) -> None:
    """Have Keras compute with what a format is written by; with PyTorch where any will do and nobody said otherwise."""
    if "keras" not in sys.modules:
        wanted = form.backend or (not os.environ.get("KERAS_BACKEND") and find_spec("torch") and "torch")
        if wanted:
            os.environ["KERAS_BACKEND"] = wanted
    found = import_module("keras").config.backend()
    if form.backend not in {"", found}:
        msg = f"format: {form.title} is written by {form.backend}, and Keras computes with {found} here. Use a fresh process."
        raise InputError(msg, field="format")


def _kept(model: Exportable, given: Samples, target: Path, name: str, tell: Say, about: About) -> Export:
    with room(f"The export {name}", target.parent):
        return _whole(model, given, target, name, tell, about)


def _whole(model: Exportable, given: Samples, target: Path, name: str, tell: Say, about: About) -> Export:
    make_private(target.parent)
    _clear(target)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        found = _made(model, given.inputs, partial, name, tell, about)
        facts = msgspec.structs.replace(found, source=given.source, files=_files(partial))
        tell(0.95, "done")
        _replace(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return facts


def _clear(target: Path) -> None:
    """Remove what a process left that was killed in the midst of the same export, long ago."""
    for path in target.parent.glob(f".{target.name}.*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _LONG_S:
                shutil.rmtree(path)


def _made(model: Exportable, inputs: Arrays, folder: Path, name: str, tell: Say, about: About) -> Export:
    known: Mapping[str, Callable[[], Form]] = import_module(f"{_HERE}.{model.graph.target}_formats").FORMATS
    form = known["onnx" if name == BUNDLE else name]()
    original = model.answer(inputs)  # first: Keras exports what was called
    tell(0.3, f"writing {name}")
    began = time.perf_counter()
    try:
        with _quietly():
            form.write(model, folder)
            if name == BUNDLE:
                known["code"]().write(model, folder)
            seconds = time.perf_counter() - began
            tell(0.7, "comparing")
            ask = form.open(model, folder)
            largest, mean = _differences(original, ask(inputs))
            tell(0.85, "timing")
            latency = _latency(ask, {key: array[:1] for key, array in inputs.items()})
    except Exception as error:
        if why_full(error, folder) is not None:
            raise
        text = " ".join(str(error).split())[:500]
        msg = f"format: this model cannot be written as {name}: {type(error).__name__}: {text}"
        raise InputError(msg, field="format") from error
    rows = len(next(iter(inputs.values())))
    made = Export(
        name, (), "", rows, largest, mean, largest <= TOLERANCE, seconds, latency, _versions(model.graph.target)
    )
    if name == BUNDLE:
        write_bundle(folder, model, made, *about)
    return made


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep what the exporters of PyTorch say to themselves: of packages that nobody asked for, of their own insides."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


def _differences(original: Outs, again: Outs) -> tuple[float, float]:
    """Return the largest and the mean difference; infinite where shapes differ, or one is not finite."""
    largest, total, count = 0.0, 0.0, 0
    for first, second in zip(original, again, strict=True):
        if first.shape != second.shape:
            return float("inf"), float("inf")
        same = (first == second) | (np.isnan(first) & np.isnan(second))
        difference = np.where(same, 0.0, np.abs(first.astype(np.float64) - second))
        difference = np.where(np.isnan(difference), np.inf, difference)
        largest = max(largest, float(difference.max(initial=0.0)))
        total, count = total + float(difference.sum()), count + difference.size
    return largest, total / max(count, 1)


def _latency(ask: Ask, one: Arrays) -> float:
    """Return the median time of one row in ms: of twenty, fewer where they take long."""
    taken: list[float] = []
    while len(taken) < _TIMED and sum(taken) < _TIMED_S:
        began = time.perf_counter()
        ask(one)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def _files(folder: Path) -> tuple[FileEntry, ...]:
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        path.chmod(0o600)
        found.append(FileEntry(path.relative_to(folder).as_posix(), path.stat().st_size, digest))
    return tuple(found)


def _replace(partial: Path, target: Path) -> None:
    old = target.with_name(f".old-{target.name}.{os.getpid()}")
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _versions(target: str) -> dict[str, str]:
    """Return the versions of the packages that had a part in it, as far as they are installed."""
    found = {}
    computes = ["keras", import_module("keras").config.backend()] if target == "keras" else ["torch"]
    for name in ("gnomon", *computes, *_RUNTIMES):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
