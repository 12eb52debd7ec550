"""Plain data: what lists, dicts, numbers, text and `None` nest into."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gnomon.core.errors import CorruptError
from gnomon.core.plain import plain
from gnomon.core.records.record_type import Encoded

_to_json: Final = msgspec.json.Encoder().encode
_from_json: Final = msgspec.json.Decoder().decode


class JsonType:
    """Nested lists and dicts as JSON; NaN and infinities become the texts `NaN`, `Infinity` and `-Infinity`."""

    kind = "json"
    wrapper = None
    viewer = "json"

    def accept(self, value: object) -> bool:
        return value is None or isinstance(value, (bool, int, float, list, tuple, Mapping))

    def encode(self, value: object) -> Encoded:
        return Encoded(self.kind, {}, _to_json(plain(value, finite=True, longest=None)))

    def decode(self, meta: Mapping[str, Any], data: bytes) -> Any:
        del meta
        return decode_json(data)

    def summary(self, meta: Mapping[str, Any], size: int) -> str:
        del meta
        return f"JSON, {size:,} bytes"


def decode_json(data: bytes) -> Any:
    """Return what JSON says.

    Raises:
        CorruptError: It is no JSON, or nested too deep.
    """
    try:
        return _from_json(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        msg = f"json: expected JSON, received {bytes(data[:40])!r}: {error}"
        raise CorruptError(msg) from error


TYPE = JsonType()
