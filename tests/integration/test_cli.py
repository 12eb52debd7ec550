"""Commands on a real home, opened by themselves and through a real server: the answers are the same."""

import csv
import http.client
import io
import json
import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import gnomon
from gnomon.cli.main import cli
from gnomon.cli.service import Service
from gnomon.core.errors import UnavailableError
from gnomon.store.lock import holder

Gnomon = Callable[..., Result]


def _log_runs(home: Path) -> dict[str, str]:
    """Log three runs; return their ids by name."""
    ids = {}
    for name, rate in (("calm", 0.1), ("brave", 0.5)):
        with gnomon.init("first", name=name, config={"opt": {"lr": rate}, "seed": 3}, tags=["t"], home=home) as run:
            for step in range(100):
                run.log({"loss": rate * 0.9**step, "acc": 1 - 0.9**step}, step=step)
            ids[name] = run.id
    with suppress(ZeroDivisionError), gnomon.init("second", name="损失 🚀", group="g", home=home) as run:
        ids[run.name] = run.id
        for value in (1.0, math.nan, math.inf, 2.0):
            run.log({"loss": value})
        run.log({"note": "it will\nfail", "facts": {"why": [1, None]}}, step=3)
        1 / 0  # noqa: B018
    return ids


def _asking(home: Path) -> Gnomon:
    def invoke(command: str, *arguments: str, **more: object) -> Result:
        chosen = () if "--home" in arguments else ("--home", str(home))
        return CliRunner().invoke(cli, [command, *arguments, *chosen], **more)  # type: ignore[arg-type]

    return invoke


@dataclass(frozen=True)
class Place:
    """A home with the three runs, and how to ask for them."""

    home: Path
    runs: dict[str, str]
    ask: Gnomon
    url: str | None


@contextmanager
def _place(kind: str, home: Path) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNOMON_AGENT", "off")
        runs = _log_runs(home)
    ask = _asking(home)
    assert ask("ls").exit_code == 0  # opens the folder, which stores what is in its journals
    if kind == "folder":
        yield Place(home, runs, ask, None)
        return
    with Service(home, 0) as service:
        yield Place(home, runs, ask, service.url)


