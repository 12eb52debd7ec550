"""What `gnomon train` does before and after the training: the job asked for, the bar, and what came of it."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from gnomon.cli.canvas_files import graph_of, parsed
from gnomon.core import ids
from gnomon.core.errors import GnomonError, InputError, NotFoundError
from gnomon.core.folder import write_whole
from gnomon.models.datasets.home import find
from gnomon.models.jobs import control
from gnomon.models.jobs.events import story
from gnomon.models.jobs.folder import JobFolder, JobSpec
from gnomon.models.jobs.progress import Far
from gnomon.models.training.plan import plan
from gnomon.models.training.settings import put, read
from gnomon.models.training.write_script import SCRIPT

_WIDTH: Final = 30
_SHOWN: Final = ("accuracy", "loss", "f1", "iou", "r2", "mae")


def asked(
    file: Path, dataset: str | None, settings: Mapping[str, Any], name: str | None, project: str | None, device: str
) -> JobSpec:
    """Return the job that trains a file.

    Raises:
        GnomonError: It cannot be trained; the message says why.
    """
    graph = parsed(file, None, None).graph if file.suffix in (".py", ".pyw") else graph_of(file, None)
    train = graph.train
    for path, value in settings.items():
        train = put(train, path, value)
    chosen = read(train)
    plan(graph, chosen)
    wanted = dataset or graph.data.get("dataset")
    if not isinstance(wanted, str) or not wanted:
        msg = (
            "--data: the graph names no data set. `gnomon data ls` lists those that there are; digits is always there."
        )
        raise InputError(msg, field="dataset")
    ref = find(wanted).ref
    data = graph.data if str(graph.data.get("dataset", "")).partition("@")[0] in ("", ref.partition("@")[0]) else {}
    graph = msgspec.structs.replace(graph, train=train, data={**data, "dataset": ref})
    spec = JobSpec(
        kind="graph",
        project=project or graph.name or "default",
        name=name or ids.run_name(),
        graph=msgspec.to_builtins(graph),
        dataset=ref,
        train=train,
        seed=chosen.seed or 0,
        device=device,
    )
    spec.check()
    return spec


def begun(spec: JobSpec, home: Path) -> JobFolder:
    """Return a new folder for a job."""
    return JobFolder.create(home, ids.run_id(), spec)


def resumed(wanted: str, home: Path, settings: Mapping[str, Any], seed: int | None) -> tuple[JobFolder, int]:
    """Return the folder of a training that there was, with settings changed, and the number of the next attempt.

    Args:
        wanted: The folder, the id of the job, or its run.
        home: Home folder.
        settings: What is to be changed.
        seed: Refused: what was drawn so far came of another.

    Raises:
        NotFoundError: There is no such training.
        InputError: It came to its end, and nothing is changed.
    """
    if seed is not None:
        msg = "--seed: a training that goes on keeps its seed. Begin a new one for another."
        raise InputError(msg, field="seed")
    folder = _folder(wanted, home)
    spec = folder.spec()
    if spec.kind != "graph":
        msg = f"{wanted}: it is a script, which would begin anew. Submit it again with gnomon jobs submit."
        raise InputError(msg, field="resume")
    found = story(folder)
    if settings:
        train: dict[str, Any] = spec.train
        for path, value in settings.items():
            train = put(train, path, value)
        read(train)
        spec = msgspec.structs.replace(spec, train=train)
        write_whole(folder.spec_file, msgspec.json.format(msgspec.json.encode(spec), indent=1))
        (folder.path / SCRIPT).unlink(missing_ok=True)  # written anew by the worker
    elif found.state == "finished":
        msg = f"{wanted}: it came to its end. Ask for more of it, such as --set epochs=20."
        raise InputError(msg, field="resume")
    return folder, found.attempt + 1


def _folder(wanted: str, home: Path) -> JobFolder:
    place = Path(wanted)
    if (place / "spec.json").is_file():
        return JobFolder(place.resolve())
    if ids.is_id(wanted) and (home / "jobs" / wanted / "spec.json").is_file():
        return JobFolder.of(home, wanted)
    import gnomon

    with gnomon.connect(home=home) as lab:
        job = lab.run(wanted).meta.get("job")
    if not isinstance(job, str) or not (home / "jobs" / job / "spec.json").is_file():
        msg = f"--resume: {wanted!r:.80} was not trained by a job of {home}. Name a run of gnomon train, or the folder of a job."
        raise NotFoundError(msg)
    return JobFolder.of(home, job)


def write(spec: JobSpec, folder: Path, home: Path) -> None:
    """Write a training as files that need no gnomon."""
    from tempfile import TemporaryDirectory

    from gnomon.models.training.data_file import write_data
    from gnomon.models.training.task import task_of

    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        job = JobFolder.create(Path(scratch), ids.run_id(), spec)
        task = task_of(job, home=home)
    task.write(folder)
    write_data(task, folder)


def stop(folder: JobFolder) -> None:
    """Ask a job to end; asked again, it is less polite."""
    click.echo("\rStopping at the next step, with a checkpoint. Ctrl-C once more ends it at once.", err=True)
    control.order(folder, "stop")


@contextmanager
def shown(folder: JobFolder, *, quiet: bool) -> Iterator[Callable[[Far], None]]:
    """Yield what draws how far a job is, on one line of standard error, where somebody is there to see it."""
    is_drawn = not quiet and sys.stderr.isatty()
    if not quiet:
        click.echo(f"Training in {folder.path}", err=True)

    def draw(far: Far) -> None:
        if not is_drawn or far.share is None:
            return
        filled = round(far.share * _WIDTH)
        loss = "" if far.loss is None else f"  loss {far.loss:.4g}"
        epoch = "" if far.epoch is None else f"  epoch {far.epoch:.1f} of {far.epochs}"
        line = f"training {'#' * filled}{'-' * (_WIDTH - filled)} {far.share:4.0%}{epoch}{loss} "
        click.echo(f"\r{line:<78}", nl=False, err=True)

    yield draw
    if is_drawn:
        click.echo(err=True)


def outcome(folder: JobFolder) -> dict[str, Any]:
    """Return what came of a job, as JSON for programs."""
    found = story(folder)
    spec = folder.spec()
    told: dict[str, Any] = {"job": folder.id, "folder": str(folder.path), "state": found.state, "step": found.step}
    told |= {"project": spec.project, "run": None, "name": spec.name, "url": None, "figures": {}}
    if found.error is not None:
        told["error"] = msgspec.to_builtins(found.error)
    if found.runs:
        told |= _of_run(folder.home, found.runs[0])
    return told


def _of_run(home: Path, run: str) -> dict[str, Any]:
    import gnomon
    from gnomon.store.lock import holder

    try:
        with gnomon.connect(home=home) as lab:
            row = lab.run(run)
            keys = {key for key in row.summary if key.startswith(("test/", "val/"))}
            figures = {key: row.summary[key] for key in sorted(keys) if key.rpartition("/")[2] in _SHOWN}
            found = {"run": run, "project": row.project, "name": row.name, "figures": figures}
    except GnomonError:  # its journal is not read yet
        return {"run": run}
    owner = holder(home)
    if owner is not None and owner.url is not None:
        found["url"] = f"{owner.url}/p/{found['project']}/r/{run}"
    return found


def told(found: Mapping[str, Any]) -> str:
    """Return what came of a job, for people."""
    lines = []
    if found["state"] == "failed":
        error = found.get("error", {})
        is_ours = "/gnomon/" in error.get("file", "")  # what is refused there says itself what to mend
        place = f" ({error['file']}:{error['line']})" if error.get("file") and not is_ours else ""
        lines.append(f"It failed{place}: {error.get('message', 'nobody knows why')}")
    elif found["state"] != "finished":
        lines.append(
            f"It is {found['state']} at step {found['step']}. Go on with: gnomon train --resume {found['job']}"
        )
    if found["figures"]:
        lines.append(", ".join(f"{key} {value:.4g}" for key, value in found["figures"].items() if value is not None))
    if found["run"]:
        where = found["url"] or f"{found['project']}/{found['name']} (gnomon up shows it; gnomon show {found['run']})"
        lines.append(f"Run: {where}")
    return "\n".join(lines)
