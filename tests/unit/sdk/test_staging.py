"""Files staged beside a journal: whole or not at all, under the digest of their bytes."""

import errno
import hashlib
import os
import threading
from pathlib import Path

import numpy as np
import pytest

import gnomon
from gnomon.core import journal
from gnomon.core.batch import Change, Object, decode_batch
from gnomon.core.errors import InputError
from gnomon.core.folder import STAGED, Listing, journal_root
from gnomon.core.journal import INLINE_BYTES
from gnomon.core.limits import BLOB_BYTES
from gnomon.sdk import staging
from gnomon.sdk.staging import Durable, stage

DATA = os.urandom(100_001)


@pytest.fixture(params=[1 << 30, 4096], ids=["one chunk", "many chunks"])
def _chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "CHUNK_BYTES", request.param)


def objects(home: Path) -> list[Object]:
    files = Listing(journal_root(home)).refresh()
    batches = [decode_batch(f.path.read_bytes(), run=f.run, writer=f.writer, offset=0, keysets={}) for f in files]
    return [item for batch in batches for item in batch.items if isinstance(item, Object)]


def staged(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in journal_root(home).glob(f"*/{STAGED}/*")}


@pytest.mark.usefixtures("_chunks")
def test_bytes_views_and_files_are_staged_under_their_digest(tmp_path: Path) -> None:
    name = hashlib.sha256(DATA).hexdigest()
    (tmp_path / "given").write_bytes(DATA)
    for source in (DATA, memoryview(DATA), tmp_path / "given"):
        folder = tmp_path / "blobs"
        assert stage(folder, source) == (name, len(DATA))
        assert [(p.name, p.read_bytes()) for p in folder.iterdir()] == [(name, DATA)]
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert stage(tmp_path / "empty", b"")[1] == 0


