"""What ran, in a few lines: command, code, machine, versions, seed, data."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gnomon.sdk.lab_run import LabRun

_SHOWN_FRAMEWORKS: Final = 5


def ran_lines(run: "LabRun") -> list[tuple[str, str]]:
    """Return what is known of how a run ran: a word and a line each."""
    meta = run.meta
    seed = None if "seed" in run.config else meta.get("seed")
    pairs = [
        ("command", shlex.join(map(str, meta.get("command") or []))),
        ("folder", str(meta.get("cwd") or "")),
        ("code", _code(meta)),
        ("machine", _machine(meta)),
        ("python", _versions(meta)),
        ("seed", "" if seed is None else str(seed)),
        *(("data", f"{name}  {_data(found)}") for name, found in run.captured.data.items()),
    ]
    return [(name, text) for name, text in pairs if text]


def plain_captured(run: "LabRun") -> dict[str, Any]:
    """Return everything that was captured, for programs."""
    captured = run.captured
    diff = captured.diff
    return {
        "environment": captured.environment,
        "script": captured.script,
        "diff": None if diff is None else diff.decode("utf-8", "replace"),
        "data": captured.data,
        "traceback": captured.traceback,
    }


def left_out(run: "LabRun") -> list[str]:
    """Return what the diff lacks, one sentence each."""
    git = run.captured.environment.get("git") or {}
    return [f"{each['path']} is not in the diff: {each['reason']}." for each in git.get("skipped", [])] + list(
        git.get("problems", [])
    )


def _code(meta: Mapping[str, Any]) -> str:
    commit = meta.get("commit")
    if not commit:
        return str(meta.get("script") or "")
    where = f" on {meta['branch']}" if meta.get("branch") else ""
    dirty = {True: ", with changes that were not committed", False: "", None: ", changes not known"}[meta.get("dirty")]
    return f"{str(commit)[:12]}{where}{dirty}  {meta.get('repo', '')}".rstrip()


def _machine(meta: Mapping[str, Any]) -> str:
    from gnomon.cli.numbers import size

    parts = [
        meta.get("host"),
        meta.get("os"),
        meta.get("cpu"),
        f"{meta['cores']} cores" if meta.get("cores") else None,
        size(meta["memory"]) if meta.get("memory") else None,
        meta.get("gpu"),
    ]
    return ", ".join(str(part) for part in parts if part)


def _versions(meta: Mapping[str, Any]) -> str:
    found = list((meta.get("framework") or {}).items())
    shown = [f"{name} {version}" for name, version in found[:_SHOWN_FRAMEWORKS]]
    more = [f"and {len(found) - len(shown)} more"] if len(found) > len(shown) else []
    return ", ".join([str(meta["python"]), *shown, *more]) if meta.get("python") else ""


def _data(found: Mapping[str, Any]) -> str:
    shape = " x ".join(map(str, found.get("shape") or [])) or f"{found.get('rows')} {found.get('kind')}"
    classes = f", {len(found['classes'])} classes" if found.get("classes") else ""
    sampled = "" if found.get("exact") else ", hash of a sample"
    return f"{found.get('hash')}  {shape} {found.get('dtype')}{classes}{sampled}"
