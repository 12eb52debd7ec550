"""What the registry keeps of a model: its versions, the names that point at them, and what a version must pass to get one.

All of this is plain data, changed by functions that return a new record or say why not. Files are `files`' business.
"""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from gnomon.core.errors import ConflictError, InputError, LimitError, NotFoundError

MAX_VERSIONS: Final = 1_000
MAX_ALIASES: Final = 100
MAX_GATES: Final = 50
MAX_NOTE: Final = 10_000

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_ALIAS: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")

Goal = Literal[">=", "<=", ">", "<"]
Figures = dict[str, float | None]
Text = Annotated[str, msgspec.Meta(max_length=MAX_NOTE)]


class FileEntry(msgspec.Struct, frozen=True):
    """Name a file of a version: its path within the version's folder, its size and its SHA-256."""

    path: str
    size_bytes: int
    sha256: str


class TrainedGraph(msgspec.Struct, frozen=True):
    """Name the revision of a canvas graph, and the hash of its architecture."""

    id: str
    rev: int
    sha: str = ""


class Lineage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say where a version comes from.

    Args:
        project: Of its run.
        run: Its run's id; empty of what was brought from elsewhere.
        run_name: Its run's name.
        step: Step of the run at which the weights were taken.
        job: The job that trained it.
        graph: The revision of the canvas.
        data: Data by the name under which the run used them: `name@digest`, or the hash of what `use_data` was given.
        commit: Of the code.
    """

    project: str = ""
    run: str = ""
    run_name: str = ""
    step: int | None = None
    job: str = ""
    graph: TrainedGraph | None = None
    data: dict[str, str] = {}
    commit: str = ""


class Port(msgspec.Struct, frozen=True, omit_defaults=True):
    """Describe an input or an output: `shape` without the batch, `None` where any size goes; `classes` by number."""

    name: str
    shape: tuple[int | None, ...] = ()
    dtype: str = "float32"
    kind: str = ""
    classes: tuple[str, ...] = ()


class Signature(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say what a model takes and gives."""

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()


class Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold one version.

    Args:
        number: Counted from 1, never given again.
        digest: Of its files, 16 hexadecimal digits.
        us: When it was registered, microseconds since 1970.
        format: What the weights are: `torch` and `keras` have `graph.json` and `model.safetensors`, `mlp` has
            `model.npz`, `onnx` has `model.onnx`; `file` is what nothing here reads.
        files: What its folder holds.
        lineage: Where it comes from.
        signature: What it takes and gives.
        metrics: Figures by name, as of when it was registered; `None` of one that was not finite.
        note: What is said of it.
        by: Who registered it.
    """

    number: int
    digest: str
    us: int
    format: Literal["torch", "keras", "mlp", "onnx", "file"]
    files: tuple[FileEntry, ...]
    lineage: Lineage = Lineage()
    signature: Signature = Signature()
    metrics: Figures = {}
    note: Text = ""
    by: str = ""

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.size_bytes for file in self.files)


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say what a version must pass before an alias may point at it.

    Args:
        alias: Which.
        metric: A figure of the version or of one of its tests: `test/accuracy`.
        goal: How it is compared.
        value: With what; `"champion"`, an alias, stands for the figure of the version that it points at.
    """

    alias: str
    metric: str
    goal: Goal
    value: float | str

    @property
    def text(self) -> str:
        """The gate in words: `test/accuracy >= 0.95`."""
        shown = f"{self.value:g}" if isinstance(self.value, float | int) else f"that of {self.value}"
        return f"{self.metric} {self.goal} {shown}"


