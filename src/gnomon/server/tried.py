"""One input tried on a version, and what the checkpoints of trainings say of it: read here, asked in a worker."""

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from PIL import Image, ImageOps

from gnomon.core.errors import CorruptError, GnomonError, InputError, NotFoundError
from gnomon.graph.document import Graph
from gnomon.graph.document import decode as decode_graph
from gnomon.models.datasets.registry import DatasetSpec, plain, read_ref
from gnomon.models.datasets.versions import from_file
from gnomon.models.jobs.folder import JobFolder
from gnomon.models.registry import files
from gnomon.models.registry.record import Port, Signature, Version
from gnomon.models.registry.trained import GRAPH
from gnomon.models.testing.keep import own_data, part_of
from gnomon.models.training import checkpoint
from gnomon.server.model_tests import TRY_S, ModelTests
from gnomon.server.serving.brought import Brought, read_brought
from gnomon.server.serving.picture import opened_picture
from gnomon.server.serving.raw import Ready, reader_of
from gnomon.server.wire_tests import CheckpointsPost, SampleRow, TryPost

POOL: Final = "try"
"""Another than that of tests: who tries an input does not wait for a test of an hour."""
MOST: Final = 20
"""So many runs, jobs and versions are asked about one row; the others are told so."""
_WEIGHTS: Final = "model.safetensors"


@dataclass(frozen=True, slots=True)
class Tried:
    """Try inputs.

    Args:
        tests: Which know versions and data.
    """

    tests: ModelTests

    async def one(self, name: str, ref: str, asked: TryPost, sent: Brought | None = None) -> dict[str, Any]:
        """Return what a version says of one input, see `Tried` of the wire.

        Args:
            name: Of the model.
            ref: Of the version.
            asked: A row, or what was sent as JSON; how it is to be shown.
            sent: What came in another form: a file, a form.

        Raises:
            NotFoundError: There is no such version, data set or row.
            InputError: The input is none that the version takes; the message says why.
        """
        tests = self.tests
        version = await asyncio.to_thread(tests.checked, name, ref)
        params = tests.params(name, version) | {
            "method": asked.saliency,
            "output": asked.output,
            "class_": asked.class_,
            "layers": asked.layers,
            "scores": tests.scores(name, version),
        }
        own = own_data(tests.home.path, name, version)
        if asked.row is not None and sent is None:
            spec = tests.spec(asked.row.dataset, own)
            assert spec is not None  # needed, unless told otherwise
            params |= {"spec": plain(spec), "part": part_of(spec, asked.row.part), "row": asked.row.row}
        else:
            brought = sent or _brought(asked)
            signature, side = await self._signature(version, params)
            graph = _graph(tests, name, version)
            ready = await asyncio.to_thread(_read, brought, own, graph, signature, side, asked.invert)
            params |= {"arrays": _plain(ready), "given": asked.values or {}}
            if own is not None and not tests.datasets.paths.why_withheld(own.path):
                params["spec"] = plain(own)  # for the names of columns, and what stands for a covered one
        found: dict[str, Any] = await tests.workers.call("test.try", params, pool=POOL, timeout_s=TRY_S)
        return found

    async def checkpoints(self, asked: CheckpointsPost) -> dict[str, Any]:
        """Return what each checkpoint of some runs and versions says of one row.

        Raises:
            NotFoundError: There is no such run, version or data set.
            InputError: Nothing is asked for, or no data.
        """
        if not asked.runs and not asked.jobs and not asked.versions:
            msg = "runs: expected runs, jobs or versions to be asked, received none."
            raise InputError(msg, field="runs")
        trained = await asyncio.to_thread(self._trained, asked)
        spec = self._spec(asked.row, trained)
        params = {
            "trained": trained,
            "spec": plain(spec),
            "part": part_of(spec, asked.row.part),
            "row": asked.row.row,
            "home": str(self.tests.home.path),
            "allow_code": self.tests.workers.allow_code,
        }
        found: dict[str, Any] = await self.tests.workers.call(
            "test.checkpoints", params, pool=POOL, timeout_s=TRY_S * 5
        )
        return found

    async def _signature(self, version: Version, params: Mapping[str, Any]) -> tuple[Signature, int | None]:
        """Return what a version takes; where nobody said, its file is asked."""
        if version.signature.inputs:
            return version.signature, None
        keys = ("folder", "format", "signature", "home", "allow_code")
        found = await self.tests.workers.call(
            "test.takes", {key: params[key] for key in keys}, pool=POOL, timeout_s=TRY_S
        )
        return Signature(msgspec.convert(found["inputs"], tuple[Port, ...])), found["side"]

    def _spec(self, row: SampleRow, trained: Sequence[Mapping[str, Any]]) -> DatasetSpec:
        if row.dataset is None:
            known = [each["own"] for each in trained if each["own"] is not None]
            if not known:
                msg = "row.dataset: none of these says what data it was trained on. Name a data set."
                raise InputError(msg, field="row.dataset")
            found = msgspec.convert(known[0], DatasetSpec)
        else:
            found = self.tests.datasets.versions.get(read_ref(row.dataset)).spec
        self.tests.datasets.paths.checked(found.path)
        return found

    def _trained(self, asked: CheckpointsPost) -> list[dict[str, Any]]:
        kinds = ((self._of_run, asked.runs), (self._of_job, asked.jobs), (self._of_version, asked.versions))
        every = [(find, each) for find, some in kinds for each in some]
        found = [find(each) for find, each in every[:MOST]]
        why = f"only the first {MOST} of {len(every)} are asked at once; ask for it alone"
        return [*found, *({"id": each, "name": each, "own": None, "why": why} for _, each in every[MOST:])]

    def _of_run(self, run: str) -> dict[str, Any]:
        info = self.tests.home.catalog.run(run)
        job = info.meta.get("job")
        about = {"id": info.id, "name": info.name, "project": info.project, "own": None}
        if not isinstance(job, str):
            return about | {"why": "no job trained it, so that it keeps no checkpoints"}
        return self._of_job(job) | {key: about[key] for key in ("id", "name", "project")}

    def _of_job(self, job: str) -> dict[str, Any]:
        # What a run says of itself is anybody's word: the folder of a job has an id for its name, whatever was said.
        folder = JobFolder.of(self.tests.home.path, job)
        try:
            spec = folder.spec()
        except (FileNotFoundError, NotFoundError):
            msg = f"jobs: there is no job {job!r:.40} in this home."
            raise NotFoundError(msg) from None
        about: dict[str, Any] = {"id": job, "name": spec.name, "job": job, "project": spec.project, "own": None}
        steps = checkpoint.steps(folder.checkpoints)
        if spec.graph is None or not steps:
            return about | {"why": "it keeps no checkpoint" if spec.graph is not None else "it ran a script"}
        graph = msgspec.json.encode(spec.graph)
        own = from_file(self.tests.home.path, read_ref(spec.dataset)) if spec.dataset else None
        return about | {
            "graph": graph,
            "format": str(spec.graph.get("target", "torch")),
            "components": dict(spec.components),
            "own": plain(own) if own is not None else None,
            "weights": [{"step": step, "path": str(folder.checkpoints / f"step-{step}" / _WEIGHTS)} for step in steps],
        }

    def _of_version(self, ref: str) -> dict[str, Any]:
        name, _, which = ref.partition("@")
        try:
            version = self.tests.checked(name, which or "latest")
        except CorruptError as error:
            return {"id": ref, "name": ref, "own": None, "why": str(error)}
        own = own_data(self.tests.home.path, name, version)
        said = f"{name}@{version.number}"
        params = self.tests.params(name, version)
        return {
            "id": said,
            "name": said,
            "job": version.lineage.job,
            "project": version.lineage.project,
            "format": version.format,
            "signature": params["signature"],
            "scores": self.tests.scores(name, version),
            "own": plain(own) if own is not None else None,
            "weights": [{"step": version.lineage.step or 0, "path": params["folder"]}],
        }


