"""Graphs as documents: every change is a revision that holds the graph and the operations that made it.

Those edited lately stay decoded in memory with what was inferred of them, so that an edit costs what it changes.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import ConflictError, InputError, LimitError, NotFoundError
from gnomon.core.ids import run_id
from gnomon.core.limits import check_name
from gnomon.graph.between import between
from gnomon.graph.columns import DataSummary
from gnomon.graph.document import MAX_BYTES, Graph, decode, encode
from gnomon.graph.document import check_name as check_line
from gnomon.graph.in_step import in_step
from gnomon.graph.infer import Cache
from gnomon.graph.own import is_own
from gnomon.graph.patch import apply
from gnomon.graph.study import Studied, Study
from gnomon.graph.words import in_words
from gnomon.server.revisions import GraphRevisionError, RevisionError
from gnomon.store.bus import Bus, DocumentEdited
from gnomon.store.documents import Document, Documents

KIND: Final = "graph"
MAX_GRAPHS: Final = 2000
MOST_OPEN: Final = 32
MOST_OPEN_NODES: Final = 20_000
MOST_ANSWERS: Final = 30_000
"""Of components that are kept for all graphs together; all of this is some 60 MB at most."""
MAX_LABEL: Final = 256
MOST_EDITS: Final = 200
"""Whoever is further behind reads the graph anew."""

Op = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sender:
    """Tell who changes a graph (`by`), what they call the change (`token`), and what history calls it (`label`)."""

    by: str = ""
    token: str = ""
    label: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """As they are stored and sent."""
        return {"by": self.by, "token": self.token, "label": self.label}


@dataclass(frozen=True, slots=True)
class Stored:
    """Hold a revision of a graph.

    Args:
        document: As it lies in the store.
        graph: Decoded.
        found: What is known of it.
    """

    document: Document
    graph: Graph
    found: Studied


@dataclass(frozen=True, slots=True)
class Edit:
    """Hold what made a revision; `document` is `None` for one that is a deletion or is no longer kept."""

    rev: int
    us: int
    document: Document | None

    @property
    def ops(self) -> list[dict[str, Any]] | None:
        """Operations that made it of the revision before; `None` when it must be read anew."""
        return None if self.document is None else self.document.body["ops"]


DataOf = Callable[[Graph], DataSummary | str | None]
Span = tuple[int, int]
"""When something began and when it last changed, microseconds since 1970."""


@dataclass(slots=True)
class _Open:
    """A graph in memory: `lock` is held while it changes, so that changes come, and are told, one after another."""

    study: Study
    lock: threading.Lock = field(default_factory=threading.Lock)
    stored: Stored | None = None


class Graphs:
    """Read and change graphs. Safe to call from several threads.

    Args:
        documents: Where they are kept.
        bus: Who hears of edits.
        clock: Says when a change is made.
        data_of: Tells what is known of the data set of a graph.
    """

    def __init__(self, documents: Documents, bus: Bus, clock: Clock = now_us, data_of: DataOf = lambda _: None) -> None:
        self._data_of = data_of
        self._documents = documents
        self._bus = bus
        self._clock = clock
        self._lock = threading.Lock()
        self._naming = threading.Lock()
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._cache = Cache(MOST_ANSWERS)
        self._changes = 0
        self._projects: tuple[int, Mapping[str, Span]] = (-1, {})

    def listed(self, project: str | None = None) -> list[Document]:
        """Return the graphs of a project, or all, the one that changed last in front."""
        found = self._documents.list(KIND)
        kept = [each for each in found if project is None or each.body["project"] == project]
        return sorted(kept, key=lambda each: (-each.us, each.id))

    def projects(self) -> Mapping[str, Span]:
        """Return the projects that have graphs, with when the first was made and the last changed."""
        changes = self._changes  # one that comes while we read makes us read again
        if self._projects[0] != changes:
            found: dict[str, Span] = {}
            for each in self._documents.list(KIND):
                first, last = found.get(each.body["project"], (each.created_us, each.us))
                found[each.body["project"]] = min(first, each.created_us), max(last, each.us)
            self._projects = changes, found
        return self._projects[1]

    def create(self, project: str, name: str, graph: Graph, by: Sender) -> tuple[Stored, bool]:
        """Return the graph of a name in a project, made of a document when there is none, and whether it was made."""
        check_name(project, "project")
        graph = msgspec.structs.replace(graph, name=_named_well(name))
        with self._naming:
            there = self._documents.list(KIND)
            known = _named(there, project, name)
            if known is not None:
                return self.get(known.id), False
            if len(there) >= MAX_GRAPHS:
                msg = f"name: expected at most {MAX_GRAPHS} graphs. Delete one that nobody needs."
                raise LimitError(msg, field="name")
            id_ = run_id(self._clock)
            opened = self._opened(id_)
            with opened.lock:
                return self._put(id_, opened, project, graph, None, by, if_rev=0), True

    def get(self, id_: str, rev: int | None = None) -> Stored:
        """Return a graph as it is, or one of its revisions.

        Raises:
            NotFoundError: There is none, or it was deleted.
        """
        if rev is not None:
            document = self._document(id_, rev)
            graph = graph_of(document)
            return Stored(document, graph, Study(self._cache).of(graph, self._data_of(graph)))
        opened = self._opened(id_)
        with opened.lock:
            found = self._present(id_, opened)
            if any(is_own(node.type) for node in found.graph.nodes):  # what they are may be told anew by now
                found = opened.stored = Stored(
                    found.document, found.graph, opened.study.of(found.graph, self._data_of(found.graph))
                )
            return found

    def patch(self, id_: str, rev: int, ops: Sequence[Op], by: Sender) -> tuple[Stored, list[dict[str, Any]]]:
        """Apply operations to the revision they were meant for; return the graph, and what was done beyond them.

        Raises:
            GraphRevisionError: It has another revision by now.
            InputError: An operation cannot be applied; none is.
        """
        opened = self._opened(id_)
        with opened.lock:
            before = self._present(id_, opened)
            if before.document.rev != rev:
                raise _late(before.document, rev)
            after, _ = apply(before.graph, ops)
            self._check_name(before, after)
            added = in_step(before.graph, after, ops)
            if added:
                after, _ = apply(after, added)
            return self._put(id_, opened, before.document.body["project"], after, [*ops, *added], by, rev), added

    def restore(self, id_: str, rev: int | None, by: Sender) -> Stored:
        """Make an earlier revision the present one, as a revision of its own; by default the last before it was deleted.

        Raises:
            NotFoundError: There is no such revision, or it is not kept any more.
        """
        old = self._document(id_, rev if rev is not None else self._last(id_))
        graph = graph_of(old)
        opened = self._opened(id_)
        by = Sender(by.by, by.token, by.label or f"Restored revision {old.rev}")
        with opened.lock:
            try:
                before = self._present(id_, opened)
            except NotFoundError:
                self._check_free(old.body["project"], graph.name)
                return self._put(id_, opened, old.body["project"], graph, None, by, if_rev=0)
            ops = between(before.graph, graph)
            if not ops:
                return before
            after, _ = apply(before.graph, ops)
            self._check_name(before, after)
            return self._put(id_, opened, old.body["project"], after, ops, by, before.document.rev)

    def delete(self, id_: str, if_rev: int | None = None) -> None:
        """Take a graph away; its revisions stay, and `restore` brings it back."""
        opened = self._opened(id_)
        with opened.lock:
            before = self._present(id_, opened).document
            if if_rev is not None and before.rev != if_rev:
                raise RevisionError(str(_late(before, if_rev)))
            self._documents.delete(KIND, id_, max(self._clock(), before.us))
            opened.stored = None
            self._changes += 1
            self._bus.publish([DocumentEdited(KIND, id_, before.rev + 1, None, Sender().fields, deleted=True)])

    def edits(self, id_: str, since: int) -> list[Edit]:
        """Return what came after a revision, oldest first; only the newest edit when that is too much."""
        with self._opened(id_).lock:
            newest = self._revisions(id_, 1)[0]
            if since > newest[0]:
                msg = f"since: expected a revision up to {newest[0]}, received {since}. Read the graph anew."
                raise InputError(msg, field="since")
            rows = (
                []
                if since == newest[0]
                else self._revisions(id_, newest[0] - since if newest[0] - since <= MOST_EDITS else 1)
            )
        found = [self._edit(id_, rev, us) for rev, us in reversed(rows)]
        if found and found[0].rev != since + 1:
            return [Edit(found[-1].rev, found[-1].us, None)]
        return found

    def history(self, id_: str, limit: int, before: int | None = None) -> Iterator[Edit]:
        """Yield the revisions of a graph, newest first.

        Raises:
            NotFoundError: There never was one.
        """
        for rev, us in self._revisions(id_, limit, before):
            yield self._edit(id_, rev, us)

    def pair(self, id_: str, first: int, second: int | None) -> tuple[Document, Document]:
        """Return two revisions, the present one when the second is not told."""
        return self._document(id_, first), self._document(id_, second)

    def _opened(self, id_: str) -> _Open:
        with self._lock:
            opened = self._open.get(id_)
            if opened is None:
                opened = self._open[id_] = _Open(Study(self._cache))
            self._open.move_to_end(id_)
            self._close_some()
            return opened

    def _close_some(self) -> None:
        """Forget those that nobody touched for longest. One that is being changed stays: its lock is what orders changes."""
        nodes = {id_: len(each.stored.graph.nodes) if each.stored else 0 for id_, each in self._open.items()}
        total = sum(nodes.values())
        for id_ in list(self._open)[:-1]:
            if len(self._open) <= MOST_OPEN and total <= MOST_OPEN_NODES:
                return
            if not self._open[id_].lock.locked():
                del self._open[id_]
                total -= nodes[id_]

    def _present(self, id_: str, opened: _Open) -> Stored:
        if opened.stored is None:
            document = self._document(id_)
            graph = graph_of(document)
            opened.stored = Stored(document, graph, opened.study.of(graph, self._data_of(graph)))
        return opened.stored

    def _put(
        self,
        id_: str,
        opened: _Open,
        project: str,
        graph: Graph,
        ops: list[Any] | None,
        by: Sender,
        if_rev: int,
    ) -> Stored:
        data = encode(graph)
        if len(data) > MAX_BYTES:
            msg = (
                f"graph: expected at most {MAX_BYTES} bytes, it would have {len(data)}. Split it, or shorten its code."
            )
            raise LimitError(msg, field="graph")
        found = opened.study.of(graph, self._data_of(graph))
        body: dict[str, Any] = {
            "project": project,
            "name": graph.name,
            "target": graph.target,
            "nodes": len(graph.nodes),
            "graph": data.decode(),
            "ops": ops,
            "changed": "" if ops is None else in_words(ops),
            "params": found.report.totals.params,
            "sha": graph.sha,
            **by.fields,
        }
        try:
            document = self._documents.put(KIND, id_, body, self._clock(), if_rev=if_rev, by=by.by)
        except ConflictError:  # another process, or one that held a lock of before this was forgotten
            opened.stored = None
            raise _late(self._document(id_), if_rev) from None
        opened.stored = Stored(document, graph, found)
        self._changes += 1
        size = 0 if ops is None else len(msgspec.json.encode(ops))
        self._bus.publish([DocumentEdited(KIND, id_, document.rev, document.body["ops"], by.fields, size)])
        return opened.stored

    def _check_name(self, before: Stored, after: Graph) -> None:
        if after.name != before.graph.name:
            self._check_free(before.document.body["project"], _named_well(after.name))

    def _check_free(self, project: str, name: str) -> None:
        if _named(self._documents.list(KIND), project, name) is not None:
            msg = f"name: expected a name that no other graph of {project!r:.80} has, received {name!r:.80}."
            raise InputError(msg, field="name")

    def _document(self, id_: str, rev: int | None = None) -> Document:
        try:
            return self._documents.get(KIND, id_, rev=rev)
        except (NotFoundError, InputError, LimitError):
            raise _missing(id_, rev) from None

    def _last(self, id_: str) -> int:
        """Return the newest revision that is no deletion."""
        for edit in self.history(id_, 2):
            if edit.document is not None:
                return edit.rev
        raise _missing(id_, None)

    def _revisions(self, id_: str, limit: int, before: int | None = None) -> list[tuple[int, int]]:
        found = self._documents.history(KIND, id_, limit=limit, before_rev=before)
        if not found and before is None:
            raise _missing(id_, None)
        return found

    def _edit(self, id_: str, rev: int, us: int) -> Edit:
        try:
            return Edit(rev, us, self._documents.get(KIND, id_, rev=rev))
        except NotFoundError:
            return Edit(rev, us, None)


def _named_well(name: str) -> str:
    """Return a name that a document and a graph can have."""
    return check_line(check_name(name))


def cut(label: str) -> str:
    """Return a label as history keeps it: one that names many nodes is no reason to refuse what was done to them."""
    return label if len(label) <= MAX_LABEL else f"{label[: MAX_LABEL - 1]}…"


def graph_of(revision: Document) -> Graph:
    """Return the graph of a revision. It is stored as text: lists of graphs need not decode what they do not show."""
    return decode(revision.body["graph"].encode())


def _named(there: list[Document], project: str, name: str) -> Document | None:
    return next((d for d in there if d.body["project"] == project and d.body["name"] == name), None)


def _late(document: Document, rev: int) -> GraphRevisionError:
    msg = (
        f"rev: the patch was made on revision {rev} of graph {document.id}, which is at {document.rev} now. "
        f"GET /api/v1/graphs/{document.id}/ops?since={rev} tells what came between."
    )
    return GraphRevisionError(msg, rev=document.rev)


def _missing(id_: str, rev: int | None) -> NotFoundError:
    back = f"POST /api/v1/graphs/{id_:.40}:restore brings back one that was deleted"
    return NotFoundError(f"There is no graph {id_!r:.80}{'' if rev is None else f' at revision {rev}'}; {back}.")
