"""What a model gets: values after transforms that are really applied, the same for the same description everywhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.unit.models.datasets import samples

from gnomon.core.errors import GnomonError, InputError, NotFoundError
from gnomon.graph.spec import Spec
from gnomon.models.datasets import service
from gnomon.models.datasets.describing import described, opened
from gnomon.models.datasets.home import wished
from gnomon.models.datasets.prepared import Prepared, prepare
from gnomon.models.datasets.registry import Statistics, decode, plain
from gnomon.models.datasets.split import Split

EVERY = slice(None)


def make(path: Path | str, **wishes: Any) -> Prepared:
    """Describe data, and prepare them again from the description as it is stored."""
    table = opened(str(path))
    spec = described(str(path), "some", wished(**wishes), table=table).spec
    return prepare(decode(plain(spec)), check=False)


def test_numbers_are_filled_and_normalised_by_what_train_alone_says(tmp_path: Path) -> None:
    data = make(
        samples.table(tmp_path),
        target="outcome",
        transforms={"age": {"normalise": "standard"}, "town": {"missing": "fill"}},
        inputs=["age", "town"],
    )
    age = data.table.values("age")
    train = age[data.parts["train"]]
    mean, std = np.nanmean(train), np.nanstd(train)
    assert data.spec.statistics["age"].mean == pytest.approx((mean,))
    for part in ("train", "validation", "test"):
        raw = age[data.parts[part]]
        expected = (np.where(np.isnan(raw), mean, raw) - mean) / std
        np.testing.assert_allclose(data.batch(part, EVERY)["age"], expected, rtol=1e-5)
        assert data.batch(part, EVERY)["age"].dtype == np.float32
    assert data.specs == {"age": Spec(()), "town": Spec((), "int64", 4), "outcome": Spec((), "int64", 2)}
    missing = sum(n for n in data.spec.statistics["town"].missing.values())
    towns = np.concatenate([data.batch(part, EVERY)["town"] for part in data.parts])
    assert (int((towns == 3).sum()), missing) == (5, 5)
    assert f"town: {missing} missing values are class 3, their own." in data.spec.notes
    assert any(note.startswith("age: 4 missing values are filled with ") for note in data.spec.notes)
    assert sum(map(len, data.parts.values())) == 39, "the row without an outcome is in no part"


def test_rows_with_gaps_are_dropped_or_filled_with_zero_when_that_is_said(tmp_path: Path) -> None:
    path = samples.table(tmp_path)
    dropped = make(path, target="outcome", inputs=["age", "town"], transforms={"age": {"missing": "drop"}})
    assert sum(map(len, dropped.parts.values())) == 35
    zero = make(
        path,
        target="outcome",
        inputs=["age", "town"],
        transforms={"age": {"missing": "zero"}, "town": {"missing": "zero"}},
    )
    rows = zero.parts["train"]
    gaps = np.isnan(zero.table.values("age")[rows])
    assert gaps.any()
    assert (zero.batch("train", EVERY)["age"][gaps] == 0).all()
    assert zero.specs["town"].classes == 3


@pytest.mark.parametrize(
    ("how", "low", "high"),
    [
        ({"normalise": "scale"}, 0, 1),
        ({"normalise": "minmax"}, 0, 1),
        ({"normalise": "scale", "range": (0, 51)}, 0, 5),
        ({}, 0, 255),
    ],
)
def test_pictures_are_normalised_by_range_or_by_train(
    tmp_path: Path, how: Mapping[str, Any], low: float, high: float
) -> None:
    data = make(samples.photos(tmp_path), transforms={"image": how})
    x = data.batch("train", EVERY)["image"]
    assert (x.shape[1:], x.dtype) == ((12, 10, 3), np.float32)
    assert (low, high) == pytest.approx((x.min(), x.max()), abs=0.03 * high)


def test_pictures_are_standardised_channel_by_channel(tmp_path: Path) -> None:
    data = make(samples.photos(tmp_path), transforms={"image": {"normalise": "standard"}})
    x = data.batch("train", EVERY)["image"]
    np.testing.assert_allclose(x.mean(axis=(0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(x.std(axis=(0, 1, 2)), 1, atol=1e-4)
    assert len(data.spec.statistics["image"].mean) == 3
    other = data.batch("test", EVERY)["image"]
    assert abs(other.mean()) > 1e-4, "what is tested has no part in the statistics"


def test_pictures_of_several_sizes_are_brought_to_one_and_made_grey(tmp_path: Path) -> None:
    path = samples.photos(tmp_path, sizes=((12, 10), (30, 40), (9, 9)))
    data = make(path)
    assert data.specs["image"] == Spec((128, 128, 3))
    assert "image: pictures are brought to 128×128." in data.spec.notes
    grey = make(path, transforms={"image": {"resize": (16, 8), "grey": True, "normalise": "scale"}})
    assert grey.batch("train", [0, 2])["image"].shape == (2, 16, 8, 1)
    raw = grey.table.values("image", grey.parts["train"][:1])[0].astype(float)
    assert grey.batch("train", [0])["image"].mean() == pytest.approx(
        (raw @ [0.299, 0.587, 0.114]).mean() / 255, abs=0.02
    )


def test_texts_are_words_that_train_knows(tmp_path: Path) -> None:
    data = make(
        samples.table(tmp_path), target="outcome", inputs=["note"], transforms={"note": {"vocabulary": 8, "length": 4}}
    )
    words = data.spec.statistics["note"].words
    assert (len(words), words[0], data.specs["note"]) == (6, "bad", Spec((4,), "int64", 8))
    x = data.batch("train", EVERY)["note"]
    texts = data.table.values("note", data.parts["train"])
    bad = next(i for i, text in enumerate(texts) if text.startswith("Bad"))
    assert x[bad].tolist() == [2, 2, words.index("luck") + 2, 1]


def test_times_are_split_by_and_come_as_days_when_they_are_asked_for(tmp_path: Path) -> None:
    path = samples.table(tmp_path)
    data = make(path, target="outcome", inputs=["age", "day"], split=Split("time", (0.6, 0.2, 0.2), column="day"))
    days = {part: data.batch(part, EVERY)["day"] for part in data.parts}
    assert days["train"].max() <= days["validation"].min() <= days["validation"].max() <= days["test"].min()
    assert days["train"].min() == (np.datetime64("2026-02-01") - np.datetime64("1970-01-01")).astype(int)
    assert not {"day"} & set(make(path, target="outcome").inputs)


def test_rows_of_one_group_stay_in_one_part(tmp_path: Path) -> None:
    rows = [f"p{i % 9},{i * 7 % 31},{('a', 'b')[i % 2]}" for i in range(60)]
    (tmp_path / "scans.csv").write_text("patient,value,kind\n" + "\n".join(rows) + "\n")
    data = make(tmp_path / "scans.csv", target="kind", split=Split("grouped", (0.6, 0.2, 0.2), column="patient"))
    groups = [set(data.table.values("patient", rows).tolist()) for rows in data.parts.values()]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 9
    assert data.inputs == ("value",)


def test_arrays_keep_whole_numbers_and_normalise_by_their_last_axis(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {"tokens": rng.integers(0, 9000, (30, 5)), "signal": rng.normal([3, 90], [1, 7], (30, 8, 2))}
    np.savez(tmp_path / "a.npz", y=np.arange(30) % 3, **arrays)
    data = make(tmp_path / "a.npz", target="y", transforms={"signal": {"normalise": "standard"}})
    batch = data.batch("train", EVERY)
    assert data.specs == {"tokens": Spec((5,), "int64"), "signal": Spec((8, 2)), "y": Spec((), "int64", 3)}
    np.testing.assert_array_equal(batch["tokens"], arrays["tokens"][data.parts["train"]])
    np.testing.assert_allclose(batch["signal"].mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(batch["signal"].std(axis=(0, 1)), 1, atol=1e-5)


def test_augmentation_is_seeded_and_for_training_alone() -> None:
    augment = {"flip": "horizontal", "rotate": 20, "shift": 0.1, "zoom": 0.1, "noise": 0.02, "brightness": 0.1}
    data = make("gnomon:digits", transforms={"image": {"normalise": "scale", "range": (0, 16), "augment": augment}})

    def batch(seed: int | None, part: str = "train") -> Any:
        rng = None if seed is None else np.random.default_rng(seed)
        return data.batch(part, range(16), rng)["image"]

    plain_ = batch(None)
    np.testing.assert_array_equal(batch(1), batch(1))
    assert np.abs(batch(1) - batch(2)).max() > 0.1
    assert np.abs(batch(1) - plain_).mean() > 0.02
    np.testing.assert_array_equal(batch(1, "validation"), batch(None, "validation"))
    np.testing.assert_array_equal(plain_, batch(None))


def test_masks_move_with_their_pictures(tmp_path: Path) -> None:
    augment = {"flip": "both", "rotate": 90, "shift": 0.1, "zoom": 0.2}
    data = make(samples.masks(tmp_path), transforms={"image": {"augment": augment, "resize": (32, 32)}})
    assert (data.targets, data.specs["mask"]) == (("mask",), Spec((32, 32), "int64", 2))
    assert data.spec.columns["mask"].classes == ("0", "255")
    batch = data.batch("train", EVERY, np.random.default_rng(3))
    still = data.batch("train", EVERY)["mask"]
    assert (batch["mask"] != still).any()
    bright = batch["image"][..., 0] > 60
    agree = (bright == (batch["mask"] == 1)).mean()
    assert agree > 0.97, "only pixels on the edge may differ"


def test_boxes_move_with_their_pictures_and_leave_with_their_categories(tmp_path: Path) -> None:
    augment = {"flip": "horizontal", "shift": 0.15}
    data = make(samples.boxes(tmp_path), transforms={"image": {"augment": augment, "resize": (40, 48)}})
    assert data.targets == ("boxes", "category")
    assert (data.specs["boxes"], data.specs["category"]) == (Spec((2, 4)), Spec((2,), "int64", 2))
    still = data.batch("train", EVERY)
    row = int(data.parts["train"][0])
    np.testing.assert_allclose(still["boxes"][0, 0], [2 * row, 8, 2 * row + 16, 20])
    moved = data.batch("train", EVERY, np.random.default_rng(5))
    assert (moved["boxes"][:, 0] != still["boxes"][:, 0]).any()
    for picture, places, kinds in zip(moved["image"], moved["boxes"], moved["category"], strict=True):
        assert [bool(each.any()) for each in places] == [bool(kind >= 0) for kind in kinds]
        left, top, right, bottom = places[0].round().astype(int)
        inside = picture[top + 1 : bottom - 1, left + 1 : right - 1, 0]
        assert inside.min() > 60, "what was bright is within its box"
        assert kinds[0] == 0


def test_the_same_rows_are_used_whatever_is_done_to_them(home: Path, tmp_path: Path) -> None:
    from gnomon.sdk.data.dataset import _of_parts
    from gnomon.sdk.data.parts import parts_of

    def hash_of(data: Prepared, part: str = "test") -> str:
        return _of_parts(part, parts_of(*data.used(part))).hash

    path = samples.table(tmp_path)
    one = make(path, target="outcome", inputs=["age", "town"])
    other = make(path, target="outcome", inputs=["age", "town"], transforms={"age": {"normalise": "standard"}})
    assert hash_of(one) == hash_of(other) != hash_of(one, "train")
    digits = make("gnomon:digits")
    x, y = digits.table.read("image", digits.parts["test"]), digits.table.read("label", digits.parts["test"])
    assert hash_of(digits) == _of_parts("test", parts_of(x, y)).hash, "a script with the same arrays is ranked with it"
    pictures = make(samples.photos(tmp_path / "p"))
    assert hash_of(pictures) == hash_of(make(tmp_path / "p", transforms={"image": {"grey": True}}))


@pytest.mark.parametrize(
    ("wishes", "field", "says"),
    [
        ({"target": "weight"}, "", "there is no 'weight' in visits.csv"),
        (
            {"inputs": ["age", "outcome"], "target": "outcome"},
            "inputs",
            "outcome is the target, and cannot be given",
        ),
        ({"types": {"note": "number"}}, "note", "a column of text"),
        ({"split": {"way": "given"}}, "split.way", "the data come in no parts of their own"),
        (
            {"split": {"way": "stratified", "column": "age"}},
            "split.column",
            "stratified goes by category, and age holds number",
        ),
        ({"split": {"way": "random", "shares": (0.5, 0.2)}}, "split.shares", "shares that add up to 1"),
        ({"split": {"way": "random", "shares": (0, 1)}}, "split", "no row is left for training"),
        (
            {"transforms": {"age": {"augment": {"flip": "both"}}}},
            "transforms.age.augment",
            "age holds number, and this is for image",
        ),
        (
            {"transforms": {"age": {"normalise": "scale"}}},
            "transforms.age.range",
            "scale needs the least and the largest",
        ),
        ({"transforms": {"age": {"normalise": "scale", "range": (1, 1)}}}, "transforms.age.range", "received 1 and 1"),
        ({"transforms": {"age": {"zoom": 2}}}, "transforms.age", "unknown field `zoom`"),
        ({"transforms": {"weight": {"normalise": "minmax"}}}, "", "there is no 'weight'"),
    ],
)
def test_what_cannot_be_is_said_with_the_field(tmp_path: Path, wishes: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(GnomonError) as caught:
        make(samples.table(tmp_path), **wishes)
    assert says in str(caught.value)
    assert getattr(caught.value, "field", "").startswith(field)


def test_parts_and_pictures_that_are_not_there_are_said(tmp_path: Path) -> None:
    data = make("gnomon:digits")
    with pytest.raises(NotFoundError, match=r"part: there is no 'tests' in some\. It has train, validation, test"):
        data.batch("tests", [0])
    samples.photos(tmp_path)
    table = opened(str(tmp_path))
    (tmp_path / "cat" / "0.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"cat/0\.png: expected a picture"):
        described(str(tmp_path), "some", wished(), table=table).prepared.batch("train", EVERY)


def test_mnist_is_prepared_as_it_comes(home: Path) -> None:
    shared = Path(__file__).parents[5] / "shared" / "data" / "mnist"
    if not shared.is_dir():
        pytest.skip("needs the MNIST files of ../shared")
    found = service.describe({"path": str(shared), "name": "mnist", "home": str(home)}, lambda _, __: None)
    spec = decode(found["spec"])
    assert (spec.rows, spec.parts, spec.split.way) == (
        70_000,
        {"train": 54_000, "validation": 6_000, "test": 10_000},
        "given",
    )
    assert spec.statistics["label"] == Statistics()
    data = prepare(spec, home=home)
    batch = data.batch("test", range(5))
    assert batch["label"].tolist() == [7, 2, 1, 0, 4]
    assert batch["image"].shape == (5, 28, 28, 1)


def test_masks_are_told_apart_by_numbers_or_colours_and_not_by_blurs(tmp_path: Path) -> None:
    samples.masks(tmp_path, count=6)
    for i in range(6):
        colours = np.zeros((16, 16, 3), np.uint8)
        colours[:8] = (0, 0, 255)
        colours[i:, :4] = (255, 0, 0)
        Image.fromarray(colours).quantize(4).save(tmp_path / "masks" / f"{i}.png")
    data = make(tmp_path)
    assert data.spec.columns["mask"].classes == ("#000000", "#0000ff", "#ff0000")
    row = int(data.parts["train"][0])
    mask = data.batch("train", [0])["mask"][0]
    assert (mask[row, 0], mask[0, 8], mask[15, 8]) == (2, 1, 0)
    with pytest.raises(InputError, match="expected masks of at most 256 different values"):
        make(blurred(tmp_path / "more"))


def blurred(folder: Path) -> Path:
    """Return pictures with masks of as many colours as pixels."""
    samples.masks(folder, count=2)
    for i in range(2):
        noise = np.random.default_rng(i).integers(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(noise).save(folder / "masks" / f"{i}.png")
    return folder


def test_a_row_is_the_same_in_any_batch_and_in_any_process(tmp_path: Path) -> None:
    scaled = {"image": {"normalise": "standard", "resize": (9, 7)}}
    makers = [
        lambda: make(samples.table(tmp_path), target="outcome", transforms={"age": {"normalise": "minmax"}}),
        lambda: make(samples.photos(tmp_path / "p", sizes=((12, 10), (8, 8))), transforms=scaled),
        lambda: make(samples.masks(tmp_path / "m"), transforms=scaled),
        lambda: make(samples.boxes(tmp_path / "b"), transforms=scaled),
    ]
    for maker in makers:
        data, again = maker(), maker()
        assert (data.spec, data.spec.digest) == (again.spec, again.spec.digest)
        for part in data.parts:
            some = list(range(data.length(part)))[::-1][:4]
            together = data.batch(part, some)
            alone = [again.batch(part, [row]) for row in reversed(some)][::-1]
            for name, values in together.items():
                np.testing.assert_array_equal(values, np.concatenate([each[name] for each in alone]))
                assert tuple(values.shape[1:]) == data.specs[name].shape
