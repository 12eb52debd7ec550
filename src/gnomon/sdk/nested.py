"""Lists and dicts that hold arrays, images and other records: those go under keys of their own, the rest stays JSON."""

from collections.abc import Mapping
from typing import Any, Final

from gnomon.core.errors import LimitError
from gnomon.core.limits import MAX_JSON_DEPTH
from gnomon.core.plain import as_number
from gnomon.core.records import registry
from gnomon.core.records.converters import convert
from gnomon.core.records.record_type import Encoded
from gnomon.sdk.loose import is_wordy, loosened

MAX_INNER: Final = 1_000
REFERENCE: Final = "$record"

_LEAVES: Final = (type(None), bool, int, float, str)
_PLAIN_KINDS: Final = ("text", "json")


def split(key: str, value: object) -> tuple[Any, list[tuple[str, object]]]:
    """Take the records out of nested lists and dicts.

    In what is left, each is replaced by `{"$record": its key}`. Numbers, also arrays of one element, stay.

    Args:
        key: What the value is logged under; `"batch"` gives `"batch/x"` for the entry `x`, `"batch/0"` for the first.
        value: Lists, tuples, dicts, and anything in them.

    Returns:
        What is left, `None` when everything was taken; and keys and records.

    Raises:
        LimitError: More than 1,000 records.

    Example:
        >>> import numpy as np
        >>> rest, inner = split("batch", {"x": np.zeros((2, 2)), "n": 2})
        >>> rest, [key for key, _ in inner]
        ({'x': {'$record': 'batch/x'}, 'n': 2}, ['batch/x'])
    """
    walk = _Walk()
    images = _images(value)
    if images is not None:
        return None, [(key, images)]
    rest = walk.visit(key, value, 0)
    return (rest if walk.anything_else or not walk.inner else None), walk.inner


class _Walk:
    def __init__(self) -> None:
        self.inner: list[tuple[str, object]] = []
        self.anything_else = False
        self._above: set[int] = set()

    def visit(self, key: str, value: object, depth: int) -> Any:
        if type(value) in _LEAVES:
            self.anything_else = True
            return value
        value = convert(value)
        if isinstance(value, (Mapping, list, tuple)):
            return self._branch(key, value, depth)
        number = None if isinstance(value, _LEAVES) else as_number(value)
        if number is None and not is_wordy(value) and _is_record(value):
            return self._take(key, value)
        said = loosened(value) if number is None else number
        if isinstance(said, (dict, list)) and said is not value:
            return self._branch(key, said, depth, of=value)
        self.anything_else = True
        return said

    def _branch(self, key: str, value: Any, depth: int, of: object = None) -> Any:
        """Walk through a list or a dict; `of` is the object it was made of, which may hold itself."""
        place = id(value if of is None else of)
        if depth >= MAX_JSON_DEPTH or place in self._above:
            self.anything_else = True
            return value if of is None else of  # shown as text by whoever writes the rest
        self._above.add(place)
        if hasattr(value, "_asdict"):
            value = value._asdict()
        try:
            if isinstance(value, Mapping):
                return {name: self.visit(f"{key}/{name}", each, depth + 1) for name, each in value.items()}
            return [self.visit(f"{key}/{i}", each, depth + 1) for i, each in enumerate(value)]
        finally:
            self._above.discard(place)

    def _take(self, key: str, value: object) -> dict[str, str]:
        if len(self.inner) >= MAX_INNER:
            msg = f"expected at most {MAX_INNER:,} arrays in one value, received more. Stack them into one array."
            raise LimitError(msg)
        self.inner.append((key, value))
        return {REFERENCE: key}


def _is_record(value: object) -> bool:
    if isinstance(value, Encoded):
        return True
    return any(
        (type_.wrapper is not None and isinstance(value, type_.wrapper)) or type_.accept(value)
        for type_ in registry.types().values()
        if type_.kind not in _PLAIN_KINDS or (type_.wrapper is not None and isinstance(value, type_.wrapper))
    )


def _images(value: object) -> object | None:
    """Return a list of pictures as one grid of them."""
    image = registry.types().get("image")
    if image is None or not isinstance(value, (list, tuple)) or not value or hasattr(value, "_asdict"):
        return None
    wrapper = image.wrapper
    if not all((wrapper is not None and isinstance(each, wrapper)) or image.accept(each) for each in value):
        return None
    grid = registry.types()["images"].wrapper
    return None if grid is None else grid(list(value))
