"""What a new version is made of: files that were sent before, or a file that a run logged."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from gnomon.core.errors import InputError, NotFoundError
from gnomon.models.registry.record import Lineage, Signature
from gnomon.models.registry.registry import Given
from gnomon.models.registry.runs import figures, told, with_run
from gnomon.models.registry.sources import format_of, standing
from gnomon.models.registry.trained import of_job
from gnomon.server.wire_models import RunSource, VersionPost
from gnomon.store.home import Home

MAX_FIGURES: Final = 500
_OWN: Final = ("system/", "gnomon/")


def given(home: Home, asked: VersionPost) -> Given:
    """Return what a version is made of.

    Raises:
        InputError: Neither a run nor files are named, or both.
        NotFoundError: A run, a record or a file is not there.
    """
    if sum(each is not None for each in (asked.job, asked.run, asked.files)) != 1:
        msg = "files: expected either `files`, or `run` with the `key` of a file that it logged, or `job`."
        raise InputError(msg, field="files")
    if asked.job is not None:
        found = with_run(home, of_job(home.path, asked.job.job, asked.job.checkpoint))
        return replace(found, metrics=dict(found.metrics) | asked.metrics, note=asked.note)
    if asked.run is not None:
        return _of_run(home, asked.run, asked)
    sources: dict[str, Path | bytes] = {path: _blob(home, path, blob) for path, blob in (asked.files or {}).items()}
    return _made(asked, sources, asked.lineage or Lineage(), {})


def _of_run(home: Home, source: RunSource, asked: VersionPost) -> Given:
    info = home.catalog.run(source.run)
    found = home.engine.records(info.id, source.key, source.step or 0, source.step, limit=1, newest=True)
    if not found:
        at = "" if source.step is None else f" at step {source.step}"
        msg = f'run.key: {info.name} logged nothing as "{source.key:.80}"{at}. GET /api/v1/runs/{info.id}/records lists it.'
        raise NotFoundError(msg)
    record = found[0]
    if record.kind != "file":
        msg = f"run.key: expected a file, {source.key!r:.80} is of kind {record.kind}. Log it as gnomon.File(path)."
        raise InputError(msg, field="run.key")
    payload: Path | bytes = home.engine.payload_path(info.id, record.id) or home.engine.payload(info.id, record.id)
    name = str(record.meta.get("name") or "data")
    job = str(info.meta.get("job") or "")
    lineage = told(Lineage(project=info.project, run=info.id, step=record.step, job=job), info)
    return _made(asked, {standing(name): payload}, lineage, figures(home, info.id))


def _made(asked: VersionPost, sources: dict[str, Path | bytes], lineage: Lineage, figures: dict[str, float]) -> Given:
    return Given(
        format=asked.format or format_of(list(sources)),
        sources=sources,
        lineage=lineage,
        signature=asked.signature or Signature(),
        metrics=figures | asked.metrics,
        note=asked.note,
    )


def _blob(home: Home, path: str, blob: str) -> Path:
    found = home.engine.blobs.path(blob)
    if found is None:
        msg = f"files.{path:.80}: no file {blob} was sent. PUT it to /api/v1/blobs/{blob} first."
        raise NotFoundError(msg)
    return found
