"""What `gnomon train` costs beside a plain loop in PyTorch that does the same without gnomon, and how soon it pauses.

A small convolutional network on the packaged digits, on the CPU with one thread. The plain loop is what a script would
hold: rows of tensors, loss, gradients, step, and loss and accuracy as numbers. Ours reads orders, logs five numbers and
tells how far it is at each step; with and without statistics of all variables at their default budget. The loops take
turns step by step, and processor time is counted. Prints JSON lines; without torch it says so and prints nothing else.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from _measure import report
from gnomon.core import ids
from gnomon.models.jobs import control
from gnomon.models.jobs.folder import JobFolder, JobSpec
from gnomon.models.jobs.launch import launch

WARM_UP = 60
CHAIN = ("image", "conv1", "conv2", "pool", "conv3", "flat", "hidden", "head", "label")
PARAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "image": ("image_input", {"height": 8, "width": 8}),
    "conv1": ("conv2d", {"filters": 16, "activation": "relu"}),
    "conv2": ("conv2d", {"filters": 32, "activation": "relu"}),
    "pool": ("max_pool2d", {}),
    "conv3": ("conv2d", {"filters": 64, "activation": "relu"}),
    "flat": ("flatten", {}),
    "hidden": ("dense", {"units": 64, "activation": "relu"}),
    "head": ("dense", {"units": 10}),
    "label": ("classification", {"classes": 10}),
}


def graph() -> dict[str, Any]:
    """Return the document of the network."""
    nodes = [{"id": name, "type": f"core/{kind}@1", "params": params} for name, (kind, params) in PARAMS.items()]
    edges = [{"from": [a, "out"], "to": [b, "in"]} for a, b in itertools.pairwise(CHAIN)]
    return {"name": "small", "nodes": nodes, "edges": edges}


def job(home: Path, batch: int, watch: float, epochs: int = 1_000) -> JobFolder:
    """Make the folder of a job."""
    train = {"batch_size": batch, "epochs": epochs, "optimizer": {"type": "sgd", "lr": 0.05}, "watch": watch}
    spec = JobSpec(kind="graph", project="bench", name="b", graph=graph(), dataset="digits", train=train)
    return JobFolder.create(home, ids.run_id(), spec)


def ours(folder: JobFolder) -> Callable[[], float]:
    """Return what does one step of our loop and returns its seconds."""
    import gnomon
    from gnomon.models.training.batches import Feed
    from gnomon.models.training.checkpoint import State
    from gnomon.models.training.control import Control
    from gnomon.models.training.loop import Feeds, Loop
    from gnomon.models.training.task import task_of
    from gnomon.models.training.worker import engine_of

    task = task_of(folder)
    engine = engine_of(folder, task)
    feeds = Feeds(*(Feed(task, part, task.plan.settings.batch_size) for part in ("train", "validation", "test")))
    run = gnomon.init("bench", home=folder.home)
    loop = Loop(task.plan, engine, feeds, run, folder, Control(folder), State(rate=0.05))
    if task.plan.settings.watch:
        engine.watch(run, task.plan.settings.watch)
    batches = itertools.chain.from_iterable(feeds.train.epoch(epoch) for epoch in itertools.count())

    def step() -> float:
        began = time.process_time()
        inputs, targets = next(batches)
        loop.pulse()
        loop._step(inputs, targets)  # a step by itself, so that loops can take turns
        return time.process_time() - began

    return step


def plain(folder: JobFolder, batch: int) -> Callable[[], float]:
    """Return what does one step of the plain loop and returns its seconds."""
    import numpy as np
    import torch
    import torch.nn.functional as F  # noqa: N812 - as everybody calls it

    from gnomon.models.training.data_file import arrays
    from gnomon.models.training.task import script_of, task_of

    task_of(folder)
    data = arrays(folder.path)
    model = script_of(folder.path, "torch").build()
    x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(data["train/inputs/image"], -1, 1)))
    y = torch.from_numpy(data["train/targets/label"])
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    rows: Iterator[Any] = (
        order[first : first + batch]
        for epoch in itertools.count()
        for order in [np.random.default_rng((0, epoch)).permutation(len(x))]
        for first in range(0, len(x) - 1, batch)
    )

    def step() -> float:
        began = time.process_time()
        chosen = torch.from_numpy(next(rows))
        images, labels = x[chosen], y[chosen]
        optimizer.zero_grad()
        made = model(images)
        loss = F.cross_entropy(made, labels)
        loss.backward()
        optimizer.step()
        loss.item()
        (made.argmax(1) == labels).float().mean().item()
        return time.process_time() - began

    return step


def measure(batch: int, steps: int) -> None:
    """Measure one size of batch."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        loops = {
            "plain": plain(job(home, batch, 0), batch),
            "again": plain(job(home, batch, 0), batch),
            "ours": ours(job(home, batch, 0)),
            "watched": ours(job(home, batch, 0.03)),
        }
        taken: dict[str, list[float]] = {name: [] for name in loops}
        names = list(loops)
        for i in range(steps):
            for name in names[i % 4 :] + names[: i % 4]:
                taken[name].append(loops[name]())
        base = sum(taken["plain"][WARM_UP:])
        noise = 100 * (sum(taken["again"][WARM_UP:]) / base - 1)
        step_ms = 1e3 * statistics.median(taken["plain"])
        more_ms = 1e3 * (statistics.median(taken["ours"]) - statistics.median(taken["plain"]))
        for name, text in (("ours", "without statistics"), ("watched", "with statistics")):
            over = 100 * (sum(taken[name][WARM_UP:]) / base - 1)
            report(f"gnomon train, batch {batch}, {text}: more time a step", over, "%", noise=noise, step_ms=step_ms)
        alone = 100 * (sum(taken["watched"][WARM_UP:]) / sum(taken["ours"][WARM_UP:]) - 1)
        report(f"gnomon train, batch {batch}: what statistics add", alone, "%", limit=3.0, noise=noise, steps=steps)
        report(f"gnomon train, batch {batch}: more time a step", more_ms, "ms", step_ms=step_ms)


