"""What a record costs in the training thread until its bytes are ready, by type; for pictures beside PNG by Pillow.

Prints JSON lines: the median of rounds taken in turns. Nothing is written: the journal is measured elsewhere.
"""

import argparse
import io
from collections.abc import Callable

import numpy as np
from PIL import Image as Pillow

import gnomon
from _measure import interleaved, report
from gnomon.core.records import registry

TARGET_MS = 0.1


def png(picture: np.ndarray) -> bytes:
    """Return what a logger that stores PNG does in the caller."""
    out = io.BytesIO()
    Pillow.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=301)
    rounds = parser.parse_args().rounds
    rng = np.random.default_rng(0)
    smooth = np.add.outer(np.arange(128), np.arange(128))[..., None] + rng.integers(0, 40, (128, 128, 3))
    picture = smooth.astype(np.uint8)
    floats = rng.random((3, 128, 128), np.float32)
    values = {
        "tensor 256x256 float32": rng.random((256, 256), np.float32),
        "image 128x128x3 uint8": gnomon.Image(picture),
        "image 3x128x128 float32": gnomon.Image(floats),
        "images 64x28x28 uint8": gnomon.Images(rng.integers(0, 256, (64, 28, 28), np.uint8)),
        "histogram of 100,000 float32": gnomon.Histogram(rng.random(100_000, np.float32)),
        "audio 16,000 float32": gnomon.Audio(rng.random(16_000, np.float32), 16_000),
        "video 16x64x64x3 uint8": gnomon.Video(rng.integers(0, 256, (16, 64, 64, 3), np.uint8)),
        "points 10,000": gnomon.Points(rng.random((10_000, 3), np.float32)),
        "embedding 1,000x64": gnomon.Embedding(rng.random((1_000, 64), np.float32)),
        "mesh 1,000 vertices": gnomon.Mesh(rng.random((1_000, 3)), rng.integers(0, 1_000, (2_000, 3))),
        "fits 256x256 uint16": gnomon.Fits(rng.integers(0, 60_000, (256, 256), np.uint16)),
    }
    work: dict[str, Callable[[], object]] = {name: lambda v=value: registry.encode(v) for name, value in values.items()}
    work["png"] = lambda: png(picture)
    for function in work.values():
        function()
    taken = interleaved(work, rounds)
    for name in values:
        beside: dict[str, object] = {}
        if name.startswith("image 128"):
            beside = {"target": TARGET_MS, "png_by_pillow": 1e3 * taken["png"], "ratio": taken["png"] / taken[name]}
        report(f"encode {name}", 1e3 * taken[name], "ms", rounds=rounds, **beside)


if __name__ == "__main__":
    main()
