"""Versions of models made by hand: a template's graph with weights drawn by a seed."""

from pathlib import Path

import msgspec
import numpy as np

from gnomon.graph.component import Target
from gnomon.graph.document import Graph, encode


def version_of(graph: Graph, folder: Path, seed: int = 0, target: Target = "torch") -> Path:
    """Write a version of PyTorch or Keras into a folder and return it."""
    folder.mkdir(parents=True)
    graph = msgspec.structs.replace(graph, target=target)
    (folder / "graph.json").write_bytes(encode(graph))
    (_torch if target == "torch" else _keras)(graph, folder / "model.safetensors", seed)
    return folder


def _torch(graph: Graph, path: Path, seed: int) -> None:
    import torch
    from safetensors.torch import save_file

    from gnomon.models.exporters.torch_model import build_module

    torch.manual_seed(seed)
    module = build_module(graph)[1]
    with torch.no_grad():
        for name, value in module.state_dict().items():
            if name.endswith(("running_mean", "running_var")):  # as after a training
                value.uniform_(0.5, 1.5)
    save_file({name: each.contiguous() for name, each in module.state_dict().items()}, path)


def _keras(graph: Graph, path: Path, seed: int) -> None:
    from safetensors.numpy import save_file

    from gnomon.models.exporters.described import code_of
    from gnomon.models.exporters.keras_model import array, build, names_of

    draw = np.random.default_rng(seed)
    model = build(code_of(graph, "keras"), seed)
    found = {name: array(each) for name, each in names_of(model).items()}
    for name, value in found.items():
        if name.endswith(("moving_mean", "moving_variance")):
            found[name] = draw.uniform(0.5, 1.5, value.shape).astype(value.dtype)
    save_file(found, path)
