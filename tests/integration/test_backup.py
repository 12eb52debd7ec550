"""A backup taken in the middle of everything holds what was logged before it began."""

import json
import mmap
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import numpy as np
import pytest

import gnomon
from gnomon.cli import home_copy
from gnomon.cli.home_copy import back_up, restore
from gnomon.cli.service import Service
from gnomon.core import journal
from gnomon.core.batch import Object
from gnomon.core.errors import CorruptError, StoreError
from gnomon.core.folder import make_private
from gnomon.store.blobs import hash_of
from gnomon.store.home import Home
from gnomon.store.suite import OTHER, RUN, batch, opened


def trials(sample: int, full: int) -> int:
    asked = os.environ.get("GNOMON_TRIALS", "")
    return full if asked == "full" else int(asked or sample)


class _Trainer(threading.Thread):
    """Logs thousands at a time until told to stop, and knows how far it has come."""

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
                self.is_over.wait(0.05)  # the test, which shares this process, wants to come on too

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


MEDIA = """
import mmap, os, sys, threading
import numpy as np
import gnomon
pace = threading.Event()  # never set: a few hundred a second are enough to look through afterwards
run = gnomon.init("media", name=sys.argv[1])
counter = mmap.mmap(os.open(sys.argv[2], os.O_RDWR), 8)
i = 0
while True:
    run.log({"x": np.full(16_000 if i % 16 == 5 else 300, i, np.int64), "loss": i}, step=i)
    i += 1
    counter[0:8] = i.to_bytes(8, "little")
    pace.wait(0.002)
"""


@contextmanager
def _logging_media(name: str, counts: Path) -> Iterator[Callable[[], int]]:
    """Log arrays in a process of its own, large and small, as fast as it can; yield how to ask how many it has logged."""
    counts.write_bytes(bytes(8))
    with counts.open("r+b") as file, mmap.mmap(file.fileno(), 8) as counter:
        trainer = subprocess.Popen([sys.executable, "-c", MEDIA, name, str(counts)])
        try:
            yield lambda: int.from_bytes(counter[0:8], "little")
            assert trainer.poll() is None, "it logged all the time"
        finally:
            trainer.kill()
            trainer.wait()


def _gnomon(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "gnomon", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("trial", range(trials(1, 20)))
def test_media_that_arrive_while_a_backup_is_taken_are_whole_in_it(
    trial: int, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    moment = random.Random(trial).randrange(50, 400)
    with Service(home, 0), _logging_media("trainer", tmp_path / "count") as logged:
        while logged() < moment:
            pass
        before = logged()
        _gnomon("backup", tmp_path / "backup", "--home", home)
        assert logged() > before
    restore(tmp_path / "backup", tmp_path / "new")
    with Home.open(tmp_path / "new") as lab:
        assert lab.drain()
        [run] = lab.engine.runs()
        found = lab.engine.records(run.id, "x")
        assert len(found) >= before
        assert [record.step for record in found] == list(range(len(found)))
        for record in found:
            length = 16_000 if record.step % 16 == 5 else 300
            assert lab.engine.payload(run.id, record.id) == np.full(length, record.step, np.int64).tobytes(), record
        assert len(lab.engine.points(run.id, "loss").step) in (len(found), len(found) + 1)
    report = json.loads(_gnomon("doctor", "--home", tmp_path / "new", "--json"))
    assert (report["troubles"], report["journals"], report["store"]["orphans"]) == ([], [], 0)


def _hostile(kind: str) -> Callable[[Path], None]:
    def link(path: Path, target: str) -> None:
        path.rename(path.with_suffix(".old"))
        path.symlink_to(target)

    def blob(src: Path) -> Path:
        return next((src / "blobs").glob("??/*"))

    def journal(src: Path) -> Path:
        return next((src / "journal").glob("*/*.j"))

    return {
        "a file of a record is a link": lambda src: link(blob(src), "/etc/passwd"),
        "a file of a record is a link upwards": lambda src: link(blob(src), "../../../../../etc/passwd"),
        "a journal is a link": lambda src: link(journal(src), "/etc/passwd"),
        "a folder of journals is a link": lambda src: link(journal(src).parent, "/etc"),
        "the files are a link": lambda src: link(src / "blobs", "/"),
        "the store is a link": lambda src: link(src / "store.db", "/etc/passwd"),
        "the log of the store is a link": lambda src: (src / "store.db-wal").symlink_to("/etc/passwd"),
        "a journal is a pipe": lambda src: os.mkfifo(journal(src).with_name("wr9ter.j")),
        "a socket lies among the files": lambda src: os.mknod(blob(src).with_name("f" * 64), 0o140600),
    }[kind]


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> Path:
    """A backup with a run in its store, a file, and a journal that is still to be read."""
    with Home.open(home) as lab:
        lab.submit([batch(Object("x", "file", 0, 1, {}, bytes(70_000)))])[0].result(30)
    folder = home / "journal" / OTHER
    make_private(folder)
    (folder / "wr2ter.j").write_bytes(journal.encode(journal.OPEN, opened(run=OTHER, writer="wr2ter")))
    assert back_up(home, tmp_path / "archive").journals == 1
    return tmp_path / "archive"


@pytest.mark.parametrize(
    "kind",
    [
        "a file of a record is a link",
        "a file of a record is a link upwards",
        "a journal is a link",
        "a folder of journals is a link",
        "the files are a link",
        "the store is a link",
        "the log of the store is a link",
        "a journal is a pipe",
        "a socket lies among the files",
    ],
)
def test_an_archive_that_reaches_out_of_itself_is_refused_and_nothing_is_restored(
    kind: str, archive: Path, tmp_path: Path
) -> None:
    _hostile(kind)(archive)
    with pytest.raises(CorruptError, match=r"expected a plain file or folder, received a (link to|device or a pipe)"):
        restore(archive, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "home"]


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "/etc/passwd", b"../../etc/passwd", b"", 7, 1.5])
def test_a_store_that_names_files_by_paths_is_refused(name: object, archive: Path, tmp_path: Path) -> None:
    with apsw.Connection(str(archive / "store.db")) as db:
        db.execute("UPDATE record SET hash = ?", (name,))
    db.close()
    with pytest.raises(CorruptError, match="names its file by what is no SHA-256"):
        restore(archive, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "home"]


