"""What a file forgets, so that it stays bounded for years: done by the storage thread, in small steps between commits.

a room's log         above its limit (entries, bytes): the oldest entries, none that came after its snapshot
a room               nobody visited it for so many days; or the file is too large, or has too many rooms, and it
                     was unused for longest; or nobody ever did anything in it but come and go
pages of the file    free ones, once they are many
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.log import HIGH_WATER
from roomcast.storage.sqlite_file import FORGOTTEN, content_size, free_pages, roll_back
from roomcast.storage.sqlite_forgetting import (
    BATCH_SIZE,
    STEP_ROWS,
    delete_some,
    forget,
    forget_entries,
    is_unused,
    longest_unused,
)

log: Final = logging.getLogger("roomcast.storage")

SURVEY_EVERY: Final = 60.0  # seconds between looks at the file as a whole
FIRST_DAYS: Final = 3600.0  # seconds after the start until rooms are forgotten for their age: until then clocks are set
VACUUM_STEP: Final = 256  # pages
_FREE: Final = 512  # pages that may be free, and a tenth of the file beside: they are used again
_AT_ONCE: Final = 100  # rooms that are forgotten in one step
_DAY: Final = 86_400.0  # seconds
_MOST: Final = 2**62  # more than any seq


@dataclass(frozen=True, slots=True)
class KeepLimits:
    """How much a file keeps. `entries` and `size` are of one room's log: whichever limit is met first."""

    entries: int = 10_000
    size: int = 8 * 1024 * 1024  # bytes
    total: int = 8 * 1024**3  # bytes of the file's content
    rooms: int = 10_000
    days: float = 0.0  # without a visit; 0: for ever
    history: bool = False  # logs are kept whole, and no room is forgotten but for `days`

    @classmethod
    def of(cls, limits: Limits, *, history: bool) -> KeepLimits:
        """What a server's limits say: where they say nothing of the file, as much of a log as is kept in memory."""
        return cls(
            limits.keep_entries or limits.kept_entries,
            limits.keep_bytes or limits.kept_bytes,
            limits.keep_total,
            limits.keep_rooms,
            limits.keep_days,
            history,
        )


@dataclass(slots=True)
class _RoomLog:
    """What is known of one room's log on disk. A scan from its end backwards finds where to cut."""

    entries: int = 0  # written since the last scan
    size: int = 0  # bytes of these
    scanned: bool = False
    before: int = _MOST  # the scan has come to the batch that begins here
    seen_entries: int = 0  # by the scan
    seen_size: int = 0
    cut: int = 0  # seq up to which it may be forgotten, so far as the snapshot allows


