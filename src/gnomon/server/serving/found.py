"""What a name such as `digits@champion` stands for at the moment, as files that can be loaded.

A version of PyTorch or Keras is served by its ONNX export: the one that was made for the registry where there is one, otherwise one
that is made now and kept in the home's cache.
"""

import shutil
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from gnomon.core.errors import InputError, MissingExtraError
from gnomon.core.settings import Settings
from gnomon.models.registry.record import Model, Version, read_ref
from gnomon.server.serving.status import Plan, Source
from gnomon.store.lock import holder

CACHE: Final = Path("cache") / "onnx"
_ONNX: Final = "model.onnx"

Export = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Asks a worker for `export.run`."""


class Registered(Protocol):
    """The models of a home."""

    def get(self, name: str) -> Model:
        """Return one."""
        ...

    def folder(self, name: str, version: Version) -> Path:
        """Return a folder with the files of a version, each seen to be what was registered."""
        ...

    def onnx(self, name: str, version: Version) -> Path | None:
        """Return the ONNX export of a version; `None` when none was made, or it differs from the model."""
        ...


class Wanted(msgspec.Struct, frozen=True):
    """Say what is to be served, by names that may come to stand for other versions.

    Args:
        model: `name@champion`, `name@3`, `name`.
        canary: Likewise, of what answers a share of requests; "" for none.
        share: Of requests.
        shadow: Likewise, of what is asked too; "" for none.
    """

    model: str
    canary: str = ""
    share: float = 0.0
    shadow: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            msg = f"canary: expected a share from 0 to 1, received {self.share:g}."
            raise InputError(msg, field="canary")


def resolve(wanted: Wanted, home: Path | None) -> dict[str, Source]:
    """Return the versions that names stand for now, `model` empty where an export is still to be made.

    Raises:
        NotFoundError: There is no such model or version.
        InputError: It is of a format that cannot be served.
        CorruptError: Its files are not what they were.
    """
    from gnomon.models.registry.home import models  # noqa: PLC0415 - a server has its registry open

    with models(home) as registry:
        return sources(wanted, registry)


def sources(wanted: Wanted, registry: Registered) -> dict[str, Source]:
    """Return what `resolve` does, of a registry that is open."""
    found: dict[str, Source] = {}
    for ref in dict.fromkeys(each for each in (wanted.model, wanted.canary, wanted.shadow) if each):
        name, which = read_ref(ref)
        version = registry.get(name).version(which)
        if version.format not in ("torch", "keras", "onnx", "mlp"):
            msg = f"{ref}: a version of format {version.format} cannot be served; torch, keras, onnx and mlp can."
            raise InputError(msg, field="ref")
        folder = registry.folder(name, version)
        said = f"{name}@{version.number}"
        file = {"mlp": folder / "model.npz", "onnx": folder / _ONNX}.get(version.format)
        model = file or registry.onnx(name, version)
        found[ref] = Source(said, version.digest, version.format, str(folder), str(model or ""), version.signature)
    return found


def plan_of(wanted: Wanted, found: dict[str, Source]) -> Plan:
    """Return what is to be loaded, of versions that are all there."""
    canary, shadow = (found.get(ref) for ref in (wanted.canary, wanted.shadow))
    return Plan(found[wanted.model], canary, wanted.share if canary is not None else 0.0, shadow)


def has_server(home: Path | None) -> bool:
    """Return whether somebody can be asked without opening the home."""
    settings = Settings.from_env(home)
    owner = holder(settings.home)
    return (home is None and settings.url is not None) or (owner is not None and owner.url is not None)


def cache_of(home: Path | None) -> Path:
    """Return the home folder in which exports are kept."""
    return Settings.from_env(home).home


async def planned(wanted: Wanted, home: Path, found: dict[str, Source], export: Export) -> Plan:
    """Return what is to be loaded, exports made where there are none yet.

    Args:
        wanted: By names.
        home: The home folder, for its cache.
        found: What the names stand for.
        export: How a version is exported.

    Raises:
        MissingExtraError: PyTorch or ONNX is not installed.
        InputError: A version cannot be written as ONNX.
    """
    whole = {ref: await _exported(source, home, export) for ref, source in found.items()}
    return plan_of(wanted, whole)


async def _exported(source: Source, home: Path, export: Export) -> Source:
    if source.model:
        return source
    target = home / CACHE / f"{source.ref.partition('@')[0]}@{source.digest}"
    if not (target / _ONNX).is_file():
        _check_installed(source)
        asked = {"folder": source.folder, "target": str(target), "format": "onnx", "home": str(home)}
        made = await export({**asked, "title": source.ref, "allow_code": True})
        if not made["agrees"]:
            shutil.rmtree(target, ignore_errors=True)
            msg = f"{source.ref}: its ONNX export differs from the model by {made['largest']:.3g}, and is not served."
            raise InputError(msg, field="ref")
    return msgspec.structs.replace(source, model=str(target / _ONNX))


def _check_installed(source: Source) -> None:
    if find_spec(source.format) is None:
        said = {"torch": "PyTorch", "keras": "Keras"}.get(source.format, source.format)
        install = "gnomon[torch,onnx]" + (" keras" if source.format == "keras" else "")
        msg = (
            f"{source.ref} has no ONNX export yet, and writing one needs {said}. Install {install}, or have a server "
            "that has it make the export: on the model's page, or by POST /api/v1/models/NAME/versions/N/exports."
        )
        raise MissingExtraError(msg)
