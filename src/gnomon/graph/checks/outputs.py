"""What outputs, losses and the last layers say to one another."""

from collections.abc import Iterator

from gnomon.graph.checks.rule import Finding, rule
from gnomon.graph.checks.view import View
from gnomon.graph.problem import Fix
from gnomon.graph.spec import Spec

_CLASSES = ("classification", "segmentation")


def _heads(view: View, *kinds: str) -> Iterator[tuple[str, str, str]]:
    """Return outputs of some kinds with the node before them and the function it applies, where both are known."""
    for name in view.of(*kinds):
        head = view.head(name)
        function = view.function(head) if head is not None else None
        if head is not None and function is not None:
            yield name, head, function


def _many(view: View, name: str) -> bool:
    """Return whether an output compares classes with the cross-entropy."""
    spec = view.known(name).out
    return view.param(name, "loss") == "cross_entropy" and spec is not None and spec.channels != 1


@rule("W301", "Softmax applied twice")
def softmax_twice(view: View) -> Iterator[Finding]:
    """The loss applies the softmax itself when the output says `from_logits`; a softmax before it is then a second one.

    Two in a row flatten the distribution: with 10 classes no class can get beyond a share of about 0.23, so the loss
    stays high and gradients small. Take the softmax of the layer away; the loss does it more exactly.
    """
    for name, head, function in _heads(view, *_CLASSES):
        if function == "softmax" and _many(view, name) and view.param(name, "from_logits"):
            yield Finding(
                name,
                f"{head} applies a softmax, and the loss of {name} applies it again (from_logits).",
                "from_logits",
                (view.without_function(head), view.set("The input is past the softmax", name, from_logits=False)),
            )


@rule("W302", "Softmax missing")
def softmax_missing(view: View) -> Iterator[Finding]:
    """Without `from_logits` the loss takes what comes for shares of one, and takes their logarithm.

    Numbers that may be negative or larger than one make it meaningless or not a number.
    """
    for name, head, function in _heads(view, *_CLASSES, "multi_label"):
        given = view.param(name, "loss") in ("cross_entropy", "binary_cross_entropy")
        squashed = {"softmax", "sigmoid", "hard_sigmoid"}
        if given and not view.param(name, "from_logits") and function not in squashed:
            yield Finding(
                name,
                f"{name} takes shares from 0 to 1 (from_logits is off), and {head} ends in {function}.",
                "from_logits",
                (view.set("The loss applies it (from_logits)", name, from_logits=True),),
            )


@rule("W303", "Sigmoid before a choice of one class")
def sigmoid_for_classes(view: View) -> Iterator[Finding]:
    """A sigmoid says yes or no to each class for itself; a classification compares them, one of all.

    With the softmax of the loss on top, numbers between 0 and 1 can never tell classes apart surely.
    """
    for name, head, function in _heads(view, *_CLASSES):
        if function in ("sigmoid", "hard_sigmoid") and _many(view, name):
            fixes = [view.without_function(head)]
            if not view.param(name, "from_logits"):
                add = view.set("", name, from_logits=True)
                fixes = [Fix(fixes[0].title, (*fixes[0].ops, *add.ops))]
            if view.kind(name) == "classification":
                op = {"op": "replace", "id": name, "type": "core/multi_label@1", "params": {"from_logits": False}}
                fixes.append(Fix("Several classes at once: make it Multi-label", (op,)))
            yield Finding(name, f"{head} ends in a {function}, and {name} chooses one of all classes.",
                          fixes=tuple(fixes))  # fmt: skip


@rule("W304", "Activation before the loss")
def squashed_logits(view: View) -> Iterator[Finding]:
    """What the loss applies its softmax or sigmoid to (`from_logits`) must be free to be any number.

    A relu there takes away all that is negative, a tanh all beyond 1: some answers cannot be given any more.
    """
    for name, head, function in _heads(view, *_CLASSES, "multi_label"):
        harmless = {"linear"}  # and what other checks tell of
        if view.kind(name) == "multi_label":
            harmless |= {"softmax", "log_softmax"}
        elif _many(view, name):
            harmless |= {"softmax", "log_softmax", "sigmoid", "hard_sigmoid"}
        entropy = view.param(name, "loss") != "mean_squared_error"
        if entropy and view.param(name, "from_logits") and function not in harmless:
            fixes = [view.without_function(head)]
            if function == "sigmoid":
                fixes.append(view.set("The input is past the sigmoid", name, from_logits=False))
            message = f"{head} ends in {function}, and {name} expects any number (from_logits)."
            yield Finding(head, message, view.function_param(head), tuple(fixes))


@rule("W305", "Softmax for labels that do not exclude one another")
def softmax_for_labels(view: View) -> Iterator[Finding]:
    """A softmax shares one among all labels, so two labels can never both be sure; multi-label is about exactly that."""
    for name, head, function in _heads(view, "multi_label"):
        if function in ("softmax", "log_softmax"):
            logits = {} if view.param(name, "from_logits") else {"from_logits": True}
            away = view.without_function(head)
            more = view.set("", name, **logits).ops if logits else ()
            op = {"op": "replace", "id": name, "type": "core/classification@1", "params": {"from_logits": False}}
            yield Finding(
                name,
                f"{head} ends in a {function}, which shares one among all labels of {name}.",
                fixes=(Fix(away.title, (*away.ops, *more)), Fix("One of all: make it Classification", (op,))),
            )


@rule("W306", "Regression of shares")
def softmax_regression(view: View) -> Iterator[Finding]:
    """Numbers behind a softmax are shares of one: they cannot be predicted freely, and a single one is always 1."""
    for name, head, function in _heads(view, "regression"):
        if function == "softmax":
            yield Finding(name, f"{head} ends in a {function}, so the values of {name} are shares that sum to 1.",
                          fixes=(view.without_function(head),))  # fmt: skip


