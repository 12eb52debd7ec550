"""What travels about saved views."""

import msgspec

from gnomon.server.wire import Wire
from gnomon.store.views import View


class ViewRow(Wire):
    """A saved view: a name for the address of a page; `/p/PROJECT?view=ID` opens it."""

    id: str
    project: str
    name: str
    page: str
    search: str
    rev: int
    created: float
    updated: float


class Views(Wire):
    """The views of a project, by name."""

    views: list[ViewRow]
    cursor: str


class ViewsQuery(Wire):
    """Ask for the views of a project; of all without one."""

    project: str | None = None
    page: str | None = None


class ViewPost(Wire, forbid_unknown_fields=True):
    """A view to be saved; `search` is the query string of the page."""

    project: str
    name: str
    page: str = "runs"
    search: str = ""


class ViewPatch(Wire, forbid_unknown_fields=True):
    """Fields of a view to replace."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    page: str | msgspec.UnsetType = msgspec.UNSET
    search: str | msgspec.UnsetType = msgspec.UNSET


def view_row(view: View) -> ViewRow:
    """Return a saved view, its times in UTC seconds."""
    return ViewRow(
        id=view.id,
        project=view.project,
        name=view.name,
        page=view.page,
        search=view.search,
        rev=view.rev,
        created=view.created_us / 1e6,
        updated=view.updated_us / 1e6,
    )
