"""A module of PyTorch as files: its weights without pickle, and ONNX by an example."""

import copy
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from gnomon.core.errors import GnomonError, InputError

torch: Any = import_module("torch")

OPSET: Final = 18
AGREES: Final = 1e-3
"""Largest difference to the module, by its largest output, up to which an ONNX file is kept."""

_MOST_ROWS: Final = 1 << 20
_HOOKS: Final = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def write(model: Any, folder: Path, example: object, tell: Callable[[GnomonError], None]) -> None:
    """Leave `model.safetensors`, and `model.onnx` when there is an example, in a folder; the module stays as it was.

    Args:
        model: The module.
        folder: Where to.
        example: Inputs of one call, samples first; `None` leaves ONNX out.
        tell: Hears why ONNX could not be had.

    Raises:
        InputError: It is no module, or safetensors is not installed.
    """
    if not isinstance(model, torch.nn.Module):
        msg = f"model: expected a torch.nn.Module, received {type(model).__name__}."
        raise InputError(msg, field="model")
    _needed("safetensors.torch", "torch").save_file(_weights(model), folder / "model.safetensors")
    if example is not None:
        try:
            _onnx(model, folder / "model.onnx", _inputs(example))
        except Exception as error:  # noqa: BLE001 - the exporter raises whatever the module makes it raise
            (folder / "model.onnx").unlink(missing_ok=True)
            tell(
                InputError(f"example: no ONNX could be made: {_reason(error)}. The weights are kept.", field="example")
            )


def _weights(model: Any) -> dict[str, Any]:
    # Parameters that are shared are kept under each of their names, so that `load_state_dict` takes the file as it is.
    state = model.state_dict().items()
    return {name: each.detach().cpu().contiguous().clone() for name, each in state if isinstance(each, torch.Tensor)}


def _inputs(example: object) -> tuple[Any, ...]:
    given = example if isinstance(example, (tuple, list)) else (example,)
    found = tuple(torch.as_tensor(np.asarray(each) if not isinstance(each, torch.Tensor) else each) for each in given)
    if not all(each.ndim for each in found) or len({each.shape[0] for each in found}) != 1:
        msg = "example: expected arrays with samples first, as many in each. Pass a batch, such as x_test[:8]"
        raise InputError(msg, field="example")
    return tuple(each.detach().cpu() for each in found)


def _onnx(model: Any, path: Path, inputs: tuple[Any, ...]) -> None:
    runtime = _needed("onnxruntime", "onnx")
    _needed("onnxscript", "onnx")
    # A copy is traced: hooks that watch the module would be traced too, and its mode is training's.
    plain = _plain(model)
    two = tuple(each if each.shape[0] > 1 else torch.cat([each, each]) for each in inputs)
    rows = torch.export.Dim("rows", min=1, max=_MOST_ROWS)
    names = list(_names(plain, len(inputs)))
    with torch.no_grad(), _quiet():
        torch.onnx.export(
            plain,
            two,
            str(path),
            input_names=names,
            dynamic_shapes=tuple({0: rows} for _ in two),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        expected = plain(*inputs)
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    _check(session.run(None, {n: each.numpy() for n, each in zip(names, inputs, strict=True)}), expected)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's talk of packages that nobody asked for out of the user's terminal."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _plain(model: Any) -> Any:
    made = copy.deepcopy(model).cpu().eval()
    for module in made.modules():
        for name in _HOOKS:
            getattr(module, name).clear()
    return made


def _names(model: Any, count: int) -> list[str]:
    from inspect import signature  # noqa: PLC0415

    known = [name for name in signature(model.forward).parameters if name not in ("args", "kwargs")]
    return known[:count] if len(known) >= count else [f"input_{i}" for i in range(count)]


def _check(made: list[Any], expected: Any) -> None:
    outs = expected if isinstance(expected, (tuple, list)) else (expected,)
    for one, other in zip(made, outs, strict=True):
        wanted = other.detach().numpy()
        largest = float(np.max(np.abs(one - wanted), initial=0.0))
        if not largest <= AGREES * max(1.0, float(np.max(np.abs(wanted), initial=0.0))):
            msg = f"example: ONNX Runtime and the module differ by {largest:.3g}"
            raise InputError(msg, field="example")


def _needed(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        msg = f"model: {name.partition('.')[0]} is not installed. pip install 'gnomon[{extra}]'"
        raise InputError(msg, field="model") from error


def _reason(error: BaseException) -> str:
    """Return the first line of what began it: what wraps it tells how to report the exporter's own mistakes."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