def orders() -> None:
    """Measure how soon a real training says that it is paused, and how soon it runs again after `kill -9`."""
    import signal

    from gnomon.models.jobs.events import Reader

    with tempfile.TemporaryDirectory() as place:
        folder = job(Path(place), 64, 0.03)
        process = launch(folder, 1, "cpu", 1)
        reader = Reader(folder)

        def wait(event: str) -> Any:
            while True:
                found = [each for each in reader.read() if each.event == event]
                if found:
                    return found[-1]
                time.sleep(0.0005)

        pid = wait("running").pid
        wait("checkpoint")
        paused = []
        for _ in range(20):
            began = time.time()
            control.order(folder, "pause")
            paused.append(wait("paused").t - began)
            control.order(folder, "resume")
            wait("resumed")
            time.sleep(0.05)
        killed = time.time()
        os.kill(pid, signal.SIGKILL)
        again = wait("running").t - killed
        control.order(folder, "stop")
        process.wait()
    report(
        "pause: from the order to the worker's word",
        1e3 * statistics.median(paused),
        "ms",
        limit=50.0,
        worst=1e3 * max(paused),
    )
    report("kill -9: until it trains again", again, "s", limit=5.0)


def main() -> None:
    """Measure a quick and an ordinary step, and orders."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=1_200)
    steps = parser.parse_args().steps
    if find_spec("torch") is None or find_spec("safetensors") is None:
        print("torch or safetensors is not installed: nothing to measure", file=sys.stderr)
        sys.exit(77)
    import torch

    os.environ |= {"GNOMON_AGENT": "off", "GNOMON_CAPTURE": "off", "GNOMON_SYSTEM": "off", "GNOMON_CONSOLE": "off"}
    torch.set_num_threads(1)
    for batch in (32, 256):
        measure(batch, steps)
    orders()


if __name__ == "__main__":
    main()
