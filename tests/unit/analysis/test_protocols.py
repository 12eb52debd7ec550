"""Runs are ranked together only when they saw the same data and were judged alike; the rest is told why."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnomon.analysis.known import BoardColumn, class_of, config_names, first_of
from gnomon.analysis.leaderboard import Leaderboard, Rows, ranked
from gnomon.analysis.protocols import NOTHING_RECORDED, divide

A, B = "3f2a" + "0" * 12, "91bc" + "0" * 12


def apart(data: list[Any], evaluation: list[Any] | None = None, metric: str = "acc", **more: Any) -> list[Any]:
    """Return rows and reason of each division."""
    n = len(data)
    found = divide(metric, data, evaluation or [{}] * n, more.get("has_value", [True] * n))
    return [(part.rows, part.reason) for part in found]


def test_other_data_is_apart_with_both_hashes_in_the_reason() -> None:
    assert apart([{"digits/train": B}, {"digits/train": A}, {"digits/train": B}]) == [
        ((0, 2), None),
        ((1,), "trained on other data: digits/train 3f2a… instead of 91bc…"),
    ]


def test_an_unrecorded_run_is_told_what_to_call() -> None:
    assert apart([{"d": A}, {}, {}]) == [
        ((0,), None),
        ((1, 2), "no fingerprint recorded: call run.use_data and run.evaluate"),
    ]
    assert apart([{"d": A}, {}], [{"test": A}, {"test": A}])[1][1] == "no data recorded: call run.use_data"
    assert (
        apart([{"d": A}, {"d": A}, {"d": A}], [{"t": A}, {"t": A}, {}])[1][1]
        == "no evaluation recorded: call run.evaluate"
    )


def test_runs_that_record_nothing_are_ranked_together_with_a_caveat() -> None:
    assert apart([{}, {}]) == [((0, 1), None)]
    board = ranked("acc", "max", rows([{}, {}]))
    assert (board.caveat, len(board.protocols)) == (NOTHING_RECORDED, 1)
    assert ranked("acc", "max", rows([{"d": A}, {"d": A}])).caveat is None


def test_data_added_and_left_out_is_named() -> None:
    found = apart([{"train": A}, {"train": A}, {"train": A, "extra": B}, {"other": B}])
    assert [reason for _, reason in found[1:]] == [
        "trained on other data: extra 91bc… in addition",
        "trained on other data: other 91bc… in addition, without train",
    ]


def test_a_metric_of_one_evaluation_depends_on_that_one_alone() -> None:
    evaluation = [{"test": A, "val": A}, {"test": A, "val": B}, {"test": B, "val": A}]
    assert apart([{}] * 3, evaluation, "test/accuracy") == [
        ((0, 1), None),
        ((2,), "judged by another evaluation: test 91bc… instead of 3f2a…"),
    ]
    assert len(apart([{}] * 3, evaluation, "loss")) == 3


def test_a_run_that_failed_before_it_was_judged_is_missing_rather_than_apart() -> None:
    data, evaluation = [{"d": A}] * 3 + [{"d": B}], [{"t": A}, {"t": A}, {}, {}]
    assert apart(data, evaluation, has_value=[True, True, False, False]) == [
        ((0, 1, 2), None),
        ((3,), "trained on other data: d 91bc… instead of 3f2a…; no evaluation recorded: call run.evaluate"),
    ]


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["", "x", "y"]), st.booleans()), max_size=12)
)
def test_every_run_is_in_exactly_one_division_and_only_the_first_has_no_reason(
    runs: list[tuple[str, str, bool]],
) -> None:
    data = [{"d": d} if d else {} for d, _, _ in runs]
    evaluation = [{"e": e} if e else {} for _, e, _ in runs]
    found = apart(data, evaluation, has_value=[has for _, _, has in runs])
    assert sorted(row for part, _ in found for row in part) == list(range(len(runs)))
    assert [reason is None for _, reason in found] == [True] + [False] * (len(found) - 1) if runs else found == []
    first = {(data[row].get("d"), evaluation[row].get("e")) for row in found[0][0] if runs[row][2]} if found else set()
    assert len(first) <= 1  # no two runs with a value and another protocol are ranked together


def rows(data: list[Any], values: list[float] | None = None, **columns: list[Any]) -> Rows:
    """Return runs of two configurations."""
    n = len(data)
    names = [f"r{i}" for i in range(n)]
    lr = [0.1 if i % 2 else 0.2 for i in range(n)]
    return Rows(
        names, names, ["finished"] * n, list(range(n)), values or [0.5 + i / 10 for i in range(n)],
        {"config.lr": lr}, data, [{}] * n, columns,
    )  # fmt: skip


def test_columns_are_shared_values_or_ranges_parallel_to_the_seeds() -> None:
    given_rows = rows([{"d": A}] * 4, [0.5, 0.6, None, 0.8], epochs=[9, 9, 7, 9], gpu=["H100", "A100", "H100", "T4"])
    columns = [BoardColumn(name, name, "count", "run", (), None) for name in ("epochs", "gpu")]
    board = ranked("acc", "max", given_rows, columns=columns)
    first, second = board.entries
    assert [(seed.run, seed.seed, seed.value) for seed in first.seeds] == [("r1", 1, 0.6), ("r3", 3, 0.8)]
    assert first.columns["epochs"] == 9
    assert first.columns["gpu"].values == ("A100", "T4")
    assert [(seed.run, seed.value) for seed in second.seeds] == [("r0", 0.5), ("r2", None)]
    shared = second.columns["epochs"]
    assert (shared.mean, shared.low, shared.high, shared.values) == (8, 7, 9, (9, 7))
    assert (second.n, second.missing, second.columns["gpu"]) == (1, 1, "H100")


def test_equal_means_share_a_rank() -> None:
    given_rows = rows([{"d": A}] * 3, [0.5, 0.5, 0.4])
    object.__setattr__(given_rows, "config", {"config.lr": [1, 2, 3]})
    assert [(e.rank, e.label) for e in ranked("acc", "max", given_rows).entries] == [
        (1, "lr 1"),
        (1, "lr 2"),
        (3, "lr 3"),
    ]


@pytest.fixture
def board() -> Leaderboard:
    values = [0.912, 0.931, 0.901, 0.935, 0.9123, 0.93]
    given_rows = rows([{"d": A}] * 5 + [{"d": B}], values, lr=[0.2, 0.1] * 3, note=["50% & more_|"] * 6)
    columns = [
        BoardColumn("lr", "learning rate", "number", "setup", (), None),
        BoardColumn("note", "note", "text", "setup", (), None),
    ]
    return ranked("test/acc", "max", given_rows, columns=columns)


def test_a_board_is_a_table_of_a_paper(board: Leaderboard) -> None:
    assert board.to_markdown(["lr", "note"]).splitlines() == [
        "| # | configuration | learning rate | note | runs | test/acc ↑ |",
        "| --- | --- | --- | --- | ---: | ---: |",
        r"| **1** | **lr 0.1** | **0.1** | **50% & more_\|** | **2** | **0.933 ± 0.025** |",
        r"| **2** | **lr 0.2** | **0.2** | **50% & more_\|** | **3** | **0.908 ± 0.016** |",
    ]
    latex = board.to_latex(["note"])
    assert (
        r"\textbf{1} & \textbf{lr 0.1} & \textbf{50\% \& more\_|} & \textbf{2} & \textbf{0.933 $\pm$ 0.025} \\" in latex
    )
    assert latex.startswith(
        "\\begin{tabular}{lllrr}\n\\toprule\n\\# & configuration & note & runs & test/acc $\\uparrow$"
    )
    assert "% Mean over the runs of an entry; 95 \\%" in latex


def test_a_board_is_a_frame_and_a_file(board: Leaderboard, tmp_path: Any) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frame, other = board.to_pandas(), board.to_polars()
    assert frame["mean"].tolist() == other["mean"].to_list() == [e.mean for p in board.protocols for e in p.entries]
    assert frame["apart"].fillna("").tolist() == ["", "", "trained on other data: d 91bc… instead of 3f2a…"]
    text = board.to_csv(tmp_path / "board.csv")
    assert (tmp_path / "board.csv").read_text(encoding="utf-8") == text
    assert pandas.read_csv(tmp_path / "board.csv")["lr"].tolist() == [0.1, 0.2, 0.1]
    assert isinstance(other, polars.DataFrame)


def test_a_board_as_csv_holds_no_formula() -> None:
    given_rows = rows([{"d": A}], [0.5], model=["=1+1"])
    columns = [BoardColumn("model", "model", "text", "setup", (), None)]
    line = ranked("test/acc", "max", given_rows, columns=columns).to_csv().splitlines()[1]
    assert "'=1+1" in line.split(",")


def test_a_learning_rate_is_found_under_the_names_people_give_it() -> None:
    known = ("lr", "learning_rate", "optimizer.lr")
    assert config_names(known, ["Learning-Rate", "opt.LR", "lrate", "optimizer.lr"]) == [
        "Learning-Rate",
        "optimizer.lr",
        "opt.LR",
    ]
    assert config_names(known, ["epochs"]) == []
    assert first_of([[None, None, 3], [1, None, 4]], 3) == [1, None, 3]
    assert class_of("val/precision/a/b", ["test", "val"]) == ("val", "precision", "a/b")
    assert class_of("val/loss/a", ["val"]) is None
