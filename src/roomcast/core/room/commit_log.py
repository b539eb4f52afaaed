"""The contract between a room and what writes its log down.

Guarantees that a journal gives:
- What it is given in one order is on disk in that order: after a crash there is a beginning of it, without holes.
- Numbers of sessions are on disk together with the entries that used them.
- It calls `saved` with the seq up to which all is on disk, in the thread of the event loop, never from inside a call;
  or `failed`, with a sentence, once: then nothing more is written.
- What it is given does not wait for the disk.

Three levels say what a room waits for:

    none      nothing: the log is in memory, and gone with the server
    relaxed   entries are seen at once, and on disk within 50 ms: a crash may lose that much, and says so
    full      entries are on disk before anyone sees them: nothing that anyone saw is ever lost
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from roomcast.core.protocol.messages import Json, Snapshot

SNAPSHOT_EVERY: Final = 5_000  # entries; a room is opened from the last snapshot and what came after it


class Level(StrEnum):
    NONE = "none"
    RELAXED = "relaxed"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A session as it was when the server ended."""

    secret: str
    player: str
    name: str
    n: int  # the highest number taken from it
    left_state: dict[str, Json] | None  # its shared state, where its seat was given up


@dataclass(frozen=True, slots=True)
class SavedRoom:
    """What is known of a room that was there before."""

    epoch: int  # how often it was opened, this time included; 1 is the first
    bases: dict[int, int]  # by epoch: the seq after which it began
    last: int  # seq of the newest entry
    snapshot: Snapshot  # the state at `snapshot_seq`
    snapshot_seq: int
    lines: list[bytes]  # public lines of the newest entries, the last of them at `last`; reaching back to the snapshot
    private: dict[int, bytes] = field(default_factory=dict)  # private lines among these, by seq
    sessions: list[SavedSession] = field(default_factory=list)


class Journal(Protocol):
    """Where one room's log is written down."""

    level: Level
    snapshot_every: int  # entries; so often it wants a snapshot
    saved_upto: int  # seq; all up to it is on disk

    def listen(self, saved: Callable[[int], None], failed: Callable[[str], None]) -> None:
        """Name the functions to call."""
        ...

    def entry(self, seq: int, line: bytes, private: bytes | None, secret: str = "", n: int = 0) -> None:
        """The next entry; `n` is the number that the session `secret` has used for it, if any."""
        ...

    def session(self, session: SavedSession) -> None:
        """A session is new, or has changed."""
        ...

    def forget(self, secret: str) -> None:
        """A session is over."""
        ...

    def snapshot(self, seq: int, state: Snapshot) -> None:
        """The state at the newest entry, from which a room can be opened soon."""
        ...

    def close(self) -> None:
        """No more comes, for the room is no longer needed in memory. What was given is still written."""
        ...


class Store(Protocol):
    """All rooms that are written down."""

    def open(self, room: str) -> tuple[Journal | None, SavedRoom | None]:
        """A room's journal (None: it is not to be kept), and what was there before (None: nothing).

        Raises `Refused` ("disk") where the disk does not let us.
        """
        ...

    def rooms(self) -> list[str]:
        """The names of all rooms that are written down; none where they cannot be read."""
        ...

    def room_of(self, secret: str) -> str | None:
        """The name of the room that a session belongs to."""
        ...
