"""What a version can be exported to, for whom, and what it takes: told without importing any framework."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from gnomon.core.errors import InputError, MissingExtraError

BUNDLE: Final = "bundle"
GRAPH: Final = "graph.json"
WEIGHTS: Final = "model.safetensors"


@dataclass(frozen=True, slots=True)
class Format:
    """Describe a format.

    Args:
        name: As it is asked for.
        title: As people call it.
        purpose: What it is good for, a line.
        targets: Frameworks whose versions can be written so.
        needs: Packages.
        install: What brings them.
        backend: What Keras must compute with while it is written; "" for any.
    """

    name: str
    title: str
    purpose: str
    targets: tuple[str, ...]
    needs: tuple[str, ...] = ()
    install: str = ""
    backend: str = ""


_ONNX: Final = ("onnx", "onnxscript", "onnxruntime")
_BOTH: Final = ("torch", "keras")
FORMATS: Final[tuple[Format, ...]] = (
    Format(
        "onnx",
        "ONNX",
        "Runs anywhere without the framework; what gnomon serve answers with.",
        _BOTH,
        _ONNX,
        "gnomon[onnx]",
    ),
    Format(
        BUNDLE,
        "Bundle",
        "Whole in itself: ONNX, code, weights, model card, server and Dockerfile.",
        _BOTH,
        _ONNX,
        "gnomon[onnx]",
    ),
    Format("code", "Code and weights", "To read, change and train on; needs the framework alone.", _BOTH),
    Format("safetensors", "safetensors", "The weights alone, by name, for programs of your own.", _BOTH),
    Format("torch-export", "torch.export", "A program that PyTorch loads without the class of the model.", ("torch",)),
    Format("keras", ".keras", "What keras.saving.load_model reads: layers and weights in one file.", ("keras",)),
    Format(
        "openvino",
        "OpenVINO",
        "For Intel processors and their graphics: model.xml and model.bin.",
        _BOTH,
        (*_ONNX, "openvino"),
        "gnomon[onnx] openvino",
    ),
    Format(
        "saved-model",
        "SavedModel",
        "For TensorFlow Serving, and what else reads TensorFlow's folders.",
        ("keras",),
        ("tensorflow",),
        "tensorflow",
        backend="tensorflow",
    ),
    Format(
        "litert",
        "LiteRT",
        "For telephones and small boards: model.tflite.",
        ("keras",),
        ("tensorflow",),
        "tensorflow",
        backend="tensorflow",
    ),
)
NAMES: Final = tuple(each.name for each in FORMATS)


def find(name: str) -> Format:
    """Return a format.

    Raises:
        InputError: There is none of this name.
    """
    for each in FORMATS:
        if each.name == name:
            return each
    msg = f"format: expected one of {', '.join(NAMES)}, received {name!r:.40}."
    raise InputError(msg, field="format")


def check(form: Format, target: str, files: Sequence[str]) -> None:
    """See that a version can be exported here.

    Args:
        form: What to.
        target: Format of the version.
        files: Names of its files.

    Raises:
        InputError: Such versions cannot be; the message says which can.
        MissingExtraError: A package is not installed; the message says how it comes.
    """
    if target not in _BOTH:
        msg = f"version: only models of PyTorch and Keras are exported, this one is of format {target}."
        raise InputError(msg, field="version")
    if target not in form.targets:
        msg = f"format: {form.title} is for models of {' and '.join(_said(each) for each in form.targets)} only."
        raise InputError(msg, field="format")
    if not {GRAPH, WEIGHTS} <= set(files):
        msg = (
            f"version: exporting starts from {GRAPH} and {WEIGHTS}, which this version has not. Versions of what a job "
            "trained, or of a graph of the canvas, have them."
        )
        raise InputError(msg, field="version")
    missing = [each for each in (target, *form.needs) if find_spec(each) is None]
    if missing:
        names = " ".join(dict.fromkeys([*(["gnomon[torch]"] if "torch" in missing else []), form.install or target]))
        msg = f"The format {form.name} needs {', '.join(missing)}. Install {names}."
        raise MissingExtraError(msg)


def why_not(form: Format, target: str, files: Sequence[str]) -> str:
    """Return why a version cannot be exported, with the remedy; "" when it can."""
    try:
        check(form, target, files)
    except (InputError, MissingExtraError) as error:
        said = str(error).partition(": ")[2] if isinstance(error, InputError) else str(error)
        return said if said.startswith(form.title) else said[:1].upper() + said[1:]
    return ""


def _said(target: str) -> str:
    return {"torch": "PyTorch", "keras": "Keras"}.get(target, target)
