"""The registry: models, their versions and files, the names that point at them, and what they must pass."""

import asyncio
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.models.registry.compare import ModelComparison
from gnomon.models.registry.registry import Kept
from gnomon.server.context import Context, answer, context, read_json
from gnomon.server.downloads import OCTETS, Payload, send
from gnomon.server.model_rows import model_detail, model_row, version_row
from gnomon.server.model_sources import given
from gnomon.server.operation import Operation, read_query
from gnomon.server.panel_rows import if_match
from gnomon.server.wire_models import (
    AliasPut,
    ModelCompareQuery,
    ModelDetail,
    ModelPatch,
    ModelRows,
    ModelVersion,
    VersionPatch,
    VersionPost,
)

T = TypeVar("T")


def list_models(request: Request) -> Response:
    """Return all models, the one that changed last in front."""
    found = context(request)
    cursor = found.home.bus.cursor()
    return answer(ModelRows(models=[model_row(kept) for kept in found.models.listed()], cursor=cursor))


def get_model(request: Request) -> Response:
    """Return a model with its versions, what its gates say of each, and the outcomes of tests."""
    found = context(request)
    return _tagged(found, found.models.get(_name(request)))


async def patch_model(request: Request) -> Response:
    """Change what is said of a model, or what its versions must pass."""
    asked, found = await _read(request, ModelPatch), context(request)
    said = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not msgspec.UNSET}
    kept = await asyncio.to_thread(found.models.edit, _name(request), if_match(request), **said)
    return _tagged(found, kept)


async def delete_model(request: Request) -> Response:
    """Delete a model, its versions and their files; refused while an alias points at one."""
    await asyncio.to_thread(_delete_model, context(request), _name(request), if_match(request))
    return Response(status_code=204)


def _delete_model(found: Context, name: str, if_rev: int | None) -> None:
    found.endpoints.check_free(name)
    versions = found.models.get(name).model.versions
    found.models.delete(name, if_rev)
    for version in versions:
        found.exports.forget(name, version)
        found.tests.forget(name, version)


async def post_version(request: Request) -> Response:
    """Register a version; a model that is not there is made."""
    asked, found = await _read(request, VersionPost), context(request)
    row = await asyncio.to_thread(_register, found, _name(request), asked)
    return answer(row, 201)


def _register(found: Context, name: str, asked: VersionPost) -> ModelVersion:
    made = found.models.add(name, given(found.home, asked))
    for alias in asked.aliases:
        found.models.point(name, alias, made.number)
    return version_row(found.models.get(name), made)


def get_version(request: Request) -> Response:
    """Return a version by its number, an alias, `latest` or the beginning of its digest."""
    kept = context(request).models.get(_name(request))
    return answer(version_row(kept, kept.model.version(_ref(request))))


async def patch_version(request: Request) -> Response:
    """Say something of a version."""
    asked, found = await _read(request, VersionPatch), context(request)
    kept = await asyncio.to_thread(found.models.note, _name(request), _ref(request), asked.note)
    return answer(version_row(kept, kept.model.version(_ref(request))))


async def delete_version(request: Request) -> Response:
    """Delete a version and its files; refused while an alias points at it."""
    await asyncio.to_thread(_delete_version, context(request), _name(request), _ref(request))
    return Response(status_code=204)


def _delete_version(found: Context, name: str, ref: str) -> None:
    version = found.models.version(name, ref)
    found.endpoints.check_free(name, version.number)
    found.models.delete_version(name, version.number)
    found.exports.forget(name, version)
    found.tests.forget(name, version)


def get_file(request: Request) -> Response:
    """Return a file of a version, or a range of it."""
    found = context(request).models
    version = found.version(_name(request), _ref(request))
    path = str(request.path_params["path"])
    place = found.file(_name(request), version.number, path)
    entry = next((each for each in version.files if each.path == path), None)
    tag = entry.sha256 if entry is not None else f"{version.digest}-{path}"
    return send(request, Payload(place, place.stat().st_size, tag, OCTETS, place.name))


async def put_alias(request: Request) -> Response:
    """Let an alias point at a version that passes the gates before it."""
    asked, found = await _read(request, AliasPut), context(request)
    alias = str(request.path_params["alias"])
    kept = await asyncio.to_thread(found.models.point, _name(request), alias, asked.version, force=asked.force)
    return _tagged(found, kept)


async def delete_alias(request: Request) -> Response:
    """Take an alias away."""
    found = context(request)
    kept = await asyncio.to_thread(found.models.unpoint, _name(request), str(request.path_params["alias"]))
    return _tagged(found, kept)


def get_comparison(request: Request) -> Response:
    """Return what differs between two versions."""
    asked, name = read_query(request, ModelCompareQuery), _name(request)
    return answer(context(request).models.compare((name, asked.a), (asked.other or name, asked.b)))


async def _read(request: Request, kind: type[T]) -> T:
    return read_json(await request.body(), request.headers.get("content-encoding", ""), kind)


def _tagged(found: Context, kept: Kept) -> Response:
    response = answer(model_detail(found.models, kept, found.home.bus.cursor()))
    response.headers["ETag"] = f'"{kept.rev}"'
    return response


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _ref(request: Request) -> str:
    return str(request.path_params["ref"])


_MODEL = "/api/v1/models/{name}"
_VERSION = f"{_MODEL}/versions/{{ref}}"
OPERATIONS = (
    Operation("GET", "/api/v1/models", list_models, "models", ModelRows),
    Operation("GET", _MODEL, get_model, "models", ModelDetail),
    Operation("PATCH", _MODEL, patch_model, "models", ModelDetail, body=ModelPatch),
    Operation("DELETE", _MODEL, delete_model, "models"),
    Operation("GET", f"{_MODEL}/compare", get_comparison, "models", ModelComparison, ModelCompareQuery),
    Operation("POST", f"{_MODEL}/versions", post_version, "models", ModelVersion, body=VersionPost),
    Operation("GET", _VERSION, get_version, "models", ModelVersion),
    Operation("PATCH", _VERSION, patch_version, "models", ModelVersion, body=VersionPatch),
    Operation("DELETE", _VERSION, delete_version, "models"),
    Operation("GET", f"{_VERSION}/files/{{path:path}}", get_file, "models", bytes, media_out=(OCTETS,)),
    Operation("PUT", f"{_MODEL}/aliases/{{alias}}", put_alias, "models", ModelDetail, body=AliasPut),
    Operation("DELETE", f"{_MODEL}/aliases/{{alias}}", delete_alias, "models", ModelDetail),
)
