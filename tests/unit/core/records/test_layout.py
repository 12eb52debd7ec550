import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.layout import array_layout, parse_slice


@pytest.mark.parametrize(
    ("kind", "meta", "size", "expected"),
    [
        ("tensor", {"dtype": "float32", "shape": [2, 3]}, 24, ("float32", (2, 3), 0)),
        ("tensor", {"dtype": "bfloat16", "shape": []}, 2, ("bfloat16", (), 0)),
        ("image", {"format": "raw", "dtype": "uint8", "shape": [4, 5, 3]}, 60, ("uint8", (4, 5, 3), 0)),
        ("video", {"format": "raw", "dtype": "uint8", "shape": [2, 1, 1, 1]}, 2, ("uint8", (2, 1, 1, 1), 0)),
        ("histogram", {"bins": 2}, 40, ("float64", (5,), 0)),
        ("confusion", {"labels": ["a", "b"]}, 32, ("int64", (2, 2), 0)),
        ("points", {"n": 2, "dims": 3, "rgb": True}, 30, ("float32", (2, 3), 0)),
        ("embedding", {"n": 2, "dim": 5}, 48, ("float32", (2, 5), 0)),
        ("mesh", {"vertices": 1}, 100, ("float32", (1, 3), 0)),
    ],
)
def test_the_array_of_a_record_is_found(
    kind: str, meta: dict[str, object], size: int, expected: tuple[str, tuple[int, ...], int]
) -> None:
    found = array_layout(kind, meta, size)
    assert found is not None
    assert (found.dtype, found.shape, found.offset) == expected


@pytest.mark.parametrize(
    ("kind", "meta"),
    [("text", {}), ("image", {"format": "png"}), ("video", {"format": "mp4"}), ("file", {}), ("fits", {}), ("?", {})],
)
def test_what_holds_no_array_in_place_has_no_layout(kind: str, meta: dict[str, object]) -> None:
    assert array_layout(kind, meta, 100) is None


@pytest.mark.parametrize(
    ("kind", "meta", "size"),
    [
        ("tensor", {"dtype": "float32", "shape": [10**9, 10**9]}, 24),
        ("tensor", {"dtype": "float32", "shape": [2, 3]}, 25),
        ("tensor", {"dtype": "object", "shape": [1]}, 8),
        ("tensor", {"dtype": "float32"}, 8),
        ("tensor", {"dtype": "float32", "shape": [-1, -6]}, 24),
        ("tensor", {"dtype": "float32", "shape": [True, 6]}, 24),
        ("tensor", {"dtype": "uint8", "shape": [1] * 65}, 1),
        ("tensor", {"dtype": ["float32"], "shape": [1]}, 4),
        ("histogram", {"bins": 10**15}, 40),
        ("histogram", {"bins": "2"}, 40),
        ("confusion", {}, 24),
        ("points", {"n": 10**15, "dims": 3}, 24),
        ("fits", {"header": {"BITPIX": -32}, "offset": 2880, "shape": [100, 100]}, 2880),
    ],
)
def test_a_meta_that_promises_too_much_is_corrupt(kind: str, meta: dict[str, object], size: int) -> None:
    with pytest.raises(CorruptError):
        array_layout(kind, meta, size)


@pytest.mark.parametrize(
    ("bits", "stored", "meta", "expected"),
    [
        (-32, np.array([1.5, -2], ">f4"), {}, np.array([1.5, -2], np.float32)),
        (16, np.array([-32768, 0, 32767], ">i2"), {"bzero": 32768.0}, np.array([0, 32768, 65535], np.uint16)),
        (32, np.array([-(2**31), 5], ">i4"), {"bzero": float(2**31)}, np.array([0, 2**31 + 5], np.uint32)),
        (8, np.array([0, 255], ">u1"), {}, np.array([0, 255], np.uint8)),
        (16, np.array([1, 2], ">i2"), {"bscale": 0.5, "bzero": 10.0}, np.array([10.5, 11.0], np.float64)),
        (64, np.array([7], ">i8"), {"bscale": float("nan")}, np.array([7], np.int64)),
    ],
)
def test_fits_numbers_become_physical_ones(
    bits: int, stored: "np.ndarray", meta: dict[str, float], expected: "np.ndarray"
) -> None:
    whole = {"header": {"BITPIX": bits}, "offset": 2880, "shape": list(stored.shape), **meta}
    found = array_layout("fits", whole, 2880 + stored.nbytes)
    assert found is not None
    assert found.offset == 2880
    numbers = found.numbers(np.frombuffer(stored.tobytes(), found.stored))
    assert (numbers.dtype, numbers.tolist()) == (expected.dtype, expected.tolist())


def test_indices_are_read_as_numpy_means_them() -> None:
    shape = (3, 10, 4)
    assert parse_slice("", shape) == ()
    assert parse_slice("0,:,::2", shape) == (0, slice(None), slice(None, None, 2))
    assert parse_slice(" [ -1 , 2:-3:-1 ] ", shape) == (-1, slice(2, -3, -1))
    assert parse_slice("...,0", shape) == (slice(None), slice(None), 0)
    assert parse_slice("1,...", shape) == (1, slice(None), slice(None))


@pytest.mark.parametrize(
    "text",
    ["3", "-4", "0,0,0,0", "a", "0;1", "::0", "1:2:3:4", "...,...", ",", "0,", "1e3", "9" * 30, "None", "__import__"],
)
def test_an_index_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_slice(text, (3, 10, 4))
    assert caught.value.field == "slice"


@given(st.text(max_size=30), st.lists(st.integers(0, 5), max_size=4))
def test_any_text_is_an_index_or_an_error(text: str, shape: list[int]) -> None:
    try:
        found = parse_slice(text, shape)
    except InputError:
        return
    np.zeros(shape)[found]