class Retention:
    """Decides what one file forgets, and does it. Used by the storage thread alone.

    `open_rooms` returns the ids of the rooms that are open. `clock` returns the time of day, in seconds since 1970.
    """

    def __init__(
        self,
        path: Path,
        limits: KeepLimits,
        open_rooms: Callable[[], Collection[int]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.longest = 0.0  # seconds that the longest step took
        self._path = path
        self._limits = limits
        self._open_rooms = open_rooms
        self._clock = clock
        self._started = time.monotonic()
        self._surveyed = float("-inf")
        self._logs: dict[int, _RoomLog] = {}  # of open rooms
        self._due: deque[int] = deque()  # rooms whose logs are to be looked at
        self._closed: deque[int] = deque()  # rooms that were closed: was anything done in them?
        self._unseen: int | None = 0  # rooms with a higher id have not been looked at since the start; None: all have
        self._half_deleted: deque[int] = deque()
        self._full = False  # the file is above its total, and all rooms are open

    # ------------------------------------------------------------------ what the storage thread tells it

    def opened(self, room: int) -> None:
        self._logs[room] = _RoomLog()
        self._look_at(room)

    def wrote(self, room: int, entries: int, size: int, *, snapshot: bool) -> None:
        """A batch was committed."""
        kept = self._logs.get(room)
        if kept is None:
            return
        kept.entries += entries
        kept.size += size
        if self._has_grown(kept) or (snapshot and kept.cut):
            self._look_at(room)

    def closed(self, room: int) -> None:
        self._logs.pop(room, None)
        self._closed.append(room)

    def step(self, database: sqlite3.Connection) -> bool:
        """Do a little of what is to be done. Returns whether there was something. Raises `sqlite3.Error`."""
        began = time.monotonic()
        try:
            busy = self._step(database)
        except BaseException:
            roll_back(database)
            raise
        self.longest = max(self.longest, time.monotonic() - began)
        return busy

    def _step(self, database: sqlite3.Connection) -> bool:
        if self._due:
            self._look_at_next_log(database, self._due.popleft())
        elif self._closed:
            self._after_close(database, self._closed.popleft())
        elif self._half_deleted:
            room = self._half_deleted.popleft()
            if not delete_some(database, room):
                self._half_deleted.appendleft(room)
        elif self._unseen is not None:
            self._see_next_room(database)
        elif _has_many_free_pages(database):
            free_pages(database, VACUUM_STEP)
        elif time.monotonic() - self._surveyed > SURVEY_EVERY:
            self._survey(database)
        else:
            return False
        return True

    # ------------------------------------------------------------------ a room's log

    def _look_at(self, room: int) -> None:
        if not self._limits.history and room not in self._due:
            self._due.append(room)

    def _size(self) -> int:
        """Bytes that a room's log may have; where open rooms alone are too much for the file, each has a share."""
        share = self._limits.total // max(1, len(self._logs))
        return min(self._limits.size, share) if self._full else self._limits.size

    def _has_grown(self, kept: _RoomLog) -> bool:
        """Whether so much was written since the last scan that the next one is worth its cost."""
        more = HIGH_WATER - 1
        return kept.entries > self._limits.entries * more or kept.size > self._size() * more

    def _look_at_next_log(self, database: sqlite3.Connection, room: int) -> None:
        """Scan some of a room's log, or forget some of its oldest entries; what is left is for the next step."""
        kept = self._logs.setdefault(room, _RoomLog())
        if kept.scanned and self._has_grown(kept):
            kept = self._logs[room] = _RoomLog()
        if kept.scanned:
            more = forget_entries(database, room, kept.cut)
        else:
            more = self._scan(database, room, kept) or kept.cut > 0
        if more:
            self._due.append(room)
        elif room not in self._open_rooms():
            del self._logs[room]

    def _scan(self, database: sqlite3.Connection, room: int, kept: _RoomLog) -> bool:
        """Look at some batches, from the newest back. Returns whether there is more to look at."""
        batches = database.execute(
            f"SELECT first, last, {BATCH_SIZE} FROM batches WHERE room = ? AND first < ? ORDER BY first DESC LIMIT ?",
            [room, kept.before, STEP_ROWS],
        ).fetchall()
        for first, last, size in batches:
            kept.before = first
            kept.seen_entries += last - first + 1
            kept.seen_size += size
            if kept.seen_entries >= self._limits.entries or kept.seen_size >= self._size():
                kept.scanned, kept.cut = True, first - 1
                return False
        kept.scanned = len(batches) < STEP_ROWS
        return not kept.scanned

    # ------------------------------------------------------------------ rooms

    def _after_close(self, database: sqlite3.Connection, room: int) -> None:
        """Forget the room if nobody did anything in it; else remember that it was used."""
        if room in self._open_rooms():
            return  # again
        if is_unused(database, room, sessions=True):
            self._forget(database, [room])
        else:
            database.execute("UPDATE rooms SET used = ? WHERE id = ?", [int(self._clock()), room])

    def _see_next_room(self, database: sqlite3.Connection) -> None:
        """Look at one room of those that were there at the start."""
        found = database.execute(
            "SELECT id, name, used FROM rooms WHERE id > ? ORDER BY id LIMIT 1", [self._unseen]
        ).fetchone()
        if found is None:
            self._unseen = None
            return
        room, name, used = found
        self._unseen = room
        if str(name).startswith(FORGOTTEN):
            self._half_deleted.append(room)
        elif room in self._open_rooms():
            return
        elif used < self._clock() - _DAY and is_unused(database, room, sessions=False):
            self._forget(database, [room])
        else:
            self._look_at(room)

    def _forget(self, database: sqlite3.Connection, rooms: list[int]) -> None:
        forget(database, rooms)
        self._half_deleted.extend(rooms)

    # ------------------------------------------------------------------ the file as a whole

    def _survey(self, database: sqlite3.Connection) -> None:
        """Was a room unused for too long, is the file too large, has it too many rooms?"""
        limits, now, here = self._limits, self._clock(), set(self._open_rooms())
        self._surveyed = time.monotonic()
        database.executemany("UPDATE rooms SET used = ? WHERE id = ?", [(int(now), room) for room in here])
        if limits.days and self._surveyed - self._started > FIRST_DAYS:
            oldest = longest_unused(database, _AT_ONCE, here)
            old = [(room, name) for room, name, used in oldest if used < now - limits.days * _DAY]
            self._forget_unused(database, old, f"nobody visited it for {limits.days:g} days (setting: keep-days)")
        if limits.history:
            return
        size = content_size(database)
        (count,) = database.execute("SELECT count(*) FROM rooms").fetchone()
        if count > limits.rooms:
            oldest = longest_unused(database, min(count - limits.rooms, _AT_ONCE), here)
            why = f"{count:,} rooms where the limit is {limits.rooms:,} (setting: keep-rooms), and it was the oldest"
            self._forget_unused(database, [(room, name) for room, name, _ in oldest], why)
        if size > limits.total:
            oldest = longest_unused(database, 1, here)
            why = f"{size:,} bytes where the limit is {limits.total:,} (setting: keep-total), and it was the oldest"
            self._forget_unused(database, [(room, name) for room, name, _ in oldest], why)
        self._set_full(size > limits.total and not self._half_deleted)

    def _forget_unused(self, database: sqlite3.Connection, rooms: list[tuple[int, str]], why: str) -> None:
        if rooms:
            self._surveyed = float("-inf")  # when these are deleted, look again
            for _, name in rooms:
                log.warning("the room %r in %s is forgotten: %s", name, self._path, why)
            self._forget(database, [room for room, _ in rooms])

    def _set_full(self, full: bool) -> None:
        if full and not self._full:
            log.warning("%s is above keep-total with open rooms alone: each keeps less of its log", self._path)
        self._full = full
        if full:
            for room in self._logs:
                self._logs[room] = _RoomLog()
                self._look_at(room)


def _has_many_free_pages(database: sqlite3.Connection) -> bool:
    (free,), (pages,), (may,) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count", "auto_vacuum")
    )
    return bool(may and free > _FREE + pages // 10)
