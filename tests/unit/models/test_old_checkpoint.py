"""The networks of better-tensorflow are read; what such a file might want to do besides is not done."""

import io
import itertools
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gnomon.core.errors import CorruptError, NotFoundError
from gnomon.models import MLP

SIZES = (12, 5, 3)


def _objects(values: list[Any]) -> np.ndarray:
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _saved(path: Path, **more: Any) -> dict[str, list[np.ndarray]]:
    """Write what better-tensorflow's `save` does: ragged arrays of objects, the input's parts unused."""
    rng = np.random.default_rng(0)
    weights = [np.zeros(1), *(rng.standard_normal((m, n)) for n, m in itertools.pairwise(SIZES))]
    biases = [rng.standard_normal((n, 1)) for n in SIZES]
    members: dict[str, Any] = {"weights": _objects(weights), "biases": _objects(biases), "epochs": 10}
    members |= {"learning_rate": 0.5, "batch_size": 16} | more
    np.savez_compressed(path, **members)
    return {"weights": weights, "biases": biases}


def test_an_old_network_predicts_as_it_did(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    saved = _saved(path)
    net = MLP.open(path, old=True)
    assert (net.sizes, net.epochs, net.learning_rate, net.batch_size) == (SIZES, 10, 0.5, 16)

    x = np.random.default_rng(1).random(SIZES[0])
    column = x[:, None]
    for weight, bias in zip(saved["weights"][1:], saved["biases"][1:], strict=True):
        column = 1 / (1 + np.exp(-(weight.dot(column) + bias)))
    label, confidences = net.predict(x)
    assert label == column.argmax()
    np.testing.assert_allclose(confidences, column[:, 0], rtol=1e-12)


def test_an_old_network_goes_on_training_and_is_saved_as_a_new_one(tmp_path: Path) -> None:
    _saved(tmp_path / "model.npz")
    net = MLP.open(tmp_path / "model.npz", old=True)
    net.feed((np.random.default_rng(1).random((8, 12)), [0, 1, 2, 0, 1, 2, 0, 1]))
    net.run(1)
    assert MLP.open(net.save(tmp_path / "new")).epochs == 11


def test_the_pickles_of_python_2_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    saved = _saved(path)
    members = {}
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in ("weights", "biases"):
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "|O", "fortran_order": False, "shape": (3,)})
        members[f"{name}.npy"] = head.getvalue() + pickle.dumps(_objects(saved[name]), protocol=2)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    assert MLP.open(path, old=True).sizes == SIZES


class _Payload:
    """Leaves a file wherever it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("member", ["weights", "biases", "epochs"])
def test_a_file_that_wants_to_do_something_is_refused_and_has_not_done_it(tmp_path: Path, member: str) -> None:
    left = tmp_path / "left"
    _saved(tmp_path / "model.npz", **{member: _objects([_Payload(left)] * 3)})
    with pytest.raises(CorruptError, match=r"open.*no array of numbers needs"):
        MLP.open(tmp_path / "model.npz", old=True)
    assert not left.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"learning_rate": -1.0}, "out of range"),
        ({"batch_size": 0}, "out of range"),
        ({"weights": _objects([np.zeros(1), np.zeros((5, 12)), np.zeros((3, 4))])}, "layer 2"),
        ({"weights": _objects([np.zeros(1), np.full((5, 12), np.nan), np.zeros((3, 5))])}, "not finite"),
        ({"weights": _objects([np.zeros(1), "text", 3])}, "array of numbers"),
        ({"weights": np.zeros(3)}, "an array for each layer"),
    ],
)
def test_what_is_no_network_is_refused_with_the_reason(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    _saved(tmp_path / "model.npz", **more)
    with pytest.raises(CorruptError, match=said):
        MLP.open(tmp_path / "model.npz", old=True)


def test_old_networks_are_read_only_when_asked_for(tmp_path: Path) -> None:
    _saved(tmp_path / "model.npz")
    with pytest.raises(CorruptError, match=r"open\(path, old=True\)"):
        MLP.open(tmp_path / "model.npz")
    with pytest.raises(NotFoundError):
        MLP.open(tmp_path / "none.npz", old=True)
    with pytest.raises(CorruptError):
        MLP.open(MLP((2, 2)).save(tmp_path / "new"), old=True)
