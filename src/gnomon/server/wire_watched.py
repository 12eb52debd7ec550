"""What travels of the variables that a run watched."""

from typing import Literal

from gnomon.server.wire import Wire


class WatchedVariable(Wire):
    """The last histogram of one variable of a model.

    Args:
        key: Of its records; its series are `<key>/mean`, `/std`, `/norm`, `/min`, `/max`, `/zeros` and `/bad`.
        model: What the model is called in keys.
        what: Which numbers of it.
        path: Of the variable in the model.
        node: The node of a graph that it belongs to, as nodes are called after modules.
        step: When it was taken.
        low: Where the first bin with something in it begins.
        high: Where the last one ends.
        counts: Of 32 bins of equal width between.
    """

    key: str
    model: str
    what: Literal["weights", "gradients", "activations"]
    path: str
    node: str
    step: int
    low: float
    high: float
    counts: list[float]


class WatchedRun(Wire):
    """What a run watched, by variable; none when it watched no model."""

    run: str
    name: str
    project: str
    variables: list[WatchedVariable]
    cursor: str
