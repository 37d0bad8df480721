"""Network file systems, on which SQLite can't use a write-ahead log."""

import re
from pathlib import Path, PurePosixPath

# Their clients share no memory, which the index of the log needs. Folders of Windows are 9p in the
# Windows Subsystem for Linux.
NETWORK_TYPES = frozenset({"9p", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs"})
NETWORK_TYPES |= {"lustre", "ncpfs", "nfs", "nfs4", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf"}
NETWORK_TYPES |= {"fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs"}
NETWORK_TYPES |= {"fuse.sshfs", "fuse.vmhgfs-fuse"}


def find_network_type(path: str | PurePosixPath, mounts: str) -> str | None:
    """Return the type of the network file system that holds ``path``, or None.

    Args:
        path: an absolute path.
        mounts: the text of /proc/mounts.

    Examples:
        >>> find_network_type("/home/ada/runs.sqlite", "/dev/sda1 / ext4 rw 0 0")
        >>> find_network_type("/home/ada/runs.sqlite", "server:/home /home nfs4 rw 0 0")
        'nfs4'
    """
    deepest, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        # The kernel writes blanks and backslashes as octal numbers.
        folder = PurePosixPath(
            re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[1])
        )
        depth = len(folder.parts)
        # Of two mounts on one folder the later hides the earlier.
        if depth >= deepest and PurePosixPath(path).is_relative_to(folder):
            deepest, kind = depth, fields[2]
    return kind if kind in NETWORK_TYPES else None


def read_mounts() -> str:
    """Return the text of /proc/mounts; empty on systems without it."""
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
