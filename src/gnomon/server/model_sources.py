"""What a new version is made of: files that were sent before, or files that a run logged."""

from dataclasses import replace
from pathlib import Path

from gnomon.core.errors import InputError, NotFoundError
from gnomon.models.registry.record import Lineage, Signature
from gnomon.models.registry.registry import Given
from gnomon.models.registry.runs import of_run, with_run
from gnomon.models.registry.sources import format_of
from gnomon.models.registry.trained import of_job
from gnomon.server.wire_models import VersionPost
from gnomon.store.home import Home


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
        source = of_run(home, asked.run.run, asked.run.key, asked.run.step)
        return _made(asked, dict(source.sources), source.lineage, dict(source.metrics))
    sources: dict[str, Path | bytes] = {path: _blob(home, path, blob) for path, blob in (asked.files or {}).items()}
    return _made(asked, sources, asked.lineage or Lineage(), {})


def _made(asked: VersionPost, sources: dict[str, Path | bytes], lineage: Lineage, figures: dict[str, float]) -> Given:
    return Given(
        format=asked.format or format_of(sources),
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
