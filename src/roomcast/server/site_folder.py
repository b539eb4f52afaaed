"""The user's own folder, served by `roomcast serve --site DIR`: files as they are on the disk at each request.

No path leads out of the folder, and what is hidden in it (`.git`, `.env`) stays hidden. All functions here wait for the
disk: call them in a thread.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from roomcast.errors import CannotServe
from roomcast.server.content_types import content_type

log: Final = logging.getLogger("roomcast.server")

INDEX: Final = "index.html"
_PAGE: Final = ".html"
_CLOCK_STEP: Final = 2_000_000_000  # ns: the coarsest clock by which file systems say when a folder was changed
_MOST_LOOKED_AT: Final = 1_000  # files of the folder that are looked at for pages of rooms
_DEVICES: Final = {"CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in range(10))}  # Windows


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An open file of the folder. It reads as `roomcast.transports.http_message.Body`."""

    descriptor: int
    size: int  # bytes, when it was opened
    kind: str  # its Content-Type
    tag: str  # its ETag, which changes when it is written

    def read(self, most: int) -> bytes:
        return os.read(self.descriptor, most)

    def close(self) -> None:
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class Moved:
    """A folder that was asked for without the slash at its end: what is in it would be looked for beside it."""

    to: str  # its path, percent-encoded


class SiteFolder:
    """`has_front`: whether an `index.html` is expected in it. Raises `CannotServe` where `folder` is none."""

    def __init__(self, folder: Path, *, has_front: bool = True) -> None:
        if not folder.is_dir():
            raise CannotServe(
                f"--site: {str(folder)!r} is no folder: give the one that has your index.html", topic="serve-options"
            )
        self._root = folder.resolve()
        if has_front and not (self._root / INDEX).is_file():
            log.warning("--site: %s has no %s, so / is the lobby for now", folder, INDEX)

    def changed_at(self) -> int:
        """When a file at its top was made or taken away last; 0 where that was just now, or the folder is gone."""
        try:
            changed = self._root.stat().st_mtime_ns
        except OSError:
            return 0
        return changed if time.time_ns() > changed + _CLOCK_STEP else 0

    def page_names(self) -> list[str]:
        """The names of the pages that stand at its top, without their ending."""
        try:
            with os.scandir(self._root) as files:
                names = [file.name for file in islice(files, _MOST_LOOKED_AT)]
        except OSError:  # it is gone, for now
            return []
        return [name.removesuffix(_PAGE) for name in names if name.endswith(_PAGE) and not name.startswith(".")]

    def find(self, path: str) -> FoundFile | Moved | None:
        """The file at the path of a URL, percent-encoded; of a folder, its `index.html`. None: there is none."""
        names = _names(path)
        if names is None:
            return None
        try:
            found = self._root.joinpath(*names).resolve(strict=True)
            if not found.is_relative_to(self._root) or _is_hidden(found.relative_to(self._root).parts):
                return None  # a link that leads out
            if found.is_dir():
                if not path.endswith("/"):
                    return Moved("/" + "/".join(map(quote, names)) + "/") if (found / INDEX).is_file() else None
                return self.find(path + INDEX)
            return None if path.endswith("/") else _open(found)
        except (OSError, ValueError, RuntimeError):  # not there, not for us, no possible name, or a circle of links
            return None


def _names(path: str) -> list[str] | None:
    """The names on a path, decoded; None where one of them is none."""
    try:
        decoded = [unquote_to_bytes(part).decode() for part in path.strip("/").split("/")] if path.strip("/") else []
    except UnicodeDecodeError:
        return None
    if "//" in path or _is_hidden(decoded) or not all(map(_is_plain, decoded)):
        return None
    return decoded


def _is_plain(name: str) -> bool:
    """Whether it is the name of one file on every system: no separator, drive, stream, or device."""
    if not name.isprintable() or any(sign in name for sign in '/\\:*?"<>|') or name.endswith((".", " ")):
        return False
    return name != "" and name.partition(".")[0].rstrip().upper() not in _DEVICES


def _is_hidden(names: list[str] | tuple[str, ...]) -> bool:
    return any(name.startswith(".") for name in names)


def _open(path: Path) -> FoundFile | None:
    # O_NONBLOCK: a pipe that lies there would wait for somebody who writes into it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
            return FoundFile(descriptor, status.st_size, content_type(path.name), tag)
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
