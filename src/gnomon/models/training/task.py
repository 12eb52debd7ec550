"""A job to train a graph, made ready: what is trained, on which data, by which script."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np

from gnomon.core.errors import InputError, MissingExtraError
from gnomon.graph.document import Graph, decode
from gnomon.models.datasets.binding import Binding, bind
from gnomon.models.datasets.home import load
from gnomon.models.datasets.registry import Augment
from gnomon.models.jobs.folder import JobFolder, JobSpec
from gnomon.models.keras_backend import choose
from gnomon.models.training.batches import Arrays, Int64
from gnomon.models.training.plan import Plan, plan
from gnomon.models.training.settings import TrainSettings, read
from gnomon.models.training.write_script import MODEL, SCRIPT, write_script

_BACKENDS: Final = ("tensorflow", "jax", "torch", "openvino")


@dataclass(frozen=True)
class Task:
    """Hold a training that can begin.

    Args:
        spec: What was asked for.
        plan: What is trained.
        binding: On what.
        seed: Of everything that is drawn.
    """

    spec: JobSpec
    plan: Plan
    binding: Binding
    seed: int

    @property
    def graph(self) -> Graph:
        """The model."""
        return self.plan.graph

    @property
    def dataset(self) -> str:
        """`name@digest`."""
        return self.binding.data.spec.ref

    @property
    def augments(self) -> bool:
        """Whether rows of `train` differ each time they are read."""
        transforms = self.binding.data.spec.transforms.values()
        return any(each.augment not in (None, Augment()) for each in transforms)

    def length(self, part: str) -> int:
        """Return how many rows a part has."""
        return self.binding.data.length(part)

    def batch(self, part: str, rows: Int64, rng: np.random.Generator | None = None) -> tuple[Arrays, Arrays]:
        """Return values by input and by output, less what is given back."""
        inputs, outputs = self.binding.batch(part, rows, rng)
        again = {head.node for head in self.plan.heads if head.of}
        return inputs, {name: array for name, array in outputs.items() if name not in again}

    def classes(self, node: str) -> list[str] | None:
        """Return the names of the classes that an output tells apart."""
        columns = self.binding.data.table.columns
        found = [columns[name].classes for name in self.binding.outputs[node].columns]
        return list(found[0]) if len(found) == 1 and found[0] else None

    def write(self, folder: Path) -> None:
        """Write `model.py` and `train.py`."""
        facts = {"project": self.spec.project, "dataset": self.dataset, "class_weights": self._class_weights()}
        write_script(folder, self.plan, self.seed, facts)

    def _class_weights(self) -> dict[str, list[float]]:
        if self.plan.settings.class_weights == "none":
            return {}
        found = {}
        for head in self.plan.heads:
            if head.task == "classification":
                column = self.binding.outputs[head.node].columns[0]
                codes = self.binding.data.table.codes(column, self.binding.data.rows("train"))
                counts = np.bincount(codes, minlength=head.size)[: head.size]
                weights = len(codes) / (np.count_nonzero(counts) * np.maximum(counts, 1))
                found[head.node] = [round(float(each), 6) for each in weights]
        return found


def _check_loop(settings: TrainSettings) -> None:
    """Refuse what only the loop in its own file can train."""
    if settings.loop == "own":
        msg = (
            "train.loop: this graph is trained by the loop in its own file. Run that: gnomon canvas code GRAPH -o model.py, then "
            "python model.py; or train it from the canvas, where it is a job. With --set loop=ours it is trained like any other."
        )
        raise InputError(msg, field="train.loop")


def task_of(folder: JobFolder, home: Path | None = None) -> Task:
    """Return the training that the folder of a job asks for.

    Args:
        folder: Of the job.
        home: Where its data set is known; the home that the folder lies in unless told.

    Raises:
        InputError: It cannot be trained; the message says why.
        NotFoundError: There is no such data set.
        MissingExtraError: The framework is not installed.
    """
    spec = folder.spec()
    with own_components(spec):
        graph = decode(spec.graph or {})
        settings = read(spec.train or graph.train)
        _check_loop(settings)
        found = plan(graph, settings)
        dataset = spec.dataset or graph.data.get("dataset")
        if not dataset:
            msg = (
                "dataset: expected the name of a data set, received none. `gnomon data ls` lists those that there are."
            )
            raise InputError(msg, field="dataset")
        binding = bind(graph, load(str(dataset), home or folder.home))
        task = Task(spec, found, binding, _seed(folder, spec, settings.seed))
        _check(task)
        if not (folder.path / SCRIPT).exists() or not (folder.path / MODEL).exists():
            task.write(folder.path)
        return task


@contextmanager
def own_components(spec: JobSpec) -> Iterator[None]:
    """Know the project's own components in here, whose files the job brings along."""
    if not spec.components:
        yield
        return
    from gnomon.models.own import installed  # noqa: PLC0415 - it runs code of users, and most graphs have none

    with installed(spec.components):
        yield


def _seed(folder: JobFolder, spec: JobSpec, seed: int | None) -> int:
    """Return the seed: that of the job, else that of the graph; without one, of the job's id, so that it stays."""
    if spec.seed:
        return spec.seed
    if seed is not None:
        return seed
    return int.from_bytes(hashlib.sha256(folder.id.encode()).digest()[:4])


def _check(task: Task) -> None:
    rows = task.length("train")
    lacking = [head.node for head in task.plan.heads if head.node not in task.binding.outputs]
    if lacking:
        msg = f"data.outputs: {lacking[0]} has no column of {task.dataset} to be compared with. Say which, or take the output away."
        raise InputError(msg, field="data.outputs")
    for head in task.plan.heads:
        names = task.classes(head.node)
        if head.task == "classification" and names is not None and len(names) > head.size:
            msg = f"{head.node}: there are {len(names)} classes in {task.dataset}, and the model gives {head.size} numbers."
            raise InputError(msg, field=head.node)
    if task.plan.settings.batch_size > 1 and rows == 1:
        msg = f"dataset: {task.dataset} has one row for training, which nothing can be learnt from."
        raise InputError(msg, field="dataset")


def script_of(folder: Path, target: str) -> ModuleType:
    """Return `train.py` of a folder, imported under a name of its own, with `model.py` beside it.

    Raises:
        MissingExtraError: The framework is not installed.
    """
    if target == "keras":
        choose()
    sys.path.insert(0, str(folder))
    sys.modules.pop("model", None)
    try:
        spec = spec_from_file_location("gnomon_train_script", folder / SCRIPT)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        if target == "keras" and error.name in _BACKENDS:
            msg = (
                f"Keras is told to compute with {error.name}, which is not installed. Set KERAS_BACKEND to one that is."
            )
            raise MissingExtraError(msg) from error
        if error.name != target:
            raise
        msg = f"Training this graph needs {error.name}. Install gnomon[{target}]."
        raise MissingExtraError(msg) from error
    finally:
        sys.path.remove(str(folder))
    return module
