"""Why a SQLite file cannot be used, as a sentence that says what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Final

from roomcast.core.room.commit_log import StoreTrouble

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FileChanged(sqlite3.OperationalError):
    """Something was done to the file while we used it. Its message is a whole sentence."""


def trouble(error: Exception, path: Path) -> StoreTrouble:
    """What a failure means for the whole store."""
    full = "full" in str(error).lower() or (isinstance(error, OSError) and error.errno in _FULL)
    return StoreTrouble("disk-full" if full else "disk", explain(error, path))


def is_locked(error: Exception) -> bool:
    """Whether another program uses the file at the moment."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error).lower()


def is_damage(error: Exception) -> bool:
    """Whether it is about what is in a file that is read."""
    return isinstance(error, sqlite3.DatabaseError) and any(
        word in str(error).lower() for word in ("malformed", "not a database")
    )


def explain(error: Exception, path: Path) -> str:
    """An error message: why the file cannot be used, and what to do."""
    if isinstance(error, FileChanged):
        return str(error)
    if isinstance(error, OSError):
        return _explain_system(error, path)
    text = str(error).lower()
    if "full" in text:
        return _full(path)
    if "readonly" in text or "read-only" in text:
        return f"{path} may not be written: change its permissions, or name another file"
    if "locked" in text:
        return in_use(path)
    if "unable to open" in text and os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK):
        return f"{path} cannot be opened at the moment: are too many files open? Raise the limit (ulimit -n)"
    if "unable to open" in text:
        return f"{path} cannot be opened: is there such a folder, and may it be written?"
    if "not a database" in text or "malformed" in text or not isinstance(error, sqlite3.Error):
        return f"{path} is damaged, or no database of Roomcast: restore it from a copy, or name another file"
    if "i/o error" in text or "locking protocol" in text:
        name = getattr(error, "sqlite_errorname", None) or "SQLITE_IOERR"
        return (
            f"{path} cannot be used: {error} ({name}); the disk has failed, or the network "
            "that it is reached by, or a quota is used up: the system's log says more"
        )
    return f"{path} cannot be used: {error}"


def in_use(path: Path) -> str:
    return f"{path} is in use by another program, perhaps another server: end that one, or name another file"


def _full(path: Path) -> str:
    return f"the disk is full, so {path} cannot grow: make room, and all goes on"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # such as a name that is too long
        return False


def _explain_system(error: OSError, path: Path) -> str:
    """For what the operating system refuses before SQLite comes to it."""
    if error.errno in _FULL:
        return _full(path)
    if error.errno == errno.EISDIR:
        return f"{path} is a folder: name a file in it"
    if error.errno == errno.ELOOP:
        return f"{path} is a symbolic link that leads back to itself: name another file"
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return f"{path} cannot be opened: too many files are open; raise the limit (ulimit -n)"
    if _exists(path) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ETXTBSY):
        return f"{path} may not be written: change its permissions, or name another file"
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG):
        return f"{path} cannot be opened: is there such a folder, and may it be written?"
    return f"{path} cannot be used: {error.strerror or error}"
