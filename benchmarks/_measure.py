"""What the benchmarks share: interleaved medians, the machine they ran on, one JSON line for each figure."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from pcodec import ChunkConfig

SERIES = 10


def report(figure: str, value: float, unit: str, **more: object) -> None:
    """Print one figure; `more` holds what it is compared with: rival, limit, ratio, target, n."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in more.items()}
    print(
        json.dumps({"figure": figure, "value": round(value, 4), "unit": unit, **rounded, "machine": machine()}),
        flush=True,
    )


def machine() -> dict[str, object]:
    """Return what the figures depend on besides the code."""
    return {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": platform.python_version()}


def interleaved(work: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Return the median seconds of each piece of work, taken in turns so that all meet the same machine."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, function in work.items():
            start = time.perf_counter()
            function()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def forget(folder: Path) -> None:
    """Take the files of a folder out of the page cache, so that the next read is a cold one."""
    for path in folder.rglob("*"):
        if path.is_file():
            fd = os.open(path, os.O_RDWR)
            os.fsync(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


def size(folder: Path) -> int:
    """Return the bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


# The realistic mix: what a training loop logs, ten keys together. Losses come from float32 tensors, an average is a
# full float64, an accuracy is a count out of 256, one value is a counter, one constant, one a cosine schedule.


def mix(n: int, seed: int = 0) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]:
    """Return keys, step, us and values `(10, n)` of one run of the realistic mix."""
    values = np.stack([_column(kind, n, 10 * seed + i) for i, kind in enumerate(_KINDS)])
    return tuple(f"{kind}/{i}" for i, kind in enumerate(_KINDS)), np.arange(n), wall(n, seed), values


def wall(n: int, seed: int) -> np.ndarray:
    """Return times in microseconds: 0.12 s a step, five per cent jitter, a pause of up to 2 s now and then."""
    rng = np.random.default_rng(seed)
    seconds = 0.12 * (1 + 0.05 * rng.standard_normal(n)) + (rng.random(n) < 0.001) * 2
    return ((1_795_000_000 + np.cumsum(seconds)) * 1e6).astype(np.int64)


_KINDS = ("loss", "loss", "average", "accuracy", "tokens", "decay", "loss", "accuracy", "rate", "loss")


def _column(kind: str, n: int, seed: int) -> np.ndarray:
    rng, i = np.random.default_rng(seed), np.arange(n)
    if kind in {"loss", "average"}:
        curve = 2.3 * (1 + i / 200) ** -0.35 * np.exp(0.08 * rng.standard_normal(n)) + 5.0 * (rng.random(n) < 1e-4)
        single = curve.astype(np.float32).astype(np.float64)
        return single * (1 + 1e-3 * rng.standard_normal(n)) if kind == "average" else single
    if kind == "accuracy":
        return rng.binomial(256, 1 - 0.9 * (1 + i / 500) ** -0.4) / 256
    if kind == "tokens":
        return i * 262_144.0
    return np.full(n, 3e-4) if kind == "decay" else 1.5e-4 * (1 + np.cos(np.pi * i / n))


def pco() -> ChunkConfig:
    """Return how chunks are compressed while a run is written."""
    return ChunkConfig(compression_level=4)
