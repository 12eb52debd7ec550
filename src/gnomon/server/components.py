"""A project's own components: Python files kept as documents, each version for good, and answers for them."""

import asyncio
import threading
import time
from collections import OrderedDict
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec

from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import (
    BusyError,
    ConflictError,
    GnomonError,
    InputError,
    LimitError,
    NotFoundError,
    UnavailableError,
    UserCodeError,
)
from gnomon.core.limits import check_name
from gnomon.graph.component import Component
from gnomon.graph.document import Graph
from gnomon.graph.own import MAX_CHARS, OWN, Described, Description, check_own_name, described, parts_of, slug, type_of
from gnomon.graph.problem import Problem
from gnomon.graph.registry import row_of
from gnomon.graph.user_code import types_in
from gnomon.server.workers import Workers
from gnomon.store.documents import Document, Documents

KIND: Final = "component"
MAX_COMPONENTS: Final = 500
"""Of all projects together."""
MOST_VERSIONS: Final = 200
"""Of one component so many are told of; older ones still work."""
MOST_ANSWERS: Final = 20_000
DESCRIBE_S: Final = 20.0
ASK_S: Final = 5.0
"""Longest that a component may think about one question."""
WAIT_S: Final = 15.0
"""Longest that an edit waits for an answer: a process may have to start first."""
REST_S: Final = 30.0
"""How long a version that took too long is not asked again."""


@dataclass(frozen=True, slots=True)
class Own:
    """Hold a version of a component.

    Args:
        document: As it lies in the store.
        type: Of its nodes.
        description: What it is.
    """

    document: Document
    type: str
    description: Description

    @property
    def source(self) -> str:
        """The file."""
        found: str = self.document.body["source"]
        return found


