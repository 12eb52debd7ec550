"""Sweeps over functions, driven in this process: what is tried, told, ended early, and taken up again."""

from pathlib import Path
from typing import Any

import pytest

import gnomon
from gnomon.core.errors import ConflictError, InputError, NotFoundError
from gnomon.models.sweeps import Trying, sweep
from gnomon.models.sweeps.driver import Driver, claim
from gnomon.models.sweeps.folder import SweepFolder, folders
from gnomon.models.sweeps.inside import FunctionHands
from gnomon.models.sweeps.result import interval


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")


def test_every_point_of_a_grid_is_a_run_for_each_seed_and_the_result_is_ranked_with_its_spread(home: Path) -> None:
    def reached(trial: Trying) -> float:
        return float(trial["x"] + trial.seed)

    found = sweep(reached, {"x": [1, 5, 3, 5]}, search="grid", seeds=2, goal="max", project="p", name="s")
    assert [(each.place, each.values, each.mean, each.reached, each.trials) for each in found] == [
        (1, {"x": 5}, 5.5, [5.0, 6.0], [3, 4]),
        (2, {"x": 3}, 3.5, [3.0, 4.0], [5, 6]),
        (3, {"x": 1}, 1.5, [1.0, 2.0], [1, 2]),
    ]
    assert (found.state, found.reason, found.best_of) == ("finished", "All 3 points were tried.", 3)
    assert found.best is not None
    assert found.best.interval == interval([5.0, 6.0])
    assert [round(end, 2) for end in interval([5.0, 6.0]) or ()] == [-0.85, 11.85]
    with gnomon.connect(home=home) as lab:
        runs = sorted(lab.runs("p"), key=lambda run: run.meta["sweep"]["trial"])
        assert [(run.config, run.group, run.state) for run in runs[:2]] == [
            ({"seed": 0, "x": 1}, "s", "finished"),
            ({"seed": 1, "x": 1}, "s", "finished"),
        ]
        board = lab.leaderboard("p", metric="value", goal="max")
        assert [(entry.n, entry.mean) for entry in board.entries] == [(2, 5.5), (2, 3.5), (2, 1.5)]


def test_a_trial_that_fails_is_told_and_the_others_go_on_and_one_without_a_figure_has_failed_too(home: Path) -> None:
    def some(trial: Trying) -> float | None:
        if trial["x"] == 2:
            msg = "two is bad"
            raise ValueError(msg)
        return None if trial["x"] == 3 else float("nan") if trial["x"] == 4 else 1.0

    found = sweep(some, {"x": "1..5"}, search="grid", metric="loss")
    told = {each.values["x"]: (each.state, each.reason.partition(" (")[0]) for each in found}
    assert told == {
        1: ("finished", ""),
        5: ("finished", ""),
        2: ("failed", "ValueError: two is bad"),
        3: ("failed", "Its run logged no 'loss'; it logged nothing. Name another with --metric."),
        4: ("failed", "loss is no number any more."),
    }
    assert found.counts == {"finished": 2, "failed": 3}


def test_a_sweep_whose_first_trials_all_fail_ends_with_the_reason() -> None:
    tried = []

    def never(trial: Trying) -> float:
        tried.append(trial.number)
        msg = "no data"
        raise RuntimeError(msg)

    found = sweep(never, {"x": (0.0, 1.0)}, first_fails=2)
    assert tried == [1, 2]
    assert found.state == "failed"
    assert found.reason.startswith("The first 2 trials all failed; the last one: RuntimeError: no data (")


def test_a_trial_with_little_hope_ends_where_it_reports_and_its_run_and_its_point_say_so(home: Path) -> None:
    ends: list[int] = []

    def slow(trial: Trying) -> None:
        for step in range(3):
            trial.report(trial["x"] + step / 10, step)
        ends.append(trial["x"])

    rule = {"kind": "median", "least": 2}
    found = sweep(slow, {"x": [9, 8, 1, 10]}, search="grid", goal="max", seeds=2, pruning=rule, project="p")
    assert ends == [9, 9, 10, 10]
    points = {each.values["x"]: each for each in found}
    assert [(x, points[x].state, points[x].reason) for x in (8, 1)] == [
        (8, "pruned", "value was 8 at value 1, worse than the median 9 of 2 others"),
        (1, "pruned", "value was 1 at value 1, worse than the median 9 of 3 others"),
    ]
    assert points[8].trials == [3], "its other seed was not worth while"
    with gnomon.connect(home=home) as lab:
        run = lab.run(points[8].runs[0])
        assert run.tags == ["pruned"] or tuple(run.tags) == ("pruned",)
        assert run.meta["sweep"]["pruned"] == points[8].reason


