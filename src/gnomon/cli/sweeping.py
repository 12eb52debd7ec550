"""What `gnomon sweep` asks for, of a server or of this process, and what it reads."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import click
import msgspec

from gnomon.cli.canvas_files import graph_of, parsed
from gnomon.cli.jobs_link import JobsLink, server_of
from gnomon.core.errors import ConflictError, InputError, NotFoundError, UnavailableError
from gnomon.core.ids import run_id
from gnomon.core.settings import Settings
from gnomon.graph.document import Graph
from gnomon.models.sweeps.folder import SweepFolder, folders
from gnomon.models.sweeps.here import LocalHands, drive
from gnomon.models.sweeps.pruning import Pruning
from gnomon.models.sweeps.result import Result, result
from gnomon.models.sweeps.showing import Bar
from gnomon.models.sweeps.space import Axis, parse, size
from gnomon.models.sweeps.spec import SweepSpec
from gnomon.models.sweeps.targets import graph_target, script_target
from gnomon.store.lock import holder

_SAME: Final = ("search", "trials", "hours", "seeds", "seed", "device", "priority", "first_fails")
_LEAST: Final = 4


def request(words: Sequence[str], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked of a server."""
    space, fixed = _space(asked["pairs"], graph=_is_graph(words))
    body: dict[str, Any] = {name: asked[name] for name in _SAME} | {
        "space": msgspec.to_builtins(space),
        "pruning": msgspec.to_builtins(_rule(asked)),
        **{name: asked[name] for name in ("metric", "goal", "of", "parallel", "name", "project")},
    }
    if _is_graph(words):
        graph = msgspec.to_builtins(_graph(words[0]))
        return body | {"kind": "graph", "graph": graph, "dataset": asked["dataset"], "train": fixed}
    script = {"argv": list(words), "cwd": str(Path.cwd()), "env": _env(asked["env"])}
    return body | {"kind": "script", "script": script}