class Components:
    """Keep own components, and answer for them from any thread but that of the event loop.

    Args:
        documents: Where they are kept.
        workers: Who runs their files.
        clock: Says when a version is made.
    """

    def __init__(self, documents: Documents, workers: Workers, clock: Clock = now_us) -> None:
        self._documents, self._workers, self._clock = documents, workers, clock
        self._lock = threading.Lock()
        self._writing = asyncio.Lock()
        self._kinds: dict[str, type[Described]] = {}
        self._answers: OrderedDict[tuple[str, bytes], dict[str, Any] | Problem] = OrderedDict()
        self._resting: dict[str, tuple[float, str]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self) -> None:
        """Take the running event loop for the one in which workers are asked."""
        self._loop = asyncio.get_running_loop()

    def listed(self, project: str) -> list[Own]:
        """Return the components of a project by name, each in its newest version."""
        found = [_own(each) for each in self._of(project) if not each.body["gone"]]
        return sorted(found, key=lambda each: each.description.name)

    def get(self, project: str, name: str, version: int | None = None) -> Own:
        """Return a component, in its newest version by default.

        Raises:
            NotFoundError: There is none, or no such version.
        """
        found = self._documents.get(KIND, _id(project, name), rev=version)
        if found.body["gone"]:
            msg = f"There is no component {name} in {project} any more. Its versions still work where nodes name them."
            raise NotFoundError(msg)
        return _own(found)

    def versions(self, project: str, name: str) -> list[Own]:
        """Return the versions of a component, newest first."""
        return self._versions(_id(project, name))

    def _of(self, project: str) -> list[Document]:
        return [each for each in self._documents.list(KIND) if each.body["project"] == project]

    def _versions(self, id_: str) -> list[Own]:
        revisions = self._documents.history(KIND, id_, limit=MOST_VERSIONS)
        found = [self._documents.get(KIND, id_, rev=rev) for rev, _ in revisions]
        return [_own(each) for each in found if not each.body["gone"]]

    async def describe(self, project: str, source: str) -> Description:
        """Return what a file says it is.

        Raises:
            ForbiddenError: Code of users may not run here.
            UserCodeError: The file raises, or its component is none that can be drawn; with the line.
        """
        if len(source) > MAX_CHARS:
            msg = f"source: expected at most {MAX_CHARS} characters, received {len(source)}."
            raise LimitError(msg, field="source")
        asked = {"source": source}
        row = await self._workers.call(
            "own.describe", asked, pool=_pool(slug(project)), timeout_s=DESCRIBE_S, code=True
        )
        return msgspec.convert(row, Description)

    async def save(self, project: str, source: str, name: str | None = None, if_rev: int | None = None) -> Own:
        """Keep a file as the next version of its component; the same file again is the version that it is.

        Args:
            project: Whose it is.
            source: The file.
            name: The component that it must be; by default whatever its class says.
            if_rev: The version that it must follow.

        Raises:
            ConflictError: Another version is there by now.
            InputError: Its class is called otherwise.
            UserCodeError: As of `describe`.
        """
        check_name(project, "project")
        found = await self.describe(project, source)
        check_own_name(found.name)
        if name is not None and found.name != name:
            msg = f"source: expected the class of {name}, received that of {found.name}. Save it as a component of its own."
            raise InputError(msg, field="source")
        async with self._writing:
            return await asyncio.to_thread(self._put, project, source, found, if_rev)

    def _put(self, project: str, source: str, found: Description, if_rev: int | None) -> Own:
        id_ = _id(project, found.name)
        there = next((each for each in self._documents.list(KIND) if each.id == id_), None)
        if there is None and len(self._documents.list(KIND)) >= MAX_COMPONENTS:
            msg = f"source: expected at most {MAX_COMPONENTS} own components. Delete one that nobody needs."
            raise LimitError(msg, field="source")
        if there is not None and there.body["source"] == source and not there.body["gone"]:
            return _own(there)
        if if_rev is not None and if_rev != (there.rev if there else 0):
            msg = f"version: expected to follow version {if_rev}, it is at {there.rev if there else 0} by now. Read it again."
            raise ConflictError(msg)
        body = {
            "project": project,
            "source": source,
            "digest": sha256(source.encode()).hexdigest(),
            "description": msgspec.to_builtins(found),
            "gone": False,
        }
        return _own(self._documents.put(KIND, id_, body, self._clock()))

    def delete(self, project: str, name: str) -> None:
        """Take a component out of the palette; nodes that name a version of it keep working."""
        there = self.get(project, name).document
        self._documents.put(KIND, there.id, {**there.body, "gone": True}, self._clock(), if_rev=there.rev)

    def rows(self, project: str) -> list[dict[str, Any]]:
        """Return what the palette needs to know of a project's components.

        Those that are not offered, older versions and what was taken away, have no category: nodes may be of them.
        """
        newest = {each.type for each in self.listed(project)}
        every = [own for each in self._of(project) for own in self._versions(each.id)]
        every.sort(key=lambda each: (each.description.name, each.type not in newest))
        return [row_of(self._kind(own)) | ({} if own.type in newest else {"category": ""}) for own in every]

    def find(self, type_: str) -> type[Component] | None:
        """Return the component of a type; `None` when there is no such version."""
        known = self._kinds.get(type_)
        if known is not None:
            return known
        parts = parts_of(type_)
        if parts is None:
            return None
        try:
            return self._kind(_own(self._documents.get(KIND, parts[0], rev=parts[1])))
        except NotFoundError:
            return None

    def newest(self, type_: str) -> str:
        """Return the type of the newest version of a component; "" when it is not there any more."""
        parts = parts_of(type_)
        try:
            found = None if parts is None else self._documents.get(KIND, parts[0])
        except NotFoundError:
            return ""
        return "" if found is None or found.body["gone"] else _own(found).type

    def sources(self, graph: Graph) -> dict[str, str]:
        """Return the files of the own components that a graph and the graphs within it use, by type."""
        found = {}
        for type_ in types_in(graph):
            parts = parts_of(type_) if type_.startswith(OWN) else None
            if parts is not None:
                try:
                    found[type_] = self._documents.get(KIND, parts[0], rev=parts[1]).body["source"]
                except NotFoundError:
                    continue
        return found

    def _kind(self, own: Own) -> type[Described]:
        with self._lock:
            found = self._kinds.get(own.type)
            if found is None:
                found = self._kinds[own.type] = described(own.type, own.description, self._ask)
            return found

    def _ask(self, type_: str, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer for a component: from memory, else by asking a worker and waiting for it.

        Raises:
            Problem: The component cannot work with what comes in, or nobody could be asked.
        """
        parts = parts_of(type_)
        assert parts is not None
        document = self._documents.get(KIND, parts[0], rev=parts[1])
        key = (document.body["digest"], msgspec.json.encode([what, asked]))
        with self._lock:
            known = self._answers.get(key)
        if known is None:
            known = self._told(document, what, asked)
            if not (isinstance(known, Problem) and known.is_passing):
                with self._lock:
                    self._answers[key] = known
                    while len(self._answers) > MOST_ANSWERS:
                        self._answers.popitem(last=False)
        if isinstance(known, Problem):
            raise known
        return known

    def _told(self, document: Document, what: str, asked: dict[str, Any]) -> dict[str, Any] | Problem:
        digest = document.body["digest"]
        until, why = self._resting.get(digest, (0.0, ""))
        if time.monotonic() < until:
            return Problem(why, code=Problem.PASSING)
        try:
            return self._call(document, what, asked)
        except UserCodeError as error:
            where = f" (line {error.line} of {document.body['description']['name']})" if error.line else ""
            return Problem(f"Its code raises {error}{where}"[:500], code="E199")
        except (LimitError, FutureTimeoutError) as error:
            return self._rest(digest, f"Its code does not answer: {str(error) or 'it takes too long'}")
        except (UnavailableError, BusyError, CancelledError) as error:
            return self._rest(digest, f"It cannot be asked just now: {error}", seconds=3.0)
        except GnomonError as error:
            return Problem(f"It cannot be asked: {error}"[:500], code=Problem.PASSING)

    def _rest(self, digest: str, why: str, seconds: float = REST_S) -> Problem:
        """Remember for a while that a version does not answer, so that one edit waits for it and not each."""
        self._resting[digest] = time.monotonic() + seconds, why[:500]
        return Problem(why[:500], code=Problem.PASSING)

    def _call(self, document: Document, what: str, asked: dict[str, Any]) -> dict[str, Any]:
        loop = self._loop
        if loop is None or loop.is_closed() or _is_here(loop):
            msg = "no event loop to ask in"
            raise UnavailableError(msg)
        self._workers.check_code()
        params = {"source": document.body["source"], **asked}
        call = self._workers.call(
            f"own.{what}", params, pool=_pool(slug(document.body["project"])), timeout_s=ASK_S, code=True
        )
        future = asyncio.run_coroutine_threadsafe(call, loop)
        try:
            found: dict[str, Any] = future.result(WAIT_S)
        except FutureTimeoutError:
            future.cancel()
            raise
        return found


def _is_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether this thread is that of the loop, where nobody may wait."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _pool(project: str) -> str:
    """Return the process that answers for a project: not that of previews, which may be busy for long."""
    return f"own/{project}"


def _id(project: str, name: str) -> str:
    return f"{slug(project)}.{check_own_name(name)}"


def _own(document: Document) -> Own:
    found = msgspec.convert(document.body["description"], Description)
    return Own(document, type_of(document.body["project"], found.name, document.rev), found)