@pytest.fixture(scope="module", params=["folder", "server"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a home that tests only read, without and with a server."""
    with _place(request.param, tmp_path_factory.mktemp("lab")) as found:
        yield found


@pytest.fixture
def ask(place: Place) -> Gnomon:
    """Return the command line on that home."""
    return place.ask


@pytest.fixture
def runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Log the three runs into the home of one test; nobody has stored them yet."""
    monkeypatch.setenv("GNOMON_AGENT", "off")
    return _log_runs(home)


def test_projects_are_listed_the_last_changed_first(ask: Gnomon) -> None:
    lines = ask("ls").output.splitlines()
    assert [line.split() for line in lines] == [
        ["project", "runs", "running", "updated"],
        ["second", "1", "0", "now"],
        ["first", "2", "0", "now"],
    ]


def test_runs_are_listed_with_their_columns(ask: Gnomon) -> None:
    shown = ask("ls", "first", "--sort", "config.opt.lr", "--columns", "config.opt.lr,metric.loss.max")
    assert shown.stdout.splitlines() == [
        "   run    state     step  age  opt.lr  loss.max",
        "✓  calm   finished    99  now  0.1000  0.1000",
        "✓  brave  finished    99  now  0.5000  0.5000",
    ]
    assert shown.stderr == "2 of 2 runs\n"


def test_runs_are_listed_with_what_tells_them_apart(ask: Gnomon) -> None:
    head, *rows = (line.split() for line in ask("ls", "first").stdout.splitlines())
    assert head == ["run", "state", "step", "age", "opt.lr", "acc", "loss"]
    assert [row[1:6] for row in rows] == [
        [name, "finished", "99", "now", rate] for name, rate in (("brave", "0.5000"), ("calm", "0.1000"))
    ]


def test_only_so_many_runs_are_listed_and_the_rest_is_counted(ask: Gnomon) -> None:
    shown = ask("ls", "first", "--limit", "1")
    assert (len(shown.stdout.splitlines()), shown.stderr) == (2, "2 of 2 runs, 1 shown\n")


def test_a_filter_chooses_runs_and_json_says_all_of_them(ask: Gnomon, place: Place) -> None:
    shown = ask("ls", "--where", "config.opt.lr > 0.2", "--columns", "metric.acc", "--json")
    page = json.loads(shown.stdout)
    assert (page["total"], page["matched"], page["columns"]) == (3, 1, {"metric.acc": [pytest.approx(1 - 0.9**99)]})
    row = {key: page["runs"][0][key] for key in ("id", "project", "name", "state", "tags", "last_step")}
    assert row == {
        "id": place.runs["brave"],
        "project": "first",
        "name": "brave",
        "state": "finished",
        "tags": ["t"],
        "last_step": 99,
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ls", "first", "--where", "config.opt.lr >"), "at character 15"),
        (("ls", "first", "--sort", "nonsense"), "nonsense"),
        (("show", "first/brav"), 'No run "brav" in project "first". Nearest: "first/brave"'),
        (("query", "first/brave", "los"), "los"),
        (("delete", "nobody", "--yes"), 'No run "nobody"'),
        (("leaderboard", "first", "--metric", "loss", "--group-by", "what"), "group_by"),
        (("leaderboard", "first", "--metric", "los"), 'No run of "first" has the metric "los". Nearest: "loss"'),
        (("leaderboard", "frist", "--metric", "loss"), 'No project "frist". Nearest: "first"'),
        (("ls", "frist"), 'No project "frist". Nearest: "first"'),
        (("ls", "first", "--group-by", "nonsense"), "by: expected config., metric., tag."),
        (("ls", "first", "--group-by", "config.seed", "--order", "loss"), "order: expected n"),
        (("export", "runs", "first", "-o", "/nowhere/runs.csv"), "/nowhere"),
        (("export", "runs", "first", "-o", "runs.xlsx"), "form: expected one of csv, json, parquet"),
        (("delete", "--where", "config.seed >", "--yes"), "at character 13"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_sentence(ask: Gnomon, arguments: tuple[str, ...], says: str) -> None:
    shown = ask(*arguments)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("Error: ")
    assert says in shown.stderr
    assert "Traceback" not in shown.output
    assert len(shown.stderr.splitlines()) == 1


def test_a_run_is_shown_with_config_extremes_and_curves(ask: Gnomon, place: Place) -> None:
    lines = ask("show", "first/brave").output.splitlines()
    assert lines[0] == f"✓ brave  first  {place.runs['brave']}"
    assert "tags    t" in lines
    assert [line.split() for line in lines if line.startswith(("opt.lr", "seed"))] == [["opt.lr", "0.5"], ["seed", "3"]]
    (loss,) = (line.split() for line in lines if line.startswith("loss"))
    assert loss[:8] == ["loss", "1.476e-5", "99", "1.476e-5", "99", "0.5", "0", "100"]
    assert loss[8][0] == "█"
    assert loss[8][-1] == "▁"


def test_a_failed_run_says_why_and_how_many_values_were_not_numbers(ask: Gnomon) -> None:
    lines = ask("show", "损失 🚀").output.splitlines()
    assert lines[0].startswith("✕ 损失 🚀  second")
    assert "error   ZeroDivisionError: division by zero" in lines
    (loss,) = (line.split() for line in lines if line.startswith("loss"))
    assert loss[:9] == ["loss", "2", "3", "1", "0", "2", "3", "4", "2"]


def test_values_that_could_not_be_written_are_counted_with_the_cause(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    with gnomon.init("p", name="lossy", home=home) as run:
        run.log({"loss": 0.5, "bell\a": 1.0}, step=1)
        run.log({"loss": 0.25, "bell\a": 2.0}, step=2)
    ask = _asking(home)
    lines = ask("show", "p/lossy").output.splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("dropped")] == [
        "2 values could not be written: bell\a: refused"
    ]
    assert json.loads(ask("show", "p/lossy", "--json").stdout)["dropped"] == 2


def test_a_run_as_json_holds_config_and_statistics(ask: Gnomon, place: Place) -> None:
    found = json.loads(ask("show", place.runs["brave"], "--keys", "lo*", "--json").stdout)
    assert (found["name"], found["config"]) == ("brave", {"opt": {"lr": 0.5}, "seed": 3})
    assert list(found["series"]) == ["loss"]
    loss = found["series"]["loss"]
    assert (loss["n"], loss["bad"], loss["high"], loss["high_step"], loss["low_step"]) == (100, 0, 0.5, 0, 99)


def test_points_come_back_exactly(ask: Gnomon) -> None:
    expected = [(step, 0.5 * 0.9**step) for step in range(10, 21, 5)]
    asked = ("query", "first/brave", "loss", "--first", "10", "--last", "20", "--every", "5")
    found = json.loads(ask(*asked, "--json").stdout)
    assert list(zip(found["step"], found["value"], strict=True)) == expected
    rows = list(csv.DictReader(io.StringIO(ask(*asked, "--csv").stdout)))
    assert [(int(row["step"]), float(row["value"])) for row in rows] == expected
    assert [float(row["time"]) for row in rows] == pytest.approx(found["time"], abs=1e-6)
    lines = [line.split() for line in ask(*asked).stdout.splitlines()]
    assert [(int(line[0]), float(line[-1])) for line in lines[1:]] == expected


def test_values_that_are_not_numbers_come_back_too(ask: Gnomon) -> None:
    found = json.loads(ask("query", "损失 🚀", "loss", "--json").stdout)
    assert found["value"] == [1.0, "NaN", "Infinity", 2.0]
    rows = list(csv.DictReader(io.StringIO(ask("query", "损失 🚀", "loss", "--csv").stdout)))
    assert [row["value"] for row in rows] == ["1.0", "nan", "inf", "2.0"]


def test_what_is_no_number_is_printed_as_records(ask: Gnomon) -> None:
    note, facts = (json.loads(ask("query", "损失 🚀", key, "--json").stdout)["records"] for key in ("note", "facts"))
    assert [(r["step"], r["kind"], r["value"]) for r in (*note, *facts)] == [
        (3, "text", "it will\nfail"),
        (3, "json", {"why": [1, None]}),
    ]
    line = ask("query", "损失 🚀", "note").stdout.splitlines()[1].split()
    assert (line[0], line[-4:]) == ("3", ["text", "it", "will", "fail"])
    assert "records facts (json) note (text): see `gnomon query`" in ask("show", "损失 🚀").stdout


def test_one_format_at_a_time() -> None:
    shown = CliRunner().invoke(cli, ["query", "a", "b", "--csv", "--json"])
    assert (shown.exit_code, "exclude each other" in shown.stderr) == (2, True)


def test_the_leaderboard_ranks_configurations(ask: Gnomon) -> None:
    board = json.loads(ask("leaderboard", "first", "--metric", "loss", "--goal", "min", "--json").stdout)
    entries = [(e["rank"], e["label"], e["n"], e["mean"]) for e in board["protocols"][0]["entries"]]
    assert entries == [(1, "opt.lr 0.1", 1, 0.1 * 0.9**99), (2, "opt.lr 0.5", 1, 0.5 * 0.9**99)]
    lines = ask("leaderboard", "first", "--metric", "loss.max", "--goal", "min").output.splitlines()
    assert lines[1:3] == [
        "1  │  opt.lr 0.1     0.1000 ± –                       1  0.1000",  # noqa: RUF001
        "2  │  opt.lr 0.5     0.5000 ± –                       1  0.5000",  # noqa: RUF001
    ]


@pytest.mark.parametrize("kind", ["folder", "server"])
def test_a_run_is_deleted_only_after_yes(home: Path, kind: str) -> None:
    with _place(kind, home) as place:
        refused = place.ask("delete", "first/brave", input="n\n")
        assert refused.exit_code == 1
        assert f"Delete first/brave ({place.runs['brave']}, finished, 200 points) for good?" in refused.output
        assert len(json.loads(place.ask("ls", "first", "--json").stdout)["runs"]) == 2
        assert place.ask("delete", "first/brave", input="y\n").exit_code == 0
        assert [r["name"] for r in json.loads(place.ask("ls", "first", "--json").stdout)["runs"]] == ["calm"]


@pytest.mark.parametrize("kind", ["folder", "server"])
def test_runs_that_match_are_counted_named_and_deleted_after_yes(home: Path, kind: str) -> None:
    with _place(kind, home) as place:
        refused = place.ask("delete", "--project", "first", "--where", "config.seed = 3", input="n\n")
        assert (refused.exit_code, refused.output.splitlines()[0]) == (1, "2 runs of 2: first/brave, first/calm.")
        assert "Delete 2 runs for good?" in refused.output
        nothing = place.ask("delete", "--where", "config.seed = 4", "--yes")
        assert (nothing.exit_code, nothing.output) == (0, "No run matches, nothing was deleted.\n")
        assert place.ask("delete").exit_code == place.ask("delete", "first/calm", "--where", "calm").exit_code == 2
        gone = place.ask("delete", "--where", "config.opt.lr > 0.2", "--yes")
        assert gone.output.splitlines()[0] == "1 run of 3: first/brave."
        assert gone.output.splitlines()[1].startswith("Deleted 1 run; ")
        assert [r["name"] for r in json.loads(place.ask("ls", "first", "--json").stdout)["runs"]] == ["calm"]


def test_runs_are_listed_by_groups(ask: Gnomon) -> None:
    shown = ask(
        "ls", "--group-by", "attr.project,config.seed", "--columns", "metric.acc,config.opt.lr", "--order", "-n"
    )
    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["attr.project", "seed", "runs", "acc", "opt.lr"],
        ["first", "3", "2", "1", "0.3", "±", "0.2828"],
        ["second", "–", "1", "–", "–"],  # noqa: RUF001
    ]
    assert shown.stderr == "2 groups of 3 runs\n"
    page = json.loads(ask("ls", "first", "--group-by", "config.seed", "--columns", "config.opt.lr", "--json").stdout)
    assert (page["total_groups"], page["matched"]) == (1, 2)
    (group,) = page["groups"]
    assert (group["key"], group["n"], group["where"]) == ({"config.seed": 3}, 2, "config.seed = 3")
    assert group["values"]["config.opt.lr"]["mean"] == pytest.approx(0.3)
    rows = list(csv.DictReader(io.StringIO(ask("ls", "first", "--group-by", "config.opt.lr", "--csv").stdout)))
    assert [(row["config.opt.lr"], row["n"]) for row in rows] == [("0.1", "1"), ("0.5", "1")]
    assert ask("ls", "first", "--csv", "--json").exit_code == 2


def test_runs_are_written_as_csv_and_to_files(ask: Gnomon, tmp_path: Path) -> None:
    shown = ask("ls", "first", "--columns", "config.opt.lr,metric.loss.n", "--order", "config.opt.lr", "--csv")
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert [(row["name"], row["config.opt.lr"], row["metric.loss.n"]) for row in rows] == [
        ("calm", "0.1", "100"),
        ("brave", "0.5", "100"),
    ]
    path = tmp_path / "runs.json"
    done = ask("export", "runs", "first", "--where", "calm", "-o", str(path))
    assert (done.exit_code, done.stderr) == (0, f"Wrote {path}.\n")
    ((name, rate, seed),) = [
        (row["name"], row["config.opt.lr"], row["config.seed"]) for row in json.loads(path.read_text())
    ]
    assert (name, rate, seed) == ("calm", 0.1, 3)


def test_archived_runs_are_listed_when_asked_for(home: Path) -> None:
    with _place("folder", home) as place:
        with gnomon.connect(home=home) as lab:
            lab.change_runs("first", "calm", archived=True)
        names = lambda *more: [r["name"] for r in json.loads(place.ask("ls", "first", "--json", *more).stdout)["runs"]]  # noqa: E731
        assert (names(), names("--archived"), names("--where", "attr.archived")) == (
            ["brave"],
            ["brave", "calm"],
            ["calm"],
        )


def test_the_doctor_counts_what_is_stored_and_finds_nothing_wrong(ask: Gnomon, place: Place) -> None:
    report = json.loads(ask("doctor", "--json").stdout)
    assert (report["home"], report["server"]) == (str(place.home), place.url)
    assert (report["store"]["runs"], report["journals"], report["troubles"]) == (3, [], [])
    assert report["sqlite_is_safe"] is True
    assert {"gnomon", "python", "numpy", "apsw", "sqlite"} <= set(report["versions"])
    shown = ask("doctor")
    assert (shown.exit_code, "✓ Nothing is wrong." in shown.output) == (0, True)


def test_the_doctor_counts_what_waits_for_another_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    with gnomon.init("first", home=home) as run:
        run.log({"loss": 0.5})
    (journal,) = (home / "journal" / run.id).glob("*.j")
    journal.with_suffix(".to").write_text(json.dumps({"url": "http://127.0.0.1:9", "token": None}))
    journal.with_suffix(".refused").write_text(json.dumps({"offset": 0, "reason": "http://127.0.0.1:9 refuses it"}))
    shown = CliRunner().invoke(cli, ["doctor", "--json"])
    report = json.loads(shown.stdout)
    size = journal.stat().st_size
    waiting = {"run": run.id, "writer": journal.stem, "stored": 0, "size": size, "to": "http://127.0.0.1:9"}
    assert (report["journals"], report["troubles"]) == ([waiting], ["http://127.0.0.1:9 refuses it"])
    assert shown.exit_code == 1
    assert "✕ http://127.0.0.1:9 refuses it" in CliRunner().invoke(cli, ["doctor"]).output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("gnomon show fi", ["plain,first/brave", "plain,first/calm"]),
        ("gnomon ls s", ["plain,second"]),
        ("gnomon query first/brave l", ["plain,loss"]),
        ("gnomon lead", ["plain,leaderboard"]),
        ("gnomon ls first --where config.se", ["plain,config.seed"]),
    ],
)
def test_names_are_completed(place: Place, monkeypatch: pytest.MonkeyPatch, words: str, expected: list[str]) -> None:
    monkeypatch.setenv("GNOMON_HOME", str(place.home))
    env = {"_GNOMON_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    shown = CliRunner().invoke(cli, prog_name="gnomon", env=env)
    assert shown.output.splitlines() == expected


def test_a_backup_taken_while_serving_is_a_home_of_its_own(ask: Gnomon, tmp_path: Path) -> None:
    dest = tmp_path / "backup"
    shown = ask("backup", str(dest))
    assert shown.exit_code == 0
    assert shown.output.startswith(f"{dest}: 3 runs, ")
    original = json.loads(ask("query", "first/brave", "loss", "--json").stdout)
    copied = CliRunner().invoke(cli, ["query", "first/brave", "loss", "--json", "--home", str(dest)])
    assert json.loads(copied.stdout) == original


def test_a_backup_holds_what_nobody_has_stored_yet(home: Path, runs: dict[str, str], tmp_path: Path) -> None:
    assert not (home / "store.db").exists()
    dest = tmp_path / "backup"
    assert CliRunner().invoke(cli, ["backup", str(dest)]).exit_code == 0
    listed = _asking(dest)("ls", "--where", "attr.state != 'x'", "--json")
    assert {run["id"] for run in json.loads(listed.stdout)["runs"]} == set(runs.values())


def test_a_backup_comes_back(ask: Gnomon, tmp_path: Path) -> None:
    dest, again = str(tmp_path / "backup"), str(tmp_path / "again")
    assert ask("backup", dest).exit_code == 0
    shown = ask("restore", dest, "--home", again)
    assert (shown.exit_code, shown.output.startswith(f"{again}: 3 runs, ")) == (0, True)
    assert ask("show", "first/brave", "--json").stdout == ask("show", "first/brave", "--json", "--home", again).stdout


def test_restoring_over_something_is_refused_and_harms_nothing(ask: Gnomon, tmp_path: Path) -> None:
    dest = str(tmp_path / "backup")
    assert ask("backup", dest).exit_code == 0
    before = ask("show", "first/brave", "--json").stdout
    shown = ask("restore", dest)
    assert (shown.exit_code, "it holds something already" in shown.stderr) == (1, True)
    assert ask("show", "first/brave", "--json").stdout == before


@pytest.mark.parametrize("damage", ["missing", "noise", "truncated"])
def test_a_damaged_backup_is_refused_and_leaves_no_home_behind(
    home: Path, runs: dict[str, str], tmp_path: Path, damage: str
) -> None:
    dest, again = tmp_path / "backup", tmp_path / "again"
    assert CliRunner().invoke(cli, ["ls"]).exit_code == 0
    assert CliRunner().invoke(cli, ["backup", str(dest)]).exit_code == 0
    store = dest / "store.db"
    data = store.read_bytes()
    store.unlink()
    if damage == "noise":
        store.write_bytes(bytes(len(data)))
    if damage == "truncated":
        store.write_bytes(data[: len(data) // 2])
    shown = CliRunner().invoke(cli, ["restore", str(dest), "--home", str(again)])
    assert shown.exit_code == 1
    assert "Traceback" not in shown.output
    assert sorted(p.name for p in tmp_path.iterdir() if "again" in p.name) == []


def test_a_backup_into_the_home_itself_is_refused(home: Path, runs: dict[str, str]) -> None:
    shown = CliRunner().invoke(cli, ["backup", str(home / "backup")])
    assert (shown.exit_code, "lies within the home folder" in shown.stderr) == (1, True)


def test_backing_up_nothing_says_so(tmp_path: Path, home: Path) -> None:
    shown = CliRunner().invoke(cli, ["backup", str(tmp_path / "backup")])
    assert (shown.exit_code, "nothing was ever logged" in shown.stderr) == (1, True)
    assert not (tmp_path / "backup").exists()


def test_sync_without_anything_to_send_says_so(home: Path, runs: dict[str, str]) -> None:
    shown = CliRunner().invoke(cli, ["sync"])
    assert (shown.exit_code, shown.output.startswith("Nothing to send")) == (0, True)


def test_sync_sends_a_home_to_another_server(home: Path, runs: dict[str, str], tmp_path: Path) -> None:
    with Service(tmp_path / "elsewhere", 0) as service:
        shown = CliRunner().invoke(cli, ["sync", "--url", service.url])
        assert (shown.exit_code, shown.output.startswith("3 journals, ")) == (0, True)
        with gnomon.connect(url=service.url) as lab:
            assert {run.id for run in lab.runs()} == set(runs.values())
            assert len(lab.run("first/brave").series("loss").numpy()["value"]) == 100


def test_sync_sends_what_was_logged_offline_to_the_server_of_the_environment(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")  # one would try to reach that server for ever
    with gnomon.init("away", home=home, mode="offline") as run:
        run.log({"loss": 0.5})
    with gnomon.init("away", home=home, url="http://127.0.0.1:9") as other:
        other.log({"loss": 1.0})
    with Service(tmp_path / "elsewhere", 0) as service:
        monkeypatch.setenv("GNOMON_URL", service.url)
        shown = CliRunner().invoke(cli, ["sync"])
        assert (shown.exit_code, "127.0.0.1:9 cannot be reached" in shown.stderr) == (1, True)  # nor sent elsewhere
        with gnomon.connect(url=service.url) as lab:
            assert [found.id for found in lab.runs()] == [run.id]


def test_a_token_is_sent_to_no_server_that_was_not_named(home: Path) -> None:
    shown = CliRunner().invoke(cli, ["sync", "--token", "0123456789abcdef"])
    assert (shown.exit_code, "--token needs --url or GNOMON_URL" in shown.stderr) == (2, True)


def test_sync_to_nobody_fails_and_loses_nothing(home: Path, runs: dict[str, str]) -> None:
    shown = CliRunner().invoke(cli, ["sync", "--url", "http://127.0.0.1:9"])
    assert (shown.exit_code, "cannot be reached" in shown.stderr) == (1, True)
    assert len(json.loads(CliRunner().invoke(cli, ["ls", "first", "--json"]).stdout)["runs"]) == 2


def _up(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "gnomon", "up", "--home", str(home), "--no-browser", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_up_says_where_it_is_and_ends_cleanly_on_a_signal(home: Path, stop: signal.Signals) -> None:
    with _up(home, "--port", "0") as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith("gnomon is up: http://127.0.0.1:")
        owner = holder(home)
        assert owner is not None
        assert (owner.pid, owner.url) == (server.pid, line.split()[-1])
        server.send_signal(stop)
        _, err = server.communicate()
        assert (server.returncode, err) == (0, "")
    assert holder(home) is None


def test_up_twice_points_to_the_first_and_succeeds(home: Path) -> None:
    with Service(home, 0) as service, _up(home, "--port", "0") as second:
        out, err = second.communicate()
        assert (second.returncode, out, err) == (0, f"gnomon is up already on {home}: {service.url}\n", "")


def test_a_port_of_somebody_else_is_named(home: Path, tmp_path: Path) -> None:
    with Service(home, 0) as service:
        port = service.url.rpartition(":")[2]
        with _up(tmp_path / "other", "--port", port) as second:
            out, err = second.communicate()
            assert (second.returncode, out) == (1, "")
            assert f"127.0.0.1:{port}" in err
            assert "--port" in err


def test_up_for_everybody_needs_a_token(home: Path) -> None:
    shown = CliRunner().invoke(cli, ["up", "--host", "0.0.0.0", "--port", "0"])
    assert (shown.exit_code, "token" in shown.stderr) == (1, True)
    assert not home.exists()


def test_up_answers_to_the_names_it_is_given_and_asks_for_its_token(home: Path) -> None:
    token = "a-token-of-sixteen-or-more"
    with _up(home, "--port", "0", "--allow-host", "Lab.Example", "--token", token) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        assert {
            (name, bearer): _status(url, name, bearer)
            for name in ("lab.example", "evil.example")
            for bearer in (token, "another")
        } == {
            ("lab.example", token): 200,
            ("lab.example", "another"): 401,
            ("evil.example", token): 403,
            ("evil.example", "another"): 403,
        }
        server.terminate()
        assert token not in "".join(server.communicate())


def _status(url: str, host: str, token: str) -> int:
    link = http.client.HTTPConnection(url.removeprefix("http://"))
    link.request("GET", "/api/v1/projects", headers={"Host": host, "Authorization": f"Bearer {token}"})
    status = link.getresponse().status
    link.close()
    return status


def test_a_server_that_does_not_come_up_says_why(home: Path, tmp_path: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where the folder should be")
    with pytest.raises(UnavailableError, match="did not come up"):
        Service(home, 0)
