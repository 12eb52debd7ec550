"""A bundle: everything somebody needs who has never heard of gnomon to run a model, and to know what it is."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gnomon.graph.document import encode
from gnomon.models.datasets.registry import DatasetSpec
from gnomon.models.exporters.exported import Exportable
from gnomon.models.registry.trained import DATASET, data_of, signature_of

if TYPE_CHECKING:
    from gnomon.models.exporters.export import Export


def write_bundle(folder: Path, model: Exportable, made: "Export", version: Path, title: str) -> None:
    """Add what is no weight to a folder that holds `model.onnx` and the code.

    Args:
        folder: The bundle.
        model: The model.
        made: What is known of the export.
        version: Folder of the version.
        title: What the model is called.
    """
    data = data_of(version)
    signature = signature_of(model.graph, data)
    (folder / "graph.json").write_bytes(encode(model.graph))
    (folder / "signature.json").write_bytes(msgspec.json.format(msgspec.json.encode(signature), indent=1))
    if data is not None:
        shutil.copyfile(version / DATASET, folder / "preprocess.json")
    names = {key: value for key, value in made.versions.items() if key != "gnomon"}
    (folder / "requirements.txt").write_text(_requirements(names, model.graph.target))
    (folder / "MODEL_CARD.md").write_text(_card(title, model, made, signature, data))
    (folder / "serve.py").write_text(_SERVE)
    (folder / "Dockerfile").write_text(_DOCKER)


def _requirements(versions: dict[str, str], target: str) -> str:
    runtime = versions.get("onnxruntime", "")
    used = [target] if target == "torch" else [target, *([each for each in _BACKENDS if each in versions][:1])]
    frameworks = [f"# {each}=={versions[each].partition('+')[0]}" for each in used if each in versions]
    lines = ["numpy", "pillow", f"onnxruntime=={runtime}" if runtime else "onnxruntime", "# for model.py and load.py:"]
    return "\n".join([*lines, *frameworks, "# safetensors", ""])


def _card(title: str, model: Exportable, made: "Export", signature: Any, data: DatasetSpec | None) -> str:
    ports = [
        f"| {way} | `{port.name}` | {'×'.join('any' if s is None else str(s) for s in port.shape) or 'one number'} "
        f"| {port.dtype} | {', '.join(port.classes[:20])}{' …' if len(port.classes) > 20 else ''} |"
        for way, found in (("input", signature.inputs), ("output", signature.outputs))
        for port in found
    ]
    lines = [
        f"# {title}",
        "",
        f"{model.parameters:,} parameters. Architecture `{model.graph.sha[:16]}` (`graph.json`), as code in `model.py`.",
        "",
        "| | name | shape, without the rows | type | classes |",
        "|---|---|---|---|---|",
        *ports,
        "",
        "Arrays are channels last; classifications give probabilities.",
        "",
        "## Data",
        f"`{data.ref}`: {data.rows:,} rows: {_parts(data)}. How values are prepared stands in `preprocess.json`."
        if data is not None
        else "Not recorded.",
        *(f"- {note}" for note in (data.notes if data is not None else ())),
        "",
        "## Checked",
        f"`model.onnx` was loaded again and compared with the model on {made.rows} rows:",
        f"largest difference {made.largest:.3g}, mean {made.mean:.3g}. One row took {made.latency_ms:.3g} ms on one thread.",
        "",
        "## What to beware of",
        "Figures hold for data like those above, and for nothing else. Nobody has looked for bias.",
        "",
    ]
    return "\n".join(lines)


def _parts(data: DatasetSpec) -> str:
    return ", ".join(f"{count:,} for {part}" for part, count in data.parts.items())


_BACKENDS: Final = ("torch", "tensorflow", "jax")
_SERVE: Final = '''"""Answer predictions over HTTP: `python serve.py [PORT]`, then

    curl -d '{"inputs": {"NAME": [[...]]}}' http://127.0.0.1:8000/predict

Needs onnxruntime and NumPy. Inputs are rows as signature.json describes them, prepared as preprocess.json says.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import onnxruntime

HERE = Path(__file__).parent
SESSION = onnxruntime.InferenceSession(str(HERE / "model.onnx"), providers=["CPUExecutionProvider"])
SIGNATURE = json.loads((HERE / "signature.json").read_text())
TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(bool)": np.bool_}
MOST_BYTES = 16 << 20


def predict(asked: dict) -> dict:
    """Return what the model gives, by output; of a classification with the name of the likeliest class."""
    given = {each.name: np.asarray(asked["inputs"][each.name], TYPES[each.type]) for each in SESSION.get_inputs()}
    names = [each.name for each in SESSION.get_outputs()]
    found = dict(zip(names, SESSION.run(None, given)))
    answer = {name: values.tolist() for name, values in found.items()}
    for port in SIGNATURE.get("outputs", []):
        classes = port.get("classes")
        if classes and port["name"] in found:
            answer[port["name"] + "_label"] = [classes[i] for i in found[port["name"]].argmax(-1).reshape(-1)]
    return answer


class Handler(BaseHTTPRequestHandler):
    """Answers POST /predict."""

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", 0))
        if self.path != "/predict" or size > MOST_BYTES:
            self.send_error(404 if self.path != "/predict" else 413)
            return
        try:
            status, answer = 200, predict(json.loads(self.rfile.read(size)))
        except Exception as error:
            status, answer = 400, {"detail": f"{type(error).__name__}: {error}"[:500]}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    ThreadingHTTPServer((host, int(sys.argv[1]) if len(sys.argv) > 1 else 8000), Handler).serve_forever()
'''
_DOCKER: Final = """FROM python:3.12-slim
WORKDIR /model
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER nobody
EXPOSE 8000
CMD ["python", "serve.py", "8000", "0.0.0.0"]
"""
