"""Data sets: hashing all rows, giving batches with and without augmentation, and comparing a graph with its data.

    python benchmarks/datasets.py

Batches are of 64 pictures of MNIST's size; the rival of hashing is SHA-256 over the same bytes, and of augmented batches
what they cost without it.
"""

import hashlib
import tempfile
from pathlib import Path

import numpy as np

from _measure import interleaved, report
from gnomon.graph.infer import Cache
from gnomon.graph.study import Study
from gnomon.models.datasets.content import fingerprint
from gnomon.models.datasets.describing import described, opened
from gnomon.models.datasets.first_model import first_model
from gnomon.models.datasets.home import wished
from gnomon.models.datasets.prepared import Prepared
from gnomon.models.datasets.summary import summary_of

BATCH = 64
AUGMENT = {"flip": "horizontal", "rotate": 15, "shift": 0.1, "zoom": 0.1, "noise": 0.02, "brightness": 0.1}


def hashing(folder: Path) -> None:
    """Hash 256 MiB of rows."""
    array = np.random.default_rng(0).integers(0, 256, (1 << 18, 1024), np.uint8)
    np.save(folder / "x.npy", array)
    table = opened(str(folder / "x.npy"))
    taken = interleaved({"ours": lambda: fingerprint(table), "sha256": lambda: hashlib.sha256(array).digest()}, 3)
    report("hash all rows", array.nbytes / (1 << 30) / taken["ours"], "GiB/s", ratio=taken["ours"] / taken["sha256"],
           rival="hashlib.sha256 alone")  # fmt: skip


def batches(data: Prepared) -> None:
    """Give batches of pictures in memory."""
    at = iter(range(1 << 30))
    rng = np.random.default_rng(0)

    def some() -> np.ndarray:
        first = next(at) * BATCH % (data.length("train") - BATCH)
        return np.arange(first, first + BATCH)

    taken = interleaved(
        {"plain": lambda: data.batch("train", some()), "moved": lambda: data.batch("train", some(), rng)}, 200
    )
    report("batch of 64 pictures 28×28", 1e3 * taken["plain"], "ms")
    report("the same, augmented in six ways", 1e3 * taken["moved"], "ms", ratio=taken["moved"] / taken["plain"],
           rival="without augmentation")  # fmt: skip


def checking(data: Prepared) -> None:
    """Find out about a first model, its data known and unknown."""
    summary, cache = summary_of(data), Cache()
    graph = first_model(summary).graph
    Study(cache).of(graph, summary)
    taken = interleaved(
        {"with": lambda: Study(cache).of(graph, summary), "without": lambda: Study(cache).of(graph)}, 200
    )
    report("edit of a graph with its data", 1e3 * taken["with"], "ms", ratio=taken["with"] / taken["without"],
           rival="without data", limit=5.0)  # fmt: skip


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hashing(folder)
        rng = np.random.default_rng(0)
        pictures = rng.integers(0, 256, (10_000, 28, 28), np.uint8)
        np.savez(folder / "pictures.npz", image=pictures, label=np.arange(10_000) % 10)
        path = str(folder / "pictures.npz")
        wishes = wished(target="label", transforms={"image": {"normalise": "scale", "augment": AUGMENT}})
        data = described(path, "pictures", wishes, table=opened(path)).prepared
        batches(data)
        checking(data)


if __name__ == "__main__":
    main()
