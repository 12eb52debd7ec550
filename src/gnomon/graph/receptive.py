"""Receptive fields: how much of the input one place of a tensor sees.

With stride `s` and window `k` of a layer, jump `j` and size `r` of what goes in: `r' = r + (k - 1) j` and `j' = s j`.
Where several tensors meet, the larger counts.

Source: Araujo, Norris, Sim, Computing receptive fields of convolutional neural networks, Distill (2019), equation 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gnomon.graph.component import Component, Inferred
from gnomon.graph.spec import Spec

_PLACEWISE: Final = frozenset({"Process", "Dense", "Normalise", "Regularise", "Activation", "Merge", "Output"})
"""Categories whose components keep places apart unless they say how they grow."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Hold what one place sees, by axis.

    Args:
        sizes: Places of the input that it sees.
        jumps: By how many places of the input it moves when it moves by one.
    """

    sizes: tuple[int, ...]
    jumps: tuple[int, ...]


def seen_through(
    component: Component, inferred: Inferred, ins: Sequence[Spec | None], before: Sequence[Sight | None]
) -> Sight | None:
    """Return what one place of a node's first output sees; `None` when it is not about places."""
    out = inferred.outs[0] if inferred.outs else None
    if out is None or out.rank < 2:
        return None
    places = out.rank - 1
    if not ins:
        return Sight((1,) * places, (1,) * places)
    sights = [sight for sight in before if sight is not None and len(sight.sizes) == places]
    if len(sights) < len(before):
        return None
    largest = Sight(_largest([sight.sizes for sight in sights]), _largest([sight.jumps for sight in sights]))
    if inferred.grows is not None:
        return _grown(largest, inferred.grows) if len(inferred.grows) == places else None
    same = all(spec is not None and spec.shape[:-1] == out.shape[:-1] for spec in ins)
    return largest if same and component.category in _PLACEWISE else None


def _grown(sight: Sight, grows: Sequence[tuple[int, int]]) -> Sight:
    each = list(zip(sight.sizes, sight.jumps, grows, strict=True))
    return Sight(
        tuple(size + (kernel - 1) * jump for size, jump, (_, kernel) in each),
        tuple(jump * stride for _, jump, (stride, _) in each),
    )


def _largest(sizes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(max, zip(*sizes, strict=True)))
