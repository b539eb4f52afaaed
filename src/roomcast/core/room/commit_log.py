"""The contract of commit logs: a room proposes entries, its commit log says which of them are committed.

Only committed entries are fed to connections and acknowledged. Guarantees of every commit log:

- Committed entries are a gap-free prefix of those appended, in their order. After a crash such a prefix is found again:
  at the level *full* at least all that was reported as committed.
- The number `n` that a session used for an entry is kept in the same transaction as the entry. So is all of a turn of a
  room with rules: what single players read of it, what it changes of the rules' truth, the numbers that are in it, the
  sessions that it ends.
- What `save_time` was given, and `time_kept` has come to, is found again after a crash, at every level.
- Of a session's secret only a hash is kept (`hashed`): who can read the disk cannot take anyone's place.
- A log may forget its oldest entries, but none after its snapshot: see `SavedRoom.lines`.
- No method waits for a disk, and none raises, but for `Store.start` and `Store.close`. What happens later is an event:
  the store calls the `wake` that it was started with, and whoever drives the rooms then takes the events with
  `Store.poll`, in the thread of the rooms.

Levels say when an appended entry counts as committed:

    none      at once: the log is in memory, and gone with the server
    relaxed   at once, and on disk within 50 ms: a crash may undo that much, and those who come back are told
    full      when it is on disk: nothing that anyone has seen is ever lost
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from sys import getsizeof
from typing import Final, Protocol, TypeAlias

from msgspec import Raw, Struct

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.private_lines import TurnLines
from roomcast.core.room.rules_fold import Truth, TruthPatch

SNAPSHOT_EVERY: Final = 5_000  # entries; a room is opened from its last snapshot and the entries after it
SNAPSHOT_EVERY_BYTES: Final = 8 * 1024 * 1024  # of entries, with what rules keep of them, if that comes first


_HASHED: Final = "sha256:"  # no secret has a colon in it


def hashed(secret: str) -> str:
    """What is kept of a session's secret; of what is hashed already, itself. Secrets are random: no salt is needed."""
    if secret.startswith(_HASHED):
        return secret
    return _HASHED + hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_hashed(secret: str) -> bool:
    return secret.startswith(_HASHED)


class Level(StrEnum):
    """When an appended entry counts as committed; see above."""

    NONE = "none"
    RELAXED = "relaxed"
    FULL = "full"


