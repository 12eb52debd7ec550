"""The program of a job that runs the training loop in a graph's own file: `python -P -m gnomon.models.training.own_loop`.

The file is written into the job's folder, with what the nodes say by now, and run there as `python model.py` would be.
Where the job names a data set and an image enters the model, the images for training are its first argument: a file of
NumPy, float32 from 0 to 1, of shape `(n, height, width)`, with the channels last where there are several.
"""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import gnomon
from gnomon.core.errors import InputError
from gnomon.core.folder import write_whole
from gnomon.graph.code import write
from gnomon.graph.document import Graph, decode
from gnomon.graph.infer import infer
from gnomon.graph.spec import Spec
from gnomon.models.datasets import load
from gnomon.models.datasets.prepared import Prepared
from gnomon.models.jobs.folder import JobFolder, JobSpec
from gnomon.models.training.task import own_components

_ROWS = 256


def main() -> None:
    """Run the file of the job whose folder the environment names."""
    folder = JobFolder(Path(os.environ["GNOMON_JOB_FOLDER"]))
    spec = folder.spec()
    with own_components(spec):
        graph = decode(spec.graph or {})
        text = write(graph).text
        given = _images(graph, spec, folder)
    file = folder.path / "model.py"
    write_whole(file, text.encode())
    os.chdir(folder.path)
    if "gnomon.init" not in text:  # else it begins a run of its own
        run = gnomon.init(
            spec.project, spec.name, config={"target": graph.target, "dataset": spec.dataset, "loop": "own"}
        )
        ref = spec.graph_ref
        run.annotate({"graph": {"sha": graph.sha} | ({"id": ref.id, "rev": ref.rev} if ref is not None else {})})
    sys.argv = [str(file), *given]
    sys.path.insert(0, str(folder.path))
    runpy.run_path(str(file), run_name="__main__")


def _images(graph: Graph, spec: JobSpec, folder: JobFolder) -> list[str]:
    """Write the images for training to a file; return its name, nothing where no image enters or no data are named.

    Raises:
        InputError: The data set has none of this size.
    """
    wanted = _wanted(graph)
    if wanted is None or not spec.dataset:
        return []
    name, size = wanted
    data = load(spec.dataset)
    columns = {column: found for column, found in data.specs.items() if found.rank == 3}
    fits = [column for column, found in columns.items() if found.shape == size.shape]
    if not fits:
        has = ", ".join(f"{column} of {found.text}" for column, found in columns.items()) or "no images"
        msg = (
            f"dataset: {name} takes images of {size.text}, and {spec.dataset} has {has}. "
            "Resize them in the data set (transforms), take another one, or train without."
        )
        raise InputError(msg, field="dataset")
    np.save(folder.path / "images.npy", _scaled(data, fits[0]))
    return ["images.npy"]


def _wanted(graph: Graph) -> tuple[str, Spec] | None:
    for name, known in infer(graph).nodes.items():
        is_input = known.component is not None and known.component.category == "Input"
        if is_input and known.out is not None and known.out.rank == 3:
            return name, known.out
    return None


def _scaled(data: Prepared, column: str) -> npt.NDArray[np.float32]:
    """Return the images of a column for training, from 0 to 1; of one channel without that axis."""
    count = len(data.parts["train"])
    parts: list[Any] = [
        data.batch("train", np.arange(first, min(first + _ROWS, count)))[column] for first in range(0, count, _ROWS)
    ]
    found: npt.NDArray[np.float32] = np.concatenate(parts).astype(np.float32)
    low, high = float(found.min()), float(found.max())
    if low < 0 or high > 1:
        found = (found - min(low, 0.0)) / (high - min(low, 0.0))
    return found[..., 0] if found.shape[-1] == 1 else found


if __name__ == "__main__":
    main()
