"""Somebody else changed it first."""

from gnomon.core.errors import ConflictError


class RevisionError(ConflictError):
    """The revision that a change was meant for is not the present one any more."""


class GraphRevisionError(ConflictError):
    """A patch was meant for another revision than the present one.

    Args:
        message: Which one it was meant for, and which is there.
        rev: The present revision.
    """

    def __init__(self, message: str, *, rev: int) -> None:
        super().__init__(message)
        self.rev = rev
