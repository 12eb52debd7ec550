"""What handwritten code leaves open."""

from collections.abc import Iterator

from gnomon.graph.checks.rule import Finding, rule
from gnomon.graph.checks.view import View
from gnomon.graph.code.render import code_for
from gnomon.graph.components.code import said
from gnomon.graph.problem import Fix
from gnomon.graph.spec import Spec


@rule("E206", "Handwritten code of unknown shape")
def unknown_shape(view: View) -> Iterator[Finding]:
    """What handwritten code gives follows from its statements where these are operators, functions and layers that are known.

    Where it does not, and a layer behind it has to know it, it must be said in `shapes`.

    Look at the preview: once it has run the code, a fix offers what came out. Without one, the fix says that the code gives
    what it takes; if it does not, training stops at its first batch and says so.
    """
    for name in view.report.order:
        known = view.known(name)
        if view.kind(name) != "code" or not any(map(_is_open, known.outs)):
            continue
        waits = _waiting(view, name)
        if waits is not None:
            yield Finding(name, f"What {name} gives is not known before it runs, and {waits} has to know it.",
                          "shapes", _as_taken(view, name))  # fmt: skip


def _is_open(spec: Spec | None) -> bool:
    return spec is None or None in spec.shape


def _waiting(view: View, name: str) -> str | None:
    """Return the first node behind one that cannot do without the shape of what comes in; `None` when all can."""
    seen, behind = {name}, [name]
    found = []
    while behind:
        for taker in view.takers(behind.pop()):
            known = view.known(taker)
            if taker in seen or known.component is None or view.kind(taker) == "code" or view.is_output(taker):
                continue
            seen.add(taker)
            if not any(map(_is_open, known.ins)):
                continue
            has = tuple(source is not None for source in known.sources)
            if not known.outs or isinstance(code_for(known.component, view.graph.target, known.ins, has), str):
                found.append(taker)
            else:
                behind.append(taker)
    return next((each for each in view.report.order if each in found), None)


def _as_taken(view: View, name: str) -> tuple[Fix, ...]:
    """Return the fix that says that code gives what it takes, where that is known and not otherwise said."""
    known = view.known(name)
    takes = next((spec for spec in known.ins if spec is not None and None not in spec.shape), None)
    if takes is None or not all(_may_be(spec, takes) for spec in known.outs if _is_open(spec)):
        return ()
    text = said(tuple(takes if _is_open(spec) else spec for spec in known.outs))
    return (view.set(f"Say that it gives what it takes: {takes.text}", name, shapes=text),)


def _may_be(spec: Spec | None, other: Spec) -> bool:
    """Return whether nothing that is known of a spec speaks against another."""
    if spec is None:
        return True
    pairs = zip(spec.shape, other.shape, strict=False)
    return spec.rank == other.rank and all(a in (None, b) for a, b in pairs) and spec.dtype == other.dtype


CHECKS = (unknown_shape,)
