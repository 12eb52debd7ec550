"""Runs of a store side by side: their configs, metrics, captured facts, code, packages and graphs."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec

from gnomon.analysis.comparison import (
    CodeDiff,
    ComparedCode,
    ComparedMetric,
    ComparedRun,
    Comparison,
    TextDiff,
    figure,
    natural,
    side_by_side,
    text_diff,
)
from gnomon.analysis.goal import chosen_goal
from gnomon.analysis.graph_diff import ComparedGraph, compare_graphs
from gnomon.analysis.ranking import hashes
from gnomon.analysis.source import RecordLike, RunLike, SeriesLike, Source
from gnomon.core.clock import now_us
from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.graph import TYPE as GRAPH
from gnomon.core.records.graph import Graph

MIN_RUNS: Final = 2
MAX_RUNS: Final = 20
MAX_METRICS: Final = 2_000
MAX_GRAPHS: Final = 20

SCRIPT: Final = "gnomon/code/script"
DIFF: Final = "gnomon/code/diff"
ENVIRONMENT: Final = "gnomon/environment"
FACTS: Final = (
    "commit", "branch", "dirty", "repo", "script", "command", "seed", "parameters", "python", "os", "host", "cpu",
    "cores", "memory", "gpu", "framework",
)  # fmt: skip
_MAX_BYTES: Final = 8 << 20
_MAX_GRAPH: Final = 64 << 20


class CompareQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Ask for 2 to 20 runs side by side.

    Args:
        runs: Their ids.
        metrics: Keys or patterns (`val/*`); all but `system/*` when empty.
        baseline: Whose graphs the others are compared with; the first run when it is `None` or not among them.
    """

    runs: list[str]
    metrics: list[str] = []
    baseline: str | None = None


def compare(source: Source, asked: CompareQuery) -> Comparison:
    """Return runs side by side.

    Raises:
        InputError: Fewer than 2 runs, more than 20, or one of them twice.
        NotFoundError: One of them is not there.
    """
    if not MIN_RUNS <= len(asked.runs) <= MAX_RUNS or len(set(asked.runs)) < len(asked.runs):
        msg = f"runs: expected {MIN_RUNS} to {MAX_RUNS} different ids, received {len(asked.runs)} ({len(set(asked.runs))} different)."
        raise InputError(msg, field="runs")
    infos = [source.run(run) for run in asked.runs]
    stats = [source.series(run) for run in asked.runs]
    keys = _metric_keys(stats, asked.metrics)
    packages = side_by_side([_packages(source, run) for run in asked.runs])
    return Comparison(
        runs=tuple(map(_run, infos)),
        config=tuple(side_by_side([source.config(run) for run in asked.runs])),
        metrics=tuple(_metric(key, stats, infos) for key in keys[:MAX_METRICS]),
        metrics_total=len(keys),
        facts=tuple(side_by_side([_facts(info) for info in infos])),
        data=tuple(side_by_side([hashes(info, "data") for info in infos])),
        evaluation=tuple(side_by_side([hashes(info, "evaluation") for info in infos])),
        packages=tuple(row for row in packages if row.differs),
        packages_same=sum(not row.differs for row in packages),
        code=_code(source, infos),
        graphs=tuple(_graphs(source, asked.runs, asked.baseline)),
    )


def compare_code(source: Source, a: str, b: str) -> CodeDiff:
    """Return the captured code and environment of two runs, line by line.

    Raises:
        NotFoundError: One of them is not there.
    """
    for run in (a, b):
        source.run(run)
    return CodeDiff(a, b, tuple(_part(source, what, key, a, b) for what, key in _PARTS))


_PARTS: Final = (("script", SCRIPT), ("diff", DIFF), ("environment", ENVIRONMENT))


def _part(source: Source, what: str, key: str, a: str, b: str) -> TextDiff:
    found = [source.newest(run, key) for run in (a, b)]
    texts = [None if info is None else _text(source, run, info) for run, info in zip((a, b), found, strict=True)]
    if what == "diff":  # no record of changes beside a commit that is known means that there were none
        committed = [source.run(run).meta.get("commit") for run in (a, b)]
        texts = ["" if text is None and commit else text for text, commit in zip(texts, committed, strict=True)]
    first, second = (None if info is None else info.id for info in found)
    return text_diff(what, texts[0], texts[1], (first, second))


def _text(source: Source, run: str, info: RecordLike) -> str:
    data = source.payload(run, info.id, _MAX_BYTES)
    if info.kind == "json":
        try:
            return msgspec.json.format(data, indent=1).decode("utf-8", "replace")
        except msgspec.DecodeError:
            pass
    return data.decode("utf-8", "replace")


