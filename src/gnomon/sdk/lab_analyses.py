"""Leaderboards, comparisons, importance and bands: the same on a folder and through a server."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from gnomon.analysis.banding import Bands, BandsQuery, bands
from gnomon.analysis.comparing import CompareQuery, compare, compare_code
from gnomon.analysis.comparison import CodeDiff, Comparison, plain_number
from gnomon.analysis.health import Checkup
from gnomon.analysis.importance import Importance
from gnomon.analysis.importances import ImportanceQuery, importance_of
from gnomon.analysis.leaderboard import Leaderboard
from gnomon.analysis.ranking import LeaderboardQuery, rank
from gnomon.sdk.health import HealthReader, alerts_in
from gnomon.store.home import Home
from gnomon.store.study import Study

T = TypeVar("T")


class Analyses(Protocol):
    """What is computed from many runs."""

    def leaderboard(self, asked: LeaderboardQuery) -> Leaderboard:
        """Return a ranking."""
        ...

    def compare(self, asked: CompareQuery) -> Comparison:
        """Return runs side by side."""
        ...

    def compare_code(self, a: str, b: str) -> CodeDiff:
        """Return the code of two runs line by line."""
        ...

    def importance(self, asked: ImportanceQuery) -> Importance:
        """Return which config keys a metric depends on."""
        ...

    def bands(self, asked: BandsQuery) -> Bands:
        """Return mean and spread of a series over groups of runs."""
        ...

    def health(self, run: str, until: int | None) -> Checkup:
        """Return what the checks find in the record of a run."""
        ...

    def alerts(self, run: str) -> list[dict[str, Any]]:
        """Return the alerts that a run raised."""
        ...


class LocalAnalyses:
    """Compute from a home that this process has opened."""

    def __init__(self, home: Home) -> None:
        self._study, self._home = Study(home), home
        self._health = HealthReader(home)

    def leaderboard(self, asked: LeaderboardQuery) -> Leaderboard:
        return rank(self._study, asked)

    def compare(self, asked: CompareQuery) -> Comparison:
        return compare(self._study, asked)

    def compare_code(self, a: str, b: str) -> CodeDiff:
        return compare_code(self._study, a, b)

    def importance(self, asked: ImportanceQuery) -> Importance:
        return importance_of(self._study, asked)

    def bands(self, asked: BandsQuery) -> Bands:
        return bands(self._study, asked)

    def health(self, run: str, until: int | None) -> Checkup:
        return self._health.health(run, until)

    def alerts(self, run: str) -> list[dict[str, Any]]:
        return alerts_in(self._home.engine, run)


class RemoteAnalyses:
    """Let a server compute.

    Args:
        ask: Sends a request and returns the JSON answer.
    """

    def __init__(self, ask: Callable[[str, str, object], dict[str, Any]]) -> None:
        self._ask = ask

    def leaderboard(self, asked: LeaderboardQuery) -> Leaderboard:
        return self._post("/leaderboards", asked, Leaderboard)

    def compare(self, asked: CompareQuery) -> Comparison:
        return self._post("/compare", asked, Comparison)

    def compare_code(self, a: str, b: str) -> CodeDiff:
        return msgspec.convert(self._ask("GET", f"/compare/code?{urlencode({'a': a, 'b': b})}", None), CodeDiff)

    def importance(self, asked: ImportanceQuery) -> Importance:
        return self._post("/importance", asked, Importance)

    def bands(self, asked: BandsQuery) -> Bands:
        return self._post("/bands", asked, Bands)

    def health(self, run: str, until: int | None) -> Checkup:
        return msgspec.convert(_as_sent(self._told(run, until)["health"]), Checkup)

    def alerts(self, run: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._told(run, None)["alerts"]
        return found

    def _told(self, run: str, until: int | None) -> dict[str, Any]:
        asked = "" if until is None else f"?until={until}"
        return self._ask("GET", f"/runs/{quote(run, safe='')}/health{asked}", None)

    def _post(self, path: str, asked: object, kind: type[T]) -> T:
        return msgspec.convert(_as_sent(self._ask("POST", path, msgspec.to_builtins(asked))), kind)


def _as_sent(value: Any) -> Any:
    """Return an answer with the floats that JSON cannot hold as text again, as the answers of a folder have them."""
    if isinstance(value, float):
        return plain_number(value)
    if isinstance(value, dict):
        return {key: _as_sent(each) for key, each in value.items()}
    return [_as_sent(each) for each in value] if isinstance(value, list) else value
