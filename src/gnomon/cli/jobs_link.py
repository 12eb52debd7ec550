"""The server that runs jobs, as the command line speaks to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import click
from click.shell_completion import CompletionItem

from gnomon.core.errors import ForbiddenError, InputError, NotFoundError, UnavailableError
from gnomon.core.settings import Settings

if TYPE_CHECKING:
    from gnomon.sdk.link import Link

_LEAST: Final = 4
"""Of the end of an id so many characters are wanted."""
_NOBODY: Final = (
    "No server runs on {home}, and jobs need one: it keeps the queue and starts them. Start it with: gnomon up"
    "{more}. Jobs that run go on without it; their folders are in {home}/jobs."
)


class JobsLink:
    """Ask a server about jobs.

    Args:
        link: To it.
    """

    def __init__(self, link: "Link") -> None:
        self._link = link

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return what the server answers.

        Raises:
            GnomonError: It refuses.
        """
        from gnomon.sdk.lab_remote import refuse

        status, found = self._link.call(method, f"/api/v1{path}", body)
        if status == 403 and "--allow-code" in str(found.get("detail")):
            raise ForbiddenError(found["detail"])
        if status >= 300:
            refuse(status, found)
        return found

    def rows(self, project: str | None = None) -> list[dict[str, Any]]:
        """Return the jobs there are."""
        asked = {"limit": 10_000} | ({} if project is None else {"project": project})
        found: list[dict[str, Any]] = self.ask("GET", f"/jobs?{urlencode(asked)}")["jobs"]
        return found

    def find(self, wanted: str) -> str:
        """Return the id of a job that is named by it, by the end of it, or by a name that only one has.

        Raises:
            NotFoundError: There is none.
            InputError: There are several.
        """
        rows = self.rows()
        named = [row["id"] for row in rows if wanted in {row["name"], f"{row['project']}/{row['name']}"}]
        ending = [row["id"] for row in rows if len(wanted) >= _LEAST and row["id"].endswith(wanted)]
        for found in ([row["id"] for row in rows if row["id"] == wanted], named, ending):
            if len(found) > 1:
                msg = f"job: {len(found)} jobs are called {wanted!r:.80}: {', '.join(found[:5])}. Name one by its id."
                raise InputError(msg, field="job")
            if found:
                return str(found[0])
        msg = f"There is no job {wanted!r:.80}. `gnomon jobs ls` lists them."
        raise NotFoundError(msg)

    def order(self, job: str, do: str) -> dict[str, Any]:
        """Give a job an order; return how it is."""
        return self.ask("POST", f"{path(job)}:{do}", {})


def path(job: str) -> str:
    """Return where a job is found."""
    return f"/jobs/{quote(job, safe='')}"


@contextmanager
def server_of(home: Path | None) -> Iterator[JobsLink]:
    """Yield the server of a home, or the one that GNOMON_URL names.

    Raises:
        UnavailableError: There is none.
    """
    from gnomon.sdk.link import Link
    from gnomon.store.lock import holder

    settings = Settings.from_env(home)
    url = settings.url if home is None else None
    if url is None:
        owner = holder(settings.home)
        url = None if owner is None else owner.url
    if url is None:
        more = "" if home is None else f" --home {home}"
        raise UnavailableError(_NOBODY.format(home=settings.home, more=more))
    with Link(url, settings.token) as link:
        yield JobsLink(link)


def complete_job(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Suggest the jobs there are, by id, told by name and state."""
    try:
        with server_of(ctx.params.get("home")) as server:
            rows = server.rows()
    except Exception:  # noqa: BLE001 - between two keystrokes there is nobody to read an error
        return []
    found = [CompletionItem(row["id"], help=f"{row['name']}, {row['state']}") for row in rows]
    found += [CompletionItem(row["name"], help=row["state"]) for row in rows]
    return [item for item in found if item.value.startswith(incomplete)]
