"""The formats that a version of PyTorch is exported to."""

import io
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from gnomon.models.exporters.exported import (
    Arrays,
    Ask,
    Form,
    Outs,
    open_onnx,
    out_names,
    without_import,
    without_traces,
)
from gnomon.models.exporters.openvino import OpenVino
from gnomon.models.exporters.torch_model import Served, TorchModel, run, zeros

OPSET: Final = 18


class Onnx:
    """`model.onnx`: any number of rows, channels last, probabilities; weights within the file."""

    def write(self, model: TorchModel, folder: Path) -> None:
        path, given = folder / "model.onnx", tuple(zeros(model, 2))
        batch = torch.export.Dim("rows", min=1, max=1 << 20)
        torch.onnx.export(
            model.module,
            given,
            str(path),
            input_names=list(model.inputs),
            output_names=out_names(model),
            dynamic_shapes={"given": tuple({0: batch} for _ in given)},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        onnx: Any = import_module("onnx")
        found = onnx.load(path)
        without_traces(found)
        onnx.save(found, path)

    def open(self, model: TorchModel, folder: Path) -> Ask:
        del model
        return open_onnx(folder / "model.onnx")


class Exported:
    """`model.pt2`: what `torch.export` makes; loaded without the class of the model."""

    def write(self, model: TorchModel, folder: Path) -> None:
        given = tuple(zeros(model, 2))
        batch = torch.export.Dim("rows", min=1, max=1 << 20)
        program = torch.export.export(model.module, given, dynamic_shapes={"given": tuple({0: batch} for _ in given)})
        written = io.BytesIO()  # PyTorch ends the process when its own file cannot grow
        torch.export.save(program, written)
        (folder / "model.pt2").write_bytes(written.getbuffer())

    def open(self, model: TorchModel, folder: Path) -> Ask:
        return _ask(model, torch.export.load(folder / "model.pt2").module())


class Weights:
    """`model.safetensors`: the weights by path."""

    def write(self, model: TorchModel, folder: Path) -> None:
        from safetensors.torch import save_file  # noqa: PLC0415

        about = {"format": "pt", "graph": model.graph.sha}
        save_file({k: v.contiguous() for k, v in model.inner.state_dict().items()}, folder / "model.safetensors", about)

    def open(self, model: TorchModel, folder: Path) -> Ask:
        from safetensors.torch import load_file  # noqa: PLC0415

        fresh = model.fresh()
        fresh.load_state_dict(load_file(folder / "model.safetensors"))
        return _ask(model, Served(fresh, model.plan).eval())


class Code:
    """`model.py` and `model.safetensors`: the module's own code, which needs nothing of gnomon, and its weights."""

    def write(self, model: TorchModel, folder: Path) -> None:
        Weights().write(model, folder)
        (folder / "model.py").write_text(model.code)
        (folder / "load.py").write_text(_LOAD.format(name=model.plan.class_name))

    def open(self, model: TorchModel, folder: Path) -> Ask:
        names: dict[str, Any] = {"__name__": "load", "__file__": str(folder / "load.py")}
        source = (folder / "model.py").read_text() + "\n" + without_import((folder / "load.py").read_text())
        exec(compile(source, str(folder / "load.py"), "exec"), names)  # noqa: S102 - what the worker is for
        return _ask(model, Served(names["load"](), model.plan).eval())


FORMATS: Final[Mapping[str, Callable[[], Form]]] = {
    "onnx": Onnx,
    "torch-export": Exported,
    "code": Code,
    "safetensors": Weights,
    "openvino": lambda: OpenVino(Onnx()),
}


def _ask(model: TorchModel, module: nn.Module | Callable[..., Any]) -> Ask:
    def ask(inputs: Arrays) -> Outs:
        return run(module, [inputs[name] for name in model.inputs])

    return ask


_LOAD: Final = '''"""Load the model: `from load import load; model = load()`."""

from pathlib import Path

from safetensors.torch import load_file

from model import {name}


def load() -> {name}:
    """Return the model with its weights, ready to predict."""
    model = {name}()
    model.load_state_dict(load_file(Path(__file__).with_name("model.safetensors")))
    return model.eval()
'''
