"""Order of axes: shapes of the canvas have their channels last, tensors of rank 3 and 4 in PyTorch have them first."""

from gnomon.graph.spec import Spec


def is_first(x: Spec) -> bool:
    """Return whether this tensor has its channels in front of its places in PyTorch."""
    return x.rank in (3, 4)


def channel_axis(x: Spec) -> int:
    """Return the axis of the channels in PyTorch, with the batch as axis 0."""
    return 1 if is_first(x) else -1


def axis(x: Spec, logical: int) -> int:
    """Return where an axis of the logical shape (0 is the first behind the batch) lies in PyTorch, the batch being 0.

    Example:
        >>> [axis(Spec((28, 14, 3)), i) for i in range(3)], axis(Spec((100, 64)), 1)
        ([2, 3, 1], 2)
    """
    if not is_first(x):
        return logical + 1
    return 1 if logical == x.rank - 1 else logical + 2


def logical_axis(x: Spec, dim: int) -> int:
    """Return the logical axis that an axis in PyTorch is: the inverse of `axis`.

    Example:
        >>> [logical_axis(Spec((28, 14, 3)), i) for i in (2, 3, 1, -1)], logical_axis(Spec((100, 64)), 2)
        ([0, 1, 2, 1], 1)
    """
    dim = dim if dim >= 0 else x.rank + 1 + dim
    if not is_first(x):
        return dim - 1
    return x.rank - 1 if dim == 1 else dim - 2


def torch_shape(x: Spec) -> tuple[int | None, ...]:
    """Return the axes behind the batch as PyTorch has them.

    Example:
        >>> torch_shape(Spec((28, 14, 3))), torch_shape(Spec((100, 64)))
        ((3, 28, 14), (100, 64))
    """
    return (x.shape[-1], *x.shape[:-1]) if is_first(x) else x.shape


def to_last(source: str, x: Spec) -> str:
    """Return source that gives a tensor in PyTorch with its channels last.

    Example:
        >>> to_last("{0}", Spec((28, 28, 1))), to_last("{0}", Spec((10,)))
        ('{0}.permute(0, 2, 3, 1)', '{0}')
    """
    if not is_first(x):
        return source
    return f"{source}.permute(0, {', '.join(str(i) for i in range(2, x.rank + 1))}, 1)"


def to_first(source: str, x: Spec) -> str:
    """Return source that puts a tensor of these logical axes, channels last, into PyTorch's order.

    Example:
        >>> to_first("y", Spec((28, 28, 1))), to_first("y", Spec((100, 64)))
        ('y.permute(0, 3, 1, 2)', 'y')
    """
    if not is_first(x):
        return source
    return f"{source}.permute(0, {x.rank}, {', '.join(str(i) for i in range(1, x.rank))})"
