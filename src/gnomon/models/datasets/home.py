"""Data sets of a home from Python and from the terminal: through its server while there is one, otherwise by ourselves."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from gnomon.core.errors import InputError
from gnomon.core.settings import Settings
from gnomon.models.datasets import service
from gnomon.models.datasets.column import KINDS, Kind
from gnomon.models.datasets.describing import Wishes, proposed_name
from gnomon.models.datasets.places import HOME, PACKAGED
from gnomon.models.datasets.prepared import Prepared, prepare
from gnomon.models.datasets.registry import DatasetSpec, Ref, SplitSpec, Transform, decode, plain, read_ref
from gnomon.models.datasets.rows import dataset_row, detail_row, version_rows
from gnomon.models.datasets.split import Split
from gnomon.models.datasets.versions import Versions, from_file
from gnomon.models.reached import reached
from gnomon.sdk.lab_remote import refuse
from gnomon.sdk.link import Link

_PATIENT_S: Final = 900.0
Row = dict[str, Any]
T = TypeVar("T")


class Shelf(Protocol):
    """The data sets of a home; answers are those of docs/reference/http.md."""

    def listed(self) -> list[Row]:
        """Return all, newest first."""
        ...

    def detail(self, ref: Ref) -> Row:
        """Return a version, `spec` with its description."""
        ...

    def versions(self, name: str) -> list[Row]:
        """Return all versions of one, newest first."""
        ...

    def register(self, name: str, path: str, wishes: Wishes, note: str) -> Row:
        """Keep what lies at a path under a name, as a new version when it is known already."""
        ...

    def edit(self, name: str, path: str | None, wishes: Wishes, note: str) -> Row:
        """Change what is said of one; a new version when that changes what a model sees."""
        ...

    def delete(self, name: str) -> None:
        """Take one out of the list."""
        ...


class LocalShelf:
    """Data sets of a home that this process has open."""

    def __init__(self, versions: Versions, home: Path) -> None:
        self._versions, self._home = versions, home

    def listed(self) -> list[Row]:
        return [dataset_row(each) for each in self._versions.listed()]

    def detail(self, ref: Ref) -> Row:
        return detail_row(self._versions.get(ref))

    def versions(self, name: str) -> list[Row]:
        return version_rows(self._versions.history(name))

    def register(self, name: str, path: str, wishes: Wishes, note: str) -> Row:
        there = {each.spec.name: each for each in self._versions.listed()}.get(name)
        return self._save(name, path, wishes, there.spec if there is not None else None, note)

    def edit(self, name: str, path: str | None, wishes: Wishes, note: str) -> Row:
        before = self._versions.get(Ref(name)).spec
        return self._save(name, path or before.path, wishes, before, note)

    def delete(self, name: str) -> None:
        self._versions.delete(name)

    def _save(self, name: str, path: str, wishes: Wishes, before: DatasetSpec | None, note: str) -> Row:
        asked = {"path": path, "name": name, "wishes": msgspec.to_builtins(wishes), "home": str(self._home)}
        asked["before"] = plain(before) if before is not None else None
        found = service.describe(asked, _silent)
        version, is_new = self._versions.save(decode(found["spec"]), note, found["facts"])
        return detail_row(version) | {"made": is_new}


class RemoteShelf:
    """Data sets of a server."""

    def __init__(self, url: str, token: str | None) -> None:
        self._link = Link(url, token, timeout_s=_PATIENT_S)

    def listed(self) -> list[Row]:
        found: list[Row] = self._ask("GET", "")["datasets"]
        return found

    def detail(self, ref: Ref) -> Row:
        which = ref.digest or ref.version
        return self._ask("GET", f"/{quote(ref.name)}" + (f"?version={which}" if which else ""))

    def versions(self, name: str) -> list[Row]:
        found: list[Row] = self._ask("GET", f"/{quote(name)}/versions")["versions"]
        return found

    def register(self, name: str, path: str, wishes: Wishes, note: str) -> Row:
        body = _said(wishes) | {"name": name, "path": path, "note": note}
        status, found = self._try("POST", "", body)
        return found | {"made": status == 201}

    def edit(self, name: str, path: str | None, wishes: Wishes, note: str) -> Row:
        before = self.detail(Ref(name))
        body = _said(wishes) | {"note": note} | ({"path": path} if path is not None else {})
        found = self._ask("PATCH", f"/{quote(name)}", body)
        return found | {"made": found["version"] != before["version"]}

    def delete(self, name: str) -> None:
        self._ask("DELETE", f"/{quote(name)}")

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def _ask(self, method: str, path: str, body: object = None) -> Row:
        return self._try(method, path, body)[1]

    def _try(self, method: str, path: str, body: object = None) -> tuple[int, Row]:
        status, found = self._link.call(method, f"/api/v1/datasets{path}", body)
        if status >= 400:
            refuse(status, found)
        return status, found


@contextmanager
def shelf(home: str | Path | None = None) -> Iterator[Shelf]:
    """Yield the data sets of a home: through the server of `GNOMON_URL` or of the folder, or opened by this process.

    Args:
        home: The folder; that of the environment unless told.

    Raises:
        LockedError: Another process has the folder open and serves nothing.
        UnavailableError: The server does not answer.
    """
    with reached(
        home,
        lambda url, settings: RemoteShelf(url, settings.token),
        lambda lab: LocalShelf(Versions(lab.documents, lab.path), lab.path),
    ) as found:
        yield found


def register(
    path: str | Path,
    name: str | None = None,
    *,
    target: str | Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
    types: Mapping[str, Kind] | None = None,
    split: Split | SplitSpec | Mapping[str, Any] | None = None,
    transforms: Mapping[str, Transform | Mapping[str, Any]] | None = None,
    note: str = "",
    home: str | Path | None = None,
) -> DatasetSpec:
    """Keep data under a name; what is not said is told from them. A name that is there gets a new version.

    Args:
        path: Where they lie: any file or folder that `open_data` takes.
        name: What they are called; that of the file unless told.
        target: Column or columns to be predicted.
        inputs: Columns that a model is given.
        types: What columns hold, of those that are told wrongly.
        split: How rows are split: `Split("time", (0.8, 0.1, 0.1), column="day")`.
        transforms: What is done to values: `{"image": {"normalise": "scale", "augment": {"flip": "horizontal"}}}`.
        note: What to remember of this version.
        home: The home folder; that of the environment unless told.

    Returns:
        The description; `.ref` is what runs and graphs keep.

    Raises:
        InputError: The data or what is said of them cannot be; `field` names it.
        NotFoundError: Nothing lies there, or a column is not there.
    """
    wishes = wished(target=target, inputs=inputs, types=types, split=split, transforms=transforms)
    place = absolute(path)
    with shelf(home) as found:
        return decode(found.register(name or proposed_name(place), place, wishes, note)["spec"])


def find(ref: str, home: str | Path | None = None) -> DatasetSpec:
    """Return the description of `name`, `name@3` or `name@<digest>`; the last needs no server and no open home.

    Raises:
        NotFoundError: There is none.
    """
    wanted = read_ref(ref)
    kept = from_file(Settings.from_env(home).home, wanted)
    if kept is not None:
        return kept
    with shelf(home) as found:
        return decode(found.detail(wanted)["spec"])


def load(ref: str, home: str | Path | None = None) -> Prepared:
    """Return a data set, its rows seen to be those that were registered, ready to give batches.

    Args:
        ref: `name`, `name@3` or `name@<digest>`.
        home: The home folder; that of the environment unless told.

    Raises:
        NotFoundError: There is no such data set, or nothing lies at its path any more.
        InputError: Other rows lie there now.

    Example:
        >>> data = load("digits")
        >>> batch = data.batch("train", range(32))
        >>> batch["image"].shape, batch["label"].shape
        ((32, 8, 8, 1), (32,))
    """
    return prepare(find(ref, home), home=Settings.from_env(home).home)


def wished(
    *,
    target: str | Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
    types: Mapping[str, Kind] | None = None,
    split: Split | SplitSpec | Mapping[str, Any] | None = None,
    transforms: Mapping[str, Transform | Mapping[str, Any]] | None = None,
) -> Wishes:
    """Return what is said of data, from what people write.

    Raises:
        InputError: It cannot be; the message says where.
    """
    for column, kind in (types or {}).items():
        if kind not in KINDS:
            msg = f"types.{column}: expected one of {', '.join(KINDS)}, received {kind!r:.40}."
            raise InputError(msg, field=f"types.{column}")
    return Wishes(
        dict(types) if types is not None else None,
        (target,) if isinstance(target, str) else tuple(target) if target is not None else None,
        tuple(inputs) if inputs is not None else None,
        _converted(_plain_split(split), SplitSpec, "split") if split is not None else None,
        {n: _converted(msgspec.to_builtins(each), Transform, f"transforms.{n}") for n, each in transforms.items()}
        if transforms is not None
        else None,
    )


def _converted(value: Any, kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        field = f"{where}{path.strip('`')}"
        msg = f"{field}: {text[0].lower()}{text[1:]}. docs/reference/data.md tells what there is."
        raise InputError(msg, field=field) from error


def absolute(path: str | Path) -> str:
    """Return a path as it is kept: absolute; what ships with gnomon as it is."""
    if str(path).startswith((PACKAGED, HOME)):
        return str(path)
    return str(Path(path).expanduser().absolute())


def _plain_split(split: Split | SplitSpec | Mapping[str, Any] | None) -> Any:
    if isinstance(split, Split):
        return {"way": split.way, "shares": split.shares, "seed": split.seed, "column": split.column}
    return msgspec.to_builtins(split)


def _said(wishes: Wishes) -> Row:
    return {key: value for key, value in msgspec.to_builtins(wishes).items() if value is not None}


def _silent(_: float, __: str) -> None:
    return None