class Model(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold a model: versions in their order, aliases by name, and gates.

    Args:
        name: What it is called.
        versions: Oldest first.
        aliases: Which version each name points at.
        gates: What versions must pass.
        next: The number that the next version gets.
        text: What is said of it.
        tags: Words to find it by.
    """

    name: str
    versions: tuple[Version, ...] = ()
    aliases: dict[str, int] = {}
    gates: tuple[Gate, ...] = ()
    next: int = 1
    text: Text = ""
    tags: tuple[str, ...] = ()

    def version(self, ref: str | int) -> Version:
        """Return a version by its number, an alias, `latest`, or the beginning of its digest.

        Raises:
            NotFoundError: There is none.
        """
        number = self.number(ref)
        found = next((each for each in self.versions if each.number == number), None)
        if found is None:
            known = ", ".join([*map(str, [v.number for v in self.versions][-5:]), *self.aliases])
            msg = f"version: there is no {ref!r:.40} of {self.name}. There are {known or 'none yet'}."
            raise NotFoundError(msg)
        return found

    def number(self, ref: str | int) -> int | None:
        """Return the number that a reference stands for, whether that version is there or not; `None` if none."""
        if isinstance(ref, int) or (ref.isascii() and ref.isdigit() and len(ref) <= 9):
            return int(ref)
        if ref in self.aliases:
            return self.aliases[ref]
        if ref == "latest":
            return self.versions[-1].number if self.versions else None
        begun = [each.number for each in self.versions if len(ref) >= 6 and each.digest.startswith(ref)]
        return begun[0] if len(begun) == 1 else None

    def aliases_of(self, number: int) -> list[str]:
        """Return the aliases that point at a version."""
        return sorted(alias for alias, at in self.aliases.items() if at == number)


def check_name(name: str) -> str:
    """Return what a model may be called.

    Raises:
        InputError: It may not.
    """
    if not _NAME.match(name):
        msg = f"name: expected letters, digits and . _ -, at most 64, received {name!r:.80}."
        raise InputError(msg, field="name")
    return name


def read_ref(ref: str) -> tuple[str, str]:
    """Return name and reference of `name@ref`; `latest` when there is no @.

    Example:
        >>> read_ref("digits@champion"), read_ref("digits")
        (('digits', 'champion'), ('digits', 'latest'))
    """
    name, _, which = ref.partition("@")
    return check_name(name), which or "latest"


def check_alias(alias: str) -> str:
    """Return what an alias may be called.

    Raises:
        InputError: It may not.
    """
    if not _ALIAS.match(alias) or alias == "latest":
        msg = f"alias: expected a word such as champion (a-z, 0-9, _ and -), not latest; received {alias!r:.60}."
        raise InputError(msg, field="alias")
    return alias


def with_version(model: Model, made: Version) -> Model:
    """Return a model with one version more; `made` has the number `model.next`.

    Raises:
        LimitError: It has too many.
        ConflictError: Somebody took the number.
    """
    if len(model.versions) >= MAX_VERSIONS:
        msg = f"version: expected at most {MAX_VERSIONS} of one model. Delete those that nobody needs."
        raise LimitError(msg, field="version")
    if made.number != model.next:
        msg = f"version: number {made.number} was taken meanwhile; the next is {model.next}. Try again."
        raise ConflictError(msg)
    return msgspec.structs.replace(model, versions=(*model.versions, made), next=model.next + 1)


def without_version(model: Model, number: int) -> Model:
    """Return a model without a version.

    Raises:
        NotFoundError: There is none.
        ConflictError: An alias points at it.
    """
    model.version(number)
    aliases = model.aliases_of(number)
    if aliases:
        msg = f"version: {model.name}@{number} is {', '.join(aliases)}. Point elsewhere first, then delete it."
        raise ConflictError(msg)
    kept = tuple(each for each in model.versions if each.number != number)
    return msgspec.structs.replace(model, versions=kept)


def with_note(model: Model, number: int, note: str) -> Model:
    """Return a model one of whose versions has another note.

    Raises:
        NotFoundError: There is no such version.
        LimitError: The note is too long.
    """
    model.version(number)
    if len(note) > MAX_NOTE:
        msg = f"note: expected at most {MAX_NOTE:,} characters, received {len(note):,}."
        raise LimitError(msg, field="note")
    versions = tuple(
        msgspec.structs.replace(each, note=note) if each.number == number else each for each in model.versions
    )
    return msgspec.structs.replace(model, versions=versions)


def with_alias(
    model: Model, alias: str, ref: str | int, tests: Mapping[int, Mapping[str, float | None]], *, force: bool = False
) -> Model:
    """Return a model an alias of which points at a version that passes all gates before it.

    Args:
        model: The model.
        alias: The name.
        ref: The version.
        tests: Figures of tests by number of version, beside those of the version itself.
        force: Though it does not pass.

    Raises:
        InputError: The alias cannot be called so.
        NotFoundError: There is no such version.
        ConflictError: A gate says no; the message says which, and what came.
    """
    number = model.version(ref).number
    check_alias(alias)
    if alias not in model.aliases and len(model.aliases) >= MAX_ALIASES:
        msg = f"alias: expected at most {MAX_ALIASES} of one model."
        raise LimitError(msg, field="alias")
    failed = [each for each in judged(model, number, tests) if each.gate.alias == alias and not each.passed]
    if failed and not force:
        said = "; ".join(f"{each.gate.text}, {each.why}" for each in failed)
        msg = f"alias: {model.name}@{number} does not pass what {alias} asks for: {said}."
        raise ConflictError(msg)
    return msgspec.structs.replace(model, aliases=model.aliases | {alias: number})


def without_alias(model: Model, alias: str) -> Model:
    """Return a model without an alias.

    Raises:
        NotFoundError: There is none.
    """
    if alias not in model.aliases:
        msg = f"alias: {model.name} has no {alias!r:.40}. It has {', '.join(sorted(model.aliases)) or 'none'}."
        raise NotFoundError(msg)
    return msgspec.structs.replace(model, aliases={k: v for k, v in model.aliases.items() if k != alias})


class Judgement(msgspec.Struct, frozen=True):
    """Say whether a version passes a gate: the figure, what it was compared with, and why not in words."""

    gate: Gate
    passed: bool
    figure: float | None
    bar: float | None
    why: str = ""


def judged(model: Model, ref: str | int, tests: Mapping[int, Mapping[str, float | None]]) -> list[Judgement]:
    """Return how a version stands before each gate of its model.

    Raises:
        NotFoundError: There is no such version.
    """
    version = model.version(ref)
    return [_judge(model, version, gate, tests) for gate in model.gates]


def _judge(model: Model, version: Version, gate: Gate, tests: Mapping[int, Mapping[str, float | None]]) -> Judgement:
    figure = _figure(version, gate.metric, tests)
    bar: float | None
    if isinstance(gate.value, str):
        at = model.aliases.get(gate.value)
        if at is None or at == version.number:
            return Judgement(gate, passed=True, figure=figure, bar=None)  # nobody to be better than
        bar = _figure(model.version(at), gate.metric, tests)
    else:
        bar = float(gate.value)
    if figure is None or bar is None:
        who = "it" if figure is None else str(gate.value)
        return Judgement(gate, passed=False, figure=figure, bar=bar, why=f"{who} has no {gate.metric}; test it first")
    passed = _compare(figure, gate.goal, bar)
    return Judgement(gate, passed, figure, bar, "" if passed else f"it has {figure:g}, asked is {gate.goal} {bar:g}")


def _figure(version: Version, metric: str, tests: Mapping[int, Mapping[str, float | None]]) -> float | None:
    found = tests.get(version.number, {}).get(metric, version.metrics.get(metric))
    return found if found is not None and math.isfinite(found) else None


def _compare(figure: float, goal: Goal, bar: float) -> bool:
    return {">=": figure >= bar, "<=": figure <= bar, ">": figure > bar, "<": figure < bar}[goal]


def plain(model: Model) -> dict[str, Any]:
    """Return a model as maps and lists."""
    found: dict[str, Any] = msgspec.to_builtins(model)
    return found
