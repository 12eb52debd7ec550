"""What the agent does for every journal: make it durable, once for each time it grew, and see that its writer is gone."""

import os
from pathlib import Path

import pytest

import gnomon
from gnomon.core.folder import STAGED, Listing, journal_root
from gnomon.sdk.agent import SYNC_EVERY_S, Keeper


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Inode and size of each file at the moment it was made durable."""
    seen: list[tuple[int, int]] = []
    real = os.fdatasync

    def fdatasync(descriptor: int) -> None:
        real(descriptor)
        status = os.fstat(descriptor)
        seen.append((status.st_ino, status.st_size))

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    return seen


def now_of(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_ino, status.st_size


def test_a_journal_is_made_durable_once_a_second_when_it_grew_and_to_its_end(
    home: Path, synced: list[tuple[int, int]]
) -> None:
    now = [0.0]
    keeper = Keeper(home, lambda: now[0])
    run = gnomon.init()
    [file] = Listing(journal_root(home)).refresh()
    keeper.tick()
    assert synced == [now_of(file.path)]
    run.log({"loss": 1.0})
    now[0] += SYNC_EVERY_S / 2
    keeper.tick()
    assert len(synced) == 1
    now[0] += SYNC_EVERY_S / 2
    keeper.tick()
    assert synced[1:] == [now_of(file.path)]
    now[0] += SYNC_EVERY_S
    keeper.tick()
    assert len(synced) == 2
    run.finish()
    now[0] += SYNC_EVERY_S
    keeper.tick()
    assert (synced[2:], keeper.is_busy) == ([now_of(file.path)], False)


def test_a_power_failure_costs_a_second_at_most() -> None:
    assert SYNC_EVERY_S <= 1.0


def test_files_that_records_name_are_made_durable_before_the_journal_and_once(
    home: Path, synced: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append((status.st_ino, status.st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    now = [0.0]
    keeper = Keeper(home, lambda: now[0])
    run = gnomon.init()
    [file] = Listing(journal_root(home)).refresh()
    keeper.tick()
    home.joinpath("given").write_bytes(bytes(100_000))
    run.log({"file": gnomon.File(home / "given")})
    now[0] += SYNC_EVERY_S
    keeper.tick()
    folder = file.path.parent / STAGED
    [staged] = folder.iterdir()
    assert synced[1:] == [now_of(staged), now_of(folder), now_of(file.path)]
    run.log({"loss": 1.0})
    now[0] += SYNC_EVERY_S
    keeper.tick()
    assert synced[4:] == [now_of(file.path)]
