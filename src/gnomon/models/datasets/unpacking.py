"""Archives of data: unpacked within limits into an empty folder, or not at all."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from gnomon.core.errors import InputError, LimitError
from gnomon.core.limits import FREE_BYTES, MAX_RATIO

MAX_FILES: Final = 200_000
MAX_BYTES: Final = 16 << 30
_MAX_DEPTH: Final = 16
_PIECE: Final = 1 << 20


def unpack(params: Mapping[str, Any], say: Callable[[float, str], None]) -> dict[str, Any]:
    """Unpack an archive: `file`, `folder` (not there yet) and `free_bytes` in, `files` and `size_bytes` out."""
    path, folder = Path(params["file"]), Path(params["folder"])
    folder.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check(entries, path.stat().st_size, params.get("free_bytes", MAX_BYTES))
            done = 0
            for i, entry in enumerate(entries):
                done += _write(archive, entry, folder)
                if i % 100 == 0:
                    say(i / len(entries), f"{i:,} of {len(entries):,} files")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        msg = (
            f"body: expected a ZIP archive that can be unpacked without a password, received one that cannot: {error}."
        )
        raise InputError(msg, field="body") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return {"files": len(entries), "size_bytes": done}


def _check(entries: list[zipfile.ZipInfo], packed: int, free_bytes: int) -> None:
    """Refuse before anything is written: names first, then numbers."""
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        mode = entry.external_attr >> 16
        is_odd = stat.S_IFMT(mode) not in (0, stat.S_IFREG)
        if is_odd or name.is_absolute() or ".." in name.parts or ":" in entry.filename or len(name.parts) > _MAX_DEPTH:
            msg = f"body: expected an archive of plain files below one folder, received {entry.filename!r:.100}."
            raise InputError(msg, field="body")
        if entry.flag_bits & 1:
            msg = "body: expected an archive without a password."
            raise InputError(msg, field="body")
    size = sum(entry.file_size for entry in entries)
    most = min(MAX_BYTES, free_bytes, max(FREE_BYTES, packed * MAX_RATIO))
    if len(entries) > MAX_FILES or size > most:
        msg = (
            f"body: expected at most {MAX_FILES:,} files and {most >> 20:,} MiB ({MAX_RATIO} times what was sent, and what "
            f"the disk has room for), received {len(entries):,} files of {size >> 20:,} MiB. Copy them to the server's machine."
        )
        raise LimitError(msg, field="body")


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> int:
    """Write one file, no more than its head promised: heads lie."""
    place = folder.joinpath(*PurePosixPath(entry.filename.replace("\\", "/")).parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    with archive.open(entry) as stream, place.open("xb") as out:
        while piece := stream.read(_PIECE):
            done += len(piece)
            if done > entry.file_size:
                msg = f"body: {entry.filename!r:.100} unpacks to more than its head says."
                raise InputError(msg, field="body")
            out.write(piece)
    return done
