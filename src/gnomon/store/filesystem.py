"""Whether a folder can hold a database: SQLite's log needs shared memory, which network filesystems do not give."""

from pathlib import Path
from typing import Final

import psutil

from gnomon.core.errors import StoreError

_REMOTE: Final = frozenset(
    "nfs nfs3 nfs4 cifs smb smb2 smb3 smbfs 9p afs afpfs ncpfs webdav davfs lustre gpfs beegfs ceph glusterfs pvfs2 orangefs "
    "wekafs panfs sshfs s3fs gcsfuse rclone goofys mountpoint-s3 juicefs glusterfs-fuse".split()
)


def filesystem(folder: Path) -> str:
    """Return the type of the filesystem that holds a folder or would hold it, such as `ext4`; empty when unknown."""
    path = folder.resolve()
    best, kind = -1, ""
    for mount in psutil.disk_partitions(all=True):
        point = Path(mount.mountpoint)
        # The last of several mounts on one point is the one that is seen.
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), mount.fstype
    return kind


def check_local(folder: Path) -> None:
    """Raise when a folder lies on a filesystem that several machines share.

    Raises:
        StoreError: It does; the message says what to do.
    """
    kind = filesystem(folder)
    if kind.lower().removeprefix("fuse.") in _REMOTE:
        msg = (
            f"{folder}: a store cannot live on a network filesystem ({kind}), it would be damaged sooner or later. "
            "Set GNOMON_HOME to a folder on a local disk; journals may stay where they are."
        )
        raise StoreError(msg)
