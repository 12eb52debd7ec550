"""The formats a version of PyTorch is exported to: how each is written, and how it is loaded again and asked.

Each format is a class with `write(model, folder)`, which leaves its files there, and `ask(folder, inputs)`, which loads
them in the runtime that will serve them, knowing nothing of the model that wrote them.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from gnomon.core.errors import MissingExtraError
from gnomon.models.exporters.torch_model import Served, TorchModel, zeros

Arrays = Mapping[str, npt.NDArray[Any]]
Outs = list[npt.NDArray[Any]]
OPSET: Final = 18


class Format(Protocol):
    """A way to write a model, and to ask what was written."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Packages it needs."""
        ...

    def write(self, model: TorchModel, folder: Path) -> None:
        """Leave files in a folder."""
        ...

    def ask(self, model: TorchModel, folder: Path, inputs: Arrays) -> Outs:
        """Load the files and return what they give."""
        ...


class Onnx:
    """`model.onnx`: any number of rows, channels last, probabilities; weights within the file."""

    needs = ("onnx", "onnxscript", "onnxruntime")

    def write(self, model: TorchModel, folder: Path) -> None:
        given = tuple(zeros(model, 2))
        batch = torch.export.Dim("rows", min=1, max=1 << 20)
        torch.onnx.export(
            model.module,
            given,
            str(folder / "model.onnx"),
            input_names=list(model.inputs),
            output_names=[f"{name}_out" if name in model.inputs else name for name in model.outputs],
            dynamic_shapes={"given": tuple({0: batch} for _ in given)},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )

    def ask(self, model: TorchModel, folder: Path, inputs: Arrays) -> Outs:
        del model
        session = onnx_session(folder / "model.onnx")
        return list(session.run(None, {each.name: inputs[each.name] for each in session.get_inputs()}))


class Exported:
    """`model.pt2`: what `torch.export` makes; loaded without the class of the model."""

    needs = ()

    def write(self, model: TorchModel, folder: Path) -> None:
        given = tuple(zeros(model, 2))
        batch = torch.export.Dim("rows", min=1, max=1 << 20)
        program = torch.export.export(model.module, given, dynamic_shapes={"given": tuple({0: batch} for _ in given)})
        torch.export.save(program, folder / "model.pt2")

    def ask(self, model: TorchModel, folder: Path, inputs: Arrays) -> Outs:
        program = torch.export.load(folder / "model.pt2").module()
        return _run(program, [inputs[name] for name in model.inputs])


class Code:
    """`model.py` and `model.safetensors`: the module's own code, which needs nothing of gnomon, and its weights."""

    needs = ()

    def write(self, model: TorchModel, folder: Path) -> None:
        from safetensors.torch import save_file  # noqa: PLC0415

        (folder / "model.py").write_text(model.code)
        save_file({k: v.contiguous() for k, v in model.inner.state_dict().items()}, folder / "model.safetensors")
        (folder / "load.py").write_text(_LOAD.format(name=model.plan.class_name))

    def ask(self, model: TorchModel, folder: Path, inputs: Arrays) -> Outs:
        names: dict[str, Any] = {"__name__": "load", "__file__": str(folder / "load.py")}
        source = (folder / "model.py").read_text() + "\n" + _without_import((folder / "load.py").read_text())
        exec(compile(source, str(folder / "load.py"), "exec"), names)  # noqa: S102 - what the worker is for
        return _run(Served(names["load"](), model.plan).eval(), [inputs[name] for name in model.inputs])


FORMATS: Final[Mapping[str, Callable[[], Format]]] = {"onnx": Onnx, "torch-export": Exported, "code": Code}


def onnx_session(path: Path) -> Any:
    """Return a session of ONNX Runtime on one thread."""
    runtime: Any = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check_installed(name: str, form: Format) -> None:
    """Refuse a format whose packages are not there.

    Raises:
        MissingExtraError: With the remedy.
    """
    missing = [each for each in form.needs if find_spec(each) is None]
    if missing:
        msg = f"The format {name} needs {', '.join(missing)}. Install gnomon[onnx]."
        raise MissingExtraError(msg)


def answers(model: TorchModel, inputs: Arrays) -> Outs:
    """Return what the model itself gives."""
    return _run(model.module, [inputs[name] for name in model.inputs])


def _run(module: nn.Module | Callable[..., Any], inputs: list[npt.NDArray[Any]]) -> Outs:
    with torch.inference_mode():
        made = module(*(torch.from_numpy(np.ascontiguousarray(each)) for each in inputs))
    outs = made if isinstance(made, (tuple, list)) else (made,)
    return [each.numpy() for each in outs]


def _without_import(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("from model import"))


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
