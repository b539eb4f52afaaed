"""Commit logs in memory: an entry is committed at once, and nothing outlives the server."""

from __future__ import annotations

from collections.abc import Sequence

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import Opened, SavedSession, StoreEvent


class MemoryCommitLog:
    """Commits at once and keeps nothing."""

    __slots__ = ("committed", "room")
    snapshot_due = False
    settled = True

    def __init__(self, room: str, committed: int) -> None:
        self.room = room
        self.committed = committed

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        self.committed = seq

    def save_session(self, session: SavedSession) -> None: ...
    def forget_session(self, secret: str) -> None: ...
    def save_snapshot(self, seq: int, snapshot: Snapshot) -> None: ...
    def close(self) -> None: ...


class EphemeralStore:
    def open(self, room: str) -> Opened:
        return Opened(room, MemoryCommitLog(room, 0), None)

    def rooms(self) -> Sequence[str]:
        return ()

    def poll(self) -> list[StoreEvent]:
        return []
