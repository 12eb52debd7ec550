"""Several files as one zip, packed while it is sent: memory stays at one piece, and nothing is written to disk."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_PIECE: Final = 1 << 20
_FEW_BYTES: Final = 1 << 31


def zipped(folder: str, files: Sequence[tuple[str, Path]]) -> Iterator[bytes]:
    """Yield a zip.

    Args:
        folder: Name of the folder that comes out of it.
        files: Paths within it, and where each lies.
    """
    out = _Sink()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]
        for path, place in files:
            info = zipfile.ZipInfo(f"{folder}/{path}")
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with (
                place.open("rb") as source,
                archive.open(info, "w", force_zip64=place.stat().st_size > _FEW_BYTES) as to,
            ):
                while piece := source.read(_PIECE):
                    to.write(piece)
                    yield out.taken()
    yield out.taken()


class _Sink:
    """Takes what is written until it is fetched; cannot go back, which a zip need not."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: it is fetched."""

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        found, self._held = b"".join(self._held), []
        return found
