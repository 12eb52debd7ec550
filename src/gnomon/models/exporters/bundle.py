"""A bundle: everything somebody needs who has never heard of gnomon to run a model, and to know what it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gnomon.graph.document import encode
from gnomon.models.exporters.card import card
from gnomon.models.exporters.exported import Exportable
from gnomon.models.exporters.preparation import preparation
from gnomon.models.registry.trained import data_of, signature_of

if TYPE_CHECKING:
    from gnomon.models.exporters.export import Export


def write_bundle(
    folder: Path,
    model: Exportable,
    made: "Export",
    version: Path,
    title: str,
    tested: Mapping[str, Any] | None = None,
) -> None:
    """Add what is no weight to a folder that holds `model.onnx` and the code.

    Args:
        folder: The bundle.
        model: The model.
        made: What is known of the export.
        version: Folder of the version.
        title: What the version is called.
        tested: What its newest test found; see `registry.exported.last_test`.
    """
    data = data_of(version)
    signature = signature_of(model.graph, data)
    (folder / "graph.json").write_bytes(encode(model.graph))
    (folder / "signature.json").write_bytes(msgspec.json.format(msgspec.json.encode(signature), indent=1))
    said = preparation(data, model.graph, signature)
    (folder / "preprocess.json").write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=1))
    names = {key: value for key, value in made.versions.items() if key != "gnomon"}
    (folder / "requirements.txt").write_text(_requirements(names, model.graph.target))
    (folder / "MODEL_CARD.md").write_text(card(title, model, made, signature, data, tested), "utf-8")
    for name in ("prepare.py", "serve.py"):
        (folder / name).write_text(_alone((_BUNDLED / name).read_text("utf-8")), "utf-8")
    (folder / "Dockerfile").write_text(_DOCKER)


def _alone(source: str) -> str:
    """Return a file as it is where there is no gnomon: without the word to our checker, and its neighbour by name."""
    _, _, text = source.partition("\n")
    return text.replace("gnomon.models.exporters.bundled.", "")


def _requirements(versions: dict[str, str], target: str) -> str:
    runtime = versions.get("onnxruntime", "")
    used = [target] if target == "torch" else [target, *([each for each in _BACKENDS if each in versions][:1])]
    frameworks = [f"# {each}=={versions[each].partition('+')[0]}" for each in used if each in versions]
    lines = ["numpy", "pillow", f"onnxruntime=={runtime}" if runtime else "onnxruntime", "# for model.py and load.py:"]
    return "\n".join([*lines, *frameworks, "# safetensors", ""])


_BUNDLED: Final = Path(__file__).parent / "bundled"
_BACKENDS: Final = ("torch", "tensorflow", "jax")
_DOCKER: Final = """FROM python:3.12-slim
WORKDIR /model
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER nobody
EXPOSE 8000
CMD ["python", "serve.py", "8000", "0.0.0.0"]
"""
