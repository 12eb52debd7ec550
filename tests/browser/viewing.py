"""Runs whose records are known to the last number: what the tests of the viewers look at."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import gnomon as g
from gnomon.core.batch import Batch, Change, Object
from gnomon.core.ids import run_id
from gnomon.core.journal import Open
from gnomon.core.records import registry
from gnomon.store.sqlite import SqliteEngine

RUNS = ("otter", "heron")
STEPS = 12
KNOWN = np.float32(-0.7853982)
"""Value of `layer/activation` at row 5, column 7 of every run and step."""


def store(home: Path, project: str, records: dict[str, dict[str, dict[int, Any]]]) -> None:
    """Write runs into a home that nobody serves yet.

    Args:
        home: The home's folder.
        project: Its project.
        records: Run, key and step of each value.
    """
    us = int(time.time() * 1e6)
    batches = []
    for name, keys in records.items():
        uid = run_id()
        opened = Open(run=uid, project=project, writer="w", name=name, us=us)
        items = [Object(key, *_encoded(value, step, us)) for key, by in keys.items() for step, value in by.items()]
        batches.append(Batch(uid, "", 0, 0, (*items, Change(us, {"state": "finished"})), opened=opened))
    with SqliteEngine(home) as engine:
        for done in engine.append(batches):
            assert not isinstance(done, Exception), done


def _encoded(value: Any, step: int, us: int) -> tuple[str, int, int, dict[str, Any], bytes]:
    made = registry.encode(value)
    assert made is not None, value
    data = made.data.read_bytes() if isinstance(made.data, Path) else bytes(made.data)
    return made.kind, step, us, made.meta, data


def everything(folder: Path) -> dict[str, dict[str, dict[int, Any]]]:
    """Return the records of two runs, one key for each viewer."""
    return {name: _run(seed, folder) for seed, name in enumerate(RUNS)}


def _run(seed: int, folder: Path) -> dict[str, dict[int, Any]]:
    rng = np.random.default_rng(seed)
    steps = [100 * i for i in range(STEPS)]
    few = steps[::4]
    return {
        "layer/activation": {step: g.Tensor(activation(rng, step)) for step in few},
        "layer/bias": {0: g.Tensor(np.sin(np.arange(64) / 5).astype(np.float32))},
        "layer/filters": {0: g.Tensor(filters(rng))},
        "layer/volume": {0: g.Tensor(np.arange(2 * 3 * 20 * 30).reshape(2, 3, 20, 30).astype(np.int32))},
        "layer/weights": {step: g.Histogram(rng.normal(step / 600, 0.3 + step / 1200, 4000)) for step in steps},
        "scene/cloud": {step: cloud(rng, 40 + step / 20) for step in few},
        "scene/flat": {0: g.Points(rng.normal(size=(300, 2)).astype(np.float32), labels=rng.integers(0, 3, 300))},
        "scene/solid": {0: g.Mesh.load(cube_ply(folder / f"cube-{seed}.ply"))},
        "latent": {step: latent(rng, step) for step in few},
        # So many numbers that the page leaves them to a worker.
        "many": {0: g.Embedding(rng.normal(size=(5200, 64)).astype(np.float32))},
        "sky": {0: g.Fits(known_fits(folder / f"sky-{seed}.fits", seed))},
        "sound/tone": {0: g.Audio(tone(440 * (1 + seed)), 8000, caption="a tone")},
        "clip/raw": {0: g.Video(clip(), fps=4)},
        "clip/gif": {0: g.Video(_gif(folder / f"clip-{seed}.gif"))},
        "scores": {0: g.Table(scores(seed))},
        "confused": {0: g.Confusion(*guesses(rng, 10))},
        "classes/many": {
            0: g.Confusion(matrix=rng.poisson(np.eye(60) * 40 + 0.3), labels=[f"class {i}" for i in range(60)])
        },
        "roc": {step: g.Curve.roc(*ranked(seed, step)) for step in few},
        "net": {0: g.Graph(network())},
    }


def activation(rng: np.random.Generator, step: int) -> np.ndarray[Any, Any]:
    """Return a signed plane of float32, 24 by 32, with one known value, one NaN and one infinity."""
    y, x = np.mgrid[:24, :32]
    wide = np.sin((x + step / 100) / 4) * np.cos(y / 3) + rng.normal(0, 0.05, (24, 32))
    plane: np.ndarray[Any, Any] = wide.astype(np.float32)
    plane[5, 7] = KNOWN
    plane[0, 0], plane[0, 1] = np.nan, np.inf
    return plane


def filters(rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return 16 filters of 5 by 5 over one input: edges of every direction."""
    y, x = np.mgrid[-2:3, -2:3]
    turns = np.linspace(0, np.pi, 16, endpoint=False)
    found = [np.exp(-(x**2 + y**2) / 4) * (x * np.cos(t) + y * np.sin(t)) for t in turns]
    return (np.array(found)[:, None] + rng.normal(0, 0.05, (16, 1, 5, 5))).astype(np.float32)


