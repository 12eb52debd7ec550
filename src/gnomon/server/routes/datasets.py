"""Data sets: registered, looked into, changed; uploads of data."""

import asyncio
import shutil
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gnomon.models.datasets.versions import Version
from gnomon.server.context import Context, answer, context, read_json
from gnomon.server.operation import Operation, read_query
from gnomon.server.panel_rows import if_match
from gnomon.server.routes.blobs import check_space, pieces
from gnomon.server.rules import OCTETS
from gnomon.server.wire_datasets import (
    DatasetChanges,
    DatasetCut,
    DatasetDetail,
    DatasetLook,
    DatasetPatch,
    DatasetPost,
    DatasetProfile,
    DatasetQuery,
    DatasetRow,
    DatasetRows,
    DatasetRowsQuery,
    DatasetSample,
    DatasetSampled,
    DatasetTable,
    DatasetUploaded,
    DatasetUploadedQuery,
    DatasetUploadQuery,
    DatasetUses,
    DatasetVersions,
    DatasetWindows,
)

T = TypeVar("T")
_WISHES = ("types", "target", "inputs", "split", "transforms")


def list_datasets(request: Request) -> Response:
    """Return the data sets, the one that changed last in front; those that ship with gnomon last."""
    found = context(request)
    cursor = found.home.bus.cursor()
    rows = [msgspec.convert(row, DatasetRow) for row in found.datasets.listed()]
    return answer(DatasetRows(datasets=rows, cursor=cursor))


async def post_dataset(request: Request) -> Response:
    """Register the data at a path (201); under a name that is there, other data make a new version, the same do not (200)."""
    asked = await _read(request, DatasetPost)
    found = context(request)
    version, is_new = await found.datasets.register(asked.name, asked.path, _wishes(asked), asked.note)
    return await _tagged(found, version, 201 if is_new else 200)


async def get_dataset(request: Request) -> Response:
    """Return a data set as it is, or at a version."""
    found = context(request)
    version = await asyncio.to_thread(found.datasets.get, _name(request), read_query(request, DatasetQuery).version)
    return await _tagged(found, version)


async def patch_dataset(request: Request) -> Response:
    """Change what is said of a data set; a new version when a model would see other numbers."""
    asked = await _read(request, DatasetPatch)
    found = context(request)
    version = await found.datasets.edit(_name(request), asked.path, _wishes(asked), asked.note, if_match(request))
    return await _tagged(found, version)


async def delete_dataset(request: Request) -> Response:
    """Take a data set out of the list; its files stay, and its versions can still be read by digest."""
    await context(request).datasets.delete(_name(request), if_match(request))
    return Response(status_code=204)


def get_versions(request: Request) -> Response:
    """Return the versions of a data set, newest first, with what each changed."""
    rows = context(request).datasets.history(_name(request))
    return answer(msgspec.convert({"versions": rows}, DatasetVersions))


def get_uses(request: Request) -> Response:
    """Return the runs and graphs that name a version of a data set."""
    return answer(msgspec.convert(context(request).datasets.uses(_name(request)), DatasetUses))


async def get_profile(request: Request) -> Response:
    """Return what a version holds: columns with histograms and counts, balance, findings."""
    found = context(request).datasets
    version = await asyncio.to_thread(found.get, _name(request), read_query(request, DatasetQuery).version)
    return answer(msgspec.convert(await found.profile(version), DatasetProfile))


async def get_rows(request: Request) -> Response:
    """Return some rows of a version, of one part or class if asked for."""
    asked = read_query(request, DatasetRowsQuery)
    found = context(request).datasets
    version = await asyncio.to_thread(found.get, _name(request), asked.version)
    chosen = {"part": asked.part, "class": asked.class_, "first": asked.first, "last": max(asked.first, asked.last)}
    return answer(msgspec.convert(await found.rows(version, chosen), DatasetTable))


async def look(request: Request) -> Response:
    """Return what would be registered; nothing is stored."""
    asked = await _read(request, DatasetLook)
    found = await context(request).datasets.look({"path": asked.path, "name": asked.name, "wishes": _wishes(asked)})
    return answer(msgspec.convert(found, DatasetProfile))


async def sample(request: Request) -> Response:
    """Return values of a column of `train` before and after its transforms; of pictures, augmented."""
    asked = await _read(request, DatasetSample)
    wanted = {"wishes": _wishes(asked), "column": asked.column, "count": asked.count, "seed": asked.seed}
    found = await context(request).datasets.sample(asked.name, wanted | {"path": asked.path})
    return answer(msgspec.convert(found, DatasetSampled))


