"""Exports of versions: made by a worker, kept beside the version, known by documents of kind `model_export`."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.clock import now_us
from gnomon.core.errors import InputError, NotFoundError
from gnomon.models.registry import files
from gnomon.models.registry.record import FileEntry, Version
from gnomon.models.registry.registry import Registry
from gnomon.server.workers import Workers
from gnomon.store.home import Home

KIND: Final = "model_export"
FORMATS: Final = ("onnx", "torch-export", "code", "bundle")
_TIMEOUT_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Exports:
    """Make and find exports.

    Args:
        home: The home.
        models: The registry.
        workers: Who makes them.
    """

    home: Home
    models: Registry
    workers: Workers

    async def make(self, name: str, ref: str, form: str) -> dict[str, Any]:
        """Export a version; one of the same format that is there is replaced once the new one is whole.

        Raises:
            NotFoundError: There is no such version.
            InputError: It is of a format that cannot be exported, or cannot be written in this one.
            MissingExtraError: A package is not installed.
        """
        version = self.models.version(name, ref)
        if form not in FORMATS:
            msg = f"format: expected one of {', '.join(FORMATS)}, received {form!r:.40}."
            raise InputError(msg, field="format")
        if version.format != "torch":
            msg = f"version: only versions of format torch are exported, {name}@{version.number} is {version.format}."
            raise InputError(msg, field="version")
        files.verify(self.home.path, name, version.number, version.files)
        asked = {
            "folder": str(files.folder_of(self.home.path, name, version.number)),
            "target": str(self.folder(name, version.number) / form),
            "format": form,
            "home": str(self.home.path),
            "title": f"{name}@{version.number}",
            "allow_code": self.workers.allow_code,
        }
        found: dict[str, Any] = await self.workers.call("export.run", asked, pool="export", timeout_s=_TIMEOUT_S)
        body = {"model": name, "version": version.number, **found}
        self.home.documents.put(KIND, _id(name, version.number, form), body, now_us())
        return body

    def listed(self, name: str, ref: str) -> list[tuple[int, dict[str, Any]]]:
        """Return when each export of a version was made, and what is known of it.

        Raises:
            NotFoundError: There is no such version.
        """
        number = self.models.version(name, ref).number
        found = [each for each in self.home.documents.list(KIND) if each.body["model"] == name]
        return [(each.us, each.body) for each in found if each.body["version"] == number]

    def file(self, name: str, ref: str, form: str, path: str) -> tuple[Path, FileEntry]:
        """Return a file of an export.

        Raises:
            NotFoundError: There is none.
            InputError: The path leads elsewhere.
        """
        number = self.models.version(name, ref).number
        body = self._body(name, number, form)
        entries = msgspec.convert(body["files"], tuple[FileEntry, ...])
        entry = next((each for each in entries if each.path == files.check_path(path)), None)
        found = self.folder(name, number) / form / path
        if entry is None or found.is_symlink() or not found.is_file():
            msg = f"path: the {form} of {name}@{number} has no file {path!r:.80}."
            raise NotFoundError(msg)
        return found, entry

    def delete(self, name: str, ref: str, form: str) -> None:
        """Delete an export.

        Raises:
            NotFoundError: There is none.
        """
        number = self.models.version(name, ref).number
        self._body(name, number, form)
        self.home.documents.delete(KIND, _id(name, number, form), now_us())
        shutil.rmtree(self.folder(name, number) / form, ignore_errors=True)

    def folder(self, name: str, number: int) -> Path:
        """Return where the exports of a version lie."""
        return files.folder_of(self.home.path, name, number).with_name(f"{number}.exports")

    def forget(self, name: str, version: Version) -> None:
        """Delete all exports of a version that is deleted."""
        for form in FORMATS:
            try:
                self.home.documents.delete(KIND, _id(name, version.number, form), now_us())
            except NotFoundError:
                continue
        shutil.rmtree(self.folder(name, version.number), ignore_errors=True)

    def _body(self, name: str, number: int, form: str) -> dict[str, Any]:
        try:
            return self.home.documents.get(KIND, _id(name, number, form)).body
        except NotFoundError:
            msg = f"format: {name}@{number} was not exported as {form!r:.40}."
            raise NotFoundError(msg) from None


def _id(name: str, number: int, form: str) -> str:
    return f"{name}@{number}/{form}"
