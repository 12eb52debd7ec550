"""What layers say to one another, and what their parameters will likely not do as meant."""

from collections.abc import Iterator
from typing import Any, Final

from gnomon.graph.checks.rule import Finding, rule
from gnomon.graph.checks.view import View
from gnomon.graph.fixes import Op, connect
from gnomon.graph.problem import Fix

_CONVOLUTIONS: Final = ("conv1d", "conv2d", "conv3d")
_LEARNERS: Final = ("dense", *_CONVOLUTIONS, "separable_conv2d", "depthwise_conv2d", "conv2d_transpose")
_POOLS: Final = ("max_pool1d", "max_pool2d", "avg_pool2d")
_WINDOWED: Final = (*_CONVOLUTIONS, "separable_conv2d", "depthwise_conv2d", *_POOLS)
_SMALL: Final = 8
"""Sides below it are those of deep layers, where a window somewhat larger than what is left is usual."""
_RECURRENT: Final = ("lstm", "gru", "bidirectional")
_OF_SEQUENCES: Final = frozenset({*_RECURRENT, "conv1d", "max_pool1d", "multi_head_attention", "positional_embedding"})


@rule("W401", "Two Dense without an activation between them")
def linear_in_a_row(view: View) -> Iterator[Finding]:
    """Two linear layers in a row are no more than one: the product of two matrices is a matrix.

    Give the first an activation. A first layer that is narrower than both its neighbours is meant so, and not told.
    """
    for name in view.of("dense"):
        first = view.head(name)
        if first is None or view.kind(first) != "dense" or view.function(first) != "linear":
            continue
        before = view.known(first).ins[0]
        if before is None or before.channels is None or len(view.takers(first)) != 1:
            continue
        units = view.param(first, "units")
        if units >= before.channels or units >= view.param(name, "units"):
            yield Finding(
                first,
                f"{first} and {name} are linear one behind the other, and compute no more than one Dense.",
                "activation",
                (view.set(f"Give {first} a relu", first, activation="relu"),),
            )


@rule("W402", "Two activations in a row")
def activations_in_a_row(view: View) -> Iterator[Finding]:
    """The second gets only what the first left: a sigmoid behind a relu never goes below 0.5, a second relu does nothing.

    Most often the layer had its activation already.
    """
    for name in view.of("activation"):
        first = view.source(name)
        function = view.function(first) if first is not None else None
        if first is None or function in (None, "linear") or view.function(name) == "linear":
            continue
        fixes = [view.without(name)]
        if len(view.takers(first)) == 1:
            fixes.append(view.without_function(first))
        yield Finding(name, f"{name} applies {view.function(name)} to what {first} applied {function} to already.",
                      "function", tuple(fixes))  # fmt: skip


@rule("W403", "Softmax between layers")
def softmax_between(view: View) -> Iterator[Finding]:
    """A softmax makes all its numbers share one, so the layer behind it sees little and gradients are small.

    It belongs behind the last layer; between layers a relu or gelu is usual. What is multiplied by it is a gate, and
    not told.
    """
    for name in view.of("dense", *_CONVOLUTIONS, "activation"):
        taker = view.only_taker(name)
        if view.function(name) == "softmax" and taker is not None and view.kind(taker) in ("dense", *_CONVOLUTIONS):
            param = view.function_param(name)
            yield Finding(name, f"{name} ends in a softmax, and {taker} learns behind it.", param,
                          (view.set("Use a relu", name, **{param: "relu"}),))  # fmt: skip


@rule("T404", "Many squashing layers in a row")
def squashed_often(view: View) -> Iterator[Finding]:
    """A sigmoid passes on at most a quarter of the gradient, so behind three of them at most 1/64 is left for the first.

    Deep networks learn sooner with relu or gelu.
    """
    count: dict[str, int] = {}
    last: dict[str, str] = {}
    before: dict[str, str | None] = {}
    for name in view.report.order:
        function, source = view.function(name), view.head(name) or ""
        if function in ("sigmoid", "hard_sigmoid"):
            count[name], before[name], last[name] = count.get(source, 0) + 1, last.get(source), name
        elif function == "linear" and source in last:
            count[name], last[name] = count[source], last[source]
    inner = {*before.values()}
    ends = [name for name in before if count[name] >= 3 and name not in inner]
    for end in ends:
        chain: list[str] = []
        each: str | None = end
        while each is not None:
            chain.insert(0, each)
            each = before[each]
        hidden = chain[:-1] if any(view.is_output(taker) for taker in view.takers(end)) else chain
        if len(hidden) >= 3:
            ops = [view.set("", name, **{view.function_param(name): "relu"}).ops[0] for name in hidden]
            message = (
                f"{len(hidden)} layers in a row end in a sigmoid, up to {hidden[-1]}: little gradient gets through."
            )
            yield Finding(hidden[-1], message, view.function_param(hidden[-1]), (Fix("Use relu instead", tuple(ops)),))


