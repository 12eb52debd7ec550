"""A saved network comes back whole, and a hostile or damaged file is refused without running anything."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gnomon.core.errors import CorruptError, NotFoundError
from gnomon.models import MLP, checkpoint, digits


def _net(epochs: int = 1) -> MLP:
    data = digits.load()
    net = MLP((64, 8, 10), learning_rate=2.5, batch_size=300, seed=7)
    net.feed((data.x_train, data.y_train))
    net.run(epochs)
    return net


def _state(net: MLP) -> dict[str, object]:
    return {
        "sizes": net.sizes,
        "settings": (net.learning_rate, net.batch_size, net.seed, net.dtype),
        "progress": (net.epochs, net.steps, net.samples),
        "arrays": [(a.dtype, a.tolist()) for a in (*net.weights, *net.biases)],
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_loading_gives_back_what_was_saved(tmp_path: Path, dtype: type) -> None:
    net = MLP((6, 4, 3), learning_rate=0.1, batch_size=5, seed=3, dtype=dtype)
    assert _state(MLP.open(net.save(tmp_path / "deep" / "net"))) == _state(net)
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["net.npz"]


def test_a_loaded_network_goes_on_as_if_never_interrupted(tmp_path: Path) -> None:
    whole, half = _net(epochs=3), _net(epochs=1)
    data = digits.load()
    again = MLP.open(half.save(tmp_path / "half.npz"))
    again.feed((data.x_train, data.y_train))
    again.run(2)
    assert _state(again) == _state(whole)


def test_load_turns_this_network_into_the_saved_one(tmp_path: Path) -> None:
    saved = _net()
    net = MLP((3, 2))
    assert net.load(saved.save(tmp_path / "net.npz")) is net
    assert _state(net) == _state(saved)


def test_saving_over_a_checkpoint_replaces_it(tmp_path: Path) -> None:
    path = _net().save(tmp_path / "net.npz")
    other = MLP((2, 2))
    other.save(path)
    assert MLP.open(path).sizes == (2, 2)
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("pickled-code-ran",)


def test_a_pickled_checkpoint_is_refused_and_its_code_never_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    weights = np.array([_Bomb(), _Bomb()], dtype=object)
    np.savez_compressed("old.npz", format=1, sizes=(2, 2), weights=weights, w1=weights)
    with pytest.raises(CorruptError, match=r"checkpoint: old\.npz is not a network saved by gnomon"):
        MLP.open("old.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["old.npz"]


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"format": 1},
        {"format": 1, "sizes": (2, 2), "w1": np.zeros((2, 3)), "b1": np.zeros(2)},
        {"format": 1, "sizes": (2, 2), "w1": np.zeros((2, 2), int), "b1": np.zeros(2)},
        {"format": 1, "sizes": "two"},
        {"format": 1, "sizes": ()},
        {"format": 1, "sizes": (2, 2), "w1": np.zeros((2, 2)), "b1": np.zeros(2), "learning_rate": np.nan},
        {"format": 1, "sizes": (2, 2), "w1": np.zeros((2, 2)), "b1": np.zeros(2, np.float32)},
        {"format": 1, "sizes": (2, 2), "w1": np.zeros((2, 2)), "b1": np.zeros(2), "batch_size": 0},
    ],
)
def test_a_file_with_the_wrong_members_is_refused(tmp_path: Path, members: dict[str, object]) -> None:
    settings = {"learning_rate": 1.0, "batch_size": 1, "seed": 0, "epochs": 0, "steps": 0, "samples": 0}
    np.savez(tmp_path / "net.npz", **(settings | members if "format" in members else members))
    net = _net()
    before = _state(net)
    with pytest.raises(CorruptError, match="is not a network saved by gnomon"):
        net.load(tmp_path / "net.npz")
    assert _state(net) == before


@pytest.mark.parametrize("cut", [0, 10, 200, -30])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = _net().save(tmp_path / "net.npz")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(CorruptError, match="is not a network saved by gnomon"):
        MLP.open(path)


def test_a_file_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "net.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("w1.npy", bytes(100_000))
    with pytest.raises(CorruptError, match="unpacks to 100,000 bytes, at most 1,000"):
        MLP.open(tmp_path / "net.npz")


def test_a_newer_format_asks_for_a_newer_gnomon(tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", format=2)
    with pytest.raises(CorruptError, match=r"written in format 2, this gnomon reads 1\. Upgrade gnomon"):
        MLP.open(tmp_path / "net.npz")


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no file at"):
        MLP.open(tmp_path / "none.npz")
