"""`gnomon train`: train a graph here and now, as an ordinary run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gnomon.cli.options import complete_project, home_option, json_option
from gnomon.cli.output import print_json

if TYPE_CHECKING:
    from gnomon.models.jobs.folder import JobFolder, JobSpec

_LOOK_S: Final = 0.1
_STATUS: Final = {"finished": 0, "parked": 0, "stopped": 130}


@click.command(short_help="Train a graph, as an ordinary run.")
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--data", "dataset", help="Data set, as `gnomon data ls` names it. Default: the one that the graph names."
)
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting, such as lr=0.01; repeatable.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of weights, order and dropout.")
@click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda:0 … ; auto takes a card where there is one."
)
@click.option("--name", help="Name of the run. Default: one that is made up.")
@click.option("--project", help="Project of the run. Default: the name of the graph.", shell_complete=complete_project)
@click.option("--resume", metavar="RUN|FOLDER", help="Go on with a training that was stopped, parked or killed.")
@click.option("--queue", is_flag=True, help="Hand it to the server's queue instead of waiting for it.")
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Train nothing: write model.py, train.py and data.npz there, which need no gnomon.",
)
@home_option
@json_option
def command(
    file: Path | None,
    dataset: str | None,
    pairs: tuple[str, ...],
    seed: int | None,
    device: str,
    name: str | None,
    project: str | None,
    resume: str | None,
    queue: bool,
    folder: Path | None,
    home: Path | None,
    as_json: bool,
) -> None:
    r"""Train FILE, a graph of the canvas or a model in Python that is read as one, and log it as a run.

    Ctrl-C ends it at the next step, with a checkpoint; --resume goes on from there. A worker that is killed goes on by
    itself. Exit status: 0 it came to its end, 130 it was stopped, 1 it failed.

    \b
    Examples:
      gnomon train digits.json --data digits
      gnomon train digits.json --data digits --set lr=0.01 --set epochs=3 --seed 1
      gnomon train --resume digits/brave-otter-7 --set epochs=20
      gnomon train digits.json --data digits --write ./plain && python plain/train.py
    """
    if (file is None) == (resume is None):
        msg = "Expected either a FILE that holds a graph, or --resume with a run or the folder of a job."
        raise click.UsageError(msg)
    from gnomon.cli import training
    from gnomon.core.settings import Settings

    root = Settings.from_env(home).home
    if resume is not None:
        found, attempt = training.resumed(resume, root, dict(map(_setting, pairs)), seed)
        _train(found, attempt, device, as_json=as_json)
        return
    assert file is not None
    settings = dict(map(_setting, pairs)) | ({} if seed is None else {"seed": seed})
    spec = training.asked(file, dataset, settings, name, project, device)
    if folder is not None:
        training.write(spec, folder, root)
        click.echo(f"Wrote model.py, train.py and data.npz. Train with: python {folder / 'train.py'}")
    elif queue:
        _queue(spec, home, as_json=as_json)
    else:
        _train(training.begun(spec, root), 1, device, as_json=as_json)


def _setting(text: str) -> tuple[str, Any]:
    import json

    name, is_there, value = text.partition("=")
    if not name or not is_there:
        msg = f"expected KEY=VALUE, such as epochs=3, received {text!r:.80}."
        raise click.BadParameter(msg, param_hint="--set")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _queue(spec: "JobSpec", home: Path | None, *, as_json: bool) -> None:
    from gnomon.cli.jobs_link import server_of

    body: dict[str, Any] = {
        "kind": "graph",
        "name": spec.name,
        "project": spec.project,
        "graph": spec.graph,
        "dataset": spec.dataset,
    }
    body |= {"seed": spec.seed, "device": spec.device}
    with server_of(home) as server:
        row = server.ask("POST", "/jobs", body)["job"]
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['id']} waits for its turn: {row['name']}. Follow it: gnomon jobs logs {row['id']} -f")


def _train(folder: "JobFolder", attempt: int, device: str, *, as_json: bool) -> None:
    """Start the supervisor of a job, show how far it is, pass Ctrl-C on, and end as it does."""
    from subprocess import TimeoutExpired

    from gnomon.cli import training
    from gnomon.models.jobs.launch import launch
    from gnomon.models.jobs.progress import read

    process = launch(folder, attempt, device)
    with training.shown(folder, quiet=as_json) as show:
        while True:
            try:
                status = process.wait(_LOOK_S)
            except TimeoutExpired:
                show(read(folder))
            except KeyboardInterrupt:
                training.stop(folder)
            else:
                break
        show(read(folder))
    if status == 3:
        msg = f"Somebody else looks after {folder.path} already. `gnomon jobs ls` may know who."
        raise click.ClickException(msg)
    found = training.outcome(folder)
    if as_json:
        print_json(found)
    else:
        click.echo(training.told(found), err=found["state"] == "failed")
    sys.exit(_STATUS.get(found["state"], 1))