def test_what_lies_in_an_archive_beside_a_home_stays_there(archive: Path, tmp_path: Path) -> None:
    for strange in (archive / "journal" / ".." / "passwd", archive / "blobs" / "x" / "..payload", archive / "LOCK"):
        make_private(strange.parent)
        strange.write_text("strange")
    (archive / "journal" / "..run").mkdir()
    (archive / "elsewhere").symlink_to("/etc")
    restore(archive, tmp_path / "new")
    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file() and b"strange" in path.read_bytes()] == []
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["blobs", "journal", "store.db"]


def test_models_data_and_jobs_are_part_of_a_backup(home: Path, tmp_path: Path) -> None:
    from gnomon.models import MLP
    from gnomon.models.datasets import load, register
    from gnomon.models.registry import home as registry

    gnomon.init("p", home=home, mode="offline").finish()
    net = MLP((2, 2), seed=3)
    registry.register("net", net, home=home)
    uploads = home / "data" / "uploads"
    uploads.mkdir(parents=True)
    (uploads / "a.csv").write_text("x,y\n" + "\n".join(f"{i},{i % 2}" for i in range(40)))
    spec = register(uploads / "a.csv", "a", home=home)
    job = home / "jobs" / "20261121-abc"
    job.mkdir(parents=True)
    (job / "spec.json").write_text("{}")
    os.mkfifo(job / "orders")
    (home / "models" / "net" / ".2.half").mkdir()

    back_up(home, tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "again")
    for place in (tmp_path / "copy", tmp_path / "again"):
        assert [w.tolist() for w in registry.load("net", place).weights] == [w.tolist() for w in net.weights]
        assert load("a", place).parts.keys() == load("a", home).parts.keys()
        assert (place / "datasets" / f"{spec.ref}.json").is_file()
        assert [path.name for path in (place / "jobs" / job.name).iterdir()] == ["spec.json"]
        assert not (place / "models" / "net" / ".2.half").exists()
        assert oct((place / "models/net/1/model.npz").stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("folder", ["models", "datasets", "data", "jobs"])
def test_a_backup_with_a_link_among_models_or_data_is_not_restored(home: Path, tmp_path: Path, folder: str) -> None:
    gnomon.init("p", home=home, mode="offline").finish()
    back_up(home, tmp_path / "copy")
    with Home.open(tmp_path / "copy"):
        pass
    (tmp_path / "copy" / folder).mkdir(exist_ok=True)
    (tmp_path / "copy" / folder / "x").symlink_to("/etc/passwd")
    with pytest.raises(CorruptError, match="a link to /etc/passwd"):
        restore(tmp_path / "copy", tmp_path / "again")
    assert not (tmp_path / "again").exists()
