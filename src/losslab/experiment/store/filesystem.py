"""Network file systems, on which SQLite's write-ahead log cannot work."""

from pathlib import Path, PurePosixPath

# Their clients share no memory, which the log's index needs; 9p is also how Windows folders
# show inside the Windows Subsystem for Linux.
NETWORK_TYPES = frozenset({"9p", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs"})
NETWORK_TYPES |= {"lustre", "ncpfs", "nfs", "nfs4", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf"}
NETWORK_TYPES |= {"fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs"}
NETWORK_TYPES |= {"fuse.sshfs", "fuse.vmhgfs-fuse"}


def network_type(path: str | PurePosixPath, mounts: str) -> str | None:
    """Name the network file system that ``path`` lies on, given the text of /proc/mounts.

    >>> network_type("/home/ada/runs.sqlite", "/dev/sda1 / ext4 rw 0 0")
    >>> network_type("/home/ada/runs.sqlite", "server:/home /home nfs4 rw 0 0")
    'nfs4'
    """
    nearest, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        folder = PurePosixPath(_unescape(fields[1]))
        depth = len(folder.parts)
        # Of two mounts on one folder the later hides the earlier.
        if depth >= nearest and PurePosixPath(path).is_relative_to(folder):
            nearest, kind = depth, fields[2]
    return kind if kind in NETWORK_TYPES else None


def read_mounts() -> str:
    """The text of /proc/mounts; empty where the system has none."""
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _unescape(folder: str) -> str:
    # The kernel writes these four characters as octal numbers.
    for code, character in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        folder = folder.replace(code, character)
    return folder
