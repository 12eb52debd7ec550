"""Poolings: one number for each window, the largest or the mean."""

from collections.abc import Mapping
from math import ceil
from typing import Any, ClassVar

from gnomon.graph.activations import imports_of
from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Seen, Target, by_keyword, call, component, named, param
from gnomon.graph.need import IMAGE, SEQUENCE, need_number, need_rank
from gnomon.graph.padding import is_same, padding_of
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.reading import calls, has_keyword
from gnomon.graph.spec import Spec
from gnomon.graph.windows import Padding, Sizes, each, edges, halves, outcome, places, short


class Pooling(Component):
    """What poolings have in common."""

    axes: ClassVar[int]
    torch_head: ClassVar[str]
    keras_head: ClassVar[str]
    is_mean: ClassVar[bool] = False

    pool_size: Sizes = param(
        2, kind="sizes", doc="Places that become one along each axis.", min=1, max=1_024, torch="kernel_size",
        keras="pool_size",
    )  # fmt: skip
    strides: Sizes | None = param(
        None, kind="sizes", doc="Places from one window to the next; nothing for windows side by side.",
        min=1, max=1_024, torch="stride", keras="strides",
    )  # fmt: skip
    padding: Padding = param(
        "valid",
        doc="valid leaves out what fills no window; same fills it up at the edges, half by half a window on both sides.",
        keras="padding",
    )  # fmt: skip

    torch_args = "kernel_size stride padding"
    keras_args = "pool_size strides padding"

    def infer(self, x: Spec) -> Inferred:
        need_rank(x, self.axes + 1)
        need_number(x)
        sizes, strides = self._sizes()
        found = outcome(x.shape[:-1], sizes, strides, self.padding, param="pool_size")
        out = (*found, x.channels)
        grows = tuple(zip(strides, sizes, strict=True))
        return Inferred(Spec(out), flops=places(sizes) * places(out), grows=grows)

    def torch(self, x: Spec) -> Code:
        source = "{0}.transpose(1, 2)" if self.axes == 1 else "{0}"
        words: dict[str, object] = {} if self.strides is None else {"stride": self.strides}
        if self.padding != "valid":
            source, more = self._padded(source, x)
            words |= more
        source = f"{{layer}}({source})" + (".transpose(1, 2)" if self.axes == 1 else "")
        return Code(source, make=call(self.torch_head, self.pool_size, **words), imports=imports_of(source))

    def keras(self, x: Spec) -> Code:
        words: dict[str, object] = {} if self.strides is None else {"strides": self.strides}
        source = "{0}"
        if self.padding == "same" or (self.padding == "half" and self._is_same()):
            words["padding"] = "same"
        elif self.padding == "half":
            source = self._keras_padded()
        imports = ("from keras import ops",) if "ops." in source else ()
        return Code(f"{{layer}}({source})", make=named(self.keras_head, self.pool_size, **words), imports=imports)

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        found = by_keyword(cls, target, seen)
        if found is None:
            return None
        if target == "keras":
            pads = calls(seen.call, "ops.pad") or calls(seen.call, f"layers.ZeroPadding{cls.axes}D")
            return {**found, "padding": "half"} if pads else found
        if has_keyword(seen.make, "ceil_mode") or has_keyword(seen.make, "count_include_pad"):
            return {**found, "padding": "same"}
        size = found.get("pool_size")
        return {**found, "padding": padding_of(seen, seen.make, size, found.get("strides") or size)}

    def _sizes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        sizes = each(self.pool_size, self.axes, "pool_size")
        return sizes, sizes if self.strides is None else each(self.strides, self.axes, "strides")

    def _is_same(self) -> bool:
        """Return whether `half` is `same` whatever the size; zeros count in a mean, so that is another one."""
        sizes, strides = self._sizes()
        return is_same(sizes, strides) and (not self.is_mean or set(sizes) == {1})

    def _padded(self, source: str, x: Spec) -> tuple[str, dict[str, object]]:
        """Return the input and the keywords with which PyTorch fills up windows at the edges."""
        sizes, strides = self._sizes()
        if self.padding == "half" and not self._is_same():
            return source, {"padding": short(halves(sizes))}
        found = edges(x.shape[:-1], sizes, strides)
        if set(sizes) == {1} or (found is None and all(k == s == 2 for k, s in zip(sizes, strides, strict=True))):
            # Whatever the size is, there is at most one place too few, and that is behind the last one.
            return source, {"ceil_mode": True}
        if found is None:
            msg = "PyTorch has to know the size of its input to fill up windows at its edges. Give the input a size."
            raise Problem(msg, param="padding", remedies=(_HALF, _VALID))
        before = tuple(pair[0] for pair in found)
        words: dict[str, object] = {"padding": short(before)} if any(before) else {}
        if self.is_mean and any(before):
            words["count_include_pad"] = False
        if set(strides) == {1} and any(before) and all(a == b for a, b in found):
            return source, words
        if _rounds_up(x, before, sizes, strides):
            return source, {**words, "ceil_mode": True}
        if self.is_mean:
            msg = f"PyTorch cannot take the mean of windows of {short(sizes)} that are filled up unevenly."
            odd = short(tuple(k + 1 - k % 2 for k in sizes))
            raise Problem(
                msg, param="padding", remedies=(_VALID, Remedy(f"Set pool_size to {odd}", {"pool_size": odd}))
            )
        around = tuple(n for pair in reversed(found) for n in pair)
        return f'F.pad({source}, {around}, value=float("-inf"))', {}

    def _keras_padded(self) -> str:
        """Return the input with half a window on both sides: zeros for a mean, less than any number for the largest."""
        sizes, _ = self._sizes()
        if self.is_mean:
            return f"layers.ZeroPadding{self.axes}D({short(halves(sizes))})({{0}})"
        around = ((0, 0), *((n, n) for n in halves(sizes)), (0, 0))
        return f'ops.pad({{0}}, {around}, constant_values=float("-inf"))'