def here(
    words: Sequence[str], asked: Mapping[str, Any], home: Path, resume: str | None, *, quiet: bool
) -> dict[str, Any]:
    """Do a sweep in this process; return what came of it."""
    folder = _folder(home, resume) if resume is not None else SweepFolder.create(home, run_id(), _spec(words, asked))
    if not quiet:
        click.echo(f"Sweep {folder.id}; its trials are jobs of {home}", err=True)
    parallel = folder.spec().parallel
    threads = max(1, (os.cpu_count() or 1) // parallel)
    show = Bar() if not quiet and sys.stderr.isatty() else (lambda _: None)
    drive(folder, LocalHands(home, threads), show)
    return plain(result(folder))


def _spec(words: Sequence[str], asked: Mapping[str, Any]) -> SweepSpec:
    space, fixed = _space(asked["pairs"], graph=_is_graph(words))
    common = {name: asked[name] for name in _SAME}
    common |= {"space": space, "pruning": _rule(asked), "parallel": asked["parallel"] or 1}
    aim = (asked["metric"], asked["goal"], asked["of"])
    if not _is_graph(words):
        return script_target(list(words), aim, asked["name"], asked["project"], common, _env(asked["env"]))
    return graph_target(_graph(words[0]), asked["dataset"], fixed, aim, asked["name"], asked["project"], common)


def _is_graph(words: Sequence[str]) -> bool:
    return len(words) == 1 and Path(words[0]).suffix in (".json", ".py", ".pyw")


def _graph(word: str) -> Graph:
    file = Path(word)
    return parsed(file, None, None).graph if file.suffix in (".py", ".pyw") else graph_of(file, None)


def _space(pairs: Sequence[str], *, graph: bool) -> tuple[dict[str, Axis], dict[str, Any]]:
    """Return what is searched, and what a graph is trained with in any case."""
    space: dict[str, Axis] = {}
    fixed: dict[str, Any] = {}
    for text in pairs:
        name, is_there, values = text.partition("=")
        if not name or not is_there:
            msg = f"expected NAME=VALUES, such as lr=log:1e-4..1e-1, received {text!r:.80}."
            raise click.BadParameter(msg, param_hint="--set")
        axis = parse(values, name)
        if graph and size(axis) == 1 and not name.startswith("nodes.") and hasattr(axis, "values"):
            fixed[name.removeprefix("train.")] = axis.values[0]
        else:
            space[name] = axis
    return space, fixed


def _rule(asked: Mapping[str, Any]) -> Pruning | None:
    if asked["prune"] is None:
        return None
    return Pruning(asked["prune"], after=asked["prune_after"], unit=asked["prune_unit"])


def _env(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, is_there, value = text.partition("=")
        if not name or not is_there:
            msg = f"env: expected NAME=VALUE, received {text!r:.80}."
            raise InputError(msg, field="env")
        found[name] = value
    return found


def plain(found: Result) -> dict[str, Any]:
    """Return what came of a sweep as JSON for programs."""
    told: dict[str, Any] = msgspec.to_builtins(found)
    return told | {"best_of": found.best_of}


def rows(home: Path | None, project: str | None) -> list[dict[str, Any]]:
    """Return sweeps in short: of the server where there is one, else of the folder."""
    try:
        with server_of(home) as server:
            asked = "" if project is None else f"?{urlencode({'project': project})}"
            found: list[dict[str, Any]] = server.ask("GET", f"/sweeps{asked}")["sweeps"]
            return found
    except UnavailableError:
        pass
    told = [_row(each) for each in reversed(folders(Settings.from_env(home).home))]
    return [row for row in told if project is None or row["project"] == project]


def _row(folder: SweepFolder) -> dict[str, Any]:
    found, spec = result(folder), folder.spec()
    best = found.best
    return {
        "id": found.id,
        "name": found.name,
        "project": found.project,
        "kind": spec.kind,
        "state": found.state,
        "reason": found.reason,
        "search": spec.search,
        "metric": found.metric,
        "goal": found.goal,
        "trials": sum(found.counts.values()),
        "most": spec.most,
        "counts": found.counts,
        "best": None if best is None else {"values": best.values, "mean": best.mean, "of": found.best_of},
    }


def one(home: Path | None, wanted: str) -> dict[str, Any]:
    """Return what came of a sweep until now."""
    return plain(result(_folder(Settings.from_env(home).home, wanted)))


def order(home: Path | None, wanted: str, do: str) -> dict[str, Any]:
    """Give a sweep of the server an order."""
    with server_of(home) as server:
        return server.ask("POST", f"/sweeps/{quote(_of_server(server, wanted))}:{do}", {})


def remove(home: Path | None, wanted: str) -> str:
    """Remove a sweep; return its id."""
    root = Settings.from_env(home).home
    owner = holder(root)
    if owner is not None and owner.url is not None:
        with server_of(home) as server:
            found = _of_server(server, wanted)
            server.ask("DELETE", f"/sweeps/{quote(found)}")
            return found
    from gnomon.models.sweeps.driver import claim

    folder = _folder(root, wanted)
    if claim(folder) is None:
        msg = f"Another process drives the sweep {folder.id}. Stop it there first."
        raise ConflictError(msg)
    shutil.rmtree(folder.path)
    return folder.id


def _of_server(server: JobsLink, wanted: str) -> str:
    return _named([(row["id"], row["name"]) for row in server.ask("GET", "/sweeps?limit=10000")["sweeps"]], wanted)


def _folder(home: Path, wanted: str) -> SweepFolder:
    return SweepFolder.of(home, _named([(each.id, each.spec().name) for each in folders(home)], wanted))


def _named(known: Sequence[tuple[str, str]], wanted: str) -> str:
    """Return the id of a sweep that is named by it, by its end, or by a name that only one has."""
    exact = [sweep for sweep, _ in known if sweep == wanted]
    named = [sweep for sweep, name in known if name == wanted]
    ending = [sweep for sweep, _ in known if len(wanted) >= _LEAST and sweep.endswith(wanted)]
    for found in (exact, named, ending):
        if len(found) > 1:
            msg = f"sweep: {len(found)} sweeps are called {wanted!r:.80}: {', '.join(found[:5])}. Name one by its id."
            raise InputError(msg, field="sweep")
        if found:
            return found[0]
    msg = f"There is no sweep {wanted!r:.80}. `gnomon sweep ls` lists them."
    raise NotFoundError(msg)
