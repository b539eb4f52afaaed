"""A file of rooms without a storage thread, and what stays in it; and that each limit of `--keep` holds."""

from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path
from typing import Any

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.log import HIGH_WATER
from roomcast.storage import sqlite_retention
from roomcast.storage.sqlite_batch import Batch, commit, prepare_commits
from roomcast.storage.sqlite_file import make_durable, prepare
from roomcast.storage.sqlite_opening import ReadLimits, open_rooms
from roomcast.storage.sqlite_retention import KeepLimits, Retention

DAY = 86_400
NOW = 1_700_000_000
DOING = '{{"t":"do","s":{},"by":"Ada","c":"x","a":["{}"]}}'


class RetainedFile:
    """Rooms in a file, in memory unless a path is given."""

    def __init__(self, limits: KeepLimits, file: str | Path = ":memory:") -> None:
        self.database = sqlite3.connect(file, isolation_level=None)
        make_durable(self.database)
        prepare(self.database, Path(file))
        prepare_commits(self.database)
        self.now = float(NOW)
        self.open: dict[int, str] = {}
        self.last: dict[int, int] = {}
        self.limits = limits
        self.start()

    def start(self) -> None:
        """A server starts with the file as it is."""
        self.open.clear()
        self.retention = Retention(Path("rooms.db"), self.limits, self.open.keys, lambda: self.now)

    def visit(self, name: str) -> int:
        """Somebody opens a room; returns its id."""
        (opened,) = open_rooms(self.database, [name], ReadLimits(10, 1000), 1.0)
        assert not isinstance(opened, Exception), opened
        self.database.execute("UPDATE rooms SET used = ? WHERE id = ?", [int(self.now), opened.id])
        self.open[opened.id], self.last[opened.id] = name, opened.last
        self.retention.opened(opened.id)
        return opened.id

    def write(self, room: int, *lines: str, snapshot: bool = False, private: str = "") -> None:
        """One batch."""
        batch = Batch()
        batch.first = self.last[room] + 1
        batch.lines = [one.encode() for one in lines]
        if private:
            batch.private = {str(batch.first): private}
        self.last[room] += len(lines)
        if snapshot:
            batch.snapshot = (self.last[room], Snapshot())
        commit(self.database, [batch.row(room)])
        self.retention.wrote(room, len(lines), batch.size, snapshot=snapshot)

    def act(self, room: int, count: int, size: int = 0, *, snapshot: bool = True) -> None:
        """So many commands, each in a batch of its own; and a snapshot after the last."""
        for number in range(1, count + 1):
            self.write(room, DOING.format(self.last[room] + 1, "x" * size), snapshot=snapshot and number == count)

    def leave(self, room: int) -> None:
        del self.open[room]
        self.retention.closed(room)

    def forget(self, steps: int = 100_000) -> int:
        """Forget all that is to be forgotten; returns in how many steps."""
        for step in itertools.count():
            if not self.retention.step(self.database):
                return step
            assert step < steps, "it comes to an end"
        raise AssertionError

    def look(self) -> None:
        """The time has come to look at the whole file; forget what is found."""
        self.retention._surveyed = float("-inf")
        self.forget()

    def names(self) -> list[str]:
        return [name for (name,) in self.database.execute("SELECT name FROM rooms ORDER BY id")]

    def seqs(self, room: int) -> tuple[int, int]:
        """The first and last seq of a room's log, which has no holes."""
        batches = self.database.execute(
            "SELECT first, last FROM batches WHERE room = ? ORDER BY first", [room]
        ).fetchall()
        assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(batches)), "a hole"
        return batches[0][0], batches[-1][1]

    def size(self, room: int) -> int:
        (size,) = self.database.execute("SELECT sum(length(lines)) FROM batches WHERE room = ?", [room]).fetchone()
        return int(size or 0)

    def rows(self, table: str) -> int:
        (count,) = self.database.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)


def limits(**keep: Any) -> KeepLimits:
    """As `roomcast serve` makes them of its limits."""
    return KeepLimits.of(Limits(**keep), history=False)


# ---------------------------------------------------------------------- each limit holds


def keep_entries() -> None:
    for file in (RetainedFile(limits(keep_entries=100)), RetainedFile(limits(kept_entries=100))):
        room = file.visit("dots")
        for _ in range(50):
            file.act(room, 10)
            file.forget()
            first, last = file.seqs(room)
            assert min(last, 100) <= last - first + 1 <= 100 * HIGH_WATER + 10


def keep_bytes() -> None:
    for file in (RetainedFile(limits(keep_bytes=10_000)), RetainedFile(limits(kept_bytes=10_000))):
        room = file.visit("dots")
        for count in range(1, 51):
            file.act(room, 10, 100)
            file.forget()
            assert min(count * 1000, 10_000) <= file.size(room) <= 10_000 * HIGH_WATER + 2000


def keep_total() -> None:
    file = RetainedFile(limits(keep_total=500_000))
    for count in range(20):
        file.now += DAY
        room = file.visit(f"room {count}")
        file.act(room, 10, 2000)
        file.leave(room)
        file.look()
    assert file.names() == [f"room {count}" for count in range(20 - len(file.names()), 20)], "the oldest have gone"
    assert 5 <= len(file.names()) <= 15
    assert file.rows("batches") == 10 * len(file.names())


def keep_rooms() -> None:
    file = RetainedFile(limits(keep_rooms=5))
    for count in range(20):
        file.now += 1
        room = file.visit(f"room {count}")
        file.act(room, 1)
        file.leave(room)
    file.visit("room 3")
    file.look()
    assert file.names() == ["room 3", "room 16", "room 17", "room 18", "room 19"]
    assert file.rows("batches") == file.rows("snapshots") == 5


def keep_days() -> None:
    file = RetainedFile(limits(keep_days=30))
    old, here = file.visit("old"), file.visit("here")
    for room in (old, here):
        file.act(room, 1)
    file.leave(old)
    file.forget()
    file.now += 31 * DAY
    file.look()
    assert file.names() == ["old", "here"], "not in the first hour: the clock may not be set yet"
    file.retention._started -= sqlite_retention.FIRST_DAYS + 1
    file.look()
    assert file.names() == ["here"]
