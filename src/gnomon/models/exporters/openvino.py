"""OpenVINO, from the ONNX file of a model."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from gnomon.models.exporters.exported import Arrays, Ask, Exportable, Form, Outs


class OpenVino:
    """`model.xml` and `model.bin`, numbers as exact as the model's.

    Args:
        onnx: How a model of this framework becomes `model.onnx`, which does not stay.
    """

    def __init__(self, onnx: Form) -> None:
        self._onnx = onnx

    def write(self, model: Exportable, folder: Path) -> None:
        self._onnx.write(model, folder)
        openvino: Any = import_module("openvino")
        found = openvino.convert_model(folder / "model.onnx")
        openvino.save_model(found, folder / "model.xml", compress_to_fp16=False)
        (folder / "model.onnx").unlink()

    def open(self, model: Exportable, folder: Path) -> Ask:
        openvino: Any = import_module("openvino")
        config = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        compiled = openvino.Core().compile_model(folder / "model.xml", "CPU", config)
        # A tensor may have several names: that of the graph, and those of what only passes it on.
        names = [next(name for name in model.inputs if name in each.get_names()) for each in compiled.inputs]

        def ask(inputs: Arrays) -> Outs:
            found = compiled({name: np.ascontiguousarray(inputs[name]) for name in names})
            return [np.array(found[each]) for each in compiled.outputs]

        return ask
