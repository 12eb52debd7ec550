"""Exports of versions: made by a worker, kept beside the version, known by documents of kind `model_export`."""

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.clock import now_us
from gnomon.core.errors import ConflictError, GnomonError, NotFoundError
from gnomon.models.exporters import catalog
from gnomon.models.registry import files
from gnomon.models.registry.exported import EXPORTED, folder_of_exports, last_test
from gnomon.models.registry.record import FileEntry, Version
from gnomon.models.registry.registry import Registry
from gnomon.models.testing.keep import own_data
from gnomon.server.datasets import Datasets
from gnomon.server.workers import Workers
from gnomon.store.bus import DocumentChanged
from gnomon.store.home import Home

_TIMEOUT_S: Final = 900.0
_POOL: Final = "export"


@dataclass(slots=True)
class Making:
    """How far an export is.

    Args:
        format: What is made.
        us: Since when it is asked for.
        share: From 0 to 1; `None` while it waits for others.
        text: What is done, in a few words.
        task: What makes it.
    """

    format: str
    us: int
    share: float | None = None
    text: str = "waiting"
    task: "asyncio.Task[dict[str, Any]] | None" = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an export that was asked for is not there, and since when."""

    format: str
    us: int
    message: str


@dataclass(frozen=True, slots=True)
class Exports:
    """Make and find exports. Use it from one event loop.

    Args:
        home: The home.
        models: The registry.
        datasets: Knows which data may be opened.
        workers: Who makes them.
    """

    home: Home
    models: Registry
    datasets: Datasets
    workers: Workers
    _making: dict[str, Making] = field(default_factory=dict)
    _failed: dict[str, Failure] = field(default_factory=dict)

    async def make(self, name: str, ref: str, form: str) -> dict[str, Any]:
        """Export a version and return what is known of it; who goes away meanwhile does not stop it.

        Raises:
            NotFoundError: There is no such version.
            InputError: It is of a format that cannot be exported, or cannot be written in this one.
            MissingExtraError: A package is not installed.
            StoreError: The disk is full.
            ConflictError: Somebody deleted it while it was made.
        """
        task = self.begin(name, ref, form)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            msg = f"format: the export of {name}@{ref} as {form} was deleted before it was done. Ask for it again."
            raise ConflictError(msg) from None

    def begin(self, name: str, ref: str, form: str) -> "asyncio.Task[dict[str, Any]]":
        """Begin to export a version; one of the same format that is there is replaced once the new one is whole.

        Raises:
            NotFoundError: There is no such version.
            InputError: It is of a format that cannot be exported.
            MissingExtraError: A package is not installed.
        """
        version = self.models.version(name, ref)
        found = catalog.find(form)
        catalog.check(found, version.format, [file.path for file in version.files])
        id_ = _id(name, version.number, form)
        making = self._making.get(id_)
        if making is None or making.task is None:
            making = self._making[id_] = Making(form, now_us())
            self._failed.pop(id_, None)
            making.task = asyncio.create_task(self._make(name, version, found, making))
            making.task.add_done_callback(lambda task: None if task.cancelled() else task.exception())
            self._tell(id_)
        assert making.task is not None
        return making.task

    def under_way(self, name: str, ref: str) -> tuple[list[Making], list[Failure]]:
        """Return what is being made of a version, and what could not be made since the server started.

        Raises:
            NotFoundError: There is no such version.
        """
        begin = _id(name, self.models.version(name, ref).number, "")
        making = [each for id_, each in self._making.items() if id_.startswith(begin)]
        return making, [each for id_, each in self._failed.items() if id_.startswith(begin)]

    def listed(self, name: str, ref: str) -> list[tuple[int, dict[str, Any]]]:
        """Return when each export of a version was made, and what is known of it.

        Raises:
            NotFoundError: There is no such version.
        """
        number = self.models.version(name, ref).number
        found = [each for each in self.home.documents.list(EXPORTED) if each.body["model"] == name]
        return [(each.us, each.body) for each in found if each.body["version"] == number]

    def file(self, name: str, ref: str, form: str, path: str) -> tuple[Path, FileEntry]:
        """Return a file of an export.

        Raises:
            NotFoundError: There is none.
            InputError: The path leads elsewhere.
        """
        number = self.models.version(name, ref).number
        entry = next((each for each in self._entries(name, number, form) if each.path == files.check_path(path)), None)
        found = self.folder(name, number) / form / path
        if entry is None or found.is_symlink() or not found.is_file():
            msg = f"path: the {form} of {name}@{number} has no file {path!r:.80}."
            raise NotFoundError(msg)
        return found, entry

    def files(self, name: str, ref: str, form: str) -> tuple[str, list[tuple[str, Path]]]:
        """Return what to call an export, and its files by their path within it.

        Raises:
            NotFoundError: There is none.
        """
        number = self.models.version(name, ref).number
        found = [
            (each.path, self.file(name, str(number), form, each.path)[0]) for each in self._entries(name, number, form)
        ]
        return f"{name}-{number}-{form}", found

    async def delete(self, name: str, ref: str, form: str) -> None:
        """Delete an export; one that is being made is not made any longer, and what was there before it stays.

        Raises:
            NotFoundError: There is none.
        """
        number = self.models.version(name, ref).number
        making = self._making.get(_id(name, number, form))
        if making is not None and making.task is not None:
            making.task.cancel()
            return
        failed = self._failed.pop(_id(name, number, form), None)
        try:
            self._body(name, number, form)
        except NotFoundError:
            if failed is None:
                raise
            self._tell(_id(name, number, form))
            return
        await asyncio.to_thread(self.home.documents.delete, EXPORTED, _id(name, number, form), now_us())
        await asyncio.to_thread(shutil.rmtree, self.folder(name, number) / form, ignore_errors=True)

    def folder(self, name: str, number: int) -> Path:
        """Return where the exports of a version lie."""
        return folder_of_exports(self.home.path, name, number)

    def forget(self, name: str, version: Version) -> None:
        """Delete all exports of a version that is deleted."""
        for form in catalog.NAMES:
            self._failed.pop(_id(name, version.number, form), None)
            try:
                self.home.documents.delete(EXPORTED, _id(name, version.number, form), now_us())
            except NotFoundError:
                continue
        shutil.rmtree(self.folder(name, version.number), ignore_errors=True)

    async def _make(self, name: str, version: Version, form: catalog.Format, making: Making) -> dict[str, Any]:
        id_ = _id(name, version.number, form.name)
        try:
            found = await self._asked(name, version, form, making)
            self.models.version(name, str(version.number))  # it may have been deleted meanwhile
            body = {"model": name, "version": version.number, **found}
            await asyncio.to_thread(self.home.documents.put, EXPORTED, id_, body, now_us())
        except NotFoundError:
            await asyncio.to_thread(shutil.rmtree, self.folder(name, version.number), ignore_errors=True)
            raise
        except GnomonError as error:
            self._failed[id_] = Failure(form.name, now_us(), str(error))
            raise
        finally:
            del self._making[id_]
            self._tell(id_)
        return body

    async def _asked(self, name: str, version: Version, form: catalog.Format, making: Making) -> dict[str, Any]:
        await asyncio.to_thread(files.verify, self.home.path, name, version.number, version.files)
        tests = await asyncio.to_thread(self.models.tests, name, version.number)
        asked = {
            "folder": str(files.folder_of(self.home.path, name, version.number)),
            "target": str(self.folder(name, version.number) / form.name),
            "format": form.name,
            "home": str(self.home.path),
            "title": f"{name}@{version.number}",
            "allow_code": self.workers.allow_code,
            "withheld": self._withheld(name, version),
            "tested": last_test(each.body for each in tests),
        }

        def hear(share: float, text: str) -> None:
            making.share, making.text = share, text
            self._tell(_id(name, version.number, form.name))

        pool = f"{_POOL}/{form.backend}" if form.backend else _POOL  # Keras computes with one thing in a process
        found: dict[str, Any] = await self.workers.call("export.run", asked, pool=pool, timeout_s=_TIMEOUT_S, hear=hear)
        return found

    def _withheld(self, name: str, version: Version) -> str:
        """Return why the data of a version may not be opened: their path may have come with files from anywhere."""
        try:
            own = own_data(self.home.path, name, version)
        except GnomonError:  # it does not decode: who reads it says so
            return ""
        return self.datasets.paths.why_withheld(own.path) if own is not None else ""

    def _tell(self, id_: str) -> None:
        """Have those who watch exports look again."""
        self.home.bus.publish([DocumentChanged(EXPORTED, id_, 0, now_us())])

    def _entries(self, name: str, number: int, form: str) -> tuple[FileEntry, ...]:
        return msgspec.convert(self._body(name, number, form)["files"], tuple[FileEntry, ...])

    def _body(self, name: str, number: int, form: str) -> dict[str, Any]:
        try:
            return self.home.documents.get(EXPORTED, _id(name, number, form)).body
        except NotFoundError:
            msg = f"format: {name}@{number} was not exported as {form!r:.40}."
            raise NotFoundError(msg) from None


def _id(name: str, number: int, form: str) -> str:
    return f"{name}@{number}/{form}"
