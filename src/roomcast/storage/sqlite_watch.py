"""Watches a file that a server uses: is it still there, still the same, and what we have written?

It is asked at each commit, so it asks the system little: each call costs the interpreter's lock, for which a busy event
loop may let us wait. A folder's time of change says whether any name in it is another file than before; a file's own
says whether anybody has written to it. Only then, and once a second, everything is looked at.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Final

from roomcast.storage.sqlite_errors import FileChanged
from roomcast.storage.sqlite_guard import SIDES, FileGuard

log: Final = logging.getLogger("roomcast.storage")

LARGE_WAL: Final = 256 * 1024 * 1024  # bytes
_HEADER: Final = 100  # bytes; SQLite's file format, section 1.3
_MAGIC: Final = b"SQLite format 3\0"
_TICK: Final = 20_000_000  # nanoseconds in which two changes may have the same time
_RESTORE: Final = "restore it from a copy, and start the server anew"

_Stamp = tuple[int, ...]  # what the system says of a folder or a file, its time of change among it


class FileWatch:
    """Watches the file of a guard, from one thread. `named` is its path as it was given, perhaps a symbolic link."""

    def __init__(self, named: Path, guard: FileGuard) -> None:
        self._path = guard.path
        self._named = named.absolute()
        self._file = guard.file
        status = os.fstat(self._file)
        self._identity = (status.st_dev, status.st_ino)
        self._warned = False
        self._sides: dict[Path, tuple[int, int]] = {}  # device and inode of what SQLite has open beside it
        self._folder: _Stamp | None = None  # None: its names are to be looked at
        self._noted: _Stamp | None = None  # the file, when we last wrote; None: it is to be looked at
        self._header, self._size = b"", 0  # the same
        self._version = 0  # SQLite's number for what others have committed

    def begin(self) -> None:
        """SQLite opens the file, perhaps again. Raises `FileChanged` where it is not that of the start."""
        self._sides.clear()
        self._folder = self._noted = None
        self._header, self._size = b"", 0
        self._check_name(self._path)
        self._check_name(self._named)

    def before(self, database: sqlite3.Connection) -> None:
        """Before we write. Raises `FileChanged`: somebody has written to the file, and not through SQLite."""
        if self._noted is None or _stamp(os.fstat(self._file)) != self._noted:
            self._check_content(database)

    def after(self, database: sqlite3.Connection) -> None:
        """After we have written, before anyone is told. Raises `FileChanged`: what we wrote is not in the file."""
        folder = self._stamp_of_folder()
        if folder is None or folder != self._folder:
            self._check_names()
            self._folder = _settled(folder)
        if self._noted is None or _stamp(os.fstat(self._file)) != self._noted:
            self._note_content(database)

    def look(self, database: sqlite3.Connection) -> None:
        """Now and then: look at everything. Raises `FileChanged`."""
        self._check_name(self._named)
        self._check_names()
        self._check_content(database)

    def warn_of_reader(self) -> None:
        """A line, once, where somebody reads the file for so long that what is newest cannot be taken into it."""
        newest = self._path.with_name(self._path.name + "-wal")
        size = newest.stat().st_size if newest.exists() else 0
        if size > LARGE_WAL and not self._warned:
            log.warning(
                "%s has %d MB: another program has been reading %s for long, and until it ends this grows",
                newest,
                size / 1e6,
                self._path,
            )
        self._warned = size > LARGE_WAL

    # ------------------------------------------------------------------ names

    def _stamp_of_folder(self) -> _Stamp | None:
        try:
            return _stamp(self._path.parent.stat())
        except OSError:
            return None

    def _check_names(self) -> None:
        self._check_name(self._path)
        for end in SIDES:
            self._check_side(self._path.with_name(self._path.name + end))

    def _check_name(self, path: Path) -> None:
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise FileChanged(
                f"{path} was removed or moved while the server used it: put it back, or start the server anew"
            ) from None
        except OSError as error:
            raise FileChanged(
                f"{path} cannot be reached any more ({error.strerror}): when it can, all goes on"
            ) from None
        if (found.st_dev, found.st_ino) != self._identity:
            raise FileChanged(
                f"{path} was replaced by another file while the server used it: start the server anew to use that"
            )

    def _check_side(self, side: Path) -> None:
        try:
            status = side.stat()
            found = (status.st_dev, status.st_ino)
        except OSError:
            if side not in self._sides:
                return  # SQLite has not made it yet
            found = (0, 0)
        if self._sides.setdefault(side, found) != found:
            raise FileChanged(
                f"{side} was removed or replaced while the server used it: it is the newest part of {self._path}, and "
                "must be left to the server"
            )

    # ------------------------------------------------------------------ content

    def _check_content(self, database: sqlite3.Connection) -> None:
        """Others may write to the file through SQLite, as they should: that is all right."""
        header, size = self._read_header()
        if header is not None and (header != self._header or size < self._size):
            if _version(database) == self._version and not self._is_checkpoint(database, header, size):
                raise self._overwritten()
            self._note_content(database)

    def _note_content(self, database: sqlite3.Connection) -> None:
        noted = _stamp(os.fstat(self._file))
        header, size = self._read_header()
        if header is not None and (header != self._header or size != self._size):
            # After a checkpoint that others held up, the file may be shorter than its header says, but not than it was.
            if not header.startswith(_MAGIC) or size < min(self._size, _whole(header)):
                raise self._overwritten()
            self._header, self._size = header, size
            self._version = _version(database)
        self._noted = _settled(noted)

    def _is_checkpoint(self, database: sqlite3.Connection, header: bytes, size: int) -> bool:
        """Whether another program may have changed the header through SQLite, by what we have committed."""
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        as_before = header[:20] == self._header[:20] and size >= _whole(header)
        return as_before and int.from_bytes(header[28:32], "big") == pages

    def _read_header(self) -> tuple[bytes | None, int]:
        """The header, None where the system cannot read without moving, and the size of the file."""
        if sys.platform == "win32":
            return None, 0
        return os.pread(self._file, _HEADER, 0), os.fstat(self._file).st_size

    def _overwritten(self) -> FileChanged:
        return FileChanged(f"{self._path} was overwritten or cut short while the server used it: {_RESTORE}")


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _settled(stamp: _Stamp | None) -> _Stamp | None:
    """The stamp, if another change would give another one; just after a change, the next may have the same time."""
    return None if stamp is None or abs(time.time_ns() - stamp[3]) < _TICK else stamp


def _whole(header: bytes) -> int:
    """Bytes that a file with this header should have."""
    pages, page = int.from_bytes(header[28:32], "big"), int.from_bytes(header[16:18], "big")
    return pages * (65536 if page == 1 else page)


def _version(database: sqlite3.Connection) -> int:
    """SQLite's number for what others have committed."""
    number: int = database.execute("PRAGMA data_version").fetchone()[0]
    return number