async def windows(request: Request) -> Response:
    """Cut a series into windows and what comes next (201); look at or register the path that comes back."""
    asked = await _read(request, DatasetWindows)
    found = context(request)
    await asyncio.to_thread(check_space, found, 0)
    wanted = {key: value for key, value in msgspec.to_builtins(asked).items() if key not in ("path", "name")}
    made = await found.datasets.windows(asked.path, wanted, asked.name)
    return answer(msgspec.convert(made, DatasetCut), 201)


async def upload(request: Request) -> Response:
    """Keep a file in the home's data folder (201); a ZIP archive is unpacked. Look at or register the path that comes back."""
    asked = read_query(request, DatasetUploadQuery)
    found = context(request)
    await asyncio.to_thread(found.datasets.tidy)
    await asyncio.to_thread(check_space, found, int(request.headers.get("content-length", "0")))
    file = found.datasets.paths.new_upload(asked.filename)
    try:
        size = await _written(request, found, file)
        place, files = file, 1
        if file.suffix == ".zip":
            free = shutil.disk_usage(file.parent).free - found.settings.min_free_bytes
            place, files, size = await found.datasets.unpacked(file, max(free, 0))
    except BaseException:
        await asyncio.to_thread(found.datasets.paths.discard, file)
        raise
    return answer(DatasetUploaded(path=str(place), files=files, size_bytes=size), 201)


def delete_upload(request: Request) -> Response:
    """Remove an upload that nothing was made of (204); 409 when a version of a data set is of it, deleted ones too."""
    context(request).datasets.discard(read_query(request, DatasetUploadedQuery).path)
    return Response(status_code=204)


async def _written(request: Request, found: Context, file: Path) -> int:
    size = 0
    with file.open("xb") as out:
        async for piece in pieces(request):
            await asyncio.to_thread(check_space, found, len(piece))
            await asyncio.to_thread(out.write, piece)
            size += len(piece)
    return size


async def _tagged(found: Context, version: Version, status: int = 200) -> Response:
    row = await asyncio.to_thread(found.datasets.detail, version)
    response = answer(msgspec.convert(row, DatasetDetail), status)
    response.headers["ETag"] = f'"{version.rev}"'
    return response


async def _read(request: Request, kind: type[T]) -> T:
    return read_json(await request.body() or b"{}", request.headers.get("content-encoding", ""), kind)


def _wishes(asked: DatasetChanges) -> dict[str, Any]:
    given = {name: msgspec.to_builtins(getattr(asked, name)) for name in _WISHES}
    return {name: value for name, value in given.items() if value is not None}


def _name(request: Request) -> str:
    found: str = request.path_params["name"]
    return found


OPERATIONS = (
    Operation("GET", "/api/v1/datasets", list_datasets, "datasets", DatasetRows),
    Operation("POST", "/api/v1/datasets", post_dataset, "datasets", DatasetDetail, body=DatasetPost),
    Operation("POST", "/api/v1/datasets:look", look, "datasets", DatasetProfile, body=DatasetLook),
    Operation("POST", "/api/v1/datasets:windows", windows, "datasets", DatasetCut, body=DatasetWindows),
    Operation("POST", "/api/v1/datasets:sample", sample, "datasets", DatasetSampled, body=DatasetSample),
    Operation(
        "POST",
        "/api/v1/datasets:upload",
        upload,
        "datasets",
        DatasetUploaded,
        DatasetUploadQuery,
        bytes,
        media_in=(OCTETS,),
    ),
    Operation("DELETE", "/api/v1/datasets:upload", delete_upload, "datasets", query=DatasetUploadedQuery),
    Operation("GET", "/api/v1/datasets/{name}/versions", get_versions, "datasets", DatasetVersions),
    Operation("GET", "/api/v1/datasets/{name}/uses", get_uses, "datasets", DatasetUses),
    Operation("GET", "/api/v1/datasets/{name}/profile", get_profile, "datasets", DatasetProfile, DatasetQuery),
    Operation("GET", "/api/v1/datasets/{name}/rows", get_rows, "datasets", DatasetTable, DatasetRowsQuery),
    Operation("GET", "/api/v1/datasets/{name}", get_dataset, "datasets", DatasetDetail, DatasetQuery),
    Operation("PATCH", "/api/v1/datasets/{name}", patch_dataset, "datasets", DatasetDetail, body=DatasetPatch),
    Operation("DELETE", "/api/v1/datasets/{name}", delete_dataset, "datasets"),
)
