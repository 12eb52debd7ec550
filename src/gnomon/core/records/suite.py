"""The contract of record types as tests: subclass `RecordTypeSuite`, give it your type and samples, and run pytest.

    class TestRotationType(RecordTypeSuite):
        record_type = ROTATION

        def samples(self) -> list[object]:
            return [Rotation(90.0)]

Importing this module needs pytest, which gnomon itself does not.
"""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from gnomon.core.errors import CorruptError, InputError, LimitError, MissingExtraError
from gnomon.core.records import registry
from gnomon.core.records.record_type import Encoded, RecordType

_META_BYTES = 256 << 10
_DAMAGES = 60


def payload(encoded: Encoded) -> bytes:
    """Return the payload as bytes, wherever it is."""
    return encoded.data.read_bytes() if isinstance(encoded.data, Path) else bytes(encoded.data)


def travelled(encoded: Encoded) -> tuple[dict[str, Any], bytes]:
    """Return meta and payload as they come out of a store: meta has been JSON once."""
    return json.loads(json.dumps(encoded.meta, allow_nan=False)), payload(encoded)


def same(a: object, b: object) -> bool:
    """Return whether two values are equal to the bit: arrays by format, shape and content, dataclasses by field."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        # Bytes, because NaN is unlike itself and 0.0 like -0.0.
        return a.dtype.name == b.dtype.name and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if is_dataclass(a) and type(a) is type(b):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return type(a) is type(b) and a == b


class RecordTypeSuite:
    """Subclass me; see the module."""

    record_type: ClassVar[RecordType]
    any_bytes: ClassVar[bool] = False
    """Whether every payload is a right one (text, files), so that damage cannot be noticed."""

    def samples(self) -> Sequence[object]:
        """Return values to encode: every form that the type takes."""
        raise NotImplementedError

    def nonsense(self) -> Sequence[object]:
        """Return instances of the wrapper that cannot be encoded, which must raise `InputError` or `LimitError`."""
        return []

    def decoded(self, sample: Any) -> Any:
        """Return what decoding the encoded `sample` should give; override it where that is not decode's own fixpoint."""
        encoded = self.record_type.encode(sample)
        return self.record_type.decode(*travelled(encoded))

    def test_it_is_registered_by_its_kind(self) -> None:
        kind = self.record_type.kind
        assert re.fullmatch("[a-z][a-z0-9_]*", kind)
        assert registry.type_of(kind) is self.record_type
        assert self.record_type.viewer

    def test_the_registry_gives_it_its_wrappers(self) -> None:
        wrapper = self.record_type.wrapper
        given = [s for s in self.samples() if (wrapper and isinstance(s, wrapper)) or self.record_type.accept(s)]
        assert given, "no sample is a wrapper or a value that the type accepts"
        for sample in given:
            encoded = registry.encode(sample)
            assert encoded is not None
            assert encoded.kind == self.record_type.kind

    def test_encoding_is_repeatable_and_its_meta_is_small_plain_json(self) -> None:
        for sample in self.samples():
            first, second = self.record_type.encode(sample), self.record_type.encode(sample)
            assert (first.kind, first.meta, payload(first)) == (self.record_type.kind, second.meta, payload(second))
            text = json.dumps(first.meta, allow_nan=False)
            assert json.loads(text) == first.meta, "meta changes when it travels as JSON"
            assert len(text) <= _META_BYTES

    def test_what_was_encoded_is_decoded(self) -> None:
        for sample in self.samples():
            encoded = self.record_type.encode(sample)
            assert same(self.record_type.decode(*travelled(encoded)), self.decoded(sample))

    def test_a_decoded_value_is_encoded_to_the_same_bytes(self) -> None:
        wrapper = self.record_type.wrapper
        for sample in self.samples():
            meta, data = travelled(self.record_type.encode(sample))
            value = self.record_type.decode(meta, data)
            if (wrapper and isinstance(value, wrapper)) or self.record_type.accept(value):
                assert payload(self.record_type.encode(value)) == data

    def test_the_summary_is_one_short_line(self) -> None:
        for sample in self.samples():
            meta, data = travelled(self.record_type.encode(sample))
            summary = self.record_type.summary(meta, len(data))
            assert summary.strip() == summary
            assert 0 < len(summary) <= 200
            assert "\n" not in summary

    def test_strangers_are_not_accepted(self) -> None:
        for stranger in (object(), lambda: None, type, 3 + 4j, {1, 2}):
            assert not self.record_type.accept(stranger)

    def test_nonsense_is_refused_with_a_reason(self) -> None:
        for value in self.nonsense():
            with pytest.raises((InputError, LimitError)) as caught:
                self.record_type.encode(value)
            assert len(str(caught.value)) > 20

    def test_damaged_bytes_are_corrupt_or_another_value_and_nothing_worse(self) -> None:
        rng = random.Random(3)  # noqa: S311 - the same damage every time
        for sample in self.samples():
            meta, data = travelled(self.record_type.encode(sample))
            damaged: list[bytes] = [b"", data[:1], data[: len(data) // 2], data[:-1], data + b"\0"]
            for _ in range(_DAMAGES):
                at = rng.randrange(len(data) + 1)
                damaged.append(data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :])
            for bad in damaged:
                self._decode_or_refuse(meta, bad)
            if not self.any_bytes and data:
                with pytest.raises((CorruptError, LimitError)):
                    self.record_type.decode(meta, b"")

    def test_damaged_meta_is_corrupt_or_another_value_and_nothing_worse(self) -> None:
        wrong: list[Any] = [None, True, -1, 10**30, 0.5, "x", "float32", [], [-1], [10**10] * 3, ["a"], {}, {"a": [1]}]
        for sample in self.samples():
            meta, data = travelled(self.record_type.encode(sample))
            self._decode_or_refuse({}, data)
            for name in meta:
                self._decode_or_refuse({k: v for k, v in meta.items() if k != name}, data)
                for value in wrong:
                    self._decode_or_refuse(meta | {name: value}, data)

    def test_any_meta_has_a_summary(self) -> None:
        metas: list[dict[str, Any]] = [{}, {"shape": []}, {"shape": [3], "dtype": "x"}]
        for meta in metas:
            assert self.record_type.summary(meta, 7)

    def _decode_or_refuse(self, meta: dict[str, Any], data: bytes) -> None:
        try:
            self.record_type.decode(meta, data)
        except (CorruptError, LimitError, MissingExtraError) as error:
            assert str(error)  # noqa: PT017 - any of the three will do, and so will none
