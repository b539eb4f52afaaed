"""Commit logs on a simulated disk: what they give are changes of what is on disk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from msgspec import structs

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import SNAPSHOT_EVERY_BYTES, Level, SavedSession, World, hashed
from roomcast.core.room.private_lines import TurnLines
from roomcast.core.room.rules_fold import Truth, TruthPatch


@dataclass
class RoomOnDisk:
    """What is on the disk of one room."""

    gone: int = 0  # seq up to which the log is forgotten
    lines: list[bytes] = field(default_factory=list)  # those after it
    private: dict[int, bytes] = field(default_factory=dict)
    sessions: dict[str, SavedSession] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)  # by epoch: the seq after which it began
    snapshot: tuple[int, Snapshot] = (0, Snapshot())
    world: World | None = None
    told: int = 0  # the room's time may have been told up to it
    turns: dict[int, TurnLines] = field(default_factory=dict)
    truth: Truth | None = None  # at the snapshot
    truth_patches: dict[int, TruthPatch] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The seq of the newest entry."""
        return self.gone + len(self.lines)

    def after(self, seq: int) -> list[bytes]:
        """The lines of the entries after a seq; they must not be forgotten."""
        return self.lines[seq - self.gone :]

    def append(self, seq: int, line: bytes, numbers: Mapping[str, int]) -> None:
        """One more entry, and the numbers that are used by it, by secret."""
        assert seq == self.last + 1, "a hole on the disk"
        self.lines.append(line)
        for secret, n in numbers.items():
            if (key := hashed(secret)) in self.sessions:
                self.sessions[key] = structs.replace(self.sessions[key], n=n)

    def forget(self, kept: int) -> None:
        """Forget the oldest entries but the newest `kept`, and none that came after the snapshot."""
        upto = min(self.snapshot[0], self.last - kept)
        if upto > self.gone:
            self.lines, self.gone = self.after(upto), upto
            self.private = {seq: line for seq, line in self.private.items() if seq > upto}
            self.turns = {seq: turn for seq, turn in self.turns.items() if seq > upto}
            self.truth_patches = {seq: one for seq, one in self.truth_patches.items() if seq > upto}


Change: TypeAlias = Callable[[RoomOnDisk], object]


class Disk(Protocol):
    """Where the changes go."""

    snapshot_every: int  # entries

    def appended(self, log: DiskCommitLog, seq: int, line: bytes, turn: TurnLines | None, is_turn: bool, /) -> object:
        """A commit log was given an entry."""
        ...

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

    kept: Final = True

    def __init__(self, disk: Disk, room: str, level: Level) -> None:
        self.room = room
        self.level = level
        self.committed = 0
        self.time_kept: float = 0
        self.snapshot_due = False
        self.opened = False
        self.closed = False
        self.synced = 0  # seq; the disk has all up to it
        self.synced_time = 0  # of what `save_time` was given
        self.waits = 0  # changes that are not on disk yet
        self._disk = disk
        self._since = (0, 0)  # the last snapshot: entries, and bytes of their lines

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        def write(kept: RoomOnDisk) -> None:
            kept.append(seq, line, {secret: n} if n else {})
            if private is not None:
                kept.private[seq] = private

        self._append(seq, len(line), write)
        self._disk.appended(self, seq, private or line, None, False)

    def append_turn(
        self,
        seq: int,
        line: bytes,
        turn: TurnLines | None,
        truth: TruthPatch | None,
        numbers: Mapping[str, int],
        over: Collection[str] = (),
    ) -> None:
        def write(kept: RoomOnDisk) -> None:
            kept.append(seq, line, numbers)
            for secret in over:
                kept.sessions.pop(hashed(secret), None)
            if turn is not None:
                kept.turns[seq] = turn
            if truth is not None:
                kept.truth_patches[seq] = truth

        size = len(line) + (0 if turn is None else turn.size) + (0 if truth is None else len(truth.text))
        self._append(seq, size, write)
        self._disk.appended(self, seq, line, turn, True)

    def _append(self, seq: int, size: int, write: Change) -> None:
        if self.closed:
            return
        self._give(write)
        if self.level is Level.RELAXED:
            self.committed = seq
        self._count(1, size)

    def save_session(self, session: SavedSession) -> None:
        kept_as = structs.replace(session, secret=hashed(session.secret))
        self._give(lambda kept: kept.sessions.update({kept_as.secret: kept_as}))

    def forget_session(self, secret: str) -> None:
        self._give(lambda kept: kept.sessions.pop(hashed(secret), None))

    def save_snapshot(self, seq: int, snapshot: Snapshot, truth: Truth | None = None) -> None:
        def write(kept: RoomOnDisk) -> None:
            kept.snapshot, kept.truth = (seq, snapshot), truth

        self._give(write)
        self.count_from([])

    def save_world(self, world: World) -> None:
        self._give(lambda kept: setattr(kept, "world", world))

    def save_time(self, at: int) -> None:
        self._give(lambda kept: setattr(kept, "told", at))

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
