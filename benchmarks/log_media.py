"""What logging an image or a large tensor costs the training loop, beside writing the same bytes bare.

Both take turns on the same disk, so a slow moment of the machine falls on both. Prints JSON lines.
"""

import argparse
import io
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

import gnomon
from _measure import report

IMAGE_US = 200.0


def timed(call: Callable[[], object]) -> int:
    """Return the nanoseconds of one call."""
    began = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - began


def median(times: list[int]) -> float:
    """Return the middle one in microseconds."""
    return sorted(times)[len(times) // 2] / 1000


def log_image(run: gnomon.Run, key: str, source: object, step: int) -> None:
    """Wrap and log one image."""
    run.log({key: gnomon.Image(source)}, step=step)


def images(home: Path, n: int) -> None:
    """Log `n` different images of 128 x 128 x 3 bytes: raw, wrapped, and as PNG files; and write the bytes bare."""
    pixels = np.random.default_rng(0).integers(0, 256, (n, 128, 128, 3), np.uint8)
    files = []
    for each in pixels:
        out = io.BytesIO()
        Image.fromarray(each).save(out, "png", compress_level=1)
        files.append(out.getvalue())
    bare = os.open(home / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    with gnomon.init("bench", home=home) as run:
        run.log({"raw": gnomon.Image(pixels[0])})
        times: dict[str, list[int]] = {"raw": [], "png": [], "write": []}
        for i in range(n):
            data = pixels[i].tobytes()
            times["raw"].append(timed(partial(log_image, run, "raw", pixels[i], i)))
            times["png"].append(timed(partial(log_image, run, "png", files[i], i)))
            times["write"].append(timed(partial(os.write, bare, data)))
    os.close(bare)
    write = median(times["write"])
    for name in ("raw", "png"):
        taken = median(times[name])
        p99 = sorted(times[name])[n * 99 // 100] / 1000
        report(
            f"log of an image 128x128x3, {name}",
            taken,
            "us",
            limit=IMAGE_US,
            rival="bare os.write",
            ratio=taken / write,
            n=n,
            p99=p99,
        )


def copy(array: npt.NDArray[np.float64], path: Path) -> None:
    """Write the bytes of an array to a new file, and nothing more."""
    view = array.data.cast("B")
    with path.open("wb", buffering=0) as stream:
        while view:
            view = view[stream.write(view) :]


def tensors(home: Path, repeats: int) -> None:
    """Log a tensor of 64 MB, and copy its bytes to a file bare."""
    rng = np.random.default_rng(0)
    times: dict[str, list[int]] = {"log": [], "copy": []}
    with gnomon.init("bench", home=home) as run:
        for i in range(repeats):
            array = rng.random((4000, 2000))
            work = {
                "log": partial(run.log, {"w": array}, step=i),
                "copy": partial(copy, array, home / f"copy {i}"),
            }
            for name in sorted(work, reverse=bool(i % 2)):  # neither is always the one that fills the cache
                times[name].append(timed(work[name]))
    taken, bare = (median(times[name]) for name in ("log", "copy"))
    report("log of a tensor of 64 MB", taken / 1000, "ms", rival="bare copy to a file", ratio=taken / bare, n=repeats)


def main() -> None:
    """Measure images and a tensor."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--tensors", type=int, default=9)
    options = parser.parse_args()
    os.environ["GNOMON_AGENT"] = "off"
    with tempfile.TemporaryDirectory() as folder:
        images(Path(folder), options.images)
        tensors(Path(folder), options.tensors)


if __name__ == "__main__":
    main()
