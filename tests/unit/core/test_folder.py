"""The journal folder: names, privacy, and finding what is new."""

from pathlib import Path

import pytest

from gnomon.core.folder import JournalFile, Listing, journal_root, make_private, write_whole

RUN, OTHER, WRITER, SECOND = "r" * 20, "s" * 20, "a" * 12, "b" * 12


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def touch(root: Path, run: str, writer: str) -> JournalFile:
    path = root / run / f"{writer}.j"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return JournalFile(path, run, writer)


def test_the_journals_of_a_home_are_in_its_journal_folder(tmp_path: Path) -> None:
    assert journal_root(tmp_path) == tmp_path / "journal"


def test_new_journals_are_found_once_as_they_come(tmp_path: Path) -> None:
    clock = Clock()
    listing = Listing(tmp_path / "journal", clock)
    assert listing.refresh() == []
    first = touch(tmp_path / "journal", RUN, WRITER)
    assert listing.refresh() == [first]
    assert listing.refresh() == []
    second, third = touch(tmp_path / "journal", RUN, SECOND), touch(tmp_path / "journal", OTHER, WRITER)
    assert listing.refresh() == [second, third]


def test_a_journal_that_comes_within_the_same_tick_of_the_folders_clock_is_found(tmp_path: Path) -> None:
    import os

    clock = Clock()
    touch(tmp_path, RUN, WRITER)
    listing = Listing(tmp_path, clock)
    listing.refresh()
    before = (tmp_path / RUN).stat()
    second = touch(tmp_path, RUN, SECOND)
    os.utime(tmp_path / RUN, ns=(before.st_atime_ns, before.st_mtime_ns))
    clock.now = 1.0
    assert listing.refresh() == [second]


def test_what_is_no_journal_is_passed_over(tmp_path: Path) -> None:
    for name in ("../up", "UPPER00", "short", f"{RUN}/{WRITER}.j.tmp", f"{RUN}/../x.j", f"{RUN}/{WRITER}.to"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "a file").touch()
    assert Listing(tmp_path).refresh() == []


def test_removing_the_last_journal_removes_its_companions_and_folder(tmp_path: Path) -> None:
    first, second = touch(tmp_path, RUN, WRITER), touch(tmp_path, RUN, SECOND)
    for suffix in (".to", ".ack", ".wait"):
        first.beside(suffix).touch()
    first.remove()
    assert sorted(p.name for p in (tmp_path / RUN).iterdir()) == [f"{SECOND}.j"]
    second.remove()
    second.remove()
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_private_and_existing_ones_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    make_private(tmp_path / "a" / "b" / "c")
    assert [oct((tmp_path / p).stat().st_mode & 0o777) for p in ("a", "a/b", "a/b/c")] == ["0o755", "0o700", "0o700"]


@pytest.mark.parametrize(("replace", "content"), [(True, b"new"), (False, b"old")])
def test_a_file_written_whole_replaces_another_only_when_told(replace: bool, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    write_whole(path, b"new", replace=replace)
    assert (path.read_bytes(), [p.name for p in tmp_path.iterdir()]) == (content, ["file"])
