"""Train twelve configurations with three seeds each, judge every one on the same images, and rank them.

    python examples/study.py                                     digits, about a minute
    python examples/study.py --data shared/data/fashion-mnist    Fashion-MNIST, or set GNOMON_DATA

The protocol of the "Keras Leaderboard" that gnomon grew from: six convolutional networks and six others over batch
size, epochs and optimiser. Needs torch. `--epochs` and `--rows` make it smaller; what ran is what the config says.
"""

import argparse
import gzip
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

import gnomon
from gnomon.models import digits

if TYPE_CHECKING:
    from gnomon.analysis.leaderboard import Leaderboard

CLOTHES: Final = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot")
RATES: Final = {"adam": 0.001, "sgd": 0.05, "adagrad": 0.01}
OPTIMIZERS: Final = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad}

IDX: Final = ("images-idx3", "labels-idx1")


@dataclass(frozen=True)
class Setup:
    """Say how one network is trained; this is its config."""

    model: str
    batch_size: int
    epochs: int
    optimizer: str


PROTOCOL: Final = (
    Setup("cnn", 32, 5, "adam"),
    Setup("cnn", 4, 10, "sgd"),
    Setup("cnn", 2, 20, "sgd"),
    Setup("cnn", 32, 20, "sgd"),
    Setup("cnn", 64, 30, "adam"),
    Setup("cnn", 64, 50, "adagrad"),
    Setup("mlp", 32, 5, "adam"),
    Setup("mlp", 64, 10, "sgd"),
    Setup("mlp", 32, 15, "adam"),
    Setup("mlp", 32, 20, "adagrad"),
    Setup("mlp", 32, 30, "adam"),
    Setup("mlp", 32, 50, "adam"),
)


@dataclass(frozen=True)
class Images:
    """Hold grey images in two parts, float32 of shape `(n, side, side)` from 0 to 1, and their classes."""

    name: str
    classes: tuple[str, ...]
    x_train: npt.NDArray[np.float32]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.float32]
    y_test: npt.NDArray[np.int64]


def load(folder: Path | None, rows: int | None = None) -> Images:
    """Read Fashion-MNIST from a folder of its four files; without one, the digits that ship with gnomon.

    Args:
        folder: Where `train-images-idx3-ubyte.gz` and its three neighbours are.
        rows: Training images at most, and a sixth of that for the test; `None` for all.
    """
    cut, few = rows, None if rows is None else max(60, rows // 6)
    if folder is None:
        data = digits.load()
        x_train, x_test = (x.reshape(-1, 8, 8) for x in (data.x_train, data.x_test))
        return Images("digits", tuple("0123456789"), x_train[:cut], data.y_train[:cut], x_test[:few], data.y_test[:few])
    parts = [_idx(folder / f"{part}-{kind}-ubyte.gz") for part in ("train", "t10k") for kind in IDX]
    x_train, y_train, x_test, y_test = parts
    return Images(
        "fashion-mnist",
        CLOTHES,
        x_train[:cut].astype(np.float32) / 255,
        y_train[:cut].astype(np.int64),
        x_test[:few].astype(np.float32) / 255,
        y_test[:few].astype(np.int64),
    )


def _idx(path: Path) -> npt.NDArray[np.uint8]:
    """Read an IDX file: two zeros, the type (8: bytes), the number of axes, their lengths, the values."""
    raw = gzip.decompress(path.read_bytes())
    axes = raw[3]
    shape = np.frombuffer(raw, ">u4", axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape([int(length) for length in shape])


def build(setup: Setup, side: int, classes: int, width: int) -> nn.Sequential:
    """Return a network; `width` is the number of filters of the first layer of a convolutional one."""
    if setup.model == "mlp":
        hidden = 8 * width
        return nn.Sequential(nn.Flatten(), nn.Linear(side * side, hidden), nn.ReLU(), nn.Linear(hidden, classes))
    layers: list[nn.Module] = []
    wide = [1, width, 2 * width, 4 * width]
    for before, after in pairwise(wide):
        layers += [nn.Conv2d(before, after, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    last = (side // 8) ** 2 * wide[-1]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(last, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, classes))


def train(setup: Setup, seed: int, data: Images, project: str, width: int = 32) -> None:
    """Train one network and judge it; the last tenth of the training images only tells how it goes."""
    torch.manual_seed(seed)
    net = build(setup, data.x_train.shape[1], len(data.classes), width)
    rate = RATES[setup.optimizer]
    config = asdict(setup) | {
        "learning_rate": rate,
        "loss": "cross-entropy",
        "width": width,
        "seed": seed,
    }
    keep = len(data.x_train) * 9 // 10
    x, y = torch.from_numpy(data.x_train[:, None]), torch.from_numpy(data.y_train)
    optimizer = OPTIMIZERS[setup.optimizer](net.parameters(), lr=rate)
    with gnomon.init(project, config=config) as run:
        run.annotate({"parameters": sum(weights.numel() for weights in net.parameters())})
        run.use_data(data.x_train, data.y_train, name="train")
        run.use_data(data.x_test, data.y_test, name="test")
        for epoch in range(1, setup.epochs + 1):
            loss = _epoch(net, optimizer, x[:keep], y[:keep], setup.batch_size)
            scores = _scores(net, x[keep:])
            accuracy = float((scores.argmax(1) == y[keep:].numpy()).mean())
            run.log({"train/loss": loss, "val/acc": accuracy}, epoch=epoch)
        scores = _scores(net, torch.from_numpy(data.x_test[:, None]))
        run.evaluate(data.y_test, scores=scores, outputs="logits", classes=data.classes, name="test")


def _epoch(net: nn.Module, optimizer: Any, x: torch.Tensor, y: torch.Tensor, batch_size: int) -> float:
    """Pass over the data once, in an order of its own, and return the mean loss."""
    net.train()
    total = 0.0
    for rows in torch.randperm(len(x)).split(batch_size):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        total += float(loss.detach()) * len(rows)
    return total / len(x)


def _scores(net: nn.Module, x: torch.Tensor) -> npt.NDArray[np.float32]:
    net.eval()
    with torch.no_grad():
        return np.concatenate([net(part).numpy() for part in x.split(1000)])


def protocol(share: float = 1.0) -> Iterator[Setup]:
    """Yield the twelve setups with a share of their epochs, one at least."""
    for setup in PROTOCOL:
        yield Setup(setup.model, setup.batch_size, max(1, round(setup.epochs * share)), setup.optimizer)


def study(
    data: Images, seeds: int = 3, share: float = 1.0, width: int = 32, project: str | None = None
) -> "Leaderboard":
    """Train everything and return the ranking by accuracy on the test images."""
    name = project or f"study-{data.name}"
    for setup in protocol(share):
        for seed in range(seeds):
            train(setup, seed, data, name, width)
    with gnomon.connect() as lab:
        return lab.leaderboard(name, metric="test/accuracy")


def main(arguments: Sequence[str] = ()) -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("GNOMON_DATA"), help="folder of Fashion-MNIST")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each configuration")
    parser.add_argument("--epochs", type=float, default=1.0, help="share of the epochs of the protocol")
    parser.add_argument("--rows", type=int, help="training images at most")
    parser.add_argument("--width", type=int, default=32, help="filters of the first layer")
    asked = parser.parse_args(arguments)
    data = load(Path(asked.data) if asked.data else None, asked.rows)
    board = study(data, asked.seeds, asked.epochs, asked.width)
    print(board.to_markdown(["parameters", "test/f1", "test/auc"]))
    print(board.protocols[0].method)


if __name__ == "__main__":
    main(sys.argv[1:])
