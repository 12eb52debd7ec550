"""A test of 10,000 pictures through a small convolutional network, beside the forward pass of the bare model.

    python benchmarks/model_test.py [/path/to/mnist]

The pictures are MNIST's test set where its folder of IDX files lies, else noise of the same shape, and the line says so. The
test is whole: rows are read and prepared, asked in batches, judged with intervals, curves and slices, and every row is
written beside the version. Beside it runs the same network in a loop over arrays that are ready, in the same batches, on one thread both; where
much else runs, processor time tells more than the clock.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import torch

from _measure import interleaved, report
from gnomon.graph.document import Edge, Graph, Node, encode
from gnomon.models.datasets.home import register
from gnomon.models.datasets.registry import plain
from gnomon.models.exporters.torch_model import build_module
from gnomon.models.testing.service import run

ROWS = 10_000
BATCH = 256
MNIST = Path(__file__).parents[2] / "shared" / "data" / "mnist"
CHAIN = {
    "image": ("core/image_input@1", {"height": 28, "width": 28, "channels": 1}),
    "conv1": ("core/conv2d@1", {"filters": 16, "kernel_size": 3, "activation": "relu"}),
    "pool1": ("core/max_pool2d@1", {}),
    "conv2": ("core/conv2d@1", {"filters": 32, "kernel_size": 3, "activation": "relu"}),
    "pool2": ("core/max_pool2d@1", {}),
    "flat": ("core/flatten@1", {}),
    "dense": ("core/dense@1", {"units": 10}),
    "label": ("core/classification@1", {}),
}


def pictures(folder: Path) -> tuple[np.ndarray, np.ndarray, str]:
    """Return 10,000 pictures of 28 by 28 with their labels, and where they are from."""
    import gzip

    for ending in ("", ".gz"):
        files = [folder / f"t10k-{name}-ubyte{ending}" for name in ("images-idx3", "labels-idx1")]
        if all(file.is_file() for file in files):
            data = [gzip.decompress(f.read_bytes()) if ending else f.read_bytes() for f in files]
            return (
                np.frombuffer(data[0], np.uint8, offset=16).reshape(-1, 28, 28)[:ROWS],
                np.frombuffer(data[1], np.uint8, offset=8)[:ROWS],
                "mnist",
            )
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (ROWS, 28, 28), np.uint8), rng.integers(0, 10, ROWS, np.uint8), "noise"


def main() -> None:
    """Print how many rows a test judges in a second, and how many the bare model computes."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # what else runs on the machine changes processor time little
    x, y, source = pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else MNIST)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        np.savez(home / "mnist.npz", image=x, label=y)
        split = {"way": "random", "shares": [1, 0, 0]}
        scale = {"image": {"normalise": "scale", "range": [0, 255]}}
        spec = register(home / "mnist.npz", "mnist", target="label", types={"label": "category"}, split=split, transforms=scale, home=home / "home")  # fmt: skip
        names = list(CHAIN)
        nodes = tuple(Node(name, kind, params) for name, (kind, params) in CHAIN.items())
        edges = tuple(Edge((a, "out"), (b, "in")) for a, b in pairwise(names))
        graph = Graph(name="mnist", nodes=nodes, edges=edges)
        folder = home / "version"
        folder.mkdir()
        (folder / "graph.json").write_bytes(encode(graph))
        (folder / "dataset.json").write_bytes(msgspec.json.encode(spec))
        module = build_module(graph)[1].eval()
        from safetensors.torch import save_file

        save_file({key: each.contiguous() for key, each in module.state_dict().items()}, folder / "model.safetensors")
        ready = torch.from_numpy(x[:, None].astype(np.float32) / 255)
        asked = {"folder": str(folder), "format": "torch", "home": str(home / "home"), "spec": plain(spec)}
        asked |= {"part": "train", "target": str(home / "tests" / "test")}

        def bare() -> None:
            with torch.inference_mode():
                for first in range(0, ROWS, BATCH):
                    module(ready[first : first + BATCH])

        def tested() -> None:
            run(asked, lambda _, __: None)

        begin = time.perf_counter()
        tested()
        first = time.perf_counter() - begin
        bare()
        spent: dict[str, list[float]] = {"bare": [], "tested": []}

        def counted(name: str, work: Callable[[], None]) -> Callable[[], None]:
            def worked() -> None:
                start = time.process_time()
                work()
                spent[name].append(time.process_time() - start)

            return worked

        taken = interleaved({"bare": counted("bare", bare), "tested": counted("tested", tested)}, rounds=3)
    ratio = statistics.median(spent["tested"]) / statistics.median(spent["bare"])
    limit = ROWS / taken["bare"]
    more = {"n": ROWS, "source": source, "rival": "forward pass alone", "limit": limit}
    report("model test, rows judged in a second", ROWS / taken["tested"], "rows/s", **more)
    report("model test, processor time beside the forward pass", ratio, "times", n=ROWS, source=source)
    report("model test, the first of a version", first, "s", n=ROWS, source=source)


if __name__ == "__main__":
    main()
