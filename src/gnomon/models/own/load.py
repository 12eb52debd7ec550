"""The class in the file of a component. Loading runs the file: only in a process where user code may run."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from types import ModuleType
from typing import Final

from gnomon.core.errors import InputError, LimitError, UserCodeError
from gnomon.graph.component import Component
from gnomon.graph.own import MAX_CHARS, using
from gnomon.models.worker.user_code import user_code

FILE: Final = "component.py"
"""What the file is called in traces."""


@lru_cache(maxsize=64)
def loaded(source: str) -> type[Component]:
    """Return the component of a file: the last class that `@component` made one.

    Raises:
        UserCodeError: The file raises, or has no component; with the line.
        LimitError: It is longer than a component may be.
    """
    if len(source) > MAX_CHARS:
        msg = f"source: expected at most {MAX_CHARS} characters, received {len(source)}."
        raise LimitError(msg, field="source")
    name = f"gnomon_own_{sha256(source.encode()).hexdigest()[:16]}"
    module = ModuleType(name)
    module.__file__ = FILE
    sys.modules[name] = module  # annotations are looked up there
    with user_code(FILE):
        exec(compile(source, FILE, "exec"), vars(module))  # noqa: S102 - what this process is for
    found: list[type[Component]] = [each for each in vars(module).values() if _is_one(each, name)]
    if not found:
        msg = "There is no component in it: expected a class below @component(…) that derives from Component."
        raise UserCodeError(msg, file=FILE, line=1)
    return found[-1]


def _is_one(each: object, module: str) -> bool:
    return isinstance(each, type) and issubclass(each, Component) and each.__module__ == module and "type" in vars(each)


@contextmanager
def installed(sources: Mapping[str, str]) -> Iterator[None]:
    """Let types of own components be found in here, by the files that they are in.

    Args:
        sources: Files by type.

    Raises:
        UserCodeError: A file raises, or has no component.
    """
    kinds: dict[str, type[Component]] = {}
    for type_, source in sources.items():
        kind = loaded(source)
        kinds[type_] = type(kind.__name__, (kind,), {"type": type_, "__module__": kind.__module__})
    if not kinds:
        yield
        return
    with using(kinds.get):
        yield


def check_source(source: object) -> str:
    """Return the text of a file.

    Raises:
        InputError: It is none.
    """
    if not isinstance(source, str) or not source.strip():
        msg = "source: expected the text of a Python file with a component."
        raise InputError(msg, field="source")
    return source