def _run(info: RunLike) -> ComparedRun:
    end_us = (
        info.finished_us if info.finished_us is not None else (now_us() if info.state == "running" else info.updated_us)
    )
    return ComparedRun(
        id=info.id,
        project=info.project,
        name=info.name,
        state=info.state,
        created=info.created_us / 1e6,
        finished=None if info.finished_us is None else info.finished_us / 1e6,
        duration=max(0, end_us - info.created_us) / 1e6,
        last_step=info.last_step,
        group=info.group,
        tags=info.tags,
        error=info.error,
    )


def _metric_keys(stats: Sequence[Mapping[str, SeriesLike]], patterns: Sequence[str]) -> list[str]:
    known = {key for each in stats for key in each}
    if patterns:
        known = {key for key in known if any(key == p or fnmatchcase(key, p) for p in patterns)}
    else:
        known = {key for key in known if not key.startswith(("system/", "gnomon/"))}
    return sorted(known, key=natural)


def _metric(key: str, stats: Sequence[Mapping[str, SeriesLike]], infos: Sequence[RunLike]) -> ComparedMetric:
    told = [chosen_goal(key, None, info.meta.get("define", {})) for info in infos]
    goal, goal_from = next((each for each in told if each[1] == "define"), told[0])
    found = [each.get(key) for each in stats]
    return ComparedMetric(
        key=key,
        goal=goal,
        goal_from=goal_from,
        last=figure([None if each is None else each.last for each in found], goal),
        min=figure([None if each is None else each.low for each in found], goal),
        max=figure([None if each is None else each.high for each in found], goal),
    )


def _facts(info: RunLike) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name in FACTS:
        value = info.meta.get(name)
        if isinstance(value, Mapping):
            facts |= {f"{name}.{key}": each for key, each in value.items()}
        elif isinstance(value, list) and name == "command":
            facts[name] = " ".join(map(str, value))
        elif value is not None:
            facts[name] = value
    return facts


def _packages(source: Source, run: str) -> dict[str, str]:
    info = source.newest(run, ENVIRONMENT)
    if info is None:
        return {}
    try:
        found = msgspec.json.decode(source.payload(run, info.id, _MAX_BYTES)).get("packages", {})
    except (msgspec.DecodeError, AttributeError):
        return {}
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, dict) else {}


def _code(source: Source, infos: Sequence[RunLike]) -> ComparedCode:
    scripts = [source.newest(info.id, SCRIPT) for info in infos]
    diffs = [source.newest(info.id, DIFF) for info in infos]
    texts = {
        tuple(None if found is None else source.payload(info.id, found.id, _MAX_BYTES) for found in both)
        for info, *both in zip(infos, scripts, diffs, strict=True)
    }
    commits = {info.meta.get("commit") for info in infos}
    return ComparedCode(
        script=tuple(None if found is None else found.id for found in scripts),
        diff=tuple(None if found is None else found.id for found in diffs),
        differs=len(texts) > 1 or len(commits) > 1,
    )


def _graphs(source: Source, runs: Sequence[str], baseline: str | None) -> list[ComparedGraph]:
    kinds = [source.record_kinds(run) for run in runs]
    keys = sorted({key for each in kinds for key, kind in each.items() if kind == "graph"}, key=natural)
    found = []
    for key in keys[:MAX_GRAPHS]:
        records = [source.newest(run, key) for run in runs]
        graphs = [None if info is None else _graph(source, run, info) for run, info in zip(runs, records, strict=True)]
        have = [place for place, graph in enumerate(graphs) if graph is not None]
        if len(have) < MIN_RUNS:
            continue
        base = next((place for place in have if runs[place] == baseline), have[0])
        own = graphs[base]
        assert own is not None
        changes = [
            compare_graphs(place, (own.nodes, own.edges), (graph.nodes, graph.edges))
            for place in have
            if place != base and (graph := graphs[place]) is not None
        ]
        differs = any(each.changes or each.edges_added or each.edges_removed for each in changes)
        numbers = tuple(None if info is None else info.id for info in records)
        found.append(ComparedGraph(key, numbers, base, differs, tuple(changes)))
    return found


def _graph(source: Source, run: str, info: RecordLike) -> Graph | None:
    if info.kind != "graph":
        return None
    try:
        return GRAPH.decode(info.meta, source.payload(run, info.id, _MAX_GRAPH))
    except CorruptError:
        return None
