"""A PyTorch module out of a file or a package. This runs code of the user: in a worker, or in the user's own process."""

import linecache
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from gnomon.core.errors import InputError
from gnomon.models.worker.user_code import user_code

_DTYPES: Final = {"float": "float32", "float32": "float32", "int": "int64", "int64": "int64", "bool": "bool"}
_INPUT: Final = re.compile(r"((?:\d+(?:[x×]\d+)*)?)(?::(\w+))?\Z")
_MOST_NUMBERS: Final = 1 << 28
_NAME: Final = "gnomon_imported"


def of_text(text: str, expression: str = "", file: str = "model.py") -> Any:
    """Return the module that a file of Python makes.

    Args:
        text: The file.
        expression: What makes the module, evaluated in the file: `Net(classes=5)`; a class or function is called. Not
            given: the file's `model`, else its last class that can be made without arguments.
        file: What the file is called in messages.

    Raises:
        UserCodeError: The file or the expression raised, with its line.
        InputError: There is no module.
    """
    module = ModuleType(_NAME)
    module.__file__ = file
    sys.modules[_NAME] = module
    # So that the text of a class can be asked for.
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    with user_code(file):
        exec(compile(text, file, "exec"), vars(module))  # noqa: S102 - this is what a worker is for
    return _found(module, expression, file)


def of_path(path: str) -> Any:
    """Return the module of an importable path such as `package.models:resnet(depth=18)`.

    Raises:
        UserCodeError: Importing it raised.
        InputError: There is no such path, or it is no module.
    """
    name, _, expression = path.partition(":")
    if not re.fullmatch(r"[A-Za-z_][\w.]*", name):
        msg = f"path: expected package.module:expression, received {path!r:.80}."
        raise InputError(msg, field="path")
    with user_code():
        module = import_module(name)
    return _found(module, expression, name)


def example(text: str) -> list[Any]:
    """Return inputs of two samples of random numbers.

    Args:
        text: Axes of each input without the batch, in PyTorch's order, with a type where it is not float: `3x224x224`,
            `128:int64`, `16,1x28x28`.

    Raises:
        InputError: It is no such thing.
    """
    import torch  # noqa: PLC0415 - only where it is asked for

    generator, found = torch.Generator().manual_seed(0), []
    for part in text.replace(" ", "").split(","):
        match = _INPUT.match(part)
        kind = _DTYPES.get((match[2] or "float32") if match else "")
        axes = [int(n) for n in re.split("[x×]", match[1]) if n] if match else []
        size = 2
        for n in axes:
            size *= n
        if kind is None or 0 in axes or size > _MOST_NUMBERS or not part:
            msg = f"input: expected axes without the batch, such as 3x224x224 or 128:int64, received {part!r:.60}."
            raise InputError(msg, field="input")
        numbers = torch.randn(2, *axes, generator=generator)
        found.append(numbers if kind == "float32" else torch.zeros(2, *axes, dtype=getattr(torch, kind)))
    return found


def _found(module: ModuleType, expression: str, file: str) -> Any:
    import torch  # noqa: PLC0415

    if expression.strip():
        with user_code():
            value = eval(compile(expression.strip(), file, "eval"), vars(module))  # noqa: S307 - as above
            value = value if isinstance(value, torch.nn.Module) or not callable(value) else value()
    else:
        value = _likely(module, torch.nn.Module)
    if not isinstance(value, torch.nn.Module):
        kind = type(value).__name__
        msg = (
            f"object: expected a torch.nn.Module, or what makes one, received {kind}. Name it, such as Net(classes=10)."
        )
        raise InputError(msg, field="object")
    return value


def _likely(module: ModuleType, base: type) -> Any:
    """Return the module that a file most likely is about."""
    for name in ("model", "net", "network"):
        if isinstance(vars(module).get(name), base):
            return vars(module)[name]
    for value in reversed(list(vars(module).values())):
        if isinstance(value, base):
            return value
    tried = list(_classes(module, base))
    for kind in reversed(tried):
        try:
            return kind()
        except TypeError:
            continue
        except Exception as error:
            with user_code(str(module.__file__)):
                raise error from None
    names = ", ".join(each.__name__ for each in tried)
    told = (
        f"Its classes need arguments: {names}. Say which, such as {tried[-1].__name__}(10)."
        if tried
        else "It has none."
    )
    msg = f"object: expected a file with a torch.nn.Module. {told}"
    raise InputError(msg, field="object")


def _classes(module: ModuleType, base: type) -> Iterator[type]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__:
            yield value
