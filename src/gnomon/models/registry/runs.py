"""What the run of a version knows of it: who it was, what it used, and how it did."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import InputError, NotFoundError
from gnomon.models.registry.record import Lineage, Signature
from gnomon.models.registry.registry import Given
from gnomon.models.registry.sources import format_of, standing
from gnomon.store.engine import RecordInfo, RunInfo
from gnomon.store.home import Home

MAX_FIGURES: Final = 500
_OWN: Final = ("system/", "gnomon/", "model/")
"""What is watched of a model is no figure to compare it by, and may be thousands."""


def with_run(home: Home, given: Given) -> Given:
    """Return a version with what its run knows; as it is when the run is not here (any more)."""
    info = home.catalog.get(given.lineage.run) if given.lineage.run else None
    if info is None:
        return given
    return replace(given, lineage=told(given.lineage, info), metrics=figures(home, info.id) | dict(given.metrics))


def of_run(home: Home, run: str, key: str, step: int | None = None) -> Given:
    """Return a version of what a run logged: the file of a key, or all files below it, each as it was last.

    Args:
        home: Where the run is.
        run: Its id.
        key: Such as `models/net`, where `run.log_model(…, "net")` keeps its files.
        step: Take what was logged then; the newest when `None`.

    Raises:
        NotFoundError: There is no such run, or it logged nothing there.
        InputError: What it logged there is no file.
    """
    info = home.catalog.run(run)
    below = f"{key.rstrip('/')}/"
    known = home.engine.record_keys(info.id)
    keys = [key] if key in known else sorted(each for each in known if each.startswith(below))
    records = {each: _newest(home, info.id, each, step) for each in keys}
    found = {each: record for each, record in records.items() if record is not None}
    if not found:
        at = "" if step is None else f" at step {step}"
        msg = f'run.key: {info.name} logged nothing as "{key:.80}"{at}. GET /api/v1/runs/{info.id}/records lists it.'
        raise NotFoundError(msg)
    sources = {_path(each, below, record): _payload(home, info.id, record) for each, record in found.items()}
    newest = max(record.step for record in found.values())
    lineage = told(Lineage(project=info.project, run=info.id, step=newest, job=str(info.meta.get("job") or "")), info)
    return Given(format_of(sources), sources, lineage, Signature(), figures(home, info.id))


def _newest(home: Home, run: str, key: str, step: int | None) -> RecordInfo | None:
    found = home.engine.records(run, key, step or 0, step, limit=1, newest=True)
    if found and found[0].kind != "file":
        msg = f"run.key: expected a file, {key!r:.80} is of kind {found[0].kind}. Log it by run.save(path) or gnomon.File."
        raise InputError(msg, field="run.key")
    return found[0] if found else None


def _path(key: str, below: str, record: RecordInfo) -> str:
    return key.removeprefix(below) if key.startswith(below) else standing(str(record.meta.get("name") or "data"))


def _payload(home: Home, run: str, record: RecordInfo) -> Path | bytes:
    return home.engine.payload_path(run, record.id) or home.engine.payload(run, record.id)


def told(lineage: Lineage, info: RunInfo) -> Lineage:
    """Return where a version comes from, with what its run knows besides."""
    data = _texts(info.meta.get("data")) | lineage.data
    commit = str(info.meta.get("commit") or "")
    return msgspec.structs.replace(lineage, run_name=info.name, commit=commit, data=data)


def figures(home: Home, run: str) -> dict[str, float]:
    """Return the last value of each metric of a run, those with a part in their name, such as `test/f1`, first."""
    known = home.engine.series(run)
    names = sorted((name for name in known if not name.startswith(_OWN)), key=lambda name: ("/" not in name, name))
    return {name: float(known[name].last) for name in names[:MAX_FIGURES]}


def _texts(value: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}