_HALF = Remedy("Fill up half a window on both sides (half)", {"padding": "half"})
_VALID = Remedy("Leave out what fills no window (valid)", {"padding": "valid"})


def _rounds_up(x: Spec, before: tuple[int, ...], sizes: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Return whether PyTorch's rounding up gives as many windows as there should be."""
    for n, p, k, s in zip(x.shape[:-1], before, sizes, strides, strict=True):
        if n is None:
            return False
        # The formula in its documentation: a window that begins beyond the padding in front is left out.
        windows = ceil((n + 2 * p - k) / s) + 1
        windows -= (windows - 1) * s >= n + p
        if windows != ceil(n / s):
            return False
    return True


@component("core/max_pool1d@1", title="Max pool 1-D", category="Pool", words=("pooling", "downsample", "subsample"))
class MaxPool1D(Pooling):
    """Keeps the largest number of each window of a sequence, which gets shorter by that."""

    axes = 1
    inputs = SEQUENCE
    torch_head = "nn.MaxPool1d"
    keras_head = "layers.MaxPooling1D"


@component("core/max_pool2d@1", title="Max pool", category="Pool", words=("pooling", "downsample", "subsample", "2d"))
class MaxPool2D(Pooling):
    """Keeps the largest number of each window of an image, which gets smaller by that."""

    axes = 2
    inputs = IMAGE
    torch_head = "nn.MaxPool2d"
    keras_head = "layers.MaxPooling2D"


@component("core/avg_pool2d@1", title="Average pool", category="Pool", words=("pooling", "mean", "downsample", "2d"))
class AvgPool2D(Pooling):
    """Takes the mean of each window of an image, which gets smaller by that.

    Places beyond the edge are not counted with padding same, and are zeros with half.
    """

    axes = 2
    inputs = IMAGE
    torch_head = "nn.AvgPool2d"
    keras_head = "layers.AveragePooling2D"
    is_mean = True
