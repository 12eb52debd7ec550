"""A disk that has no room left, told as that, whatever the library that was writing made of it."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from gnomon.core.errors import GnomonError, StoreError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WORDS: Final = ("no space left", "disk quota exceeded", "file too large", "(os error 28)", "(os error 27)")
_LEAST_BYTES: Final = 1 << 20


@contextmanager
def room(what: str, folder: Path) -> Iterator[None]:
    """Tell of a full disk in a sentence; all other errors pass as they are.

    Args:
        what: What is being written, as the sentence begins.
        folder: Where.

    Raises:
        StoreError: There is no room, with what to do.
    """
    try:
        yield
    except GnomonError:
        raise
    except Exception as error:
        why = why_full(error, folder)
        if why is None:
            raise
        msg = (
            f"{what} cannot be written to {folder}: {why}. Free some space, or move the home folder to a larger disk, and "
            "try again; what was there before is whole."
        )
        raise StoreError(msg) from error


def why_full(error: BaseException, folder: Path) -> str | None:
    """Return what the system says of a disk without room, when that is why something failed.

    Libraries in other languages tell of it by a text, or by nothing: then a disk with less than a megabyte free is why.
    """
    chain: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in chain:
        chain.append(found)
        found = found.__cause__ or found.__context__
    for each in chain:
        if isinstance(each, OSError) and each.errno in _FULL:
            return each.strerror or "No space left on device"
        text = str(each).lower()
        word = next((word for word in _WORDS if word in text), None)
        if word is not None:
            return "No space left on device" if "28" in word else word.capitalize()
    if isinstance(error, (RuntimeError, OSError)):
        with suppress(OSError):
            if shutil.disk_usage(folder).free < _LEAST_BYTES:
                return "No space left on device"
    return None
