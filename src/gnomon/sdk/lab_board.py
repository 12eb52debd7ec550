"""The part of the lab that ranks and compares runs."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from gnomon.analysis.banding import BandGroup, Bands, BandsQuery
from gnomon.analysis.bands import Interval
from gnomon.analysis.comparing import CompareQuery
from gnomon.analysis.comparison import CodeDiff, Comparison
from gnomon.analysis.goal import Goal
from gnomon.analysis.importance import Importance
from gnomon.analysis.importances import ImportanceQuery
from gnomon.analysis.leaderboard import Leaderboard
from gnomon.analysis.ranking import LeaderboardQuery
from gnomon.analysis.significance import Test
from gnomon.core.errors import InputError
from gnomon.sdk.lab_backend import Backend
from gnomon.sdk.lab_run import LabRun
from gnomon.sdk.notebook.tables import ShownLeaderboard


class LabBoard(ABC):
    """Rank and compare runs."""

    _backend: Backend

    @abstractmethod
    def run(self, ref: str) -> LabRun:
        """Return one run by its id or name."""

    def leaderboard(
        self,
        project: str,
        metric: str,
        goal: Goal | None = None,
        group_by: str = "config - seed",
        where: str = "",
        columns: Sequence[str] = (),
        test: Test = "welch",
    ) -> ShownLeaderboard:
        """Rank the configurations of a project by the mean over their runs.

        Runs are ranked together when they saw the same data (`run.use_data`) and were judged alike (`run.evaluate`);
        the others are in `protocols`, with the reason. `to_pandas`, `to_polars`, `to_csv`, `to_markdown` and
        `to_latex` of the answer write it out; in a notebook it shows itself and follows what comes.

        Args:
            project: Project name.
            metric: Series to rank by: its last value, or another statistic (`val/acc.max`).
            goal: `max` when larger is better, `min` when smaller is; `None` is what the newest run was told by
                `run.define`; when nobody said, `min` for names of losses and errors, else `max`.
            group_by: What makes one entry: `config - seed` is every config key but the seed; also `config.lr`,
                `attr.group`, `tag.x`, joined by commas.
            where: Only runs that this filter keeps.
            columns: What to show of each entry: `learning_rate`, `duration`, `config.x`, `metric.y` …; every well-known
                column that has a value when empty.
            test: What tells who is tied with the best: `welch`, `permutation` or `bootstrap`.

        Raises:
            InputError: An argument is not one of these.
            FilterError: `where` does not parse.
            LimitError: More than 200 entries for a test that draws again.
        """
        if goal not in {"max", "min", None}:
            msg = f"goal: expected max or min, received {goal!r:.40}."
            raise InputError(msg, field="goal")
        asked = LeaderboardQuery(
            project=project,
            metric=metric,
            goal=goal,
            group_by=group_by,
            where=where or None,
            columns=list(columns),
            test=test,
            limit=None,
        )
        return ShownLeaderboard.of(self._backend.analyses.leaderboard(asked), lambda: self._again(asked))

    def _again(self, asked: LeaderboardQuery) -> Leaderboard:
        self._backend.refresh()
        return self._backend.analyses.leaderboard(asked)

    def compare(self, runs: Iterable[str | LabRun], metrics: Sequence[str] = ()) -> Comparison:
        """Return 2 to 20 runs side by side: config, metrics, captured facts, packages that differ, graphs.

        Args:
            runs: Ids, names as `run` takes them, or runs.
            metrics: Keys or patterns (`val/*`); all but those of the system when empty.

        Raises:
            InputError: Fewer than 2 runs, more than 20, or one of them twice.
            NotFoundError: One of them is not there.
        """
        return self._backend.analyses.compare(CompareQuery(runs=[self._id(run) for run in runs], metrics=list(metrics)))

    def compare_code(self, a: str | LabRun, b: str | LabRun) -> CodeDiff:
        """Return the captured script, uncommitted changes and environment of two runs as unified diffs."""
        return self._backend.analyses.compare_code(self._id(a), self._id(b))

    def importance(self, project: str, metric: str, where: str = "", parameters: Sequence[str] = ()) -> Importance:
        """Return how much a metric depends on each config key, with intervals; `method` says how it was found.

        Args:
            project: Project name.
            metric: Series: its last value, or another statistic (`val/acc.max`).
            where: Only runs that this filter keeps.
            parameters: Config keys; all that differ but the seed when empty.

        Raises:
            InputError: Fewer than ten runs have a value, or nothing differs between them.
        """
        asked = ImportanceQuery(project=project, metric=metric, where=where or None, parameters=list(parameters))
        return self._backend.analyses.importance(asked)

    def bands(
        self,
        key: str,
        groups: Mapping[str, Sequence[str | LabRun]] | None = None,
        *,
        project: str | None = None,
        where: str = "",
        by: Sequence[str] = (),
        x: str = "step",
        interval: Interval = "ci",
    ) -> Bands:
        """Return mean and spread of a series over groups of runs on a common axis.

        Args:
            key: Series key.
            groups: Runs by name of their group; or
            project: the runs of this project
            where: that this filter keeps,
            by: grouped by these columns (`config.lr`).
            x: `step`, `time`, `relative`, or another series.
            interval: `ci` (95 % of the mean), `std` or `range`.

        Raises:
            InputError: Neither groups nor a project.
            LimitError: More than 200 groups or 2,000 runs.
        """
        named = None
        if groups is not None:
            named = [BandGroup(name=name, runs=[self._id(run) for run in runs]) for name, runs in groups.items()]
        return self._backend.analyses.bands(
            BandsQuery(key=key, groups=named, project=project, where=where or None, by=list(by), x=x, interval=interval)
        )

    def _id(self, run: str | LabRun) -> str:
        return run.id if isinstance(run, LabRun) else self.run(run).id
