"""The packaged digits are the published ones, and their split is fair and repeatable."""

import gzip
import hashlib
from importlib import resources

import numpy as np
import pytest

from gnomon.core.errors import InputError
from gnomon.models import digits

PUBLISHED_COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def _arrays(data: digits.Digits) -> list[np.ndarray]:
    return [data.x_train, data.y_train, data.x_test, data.y_test]


def test_the_file_is_the_one_its_readme_describes() -> None:
    folder = resources.files("gnomon.models").joinpath("data")
    raw = gzip.decompress(folder.joinpath("optical_digits.csv.gz").read_bytes())
    readme = folder.joinpath("README.md").read_text("utf-8")
    assert hashlib.sha256(raw).hexdigest() in readme
    assert f"{len(raw):,} unpacked" in readme
    assert " ".join(map(str, PUBLISHED_COUNTS)) in readme
    assert "CC BY 4.0" in readme


def test_nothing_is_lost_by_splitting() -> None:
    data = digits.load()
    labels = np.concatenate([data.y_train, data.y_test])
    assert np.bincount(labels).tolist() == PUBLISHED_COUNTS
    assert [(a.shape, a.dtype.name) for a in _arrays(data)] == [
        ((1438, 64), "float32"),
        ((1438,), "int64"),
        ((359, 64), "float32"),
        ((359,), "int64"),
    ]


def test_pixels_go_from_paper_to_full_ink_in_sixteenths() -> None:
    x = digits.load(test_fraction=0).x_train
    assert sorted({float(v) for v in np.unique(x)}) == [i / 16 for i in range(17)]


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.5])
def test_every_digit_is_tested_in_the_same_proportion(fraction: float) -> None:
    data = digits.load(seed=5, test_fraction=fraction)
    assert np.bincount(data.y_test).tolist() == [round(fraction * n) for n in PUBLISHED_COUNTS]


def test_an_image_keeps_its_label() -> None:
    everything = digits.load(seed=1, test_fraction=0)
    label_of = {x.tobytes(): int(y) for x, y in zip(everything.x_train, everything.y_train, strict=True)}
    data = digits.load(seed=2)
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert [label_of[row.tobytes()] for row in x] == y.tolist()


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    first, again, other = digits.load(seed=3), digits.load(seed=3), digits.load(seed=4)
    assert all(np.array_equal(a, b) for a, b in zip(_arrays(first), _arrays(again), strict=True))
    assert not np.array_equal(first.x_test, other.x_test)


@pytest.mark.parametrize("fraction", [-0.1, 1.0, float("nan")])
def test_a_fraction_out_of_range_is_refused_by_name(fraction: float) -> None:
    with pytest.raises(InputError, match="test_fraction: expected 0 up to 1") as caught:
        digits.load(test_fraction=fraction)
    assert caught.value.field == "test_fraction"
