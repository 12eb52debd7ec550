"""The models of a home, kept as documents of kind `model`: each change is a revision, and none is half done."""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import ConflictError, CorruptError, LimitError, NotFoundError
from gnomon.models.registry import files
from gnomon.models.registry.compare import ModelComparison, compare
from gnomon.models.registry.record import (
    MAX_GATES,
    Figures,
    Gate,
    Lineage,
    Model,
    Signature,
    Version,
    check_alias,
    check_name,
    plain,
    with_alias,
    with_note,
    with_version,
    without_alias,
    without_version,
)
from gnomon.store.documents import Document, Documents
from gnomon.store.nearest import hint

KIND: Final = "model"
TESTED: Final = "model_test"
GRAPH: Final = "graph.json"
MAX_MODELS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Given:
    """Hold what a new version is made of.

    Args:
        format: See `Version`.
        sources: Files by their path within the version.
        lineage: Where it comes from.
        signature: What it takes and gives.
        metrics: Figures by name.
        note: What is said of it.
        by: Who registers it.
    """

    format: Literal["torch", "keras", "mlp", "onnx", "file"]
    sources: Mapping[str, Path | bytes]
    lineage: Lineage = field(default_factory=Lineage)
    signature: Signature = field(default_factory=Signature)
    metrics: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A model as it is kept: with the revision of its document, and when that was made."""

    model: Model
    rev: int
    us: int
    created_us: int


class Registry:
    """Read and change the models of a home. Safe to call from several threads.

    Args:
        documents: Where they are kept.
        home: The home folder, in which files of versions lie.
        clock: Says when something is made.
    """

    def __init__(self, documents: Documents, home: Path, clock: Clock = now_us) -> None:
        self._documents, self._home, self._clock = documents, home, clock
        self._lock = threading.Lock()

    def listed(self) -> list[Kept]:
        """Return all, the one that changed last in front."""
        return sorted(
            (_kept(each) for each in self._documents.list(KIND)), key=lambda kept: (-kept.us, kept.model.name)
        )

    def get(self, name: str) -> Kept:
        """Return a model.

        Raises:
            NotFoundError: There is none.
        """
        try:
            return _kept(self._documents.get(KIND, check_name(name)))
        except NotFoundError:
            names = [each.id for each in self._documents.list(KIND)]
            msg = f"model: there is no {name!r:.64} in this home.{hint(name, names)}"
            raise NotFoundError(msg) from None

    def version(self, name: str, ref: str | int = "latest") -> Version:
        """Return a version by number, alias, `latest` or digest.

        Raises:
            NotFoundError: There is none.
        """
        return self.get(name).model.version(ref)

    def add(self, name: str, given: Given) -> Version:
        """Register a version; a model that is not there is made.

        Raises:
            InputError: The name or a path cannot be.
            LimitError: There are too many models, versions or files.
            NotFoundError: A file is not there.
        """
        with self._lock:
            kept = self._find(check_name(name))
            model = kept.model if kept is not None else self._fresh(name)
            number = model.next
            # What a registration that was cut off left: no document names it.
            files.remove(self._home, name, number)
            entries, digest = files.take(self._home, name, number, given.sources)
            made = Version(
                number=number,
                digest=digest,
                us=self._clock(),
                format=given.format,
                files=entries,
                lineage=given.lineage,
                signature=given.signature,
                metrics=_finite(given.metrics),
                note=given.note,
                by=given.by,
            )
            try:
                self._put(with_version(model, made), kept.rev if kept is not None else 0)
            except BaseException:
                files.remove(self._home, name, number)
                raise
            return made

    def edit(
        self,
        name: str,
        if_rev: int | None = None,
        *,
        text: str | None = None,
        tags: Sequence[str] | None = None,
        gates: Sequence[Gate] | None = None,
    ) -> Kept:
        """Change what is said of a model, or what its versions must pass.

        Raises:
            NotFoundError: There is none.
            ConflictError: It has another revision by now.
            LimitError: Too many gates.
        """
        if gates is not None and len(gates) > MAX_GATES:
            msg = f"gates: expected at most {MAX_GATES}, received {len(gates)}."
            raise LimitError(msg, field="gates")
        for gate in gates or ():
            check_alias(gate.alias)

        def change(model: Model) -> Model:
            said: dict[str, Any] = {"text": text, "tags": tags and tuple(tags), "gates": gates and tuple(gates)}
            if tags is not None:
                said["tags"] = tuple(dict.fromkeys(tags))
            if gates is not None:
                said["gates"] = tuple(gates)
            return msgspec.structs.replace(model, **{k: v for k, v in said.items() if v is not None})

        return self._change(name, change, if_rev)

    def note(self, name: str, ref: str | int, note: str) -> Kept:
        """Say something of a version. Raises as `with_note`."""
        return self._change(name, lambda model: with_note(model, model.version(ref).number, note))

    def point(self, name: str, alias: str, ref: str | int, *, force: bool = False) -> Kept:
        """Let an alias point at a version. Raises as `with_alias`."""
        figures = self.figures(name)
        return self._change(name, lambda model: with_alias(model, alias, ref, figures, force=force))

    def unpoint(self, name: str, alias: str) -> Kept:
        """Take an alias away. Raises as `without_alias`."""
        return self._change(name, lambda model: without_alias(model, alias))

    def delete_version(self, name: str, ref: str | int) -> Kept:
        """Delete a version and its files. Raises as `without_version`."""
        number = self.version(name, ref).number
        kept = self._change(name, lambda model: without_version(model, number))
        files.remove(self._home, name, number)
        return kept

    def delete(self, name: str, if_rev: int | None = None) -> None:
        """Delete a model, all its versions and their files.

        Raises:
            NotFoundError: There is none.
            ConflictError: It has another revision by now, or an alias points at one of its versions.
        """
        with self._lock:
            kept = self.get(name)
            _check_rev(kept, if_rev)
            if kept.model.aliases:
                aliases = ", ".join(sorted(kept.model.aliases))
                msg = f"model: {name} has the aliases {aliases}, so somebody may use it. Take them away first."
                raise ConflictError(msg)
            self._documents.delete(KIND, name, max(self._clock(), kept.us))
        files.remove(self._home, name)

    def file(self, name: str, ref: str | int, path: str) -> Path:
        """Return where a file of a version lies.

        Raises:
            NotFoundError: There is none.
            InputError: The path leads elsewhere.
        """
        return files.path_of(self._home, name, self.version(name, ref).number, path)

    def verify(self, name: str, ref: str | int) -> None:
        """See that the files of a version are what they were, reading all of them.

        Raises:
            CorruptError: They are not.
        """
        version = self.version(name, ref)
        files.verify(self._home, name, version.number, version.files, anew=True)

    def tell(
        self, name: str, ref: str | int, test: str, figures: Mapping[str, float], report: Mapping[str, Any]
    ) -> None:
        """Keep the outcome of a test with the version that was tested; the test of that name before is its history.

        Args:
            name: Of the model.
            ref: Of the version.
            test: Name of the test: `test`, `noise`, `upload` …
            figures: By name, as gates and leaderboards name them: `test/accuracy`.
            report: Whatever the page shows.
        """
        number = self.version(name, ref).number
        body = {"model": name, "version": number, "test": test, "figures": _finite(figures), "report": dict(report)}
        self._documents.put(TESTED, f"{name}@{number}/{test}", body, self._clock())

    def tests(self, name: str, ref: str | int | None = None) -> list[Document]:
        """Return the tests of a model, or of one of its versions, newest first."""
        number = None if ref is None else self.version(name, ref).number
        found = [each for each in self._documents.list(TESTED) if each.body["model"] == name]
        mine = [each for each in found if number is None or each.body["version"] == number]
        return sorted(mine, key=lambda each: (-each.us, each.id))

    def figures(self, name: str) -> dict[int, Figures]:
        """Return the figures of all tests of a model, by number of version; the newest counts."""
        found: dict[int, Figures] = {}
        for test in reversed(self.tests(name)):
            found.setdefault(test.body["version"], {}).update(test.body["figures"])
        return found

    def compare(self, first: tuple[str, str | int], second: tuple[str, str | int]) -> ModelComparison:
        """Compare two versions, each a name and a reference, of one model or of two.

        Raises:
            NotFoundError: One is not there.
        """
        sides = [(name, self.version(name, ref)) for name, ref in (first, second)]
        # Numbers of two models may be the same: figures of tests are put into the versions before they meet.
        told = [self._with_tests(name, version) for name, version in sides]
        graphs = [self._graph(name, version) for name, version in sides]
        return compare(told[0], told[1], (graphs[0], graphs[1]))

    def _with_tests(self, name: str, version: Version) -> Version:
        figures = self.figures(name).get(version.number, {})
        return msgspec.structs.replace(version, metrics={**version.metrics, **figures})

    def _graph(self, name: str, version: Version) -> bytes | None:
        if not any(each.path == GRAPH for each in version.files):
            return None
        return self.file(name, version.number, GRAPH).read_bytes()

    def _change(self, name: str, change: Callable[[Model], Model], if_rev: int | None = None) -> Kept:
        with self._lock:
            kept = self.get(name)
            _check_rev(kept, if_rev)
            made = change(kept.model)
            return kept if made == kept.model else self._put(made, kept.rev)

    def _put(self, model: Model, rev: int) -> Kept:
        return _kept(self._documents.put(KIND, model.name, plain(model), self._clock(), if_rev=rev))

    def _find(self, name: str) -> Kept | None:
        try:
            return _kept(self._documents.get(KIND, name))
        except NotFoundError:
            return None

    def _fresh(self, name: str) -> Model:
        if len(self._documents.list(KIND)) >= MAX_MODELS:
            msg = f"name: expected at most {MAX_MODELS} models. Delete one that nobody needs."
            raise LimitError(msg, field="name")
        # Numbers are not given again, not even when a model was deleted: somebody may have written one down.
        for rev, _ in self._documents.history(KIND, name, limit=2):
            try:
                before = _kept(self._documents.get(KIND, name, rev=rev)).model
            except NotFoundError:
                continue
            return Model(name, next=before.next)
        return Model(name)


def _kept(document: Document) -> Kept:
    try:
        model = msgspec.convert(document.body, Model)
    except msgspec.ValidationError as error:
        msg = f"model {document.id!r}: what is stored of it does not decode: {error}."
        raise CorruptError(msg) from error
    return Kept(model, document.rev, document.us, document.created_us)


def _finite(figures: Mapping[str, float]) -> Figures:
    """Return figures as JSON can hold them: one that is not finite is told by `None`."""
    return {name: float(value) if math.isfinite(value) else None for name, value in figures.items()}


def _check_rev(kept: Kept, if_rev: int | None) -> None:
    if if_rev is not None and if_rev != kept.rev:
        msg = f'rev: expected revision {if_rev} of model "{kept.model.name}", it is at {kept.rev} now. Read it again.'
        raise ConflictError(msg)
