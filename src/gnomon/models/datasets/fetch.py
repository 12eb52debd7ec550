"""Fetching known data sets: from a folder or by URL, each file compared with what it must hold, whole or not at all."""

import gzip
import hashlib
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import urljoin, urlsplit

from gnomon.core.errors import CorruptError, InputError, NotFoundError, UnavailableError
from gnomon.core.folder import make_private
from gnomon.models.datasets.catalog import Known
from gnomon.models.datasets.packed import unpacked

MAX_BYTES: Final = 4 << 30
"""Of one file, packed or not."""

_PIECE: Final = 1 << 20
_TIMEOUT_S: Final = 30.0
_TEMPORARY: Final = ".partial"


@dataclass(frozen=True, slots=True)
class Fetched:
    """Tell what fetching did.

    Args:
        folder: Where the files lie.
        new: Files that came.
        kept: Files that were there already, and right.
    """

    folder: Path
    new: tuple[str, ...]
    kept: tuple[str, ...]


def fetch(
    data: Known, folder: Path, origin: str | None = None, progress: Callable[[str, int, int | None], None] | None = None
) -> Fetched:
    """Bring the files of a data set into a folder; those that are there and right stay.

    Args:
        data: Which.
        folder: Where to; it is made.
        origin: A folder, or a URL of one (http or https); the one of the catalogue unless told.
        progress: Called with a file's name, its bytes so far, and how many there will be when that is known.

    Raises:
        NotFoundError: A file is not there.
        UnavailableError: The server cannot be reached.
        CorruptError: A file does not hold what it should; nothing of it is kept.
    """
    make_private(folder)
    place = origin if origin is not None else data.url
    new, kept = [], []
    for name, content in data.files.items():
        path = folder / name
        if path.is_file() and content_hash(path) == content:
            kept.append(name)
            continue
        _bring(place, name, path.with_name(name + _TEMPORARY), progress)
        partial = path.with_name(name + _TEMPORARY)
        found = content_hash(partial)
        if found != content:
            partial.unlink()
            msg = f"{name}: expected content of SHA-256 {content[:16]}…, received {(found or 'a damaged file')[:16]}… from {place}. Try another source with --from."
            raise CorruptError(msg)
        partial.replace(path)
        new.append(name)
    return Fetched(folder, tuple(new), tuple(kept))


def content_hash(path: Path) -> str | None:
    """Return the SHA-256 of a file, of what it unpacks to when it is packed; `None` when it is damaged."""
    digest = hashlib.sha256()
    try:
        with unpacked(path) as stream:
            total = 0
            while piece := stream.read(_PIECE):
                total += len(piece)
                if total > MAX_BYTES:
                    return None
                digest.update(piece)
    except (OSError, EOFError, zlib.error):
        return None
    return digest.hexdigest()


def _bring(place: str, name: str, path: Path, progress: Callable[[str, int, int | None], None] | None) -> None:
    """Write a file of the origin to `path`."""
    if urlsplit(place).scheme in ("http", "https"):
        _download(urljoin(place if place.endswith("/") else f"{place}/", name), path, progress)
        return
    if "://" in place:
        msg = f"from: expected a folder, or a URL that begins with http:// or https://, received {place!r:.80}."
        raise InputError(msg, field="from")
    source = Path(place).expanduser() / name
    plain = source.with_name(name.removesuffix(".gz"))
    if not source.is_file() and name.endswith(".gz") and plain.is_file():  # somebody unpacked it: packed again
        with plain.open("rb") as stream, gzip.open(path, "wb", compresslevel=1) as out:
            _copy_into(out, stream, name, plain.stat().st_size, progress)
        return
    if not source.is_file():
        msg = f"from: there is no {name} in {source.parent}. It must hold the files under their usual names."
        raise NotFoundError(msg)
    with source.open("rb") as stream:
        _copy(stream, path, name, source.stat().st_size, progress)


def _download(url: str, path: Path, progress: Callable[[str, int, int | None], None] | None) -> None:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - http and https only, see above
            length = answer.headers.get("Content-Length")
            _copy(answer, path, path.name.removesuffix(_TEMPORARY), int(length) if length else None, progress)
    except urllib.error.HTTPError as error:
        msg = f"{url}: the server answered {error.code} {error.reason}. Fetch the file by hand and use --from FOLDER."
        raise NotFoundError(msg) from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        msg = f"{url}: it cannot be reached: {reason}. Without a network, copy the files and use --from FOLDER."
        raise UnavailableError(msg) from error


def _copy(
    stream: IO[bytes], path: Path, name: str, size: int | None, progress: Callable[[str, int, int | None], None] | None
) -> None:
    try:
        with path.open("wb") as out:
            _copy_into(out, stream, name, size, progress)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _copy_into(
    out: IO[bytes] | gzip.GzipFile,
    stream: IO[bytes],
    name: str,
    size: int | None,
    progress: Callable[[str, int, int | None], None] | None,
) -> None:
    done = 0
    while piece := stream.read(_PIECE):
        done += len(piece)
        _check_size(name, done)
        out.write(piece)
        if progress is not None:
            progress(name, done, size)


def _check_size(name: str, size: int) -> None:
    if size > MAX_BYTES:
        msg = f"{name}: expected at most {MAX_BYTES >> 30} GiB, received more."
        raise CorruptError(msg)
