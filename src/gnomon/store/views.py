"""Saved views: a name for the address of a page, kept as documents of kind `view`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import ConflictError, InputError, LimitError
from gnomon.core.ids import writer_id
from gnomon.core.limits import check_name
from gnomon.store.documents import Document, Documents

KIND: Final = "view"
MAX_VIEWS: Final = 500
MAX_SEARCH_CHARS: Final = 16_384
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class View:
    """Hold a saved view; times are in microseconds since 1970.

    Args:
        id: Its name in addresses.
        project: Project it belongs to.
        name: What people call it.
        page: Which page it is of: `runs leaderboard …`.
        search: The query string of that page.
        rev: Its revision.
        created_us: When it was made.
        updated_us: When it was last changed.
    """

    id: str
    project: str
    name: str
    page: str
    search: str
    rev: int
    created_us: int
    updated_us: int


class SavedViews:
    """Read and change saved views.

    Args:
        documents: Where they are kept.
        clock: Says when a change is made.
        make_id: Draws the id of a new one.
    """

    def __init__(self, documents: Documents, clock: Clock = now_us, make_id: Callable[[], str] = writer_id) -> None:
        self._documents = documents
        self._clock = clock
        self._make_id = make_id

    def list(self, project: str | None = None, page: str | None = None) -> list[View]:
        """Return the views of a project (of all, without one) and a page, by name."""
        found = [_view(each) for each in self._documents.list(KIND)]
        kept = [v for v in found if project in (None, v.project) and page in (None, v.page)]
        return sorted(kept, key=lambda view: (view.name.casefold(), view.created_us, view.id))

    def create(self, project: str, name: str, page: str = "runs", search: str = "") -> View:
        """Save a view.

        Raises:
            InputError: A field is not what it should be.
            LimitError: The project has too many.
        """
        check_name(project, "project")
        body = _body({"project": project, "name": name, "page": page, "search": search})
        if len(self.list(project)) >= MAX_VIEWS:
            msg = f"views: expected at most {MAX_VIEWS} in a project. Delete one first."
            raise LimitError(msg, field="project")
        return _view(self._documents.put(KIND, self._make_id(), body, self._clock(), if_rev=0))

    def update(self, view: str, fields: dict[str, Any], if_rev: int | None = None) -> View:
        """Replace `name`, `page` or `search` of a view.

        Raises:
            NotFoundError: There is none of that id.
            ConflictError: It is not at `if_rev` any more.
        """
        for _ in range(_TRIES):
            found = self._documents.get(KIND, view)
            body = _body({**found.body, **fields})
            try:
                return _view(self._documents.put(KIND, view, body, self._clock(), if_rev=if_rev or found.rev))
            except ConflictError:
                if if_rev is not None:
                    raise
        msg = f'view "{view}": it is being changed by others. Try again.'
        raise ConflictError(msg)

    def delete(self, view: str) -> None:
        """Take a view away."""
        self._documents.delete(KIND, view, self._clock())


def _body(body: dict[str, Any]) -> dict[str, Any]:
    check_name(body["name"], "name")
    check_name(body["page"], "page")
    if len(body["search"]) > MAX_SEARCH_CHARS:
        msg = f"search: expected at most {MAX_SEARCH_CHARS} characters, received {len(body['search'])}."
        raise InputError(msg, field="search")
    return body | {"search": body["search"].removeprefix("?")}


def _view(document: Document) -> View:
    body = document.body
    return View(
        document.id, body["project"], body["name"], body["page"], body["search"], document.rev, document.created_us,
        document.us,
    )  # fmt: skip
