"""The health of runs in a home: what the checks read, kept until it changes, and the node that each finding is about."""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from gnomon.analysis.health import Checkup, Confused, Finding, Layer, Line
from gnomon.analysis.health_check import check
from gnomon.core.errors import GnomonError
from gnomon.core.records.registry import type_of
from gnomon.graph.watched import node_of
from gnomon.sdk.alerting import KEY as ALERTS
from gnomon.sdk.model_report import layers_key
from gnomon.store.engine import Engine, Points, RecordInfo, Stats
from gnomon.store.home import Home

RUNS: Final = 16
"""Runs whose series are kept."""
POINTS: Final = 4 << 20
"""Points that are kept in all, 24 bytes each; runs that were asked for longest ago are read anew when there are more."""

MOST_ALERTS: Final = 500
_ALERT_BYTES: Final = 64 << 10


@dataclass(slots=True)
class _Kept:
    """What was read of one run.

    Args:
        lines: By key: points that the series had, and what they are.
        records: By key: number of the newest record that was read, and what was in it.
        health: By step asked for: when the run had changed last, and what was found.
        points: Of all its series, when it was checked last.
        rewinds: How often the run had been taken back: after one, as many points as before are others.
        lock: Held while it is checked: a long run keeps nobody waiting who asks for another.
    """

    lines: dict[str, tuple[int, Points, Line]] = field(default_factory=dict)
    records: dict[str, tuple[int, Any]] = field(default_factory=dict)
    health: dict[int | None, tuple[object, Checkup]] = field(default_factory=dict)
    points: int = 0
    rewinds: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class HealthReader:
    """Check runs of a home; of a run that goes on only what is new is read.

    Args:
        home: An open home.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def health(self, run: str, until: int | None = None) -> Checkup:
        """Return what the checks find.

        Args:
            run: Run id.
            until: Look at it as it was at this step.

        Raises:
            NotFoundError: There is no such run.
        """
        info = self._home.engine.run(run)
        rewinds = len(self._home.engine.rewinds(run))
        stamp = (info.updated_us, info.last_step, rewinds)
        with self._lock:
            kept = self._kept.setdefault(run, _Kept())
            self._kept.move_to_end(run)
        with kept.lock:
            known = kept.health.get(until)
            if known is not None and known[0] == stamp:
                return known[1]
            if kept.rewinds != rewinds:
                kept.lines.clear()
                kept.rewinds = rewinds
            found = check(_RunRecord(self._home.engine, run, kept, until), until, info.last_step)
            found = replace(found, findings=[placed(one) for one in found.findings])
            if len(kept.health) > 64:
                kept.health.clear()
            kept.health[until] = stamp, found
            kept.points = sum(len(points.step) for _, points, _ in kept.lines.values())
        with self._lock:
            self._shorten()
        return found

    def _shorten(self) -> None:
        """Let go of what is too much: of other runs first, and of one that is too much alone its series."""
        total = sum(kept.points for kept in self._kept.values())
        while len(self._kept) > 1 and (len(self._kept) > RUNS or total > POINTS):
            total -= self._kept.popitem(last=False)[1].points
        if total > POINTS:
            next(iter(self._kept.values())).lines.clear()


class _RunRecord:
    """One run as the checks read it."""

    def __init__(self, engine: Engine, run: str, kept: _Kept, until: int | None) -> None:
        self._engine, self._run, self._kept, self._until = engine, run, kept, until
        self._stats: Mapping[str, Stats] = engine.series(run)

    def highest(self) -> Mapping[str, float]:
        return {key: stats.high for key, stats in self._stats.items()}

    def bad(self, key: str) -> int:
        return self._stats[key].bad if key in self._stats else 0

    def line(self, key: str) -> Line:
        stats, known = self._stats[key], self._kept.lines.get(key)
        if known is not None and known[0] == stats.n:
            return known[2]
        points = self._grown(key, stats, known[1]) if known is not None else None
        if points is None:
            points = self._engine.points(self._run, key)
        line = _line(points)
        self._kept.lines[key] = stats.n, points, line
        return line

    def _grown(self, key: str, stats: Stats, known: Points) -> Points | None:
        """Return a series that was read before with what has come since; `None` when it is not just longer."""
        if stats.n <= len(known.step) or not len(known.step):
            return None
        edge = int(known.step[-1])
        if stats.n == len(known.step) + 1 and stats.last_step > edge:  # what is known of every series tells that one
            return Points(
                np.append(known.step, stats.last_step),
                np.append(known.us, stats.last_us),
                np.append(known.value, stats.last),
            )
        older = int(np.searchsorted(known.step, edge))
        new = self._engine.points(self._run, key, edge)
        if older + len(new.step) != stats.n:
            return None
        return Points(
            np.concatenate([known.step[:older], new.step]),
            np.concatenate([known.us[:older], new.us]),
            np.concatenate([known.value[:older], new.value]),
        )

    def layers(self, model: str) -> Sequence[Layer]:
        return self._read(layers_key(model), None, _layers) or ()

    def confusions(self) -> Iterable[Confused]:
        keys = [key for key, held in self._engine.record_keys(self._run).items() if held.kind == "confusion"]
        found = (self._read(key, self._until, _confused) for key in keys)
        return [one for one in found if one is not None]

    def _read(self, key: str, until: int | None, decode: Any) -> Any:
        """Return what the newest record of a key holds, decoded once."""
        for record in self._engine.records(self._run, key, 0, until, newest=True, limit=1):
            known = self._kept.records.get(key)
            if known is None or known[0] != record.id:
                try:
                    made = decode(record, self._engine.payload(self._run, record.id))
                except (GnomonError, ValueError, KeyError, TypeError):
                    made = None
                self._kept.records[key] = known = record.id, made
            return known[1]
        return None


def _line(points: Points) -> Line:
    """Return the points of a series, the last of those that share a step."""
    last = np.append(np.diff(points.step) != 0, True)[: len(points.step)]
    return Line(points.step, points.value) if last.all() else Line(points.step[last], points.value[last])


def _layers(record: RecordInfo, payload: bytes) -> tuple[Layer, ...]:
    del record
    rows = json.loads(payload)["layers"]
    return tuple(Layer(str(row["path"]), str(row["type"]), tuple(map(str, row["parameters"]))) for row in rows)


def _confused(record: RecordInfo, payload: bytes) -> Confused:
    found: Any = type_of(record.kind).decode(record.meta, payload)
    return Confused(record.key, record.step, np.asarray(found.matrix, np.int64))


def placed(finding: Finding) -> Finding:
    """Return a finding with the node of a graph that it is about."""
    return replace(finding, node=node_of(finding.path, finding.what)) if finding.path else finding


def alerts_in(engine: Engine, run: str) -> list[dict[str, Any]]:
    """Return the newest alerts that a run raised, by step: `step`, `time` in UTC seconds, `level`, `title`, `text`."""
    found = []
    for key in engine.record_keys(run):
        if key == ALERTS or key.startswith(f"{ALERTS}@"):
            for record in engine.records(run, key, newest=True, limit=MOST_ALERTS):
                told = _told(engine.payload(run, record.id, 0, _ALERT_BYTES))
                found.append({"step": record.step, "time": record.us / 1e6, **told})
    return sorted(found, key=lambda one: (one["step"], one["time"]))


def _told(payload: bytes) -> dict[str, str]:
    try:
        found = json.loads(payload)
    except ValueError:
        found = None
    given = found if isinstance(found, dict) else {}
    return {name: str(given.get(name, "info" if name == "level" else "")) for name in ("level", "title", "text")}
