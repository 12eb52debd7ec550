"""The arguments of a call whose tensors are known by their shapes alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gnomon.graph.code.tensors import FREE, Batch, Length, Shape, Tensor, UnsureError
from gnomon.graph.spec import Dtype

_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Given:
    """Hold the arguments of a call; of a method, the tensor it belongs to is the first.

    Args:
        args: By position.
        words: By keyword.
        is_method: Whether sizes may stand one by one: `x.view(-1, 8)`.
    """

    args: Sequence[Any]
    words: Mapping[str, Any] = field(default_factory=dict)
    is_method: bool = False

    def get(self, at: int, *names: str, default: Any = _MISSING) -> Any:
        """Return an argument by position or by one of its names.

        Raises:
            UnsureError: It is not given, and has no default.
        """
        found = self.args[at] if at < len(self.args) else default
        found = next((self.words[name] for name in names if name in self.words), found)
        if found is _MISSING:
            raise UnsureError
        return found

    def tensor(self, at: int = 0, *names: str) -> Tensor:
        """Return an argument that must be a tensor."""
        found = self.get(at, *(names or ("input", "x")))
        if not isinstance(found, Tensor):
            raise UnsureError
        return found

    def whole(self, at: int, *names: str, default: Any = _MISSING) -> int:
        """Return an argument that must be a whole number."""
        found = self.get(at, *names, default=default)
        if type(found) is not int:
            raise UnsureError
        return found

    def flag(self, at: int, *names: str) -> bool:
        """Return an argument that must be true or false, and is false unless told."""
        found = self.get(at, *names, default=False)
        if not isinstance(found, bool):
            raise UnsureError
        return found

    def lengths(self, at: int, *names: str) -> list[Length]:
        """Return sizes or axes, as one argument or one by one."""
        first = self.get(at, *names)
        found = (
            list(first)
            if isinstance(first, (tuple, list))
            else list(self.args[at:])
            if at < len(self.args)
            else [first]
        )
        if not all(type(each) is int or isinstance(each, Batch) or each is FREE for each in found):
            raise UnsureError
        return found

    def axes(self, at: int, *names: str) -> list[int] | None:
        """Return the axes to sum over; `None` for all."""
        found = self.get(at, *names, default=None)
        listed = list(found) if isinstance(found, (tuple, list)) else [found]
        if found is not None and not all(type(each) is int for each in listed):
            raise UnsureError
        return None if found is None else listed


def dtype_of(value: Any) -> Dtype:
    """Return the type of a tensor or a number."""
    if isinstance(value, Tensor):
        return value.dtype
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, Batch)) or value is FREE:
        return "int64"
    if isinstance(value, float):
        return "float32"
    raise UnsureError


def shape_of(value: Any) -> Shape:
    """Return the shape of a tensor; that of a number has no axes."""
    dtype_of(value)
    return value.shape if isinstance(value, Tensor) else ()
