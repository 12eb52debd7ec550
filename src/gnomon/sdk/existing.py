"""Finding a run that exists, to go on with it: in the journals of the home, in its store, or at the server."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gnomon.core import journal
from gnomon.core.errors import GnomonError
from gnomon.core.folder import JournalFile, Listing, journal_root
from gnomon.core.ids import is_id
from gnomon.core.settings import Settings

_ASK_S = 5.0


@dataclass(frozen=True, slots=True)
class Existing:
    """Hold what is known of a run that exists.

    Args:
        id: Run id.
        project: Name of its project.
        name: Its name.
        last_step: Largest step known, -1 when none is.
    """

    id: str
    project: str
    name: str
    last_step: int = -1


def find(wanted: str, project: str, settings: Settings) -> Existing | None:
    """Return the run with this id, or the newest of this name in `project`; `None` when nobody knows it."""
    local = _in_journals(wanted, project, journal_root(settings.home))
    if settings.url is None:
        return local or _in_store(wanted, project, settings.home)
    remote = _at_server(local.id if local else wanted, project, settings)
    if remote is None or local is None:
        return remote or local
    return replace(remote, last_step=max(remote.last_step, local.last_step))  # the rest is still on its way


def _in_journals(wanted: str, project: str, root: Path) -> Existing | None:
    found: dict[str, tuple[int, journal.Open]] = {}
    for file in Listing(root).refresh():
        opened = journal.read_open(file.path)
        if opened is not None and (opened.run == wanted or (opened.project, opened.name) == (project, wanted)):
            found[opened.run] = max(found.get(opened.run, (0, opened)), (opened.us, opened), key=lambda pair: pair[0])
    if not found:
        return None
    run, (_, opened) = max(found.items(), key=lambda item: item[1][0])
    steps = (_last_step(file) for file in Listing(root).refresh() if file.run == run)
    return Existing(run, opened.project, opened.name, max(steps, default=-1))


def _in_store(wanted: str, project: str, home: Path) -> Existing | None:
    if not (home / "store.db").exists():
        return None
    from gnomon.sdk.lab import connect  # noqa: PLC0415 - NumPy and the store are loaded only to ask them

    try:
        with connect(home=home) as lab:
            run = lab.run(wanted if is_id(wanted) else f"{project}/{wanted}")
            return Existing(run.id, run.project, run.name, -1 if run.last_step is None else run.last_step)
    except GnomonError:
        return None


def _last_step(file: JournalFile) -> int:
    """Return the largest step among the last thousand records of a journal, -1 when there is none."""
    try:
        data = file.path.read_bytes()
    except OSError:
        return -1
    starts: deque[int] = deque([0], maxlen=1000)
    while starts[-1] + journal.HEADER.size <= len(data):
        length, _ = journal.HEADER.unpack_from(data, starts[-1])
        starts.append(starts[-1] + journal.HEADER.size + length)
    return max(_steps(data, starts[0]), default=-1)


def _steps(data: bytes, start: int) -> Iterator[int]:
    for record in journal.read(data, start):
        if record.tag == journal.SCALARS:
            yield int.from_bytes(record.fields[1][:8], "little", signed=True)
        elif record.tag == journal.OBJECT:
            yield record.fields[2]


def _at_server(wanted: str, project: str, settings: Settings) -> Existing | None:
    from gnomon.sdk.link import Link  # noqa: PLC0415 - http.client is loaded only to ask a server

    with Link(settings.url or "", settings.token, timeout_s=_ASK_S) as link:
        try:
            if is_id(wanted):
                status, row = link.call("GET", f"/api/v1/runs/{wanted}")
                if status == 200:
                    return _existing(row)
            quoted = wanted.replace("'", "''")
            where = f"attr.name = '{quoted}'"
            query = {"project": project, "where": where, "order": ["-created"], "limit": 1, "archived": True}
            status, answer = link.call("POST", "/api/v1/runs:query", query)
        except GnomonError:
            return None
    rows = answer.get("runs") if status == 200 else None
    return _existing(rows[0]) if rows else None


def _existing(row: dict[str, Any]) -> Existing:
    last = row.get("last_step")
    return Existing(str(row["id"]), str(row["project"]), str(row["name"]), -1 if last is None else int(last))
