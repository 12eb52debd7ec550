"""One export: written, loaded again, compared on samples, timed, and only then put where others find it."""

import hashlib
import importlib.metadata
import logging
import os
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError
from gnomon.core.folder import make_private
from gnomon.models.exporters.bundle import write_bundle
from gnomon.models.exporters.formats import FORMATS, Arrays, Outs, answers, check_installed, onnx_session
from gnomon.models.exporters.samples import samples
from gnomon.models.exporters.torch_model import TorchModel, load
from gnomon.models.registry.record import FileEntry

TOLERANCE: Final = 1e-4
"""Largest difference of a number between the export and the model, of numbers around one."""

BUNDLE: Final = "bundle"
NAMES: Final = (*FORMATS, BUNDLE)
_TIMED: Final = 20
Say = Callable[[float, str], object]


class Export(msgspec.Struct, frozen=True):
    """What is known of an export.

    Args:
        format: `onnx`, `torch-export`, `code`, `bundle`.
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
    say: Say | None = None,
) -> Export:
    """Export a version.

    Args:
        folder: With the files of the version.
        target: Folder to be made; it appears when the export is whole, and replaces one that is there.
        name: The format, one of `NAMES`.
        home: The home folder, for the data that it is compared on.
        allow_code: Whether Code nodes and own components may run.
        title: What the model is called.
        say: Told how far it is.

    Raises:
        InputError: There is no such format, or the model cannot be written in it; the message says why.
        MissingExtraError: A package is not installed.
        CorruptError: The weights do not fit the graph.
    """
    if name not in NAMES:
        msg = f"format: expected one of {', '.join(NAMES)}, received {name!r:.40}."
        raise InputError(msg, field="format")
    tell = say or (lambda _, __: None)
    for each in ("onnx", "code") if name == BUNDLE else (name,):
        check_installed(each, FORMATS[each]())
    tell(0.1, "loading the model")
    model = load(folder, allow_code=allow_code)
    given = samples(folder, model.graph, home)
    make_private(target.parent)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        found = _made(model, given.inputs, partial, name, tell, (folder, title))
        facts = msgspec.structs.replace(found, source=given.source, files=_files(partial))
        tell(0.95, "done")
        _replace(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return facts


def _made(model: TorchModel, inputs: Arrays, folder: Path, name: str, tell: Say, about: tuple[Path, str]) -> Export:
    form = FORMATS["onnx" if name == BUNDLE else name]()
    tell(0.3, f"writing {name}")
    began = time.perf_counter()
    try:
        with _quietly():
            form.write(model, folder)
            if name == BUNDLE:
                FORMATS["code"]().write(model, folder)
    except Exception as error:
        text = " ".join(str(error).split())[:500]
        msg = f"format: this model cannot be written as {name}: {type(error).__name__}: {text}"
        raise InputError(msg, field="format") from error
    seconds = time.perf_counter() - began
    tell(0.7, "comparing")
    largest, mean = _differences(answers(model, inputs), form.ask(model, folder, inputs))
    tell(0.85, "timing")
    one = {key: array[:1] for key, array in inputs.items()}
    latency = (
        _latency(lambda: form.ask(model, folder, one)) if name not in {"onnx", BUNDLE} else _onnx_latency(folder, one)
    )
    rows = len(next(iter(inputs.values())))
    made = Export(name, (), "", rows, largest, mean, largest <= TOLERANCE, seconds, latency, _versions())
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


def _latency(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def _onnx_latency(folder: Path, one: Arrays) -> float:
    session = onnx_session(folder / "model.onnx")
    given: dict[str, npt.NDArray[Any]] = {each.name: one[each.name] for each in session.get_inputs()}
    taken = []
    for _ in range(_TIMED):
        began = time.perf_counter()
        session.run(None, given)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def _files(folder: Path) -> tuple[FileEntry, ...]:
    found = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        path.chmod(0o600)
        found.append(FileEntry(path.name, path.stat().st_size, digest))
    return tuple(found)


def _replace(partial: Path, target: Path) -> None:
    old = target.with_name(f".old-{target.name}.{os.getpid()}")
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _versions() -> dict[str, str]:
    found = {}
    names: Sequence[str] = ("gnomon", "torch", "onnx", "onnxruntime", "onnxscript")
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
