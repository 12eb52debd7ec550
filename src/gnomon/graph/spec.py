"""What is known of a tensor before anything runs: its shape, its type, and what its numbers mean."""

import math
from dataclasses import dataclass
from typing import Final, Literal

Dim = int | None
"""Length of one axis; `None` when it is known only once there is data."""

Dtype = Literal["float32", "int64", "bool", "text"]

_SIZES: Final[dict[str, int]] = {"float32": 4, "int64": 8, "bool": 1, "text": 0}


@dataclass(frozen=True, slots=True)
class Spec:
    """Describe one tensor that flows along an edge.

    Args:
        shape: Axes without the batch; channels come last, whatever the target's own order is.
        dtype: What its elements are.
        classes: Of a label or a distribution over classes: how many there are.

    Example:
        >>> Spec((28, 28, 1)).text, Spec((None, 64)).text, Spec(()).text
        ('28×28×1', '?×64', 'scalar')
    """

    shape: tuple[Dim, ...]
    dtype: Dtype = "float32"
    classes: int | None = None

    @property
    def rank(self) -> int:
        """Number of axes without the batch."""
        return len(self.shape)

    @property
    def channels(self) -> Dim:
        """Length of the last axis; `None` when it is not known, or there is none."""
        return self.shape[-1] if self.shape else None

    @property
    def elements(self) -> int | None:
        """Numbers in one sample; `None` when an axis is not known."""
        return None if None in self.shape else math.prod(axis for axis in self.shape if axis is not None)

    @property
    def size_bytes(self) -> int:
        """Memory of one sample; axes that are not known count as one."""
        return _SIZES[self.dtype] * math.prod(1 if axis is None else axis for axis in self.shape)

    @property
    def text(self) -> str:
        """The shape as people write it."""
        return "×".join("?" if axis is None else str(axis) for axis in self.shape) or "scalar"
