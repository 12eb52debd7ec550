"""decode(encode(x)) is x, bit by bit, for any column."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gnomon.store.codec import decode, decode_into, encode

integers = npst.arrays(np.int64, st.integers(0, 300), elements=st.integers(-(1 << 63), (1 << 63) - 1))
bits = npst.arrays(np.uint64, st.integers(0, 300), elements=st.integers(0, (1 << 64) - 1))
runs = st.builds(
    lambda start, stride, n: np.int64(start) + np.int64(stride) * np.arange(n, dtype=np.int64),
    st.integers(-(1 << 62), 1 << 62),
    st.integers(-(1 << 40), 1 << 40),
    st.integers(0, 300),
)
floats = st.one_of(bits.map(lambda b: b.view(np.float64)), npst.arrays(np.float64, st.integers(0, 300)))
singles = npst.arrays(np.uint32, st.integers(0, 300)).map(lambda b: b.view(np.float32))


@given(st.one_of(integers, runs, floats, singles, npst.arrays(np.uint8, st.integers(0, 100))), st.integers(1, 12))
def test_every_bit_of_a_column_comes_back(column: np.ndarray, level: int) -> None:
    blob = encode(column, level)
    found = decode(blob)
    assert (found.dtype, found.tobytes()) == (column.dtype, column.tobytes())
    out = np.empty(len(column), column.dtype)
    decode_into(blob, out)
    assert out.tobytes() == column.tobytes()
