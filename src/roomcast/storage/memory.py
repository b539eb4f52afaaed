"""Commit logs in memory: entries are committed at once, and gone with the server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import inf
from typing import Final

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import Opened, SavedSession, StoreEvent, World
from roomcast.core.room.private_lines import TurnLines
from roomcast.core.room.rules_fold import Truth, TruthPatch


class MemoryCommitLog:
    """The commit log of a room that is not kept. It holds nothing: what may be needed is in the room's own log."""

    __slots__ = ("committed", "room", "snapshot_due")

    kept: Final = False
    settled: Final = True
    time_kept: Final = inf  # nothing opens again that could know less

    def __init__(self, room: str, committed: int = 0) -> None:
        self.room = room
        self.committed = committed
        self.snapshot_due = False

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        self.committed = seq

    def append_turn(
        self,
        seq: int,
        line: bytes,
        turn: TurnLines | None,
        truth: TruthPatch | None,
        numbers: Mapping[str, int],
        over: Collection[str] = (),
    ) -> None:
        self.committed = seq

    def save_session(self, session: SavedSession) -> None: ...

    def forget_session(self, secret: str) -> None: ...

    def save_snapshot(self, seq: int, snapshot: Snapshot, truth: Truth | None = None) -> None: ...

    def save_world(self, world: World) -> None: ...

    def save_time(self, at: int) -> None: ...

    def close(self) -> None: ...


class EphemeralStore:
    """A store that keeps nothing: every room is new, and opens at once."""

    trouble: Final = None

    def start(self, wake: Callable[[], object]) -> None: ...

    def close(self) -> None: ...

    def open(self, room: str) -> Opened:
        return Opened(room, MemoryCommitLog(room), None)

    def rooms(self) -> Sequence[str]:
        return ()

    def poll(self) -> list[StoreEvent]:
        return []
