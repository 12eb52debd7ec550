"""Versions of models made by hand: a template's graph with weights drawn by a seed."""

from pathlib import Path

import pytest

from gnomon.graph.document import Graph, encode

torch = pytest.importorskip("torch")
from safetensors.torch import save_file  # noqa: E402 - there may be no PyTorch

from gnomon.models.exporters.torch_model import build_module  # noqa: E402


def version_of(graph: Graph, folder: Path, seed: int = 0) -> Path:
    """Write a version of format `torch` into a folder and return it."""
    folder.mkdir(parents=True)
    (folder / "graph.json").write_bytes(encode(graph))
    torch.manual_seed(seed)
    module = build_module(graph)[1]
    with torch.no_grad():
        for name, value in module.state_dict().items():
            if name.endswith(("running_mean", "running_var")):  # as after a training
                value.uniform_(0.5, 1.5)
    save_file({name: each.contiguous() for name, each in module.state_dict().items()}, folder / "model.safetensors")
    return folder
