"""A backup taken in the middle of everything holds what was logged before it began."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import gnomon
from gnomon.cli import home_copy
from gnomon.cli.home_copy import back_up, restore
from gnomon.cli.service import Service
from gnomon.core import journal
from gnomon.core.batch import Object
from gnomon.core.errors import StoreError
from gnomon.core.folder import make_private
from gnomon.store.blobs import hash_of
from gnomon.store.home import Home
from gnomon.store.suite import OTHER, RUN, batch, opened


class _Trainer(threading.Thread):
    """Logs as fast as it can until told to stop, and knows how far it has come."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.run_ = gnomon.init("busy", name="trainer", home=home)
        self.logged = 0
        self.is_over = threading.Event()
        self.thousands = threading.Semaphore(0)

    def run(self) -> None:
        while not self.is_over.is_set():
            self.run_.log({"loss": float(self.logged)}, step=self.logged)
            self.logged += 1
            if self.logged % 1000 == 0:
                self.thousands.release()

    def stop(self) -> None:
        self.is_over.set()
        self.join()
        self.run_.finish()


@pytest.fixture
def trainer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Trainer]:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    trainer = _Trainer(home)
    trainer.start()
    yield trainer
    if not trainer.is_over.is_set():
        trainer.stop()


def _logged(home: Path) -> list[float]:
    with gnomon.connect(home=home) as lab:
        points = lab.run("busy/trainer").series("loss").numpy()
        assert points["step"].tolist() == list(range(len(points["step"])))
        return points["value"].tolist()


def test_nothing_logged_before_a_backup_is_missing_from_it(home: Path, trainer: _Trainer, tmp_path: Path) -> None:
    with Service(home, 0):
        for number in range(2):
            trainer.thousands.acquire()
            before = trainer.logged
            copied = back_up(home, tmp_path / f"backup-{number}")
            assert copied.runs == 1
            values = _logged(tmp_path / f"backup-{number}")
            assert len(values) >= before
            assert values == [float(i) for i in range(len(values))]
        trainer.stop()
    assert len(_logged(home)) == trainer.logged, "taking backups costs the home nothing"


def test_runs_that_end_and_are_tidied_away_meanwhile_are_in_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    ended: list[str] = []
    is_over, begun = threading.Event(), threading.Semaphore(0)

    def train() -> None:
        while not is_over.is_set():
            with gnomon.init("brief", home=home) as run:
                for step in range(20):
                    run.log({"loss": float(step)}, step=step)
            ended.append(run.id)
            begun.release()

    with Service(home, 0), _thread(train, is_over):
        for number in range(5):
            for _ in range(20):
                begun.acquire()
            before = list(ended)
            back_up(home, tmp_path / f"backup-{number}")
            with gnomon.connect(home=tmp_path / f"backup-{number}") as lab:
                runs = [run for run in lab.runs("brief", limit=None) if run.id in set(before)]
                assert {run.id: run.stats()["loss"].n for run in runs} == dict.fromkeys(before, 20)


