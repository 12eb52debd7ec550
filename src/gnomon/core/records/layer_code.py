"""Layers of `torch.nn` as the calls that make them, without importing it."""

import inspect
from typing import Any, Final

_SIZES: Final = frozenset({"kernel_size", "stride", "padding", "dilation", "output_padding", "output_size"})
_PLAIN: Final = (str, int, float, bool, type(None))


def made(module: Any) -> str | None:
    """Return the call that makes a layer; `None` when it has arguments that cannot be written down.

    A convolution made with `(3, 3)` and `padding=1` is `nn.Conv2d(3, 8, 3, padding=1)`.
    """
    kind, words = type(module), []
    positional = True
    for name, param in inspect.signature(kind.__init__).parameters.items():
        if name in ("self", "device", "dtype", "args", "kwargs") or name.startswith("_"):
            continue
        given = _given(module, kind.__name__, name)
        if given is _UNKNOWN:
            return None
        is_default = param.default is not inspect.Parameter.empty and _same(given, param.default)
        if is_default or (name == "stride" and "Pool" in kind.__name__ and given == _given(module, "", "kernel_size")):
            positional = False
            continue
        positional = positional and param.default is inspect.Parameter.empty
        words.append(_text(given) if positional else f"{name}={_text(given)}")
    if kind.__name__ in ("LSTM", "GRU", "RNN"):
        found = _recurrent(module)
        return None if found is None else f"nn.{kind.__name__}({found})"
    return f"nn.{kind.__name__}({', '.join(words)})"


_UNKNOWN: Final = object()


def _given(module: Any, kind: str, name: str) -> Any:  # noqa: PLR0911 - one for each way a module keeps an argument
    """Return what a constructor was given."""
    if name == "inplace":
        return False
    if name in ("bias", "elementwise_affine", "affine") and not isinstance(getattr(module, name, None), (bool, int)):
        if kind == "MultiheadAttention":
            return module.in_proj_bias is not None
        return getattr(module, name, None) is not None
    if kind == "MultiheadAttention" and name in ("kdim", "vdim"):
        return None if getattr(module, name) == module.embed_dim else getattr(module, name)
    if name == "add_bias_kv":
        return module.bias_k is not None
    held = getattr(module, name, _UNKNOWN)
    if name in _SIZES and isinstance(held, tuple) and held and all(each == held[0] for each in held):
        held = held[0]
    if name == "scale_factor" and isinstance(held, float) and held.is_integer():
        return int(held)
    if isinstance(held, (list, tuple)):
        held = held[0] if kind == "LayerNorm" and len(held) == 1 else tuple(held)
    parts = held if isinstance(held, tuple) else (held,)
    return held if all(isinstance(each, _PLAIN) for each in parts) else _UNKNOWN


def _same(given: Any, default: Any) -> bool:
    return (type(given) is type(default) and given == default) or (default is None and given is None)


def _recurrent(module: Any) -> str | None:
    """Return the arguments of LSTM, GRU and RNN, whose constructors take anything."""
    if getattr(module, "proj_size", 0):
        return None
    words = [str(module.input_size), str(module.hidden_size)]
    plain = {
        "num_layers": 1,
        "nonlinearity": "tanh",
        "bias": True,
        "batch_first": False,
        "dropout": 0.0,
        "bidirectional": False,
    }
    for name, default in plain.items():
        value = getattr(module, name, default)
        if value != default:
            words.append(f"{name}={_text(value)}")
    return ", ".join(words)


def _text(value: Any) -> str:
    if isinstance(value, float) and not float("-inf") < value < float("inf"):
        return f'float("{value}")'
    return f'"{value}"' if isinstance(value, str) and value.isidentifier() else repr(value)
