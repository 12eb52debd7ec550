"""What components ask of their inputs, and what to do about an input that is otherwise."""

from typing import Final

from gnomon.graph.component import Port
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Dim, Spec

_NAMES = {
    0: "single numbers",
    1: "vectors (features)",
    2: "sequences (steps × features)",
    3: "images (height × width × channels)",
    4: "volumes (depth × height × width × channels)",
}

SEQUENCE: Final = (Port(name="in", doc="Steps × features.", rank=2),)
IMAGE: Final = (Port(name="in", doc="Height × width × channels.", rank=3),)
VOLUME: Final = (Port(name="in", doc="Depth × height × width × channels.", rank=4),)


def need_rank(x: Spec, *ranks: int, remedies: tuple[Remedy, ...] = (), port: str = "in") -> None:
    """Raise a `Problem` when an input has another number of axes than the component takes."""
    if x.rank not in ranks:
        takes = " or ".join(_NAMES.get(rank, f"{rank} axes") for rank in ranks)
        msg = f"Expected {takes}{_at(port)}, received {x.text}."
        raise Problem(msg, port=port, remedies=remedies)


def need_number(x: Spec, *, port: str = "in") -> None:
    """Raise a `Problem` when an input is no numbers with a fraction."""
    if x.dtype != "float32":
        remedies = () if x.dtype == "text" else (Remedy("Cast to float32", before={port: ("core/cast@1", {})}),)
        msg = f"Expected numbers (float32){_at(port)}, received {x.dtype}."
        raise Problem(msg, port=port, remedies=remedies)


def need_numbers(x: Spec, *, port: str = "in") -> None:
    """Raise a `Problem` when an input is not made of numbers, whole ones or others."""
    if x.dtype not in ("float32", "int64"):
        remedies = () if x.dtype == "text" else (Remedy("Cast to float32", before={port: ("core/cast@1", {})}),)
        msg = f"Expected numbers{_at(port)}, received {x.dtype}."
        raise Problem(msg, port=port, remedies=remedies)


def need_ids(x: Spec, *, port: str = "in") -> None:
    """Raise a `Problem` when an input is no whole numbers, such as those of words or kinds."""
    if x.dtype != "int64":
        tokens, whole = ("core/tokenise@1", dict[str, object]()), ("core/cast@1", {"dtype": "int64"})
        text = x.dtype == "text"
        remedy = Remedy(
            "Put a Tokenise in front" if text else "Cast to int64", before={port: tokens if text else whole}
        )
        msg = f"Expected whole numbers (int64){_at(port)}, received {x.dtype}."
        raise Problem(msg, port=port, remedies=(remedy,))


def need_length(axis: Dim, what: str, why: str, *, port: str = "in") -> int:
    """Return the length of an axis; raise a `Problem` when it is not known.

    Args:
        axis: The axis.
        what: What it is: "channels".
        why: What it is needed for: "the size of the weights follows from it".
        port: The input it is of.
    """
    if axis is None:
        where = "at the input, or in `shapes` of the Code node that it comes from"
        msg = f"The number of {what} is not known, and {why}. Give it {where}."
        raise Problem(msg, port=port)
    return axis


def _at(port: str) -> str:
    """Return which input a sentence is about, where a component has several."""
    return "" if port == "in" else f" at {port}"