class World(Struct, frozen=True, gc=False):
    """The programs' own state after an entry, and the room's state there."""

    seq: int
    text: str  # JSON, as the programs write it; nobody here reads it
    snapshot: Snapshot

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, about: with one emoji in it, four for each character."""
        return getsizeof(self.text)


class SavedSession(Struct, frozen=True, gc=False):
    """A session as it was kept."""

    secret: str  # hashed where it comes from a disk
    player: str  # id
    name: str
    n: int  # the highest number taken from it
    left_state: Raw | None  # its shared state, where its seat was given up
    began: int | None = None  # seq after which private entries for its id are its own; None: it is of an older file


@dataclass(frozen=True, slots=True)
class SavedRoom:
    """What was kept of a room that was open before."""

    epoch: int  # how often it was opened, this time included; 1 is the first
    bases: dict[int, int]  # by epoch: the seq after which it began
    last: int  # seq of the newest entry
    snapshot: Snapshot  # the state at `snapshot_seq`
    snapshot_seq: int
    lines: list[bytes]  # public lines of the newest entries, the last of them at `last`; reaching back to the snapshot
    private: dict[int, bytes] = field(default_factory=dict)  # private lines among these, by seq
    sessions: list[SavedSession] = field(default_factory=list)
    world: World | None = None  # the newest that was kept
    told: int = 0  # Unix ms; the room's time may have been told up to it
    turns: dict[int, TurnLines] = field(default_factory=dict)  # what single players read, among `lines`, by seq
    truth: Truth | None = None  # of the rules at `snapshot_seq`; None: there were none until then
    truth_patches: dict[int, TruthPatch] = field(default_factory=dict)  # what the entries after it change of that

    @property
    def has_rules(self) -> bool:
        """Whether the room had rules when it was kept."""
        return self.truth is not None or bool(self.truth_patches)


class CommitLog(Protocol):
    """The commit log of one open room."""

    room: str  # its name
    committed: int  # seq; all entries up to it are committed. Changes inside `append` and `Store.poll` only.

    @property
    def kept(self) -> bool:
        """Whether what is committed outlives the room in memory, so that it opens again with all of that."""
        ...

    @property
    def time_kept(self) -> float:
        """What `save_time` was given, and is on disk: Unix ms. Changes inside `Store.poll` only."""
        ...

    @property
    def snapshot_due(self) -> bool:
        """Whether the room should call `save_snapshot` after this entry."""
        ...

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        """The next entry (`seq` is that of the one before plus 1): its public line, and the private one if it has one.

        `n` is the number that the session `secret` has used for it; 0: none.
        """
        ...

    def append_turn(
        self,
        seq: int,
        line: bytes,
        turn: TurnLines | None,
        truth: TruthPatch | None,
        numbers: Mapping[str, int],
        over: Collection[str] = (),
    ) -> None:
        """As `append`, for a turn of a room with rules. `turn`: what single players read of it, if some do.

        `truth`: what it changes of the rules' truth, if it does. `numbers`: by secret, the highest that is in it.
        `over`: secrets of the sessions that end with it.
        """
        ...

    def save_session(self, session: SavedSession) -> None:
        """A session is new, or has changed."""
        ...

    def forget_session(self, secret: str) -> None:
        """A session is over."""
        ...

    def save_snapshot(self, seq: int, snapshot: Snapshot, truth: Truth | None = None) -> None:
        """The state at the newest entry, from which a room can be opened quickly. `truth`: where it has rules."""
        ...

    def save_world(self, world: World) -> None:
        """The programs' own state at an entry that is committed; it takes the place of an older one."""
        ...

    def save_time(self, at: int) -> None:
        """The room's time may be told up to `at` (Unix ms) without an entry, once `time_kept` says so."""
        ...

    @property
    def settled(self) -> bool:
        """Whether all that was given is kept: closing now would lose nothing, whatever happens."""
        ...

    def close(self) -> None:
        """Nothing more comes; what was given is still kept. No event of this commit log follows."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A room's commit log is open. `saved` is what was kept of it; None: the room is new."""

    room: str
    commits: CommitLog
    saved: SavedRoom | None


@dataclass(frozen=True, slots=True)
class OpenFailed:
    """A room cannot be opened; `message` is a sentence saying why, and what to do."""

    room: str
    message: str


@dataclass(frozen=True, slots=True)
class Committed:
    """`commits.committed` or `commits.time_kept` has grown."""

    commits: CommitLog


@dataclass(frozen=True, slots=True)
class CommitFailed:
    """Nothing more will be committed: the room closes, and opens again from what is kept. Comes once."""

    commits: CommitLog
    message: str


StoreEvent: TypeAlias = Opened | OpenFailed | Committed | CommitFailed


@dataclass(frozen=True, slots=True)
class StoreTrouble:
    """Why a store commits nothing at the moment. It tries again by itself."""

    code: str  # "disk-full", or "disk" for everything else
    message: str  # a sentence saying why, and what to do


class Store(Protocol):
    """The commit logs of all rooms of a server."""

    @property
    def trouble(self) -> StoreTrouble | None:
        """Why nothing is committed at the moment; None: all is well. From any thread."""
        ...

    def start(self, wake: Callable[[], object]) -> None:
        """Make ready to open rooms; once, before anything else. May wait for a disk. Raises `CannotServe`.

        `wake` is called when `poll` has something and had nothing before; from any thread.
        """
        ...

    def close(self) -> None:
        """Commit what was given, and end: nothing more may be given. May wait for a disk."""
        ...

    def open(self, room: str) -> Opened | None:
        """Open a room's commit log. None: `Opened` or `OpenFailed` follows as an event.

        A room that was closed may be opened again at once: it is opened after all that was given for it is kept.
        """
        ...

    def rooms(self) -> Sequence[str]:
        """The names of all rooms that were kept when the store was started, in the order in which they were created."""
        ...

    def poll(self) -> list[StoreEvent]:
        """The events since the last call, in order."""
        ...
