"""Data sets of the home: what is stored of them is read here, what looks into data is asked of a worker.

No module that opens tables for the frameworks of data frames is loaded here; the worker of pool `data` runs no user code.
"""

import asyncio
import re
import shutil
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import ConflictError, GnomonError, InputError
from gnomon.models.datasets.registry import DatasetSpec, decode, plain, read_ref
from gnomon.models.datasets.rows import dataset_row, detail_row, version_rows
from gnomon.models.datasets.summaries import Summaries
from gnomon.models.datasets.versions import Version, Versions
from gnomon.server.dataset_paths import UPLOADS, DatasetPaths, only_inside
from gnomon.server.graphs import Graphs
from gnomon.server.revisions import RevisionError
from gnomon.server.settings import ServerSettings
from gnomon.server.workers import Workers
from gnomon.store.home import Home
from gnomon.store.query import RunQuery

POOL: Final = "data"
_LOOK_S: Final = 120.0
_HASH_S: Final = 1800.0
_MOST_PROFILES: Final = 64
_PAGE: Final = 1000
_UNWANTED_S: Final = 24 * 3600.0
"""A tab that was closed, or a machine that went to sleep, leaves what it brought; nobody comes back to it later."""

Row = dict[str, Any]


class Datasets:
    """Answer about data sets. Use it from one event loop.

    Args:
        home: The open home.
        settings: Which paths may be opened.
        workers: Who opens them.
        graphs: Graphs that name them.
        versions: The data sets of the home.
    """

    def __init__(
        self, home: Home, settings: ServerSettings, workers: Workers, graphs: Graphs, versions: Versions
    ) -> None:
        self.versions = versions
        self.summaries = Summaries(versions)
        self.paths = DatasetPaths(home.path, settings)
        self._home, self._workers, self._graphs = home, workers, graphs
        self._profiles: OrderedDict[tuple[str, str], Row] = OrderedDict()

    def listed(self) -> list[Row]:
        """Return all, newest first."""
        runs, graphs = self._counts()
        return [dataset_row(each) | _used(each, runs, graphs) for each in self.versions.listed()]

    def detail(self, version: Version) -> Row:
        """Return all that is stored of a version."""
        runs, graphs = self._counts()
        return detail_row(version) | _used(version, runs, graphs)

    def get(self, name: str, version: str | None = None) -> Version:
        """Return a version, by number or digest.

        Raises:
            NotFoundError: There is none.
        """
        return self.versions.get(read_ref(f"{name}@{version}" if version else name))

    def opened(self, ref: str) -> Row:
        """Return the description of a version as workers take it, of a path that may be opened.

        Raises:
            NotFoundError: There is none.
            ForbiddenError: It lies where this server may not look.
        """
        return self._opened(self.versions.get(read_ref(ref)).spec)

    def history(self, name: str) -> list[Row]:
        """Return the versions of one, newest first."""
        return version_rows(self.versions.history(name))

    async def register(self, name: str, path: str, wishes: Row, note: str) -> tuple[Version, bool]:
        """Keep what lies at a path; a name that is there gets a new version when the data are others."""
        there = {each.spec.name: each for each in await asyncio.to_thread(self.versions.listed)}.get(name)
        before = there.spec if there is not None else None
        return await self._save(name, self.paths.checked(path), wishes, before, note, None)

    async def edit(self, name: str, path: str | None, wishes: Row, note: str, if_rev: int | None) -> Version:
        """Change what is said of one.

        Raises:
            RevisionError: It has another revision by now.
        """
        before = await asyncio.to_thread(self.get, name)
        if if_rev is not None and before.rev != if_rev:
            msg = f'rev: expected revision {if_rev} of dataset "{name}", it is at {before.rev} now. Read it again.'
            raise RevisionError(msg)
        place = self.paths.checked(path if path is not None else before.spec.path)
        made, _ = await self._save(name, place, wishes, before.spec, note, before.rev)
        return made

    async def delete(self, name: str, if_rev: int | None) -> None:
        """Take one out of the list.

        Raises:
            RevisionError: It has another revision by now.
        """
        try:
            await asyncio.to_thread(self.versions.delete, name, if_rev)
        except ConflictError as error:
            raise RevisionError(str(error)) from None

    def discard(self, path: str) -> None:
        """Remove what was uploaded and is not wanted.

        Raises:
            ForbiddenError: The path is of no upload.
            NotFoundError: It is not there.
            ConflictError: A data set was made of it.
        """
        folder = self.paths.upload_of(path)
        if names := self.versions.within(folder):
            msg = f'path: expected an upload that no data set needs, and "{names[0]}" was made of this one. Keep it.'
            raise ConflictError(msg)
        shutil.rmtree(folder)

    def tidy(self, age_s: float = _UNWANTED_S) -> list[Path]:
        """Remove uploads of at least this age that nothing was made of; return their folders."""
        old = [
            each for each in self.paths.uploads_before(time.time() - age_s) if not self.versions.within(each.resolve())
        ]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        return old

    async def look(self, asked: Row) -> Row:
        """Return what would be registered."""
        return await self._ask("data.look", asked | {"path": self.paths.checked(asked["path"])}, _LOOK_S)

    async def sample(self, name: str | None, asked: Row) -> Row:
        """Return values before and after."""
        if name is not None:
            spec = (await asyncio.to_thread(self.get, name)).spec
            return await self._ask("data.sample", asked | {"spec": self._opened(spec)}, _LOOK_S)
        if asked.get("path") is None:
            msg = "path: expected the path of data, or the name of a data set, received neither."
            raise InputError(msg, field="path")
        return await self._ask("data.sample", asked | {"path": self.paths.checked(asked["path"])}, _LOOK_S)

    async def profile(self, version: Version) -> Row:
        """Return what a version holds; what was found of one stays so."""
        key = version.spec.ref, version.spec.path
        if key not in self._profiles:
            self._profiles[key] = await self._ask("data.profile", {"spec": self._opened(version.spec)}, _HASH_S)
            while len(self._profiles) > _MOST_PROFILES:
                self._profiles.popitem(last=False)
        return self._profiles[key]

    async def rows(self, version: Version, asked: Row) -> Row:
        """Return some rows of a version."""
        return await self._ask("data.rows", asked | {"spec": self._opened(version.spec)}, _HASH_S)

    async def unpacked(self, file: Path, free_bytes: int) -> tuple[Path, int, int]:
        """Unpack an archive beside itself and remove it; return where its content lies, how many files, how many bytes."""
        folder = file.parent / file.stem
        asked = {"file": str(file), "folder": str(folder), "free_bytes": free_bytes}
        found = await self._workers.call("data.unpack", asked, pool=POOL, timeout_s=_HASH_S)
        await asyncio.to_thread(file.unlink)
        return only_inside(folder), found["files"], found["size_bytes"]

    async def windows(self, path: str, wanted: Row, name: str) -> Row:
        """Cut a series into windows; return where they lie, in a folder as of an upload, and what was cut."""
        file = self.paths.new_upload(f"{name or Path(path).stem}-windows.npz")
        try:
            asked = {"path": self.paths.checked(path), "windows": wanted, "file": str(file)}
            found = await self._ask("data.windows", asked, _HASH_S)
        except BaseException:
            await asyncio.to_thread(self.paths.discard, file)
            raise
        return {"path": str(file), "size_bytes": file.stat().st_size, **found}

    def uses(self, name: str) -> Row:
        """Return the runs and graphs that name a version of one."""
        known = {each["digest"]: each["number"] for each in self.history(name)}
        runs = [
            {"project": run.project, "id": run.id, "name": run.name, **_named(ref, known)}
            for run, ref in self._runs(f"{name}@")
        ]
        graphs = [
            {"project": body["project"], "id": id_, "name": body["name"], **_named(ref, known)}
            for id_, body, ref in self._named_by_graphs()
            if ref.partition("@")[0] == name
        ]
        return {"runs": runs, "graphs": graphs}

    async def _save(
        self, name: str, path: str, wishes: Row, before: DatasetSpec | None, note: str, if_rev: int | None
    ) -> tuple[Version, bool]:
        asked = {"path": path, "name": name, "wishes": wishes, "before": plain(before) if before is not None else None}
        found = await self._ask("data.describe", asked, _HASH_S)
        try:
            return await asyncio.to_thread(self.versions.save, decode(found["spec"]), note, found["facts"], if_rev)
        except ConflictError as error:
            raise RevisionError(str(error)) from None

    async def _ask(self, method: str, asked: Row, timeout_s: float) -> Row:
        try:
            return await self._asked(method, asked, timeout_s)
        except GnomonError as error:
            # Where an upload lies is the server's business; whoever sent it knows it by its name.
            uploads = re.escape(str(self._home.path / UPLOADS))
            error.args = (re.sub(rf"{uploads}/[0-9a-f]{{16}}/", "", str(error)),)
            raise

    async def _asked(self, method: str, asked: Row, timeout_s: float) -> Row:
        found: Row = await self._workers.call(
            method, asked | {"home": str(self._home.path)}, pool=POOL, timeout_s=timeout_s
        )
        return found

    def _opened(self, spec: DatasetSpec) -> Row:
        self.paths.checked(spec.path)  # it may have been registered where any path may be named
        return plain(spec)

    def _counts(self) -> tuple[Counter[str], Counter[str]]:
        runs = Counter(ref.partition("@")[0] for _, ref in self._runs(""))
        return runs, Counter(ref.partition("@")[0] for _, _, ref in self._named_by_graphs())

    def _runs(self, beginning: str) -> list[tuple[Any, str]]:
        found: list[tuple[Any, str]] = []
        # In a pattern, `_` stands for any character, so that names are looked at once more.
        where = f"config.dataset LIKE '{beginning}%'"
        first = 0
        while True:
            query = RunQuery(where=where, columns=("config.dataset",), offset=first, limit=_PAGE, lenient=True)
            page = self._home.table.query(query)
            named = zip(page.runs, page.columns["config.dataset"], strict=True)
            found += [(run, ref) for run, ref in named if ref.startswith(beginning) and "@" in ref]
            first += len(page.runs)
            if len(page.runs) < _PAGE:
                return found

    def _named_by_graphs(self) -> list[tuple[str, Mapping[str, Any], str]]:
        found: list[tuple[str, Mapping[str, Any], str]] = []
        for document in self._graphs.listed():
            text = document.body["graph"]
            if '"dataset"' not in text:
                continue
            ref = msgspec.json.decode(text.encode()).get("data", {}).get("dataset")
            if isinstance(ref, str):
                found.append((document.id, document.body, ref))
        return found


def _used(version: Version, runs: Counter[str], graphs: Counter[str]) -> dict[str, int]:
    return {"runs": runs[version.spec.name], "graphs": graphs[version.spec.name]}


def _named(ref: str, known: Mapping[str, int]) -> Row:
    digest = ref.partition("@")[2]
    return {"digest": digest, "version": known.get(digest)}
