"""`gnomon jobs`: the queue from the terminal: submit, look, pause, park, stop, read what was printed."""

import os
import time
from pathlib import Path
from typing import Any, Final

import click

from gnomon.cli.jobs_link import JobsLink, complete_job, path, server_of
from gnomon.cli.options import complete_project, home_option, json_option
from gnomon.cli.output import print_json
from gnomon.core.errors import InputError

_AGAIN_S: Final = 0.5
_OVER: Final = ("finished", "stopped", "failed", "lost", "parked")
_PIECE: Final = 1 << 20


@click.group(short_help="The queue of training and scripts: ls, submit, pause, stop …")
def command() -> None:
    r"""See and steer jobs: graphs that are trained and scripts that are run, by the server of the home folder.

    JOB is an id, the end of one, or a name that only one job has.

    \b
    Examples:
      gnomon jobs submit --name sweep-3 -- python train.py --lr 0.1
      gnomon jobs ls
      gnomon jobs logs sweep-3 --follow
    """


def _job(function: Any) -> Any:
    return click.argument("job", shell_complete=complete_job)(function)


def _jobs(function: Any) -> Any:
    return click.argument("jobs", nargs=-1, required=True, shell_complete=complete_job, metavar="JOB...")(function)


@command.command(short_help="List jobs: running, waiting, over.")
@click.option("--project", help="Only jobs of this project.", shell_complete=complete_project)
@click.option("--active", is_flag=True, help="Only those that are not over.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Of those that are over.")
@home_option
@json_option
def ls(project: str | None, active: bool, limit: int, home: Path | None, as_json: bool) -> None:
    r"""List jobs: those that run, those that wait in the order of their turn, and those that are over.

    \b
    Examples:
      gnomon jobs ls
      gnomon jobs ls --active --json
    """
    from gnomon.cli.jobs_text import listing

    with server_of(home) as server:
        rows = server.rows(project)
    over = [row for row in rows if row["state"] in _OVER]
    shown = [row for row in rows if row["state"] not in _OVER] + ([] if active else over[:limit])
    if as_json:
        print_json(shown)
    elif shown:
        click.echo(listing(shown))
    else:
        click.echo("No jobs. Submit one: gnomon jobs submit -- python train.py", err=True)


@command.command(short_help="Show one job: what was asked, what happened, why it failed.")
@_job
@home_option
@json_option
def show(job: str, home: Path | None, as_json: bool) -> None:
    r"""Show JOB: what was asked for, how far it is, all that happened to it, and the error if it failed.

    \b
    Examples:
      gnomon jobs show sweep-3
      gnomon jobs show 4h2k --json
    """
    from gnomon.cli.jobs_text import telling

    with server_of(home) as server:
        found = server.ask("GET", path(server.find(job)))
    print_json(found) if as_json else click.echo(telling(found))


@command.command(
    short_help="Put a script or a graph into the queue.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--name", help="What the job is called. Default: the script or the graph.")
