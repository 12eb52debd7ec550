"""Errors of a wrapper's arguments: held until it is logged, where they are counted and said instead of stopping a loop."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Holder(Protocol):
    """A wrapper with a place for what was wrong with its arguments."""

    @property
    def problem(self) -> Exception | None:
        """What is raised when it is logged."""
        ...


@contextmanager
def held(wrapper: object) -> Iterator[None]:
    """Keep what is raised inside as `wrapper.problem`."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - raised again by `check`
        object.__setattr__(wrapper, "problem", error)


def check(wrapper: Holder) -> None:
    """Raise what was wrong with a wrapper's arguments, if anything was."""
    if wrapper.problem is not None:
        raise wrapper.problem
