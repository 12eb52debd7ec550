"""Which device a job gets."""

import pytest

from gnomon.core.errors import InputError
from gnomon.server import slots


def test_cards_are_counted_by_what_is_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    for visible, count in (("", 0), ("-1", 0), ("0", 1), ("3, 1", 2)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert slots.count_gpus() == count
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert slots.devices({"cuda:1": 0, "cpu": 3}) | {"mps": 1} == {"cpu": 3, "cuda:0": 1, "mps": 1}


def test_any_device_is_a_card_where_there_is_one() -> None:
    free = {"cpu": 1, "cuda:0": 0, "cuda:1": 1}
    assert slots.choose("auto", free) == "cuda:1"
    assert slots.choose("auto", free | {"cuda:1": 0}) is None
    assert slots.choose("cuda:0", free) is None
    assert slots.choose("cpu", free) == "cpu"
    assert slots.choose("cpu", free | {"cpu": -1}) is None


def test_a_device_that_is_not_there_is_refused() -> None:
    slots.check("auto", {"cpu": 1})
    with pytest.raises(InputError, match="expected auto or one of cpu, received 'cuda:0'"):
        slots.check("cuda:0", {"cpu": 1})


def test_cores_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots.os, "cpu_count", lambda: 8)
    assert [slots.threads("cpu", {"cpu": n}) for n in (1, 3, 100)] == [8, 2, 1]
    assert slots.threads("cuda:0", {"cpu": 1, "cuda:0": 1}) == 0


def test_slots_are_read_from_words() -> None:
    assert slots.read_slots(("cpu=2", "cuda:0=0")) == (("cpu", 2), ("cuda:0", 0))
    for wrong in ("cpu", "cpu=", "=1", "cpu=-1", "cpu=two", "cpu=9999"):
        with pytest.raises(InputError) as caught:
            slots.read_slots((wrong,))
        assert caught.value.field == "slots"