@click.option(
    "--project",
    help="Project of the job. Default: that of the graph, or the name in its file.",
    shell_complete=complete_project,
)
@click.option("--graph", help="Train a graph: a file of `gnomon canvas`, or the id of one on the canvas.")
@click.option("--data", "dataset", help="Data set that the graph is trained on. Default: the one it names.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Setting of the training, such as epochs=5.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the training.")
@click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda:0 … ; auto takes a card where there is one."
)
@click.option(
    "--priority", type=click.IntRange(-100, 100), default=0, show_default=True, help="Larger ones come first."
)
@click.option("--restarts", type=click.IntRange(0, 100), help="Starts after a kill. Default: 3 a graph, 0 a script.")
@click.option("--resume-lost", is_flag=True, help="Put it into the queue again when the machine went down.")
@click.option("--cwd", type=click.Path(file_okay=False, path_type=Path), help="Folder it runs in. Default: this one.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="Variable of its environment; repeatable.")
@click.option("--follow", "-f", is_flag=True, help="Show what it prints until it ends; exit status 1 if it fails.")
@home_option
@json_option
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[-- CMD]")
def submit(
    name: str | None,
    project: str | None,
    graph: str | None,
    dataset: str | None,
    pairs: tuple[str, ...],
    seed: int,
    device: str,
    priority: int,
    restarts: int | None,
    resume_lost: bool,
    cwd: Path | None,
    env: tuple[str, ...],
    follow: bool,
    home: Path | None,
    as_json: bool,
    words: tuple[str, ...],
) -> None:
    r"""Put CMD, or the graph of --graph, into the queue of the server.

    CMD is a program with its words, which no shell reads. When it calls `gnomon.init`, its runs belong to the job.

    \b
    Examples:
      gnomon jobs submit -- python train.py --lr 0.1
      gnomon jobs submit --graph digits.json --data digits --set epochs=5 --follow
      gnomon jobs submit --device cuda:0 --priority 5 --env SEED=3 -- ./train.sh
    """
    body: dict[str, Any] = {"name": name, "project": project, "seed": seed, "device": device, "priority": priority}
    body |= {"restarts": restarts, "resume_lost": resume_lost}
    if (graph is None) == (not words):
        msg = "Expected either a command behind -- or a graph with --graph."
        raise click.UsageError(msg)
    if graph is None:
        script = {"argv": list(words), "cwd": str((cwd or Path.cwd()).absolute()), "env": dict(map(_variable, env))}
        body |= {"kind": "script", "script": script}
    else:
        body |= {"kind": "graph", "dataset": dataset, "train": dict(map(_setting, pairs)), **_graph(graph)}
    with server_of(home) as server:
        row = server.ask("POST", "/jobs", body)["job"]
        if as_json:
            print_json(row)
        else:
            click.echo(
                f"{row['id']} waits for its turn: {row['name']}. Follow it: gnomon jobs logs {row['id']} -f", err=follow
            )
        if follow:
            _follow(server, row["id"], 0)


def _graph(given: str) -> dict[str, Any]:
    """Return a graph for a request: the document of a file, or the id of one on the canvas."""
    file = Path(given)
    if not file.exists() and not file.suffix:
        return {"graph_id": given}
    import msgspec

    from gnomon.cli.canvas_files import graph_of

    return {"graph": msgspec.to_builtins(graph_of(file, None))}


def _variable(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not name or not is_there:
        msg = f"env: expected NAME=VALUE, received {text!r:.80}."
        raise InputError(msg, field="env")
    return name, value


def _setting(text: str) -> tuple[str, Any]:
    import json

    name, value = _variable(text)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _orders(do: str, jobs: tuple[str, ...], home: Path | None, *, as_json: bool) -> None:
    with server_of(home) as server:
        rows = [server.order(server.find(job), do) for job in jobs]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['name']} ({row['id']}) is {row['state']}; told to {do}.")


@command.command(short_help="Have jobs wait, with their memory and slot.")
@_jobs
@home_option
@json_option
def pause(jobs: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    r"""Have JOBs wait at their next step. They keep their memory and their slot; park frees both.

    \b
    Example:
      gnomon jobs pause sweep-3
    """
    _orders("pause", jobs, home, as_json=as_json)


@command.command(short_help="Go on with jobs that are paused, parked or over.")
@_jobs
@home_option
@json_option
def resume(jobs: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    r"""Go on with JOBs: those that are paused at once, those that are parked or over when their turn comes.

    A graph goes on at its checkpoint, a script begins anew.

    \b
    Example:
      gnomon jobs resume sweep-3 sweep-4
    """
    _orders("resume", jobs, home, as_json=as_json)


@command.command(short_help="Save a checkpoint and free the slot; resume goes on later.")
@_jobs
@home_option
@json_option
def park(jobs: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    r"""Have JOBs save a checkpoint and end, which frees memory and slot. `gnomon jobs resume` goes on later.

    \b
    Example:
      gnomon jobs park sweep-3
    """
    _orders("park", jobs, home, as_json=as_json)


@command.command(short_help="Stop jobs with a checkpoint; twice ends them whatever they do.")
@_jobs
@home_option
@json_option
def stop(jobs: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    r"""Stop JOBs at their next step, with a checkpoint; take those that wait out of the queue.

    A script gets SIGINT, then SIGTERM, then SIGKILL. A graph that does not stop is ended by a second `stop`.

    \b
    Example:
      gnomon jobs stop sweep-3
    """
    _orders("stop", jobs, home, as_json=as_json)


@command.command(name="set", short_help="Change learning rate, priority or place in the queue.")
@_job
@click.option("--lr", type=click.FloatRange(min=0, min_open=True), help="Learning rate from the next step on.")
@click.option("--priority", type=click.IntRange(-100, 100), help="Larger ones come first.")
@click.option("--before", metavar="JOB", help="Put it in front of this one.", shell_complete=complete_job)
@home_option
@json_option
def set_(
    job: str, lr: float | None, priority: int | None, before: str | None, home: Path | None, as_json: bool
) -> None:
    r"""Change JOB: the learning rate while it trains, its priority, or its place in the queue.

    \b
    Examples:
      gnomon jobs set digits --lr 0.001
      gnomon jobs set sweep-9 --before sweep-3
    """
    with server_of(home) as server:
        given = {"lr": lr, "priority": priority, "before": before and server.find(before)}
        body = {name: value for name, value in given.items() if value is not None}
        if not body:
            msg = "Expected --lr, --priority or --before."
            raise click.UsageError(msg)
        row = server.ask("PATCH", path(server.find(job)), body)
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['name']} ({row['id']}): {', '.join(f'{name} {value}' for name, value in body.items())}.")


@command.command(short_help="Show what a job printed; follow it.")
@_job
@click.option("--tail", type=click.IntRange(0), help="Only the last so many lines.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until the job ends.")
@home_option
@json_option
def logs(job: str, tail: int | None, follow: bool, home: Path | None, as_json: bool) -> None:
    r"""Show what JOB printed, stdout and stderr as they came. With --json each line is an object.

    \b
    Examples:
      gnomon jobs logs sweep-3 --tail 20
      gnomon jobs logs sweep-3 --follow
    """
    with server_of(home) as server:
        found = server.find(job)
        at = 0 if tail is None else _tail_start(server, found, tail)
        if follow:
            _follow(server, found, at, as_json=as_json)
        else:
            _print(server, found, at, as_json=as_json)


def _tail_start(server: JobsLink, job: str, lines: int) -> int:
    """Return the byte at which the last so many lines begin, looking at a megabyte of the end at most."""
    found = server.ask("GET", f"{path(job)}/log?size={_PIECE}")
    data = found["text"].encode()
    kept = b"".join(data.splitlines(keepends=True)[-lines:]) if lines else b""
    return int(found["end"]) - len(kept)


def _print(server: JobsLink, job: str, at: int, *, as_json: bool) -> int:
    """Print from a byte on; return where to go on."""
    while True:
        found = server.ask("GET", f"{path(job)}/log?since={at}&size={_PIECE}")
        if found["end"] <= at:
            return at
        if as_json:
            for line in found["text"].splitlines():
                print_line(line)
        else:
            click.echo(_safe(found["text"]), nl=False)
        at = found["end"]


def print_line(line: str) -> None:
    """Print a line for programs."""
    import json

    click.echo(json.dumps({"text": line}, ensure_ascii=False))


def _safe(text: str) -> str:
    """Return what somebody's program printed, which may colour our terminal and nothing else."""
    from gnomon.cli.console import RISKY

    return RISKY.sub("\ufffd", text)


def _follow(server: JobsLink, job: str, at: int, *, as_json: bool = False) -> None:
    while True:
        row = server.ask("GET", path(job))["job"]
        at = _print(server, job, at, as_json=as_json)
        if row["state"] in _OVER:
            break
        time.sleep(_AGAIN_S)
    if row["state"] in {"failed", "lost"}:
        error = row["error"] or {"type": row["state"], "message": ""}
        where = f" ({error['file']}:{error['line']})" if error.get("file") else ""
        msg = f"{row['name']} {row['state']}: {error['type']}: {error['message']}{where}"
        raise click.ClickException(msg)
    click.echo(f"{row['name']} is {row['state']}.", err=True)


@command.command(short_help="Remove jobs that are over, with their checkpoints; runs stay.")
@click.argument("jobs", nargs=-1, shell_complete=complete_job, metavar="[JOB]...")
@click.option("--over", is_flag=True, help="All that are finished, stopped, failed or lost.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
@json_option
def rm(jobs: tuple[str, ...], over: bool, yes: bool, home: Path | None, as_json: bool) -> None:
    r"""Remove JOBs that are over: their folders with checkpoints and what they printed. Their runs stay.

    \b
    Examples:
      gnomon jobs rm sweep-3
      gnomon jobs rm --over --yes
    """
    if bool(jobs) == over:
        msg = "Expected either jobs or --over."
        raise click.UsageError(msg)
    with server_of(home) as server:
        ended = [row["id"] for row in server.rows() if row["state"] in _OVER and row["state"] != "parked"]
        found = ended if over else [server.find(job) for job in jobs]
        if found and not yes and os.isatty(0):
            click.confirm(f"Remove {len(found)} jobs with their checkpoints?", abort=True)
        for job in found:
            server.ask("DELETE", path(job))
    print_json({"removed": found}) if as_json else click.echo(f"Removed {len(found)}.")