def _brought(asked: TryPost) -> Brought:
    """Return what a JSON body brings."""
    if sum(each is not None for each in (asked.image, asked.values, asked.inputs)) != 1:
        msg = "row: expected one of `row`, `image`, `values` and `inputs`."
        raise InputError(msg, field="row")
    body = {"image": asked.image, "inputs": asked.inputs, "rows": [asked.values] if asked.values is not None else None}
    said = {key: value for key, value in body.items() if value is not None}
    return read_brought("application/json", msgspec.json.encode(said))


def _read(
    brought: Brought, own: DatasetSpec | None, graph: Graph | None, signature: Signature, side: int | None, invert: bool
) -> Ready:
    if invert and brought.picture is not None:
        brought = msgspec.structs.replace(brought, picture=_inverted(brought.picture))
    ready = reader_of(own, graph, signature, side).read(brought)
    if ready.rows != 1:
        msg = f"inputs: expected one row, received {ready.rows}. Test a data set for many."
        raise InputError(msg, field="inputs")
    return ready


def _inverted(data: bytes) -> bytes:
    """Return a picture with dark and light exchanged; what cannot be read is told of later, by who reads it."""
    picture = opened_picture(data)
    if picture.mode in {"RGBA", "LA", "PA", "P"}:
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
    out = io.BytesIO()
    ImageOps.invert(picture.convert("L" if picture.mode in {"1", "L"} else "RGB")).save(out, "png")
    return out.getvalue()


def _graph(tests: ModelTests, name: str, version: Version) -> Graph | None:
    file = Path(files.folder_of(tests.home.path, name, version.number)) / GRAPH
    if version.format not in ("torch", "keras") or not file.is_file():
        return None
    try:
        return decode_graph(file.read_bytes())
    except GnomonError as error:
        msg = f"version: its graph does not decode: {error}"
        raise InputError(msg, field="version") from error


def _plain(ready: Ready) -> dict[str, dict[str, Any]]:
    return {
        name: {"shape": list(array.shape), "dtype": array.dtype.str, "data": array.tobytes()}
        for name, array in ready.inputs.items()
    }