@rule("T405", "Bias in front of a normalisation")
def needless_bias(view: View) -> Iterator[Finding]:
    """A batch normalisation takes the mean of each channel away, and with it whatever a bias had added.

    The bias costs parameters and time, and changes nothing.
    """
    for name in view.of(*_LEARNERS):
        taker = view.only_taker(name)
        plain = view.function(name) == "linear" and view.param(name, "use_bias") is True
        if plain and taker is not None and view.kind(taker) == "batch_norm":
            spec = view.known(name).out
            count = f"{spec.channels} parameters" if spec is not None else "parameters"
            yield Finding(name, f"{taker} takes away what the bias of {name} adds: {count} for nothing.", "use_bias",
                          (view.set(f"Leave out the bias of {name}", name, use_bias=False),))  # fmt: skip


@rule("T406", "Dropout in front of a batch normalisation")
def dropout_before_norm(view: View) -> Iterator[Finding]:
    """Dropout changes the variance while training only, and the normalisation keeps the variance of training for later.

    Used afterwards, the model meets another variance than it learnt with. Put the dropout behind the normalisation.

    Source: Li et al., Understanding the disharmony between dropout and batch normalization, CVPR (2019).
    """
    for name in view.of("dropout"):
        taker = view.only_taker(name)
        if taker is not None and view.kind(taker) == "batch_norm" and view.param(name, "rate"):
            one = len(view.fixer.into(name)) == len(view.fixer.into(taker)) == 1
            one &= not any(view.is_output(each) for each in view.takers(taker))
            fixes = () if not one else (Fix(f"Put {name} behind {taker}", tuple(_swapped(view, name, taker))),)
            yield Finding(name, f"{name} changes the variance that {taker} keeps.", fixes=fixes)


def _swapped(view: View, first: str, second: str) -> Iterator[Op]:
    """Return the operations that exchange two nodes, one behind the other."""
    before, between, after = view.fixer.into(first), view.fixer.out_of(first), view.fixer.out_of(second)
    for edge in (*before, *between, *after):
        yield view.fixer.disconnect(edge)
    yield from (connect(edge.source, between[0].target) for edge in before)
    yield connect((second, "out"), before[0].target)
    yield from (connect((first, "out"), edge.target) for edge in after)


@rule("T407", "High dropout")
def high_dropout(view: View) -> Iterator[Finding]:
    """Dropout beyond 0.8 leaves less than one in five numbers; 0.1 to 0.5 is usual."""
    for name in view.of("dropout"):
        rate = view.param(name, "rate")
        if rate > 0.8:
            yield Finding(name, f"{name} sets {rate:.0%} of its inputs to 0; from 10% to 50% is usual.", "rate",
                          (view.set("Set it to 0.5", name, rate=0.5),))  # fmt: skip


@rule("W408", "Only the last step is passed on")
def last_step_only(view: View) -> Iterator[Finding]:
    """A recurrent layer gives what it remembers at its last step, unless `return_sequences` is on.

    A layer of sequences behind it needs all steps.
    """
    failed = {issue.node for issue in view.report.issues if issue.level == "error"}
    for name in view.of(*_RECURRENT):
        waiting = [each for each in view.takers(name) if view.kind(each) in _OF_SEQUENCES and each in failed]
        if waiting and view.param(name, "return_sequences") is False:
            yield Finding(name, f"{name} gives its last step only, and {waiting[0]} needs all of them.",
                          "return_sequences",
                          (view.set("Return sequences", name, return_sequences=True),))  # fmt: skip


@rule("T409", "Window without a middle")
def even_kernel(view: View) -> Iterator[Finding]:
    """With an even kernel and padding that keeps the size, every layer shifts its image by half a place.

    Odd kernels have a middle.
    """
    for name in view.of(*_CONVOLUTIONS):
        size = view.param(name, "kernel_size")
        sizes = size if isinstance(size, tuple) else (size,)
        strides = view.param(name, "strides")
        keeps = view.param(name, "padding") == "same" and (strides == 1 or {*_tuple(strides)} == {1})
        if keeps and any(k % 2 == 0 for k in sizes):
            odd = tuple(k + 1 - k % 2 for k in sizes)
            value = odd if isinstance(size, tuple) else odd[0]
            yield Finding(name, f"{name} has a kernel of {_said(sizes)}, which has no middle: it shifts by half a place.",
                          "kernel_size",
                          (view.set(f"Set it to {_said(odd)}", name, kernel_size=value),))  # fmt: skip


