"""Train the networks of `gnomon.models.pretrained` on MNIST and write them into the package.

    python scripts/pretrain.py FOLDER

FOLDER holds the four IDX files of MNIST. The first four networks are what training passed through when it first reached
half, 62, 74 and 85 % of the validation images; the last one was trained for 20 passes. What is printed goes into `ACCURACY`.
"""

import copy
import sys
from pathlib import Path

import numpy as np

from gnomon.models import MLP
from gnomon.models.datasets.arrays import read_idx

FOLDER = Path(__file__).resolve().parents[1] / "src/gnomon/models/pretrained"
MARKS = (0.5, 0.62, 0.74, 0.85)
HELD_BACK = 5_000


def main(folder: Path) -> None:
    """Write `v1.npz` to `v5.npz`."""
    table = read_idx(folder)
    pixels = table.values("image").reshape(len(table), 784) / np.float32(255)
    labels = table.codes("label")
    train, test = table.parts["train"], table.parts["test"]
    held, used = train[:HELD_BACK], train[HELD_BACK:]
    net = MLP((784, 30, 10), seed=0)
    net.feed((pixels[used], labels[used]))
    found: list[MLP] = []
    for step in net.train(20):
        if len(found) < len(MARKS) and net.validate((pixels[held], labels[held])).accuracy >= MARKS[len(found)]:
            found.append(copy.deepcopy(net))
            print(f"v{len(found)} after {step.step} batches", file=sys.stderr)
    for version, each in enumerate([*found, net], 1):
        each.weights = [weight.astype(np.float16).astype(np.float32) for weight in each.weights]
        each.biases = [bias.astype(np.float16).astype(np.float32) for bias in each.biases]
        path = each.save(FOLDER / f"v{version}.npz")
        print(f"{version}: {each.validate((pixels[test], labels[test])).accuracy}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
