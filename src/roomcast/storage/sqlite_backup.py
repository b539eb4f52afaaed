"""A copy of a kept file, also while a server writes to it: all that was committed when the copy began, and no more.

The copy is made beside its place, checked, and then put there at once: a copy with that name is always whole.
"""

from __future__ import annotations

import contextlib
import glob
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from roomcast.errors import CannotServe
from roomcast.storage.sqlite_errors import explain, is_damage
from roomcast.storage.sqlite_guard import SIDES, FileGuard, create_private
from roomcast.storage.sqlite_reading import reading

_PAGES: Final = 256  # copied at a time, between two calls of `progress`
_LEFT_OVER: Final = 86_400.0  # seconds without a change: nobody makes that copy any more
_RELAXED: Final = 0.1  # seconds in which a relaxed room's entries are on disk; twice what is promised


def back_up(
    source: Path,
    target: Path,
    *,
    force: bool = False,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> int:
    """Copy a kept file; returns the size of the copy in bytes.

    `force`: replace a file that is there. `progress` is called with the pages that are copied, and all of them.
    Raises `CannotServe`, with a sentence; then there is no copy, and what was there is as it was.
    """
    target = Path(os.path.realpath(target))
    try:
        _check_target(source, target, force=force)
    except OSError as error:
        raise CannotServe(f"there is no copy: {explain(error, target)}", topic="kept-file") from error
    time.sleep(_RELAXED)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with reading(source) as connection:
            _create(part, target)
            _copy(connection, part, progress)
        size = part.stat().st_size
        _put_in_place(part, target, force=force)
    except (sqlite3.Error, OSError) as error:
        where = source if is_damage(error) else target
        raise CannotServe(f"there is no copy: {explain(error, where)}", topic="kept-file") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return size


def _check_target(source: Path, target: Path, *, force: bool) -> None:
    if target.is_dir():
        raise CannotServe(f"{target} is a folder: name a file in it, such as {target / source.name}", topic="kept-file")
    if target.exists():
        if source.exists() and target.samefile(source):
            raise CannotServe(f"{target} is the file itself: name another one for the copy", topic="kept-file")
        if not force:
            raise CannotServe(
                f"{target} is there already: name another file, or replace it with --force", topic="kept-file"
            )
        if not target.is_file():
            raise CannotServe(f"{target} is no file: name another one", topic="kept-file")
        FileGuard(target, timeout=0.0).close()  # raises where a server uses it
    elif not target.parent.is_dir():
        raise CannotServe(f"there is no folder {target.parent}: make it, or name another one", topic="kept-file")


def _create(part: Path, target: Path) -> None:
    for older in part.parent.glob(f".{glob.escape(target.name)}.*.part"):
        if older == part or time.time() - older.stat().st_mtime > _LEFT_OVER:
            older.unlink(missing_ok=True)  # of a copy that was broken off by a kill
    create_private(part)


def _copy(connection: sqlite3.Connection, part: Path, progress: Callable[[int, int], object]) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # it is synced as a whole
        copy.execute("PRAGMA journal_mode = MEMORY")  # nothing beside it, whenever this ends
        # The connection reads one moment of the file: so what others write meanwhile does not begin the copy anew.
        connection.backup(copy, pages=_PAGES, progress=lambda status, left, total: progress(total - left, total))
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise CannotServe(
                f"there is no copy, for what was copied is damaged ({found}): see 'roomcast check'", topic="kept-file"
            )


def _put_in_place(part: Path, target: Path, *, force: bool) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    if force:
        for end in SIDES:  # of the file that is replaced: they must not be taken for the new one's
            target.with_name(target.name + end).unlink(missing_ok=True)
        part.replace(target)
    else:
        try:
            os.link(part, target)  # fails where somebody has made the file meanwhile
        except FileExistsError:
            raise CannotServe(
                f"{target} is there already: name another file, or replace it with --force", topic="kept-file"
            ) from None
        except OSError:  # a file system without hard links
            part.rename(target)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