@contextmanager
def _thread(work: Callable[[], None], is_over: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_records_large_and_small_stored_and_staged_are_in_it(home: Path, tmp_path: Path) -> None:
    large, staged = bytes(range(256)) * 300, b"attached"
    with Home.open(home) as lab:
        records = [Object("x", "file", step, 1, {}, data) for step, data in enumerate((b"small", large))]
        lab.submit([batch(*records)])[0].result(30)
        lab.documents.put("panel", "p", {"html": "x" * 70_000}, 1)
        lab.engine.blobs.put(b"named by nothing")
        folder = home / "journal" / RUN
        make_private(folder / "blobs")
        (folder / "blobs" / hash_of(staged)).write_bytes(staged)
        record = journal.encode(journal.ATTACHED, "x", "file", 2, 1, {}, hash_of(staged), len(staged))
        began = journal.encode(journal.OPEN, opened(writer="wr2ter"))
        (folder / "wr2ter.j").write_bytes(began + record)
        copied = back_up(home, tmp_path / "backup")
        lab.delete(RUN)
    assert (copied.runs, copied.journals, copied.lost) == (1, 1, 0)
    restore(tmp_path / "backup", tmp_path / "new")
    for path in (tmp_path / "new").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    with Home.open(tmp_path / "new") as lab:
        assert lab.drain()
        assert [lab.engine.payload(RUN, r.id) for r in lab.engine.records(RUN, "x")] == [b"small", large, staged]
        assert lab.documents.get("panel", "p").body == {"html": "x" * 70_000}
        assert (len(list(lab.engine.blobs.all())), lab.engine.facts()["orphans"]) == (3, 0)


def test_a_run_deleted_while_it_is_copied_is_not_in_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = home_copy._copy_store
    with Home.open(home) as lab:
        lab.submit([batch(Object("x", "file", 0, 1, {}, bytes(70_000))), batch(run=OTHER)])[1].result(30)

        def copy_then_delete(source: Path, dest: Path) -> None:
            real(source, dest)
            if lab.catalog.get(RUN) is not None:
                lab.delete(RUN)

        monkeypatch.setattr(home_copy, "_copy_store", copy_then_delete)
        assert back_up(home, tmp_path / "backup").lost == 0
    with Home.open(tmp_path / "backup") as lab:
        assert [run.id for run in lab.catalog.runs()] == [OTHER]


def test_a_file_that_is_missing_from_the_home_is_told_and_the_rest_is_copied(home: Path, tmp_path: Path) -> None:
    with Home.open(home) as lab:
        lab.submit([batch(*(Object("x", "file", s, 1, {}, bytes(70_000 + s)) for s in range(3)))])[0].result(30)
        lab.engine.blobs.delete(hash_of(bytes(70_001)))
    assert back_up(home, tmp_path / "backup").lost == 1
    with Home.open(tmp_path / "backup") as lab:
        assert [len(lab.engine.payload(RUN, id_)) for id_ in (1, 3)] == [70_000, 70_002]
        with pytest.raises(StoreError, match="cannot be read"):
            lab.engine.payload(RUN, 2)


def test_a_restored_home_goes_on_where_the_backup_was_taken(home: Path, trainer: _Trainer, tmp_path: Path) -> None:
    trainer.thousands.acquire()
    trainer.stop()
    back_up(home, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    with gnomon.init("busy", resume="trainer", home=tmp_path / "again") as run:
        run.log({"loss": float(trainer.logged)}, step=trainer.logged)
    assert _logged(tmp_path / "again") == [float(i) for i in range(trainer.logged + 1)]
    assert len(_logged(home)) == trainer.logged


def test_a_folder_that_is_there_and_empty_is_filled(home: Path, trainer: _Trainer, tmp_path: Path) -> None:
    trainer.thousands.acquire()
    trainer.stop()
    for folder in (tmp_path / "backup", tmp_path / "again"):
        folder.mkdir()
    inodes = [(tmp_path / name).stat().st_ino for name in ("backup", "again")]
    back_up(home, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    assert inodes == [(tmp_path / name).stat().st_ino for name in ("backup", "again")], "a volume cannot be renamed"
    assert not list(tmp_path.rglob("*.partial"))
    assert _logged(tmp_path / "again") == [float(i) for i in range(trainer.logged)]


def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing_behind(
    home: Path, trainer: _Trainer, tmp_path: Path
) -> None:
    trainer.thousands.acquire()
    trainer.stop()
    assert len(_logged(home)) == trainer.logged  # stored now, in a store larger than the limit below
    command = [sys.executable, "-m", "gnomon", "backup", str(tmp_path / "backup"), "--home", str(home)]
    limited = ["bash", "-c", 'ulimit -f 32; exec "$@"', "limited", *command]
    done = subprocess.run(limited, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert len(_logged(home)) == trainer.logged


def test_a_copied_home_restores_too(home: Path, trainer: _Trainer, tmp_path: Path) -> None:
    trainer.thousands.acquire()
    trainer.stop()
    assert len(_logged(home)) == trainer.logged  # stored now
    copied = restore(home, tmp_path / "again")
    assert (copied.runs, copied.journals) == (1, 0)
    assert _logged(tmp_path / "again") == _logged(home)


def test_a_backup_is_for_its_owner_alone_and_holds_no_token(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.setenv("GNOMON_TOKEN", "a-secret-of-the-server")
    monkeypatch.setattr("gnomon.sdk.run.FINISH_S", 0.1)
    home.mkdir(mode=0o755)
    with gnomon.init("p", home=home, url="http://127.0.0.1:9") as run:
        run.log({"loss": 0.5})
    with gnomon.init("p", home=home):
        pass
    with gnomon.connect(home=home) as lab:
        assert len(lab.runs()) == 1
    assert back_up(home, tmp_path / "backup").journals == 1
    files = [path for folder in (home, tmp_path / "backup") for path in folder.rglob("*") if path.is_file()]
    assert {"store.db", "LOCK"} <= {path.name for path in files}
    assert [(path, oct(path.stat().st_mode)) for path in files if path.stat().st_mode & 0o077] == []
    copied = [path for path in files if path.is_relative_to(tmp_path / "backup")]
    assert [path for path in copied if b"a-secret" in path.read_bytes()] == []
    [meant] = [path for path in copied if path.suffix == ".to"]
    assert json.loads(meant.read_bytes()) == {"url": "http://127.0.0.1:9"}
    again = tmp_path / "again"
    restore(home, again)
    [kept] = again.rglob("*.to")
    assert json.loads(kept.read_bytes())["token"] == "a-secret-of-the-server"  # that was no backup, but a move
