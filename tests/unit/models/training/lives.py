"""Lives of the training program, each a process of its own that was forked from one that has PyTorch loaded already."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from itertools import pairwise
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import msgspec

from gnomon.core import ids
from gnomon.models.jobs.folder import JobFolder, JobSpec

CHAIN = "image conv1 pool flat drop head label".split()
GRAPH: dict[str, Any] = {
    "name": "digits",
    "nodes": [
        {"id": "image", "type": "core/image_input@1", "params": {"height": 8, "width": 8}},
        {"id": "conv1", "type": "core/conv2d@1", "params": {"filters": 4, "activation": "relu"}},
        {"id": "pool", "type": "core/max_pool2d@1"},
        {"id": "flat", "type": "core/flatten@1"},
        {"id": "drop", "type": "core/dropout@1", "params": {"rate": 0.2}},
        {"id": "head", "type": "core/dense@1", "params": {"units": 10}},
        {"id": "label", "type": "core/classification@1", "params": {"classes": 10}},
    ],
    "edges": [{"from": [a, "out"], "to": [b, "in"]} for a, b in pairwise(CHAIN)],
}
TRAIN: dict[str, Any] = {"optimizer": {"lr": 0.01}, "batch_size": 128, "epochs": 3, "seed": 3}


def make(
    home: Path, graph: dict[str, Any] | None = None, components: dict[str, str] | None = None, **train: Any
) -> JobFolder:
    """Make the folder of a job that trains the packaged digits."""
    known = JobSpec(
        components=components or {},
        kind="graph",
        project="digits",
        name="small",
        graph=graph or GRAPH,
        dataset="digits",
        train=TRAIN | train,
    )
    return JobFolder.create(home, ids.run_id(), known)


def server() -> ForkServerContext:
    """Return what forks the processes."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    found = multiprocessing.get_context("forkserver")
    engines = ["gnomon.integrations.torch", "gnomon.integrations.keras", "safetensors.torch"]
    found.set_forkserver_preload(["gnomon.models.training.worker", *engines])
    return found


def live(folder: JobFolder, dies: tuple[str, int] | None = None) -> ForkServerProcess:
    """Begin a life.

    Args:
        folder: Of the job.
        dies: A function, and at which of its calls the process is killed: `("checkpoint._write", 2)`.
    """
    process = server().Process(target=_live, args=(str(folder.path), dies))
    process.start()
    return process


def alone(folder: JobFolder) -> ForkServerProcess:
    """Run the script of a folder as if gnomon were not installed; it writes `history.json`."""
    process = server().Process(target=_alone, args=(str(folder.path),))
    process.start()
    return process


def _alone(path: str) -> None:
    import sys

    import torch

    torch.set_num_threads(1)
    for name in [name for name in sys.modules if name.partition(".")[0] == "gnomon"]:
        sys.modules[name] = None  # type: ignore[assignment]  # what Python itself takes for "cannot be imported"
    sys.path.insert(0, path)
    train: Any = __import__("train")
    (Path(path) / "history.json").write_bytes(msgspec.json.encode(train.main()))


def outcome(process: ForkServerProcess) -> int | None:
    """Return the exit status, minus the signal when one ended it."""
    process.join()
    return process.exitcode


def whole(folder: JobFolder) -> list[dict[str, Any]]:
    """Return the events of a job, without their times."""
    lines = folder.events.read_bytes().splitlines() if folder.events.exists() else []
    return [
        {key: value for key, value in msgspec.json.decode(line).items() if key not in ("t", "pid")} for line in lines
    ]


def files(folder: JobFolder, step: int) -> tuple[bytes, bytes]:
    """Return the tensors of a checkpoint."""
    place = folder.checkpoints / f"step-{step}"
    return (place / "model.safetensors").read_bytes(), (place / "optim.safetensors").read_bytes()


def _live(path: str, dies: tuple[str, int] | None) -> None:
    import torch

    torch.set_num_threads(1)
    os.environ |= {"GNOMON_HOME": str(Path(path).parent.parent), "GNOMON_AGENT": "off", "GNOMON_CONSOLE": "off"}
    os.environ |= {"GNOMON_CAPTURE": "off", "GNOMON_SYSTEM": "off"}
    if dies is not None:
        _die_at(*dies)
    from gnomon.models.training.worker import main

    raise SystemExit(main([path]))


def _die_at(name: str, call: int) -> None:
    from gnomon.models.jobs.progress import Progress
    from gnomon.models.training import checkpoint

    where: dict[str, tuple[Any, str]] = {
        "step": (Progress, "tell"),
        "file": (checkpoint, "_write"),
        "rename": (checkpoint, "_sync"),
        "prune": (checkpoint, "prune"),
    }
    owner, attribute = where[name]
    before: Callable[..., Any] = getattr(owner, attribute)
    calls = iter(range(call))

    def counted(*given: Any, **named: Any) -> Any:
        if next(calls, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return before(*given, **named)

    setattr(owner, attribute, counted)
