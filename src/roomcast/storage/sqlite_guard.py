"""Guards the file of a store: that it is one file, that nobody else uses it, and that nobody else may read it.

A file is what its device and inode say, however many paths lead to it: symbolic links, hard links, mounts. The guard
takes a lock on the file itself where the system has locks that belong to an open file (Linux), and everywhere SQLite's
lock on an empty file beside it, `rooms.db-lock`. The operating system releases both on exit.

SQLite's own locks on a file are lost when any descriptor of it is closed in the same process (POSIX): so the guard
opens the file before SQLite does, and closes it after.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import stat
import struct
import sys
import time
import weakref
from pathlib import Path
from typing import Final

from roomcast.errors import CannotServe
from roomcast.storage.sqlite_errors import explain, in_use

log: Final = logging.getLogger("roomcast.storage")

SIDES: Final = ("-wal", "-shm")  # what SQLite keeps beside a file in use
OWNER_ONLY: Final = 0o600
_LOCK_BYTE: Final = 0x4000_0000 + 4096  # SQLite locks the 512 bytes from 0x40000000 on; locked bytes need not exist
_LOOK_EVERY: Final = 0.05  # seconds, while another server has the file
_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_RDWR", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"))
# By the names of their file systems. Some keep no locks, or not among computers.
_NETWORKS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs"})

_guards: weakref.WeakSet[FileGuard] = weakref.WeakSet()  # those that hold a lock


class FileGuard:
    """One file, opened and locked. Raises `CannotServe` where that cannot be, with a sentence.

    `path` is the real one, without symbolic links. `timeout`: how long (s) to wait for another server that ends.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = Path(os.path.realpath(path))
        self._lock: sqlite3.Connection | None = None
        self.identity: tuple[int, int] | None = None  # device and inode
        _wait_while_ours(self.path, timeout)
        self.file = _opened(self.path)
        try:
            self._begin(timeout)
        except BaseException:
            self.close()
            raise
        _guards.add(self)

    def _begin(self, timeout: float) -> None:
        found = os.fstat(self.file)
        if not stat.S_ISREG(found.st_mode):
            raise CannotServe(f"{self.path} is no file: name another one", topic="kept-file")
        if found.st_nlink > 1:
            raise CannotServe(
                f"{self.path} has {found.st_nlink} names (hard links), and what is newest is kept beside one of them "
                "only: remove the other names, or make a copy with 'roomcast backup'",
                topic="kept-file",
            )
        _lock_inode(self.file, self.path, timeout)
        self.identity = (found.st_dev, found.st_ino)

    def lock(self, timeout: float) -> None:
        """Take the lock on the file beside, where other systems see it. Raises `sqlite3.OperationalError`.

        Apart from opening: a file that turns out not to be ours is to have nothing beside it.
        """
        beside = self.path.with_name(self.path.name + "-lock")
        create_private(beside)
        self._lock = sqlite3.connect(beside, timeout=timeout, isolation_level=None)
        self._lock.execute("BEGIN EXCLUSIVE")

    def tighten(self) -> None:
        """Let nobody but the owner read or write the file, and what is beside it."""
        mode = stat.S_IMODE(os.fstat(self.file).st_mode)
        if sys.platform != "win32" and mode & 0o077:
            try:
                os.fchmod(self.file, OWNER_ONLY)
                log.warning(
                    "%s could be read by others on this computer (mode %o): from now on by its owner alone (600)",
                    self.path,
                    mode,
                )
            except OSError:
                log.warning(
                    "%s can be read by others on this computer (mode %o), and is not ours to change: chmod 600 it",
                    self.path,
                    mode,
                )
        for end in (*SIDES, "-lock", "-lock-journal"):
            beside = self.path.with_name(self.path.name + end)
            try:
                if stat.S_IMODE(beside.stat().st_mode) & 0o077:
                    beside.chmod(OWNER_ONLY)
            except OSError:
                pass  # not there, or not ours: said above

    def warn_of_network(self) -> None:
        """A line where the file is on a file system for which SQLite does not vouch."""
        kind = file_system(self.path)
        if kind in _NETWORKS:
            log.warning(
                "%s is on a network file system (%s): a fault of the network can damage it; a disk of this computer, "
                "and 'roomcast backup' to the other one, is safer",
                self.path,
                kind,
            )

    def close(self) -> None:
        """Release the file. After SQLite has closed it."""
        _guards.discard(self)
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self.file >= 0:
            os.close(self.file)
            self.file = -1


# ---------------------------------------------------------------------- opening and locking


def _wait_while_ours(path: Path, timeout: float) -> None:
    """A file that is guarded in this process must not be opened again: see above. Raises `CannotServe`."""
    give_up = time.monotonic() + timeout
    try:
        status = path.stat()
    except OSError:
        return  # it is not there, or cannot be reached: opening it will say so
    while any(one.identity == (status.st_dev, status.st_ino) for one in list(_guards) if one.file >= 0):
        if time.monotonic() > give_up:
            raise CannotServe(in_use(path), topic="kept-file")
        time.sleep(_LOOK_EVERY)


def _opened(path: Path) -> int:
    """The file, made where there is none. Raises `CannotServe`."""
    try:
        if path.exists() and not path.is_file():
            kind = "a folder: name a file in it" if path.is_dir() else "no file: name another one"
            raise CannotServe(f"{path} is {kind}", topic="kept-file")
        create_private(path)
        return os.open(path, _FLAGS)  # does not wait, as it would for a pipe that has come meanwhile
    except OSError as error:
        raise CannotServe(explain(error, path), topic="kept-file") from None


def create_private(path: Path) -> None:
    """Make a file that nobody else may read, whatever the umask, if there is none. Raises `OSError`."""
    try:
        made = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        return
    if sys.platform != "win32":
        os.fchmod(made, OWNER_ONLY)  # the umask may take bits away
    os.close(made)


def _lock_inode(file: int, path: Path, timeout: float) -> None:
    """Take a lock that belongs to the open file, and not to the process. Raises `CannotServe`: another has it."""
    if sys.platform != "linux":
        return
    import fcntl  # here, because Windows has no such module

    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _LOCK_BYTE, 1, 0)
    give_up = time.monotonic() + timeout
    while True:
        try:
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, wanted)
            return
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                return  # a file system without such locks: the one beside is left
        if time.monotonic() > give_up:
            raise CannotServe(in_use(path), topic="kept-file")
        time.sleep(_LOOK_EVERY)


def file_system(path: Path) -> str:
    """The kind of file system that a path is on, as Linux calls it; "": unknown."""
    best, kind = "", ""
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for mount in mounts:  # proc(5): … mount point (the fifth) … - type …
        before, _, after = mount.partition(" - ")
        point = before.split()[4].replace("\\040", " ")
        if len(point) >= len(best) and path.is_relative_to(point):
            best, kind = point, after.split()[0]
    return kind


def _close_in_child() -> None:
    """A child process has the open file, too, and would hold the lock when we have ended."""
    for guard in list(_guards):
        os.close(guard.file)
        guard.file = -1
    _guards.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_close_in_child)
