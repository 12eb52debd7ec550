"""A store is refused where several machines share a folder."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from gnomon.core.errors import StoreError
from gnomon.store.filesystem import check_local, filesystem
from gnomon.store.sqlite import SqliteEngine


def mounted(monkeypatch: pytest.MonkeyPatch, *mounts: tuple[Path, str]) -> None:
    table = [SimpleNamespace(mountpoint=str(point), fstype=kind) for point, kind in mounts]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: table)


def test_the_real_filesystem_of_a_temporary_folder_is_local(tmp_path: Path) -> None:
    check_local(tmp_path / "not" / "made" / "yet")
    assert filesystem(tmp_path) == filesystem(tmp_path / "not" / "made" / "yet")


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "lustre", "fuse.sshfs", "beegfs"])
def test_a_network_filesystem_is_refused_with_the_remedy(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(monkeypatch, (Path("/"), "ext4"), (tmp_path, kind))
    with pytest.raises(StoreError, match=r"GNOMON_HOME to a folder on a local disk; journals may stay"):
        SqliteEngine(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_the_innermost_mount_counts_and_the_last_of_several_on_one_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(monkeypatch, (Path("/"), "nfs"), (tmp_path, "nfs"), (tmp_path, "ext4"), (Path("/elsewhere"), "cifs"))
    assert filesystem(tmp_path / "home") == "ext4"
    check_local(tmp_path / "home")


def test_a_folder_reached_by_a_link_is_where_the_link_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    mounted(monkeypatch, (Path("/"), "ext4"), (tmp_path / "share", "nfs"))
    assert filesystem(tmp_path / "link" / "home") == "nfs"
