"""`gnomon compare` and `gnomon leaderboard` say in 80 columns what the server answers, and as JSON exactly that."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner

import gnomon
from gnomon.analysis.comparing import CompareQuery
from gnomon.analysis.comparing import compare as compare_runs
from gnomon.analysis.ranking import LeaderboardQuery, rank
from gnomon.cli import compare, leaderboard
from gnomon.cli.main import cli
from gnomon.store.home import Home
from gnomon.store.study import Study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two configurations of two seeds and one run on other data."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        patch.setenv("GNOMON_CAPTURE", "off")
        for place, (lr, seed) in enumerate([(0.1, 0), (0.1, 1), (0.01, 0), (0.01, 1), (0.1, 2)]):
            with gnomon.init(
                project="p", home=home, config={"lr": lr, "seed": seed, "width": 64}, name=f"run-{place}"
            ) as run:
                run.log({"acc": 1 - lr - seed / 100, "loss": lr + place}, step=0)
                run.log({"net": gnomon.Graph({"nodes": ["in", *(["drop"] if lr == 0.1 else [])], "edges": []})})
                run._change({"data": {"digits": "3f2a0000" if place == 4 else "91bc0000"}, "commit": f"c{place // 2}"})
        yield home


def ask(*words: object) -> str:
    """Run a command as a shell would and return what it prints."""
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return click.unstyle(result.output)


def test_the_leaderboard_tells_who_stands_apart_and_why(folder: Path) -> None:
    lines = ask("leaderboard", "p", "--metric", "acc", "--home", folder, "--columns", "commit").splitlines()
    assert [line.split() for line in lines[:3]] == [
        "# configuration commit acc (max), mean ± 95 % seeds best".split(),
        "1 │ lr 0.01 c1 0.9850 ± 0.0635 2 0.9900".split(),
        "2 │ lr 0.1 c0 0.8950 ± 0.0635 2 0.9000".split(),
    ]
    assert lines[3:5] == ["", "Not ranked with these, 1 run: trained on other data: digits 3f2a… instead of"]
    assert lines[7].split() == "1 │ lr 0.1 c2 0.8800 ± – 1 0.8800".split()  # noqa: RUF001
    assert lines[-1] == "│ 2 entries may be the best: the seeds do not tell them apart."
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("form", ["csv", "markdown", "latex"])
def test_the_leaderboard_is_written_for_a_paper(folder: Path, form: str) -> None:
    text = ask("leaderboard", "p", "--metric", "acc", "--home", folder, "--columns", "learning_rate", "--format", form)
    with gnomon.connect(home=folder) as lab:
        board = lab.leaderboard("p", "acc", columns=["learning_rate"])
    expected = {
        "csv": board.to_csv(),
        "markdown": board.to_markdown(["learning_rate"]),
        "latex": board.to_latex(["learning_rate"]),
    }
    assert text == expected[form]


def test_runs_stand_side_by_side_with_the_best_marked(folder: Path) -> None:
    assert ask("compare", "run-0", "run-2", "run-4", "--home", folder, "--metrics", "acc,loss").splitlines() == [
        "config  run-0  run-2  run-4",
        "lr      0.1    0.01   0.1",
        "seed    0      0      2",
        "",
        "what ran  run-0     run-2     run-4",
        "commit    c0        c1        c2",
        "digits    91bc0000  91bc0000  3f2a0000",
        "",
        "metric (last)  run-0    run-2    run-4",
        "acc (max)      0.9000   0.9900*  0.8800",
        "loss (min)     0.100*   2.010    4.100",
        "",
        "net, beside that of run-0:",
        "  run-2: 0 added, 1 removed, 0 changed",
        "    - drop",
        "  run-4: 0 added, 0 removed, 0 changed",
        "",
        "1 config key is the same in all: --all shows them.",
    ]


def test_all_and_code_show_more(folder: Path) -> None:
    text = ask("compare", "run-0", "run-1", "--home", folder, "--all", "--code")
    assert "width   64     64" in text
    assert "net: the same graph in all that have one." in text
    assert "script: the script was not captured of either run" in text


def test_many_runs_wrap_into_tables_that_fit_the_terminal(folder: Path) -> None:
    with gnomon.connect(home=folder) as lab:
        found = lab.compare([f"run-{i}" for i in range(5)])
    lines = click.unstyle(compare.draw(found, width=30)).splitlines()
    assert max(len(line) for line in lines if not line.startswith(("net", "  ", "1 config"))) <= 30
    assert sum(line.startswith("config") for line in lines) == 2


def test_json_is_the_answer_of_the_server(folder: Path) -> None:
    """Which is the JSON of `rank` and `compare`, see tests/unit/server/test_leaderboards.py."""
    with Home.open(folder) as home:
        ids = [run.id for run in home.catalog.runs()]
        board = rank(Study(home), LeaderboardQuery(project="p", metric="loss", limit=None))
        found = compare_runs(Study(home), CompareQuery(runs=ids[:3], metrics=["a*"]))
    sent = [json.loads(msgspec.json.encode(answer)) for answer in (board, found)]
    words = (["leaderboard", "p", "--metric", "loss"], ["compare", *ids[:3], "--metrics", "a*"])
    assert [json.loads(ask(*command, "--json", "--home", folder)) for command in words] == sent


def test_a_long_label_is_cut_and_a_range_is_a_range(folder: Path) -> None:
    assert leaderboard._short("x" * 61) == "x" * 59 + "…"
    text = ask("leaderboard", "p", "--metric", "acc", "--home", folder, "--columns", "metric.loss,config.seed")
    assert "2.01..3.01  0..1" in text
