"""Content-addressed files, on a real filesystem."""

import contextlib
import errno
import hashlib
import os
import stat
import threading
from pathlib import Path

import pytest

from gnomon.core.errors import InputError, StoreError
from gnomon.store.blobs import Blobs, hash_of

DATA = bytes(range(256)) * 400
NAME = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


def files(blobs: Blobs) -> list[str]:
    """Return every file below the folder, half-written ones too."""
    return sorted(str(p.relative_to(blobs.folder)) for p in blobs.folder.rglob("*") if p.is_file())


def test_bytes_are_kept_under_their_hash_for_their_owner_alone(blobs: Blobs) -> None:
    assert blobs.put(DATA) == hash_of(DATA) == NAME
    path = blobs.path(NAME)
    assert path == blobs.folder / NAME[:2] / NAME
    assert path is not None
    assert (path.read_bytes(), blobs.size(NAME), files(blobs)) == (DATA, len(DATA), [f"{NAME[:2]}/{NAME}"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(blobs.folder.stat().st_mode) == 0o700


def test_the_same_bytes_are_kept_once_in_whatever_order_they_come(blobs: Blobs) -> None:
    one, two = b"one", b"two"
    assert blobs.put_all([one, two, one]) == [hash_of(one), hash_of(two), hash_of(one)]
    before = {name: (blobs.folder / name).stat().st_ino for name in files(blobs)}
    assert blobs.put_all([memoryview(two), one]) == [hash_of(two), hash_of(one)]
    assert {name: (blobs.folder / name).stat().st_ino for name in files(blobs)} == before
    assert len(before) == 2


def test_more_blobs_than_are_written_at_once_all_arrive(blobs: Blobs) -> None:
    data = [f"{i}".encode() for i in range(100)]
    assert [blobs.read(name) for name in blobs.put_all(data)] == data
    assert sorted(blobs.all()) == sorted(map(hash_of, data))


@pytest.mark.parametrize(("start", "size"), [(0, None), (0, 10), (500, 3), (len(DATA) - 2, 50), (len(DATA) + 5, 5)])
def test_a_range_is_read(blobs: Blobs, start: int, size: int | None) -> None:
    blobs.put(DATA)
    assert blobs.read(NAME, start, size) == DATA[start : None if size is None else start + size]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", NAME.upper(), NAME[:-1], NAME + "0", f"../{NAME[3:]}"])
def test_what_is_no_hash_never_becomes_a_path(blobs: Blobs, name: str) -> None:
    for ask in (blobs.path, blobs.size, blobs.read, blobs.touch, blobs.delete):
        with pytest.raises(InputError, match="expected 64 lowercase hex digits"):
            ask(name)


def test_what_is_not_there_is_said_so(blobs: Blobs) -> None:
    assert (blobs.path(NAME), blobs.size(NAME), blobs.touch(NAME), blobs.delete(NAME)) == (None, None, False, False)
    assert (list(blobs.all()), blobs.sweep_unfinished(0)) == ([], 0)
    with pytest.raises(StoreError, match=r"cannot be read: .* Restore a backup\.$"):
        blobs.read(NAME)


def test_a_stream_becomes_a_blob_at_its_end(blobs: Blobs) -> None:
    with blobs.writer(NAME, len(DATA)) as writer:
        for i in range(0, len(DATA), 1000):
            writer.write(DATA[i : i + 1000])
            assert blobs.path(NAME) is None
    assert (blobs.read(NAME), files(blobs), writer.size) == (DATA, [f"{NAME[:2]}/{NAME}"], len(DATA))
    with blobs.writer() as writer:
        writer.write(DATA)
    assert files(blobs) == [f"{NAME[:2]}/{NAME}"]
    with blobs.writer() as writer:
        pass
    assert blobs.read(writer.hash) == b""


def test_a_stream_that_is_not_what_it_should_be_leaves_nothing(blobs: Blobs) -> None:
    with pytest.raises(InputError, match=f"^hash: expected the bytes of {NAME}"), blobs.writer(NAME) as writer:
        writer.write(b"something else")
    with pytest.raises(InputError, match=r"^size: expected 5 bytes, received 102400"), blobs.writer(None, 5) as writer:
        writer.write(DATA)
    with contextlib.suppress(KeyboardInterrupt), blobs.writer() as writer:
        writer.write(DATA)
        raise KeyboardInterrupt
    assert files(blobs) == []


def test_a_staged_file_is_taken_in_and_stays_where_it_was(blobs: Blobs, tmp_path: Path) -> None:
    staged = tmp_path / NAME
    staged.write_bytes(DATA)
    staged.chmod(0o644)
    assert blobs.adopt(staged, NAME, len(DATA))
    assert (blobs.read(NAME), staged.read_bytes()) == (DATA, DATA)
    path = blobs.path(NAME)
    assert path is not None
    assert (stat.S_IMODE(path.stat().st_mode), files(blobs)) == (0o600, [f"{NAME[:2]}/{NAME}"])
    assert blobs.adopt(staged, NAME)
    assert not blobs.adopt(tmp_path / "elsewhere", NAME)
    staged.unlink()
    assert blobs.read(NAME) == DATA


def test_a_staged_file_of_another_filesystem_is_copied(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", link)
    staged = tmp_path / "staged"
    staged.write_bytes(DATA)
    assert blobs.adopt(staged, NAME)
    path = blobs.path(NAME)
    assert path is not None
    assert (path.read_bytes(), path.samefile(staged), stat.S_IMODE(path.stat().st_mode)) == (DATA, False, 0o600)


def test_a_staged_file_that_is_not_what_its_name_says_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    staged.write_bytes(DATA)
    with pytest.raises(InputError, match=r"^hash: expected the bytes of"):
        blobs.adopt(staged, hash_of(b"other"))
    with pytest.raises(InputError, match=r"^size: expected 3 bytes"):
        blobs.adopt(staged, NAME, 3)
    link = tmp_path / "link"
    link.symlink_to(staged)
    with pytest.raises(InputError, match="is a link"):
        blobs.adopt(link, NAME)
    assert files(blobs) == []


def test_a_full_disk_leaves_nothing_by_halves(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync
    left = 3

    def fsync(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(
        StoreError, match=r"No space left on device\. Check the free space; nothing was stored by halves"
    ):
        blobs.put_all([f"{i}".encode() * 1000 for i in range(10)])
    assert files(blobs) == []
    left = 1_000
    assert blobs.read(blobs.put(DATA)) == DATA


def test_only_what_is_old_is_offered_to_the_sweep(blobs: Blobs) -> None:
    old, new = blobs.put_all([b"old", b"new"])
    path = blobs.path(old)
    assert path is not None
    os.utime(path, (1, 1))
    assert (blobs.old(old[:2], 3600), blobs.old(new[:2], 3600)) == ([old], [])
    assert blobs.put(b"old") == old  # wanted again: it counts as new
    assert blobs.old(old[:2], 3600) == []


def test_what_a_killed_process_left_by_halves_goes_after_a_while(blobs: Blobs) -> None:
    writer = blobs.writer()
    writer.write(DATA)
    assert blobs.sweep_unfinished(3600) == 0
    (left,) = (blobs.folder / "tmp").iterdir()
    os.utime(left, (1, 1))
    assert (blobs.sweep_unfinished(3600), files(blobs)) == (1, [])
    writer.discard()


def test_many_threads_put_the_same_bytes_at_once(blobs: Blobs) -> None:
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.extend(blobs.put_all([DATA, b"x"]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (set(names), len(names), sorted(blobs.all())) == ({NAME, hash_of(b"x")}, 16, sorted({NAME, hash_of(b"x")}))
    assert len(files(blobs)) == 2
