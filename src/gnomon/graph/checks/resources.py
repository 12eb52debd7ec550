"""What a model costs, where that is likely more than was meant."""

from collections.abc import Iterator
from typing import Final

from gnomon.graph.checks.rule import Finding, rule
from gnomon.graph.checks.view import View
from gnomon.graph.memory import attention_bytes, batch_size_of, training_bytes
from gnomon.graph.problem import Fix

_LARGE: Final = 50_000_000
_NOTABLE: Final = 5_000_000
_DEVICE_BYTES: Final = 24 << 30
"""Memory of a large graphics card for one; what needs more has to be split or made smaller."""
_ATTENTION_BYTES: Final = 8 << 30


def _flattened(view: View) -> Iterator[tuple[str, str, int]]:
    """Return Dense behind a Flatten of images: the Dense, the Flatten, and its parameters with a pooling instead."""
    for name in view.of("dense"):
        flat = next((each for each in view.behind(name) if view.kind(each) == "flatten"), None)
        spec = view.known(flat).ins[0] if flat is not None else None
        if flat is not None and spec is not None and spec.rank >= 3 and spec.channels:
            yield name, flat, (spec.channels + 1) * view.param(name, "units")


def _pooled(view: View, flat: str) -> tuple[Fix, ...]:
    only = view.only_taker(flat) is not None
    op = {"op": "replace", "id": flat, "type": "core/global_avg_pool@1", "params": {}}
    return (Fix("Pool instead of flattening", (op,)),) if only else ()


@rule("W501", "Flatten in front of a huge Dense")
def huge_dense(view: View) -> Iterator[Finding]:
    """A Dense behind a Flatten has one weight for every number of the image and every unit.

    A global average pooling keeps one number for each feature map; far fewer parameters, and less to overfit with.
    """
    for name, flat, pooled in _flattened(view):
        params = view.known(name).params
        if params > _LARGE:
            yield Finding(name, f"{name} has {_count(params)} parameters behind {flat}; with a global average pooling "
                                f"it has {_count(pooled)}.", fixes=_pooled(view, flat))  # fmt: skip


@rule("T502", "One Dense holds most parameters")
def heavy_dense(view: View) -> Iterator[Finding]:
    """When nearly all parameters sit in the Dense behind a Flatten, the convolutions before it are a small part.

    Another pooling before it, or a global one, makes the model smaller at little cost.
    """
    total = view.report.totals.params
    for name, flat, pooled in _flattened(view):
        params = view.known(name).params
        if _NOTABLE < params <= _LARGE and params > 0.9 * total:
            message = f"{name} holds {params / total:.0%} of {_count(total)} parameters; with a global average pooling "
            yield Finding(name, f"{message}it has {_count(pooled)}.", fixes=_pooled(view, flat))


@rule("W503", "Training needs more memory than most machines have")
def much_memory(view: View) -> Iterator[Finding]:
    """Training keeps what every node gives for each sample of a batch, and for each parameter its gradient and more.

    Smaller batches need less of the former. The figure is an estimate: frameworks need more for a while, or less.
    """
    batch = batch_size_of(view.graph)
    if batch is None:
        return
    needed = training_bytes(view.graph, view.report, batch)
    if needed <= _DEVICE_BYTES:
        return
    fits = next((n for n in (1 << i for i in reversed(range(20))) if n < batch
                 and training_bytes(view.graph, view.report, n) <= _DEVICE_BYTES), None)  # fmt: skip
    fixes = (view.train(f"Set the batch to {fits}", batch_size=fits),) if fits else ()
    yield Finding(
        "",
        f"Training with batches of {batch} needs about {_size(needed)}, and a large graphics card has 24.",
        "batch_size",
        fixes,
    )


@rule("W504", "Attention over many steps")
def long_attention(view: View) -> Iterator[Finding]:
    """Attention compares every step with every other: twice the steps need four times the memory.

    Shorten the sequence, by strides or pooling, or look at parts of it.
    """
    batch = batch_size_of(view.graph) or 1
    for name in view.of("multi_head_attention"):
        known = view.known(name)
        needed = batch * attention_bytes(known, view.param(name, "heads", 1))
        if needed > _ATTENTION_BYTES and known.ins[0] is not None:
            steps = known.ins[0].shape[0]
            yield Finding(name, f"{name} compares {steps} steps with one another: up to {_size(needed)} for a batch "
                                f"of {batch}.")  # fmt: skip


def _count(number: int) -> str:
    for size, unit in ((10**9, " billion"), (10**6, " million")):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return f"{number:,}"


def _size(number: int) -> str:
    for size, unit in ((1 << 40, "TiB"), (1 << 30, "GiB")):
        if number >= size:
            return f"{number / size:.0f} {unit}"
    return f"{number / (1 << 20):.0f} MiB"


CHECKS = (huge_dense, heavy_dense, much_memory, long_attention)