@rule("W307", "Softmax over one number")
def softmax_of_one(view: View) -> Iterator[Finding]:
    """The softmax of a single number is always 1, whatever the number is; nothing can be learnt through it.

    For yes or no, use a sigmoid.
    """
    for name in view.of("dense", "conv1d", "conv2d", "conv3d", "activation"):
        spec = view.known(name).out
        if spec is not None and spec.channels == 1 and spec.rank and view.function(name) == "softmax":
            param, taker = view.function_param(name), view.only_taker(name)
            logits = taker is not None and view.param(taker, "from_logits") is True
            fix = view.without_function(name) if logits else view.set("Use a sigmoid", name, **{param: "sigmoid"})
            yield Finding(name, f"{name} applies a softmax to one number, which is always 1.", param, (fix,))


@rule("W308", "One class only")
def one_class(view: View) -> Iterator[Finding]:
    """With the cross-entropy over one class the loss is 0 whatever the model does.

    For yes or no, take two classes, or Multi-label with one label.
    """
    for name in view.of(*_CLASSES):
        spec, head = view.known(name).out, view.head(name)
        if spec is None or spec.channels != 1 or view.param(name, "loss") != "cross_entropy":
            continue
        fixes = []
        units = {"dense": "units", "conv2d": "filters"}.get(view.kind(head) if head else "")
        if head and units:
            fixes.append(view.set(f"Give {head} two {units}", head, **{units: 2}))
        if view.kind(name) == "classification":
            params = {} if view.param(name, "from_logits") else {"from_logits": False}
            op = {"op": "replace", "id": name, "type": "core/multi_label@1", "params": params}
            fixes.append(Fix("Make it Multi-label", (op,)))
        else:
            fixes.append(view.set("Use the binary cross-entropy", name, loss="binary_cross_entropy"))
        yield Finding(name, f"{name} has one class, and its cross-entropy is always 0: there is nothing to choose.",
                      fixes=tuple(fixes))  # fmt: skip


@rule("W309", "Not from 0 to 1")
def not_a_share(view: View) -> Iterator[Finding]:
    """The binary cross-entropy of a reconstruction takes the logarithm of what comes, which must lie between 0 and 1.

    End in a sigmoid, or compare by the mean squared error.
    """
    for name, head, function in _heads(view, "reconstruction"):
        if view.param(name, "loss") == "binary_cross_entropy" and function not in (
            "sigmoid",
            "hard_sigmoid",
            "softmax",
        ):
            param = view.function_param(head)
            yield Finding(
                name,
                f"The loss of {name} needs numbers from 0 to 1, and {head} ends in {function}.",
                "loss",
                (
                    view.set(f"End {head} in a sigmoid", head, **{param: "sigmoid"}),
                    view.set("Use the mean squared error", name, loss="mean_squared_error"),
                ),
            )


@rule("E310", "Not the shape of the input that is given back")
def other_shape(view: View) -> Iterator[Finding]:
    """A reconstruction is compared with an input number by number, so it needs exactly that input's shape."""
    inputs = {
        name: known.out
        for name, known in view.report.nodes.items()
        if known.component is not None and known.component.category == "Input" and known.out is not None
    }
    for name in view.of("reconstruction"):
        of, spec = view.param(name, "of"), view.known(name).out
        if of and of not in view.nodes:
            only = next(iter(inputs.values())) if len(inputs) == 1 else None
            fits = only is not None and spec is not None and _may_be(spec, only)
            fixes = (view.unset("Give back the only input", name, "of"),) if fits else ()
            yield Finding(name, f"There is no input {of!r:.40} that {name} could give back.", "of", fixes)
            continue
        wanted = inputs.get(of) if of else next(iter(inputs.values()), None) if len(inputs) == 1 else None
        if wanted is None or spec is None or _may_be(spec, wanted):
            continue
        head = view.head(name)
        units = {"dense": "units", "conv2d": "filters", "conv1d": "filters"}.get(view.kind(head) if head else "")
        close = spec.rank == wanted.rank and _may_be(Spec(spec.shape[:-1]), Spec(wanted.shape[:-1]))
        fixes = ()
        if head and units and close and wanted.channels and view.known(head).out == spec:
            fixes = (view.set(f"Give {head} {wanted.channels} {units}", head, **{units: wanted.channels}),)
        yield Finding(name, f"{name} is {spec.text}, and the input that it gives back is {wanted.text}.", fixes=fixes)


def _may_be(a: Spec, b: Spec) -> bool:
    both = zip(a.shape, b.shape, strict=False)
    return a.rank == b.rank and all(x is None or y is None or x == y for x, y in both)


@rule("W311", "Dropout on what is predicted")
def dropout_on_output(view: View) -> Iterator[Finding]:
    """A dropout behind the last layer sets predictions themselves to 0 while training, so the loss counts noise.

    Put it before the last layer, or remove it.
    """
    for name in view.outputs():
        for each in _to_last_layer(view, name):
            rate = view.param(each, "rate")
            if view.kind(each) == "dropout" and rate:
                yield Finding(each, f"{each} sets {rate:.0%} of what {name} takes to 0 while training.",
                              fixes=(view.without(each),))  # fmt: skip


def _to_last_layer(view: View, name: str) -> Iterator[str]:
    for each in view.behind(name):
        yield each
        if view.kind(each) == "activation":
            yield from _to_last_layer(view, each)


CHECKS = (
    softmax_twice, softmax_missing, sigmoid_for_classes, squashed_logits, softmax_for_labels, softmax_regression,
    softmax_of_one, one_class, not_a_share, other_shape, dropout_on_output,
)  # fmt: skip
