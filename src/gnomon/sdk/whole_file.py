"""A file that is whole or not there."""

from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write pieces to a file beside `path`, which takes its place once the last one is in.

    Raises:
        OSError: It cannot be written. Whatever a piece raises passes through too; then `path` is as it was.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
