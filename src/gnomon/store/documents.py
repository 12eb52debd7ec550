"""Documents: small versioned JSON maps, such as dashboards and panels, of which every revision can be read again."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from gnomon.core.errors import ConflictError, InputError, NotFoundError
from gnomon.core.limits import check_key

MOST_REVISIONS: Final = 10_000
"""Of each document so many revisions are kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Document:
    """Hold one revision of a document.

    Args:
        kind: What it is: `dashboard panel …`.
        id: Which one of its kind.
        rev: Number of the revision; the first is 1, and a deletion is one too.
        us: When it was made, never before the revision in front of it.
        body: What it says.
        created_us: When the document was made, or made again after it was deleted.
        by: Who made the revision.
    """

    kind: str
    id: str
    rev: int
    us: int
    body: dict[str, Any]
    created_us: int
    by: str = ""


History = list[tuple[int, int]]
"""Revisions and their times, newest first."""


class Documents(Protocol):
    """Where documents live; `engine.documents`. Safe to call from several threads."""

    def put(
        self,
        kind: str,
        id: str,  # noqa: A002 - what it is called
        body: dict[str, Any],
        us: int,
        *,
        if_rev: int | None = None,
        by: str = "",
    ) -> Document:
        """Write a new revision, durably.

        Args:
            kind: What it is.
            id: Which one of its kind.
            body: A map of plain values.
            us: When; a time before the present revision becomes the time of that.
            if_rev: The revision that it must follow; 0 for a document that is not there (any more).
            by: Who writes it.

        Raises:
            ConflictError: The present revision is not `if_rev`.
            InputError: The body is no map of plain values.
            StoreError: It cannot be written; nothing was.
        """
        ...

    def get(self, kind: str, id: str, *, rev: int | None = None, at_us: int | None = None) -> Document:  # noqa: A002
        """Return a document: as it is, its revision `rev`, or as it was at a moment.

        Raises:
            NotFoundError: It is not there, was not at that moment, or the revision is a deletion or no longer kept.
        """
        ...

    def list(self, kind: str, *, at_us: int | None = None) -> list[Document]:
        """Return the documents of a kind that are (or at a moment were) there, by time of creation and id."""
        ...

    def history(
        self,
        kind: str,
        id: str,  # noqa: A002
        *,
        limit: int = 1000,
        before_rev: int | None = None,
    ) -> History:
        """Return `(rev, us)` of the revisions that are kept, newest first, deletions included; none when unknown."""
        ...

    def delete(self, kind: str, id: str, us: int) -> None:  # noqa: A002
        """Take a document away with a revision of its own; the earlier ones can still be read.

        Raises:
            NotFoundError: It is not there.
        """
        ...


def encode_body(kind: str, id: str, body: object) -> bytes:  # noqa: A002
    """Return the body of a document as JSON, its name checked too.

    Raises:
        InputError: It is no map of plain values, or the name cannot be one.
        LimitError: The name is too long.
    """
    check_key(kind, "kind")
    check_key(id, "id")
    try:
        data = msgspec.json.encode(body)
        decode_body(data)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError, RecursionError) as error:
        msg = f"body: expected a map of plain values, received something else: {error}."
        raise InputError(msg, field="body") from error
    return data


def decode_body(data: bytes) -> dict[str, Any]:
    """Return the body that `encode_body` encoded."""
    return msgspec.json.decode(data, type=dict[str, Any])


def check_revision(kind: str, id: str, present: int, if_rev: int | None) -> None:  # noqa: A002
    """Raise `ConflictError` when a revision is not the one that was expected."""
    if if_rev is not None and if_rev != present:
        msg = f'rev: expected revision {if_rev} of {kind} "{id}", it is at {present} now. Read it again.'
        raise ConflictError(msg)


def no_document(kind: str, id: str) -> NotFoundError:  # noqa: A002
    """Return the error for a document that is not there."""
    return NotFoundError(f'No {kind} "{id}" here, or not at that moment or revision.')
