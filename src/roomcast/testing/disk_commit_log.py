"""Commit logs on a simulated disk: what they give are changes of what is on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from msgspec import structs

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import SNAPSHOT_EVERY_BYTES, Level, SavedSession


@dataclass
class RoomOnDisk:
    """What is on the disk of one room."""

    lines: list[bytes] = field(default_factory=list)
    private: dict[int, bytes] = field(default_factory=dict)
    sessions: dict[str, SavedSession] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)  # by epoch: the seq after which it began
    snapshot: tuple[int, Snapshot] = (0, Snapshot())


Change: TypeAlias = Callable[[RoomOnDisk], object]


class Disk(Protocol):
    """Where the changes go."""

    snapshot_every: int  # entries

    def take(self, log: DiskCommitLog, change: Change) -> None:
        """A change is to be written, after all that came before."""
        ...

    def holds(self, log: DiskCommitLog) -> bool:
        """Whether what the commit log gives is still written."""
        ...

    def release(self, log: DiskCommitLog) -> None:
        """A commit log is closed: forget it when all of it is on disk."""
        ...


class DiskCommitLog:
    """The commit log of one room on the simulated disk."""

    def __init__(self, disk: Disk, room: str, level: Level) -> None:
        self.room = room
        self.level = level
        self.committed = 0
        self.snapshot_due = False
        self.opened = False
        self.closed = False
        self.synced = 0  # seq; the disk has all up to it
        self.waits = 0  # changes that are not on disk yet
        self._disk = disk
        self._since = (0, 0)  # the last snapshot: entries, and bytes of their lines

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        def write(kept: RoomOnDisk) -> None:
            assert seq == len(kept.lines) + 1, "a hole on the disk"
            kept.lines.append(line)
            if private is not None:
                kept.private[seq] = private
            if n and secret in kept.sessions:
                kept.sessions[secret] = structs.replace(kept.sessions[secret], n=n)

        if self.closed:
            return
        self._give(write)
        if self.level is Level.RELAXED:
            self.committed = seq
        self._count(1, len(line))

    def save_session(self, session: SavedSession) -> None:
        self._give(lambda kept: kept.sessions.update({session.secret: session}))

    def forget_session(self, secret: str) -> None:
        self._give(lambda kept: kept.sessions.pop(secret, None))

    def save_snapshot(self, seq: int, snapshot: Snapshot) -> None:
        self._give(lambda kept: setattr(kept, "snapshot", (seq, snapshot)))
        self.count_from([])

    @property
    def settled(self) -> bool:
        return not self.waits and self._disk.holds(self)

    def close(self) -> None:
        self.closed = True
        self._disk.release(self)

    def count_from(self, lines: Sequence[bytes]) -> None:
        """These entries have come since the last snapshot."""
        self._since = (0, 0)
        self._count(len(lines), sum(map(len, lines)))

    def _count(self, entries: int, size: int) -> None:
        self._since = (self._since[0] + entries, self._since[1] + size)
        self.snapshot_due = self._since[0] >= self._disk.snapshot_every or self._since[1] >= SNAPSHOT_EVERY_BYTES

    def _give(self, change: Change) -> None:
        if not self.closed:
            self._disk.take(self, change)