def cloud(rng: np.random.Generator, n: float) -> Any:
    """Return a spiral with a colour and a label for each point."""
    t = np.linspace(0, 6 * np.pi, int(n) * 20)
    xyz = np.stack([np.cos(t) * t / 10, np.sin(t) * t / 10, t / 5], 1) + rng.normal(0, 0.03, (len(t), 3))
    rgb = np.stack([t * 255 / t[-1], 80 + 0 * t, 255 - t * 255 / t[-1]], 1).astype(np.uint8)
    return g.Points(xyz.astype(np.float32), rgb=rgb, labels=(t // 6).astype(np.int32))


CUBE = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 2)]
SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def cube_ply(path: Path) -> Path:
    """Write a box of 1 by 1 by 2 with coloured corners as a PLY file of text."""
    corners = "\n".join(f"{x} {y} {z} {255 * x} {255 * y} {127 * z}" for x, y, z in CUBE)
    faces = "\n".join(f"4 {' '.join(map(str, side))}" for side in SIDES)
    colours = "\n".join(f"property uchar {c}" for c in ("red", "green", "blue"))
    places = "\n".join(f"property float {c}" for c in "xyz")
    head = f"ply\nformat ascii 1.0\nelement vertex 8\n{places}\n{colours}\nelement face 6\nproperty list uchar int vertex_indices"
    path.write_text(f"{head}\nend_header\n{corners}\n{faces}\n")
    return path


def latent(rng: np.random.Generator, step: int) -> Any:
    """Return four classes that drift apart, in eight dimensions that are turned at each step."""
    labels = np.repeat(np.arange(4), 60)
    centres = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]]) * (0.5 + step / 300)
    flat = centres[labels] + np.random.default_rng(5).normal(0, 0.35, (240, 2))
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    wide = np.concatenate([flat, rng.normal(0, 0.08, (240, 6))], 1) @ turn
    return g.Embedding(wide.astype(np.float32), labels=labels.astype(np.int32), names=["cat", "dog", "owl", "eel"])


def known_fits(path: Path, seed: int) -> Path:
    """Write a FITS image of 80 by 60 16-bit integers, BSCALE 0.5 and BZERO 100: pixel (x 41, y 11) is 1600.5."""
    y, x = np.mgrid[:60, :80]
    stored = (2000 * np.exp(-((x - 40) ** 2 + (y - 10) ** 2) / 30) + 1000 * seed * (x > 70)).astype(">i2")
    stored[10, 40] = 3001
    cards = {
        "SIMPLE": "T",
        "BITPIX": "16",
        "NAXIS": "2",
        "NAXIS1": "80",
        "NAXIS2": "60",
        "BSCALE": "0.5",
        "BZERO": "100.0",
    }
    lines = [f"{key:8}= {value:>20}" for key, value in cards.items()] + ["OBJECT  = 'Barnard''s star'", "END"]
    head = "".join(line.ljust(80) for line in lines).encode().ljust(2880)
    path.write_bytes(head + stored.tobytes().ljust(4 * 2880, b"\0"))
    return path


def tone(hertz: float) -> np.ndarray[Any, Any]:
    """Return two seconds of a tone that fades, with one click at full scale."""
    t = np.arange(16_000) / 8000
    wave = (0.6 * np.sin(2 * np.pi * hertz * t) * np.exp(-t)).astype(np.float32)
    wave[12_000] = 1
    return wave


def clip() -> np.ndarray[Any, Any]:
    """Return ten frames of 16 by 24: frame k is black but for a white pixel in row 3, column k."""
    frames = np.zeros((10, 16, 24, 3), np.uint8)
    for k in range(10):
        frames[k, 3, k] = 255
        frames[k, 12:, :] = (k * 25, 60, 120)
    return frames


def _gif(path: Path) -> Path:
    """Write two frames of 20 by 10 as a GIF."""
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=200, loop=0)
    return path


def scores(seed: int) -> dict[str, list[Any]]:
    """Return a table of 5,000 rows; one cell differs between the runs."""
    n = 5000
    loss = [round(0.001 * ((i * 7919) % 5000), 3) for i in range(n)]
    loss[3] = 9.5 + seed
    return {
        "id": list(range(n)),
        "name": [f"sample {i:04}" for i in range(n)],
        "loss": loss,
        "right": [i % 3 > 0 for i in range(n)],
    }


def guesses(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    """Return classes and guesses that are right nine times in ten."""
    truth = rng.integers(0, k, 2000)
    return truth, np.where(rng.random(2000) < 0.9, truth, rng.integers(0, k, 2000))


def ranked(seed: int, step: int) -> tuple[Any, Any]:
    """Return truths and scores that part better with every step."""
    rng = np.random.default_rng(11 + seed)
    truth = rng.integers(0, 2, 400)
    return truth, truth * (0.4 + step / 500 + seed / 4) + rng.normal(0, 0.6, 400)


def network() -> dict[str, Any]:
    """Return a small network with a skip."""
    layers = [
        ("in", "input", 0, [28, 28, 1]),
        ("conv1", "Conv2d", 160, [26, 26, 16]),
        ("relu", "ReLU", 0, [26, 26, 16]),
    ]
    layers += [
        ("conv2", "Conv2d", 2320, [26, 26, 16]),
        ("add", "Add", 0, [26, 26, 16]),
        ("pool", "MaxPool2d", 0, [13, 13, 16]),
    ]
    layers += [("flat", "Flatten", 0, [2704]), ("dense", "Linear", 27050, [10])]
    nodes = [{"id": i, "op": op, "label": i, "parameters": n, "shape": shape} for i, op, n, shape in layers]
    names = [layer[0] for layer in layers]
    return {"nodes": nodes, "edges": [*pairwise(names), ("conv1", "add")]}
