"""Tests of versions: made by a worker, kept with the version, and their rows shown from what is kept beside it."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gnomon.core.clock import now_us
from gnomon.core.errors import ConflictError, InputError, NotFoundError
from gnomon.models.datasets.registry import DatasetSpec, plain, read_ref
from gnomon.models.registry import files
from gnomon.models.registry.record import Version
from gnomon.models.registry.registry import Registry
from gnomon.models.testing.keep import KIND, Wanted, exported, keep, loading, own_data, planned
from gnomon.models.testing.scores import Reading, as_reported
from gnomon.models.testing.stored import FILE, Asked, Chosen, choose, folder_of_tests
from gnomon.server.datasets import Datasets
from gnomon.server.workers import Workers
from gnomon.store.documents import Document
from gnomon.store.home import Home

POOL: Final = "test"
TIMEOUT_S: Final = 3600.0
TRY_S: Final = 120.0


@dataclass(slots=True)
class Running:
    """A test that is being made."""

    test: str
    kind: str
    since_us: int
    progress: float = 0.0
    text: str = "waiting"
    is_stopped: bool = False
    call: asyncio.Future[Any] | None = None

    def stop(self) -> None:
        """End the call; the process that makes the test ends with it."""
        self.is_stopped = True
        if self.call is not None:
            self.call.cancel()

    def hear(self, progress: float, text: str) -> None:
        """Keep how far it is."""
        self.progress, self.text = progress, text


@dataclass(frozen=True, slots=True)
class ModelTests:
    """Make and find tests. Use it from one event loop.

    Args:
        home: The home.
        models: The registry.
        datasets: What versions are judged by.
        workers: Who makes tests.
    """

    home: Home
    models: Registry
    datasets: Datasets
    workers: Workers
    running: dict[tuple[str, int, str], Running] = field(default_factory=dict)

    async def make(self, name: str, ref: str, asked: Mapping[str, Any]) -> Document:
        """Test a version; the test of the same name that is there is replaced once the new one is whole.

        Args:
            name: Of the model.
            ref: Of the version.
            asked: A `TestPost` as a map.

        Raises:
            NotFoundError: There is no such version or data set.
            InputError: The version cannot be tested so; the message says why.
            ConflictError: The same test is being made, or somebody stopped it.
            ForbiddenError: The data lie where this server may not look.
            MissingExtraError: A package is not installed.
        """
        version = await asyncio.to_thread(self.checked, name, ref)
        own = own_data(self.home.path, name, version)
        kind = asked["test"]
        spec = self.spec(asked.get("dataset"), own, needed=kind != "latency")
        wanted = Wanted(**{key: asked[key] for key in ("test", "part", "rows", "name", "inputs", "outputs", "seed")})
        test, params = planned(self.home.path, (name, version), spec, own, wanted)
        params["allow_code"] = self.workers.allow_code
        params["exports"] = exported(self.home, name, version) if kind == "latency" else {}
        key = (name, version.number, test)
        if key in self.running:
            msg = f"test: {test} of {name}@{version.number} is being made already. Wait for it."
            raise ConflictError(msg)
        state = self.running[key] = Running(test, kind, now_us())
        try:
            call = self.workers.call("test.run", params, pool=POOL, timeout_s=TIMEOUT_S, hear=state.hear)
            state.call = asyncio.ensure_future(call)
            made = await state.call
            await asyncio.to_thread(self._must_be_there, name, version)
            if not asked["tell_run"]:
                made["told"] = {}
            return await asyncio.to_thread(keep, self.home, self.models, (name, version), test, made)
        except asyncio.CancelledError:
            if not state.is_stopped:
                raise
            msg = f"test: {test} of {name}@{version.number} was stopped before it was done. Run it again when you like."
            raise ConflictError(msg) from None
        except NotFoundError:
            await asyncio.to_thread(self._clear, name, version, test)
            raise
        finally:
            del self.running[key]

    def listed(self, name: str, ref: str) -> tuple[list[Document], list[Running]]:
        """Return the tests of a version, newest first, and those that are being made."""
        number = self.models.version(name, ref).number
        running = [each for (model, at, _), each in self.running.items() if (model, at) == (name, number)]
        return self.models.tests(name, number), running

    def get(self, name: str, ref: str, test: str) -> Document:
        """Return a test.

        Raises:
            NotFoundError: There is none.
        """
        number = self.models.version(name, ref).number
        try:
            return self.home.documents.get(KIND, f"{name}@{number}/{test}")
        except NotFoundError:
            known = ", ".join(each.body["test"] for each in self.models.tests(name, number)) or "none yet"
            msg = f"test: {name}@{number} has no test {test!r:.60}. It has {known}."
            raise NotFoundError(msg) from None

    def stop(self, name: str, ref: str, test: str) -> bool:
        """Stop a test that is being made, and return whether it was."""
        found = self.running.get((name, self.models.version(name, ref).number, test))
        if found is not None:
            found.stop()
        return found is not None

    def delete(self, name: str, ref: str, test: str) -> None:
        """Delete a test.

        Raises:
            NotFoundError: There is none.
        """
        found = self.get(name, ref, test)
        self.home.documents.delete(KIND, found.id, now_us())
        # Anybody may keep figures under a name of theirs, by `Registry.tell`: such a name is no folder of ours.
        place = self.folder(name, found.body["version"]) / found.body["test"]
        if (place / FILE).is_file() and place.parent == self.folder(name, found.body["version"]):
            shutil.rmtree(place, ignore_errors=True)

    def forget(self, name: str, version: Version) -> None:
        """Delete the tests of a version that is deleted."""
        for each in self.home.documents.list(KIND):
            if (each.body["model"], each.body["version"]) == (name, version.number):
                self.home.documents.delete(KIND, each.id, now_us())
        shutil.rmtree(self.folder(name, version.number), ignore_errors=True)

    async def rows(self, name: str, ref: str, test: str, asked: Mapping[str, Any]) -> tuple[Document, int, Chosen, Any]:
        """Return the test, which output was asked for, what is kept of some rows, and these rows as the data have them.

        Raises:
            NotFoundError: There is no such test.
            InputError: A filter names no class of the output.
        """
        found = self.get(name, ref, test)
        body = found.body
        output, wanted = _wanted(body["report"].get("outputs", []), asked)
        file = self.folder(name, body["version"]) / body["test"] / FILE
        chosen = await asyncio.to_thread(choose, file, wanted)
        cells: Any = {"columns": [], "rows": [{}] * len(chosen.at)}
        if chosen.total:
            try:
                spec = plain(self._spec_of(name, body["version"], body["report"]["dataset"]))
                params = {"spec": spec, "rows": chosen.rows.tolist(), "home": str(self.home.path)}
                cells = await self.workers.call("test.cells", params, pool="data", timeout_s=TRY_S)
            except (NotFoundError, InputError, ConflictError):
                pass  # the data are gone or were changed: what was kept of the rows is shown without them
        return found, output, chosen, cells

    def _spec_of(self, name: str, number: int, ref: str) -> DatasetSpec:
        """Return the data that a test was of: those of the version, which need not be registered here, or registered ones."""
        own = own_data(self.home.path, name, self.models.version(name, number))
        found = own if own is not None and own.ref == ref else self.datasets.versions.get(read_ref(ref)).spec
        self.datasets.paths.checked(found.path)
        return found

    def _must_be_there(self, name: str, version: Version) -> None:
        """Look whether a version is still what it was when its test began.

        Raises:
            NotFoundError: It was deleted meanwhile.
        """
        now = self.models.version(name, version.number)
        if (now.digest, now.us) != (version.digest, version.us):
            msg = f"version: {name}@{version.number} was deleted while it was tested."
            raise NotFoundError(msg)

    def _clear(self, name: str, version: Version, test: str) -> None:
        """Remove what a worker wrote of a version that was deleted meanwhile; what stands there by right stays."""
        try:
            self._must_be_there(name, version)
        except NotFoundError:
            folder = self.folder(name, version.number)
            shutil.rmtree(folder / test, ignore_errors=True)
            with suppress(OSError):  # it holds other tests, or was never made
                folder.rmdir()

    def checked(self, name: str, ref: str) -> Version:
        """Return a version whose files were seen to be what was registered.

        Raises:
            NotFoundError: There is none.
            CorruptError: They are not.
        """
        version = self.models.version(name, ref)
        files.verify(self.home.path, name, version.number, version.files)
        return version

    def spec(self, ref: str | None, own: DatasetSpec | None, *, needed: bool = True) -> DatasetSpec | None:
        """Return the data that are asked for, those of the version unless told; of a path that may be opened.

        Raises:
            InputError: None are asked for, and the version names none.
            ForbiddenError: They lie where this server may not look.
        """
        found = self.datasets.versions.get(read_ref(ref)).spec if ref else own
        if found is None and needed:
            msg = "dataset: this version does not say what data it was trained on. Name a data set."
            raise InputError(msg, field="dataset")
        if found is not None:
            self.datasets.paths.checked(found.path)  # it may have come with files from anywhere
        return found

    def params(self, name: str, version: Version) -> dict[str, Any]:
        """Return what a worker needs to load a version."""
        return loading(self.home.path, name, version) | {"allow_code": self.workers.allow_code}

    def scores(self, name: str, version: Version) -> dict[str, Reading]:
        """Return by output how the scores of a version are read, as its newest test of rows found; nothing without one."""
        reports = [each.body["report"] for each in self.models.tests(name, version.number)]
        made: dict[str, Any] = next((each for each in reports if each.get("kind") == "test"), {})
        return as_reported(made.get("outputs", ()))

    def folder(self, name: str, number: int) -> Path:
        """Return where the tests of a version lie."""
        return folder_of_tests(self.home.path, name, number)


def _wanted(outputs: list[dict[str, Any]], asked: Mapping[str, Any]) -> tuple[int, Asked]:
    names = [each["output"] for each in outputs]
    if not names:
        msg = "test: this test keeps nothing of single rows. Ask for one of kind test."
        raise InputError(msg, field="test")
    if asked["output"] not in (None, *names):
        msg = f"output: expected one of {', '.join(names)}, received {asked['output']!r:.60}."
        raise InputError(msg, field="output")
    at = names.index(asked["output"]) if asked["output"] else 0
    classes = outputs[at]["classes"]
    actual, predicted = (_class(classes, asked[key], key) for key in ("actual", "predicted"))
    return at, Asked(at, actual, predicted, asked["order"], asked["first"], asked["limit"])


def _class(classes: list[str], name: str | None, field: str) -> int | None:
    if name is None:
        return None
    if name not in classes:
        msg = f"{field}: expected one of {', '.join(classes[:20]) or 'no class'}, received {name!r:.60}."
        raise InputError(msg, field=field)
    return classes.index(name)
