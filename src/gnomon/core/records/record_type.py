"""What a record type promises. `gnomon.core.records.suite.RecordTypeSuite` is the same contract as tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Encoded:
    """Hold a value as it travels and is stored.

    Args:
        kind: Which record type decodes it, such as `"image"`.
        meta: What viewers need to know before they read the payload; plain JSON, no NaN, a few kilobytes at most.
        data: The payload. A path names a file to attach: it is read and copied when the record is written.
    """

    kind: str
    meta: dict[str, Any]
    data: bytes | memoryview | Path


class RecordType(Protocol):
    """One kind of record: how a value becomes bytes, and how bytes become a value again.

    A plugin names an instance of it in the entry-point group `gnomon.record_types`; built-ins use the same door.
    """

    @property
    def kind(self) -> str:
        """Name of the kind, one lower-case word: `"image"`."""
        ...

    @property
    def wrapper(self) -> type | None:
        """Class whose instances are encoded by this type (`gnomon.Image`); `None` when there is none."""
        ...

    @property
    def viewer(self) -> str:
        """Key of the viewer in the web UI, usually the kind."""
        ...

    def accept(self, value: object) -> bool:
        """Return whether a plain value (array, figure, frame …) is one of ours, without importing anything to ask."""
        ...

    def encode(self, value: object) -> Encoded:
        """Return a wrapper's instance, or an accepted value, as bytes.

        Raises:
            InputError: It cannot be encoded; the message says why and what to do.
            LimitError: It is larger than we accept.
        """
        ...

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Any:
        """Return the value, in memory bounded by the size of `data` and the limits of `core.limits`.

        Neither `meta` nor `data` is trusted, and nothing is unpickled.

        Raises:
            CorruptError: The bytes are not what `meta` says.
            LimitError: Decoded, it would be larger than we accept.
        """
        ...

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        """Return one line for people, such as `"44,100 Hz, stereo, 2.5 s"`.

        Args:
            meta: As encoded.
            size: Length of the payload in bytes.
        """
        ...
