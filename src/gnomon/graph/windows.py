"""Windows that slide over places: the arithmetic that convolutions and poolings share, as Keras does it."""

from math import ceil, prod
from typing import Literal

from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Dim

Padding = Literal["same", "half", "valid"]
PADDING = (
    "same adds zeros at the edges, so that a stride of 1 keeps the size; half adds half a window on both sides, as "
    "networks of PyTorch do; valid adds none."
)
"""What the form says of it."""
Sizes = int | tuple[int, ...]
"""One number for every axis, or one for all."""


def each(sizes: Sizes, axes: int, param: str) -> tuple[int, ...]:
    """Return one number for every axis.

    Raises:
        Problem: There are as many numbers as there are no axes.

    Example:
        >>> each(3, 2, "kernel_size"), each((3, 5), 2, "kernel_size")
        ((3, 3), (3, 5))
    """
    found = (sizes,) * axes if isinstance(sizes, int) else sizes
    if len(found) != axes:
        msg = f"{param}: expected one number, or one for each of {axes} axes, received {len(found)}."
        raise Problem(msg, param=param, remedies=(Remedy(f"Set {param} to {found[0]}", {param: found[0]}),))
    return found


def reach(kernel: int, dilation: int = 1) -> int:
    """Return how many places a window spans from its first to its last."""
    return (kernel - 1) * dilation + 1


def slid(length: Dim, kernel: int, stride: int, padding: Padding, dilation: int = 1) -> Dim:
    """Return at how many places a window stands; below one when it does not fit.

    Example:
        >>> slid(28, 3, 1, "valid"), slid(28, 3, 2, "same"), slid(None, 3, 1, "same"), slid(2, 3, 1, "valid")
        (26, 14, None, 0)
    """
    if length is None:
        return None
    if padding == "same":
        return ceil(length / stride)
    around = 2 * (reach(kernel, dilation) // 2) if padding == "half" else 0
    return (length + around - reach(kernel, dilation)) // stride + 1


def outcome(
    lengths: tuple[Dim, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    padding: Padding,
    dilation: tuple[int, ...] | None = None,
    *,
    param: str = "kernel_size",
) -> tuple[Dim, ...]:
    """Return the number of places along every axis.

    Raises:
        Problem: The window is larger than what it slides over.
    """
    spread = dilation or (1,) * len(kernel)
    found = tuple(map(slid, lengths, kernel, strides, (padding,) * len(kernel), spread))
    if any(n is not None and n < 1 for n in found):
        has = "×".join("?" if n is None else str(n) for n in lengths)
        spans = "×".join(str(reach(k, d)) for k, d in zip(kernel, spread, strict=True))
        fits = tuple(
            k if n is None else max(1, min(k, (n - 1) // d + 1))
            for n, k, d in zip(lengths, kernel, spread, strict=True)
        )
        smaller = fits[0] if len(set(fits)) == 1 else fits
        msg = f"A window of {spans} does not fit into {has} places. Pad the edges, or make it smaller."
        raise Problem(
            msg,
            param=param,
            remedies=(
                Remedy("Pad the edges (same)", {"padding": "same"}),
                Remedy(f"Set {param} to {smaller}", {param: smaller}),
            ),
        )
    return found


def edges(
    lengths: tuple[Dim, ...], kernel: tuple[int, ...], strides: tuple[int, ...], dilation: tuple[int, ...] | None = None
) -> tuple[tuple[int, int], ...] | None:
    """Return how many places padding "same" adds before and behind along every axis, the larger half behind.

    Returns:
        One pair for each axis; `None` when a length decides and is not known.

    Example:
        >>> edges((28, 27), (3, 3), (2, 2)), edges((None,), (3,), (1,)), edges((None,), (3,), (2,))
        (((0, 1), (1, 1)), ((1, 1),), None)
    """
    found = []
    for n, k, s, d in zip(lengths, kernel, strides, dilation or (1,) * len(kernel), strict=True):
        if n is None and s > 1:
            return None
        total = max(reach(k, d) - 1 if n is None else (ceil(n / s) - 1) * s + reach(k, d) - n, 0)
        found.append((total // 2, total - total // 2))
    return tuple(found)


def halves(kernel: tuple[int, ...], dilation: tuple[int, ...] | None = None) -> tuple[int, ...]:
    """Return how many places padding "half" adds on either side of every axis."""
    return tuple(reach(k, d) // 2 for k, d in zip(kernel, dilation or (1,) * len(kernel), strict=True))


def short(sizes: tuple[int, ...]) -> Sizes:
    """Return sizes as people write them: one number when all are equal."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def places(shape: tuple[Dim, ...]) -> int:
    """Return how many places there are; axes that are not known count as one."""
    return prod(1 if axis is None else axis for axis in shape)
