"""What ran is captured: real repositories, real programs, real helpers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import gnomon
from gnomon.cli.main import cli
from gnomon.core.folder import journal_root
from gnomon.sdk.capture import checkout
from gnomon.sdk.capture.patch import FILE_BYTES
from gnomon.sdk.capture.spool import SLOTS, Spool
from gnomon.sdk.lab_run import LabRun

SECRET = "hunter2-and-more"

TRAINER = """
import gnomon
run = gnomon.init("p", config={"seed": 3, "lr": 0.1})
run.log({"loss": 0.5})
"""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as nobody in particular."""
    identity = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """Make a repository with one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=first")
    return folder


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which runs are captured and nothing else is started."""
    return {**os.environ, "GNOMON_HOME": str(home), "GNOMON_AGENT": "off", "GNOMON_CAPTURE": "on", **more}


@contextmanager
def no_slot(home: Path) -> Iterator[None]:
    """Hold all slots, so that a program leaves its request and starts no helper."""
    spool = Spool(home)
    held = [spool.slot() for _ in range(SLOTS)]
    try:
        yield
    finally:
        for lock in held:
            assert lock is not None
            lock.release()


def train(home: Path, folder: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of a folder to its end, and then the helper to its own."""
    env = environment(home, **more)
    with no_slot(home):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
        )
    help_out(home, env)
    return done


def help_out(home: Path, env: Mapping[str, str]) -> None:
    """Run the helper until no request is left."""
    command = [sys.executable, "-P", "-m", "gnomon.sdk.capture.helper", "--home", str(home)]
    subprocess.run(command, env=dict(env), check=True)


@contextmanager
def only_run(home: Path) -> Iterator[LabRun]:
    """Read the one run there is."""
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("p")
        yield lab.run(run.id)


def test_command_code_machine_and_variables_are_captured_without_asking(home: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER, "lib/net.py": "x = 1\n"})
    git(folder, "remote", "add", "origin", f"https://me:{SECRET}@git.example/lab.git")
    commit = git(folder, "rev-parse", "HEAD")
    more = {"MY_API_KEY": SECRET, "DB": f"postgres://u:{SECRET}@db/x", "PYTHONHASHSEED": "7", "PLAIN": "value"}
    assert train(home, folder / "lib", "../train.py", "--token", SECRET, "--lr=1", **more).returncode == 0
    with only_run(home) as run:
        meta, captured = run.meta, run.captured
        script = str(folder / "train.py")
        assert {name: meta.get(name) for name in ("command", "cwd", "script", "python", "seed", "host")} == {
            "command": [sys.executable, "../train.py", "--token", "[masked]", "--lr=1"],
            "cwd": str(folder / "lib"),
            "script": script,
            "python": sys.version.split()[0],
            "seed": 3,
            "host": os.uname().nodename,
        }
        assert {name: meta.get(name) for name in ("commit", "branch", "dirty", "repo")} == {
            "commit": commit,
            "branch": "main",
            "dirty": False,
            "repo": "https://git.example/lab.git",
        }
        assert meta["cores"] >= 1
        assert meta["memory"] > 1 << 20
        assert meta["cpu"]
        assert captured.script == TRAINER
        assert captured.diff is None
        known = captured.environment
        assert known["git"]["problems"] == []
        assert known["seeds"]["config"] == 3
        assert known["seeds"]["PYTHONHASHSEED"] == "7"
        assert {name: known["variables"].get(name) for name in ("MY_API_KEY", "DB", "PLAIN")} == {
            "MY_API_KEY": "[masked]",
            "DB": "postgres://[masked]@db/x",
            "PLAIN": "value",
        }
        assert "numpy" in known["packages"]
        assert SECRET not in str(known) + str(meta)
        assert run.keys() == {"loss": "scalar"}
        assert run.state == "finished"


def test_the_diff_applied_to_a_clean_clone_gives_the_same_tree(home: Path, tmp_path: Path) -> None:
    files = {
        "train.py": TRAINER,
        "gone.py": "old\n",
        "a b.txt": "one\ntwo\n",
        "run.sh": "true\n",
        "crlf.txt": "a\r\nb\r\n",
    }
    folder = repository(tmp_path / "lab", files)
    (folder / "train.py").write_text(TRAINER + "# changed, without an end of line")
    (folder / "gone.py").unlink()
    (folder / "run.sh").chmod(0o755)
    (folder / "a b.txt").write_bytes(b"one\ntw\xf6\n")  # Latin-1
    (folder / "crlf.txt").write_bytes(b"a\r\nc\r\n")
    (folder / "staged.py").write_text("staged = 1\n")
    git(folder, "add", "staged.py")
    (folder / "new").mkdir()
    (folder / "new" / "empty.txt").touch()
    (folder / "new" / 'quote " back\\ tab\t.txt').write_text("x\ny")
    (folder / "new" / "däh ö.py").write_text("umlauts\n")
    (folder / "new" / "link").symlink_to("../train.py")
    (Path(os.fsdecode(os.fsencode(folder / "new") + b"/bytes-\xff\xfe.py"))).write_bytes(b"z = '\xe9'\n")
    assert train(home, folder, "train.py").returncode == 0
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(folder), str(clone))
    with only_run(home) as run:
        assert run.meta["dirty"] is True
        git(clone, "checkout", "--quiet", run.meta["commit"])
        name = run.id
    shown = CliRunner().invoke(cli, ["show", name, "--diff"])
    assert (shown.exit_code, shown.stderr) == (0, "")
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=clone, input=shown.stdout_bytes, check=True)
    assert tree(clone) == tree(folder)


def tree(folder: Path) -> dict[bytes, tuple[int, bytes]]:
    """Return mode and content of every file outside of `.git`."""
    found = {}
    for path in map(Path, folder.rglob("*")):
        if ".git" not in path.parts and (path.is_symlink() or path.is_file()):
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[os.fsencode(path.relative_to(folder))] = path.lstat().st_mode, content
    return found


def test_what_the_diff_leaves_out_is_said(home: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER, "data.csv": "", "model.bin": "text at first\n"})
    (folder / "data.csv").write_text("1,2,3\n" * (FILE_BYTES // 6 + 10))
    (folder / "model.bin").write_bytes(bytes(range(256)))
    (folder / "weights.npy").write_bytes(b"\x93NUMPY\0\0")
    (folder / ".env").write_text("A=1\n")
    (folder / "push.py").write_text('token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"\n')
    (folder / "notes.txt").write_text("kept\n")
    for i in range(6):
        (folder / f"part{i}.txt").write_text(f"{i}" * 79 + "\n" * 1 + "row\n" * (FILE_BYTES // 5))
    repository(folder / "nested", {"x": "y"})
    train(home, folder, "train.py")
    with only_run(home) as run:
        known = run.captured.environment["git"]
        reasons = {each["path"]: each["reason"] for each in known["skipped"]}
        diff = run.captured.diff
        assert diff is not None
        assert len(diff) < 2 << 20
        assert b"+kept\n" in diff
        assert b"ghp_" not in diff
        late = {name: reason for name, reason in reasons.items() if name.startswith("part")}
        assert set(late.values()) == {"the diff is longer than 2 MiB"}
        assert reasons.keys() - late.keys() == {"data.csv", "model.bin", "weights.npy", ".env", "push.py", "nested/"}
        assert {
            name: reasons[name] for name in ("data.csv", "model.bin", "weights.npy", ".env", "push.py", "nested/")
        } == {
            "data.csv": "larger than 512 KiB",
            "model.bin": "binary",
            "weights.npy": "binary",
            ".env": "its name says that it holds secrets",
            "push.py": "it holds what looks like a secret",
            "nested/": "a repository of its own",
        }


def test_a_submodule_at_another_commit_is_noted(home: Path, tmp_path: Path) -> None:
    library = repository(tmp_path / "library", {"lib.py": "1\n"})
    folder = repository(tmp_path / "lab", {"train.py": TRAINER})
    git(folder, "submodule", "--quiet", "add", str(library), "third party")
    git(folder, "commit", "--quiet", "--message=with a library")
    (folder / "third party" / "lib.py").write_text("2\n")
    git(folder / "third party", "commit", "--quiet", "--all", "--message=newer")
    train(home, folder, "train.py")
    with only_run(home) as run:
        known = run.captured.environment["git"]
        assert (known["changed_submodules"], known["dirty"], run.captured.diff) == (["third party"], True, None)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=with the newer library")
    found = checkout.find([folder])
    assert found is not None
    assert (found.patch.submodules, found.dirty) == ([], False)
    (folder / "third party" / "lib.py").write_text("an edit that nobody committed\n")
    found = checkout.find([folder])
    assert found is not None
    assert (found.patch.submodules, found.dirty, found.problems) == (["third party"], True, [])


def test_a_repository_without_a_commit_and_a_detached_head_are_told_as_they_are(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    git(fresh, "init", "--quiet", "--initial-branch=main")
    (fresh / "a.py").write_text("a\n")
    (fresh / "b.py").write_text("b\n")
    git(fresh, "add", "a.py")
    found = checkout.find([fresh])
    assert found is not None
    assert (found.commit, found.branch, found.dirty, found.patch.files, found.problems) == (None, "main", True, 2, [])
    other = repository(tmp_path / "other", {"a": "1"})
    git(other, "checkout", "--quiet", "--detach")
    found = checkout.find([tmp_path, other / "missing" / "folder"])
    assert found is not None
    assert (found.commit, found.branch, found.dirty) == (git(other, "rev-parse", "HEAD"), None, False)


def test_without_git_commit_and_branch_are_read_from_the_files(home: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER})
    commit = git(folder, "rev-parse", "HEAD")
    empty = tmp_path / "bin"
    empty.mkdir()
    train(home, folder, "train.py", PATH=str(empty))
    with only_run(home) as run:
        found = {name: run.meta.get(name) for name in ("commit", "branch", "dirty")}
        assert found == {"commit": commit, "branch": "main", "dirty": None}
        assert run.captured.environment["git"]["problems"] == [
            "git is not installed: what was not committed is not known."
        ]
    git(folder, "pack-refs", "--all")
    git(folder, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(empty))
        both = [checkout.find([place]) for place in (folder, tmp_path / "side", tmp_path)]
    assert [each and (each.commit, each.branch) for each in both] == [(commit, "main"), (commit, "side"), None]


def test_git_that_does_not_answer_is_given_up_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER})
    commit = git(folder, "rev-parse", "HEAD")
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent), prepend=os.pathsep)
    found = checkout.find([folder], limit_s=0.1)
    assert found is not None
    assert (found.commit, found.branch, found.dirty, found.patch.files) == (commit, "main", None, 0)
    assert found.problems == ["git rev-parse did not end within 0.1 s: what is told of the repository is not complete."]


def test_a_failure_leaves_its_whole_traceback(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "train.py").write_text(
        TRAINER + "def deep():\n    raise ValueError(f'no https://me:{40 + 2}xy@x/y')\ndeep()\n"
    )
    done = train(home, folder, "train.py")
    assert done.returncode == 1
    with only_run(home) as run:
        assert run.state == "failed"
        assert run.error is not None
        assert run.error == "ValueError: no https://[masked]@x/y"
        lines = (run.captured.traceback or "").splitlines()
        assert lines[0] == "Traceback (most recent call last):"
        assert any("in deep" in line for line in lines)
        assert lines[-1] == "ValueError: no https://[masked]@x/y"
        assert "commit" not in run.meta
        assert "git" not in run.captured.environment


def test_a_program_killed_at_once_is_captured_all_the_same(home: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER + "import os\nos.kill(os.getpid(), 9)\n"})
    (folder / "train.py").write_text((folder / "train.py").read_text() + "# changed\n")
    # No slot is held here: the program starts the helper, which outlives it.
    done = subprocess.run([sys.executable, "train.py"], cwd=folder, env=environment(home), check=False)
    assert done.returncode == -signal.SIGKILL
    wait_for_helpers(home)
    with only_run(home) as run:
        assert run.state == "killed"
        assert run.meta["dirty"] is True
        assert b"+# changed" in (run.captured.diff or b"")
        assert run.captured.environment["packages"]
    assert not any(journal_root(home).glob("*/*.j"))


def wait_for_helpers(home: Path) -> None:
    """Wait until no request is left and no slot is taken."""
    spool = Spool(home)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if spool.is_empty():
            locks = [spool.slot() for _ in range(SLOTS)]
            for lock in filter(None, locks):
                lock.release()
            if all(locks):
                return
        time.sleep(0.02)
    pytest.fail("the helper did not come to an end")


def test_helpers_share_the_requests_and_serve_each_once(home: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER})
    env = environment(home)
    with no_slot(home):
        for _ in range(3):
            subprocess.run([sys.executable, "train.py"], cwd=folder, env=env, check=True)
        help_out(home, env)  # every slot is taken: it leaves them be
        assert len(list(Spool(home).folder.glob("*.json"))) == 3
    command = [sys.executable, "-P", "-m", "gnomon.sdk.capture.helper", "--home", str(home)]
    helpers = [subprocess.Popen(command, env=env) for _ in range(2)]
    assert [helper.wait() for helper in helpers] == [0, 0]
    with gnomon.connect(home=home) as lab:
        found = [len(lab.run(run.id).records("gnomon/environment")) for run in lab.runs("p")]
    assert found == [1, 1, 1]


@pytest.mark.parametrize(
    ("asked", "facts", "records"),
    [
        ("off", set(), set()),
        ("hardware", {"os", "host", "cpu", "cores", "memory"}, {"gnomon/environment"}),
        ("command,seeds", {"command", "cwd", "script", "seed"}, {"gnomon/environment"}),
    ],
)
def test_the_switch_says_what_is_captured(
    home: Path, tmp_path: Path, asked: str, facts: set[str], records: set[str]
) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER + "raise SystemExit(3)\n"})
    train(home, folder, "train.py", GNOMON_CAPTURE=asked)
    known = {"command", "cwd", "script", "seed", "python", "framework", "os", "cpu", "cores", "memory", "gpu", "commit"}
    with only_run(home) as run:
        assert (run.meta.keys() & (known | {"host"})) - {"gpu"} == facts | {"host"}
        found = {key for key in ("gnomon/environment", "gnomon/code/script", "gnomon/code/diff") if has(run, key)}
        assert found == records


def has(run: Any, key: str) -> bool:
    """Tell whether a run has records of a key."""
    try:
        return len(run.records(key)) > 0
    except LookupError:
        return False


def test_training_goes_on_where_nothing_can_be_captured(home: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER + "print('trained')\n"})
    home.mkdir()
    (home / "capture").write_text("a file where the folder should be")
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=folder, env=environment(home), capture_output=True, text=True, check=True
    )
    assert done.stdout == "trained\n"
    assert "code, packages and hardware of this run are not captured" in done.stderr
    with only_run(home) as run:
        assert (run.state, run.meta["script"]) == ("finished", str(folder / "train.py"))
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=folder, env=environment(blocked), capture_output=True, text=True, check=True
    )
    assert done.stdout == "trained\n"


def test_ranks_and_workers_of_one_run_are_captured_once(home: Path, tmp_path: Path) -> None:
    code = """
import os, sys, gnomon
run = gnomon.init("p", rank=int(sys.argv[1]))
if os.fork() == 0:
    run.log({"worker": 1})
    run.finish()
    os._exit(0)
os.wait()
"""
    folder = repository(tmp_path / "lab", {"train.py": code})
    env = environment(home, GNOMON_RUN="01m7xnqebh0vszd9a7zb")
    with no_slot(home):
        for rank in ("0", "1", "2"):
            subprocess.run([sys.executable, "train.py", rank], cwd=folder, env=env, check=True)
    help_out(home, env)
    with only_run(home) as run:
        assert run.meta["command"][-1] == "0"
        assert [len(run.records(key)) for key in ("gnomon/environment", "gnomon/code/script")] == [1, 1]


def test_a_program_under_gnomon_run_tells_what_it_is_itself(home: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "lab", {"train.py": TRAINER, "note.sh": "echo trained\n"})
    wrapped = ["-m", "gnomon", "run", "--project", "p", "--"]
    assert train(home, folder, *wrapped, sys.executable, "train.py", "--token", SECRET).returncode == 0
    with only_run(home) as run:
        assert run.meta["command"] == [sys.executable, "train.py", "--token", "[masked]"]
        assert (run.meta["script"], run.meta["seed"]) == (str(folder / "train.py"), 3)
        assert run.captured.script == TRAINER
        assert run.meta["branch"] == "main"
        name = run.id
    with gnomon.connect(home=home) as lab:
        lab.delete(name)
    assert train(home, folder, *wrapped, "sh", "note.sh").returncode == 0
    with only_run(home) as run:
        assert (run.meta["command"], run.meta["script"], run.meta["branch"]) == (["sh", "note.sh"], None, "main")


def test_a_rank_that_fails_leaves_its_traceback(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "train.py").write_text(
        "import gnomon, sys\nrun = gnomon.init('p', rank=int(sys.argv[1]))\nrun.log({'x': 1})\n"
        "if sys.argv[1] == '1':\n    raise ValueError('rank one')\n"
    )
    env = environment(home, GNOMON_RUN="01m7xnqebh0vszd9a7zb")
    with no_slot(home):
        for rank in ("0", "1"):
            subprocess.run(
                [sys.executable, "train.py", rank], cwd=folder, env=env, check=False, stderr=subprocess.DEVNULL
            )
    assert len(list(Spool(home).folder.glob("*.json"))) == 1
    with only_run(home) as run:
        assert run.records("gnomon/traceback@rank1")[0].value.endswith("ValueError: rank one\n")