@pytest.mark.usefixtures("_chunks")
def test_what_the_disk_does_not_take_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int, __: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(staging.os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        stage(tmp_path / "blobs", DATA)
    assert list((tmp_path / "blobs").iterdir()) == []
    assert [t.name for t in threading.enumerate() if t.name == "gnomon-hash"] == []


def test_a_process_that_starts_no_more_threads_hashes_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(staging, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(staging.Thread, "start", refuse)
    assert stage(tmp_path, DATA)[0] == hashlib.sha256(DATA).hexdigest()


def test_a_file_that_cannot_be_read_is_no_trouble_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a file that can be read, received .*gone: No such file"):
        stage(tmp_path, tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_tidied_away_meanwhile_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, made = tmp_path / "blobs", []

    def once(path: Path) -> None:
        made.append(path)
        if len(made) > 1:
            path.mkdir()

    monkeypatch.setattr(staging, "make_private", once)
    name, _ = stage(folder, DATA)
    assert ((folder / name).read_bytes(), len(made)) == (DATA, 2)


def test_staged_files_are_synced_once_each_and_their_folder_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(staging.os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    folder = tmp_path / "blobs"
    durable = Durable(folder)
    durable.sync()
    first = folder / stage(folder, b"first")[0]
    (folder / ".half.tmp").write_bytes(b"ha")
    durable.sync()
    durable.sync()
    second = folder / stage(folder, b"second")[0]
    expected = [path.stat().st_ino for path in (first, folder, second, folder)]
    first.unlink()
    durable.sync()
    assert synced == expected


def test_payloads_lie_in_the_journal_up_to_a_size_and_beside_it_from_there_on(home: Path, tmp_path: Path) -> None:
    small, large = tmp_path / "small.bin", tmp_path / "large.bin"
    small.write_bytes(b"s" * (BLOB_BYTES - 1))
    large.write_bytes(b"l" * BLOB_BYTES)
    inline, beside = np.zeros(INLINE_BYTES, np.uint8), np.ones(INLINE_BYTES + 1, np.uint8)
    with gnomon.init() as run:
        run.log({"inline": inline, "beside": beside, "small": gnomon.File(small), "large": gnomon.File(large)}, step=7)
        found = {o.key: o for o in objects(home)}
    names = {
        key: hashlib.sha256(data).hexdigest()
        for key, data in (("beside", bytes(beside)), ("large", large.read_bytes()))
    }
    assert [(o.key, o.step, o.blob, len(o.data), o.size) for o in found.values()] == [
        ("inline", 7, None, INLINE_BYTES, INLINE_BYTES),
        ("beside", 7, names["beside"], 0, INLINE_BYTES + 1),
        ("small", 7, None, BLOB_BYTES - 1, BLOB_BYTES - 1),
        ("large", 7, names["large"], 0, BLOB_BYTES),
    ]  # fmt: skip
    assert staged(home) == {names["beside"]: bytes(beside), names["large"]: large.read_bytes()}


def test_values_are_copied_when_they_are_logged(home: Path) -> None:
    array = np.zeros(INLINE_BYTES + 8, np.uint8)
    run = gnomon.init()
    run.log({"x": array})
    array[:] = 1
    [content] = staged(home).values()
    assert not any(content)


def test_a_script_is_attached_once_for_all_figures_that_need_it(home: Path) -> None:
    plotly = pytest.importorskip("plotly.graph_objects")
    with gnomon.init() as run:
        for step in range(3):
            run.log({"fig": plotly.Figure(plotly.Scatter(y=[step]))}, step=step)
        found = objects(home)
    assert [o.key for o in found] == [".scripts/plotly.min.js", "fig", "fig", "fig"]
    assert {name for o in found for name in o.meta.get("scripts", ())} == {found[0].blob} == set(staged(home))
    assert found[0].meta == {"name": "plotly.min.js", "media_type": "text/javascript"}


def test_a_full_disk_while_staging_is_counted_and_training_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> tuple[str, int]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gnomon.sdk.writer.stage", full)
    large = np.zeros(INLINE_BYTES + 1, np.uint8)
    with gnomon.init() as run:
        run.log({"x": 1.0, "large": large})
        run.log({"x": 2.0, "large": large})
        assert run.dropped == 2
    [file] = Listing(journal_root(home)).refresh()
    items = decode_batch(file.path.read_bytes(), run=file.run, writer=file.writer, offset=0, keysets={}).items
    drops = [i.fields for i in items if isinstance(i, Change) and "dropped" in i.fields]
    assert sum(d["dropped"] for d in drops) == 2
    assert {d["dropped_cause"] for d in drops} == {"No space left on device"}
    assert [m.partition(": ")[2].partition(".")[0] for m in caplog.messages] == [
        "expected a writable folder, received: No space left on device"
    ]


def test_a_file_that_goes_while_it_is_logged_is_refused_by_its_key(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"x")
    wrapped = gnomon.File(path)
    path.unlink()
    with gnomon.init() as run:
        run.log({"model": wrapped, "x": 1.0})
        assert run.dropped == 1
    assert caplog.messages == [
        f"model: File: expected a file that can be read, received {path}: No such file or directory."
    ]
    assert objects(home) == []


def test_ranks_and_forked_children_stage_beside_their_own_journals(home: Path) -> None:
    large = np.zeros(INLINE_BYTES + 1, np.uint8)
    with gnomon.init(rank=1) as run:
        child = os.fork()
        if child == 0:
            run.log({"child": large})
            os._exit(0)
        os.waitpid(child, 0)
        run.log({"rank": large})
        found = sorted((o.key, o.blob) for o in objects(home))
    name = hashlib.sha256(bytes(large)).hexdigest()
    assert found == [("child@rank1", name), ("rank@rank1", name)]
    assert list(staged(home)) == [name]
    assert journal.ATTACHED == 8


def test_threads_stage_beside_one_another(home: Path) -> None:
    def work(run: gnomon.Run, number: int) -> None:
        for i in range(2):
            run.log({f"t{number}": np.full(INLINE_BYTES // 8 + 1, 10 * number + i)}, step=i)

    with gnomon.init() as run:
        threads = [threading.Thread(target=work, args=(run, number)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        files = staged(home)
        assert run.dropped == 0
        values = {(o.key, o.step): np.frombuffer(files[str(o.blob)], np.int64) for o in objects(home)}
    assert {name: set(value.tolist()) for name, value in values.items()} == {
        (f"t{number}", i): {10 * number + i} for number in range(3) for i in range(2)
    }