@rule("W410", "Strides beyond the window")
def skips_places(view: View) -> Iterator[Finding]:
    """Where the stride is larger than the window, places between the windows are never looked at.

    Kernels of 1 that skip on purpose, as in the shortcuts of residual networks, are not told.
    """
    for name in view.of(*_CONVOLUTIONS, "max_pool1d", "max_pool2d", "avg_pool2d"):
        param = "kernel_size" if view.kind(name) in _CONVOLUTIONS else "pool_size"
        sizes, strides = _tuple(view.param(name, param)), _tuple(view.param(name, "strides"))
        if not strides or {*sizes} == {1}:
            continue
        count = max(len(sizes), len(strides))
        sizes, strides = sizes * (count // len(sizes)), strides * (count // len(strides))
        spans = _tuple(view.param(name, "dilation", 1)) * count
        reach = [(k - 1) * d + 1 for k, d in zip(sizes, spans, strict=False)]
        if any(s > k for s, k in zip(strides, reach, strict=True)):
            yield Finding(
                name,
                f"{name} steps by {_said(strides)} with a window of {_said(sizes)}: places between are never seen.",
                "strides",
                (view.set(f"Step by {_said(sizes)}", name, strides=sizes if len({*sizes}) > 1 else sizes[0]),),
            )


@rule("T411", "Sees little of the image at once")
def short_sight(view: View) -> Iterator[Finding]:
    """A global pooling averages what was seen in small parts of the image, and where a part was is lost.

    What is larger than the receptive field is never seen as a whole. More layers, strides, poolings or dilation see
    farther.
    """
    inputs = [view.known(name).out for name in view.of("image_input")]
    if len(inputs) != 1 or inputs[0] is None or None in inputs[0].shape:
        return
    sides = inputs[0].shape[:2]
    for name in view.of("global_avg_pool", "global_max_pool"):
        head = view.source(name)
        sees = view.known(head).receptive if head is not None else None
        if sees and len(sees) == 2 and all(r * 5 < (side or 0) for r, side in zip(sees, sides, strict=True)):
            yield Finding(name, f"What {name} pools has seen {_said(sees)} of {_said(sides)} pixels.")


@rule("T412", "Augmented behind a layer that learns")
def late_augmentation(view: View) -> Iterator[Finding]:
    """Turning, shifting and zooming are meant for images; what a layer has made of them is no image any more.

    Put the augmentation directly behind the input.
    """
    for name in view.of("augment"):
        source = view.source(name)
        if source is not None and view.known(source).params:
            message = f"{name} augments what {source} has learnt to make, and not the image."
            yield Finding(name, message, fixes=(view.without(name),))


@rule("T413", "Window larger than its input")
def window_beyond(view: View) -> Iterator[Finding]:
    """Where a window is larger than what it slides over, the rest of it sees padding: weights and time for nothing.

    From the middle of a place to the last one it is never farther than the side less one, so that of a kernel of 99 over
    28 places at most 55 ever meet a number.
    """
    for name in view.of(*_WINDOWED):
        came = view.known(name).ins[0]
        if view.param(name, "padding") == "valid" or came is None or None in came.shape[:-1]:
            continue
        param = "pool_size" if "pool" in view.kind(name) else "kernel_size"
        sides = tuple(side or 1 for side in came.shape[:-1])
        sizes, spread = (_wide(view, name, each, len(sides)) for each in (param, "dilation"))
        spans = tuple((k - 1) * d + 1 for k, d in zip(sizes, spread, strict=True))
        if any(span > _most(side) for span, side in zip(spans, sides, strict=True)):
            fits = tuple(min(k, _odd(side)) for k, side in zip(sizes, sides, strict=True))
            words: dict[str, Any] = {param: fits if len({*fits}) > 1 else fits[0]}
            if {*spread} != {1}:
                words["dilation"] = 1
            title = " and ".join(f"{key} to {_said(_tuple(value))}" for key, value in words.items())
            message = (
                f"{name} has a window of {_said(spans)} over {_said(sides)} places: the rest of it sees padding only."
            )
            yield Finding(name, message, param, (view.set(f"Set {title}", name, **words),))


def _wide(view: View, name: str, param: str, axes: int) -> tuple[int, ...]:
    """Return one number for every axis, of a parameter that may have one for all."""
    found = _tuple(view.param(name, param, 1))
    return found * (axes // len(found))


def _most(side: int) -> int:
    """Return the largest window that is not told: of small sides, one that meets a number with each of its places."""
    return 2 * side - 1 if side < _SMALL else side


def _odd(side: int) -> int:
    """Return the largest kernel with a middle that is no larger than a side."""
    return max(side - 1 + side % 2, 1)


def _tuple(value: int | tuple[int, ...] | None) -> tuple[int, ...]:
    return () if value is None else value if isinstance(value, tuple) else (value,)


def _said(sizes: tuple[int | None, ...]) -> str:
    return "×".join(map(str, sizes))


CHECKS = (
    linear_in_a_row, activations_in_a_row, softmax_between, squashed_often, needless_bias, dropout_before_norm,
    high_dropout, last_step_only, even_kernel, skips_places, short_sight, late_augmentation, window_beyond,
)  # fmt: skip
