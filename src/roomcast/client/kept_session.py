"""A session that outlives the program: kept in a small file, so that a program that starts again is the same player.

The session is a secret: the file is readable by its owner alone, and replaced as a whole. While a program uses it, it
holds a lock that the system releases whenever the program ends; a second copy that runs at the same time does not get
the session, and is a player of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import DecodeError, Struct, json

from roomcast.client.where import Where
from roomcast.errors import BadArgument
from roomcast.help_topics import with_link

log: Final = logging.getLogger("roomcast")

Keep: TypeAlias = bool | str | os.PathLike[str]
"""Where a session is kept: in a file of the program's choice; True: in the user's folder for such; False: nowhere."""

_MOST: Final = 10_000  # bytes of a file that is read


class _Kept(Struct):
    server: str
    room: str
    name: str
    session: str
    found: str = ""


class KeptSession:
    """The session of one player in one room. `session`: the one that was kept, "" if there was none.

    `found`: the name of the room in which that is, where the program asks for a kind of rooms.
    """

    def __init__(self, file: Path, where: Where, name: str) -> None:
        self.session = self.found = ""
        self._key = where.server, where.room, name
        self._file = file
        self._lock = _locked(file.with_name(f"{file.name}.lock"))
        if self._lock is not None:
            self.session, self.found = self._read()

    def save(self, session: str, room: str) -> None:
        """Keep this session in that room from now on; does nothing where another program has the file."""
        if self._lock is None or (session, room) == (self.session, self.found):
            return
        self.session, self.found = session, room
        text = json.encode(_Kept(*self._key, session, room))
        try:
            number, temporary = tempfile.mkstemp(dir=self._file.parent, prefix=f".{self._file.name}.")  # mode 0600
            try:
                with os.fdopen(number, "wb") as new:
                    new.write(text)
                Path(temporary).replace(self._file)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
                raise
        except OSError as error:
            log.warning("%s", with_link(f"the session cannot be kept in {self._file}: {error}", "keep"))

    def forget(self) -> None:
        """The session is over."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._file.unlink()
            self.session = ""

    def release(self) -> None:
        """Let others have the file. From now on nothing is saved."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _read(self) -> tuple[str, str]:
        try:
            with self._file.open("rb") as file:
                kept = json.decode(file.read(_MOST), type=_Kept)
        except (OSError, DecodeError, UnicodeDecodeError):
            return "", ""
        ours = (kept.server, kept.room, kept.name) == self._key
        return (kept.session, kept.found or kept.room) if ours else ("", "")


def kept_session(keep: Keep, where: Where, name: str) -> KeptSession | None:
    """The session that is kept there, None for False. Raises `BadArgument` for a file that cannot be one."""
    if keep is False:
        return None
    try:
        if keep is True:
            key = hashlib.sha256("\n".join((where.server, where.room, name)).encode()).hexdigest()[:32]
            folder = _state_folder()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return KeptSession(folder / f"{key}.json", where, name)
        file = Path(keep).absolute()
        _check_nothing_else(file)
        return KeptSession(file, where, name)
    except (OSError, TypeError, ValueError) as error:
        if keep is True:
            log.warning("%s", with_link(f"the session cannot be kept: {error}", "keep"))
            return None
        raise BadArgument(f"keep={keep!r}: no session can be kept there: {error}", topic="keep") from None


def _check_nothing_else(file: Path) -> None:
    """A file that a program names may be one of its own by mistake, and what is in that must not be lost.

    Raises ValueError for one with something else than a session in it, OSError for a folder.
    """
    with contextlib.suppress(FileNotFoundError):
        with file.open("rb") as opened:
            content = opened.read(_MOST)
        try:
            if content:
                json.decode(content, type=_Kept)
        except (DecodeError, UnicodeDecodeError):
            raise ValueError("there is a file with something else in it; name one of its own") from None


def _state_folder() -> Path:
    """Where programs of this user keep what is not worth a backup."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return base / "roomcast" / "sessions"


def _locked(file: Path) -> int | None:
    """A file descriptor that holds the lock, None where another program has it. Raises OSError."""
    number = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(number)
        return None
    except BaseException:
        os.close(number)
        raise
    return number
