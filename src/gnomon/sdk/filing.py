"""Files that are kept with a run: which they are, under which keys, and what happens when they cannot be."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from glob import glob, has_magic
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from gnomon.core.errors import GnomonError, InputError
from gnomon.core.records.file import File
from gnomon.sdk.model_files import write_model

if TYPE_CHECKING:
    from gnomon.sdk.filed import Filed

MAX_FILES: Final = 10_000
"""Files that one call keeps."""


def keep(run: "Filed", key: str, given: object, name: str | None, kind: str, step: int | None) -> None:
    """Keep files with a run; see `Filed.save`."""
    try:
        _write(run, filed(given, key, name, kind), step)
    except Exception as error:  # noqa: BLE001 - a path may be anything, and training goes on
        run.lose(1, f"{given!r:.80}: not kept", _refusal(error))


def keep_model(run: "Filed", model: object, name: str, example: object, step: int | None) -> None:
    """Keep a model with a run; see `Filed.log_model`."""
    folder = Path(tempfile.mkdtemp(prefix="gnomon-model-"))
    try:
        given = write_model(model, folder, example, lambda error: run.lose(1, f"{name!r:.40}: no ONNX", error))
        at = _write(run, filed(given, "models", name, "model"), step)
        run.annotate({"models": {name: at}})  # by which pages know, without looking through the records
    except Exception as error:  # noqa: BLE001 - a framework's error must not reach training
        run.lose(1, f"{name!r:.40}: model not kept", _refusal(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def filed(given: object, key: str, name: str | None = None, kind: str = "") -> dict[str, File]:
    """Return files by the key each is kept under: a file, all files of a folder, or all that a pattern finds.

    Files of a folder keep their place in it; those whose name begins with a dot are left out.

    Args:
        given: Path, or a pattern such as `"out/*.png"`.
        key: First part of the keys.
        name: What it is called; the name of the file or folder when `None`.
        kind: What it is for, such as `"dataset"`.

    Raises:
        InputError: There is nothing, or more than 10,000 files.
    """
    if not isinstance(given, (str, PurePath)):
        msg = (
            f"path: expected a path, received {type(given).__name__}. Write it to a file first, or log gnomon.File(…)."
        )
        raise InputError(msg, field="path")
    place = Path(given).expanduser()
    if has_magic(str(place)) and not place.exists():
        found = {f"{key}/{_name(each, name)}": each for each in _matching(place)}
    elif place.is_dir():
        first = f"{key}/{_name(place.absolute(), name)}"
        found = {f"{first}/{each.relative_to(place).as_posix()}": each for each in _inside(place)}
    else:
        found = {f"{key}/{_name(place, name)}": place}
    if not found or len(found) > MAX_FILES:
        msg = f"path: expected one to {MAX_FILES:,} files, {place} holds {len(found):,}. " + (
            "Is the path right?" if not found else "Pack it: shutil.make_archive(name, 'zip', folder)."
        )
        raise InputError(msg, field="path")
    return {key: File(each, purpose=kind) for key, each in found.items()}


def _name(place: Path, name: str | None) -> str:
    return place.name if name is None else name


def _matching(pattern: Path) -> list[Path]:
    found = sorted(glob(str(pattern), recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [place for place in map(Path, found) if place.is_file()]


def _inside(folder: Path) -> Iterator[Path]:
    for place in sorted(folder.rglob("*")):
        if place.is_file() and not any(part.startswith(".") for part in place.relative_to(folder).parts):
            yield place


def _write(run: "Filed", files: Mapping[str, File], step: int | None) -> int:
    """Write records of files; return the step."""
    at = max(run.step, 0) if step is None else step
    run.write(files, at)
    return at


def _refusal(error: Exception) -> GnomonError:
    if isinstance(error, GnomonError):
        return error
    return GnomonError(f"{type(error).__name__}: {error}. Nothing was kept; training goes on.")
