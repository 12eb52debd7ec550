import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.core.errors import CorruptError, LimitError
from gnomon.core.records.layout import ArrayLayout, array_layout
from gnomon.store.slices import Chosen, read_slice


class Counted:
    """Bytes that count how they are read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads = 0
        self.bytes = 0

    def __call__(self, start: int, size: int) -> bytes:
        self.reads += 1
        self.bytes += size
        return self.data[start : start + size]


def layout_of(array: npt.NDArray[Any]) -> ArrayLayout:
    meta = {"dtype": array.dtype.name, "shape": list(array.shape)}
    found = array_layout("tensor", meta, array.nbytes)
    assert found is not None
    return found


INDEX = st.one_of(
    st.integers(-4, 3).map(str),
    st.tuples(st.integers(-5, 5), st.integers(-5, 5), st.sampled_from([-3, -2, -1, 1, 2, 3])).map(
        lambda t: f"{t[0]}:{t[1]}:{t[2]}"
    ),
    st.sampled_from([":", "::2", "::-1", "1:", ":-1", "..."]),
)


@given(
    st.lists(st.integers(4, 5), min_size=0, max_size=4),
    st.lists(INDEX, max_size=4),
    st.sampled_from(["u1", "f4", "c16"]),
)
def test_a_slice_is_what_numpy_takes(shape: list[int], parts: list[str], dtype: str) -> None:
    array = np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)
    text = ",".join(parts[: len(shape)])
    if text.count("...") > 1:
        text = text.replace("...", ":")
    read = Counted(array.tobytes())
    found = read_slice(read, layout_of(array), Chosen.of(layout_of(array), text))
    expected = array[eval(f"np.s_[{text}]")] if text else array  # our own text
    assert (found.shape, found.dtype) == (np.shape(expected), array.dtype)
    assert found.tolist() == np.asarray(expected).tolist()


@pytest.mark.parametrize(
    ("text", "most_reads", "most_bytes"),
    [
        ("3", 1, 4 << 20),  # one contiguous block
        ("3,10:12", 1, 8 << 10),
        ("3,10,5", 1, 4),
        (":,0,0", 8, 8 * 4),  # one number of each plane: eight small reads, not 32 MB
        ("::2,5", 4, 4 * 4096),
        (":,:,0", 8, 32 << 20),  # every row is touched
    ],
)
def test_little_more_is_read_than_was_asked_for(text: str, most_reads: int, most_bytes: int) -> None:
    array = np.arange(8 << 20, dtype=np.float32).reshape(8, 1024, 1024)
    read = Counted(array.tobytes())
    found = read_slice(read, layout_of(array), Chosen.of(layout_of(array), text))
    assert np.array_equal(found, array[eval(f"np.s_[{text}]")])
    assert (read.reads <= most_reads, read.bytes <= most_bytes) == (True, True), (read.reads, read.bytes)


def test_a_payload_that_is_shorter_than_it_says_is_corrupt() -> None:
    array = np.zeros((4, 4), np.float32)
    with pytest.raises(CorruptError, match="more"):
        read_slice(Counted(array.tobytes()[:-1]), layout_of(array), Chosen.of(layout_of(array), ""))


def test_a_slice_larger_than_memory_should_hold_is_refused_before_anything_is_read() -> None:
    layout = ArrayLayout("float32", np.dtype("<f4"), (1 << 20, 1 << 20))
    read = Counted(b"")
    with pytest.raises(LimitError):
        read_slice(read, layout, Chosen.of(layout, ""))
    assert read.reads == 0


def test_of_a_sparse_file_of_a_terabyte_a_slice_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    layout = ArrayLayout("float32", np.dtype("<f4"), (1 << 10, 1 << 14, 1 << 14))
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with path.open("rb", buffering=0) as file:
        found = read_slice(
            lambda start, size: os.pread(file.fileno(), size, start), layout, Chosen.of(layout, "::100,5,::1000")
        )
    assert found.shape == (11, 17)


def test_formats_that_numpy_lacks_come_as_float32() -> None:
    layout = array_layout("tensor", {"dtype": "bfloat16", "shape": [2]}, 4)
    assert layout is not None
    found = read_slice(Counted(bytes([0x80, 0x3F, 0x00, 0xC0])), layout, Chosen.of(layout, "::-1"))
    assert (found.dtype, found.tolist()) == (np.float32, [-2.0, 1.0])
