"""`use_data`: the same data has the same hash in any container, and what is not hashed is said."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.sdk.data import fingerprint
from gnomon.sdk.data.rows import row_hashes
from gnomon.sdk.run import Run

X = (np.arange(24 * 9 * 9) % 251).reshape(24, 9, 9).astype(np.uint8)
Y = np.arange(24) % 3
GOLDEN = {
    "pictures": "b2ea63e8c0780d67",
    "numbers": "55cd2562bff50130",
    "texts": "15dbca5422868262",
    "frame": "d5072e2acc62135c",
    "empty": "b9a5e58392189077",
    "file": "4e5b6e6c5bc0b103",
    "folder": "935857895295429a",
}


@pytest.fixture
def run() -> Run:
    return gnomon.init("p", mode="disabled")


def told(run: Run) -> list[str]:
    return run._notices.said


def test_the_hash_never_changes(run: Run, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    (tmp_path / "one.csv").write_text("a,b\n1,2\n")
    folder = tmp_path / "images"
    for name in ("cat/1.txt", "cat/2.txt", "dog/1.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    found = {
        "pictures": run.use_data(X, Y, "a").hash,
        "numbers": run.use_data([[0.5, float("nan")], [1, 2]], name="b").hash,
        "texts": run.use_data(["Stall", "ö", None], ["x", "y", "x"], name="c").hash,
        "frame": run.use_data(pd.DataFrame({"n": [1, 2], "t": ["a", None]}), name="d").hash,
        "empty": run.use_data(np.empty((0, 3), np.float32), name="e").hash,
        "file": run.use_data(tmp_path / "one.csv", name="f").hash,
        "folder": run.use_data(str(folder), name="g").hash,
    }
    assert found == GOLDEN


def test_the_hash_is_the_one_that_is_documented(run: Run) -> None:
    head = b"gnomon data 1\n"
    pictures = head + b"x\nuint8\n24,9,9\n" + X.tobytes() + b"y\nint64\n24\n" + Y.tobytes()
    texts = head + b"x\ntext\n2\n" + bytes([2, *[0] * 7]) + "ö".encode() + b"\xff" * 8
    assert [run.use_data(X, Y).facts["sha256"], run.use_data(["ö", None], name="t").facts["sha256"]] == [
        hashlib.sha256(pictures).hexdigest(),
        hashlib.sha256(texts).hexdigest(),
    ]


def test_what_is_returned_can_be_used(run: Run) -> None:
    data = run.use_data(X, Y)
    assert (data.name, data.shape, data.dtype, data.rows, len(data), data.exact) == (
        "train",
        (24, 9, 9),
        "uint8",
        24,
        24,
        True,
    )
    assert data.classes == {"0": 8, "1": 8, "2": 8}
    assert data.facts["sha256"][:16] == data.hash == GOLDEN["pictures"]
    assert data.facts["x"] == [
        {"name": "x", "dtype": "uint8", "shape": [24, 9, 9], "low": 0, "high": 250, "mean": X.mean(), "missing": 0}
    ]


def test_containers_do_not_matter_and_order_does(run: Run) -> None:
    same = [
        (X, Y),
        (list(X), Y.tolist()),
        (np.asfortranarray(X), Y),
        (X[::1].astype(">u1"), Y.astype(">i8")),
    ]
    assert {run.use_data(x, y, f"d{i}").hash for i, (x, y) in enumerate(same)} == {GOLDEN["pictures"]}
    other = [(X[::-1], Y), (X, Y[::-1]), (X.astype(np.int64), Y), (X.reshape(24, 81), Y), (X, None), (X[:-1], Y[:-1])]
    hashes = [run.use_data(x, y, f"o{i}").hash for i, (x, y) in enumerate(other)]
    assert len({*hashes, GOLDEN["pictures"]}) == len(other) + 1


def test_tensors_data_sets_loaders_and_subsets_of_torch_are_read_where_they_lie(run: Run) -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.data import DataLoader, Subset, TensorDataset

    x, y = torch.tensor(X), torch.tensor(Y)
    pairs = TensorDataset(x, y)

    class Mnist:
        """Like those of torchvision."""

        data, targets, transform = x, y, None

        def __len__(self) -> int:
            return 24

        def __getitem__(self, i: int) -> Any:
            raise AssertionError

    given = [(x, y), (pairs, None), (DataLoader(pairs, batch_size=5, shuffle=True), None), (Mnist(), None)]
    assert {run.use_data(a, b, f"d{i}").hash for i, (a, b) in enumerate(given)} == {GOLDEN["pictures"]}
    rows = [3, 1, 20]
    assert run.use_data(Subset(pairs, rows), name="s").hash == run.use_data(X[rows], Y[rows], "t").hash
    half = x.float().to(torch.bfloat16)
    assert run.use_data(half, name="h").dtype == "bfloat16"


def test_frames_of_pandas_and_polars_hash_alike(run: Run) -> None:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    columns = {"n": [1, 2, 3], "t": ["a", None, "c"], "f": [0.5, None, 1.5], "b": [True, False, True]}
    one, other = run.use_data(pd.DataFrame(columns), name="a"), run.use_data(pl.DataFrame(columns), name="b")
    assert (one.hash, one.shape, one.dtype) == (other.hash, (3, 4), "int64, text, float64, bool")
    assert [part["missing"] for part in one.facts["x"]] == [0, 1, 1, 0]
    assert one.facts["head"]["x.t"] == ["a", None, "c"]


def test_a_large_array_is_sampled_and_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint.Fingerprint.add, "__defaults__", (8000,))
    x = np.arange(4000, dtype=np.float64).reshape(1000, 4)
    data = run.use_data(x)
    assert (data.exact, data.shape, data.facts["sampled"]) == (
        False,
        (1000, 4),
        ["250 of 1,000 rows of x, evenly spaced"],
    )
    longer = run.use_data(np.vstack([x, x[-1:]]), name="other")
    assert longer.hash != data.hash


def test_items_of_a_data_set_are_sampled_without_touching_the_random_generators(run: Run) -> None:
    class Squares:
        def __init__(self, noise: float) -> None:
            self.noise = noise

        def __len__(self) -> int:
            return 1000

        def __getitem__(self, i: int) -> tuple[Any, int]:
            return np.array([i, i * i]) + self.noise * np.random.random() + self.noise * random.random(), i % 2  # noqa: NPY002

    states = random.getstate(), np.random.get_state(legacy=False)["state"]["pos"]  # noqa: NPY002
    data = run.use_data(Squares(0))
    assert (data.exact, data.shape, data.rows) == (False, (1000, 2), 1000)
    assert data.facts["sampled"] == ["256 of 1,000 samples, evenly spaced"]
    assert run.use_data(Squares(0), name="again").hash == data.hash
    noisy = [run.use_data(Squares(1), name=name) for name in ("a", "b")]
    assert noisy[0].hash == noisy[1].hash != data.hash
    assert "augmentation" in noisy[0].facts["notes"][0]
    assert states == (random.getstate(), np.random.get_state(legacy=False)["state"]["pos"])  # noqa: NPY002


def test_an_iterator_is_not_used_up(run: Run) -> None:
    source = iter([1, 2, 3])
    data = run.use_data(source)
    assert (data.hash, data.classes, list(source)) == ("", {}, [1, 2, 3])
    assert told(run) == [
        "x: expected data that can be read twice, received an iterator. Pass the list or the data set it came from."
    ]


@pytest.mark.parametrize("bad", [object(), None, 3 + 4j, "no/such/file", {1, 2}, lambda: 1])
def test_what_is_no_data_never_raises(run: Run, bad: object) -> None:
    assert run.use_data(bad).name == "train"


def test_files_and_folders_are_known_by_content_and_folders_by_class(run: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    array = run.use_data(tmp_path / "x.npy", Y)
    assert (array.hash, array.shape) == (GOLDEN["pictures"], (24, 9, 9))
    for place in ("a", "b"):
        for label in ("cat", "dog", "cat/more"):
            (tmp_path / place / label).mkdir(parents=True)
            (tmp_path / place / label / "1.txt").write_text(label)
        (tmp_path / place / ".hidden").write_text("not data")
    one, other = run.use_data(tmp_path / "a", name="a"), run.use_data(tmp_path / "b", name="b")
    assert (one.hash, one.rows, one.classes, one.dtype) == (other.hash, 3, {"cat": 2, "dog": 1}, "files")
    (tmp_path / "b" / "dog" / "1.txt").write_text("dig")
    assert run.use_data(tmp_path / "b", name="c").hash != one.hash


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([[1, 0], [0, 1], [1, 0]], {"0": 2, "1": 1}),
        (["b", "a", "b"], {"a": 1, "b": 2}),
        ([[2], [2], [5]], {"2": 2, "5": 1}),
        ([True, False, True], {"False": 1, "True": 2}),
        ([0.1, 0.2, 0.2], {}),
        ([[0.3, 0.7], [0.5, 0.5], [1, 0]], {}),
    ],
)
def test_classes_are_counted_whatever_form_targets_have(run: Run, y: object, classes: dict[str, int]) -> None:
    assert run.use_data(np.zeros((3, 2)), y).classes == classes


def test_data_that_is_in_two_splits_is_warned_of(run: Run) -> None:
    rng = np.random.default_rng(0)
    rows = rng.random((5000, 6)).astype(np.float32)
    run.use_data(rows[:4000], name="train")
    run.use_data(rows[4000:], name="test")
    assert told(run) == []
    run.use_data(rng.permutation(np.vstack([rows[4500:], rows[:500]])), name="leaking")
    run.use_data(rows[:4000], name="validation")
    words = [line.partition(". ")[0] for line in told(run)]
    assert [line.rsplit(" about ")[0] for line in words] == [
        "use_data: 'leaking' and 'train' share",
        "use_data: 'leaking' and 'test' share",
        "use_data: 'validation' and 'train' are the same data",
        "use_data: 'validation' and 'leaking' share",
    ]
    shares = [int(line.rsplit(" about ")[1].split()[0]) for line in words if " about " in line]
    assert all(abs(share - 50) < 12 for share in shares)


def test_rows_that_repeat_by_chance_are_no_leak(run: Run) -> None:
    rng = np.random.default_rng(0)
    run.use_data(rng.integers(0, 2, (500, 3)), name="train")
    run.use_data(rng.integers(0, 2, (500, 3)), name="test")
    assert told(run) == []


def test_rows_that_differ_hash_differently() -> None:
    rows = np.random.default_rng(0).integers(0, 255, (20_000, 13), np.uint8)
    swapped = rows[:, ::-1]
    assert len(np.unique(row_hashes(rows))) == 20_000
    assert not np.intersect1d(row_hashes(rows), row_hashes(swapped)).size
    assert (row_hashes(rows) == row_hashes(np.asfortranarray(rows))).all()


def test_what_is_written_down(home: Path) -> None:
    run = gnomon.init("p")
    train = run.use_data(X, Y)
    run.use_data(np.zeros((2, 2)), name="test")
    run.finish()
    with gnomon.connect(home=home) as lab:
        read = lab.run(run.id)
        assert read.meta["data"]["train"] == train.hash
        assert read.captured.data["train"] == json.loads(json.dumps(dict(train.facts))) | {
            "preview": "gnomon/data/train/preview"
        }
        preview = read.records("gnomon/data/train/preview")[0]
        assert (preview.value.shape, preview.meta["captions"][:3]) == ((16, 9, 9, 1), ["0", "1", "0"])
        assert read.keys() == {}


def test_names_and_keys_that_would_grow_too_long_are_refused(home: Path) -> None:
    run = gnomon.init("p")
    assert run.use_data(X, name="n" * 257).hash == ""
    run.log({"gnomon/" + "k" * 505: 1.0, "loss": 2.0})
    run.use_data(np.array([1e308, 1.7e308]), name="n" * 256)
    run.finish()
    assert len(told(run)) == 2
    with gnomon.connect(home=home) as lab:
        assert lab.run(run.id).keys() == {"loss": "scalar"}
        assert list(lab.run(run.id).captured.data) == ["n" * 256]


def test_keys_of_ours_are_kept_apart(home: Path) -> None:
    run = gnomon.init("p")
    run.log({"gnomon/code/diff": "mine", "gnomon/loss": 1.0, "loss": 2.0}, step=1)
    run.log({"gnomon/loss": 3.0}, step=2)
    run.finish()
    assert len(told(run)) == 2
    with gnomon.connect(home=home) as lab:
        read = lab.run(run.id)
        assert read.keys() == {"loss": "scalar", "user.gnomon/code/diff": "text", "user.gnomon/loss": "scalar"}
        assert read.series("user.gnomon/loss").numpy()["value"].tolist() == [1.0, 3.0]
        assert (read.captured.diff, read.dropped) == (None, 0)


def test_what_can_be_read_twice_is_looked_at_from_its_beginning(run: Run) -> None:
    pil = pytest.importorskip("PIL.Image")

    class Stream:
        """Items without a length, anew each time."""

        def __iter__(self) -> Any:
            return ({"image": pil.fromarray(X[i % 24]), "label": str(i % 2)} for i in range(1000))

    data = run.use_data(Stream())
    assert data.facts["sampled"] == ["the first 256 samples, how many there are is not known"]
    assert [(part["name"], part["shape"], part["dtype"]) for part in data.facts["x"]] == [
        ("x.image", [256, 9, 9], "uint8"),
        ("x.label", [256], "text"),
    ]
    assert (data.rows, data.exact, data.hash) == (None, False, run.use_data(Stream(), name="b").hash)


def test_several_inputs_are_parts_of_one_set(run: Run) -> None:
    data = run.use_data({"image": X, "length": Y}, Y)
    assert [part["name"] for part in data.facts["x"]] == ["x.image", "x.length"]
    assert (data.rows, data.shape, data.dtype) == (24, (), "uint8, int64")
    ragged = run.use_data([X, X[:5]], name="ragged")
    assert (ragged.rows, ragged.facts["notes"]) == (None, ["its parts have different numbers of rows."])
