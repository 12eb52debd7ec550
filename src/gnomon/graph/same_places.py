"""What makes tensors have as many places as one another: 28×28 beside 14×14, where a skip connection passes a pooling."""

from collections.abc import Sequence
from typing import Any, Final

from gnomon.graph.problem import Remedy
from gnomon.graph.spec import Spec

_POOLS: Final = {2: "core/max_pool1d@1", 3: "core/max_pool2d@1"}
_CONVOLUTIONS: Final = {2: "core/conv1d@1", 3: "core/conv2d@1", 4: "core/conv3d@1"}
_UPSAMPLE: Final = "core/upsample2d@1"
_PAD: Final = "core/zero_pad2d@1"
_MOST: Final = 1_024
"""Largest window of a pooling."""


def same_places(parts: Sequence[Spec], *, channels: bool) -> tuple[Remedy, ...]:
    """Return what gives all inputs the places of the smallest, or of the largest.

    Args:
        parts: Inputs of one rank, channels last; they differ in their places.
        channels: Whether they must have as many channels too.

    Example:
        >>> [each.title for each in same_places([Spec((28, 28, 8)), Spec((14, 14, 8))], channels=True)]
        ['Pool input 1 to 14×14', 'Stride input 1 to 14×14', 'Upsample input 2 to 28×28']
    """
    rank = parts[0].rank
    if rank not in _CONVOLUTIONS or any(
        part.rank != rank or None in part.shape or part.dtype != "float32" for part in parts
    ):
        return ()
    sides = [tuple(n or 0 for n in part.shape[:-1]) for part in parts]
    least = tuple(map(min, zip(*sides, strict=True)))
    if 0 in least or len({*sides}) == 1:
        return ()
    like = next((part for part, side in zip(parts, sides, strict=True) if side == least), None)
    if like is None:
        return ()
    is_even = len({part.shape[-1] for part in parts}) == 1
    found: list[Remedy | None] = []
    if rank in _POOLS and (is_even or not channels):
        found.append(_smaller("Pool", sides, least, parts, like=None))
    found.append(_smaller("Stride", sides, least, parts, like=like if channels else None))
    if rank == 3 and (is_even or not channels):
        found += [_larger(sides), _padded(sides)]
    return tuple(remedy for remedy in found if remedy is not None)


def _smaller(
    word: str, sides: list[tuple[int, ...]], least: tuple[int, ...], parts: Sequence[Spec], *, like: Spec | None
) -> Remedy | None:
    """Return what makes the larger inputs smaller, with the channels of `like`; nothing where no step does it."""
    before: dict[str, tuple[str, dict[str, Any]]] = {}
    for i, (side, part) in enumerate(zip(sides, parts, strict=True)):
        by = [n // m for n, m in zip(side, least, strict=True)]
        channels = (like or part).shape[-1]
        if side == least and channels == part.shape[-1]:
            continue
        left = [n // k if word == "Pool" else (n - 1) // k + 1 for n, k in zip(side, by, strict=True)]
        if tuple(left) != least or max(by) > _MOST:
            return None
        if word == "Pool":
            layer: tuple[str, dict[str, Any]] = (_POOLS[part.rank], {"pool_size": _sizes(by)})
        else:
            words = {"filters": channels, "kernel_size": 1, "strides": _sizes(by)}
            layer = (_CONVOLUTIONS[part.rank], words)
        before[f"in.{i}"] = layer
    return Remedy(f"{word} {_inputs(before)} to {_text(least)}", before=before) if before else None


def _larger(sides: list[tuple[int, ...]]) -> Remedy | None:
    most = tuple(map(max, zip(*sides, strict=True)))
    if most not in sides:
        return None
    before: dict[str, tuple[str, dict[str, Any]]] = {}
    for i, side in enumerate(sides):
        by = [n // m for n, m in zip(most, side, strict=True)]
        if tuple(n * k for n, k in zip(side, by, strict=True)) != most or max(by) > _MOST:
            return None
        if side != most:
            before[f"in.{i}"] = (_UPSAMPLE, {"size": _sizes(by)})
    return Remedy(f"Upsample {_inputs(before)} to {_text(most)}", before=before)


def _padded(sides: list[tuple[int, ...]]) -> Remedy | None:
    """Return the border that makes up for what windows without padding took away: 26×26 beside 28×28."""
    most = tuple(map(max, zip(*sides, strict=True)))
    before: dict[str, tuple[str, dict[str, Any]]] = {}
    for i, side in enumerate(sides):
        height, width = (m - n for n, m in zip(side, most, strict=True))
        if max(height, width) > min(side) // 4:
            return None
        if side != most:
            border = {
                "top": height // 2,
                "bottom": height - height // 2,
                "left": width // 2,
                "right": width - width // 2,
            }
            before[f"in.{i}"] = (_PAD, border)
    return Remedy(f"Pad {_inputs(before)} to {_text(most)}", before=before)


def _sizes(by: list[int]) -> int | list[int]:
    return by[0] if len({*by}) == 1 else by


def _text(side: tuple[int, ...]) -> str:
    return f"{side[0]} steps" if len(side) == 1 else "×".join(map(str, side))


def _inputs(before: dict[str, Any]) -> str:
    numbers = [str(int(port.partition(".")[2]) + 1) for port in before]
    if len(numbers) == 1:
        return f"input {numbers[0]}"
    return f"inputs {', '.join(numbers[:-1])} and {numbers[-1]}"
