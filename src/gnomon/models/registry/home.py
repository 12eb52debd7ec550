"""Models of a home from Python and from the terminal: through its server while there is one, otherwise by ourselves."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from gnomon.core.clock import now_us
from gnomon.core.errors import CorruptError, InputError, NotFoundError
from gnomon.core.folder import make_private
from gnomon.models.mlp import MLP
from gnomon.models.reached import reached
from gnomon.models.registry import files
from gnomon.models.registry.compare import ModelComparison
from gnomon.models.registry.exported import EXPORTED, ONNX, exported_onnx, folder_of_exports, last_test
from gnomon.models.registry.record import FileEntry, Gate, Lineage, Model, Signature, Version, check_name, read_ref
from gnomon.models.registry.registry import Given, Registry
from gnomon.models.registry.runs import of_run, with_run
from gnomon.models.registry.sources import format_of, sources_of
from gnomon.models.registry.trained import Which, of_job
from gnomon.sdk.lab_remote import refuse
from gnomon.sdk.link import Link
from gnomon.store.home import Home

T = TypeVar("T")
CACHE: Final = Path("cache") / "models"
_PATIENT_S: Final = 900.0
_PIECE: Final = 16 << 20


class Models(Protocol):
    """The models of a home; raises what `Registry` does."""

    def listed(self) -> list[Model]:
        """Return all, the one that changed last in front."""
        ...

    def get(self, name: str) -> Model:
        """Return one."""
        ...

    def add(self, name: str, given: Given) -> Version:
        """Register a version."""
        ...

    def add_job(self, name: str, job: str, which: Which, note: str, metrics: Mapping[str, float]) -> Version:
        """Register what a job trained."""
        ...

    def add_run(self, name: str, run: str, key: str, note: str, metrics: Mapping[str, float]) -> Version:
        """Register files that a run logged."""
        ...

    def edit(self, name: str, *, text: str | None, tags: Sequence[str] | None, gates: Sequence[Gate] | None) -> Model:
        """Change what is said of a model, or what its versions must pass."""
        ...

    def note(self, name: str, ref: str, note: str) -> None:
        """Say something of a version."""
        ...

    def point(self, name: str, alias: str, ref: str, *, force: bool = False) -> Model:
        """Let an alias point at a version."""
        ...

    def unpoint(self, name: str, alias: str) -> Model:
        """Take an alias away."""
        ...

    def delete(self, name: str, ref: str | None = None) -> None:
        """Delete a model, or one of its versions."""
        ...

    def compare(self, first: tuple[str, str], second: tuple[str, str]) -> ModelComparison:
        """Compare two versions, each a name and a reference."""
        ...

    def folder(self, name: str, version: Version) -> Path:
        """Return a folder with the files of a version, each seen to be what was registered."""
        ...

    def onnx(self, name: str, version: Version) -> Path | None:
        """Return the ONNX export of a version; `None` when none was made, or it differs from the model."""
        ...

    def exports(self, name: str, version: Version) -> list[dict[str, Any]]:
        """Return what is known of each export that is kept with a version."""
        ...

    def export(self, name: str, version: Version, form: str) -> dict[str, Any]:
        """Export a version, keep that with it, and return what is known of it."""
        ...


class LocalModels:
    """Models of a home that this process has open."""

    def __init__(self, home: Home) -> None:
        self._lab, self._home = home, home.path
        self._registry = Registry(home.documents, home.path)

    def listed(self) -> list[Model]:
        return [kept.model for kept in self._registry.listed()]

    def get(self, name: str) -> Model:
        return self._registry.get(name).model

    def add(self, name: str, given: Given) -> Version:
        return self._registry.add(name, given)

    def add_job(self, name: str, job: str, which: Which, note: str, metrics: Mapping[str, float]) -> Version:
        found = with_run(self._lab, of_job(self._home, job, which))
        return self._add(name, found, note, metrics)

    def add_run(self, name: str, run: str, key: str, note: str, metrics: Mapping[str, float]) -> Version:
        self._lab.drain()  # the run may have ended a moment ago, and nobody but us may have looked since
        return self._add(name, of_run(self._lab, run, key), note, metrics)

    def _add(self, name: str, found: Given, note: str, metrics: Mapping[str, float]) -> Version:
        return self._registry.add(name, replace(found, note=note, metrics=dict(found.metrics) | dict(metrics)))

    def edit(self, name: str, *, text: str | None, tags: Sequence[str] | None, gates: Sequence[Gate] | None) -> Model:
        return self._registry.edit(name, text=text, tags=tags, gates=gates).model

    def note(self, name: str, ref: str, note: str) -> None:
        self._registry.note(name, ref, note)

    def point(self, name: str, alias: str, ref: str, *, force: bool = False) -> Model:
        return self._registry.point(name, alias, ref, force=force).model

    def unpoint(self, name: str, alias: str) -> Model:
        return self._registry.unpoint(name, alias).model

    def delete(self, name: str, ref: str | None = None) -> None:
        if ref is None:
            self._registry.delete(name)
        else:
            self._registry.delete_version(name, ref)

    def compare(self, first: tuple[str, str], second: tuple[str, str]) -> ModelComparison:
        return self._registry.compare(first, second)

    def folder(self, name: str, version: Version) -> Path:
        files.verify(self._home, name, version.number, version.files)
        return files.folder_of(self._home, name, version.number)

    def onnx(self, name: str, version: Version) -> Path | None:
        return exported_onnx(self._lab.documents, self._home, name, version)

    def exports(self, name: str, version: Version) -> list[dict[str, Any]]:
        kept = (each.body for each in self._lab.documents.list(EXPORTED))
        return [body for body in kept if (body["model"], body["version"]) == (name, version.number)]

    def export(self, name: str, version: Version, form: str) -> dict[str, Any]:
        from gnomon.models.exporters.export import export  # noqa: PLC0415 - it brings frameworks

        folder, title = self.folder(name, version), f"{name}@{version.number}"
        target = folder_of_exports(self._home, name, version.number) / form
        tested = last_test(each.body for each in self._registry.tests(name, version.number))
        found = export(folder, target, form, self._home, title=title, tested=tested)
        body = {"model": name, "version": version.number, **msgspec.to_builtins(found)}
        self._lab.documents.put(EXPORTED, f"{title}/{form}", body, now_us())
        return body


class RemoteModels:
    """Models of a server; files are fetched into `cache` once and seen to be whole."""

    def __init__(self, url: str, token: str | None, cache: Path) -> None:
        self._link, self._cache = Link(url, token, timeout_s=_PATIENT_S), cache

    def listed(self) -> list[Model]:
        rows = self._ask("GET", "")["models"]
        return [self.get(row["name"]) for row in rows]

    def get(self, name: str) -> Model:
        return _model(self._ask("GET", f"/{quote(check_name(name))}"))

    def add(self, name: str, given: Given) -> Version:
        asked = {
            "files": {path: self._send(source) for path, source in given.sources.items()},
            "format": given.format,
            "lineage": msgspec.to_builtins(given.lineage),
            "signature": msgspec.to_builtins(given.signature),
            "metrics": dict(given.metrics),
            "note": given.note,
        }
        return msgspec.convert(self._ask("POST", f"/{quote(check_name(name))}/versions", asked), Version)

    def add_job(self, name: str, job: str, which: Which, note: str, metrics: Mapping[str, float]) -> Version:
        asked = {"job": {"job": job, "checkpoint": which}, "note": note, "metrics": dict(metrics)}
        return msgspec.convert(self._ask("POST", f"/{quote(check_name(name))}/versions", asked), Version)

    def add_run(self, name: str, run: str, key: str, note: str, metrics: Mapping[str, float]) -> Version:
        asked = {"run": {"run": run, "key": key}, "note": note, "metrics": dict(metrics)}
        return msgspec.convert(self._ask("POST", f"/{quote(check_name(name))}/versions", asked), Version)

    def edit(self, name: str, *, text: str | None, tags: Sequence[str] | None, gates: Sequence[Gate] | None) -> Model:
        said = {"text": text, "tags": tags, "gates": gates and msgspec.to_builtins(list(gates))}
        if gates is not None:
            said["gates"] = msgspec.to_builtins(list(gates))
        asked = {key: value for key, value in said.items() if value is not None}
        return _model(self._ask("PATCH", f"/{quote(name)}", asked))

    def note(self, name: str, ref: str, note: str) -> None:
        self._ask("PATCH", f"/{quote(name)}/versions/{quote(ref)}", {"note": note})

    def point(self, name: str, alias: str, ref: str, *, force: bool = False) -> Model:
        asked = {"version": ref, "force": force}
        return _model(self._ask("PUT", f"/{quote(name)}/aliases/{quote(alias, safe='')}", asked))

    def unpoint(self, name: str, alias: str) -> Model:
        return _model(self._ask("DELETE", f"/{quote(name)}/aliases/{quote(alias, safe='')}"))

    def delete(self, name: str, ref: str | None = None) -> None:
        self._ask("DELETE", f"/{quote(name)}" + ("" if ref is None else f"/versions/{quote(ref)}"))

    def compare(self, first: tuple[str, str], second: tuple[str, str]) -> ModelComparison:
        asked = {"a": first[1], "b": second[1]} | ({} if first[0] == second[0] else {"other": second[0]})
        return msgspec.convert(self._ask("GET", f"/{quote(first[0])}/compare?{urlencode(asked)}"), ModelComparison)

    def folder(self, name: str, version: Version) -> Path:
        make_private(self._cache)
        target = self._cache / f"{name}@{version.digest}"
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=self._cache) as partial:
                for entry in version.files:
                    way = f"/{quote(name)}/versions/{version.number}/files/{quote(entry.path)}"
                    place = Path(partial) / "files" / files.check_path(entry.path)
                    self._fetch(f"{name}@{version.number}", way, entry, place)
                if not target.is_dir():
                    (Path(partial) / "files").rename(target)
        return target

    def onnx(self, name: str, version: Version) -> Path | None:
        way = f"/{quote(name)}/versions/{version.number}/exports"
        made = [each for each in self._ask("GET", way)["exports"] if each["format"] == "onnx" and each["agrees"]]
        entries = [msgspec.convert(each, FileEntry) for row in made for each in row["files"]]
        entry = next((each for each in entries if each.path == ONNX), None)
        if entry is None:
            return None
        target = self._cache / f"{name}@{version.digest}-{entry.sha256[:16]}.onnx"
        if not target.is_file():
            make_private(self._cache)
            with tempfile.TemporaryDirectory(dir=self._cache) as partial:
                self._fetch(f"{name}@{version.number}", f"{way}/onnx/files/{ONNX}", entry, Path(partial) / ONNX)
                (Path(partial) / ONNX).rename(target)
        return target

    def exports(self, name: str, version: Version) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", f"/{quote(name)}/versions/{version.number}/exports")["exports"]
        return found

    def export(self, name: str, version: Version, form: str) -> dict[str, Any]:
        return self._ask("POST", f"/{quote(name)}/versions/{version.number}/exports", {"format": form})

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def _fetch(self, ref: str, way: str, entry: FileEntry, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        found, path = hashlib.sha256(), f"/api/v1/models{way}"
        with target.open("wb") as out:
            for first in range(0, entry.size_bytes, _PIECE):
                last = min(first + _PIECE, entry.size_bytes) - 1
                status, piece = self._link.download("GET", path, headers={"Range": f"bytes={first}-{last}"})
                if status not in (200, 206):
                    refuse(status, {"detail": f"{entry.path} of {ref} cannot be fetched: status {status}."})
                out.write(piece)
                found.update(piece)
        if found.hexdigest() != entry.sha256:
            msg = f"{ref}: {entry.path} came changed. Fetch it again, or look at the server's disk."
            raise CorruptError(msg)

    def _send(self, source: Path | bytes) -> str:
        """Send a file by its hash; return the hash."""
        if isinstance(source, bytes):
            with tempfile.NamedTemporaryFile() as file:
                file.write(source)
                file.flush()
                return self._send(Path(file.name))
        if not source.is_file():
            msg = f"path: there is no file {source}."
            raise NotFoundError(msg)
        with source.open("rb") as stream:
            name = hashlib.file_digest(stream, "sha256").hexdigest()
        status, answer = self._link.upload(f"/api/v1/blobs/{name}", source)
        if status >= 300:
            refuse(status, answer)
        return name

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        status, found = self._link.call(method, f"/api/v1/models{path}", body)
        if status >= 300:
            refuse(status, found)
        return found


@contextmanager
def models(home: str | Path | None = None) -> Iterator[Models]:
    """Yield the models of a home: through the server of `GNOMON_URL` or of the folder, or opened by this process.

    Args:
        home: The folder; that of the environment unless told.

    Raises:
        LockedError: Another process has the folder open and serves nothing.
        UnavailableError: The server does not answer.
    """
    with reached(
        home, lambda url, settings: RemoteModels(url, settings.token, settings.home / CACHE), LocalModels
    ) as found:
        yield found


def register(
    name: str,
    source: MLP | str | Path | Mapping[str, str | Path | bytes] | None = None,
    *,
    job: str | None = None,
    checkpoint: Which = "best",
    run: str | None = None,
    key: str = "models/model",
    note: str = "",
    metrics: Mapping[str, float] | None = None,
    lineage: Lineage | None = None,
    signature: Signature | None = None,
    aliases: Sequence[str] = (),
    home: str | Path | None = None,
) -> Version:
    """Register a version of a model; a model that is not there is made.

    Args:
        name: Of the model.
        source: A network, a file, a folder, or files by their path within the version.
        job: Or the job that trained it: weights, graph, code and the description of its data are taken.
        checkpoint: Of a job, `best` in validation, `last`, or a step.
        run: Or the run that logged it, by its id.
        key: Of a run, where it keeps the files: `models/net` after `run.log_model(net, "net")`.
        note: What to remember of it.
        metrics: Figures by name; gates ask for them.
        lineage: Where it comes from.
        signature: What it takes and gives.
        aliases: Names that are to point at it, if it passes their gates.
        home: The home folder; that of the environment unless told.

    Raises:
        InputError: A name cannot be so.
        NotFoundError: A file is not there.
        ConflictError: A gate keeps an alias from it; the version is registered all the same.
    """
    if sum(each is not None for each in (source, job, run)) != 1:
        msg = "source: expected a source, or job= with the id of a job, or run= with the id of a run."
        raise InputError(msg, field="source")
    with models(home) as found:
        if job is not None:
            made = found.add_job(name, job, checkpoint, note, metrics or {})
        elif run is not None:
            made = found.add_run(name, run, key, note, metrics or {})
        else:
            sources = sources_of(source or {})
            form, lineage, signature = format_of(sources), lineage or Lineage(), signature or Signature()
            made = found.add(name, Given(form, sources, lineage, signature, metrics or {}, note))
        for alias in aliases:
            found.point(name, alias, str(made.number))
    return made


def path(ref: str, home: str | Path | None = None) -> Path:
    """Return a folder with the files of a version, each seen to be what was registered; do not write into it.

    Args:
        ref: `name`, `name@3`, `name@champion` or `name@<digest>`.
        home: The home folder; that of the environment unless told.

    Raises:
        NotFoundError: There is no such version.
        CorruptError: Its files are not what they were.
    """
    name, which = read_ref(ref)
    with models(home) as found:
        return found.folder(name, found.get(name).version(which))


def load(ref: str, home: str | Path | None = None) -> MLP:
    """Return a network of format `mlp`.

    Raises:
        NotFoundError: There is no such version.
        InputError: It is of another format; `path` gives its files.
        CorruptError: Its files are not what they were.
    """
    name, which = read_ref(ref)
    with models(home) as found:
        version = found.get(name).version(which)
        folder = found.folder(name, version)
    if version.format != "mlp":
        msg = (
            f"{ref}: expected a NumPy network, it is of format {version.format}. registry.path({ref!r}) has its files."
        )
        raise InputError(msg, field="ref")
    return MLP.open(folder / "model.npz")


def _model(row: dict[str, Any]) -> Model:
    """Return a model from the server's answer, whose versions come newest first."""
    versions = tuple(msgspec.convert(each, Version) for each in reversed(row["versions"]))
    following = versions[-1].number + 1 if versions else 1
    gates = tuple(msgspec.convert(each, Gate) for each in row["gates"])
    return Model(row["name"], versions, row["aliases"], gates, following, row["text"], tuple(row["tags"]))