def test_a_sweep_that_was_interrupted_is_taken_up_where_it_was_and_proposes_what_it_would_have(home: Path) -> None:
    pytest.importorskip("optuna")

    def reached(trial: Trying) -> float:
        return float((trial["x"] - 2) ** 2)

    whole = sweep(reached, {"x": (0.0, 4.0)}, search="tpe", goal="min", trials=14, seed=3, project="a")
    calls: list[int] = []

    def breaks(trial: Trying) -> float:
        calls.append(trial.number)
        if len(calls) == 12:
            raise KeyboardInterrupt
        return reached(trial)

    asked: dict[str, Any] = {"search": "tpe", "goal": "min", "trials": 14, "seed": 3, "project": "b"}
    with pytest.raises(KeyboardInterrupt):
        sweep(breaks, {"x": (0.0, 4.0)}, **asked)
    folder = folders(home)[-1]
    assert folder.story().state == "stopped"
    again = sweep(breaks, {"x": (0.0, 4.0)}, **asked, resume=folder.id)
    assert calls == [*range(1, 13), 12, 13, 14]
    assert [(each.values, each.mean) for each in again] == [(each.values, each.mean) for each in whole]
    with pytest.raises(InputError, match="searches another space"):
        sweep(breaks, {"x": (0.0, 5.0)}, **asked, resume=folder.id)


def test_whoever_takes_over_a_dead_sweep_does_what_was_written_down_and_not_begun(home: Path) -> None:
    done = sweep(lambda trial: float(trial["x"]), {"x": [1, 2]}, search="grid", trials=1)
    folder = SweepFolder.of(home, done.id)
    lines = folder.events.read_bytes().splitlines(keepends=True)
    # Killed behind the line that proposes, in the midst of the next one.
    folder.events.write_bytes(b"".join(lines[:2]) + lines[2][:20])
    owner = claim(folder)
    assert owner is not None
    assert claim(folder) is None
    hands = FunctionHands(lambda trial: float(trial["x"]), home)
    hands.driver = driver = Driver(folder, hands)
    assert [(trial.number, trial.submitted) for trial in driver.story.trials] == [(1, False)]
    while driver.is_active:
        driver.look()
    assert [(trial.number, trial.state, trial.value) for trial in folder.story().trials] == [(1, "finished", 1.0)]
    with pytest.raises(ConflictError, match="is finished, and cannot be stopped"):
        driver.stop()


def test_hours_end_a_sweep_and_pauses_do_not_count(home: Path) -> None:
    found = sweep(lambda trial: float(trial["x"]), {"x": (0.0, 1.0)}, hours=1e-9, trials=50)
    assert (found.state, found.reason) == ("finished", "Its 1e-09 hours are over.")
    folder = SweepFolder.of(home, found.id)
    story = folder.story()
    began = story.created
    folder.append("resumed")
    folder.append("paused")
    told = folder.story()
    assert told.state == "paused"
    assert told.hours(began + 1e6) < 1


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"space": {"x": 3}}, "space: expected at least one name"),
        ({"space": {"x": "1..2"}, "trials": 0}, "trials: expected 1 to 10,000, received 0"),
        ({"space": {"x": "1..2"}, "seeds": 0}, "seeds: expected 1 to 1,000, received 0"),
        ({"space": {"x": "1..2"}, "hours": 0}, "hours: expected a number above 0"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_begins(home: Path, asked: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=f"^{why}"):
        sweep(lambda trial: 1.0, **asked)
    assert folders(home) == []
    with pytest.raises(NotFoundError):
        SweepFolder.of(home, "../../etc")
