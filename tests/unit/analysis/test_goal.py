"""Which direction is better, as `run.define` was told."""

from pathlib import Path

import gnomon
from gnomon.analysis.goal import defined_goal


def test_the_longest_pattern_that_fits_decides() -> None:
    told = {
        "*": {"goal": "max"},
        "val/*": {"step": "epoch"},
        "*loss": {"goal": "min"},
        "val/loss_scale": {"goal": "max"},
    }
    found = {key: defined_goal(key, told) for key in ("val/acc", "val/loss", "val/loss_scale")}
    assert found == {"val/acc": "max", "val/loss": "min", "val/loss_scale": "max"}
    assert defined_goal("val/acc", {"val/*": {"step": "epoch"}}) is None


def test_a_leaderboard_without_a_goal_goes_by_what_the_run_defined(home: Path) -> None:
    for seed, loss in enumerate([0.5, 0.1, 0.9]):
        with gnomon.init(project="p", config={"lr": seed}, home=home) as run:
            run.define("*loss", goal="min")
            run.log({"val/loss": loss, "val/acc": loss}, step=0)
    with gnomon.connect(home=home) as lab:
        by_loss = lab.leaderboard("p", "val/loss.min")
        assert (by_loss.goal, [e.mean for e in by_loss.entries]) == ("min", [0.1, 0.5, 0.9])
        assert lab.leaderboard("p", "val/acc").goal == "max"
        assert lab.leaderboard("p", "val/loss", "max").entries[0].mean == 0.9
