"""Files that may be packed with gzip, whatever they are called."""

import gzip
from pathlib import Path
from typing import IO, Final, cast

_MAGIC: Final = b"\x1f\x8b"


def unpacked(path: Path) -> IO[bytes]:
    """Open a file for what it unpacks to. Servers may unpack a `.gz` on its way, so its first bytes tell, and not its name."""
    with path.open("rb") as stream:
        packed = stream.read(2) == _MAGIC
    return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")
