"""Edges that windows reach beyond: how each framework comes to pad them, and which padding a statement has.

`same` adds as many zeros as Keras does, so that there is one window for each stride; `half` adds half a window on both
sides, whatever the size, as networks of PyTorch do; `valid` adds none.
"""

import ast

from gnomon.graph.component import Seen
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls
from gnomon.graph.spec import Dim
from gnomon.graph.windows import Padding, edges, halves, reach, short

HALF = Remedy("Pad half a window on both sides (half)", {"padding": "half"})
VALID = Remedy("Do not pad (valid)", {"padding": "valid"})


def is_same(kernel: tuple[int, ...], strides: tuple[int, ...], dilation: tuple[int, ...] | None = None) -> bool:
    """Return whether `half` is `same` whatever the size, and is written so."""
    spans = [reach(k, d) for k, d in zip(kernel, dilation or (1,) * len(kernel), strict=True)]
    return set(spans) == {1} or (set(strides) == {1} and all(span % 2 for span in spans))


def padded(
    source: str,
    lengths: tuple[Dim, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    padding: Padding,
    dilation: tuple[int, ...] | None = None,
) -> tuple[str, dict[str, object]]:
    """Return how a convolution of PyTorch comes to be padded.

    Args:
        source: Source of its input, channels first.
        lengths: Places of the input by axis.
        kernel: Places of the window.
        strides: Places from one window to the next.
        padding: As of the component.
        dilation: Places between neighbours in the window.

    Returns:
        Source of the input to give it, with padding where that of the layer cannot do it, and the layer's keywords.

    Raises:
        Problem: What is to be added depends on a length that is not known.

    Example:
        >>> padded("x", (28, 28), (3, 3), (1, 1), "same"), padded("x", (28, 28), (3, 3), (2, 2), "same")
        (('x', {'padding': 'same'}), ('F.pad(x, (0, 1, 0, 1))', {}))
        >>> padded("x", (28, 28), (3, 3), (2, 2), "half")
        ('x', {'padding': 1})
    """
    if padding == "valid":
        return source, {}
    if is_same(kernel, strides, dilation):
        return source, {"padding": "same" if set(strides) == {1} else 0}
    if padding == "half":
        return source, {"padding": short(halves(kernel, dilation))}
    found = edges(lengths, kernel, strides, dilation)
    if found is None:
        msg = (
            "PyTorch has to know the size of its input to pad a window that strides as Keras does. "
            "Give the input a size, or pad otherwise."
        )
        raise Problem(msg, param="padding", remedies=(HALF, VALID))
    around = tuple(n for pair in reversed(found) for n in pair)
    return f"F.pad({source}, {around})", {}


def keras_padded(
    kernel: tuple[int, ...], strides: tuple[int, ...], padding: Padding, dilation: tuple[int, ...] | None = None
) -> tuple[str, dict[str, object]]:
    """Return how a convolution of Keras comes to be padded: the source of its input, and the layer's keywords.

    Example:
        >>> keras_padded((3, 3), (2, 2), "half"), keras_padded((3, 3), (2, 2), "same")
        (('layers.ZeroPadding2D(1)({0})', {}), ('{0}', {'padding': 'same'}))
    """
    if padding == "valid":
        return "{0}", {}
    if padding == "same" or is_same(kernel, strides, dilation):
        return "{0}", {"padding": "same"}
    return f"layers.ZeroPadding{len(kernel)}D({short(halves(kernel, dilation))})({{0}})", {}


def padding_of(seen: Seen, made: ast.Call | None, kernel: object, strides: object, dilation: object = 1) -> Padding:
    """Return the padding that a convolution or pooling of PyTorch may have been written for.

    Args:
        seen: The statement.
        made: The call that makes its layer.
        kernel: Places of its window as the call has them, likewise `strides` and `dilation`.
        strides: Places from one window to the next.
        dilation: Places between neighbours in the window.
    """
    if calls(seen.call, "F.pad") is not None:
        return "same"
    given = next((word.value for word in made.keywords if word.arg == "padding"), None) if made is not None else None
    if given is None:
        return "valid"
    if isinstance(given, ast.Constant) and given.value in ("same", "valid"):
        return "same" if given.value == "same" else "valid"
    if ast.unparse(given) in ("0", "(0, 0)"):
        return "same" if _all_one(kernel) and not _all_one(strides) else "valid"
    axes = max((len(each) for each in (kernel, strides, dilation) if isinstance(each, tuple)), default=1)
    given_sizes = [each if isinstance(each, tuple) else (each,) * axes for each in (kernel, strides, dilation)]
    sizes, steps, spread = (tuple(each for each in one if isinstance(each, int)) for one in given_sizes)
    if [len(one) for one in given_sizes] != [len(sizes), len(steps), len(spread)]:
        return "half"
    return "same" if is_same(sizes, steps, spread) else "half"


def _all_one(sizes: object) -> bool:
    return sizes == 1 or (isinstance(sizes, tuple) and set(sizes) == {1})
