"""The whole log of a room as it truly was, whatever the room itself still keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from roomcast.core.protocol.messages import AnyEntry, Do, Join, Json, Leave, Set
from roomcast.core.protocol.names import PARCEL, STARTER_WORDS
from roomcast.core.room.commit_log import Level
from roomcast.core.room.fold import EMPTY, RoomState, apply
from roomcast.core.room.room import Room

if TYPE_CHECKING:
    from roomcast.testing.views import View

Doing: TypeAlias = tuple[Any, ...]
"""What a program did, so that it can be recognised in a log: a command and its arguments, or a patch."""


def doing_of(entry: AnyEntry) -> Doing:
    """What an entry says that somebody did."""
    if isinstance(entry, Do):
        return (entry.c, bytes(entry.a), entry.to)
    assert isinstance(entry, Set)
    return (entry.of, entry.p, entry.whole)


def is_for(entry: AnyEntry, me: str) -> bool:
    """Whether a starter client of that id hears an entry: it hears the commands of others."""
    if not isinstance(entry, Do) or entry.c in STARTER_WORDS or entry.c == PARCEL:
        return False  # it has no word for it
    return entry.by != me and (entry.to is None or me in entry.to)


class Chronicle:
    """All entries of a room, from its beginning, as they stood while one server had it open.

    After a crash the room goes on from what was on disk: a new chronicle, which shares its first `base` entries
    with the one `before`.
    """

    def __init__(self, room: Room, level: Level, before: Chronicle | None, base: int) -> None:
        self.room = room
        self.level = level
        self.before = before
        self.base = base
        self.entries: list[AnyEntry] = before.entries[:base] if before else []
        self.states: list[RoomState] = before.states[: base + 1] if before else [EMPTY]  # by seq: the fold
        self.whose: dict[int, tuple[View, int]] = {}  # by seq: who did it, and which of its doings it is
        self.numbers: dict[int, tuple[str, int]] = {}  # by seq: under which number of which session it came
        self.left: dict[str, tuple[int, dict[str, Json]]] = {}  # by player: where it left, and with which own state
        self.sessions: set[str] = set()  # that have been in the room
        if before is not None:
            self.left = {who: left for who, left in before.left.items() if left[0] <= base}
            self.sessions = set(before.sessions)
            self.whose = {seq: own for seq, own in before.whose.items() if seq <= base}
            self.numbers = {seq: own for seq, own in before.numbers.items() if seq <= base}
        self.last_done: dict[View, int] = dict(self.whose.values())
        self.last_n: dict[str, int] = dict(self.numbers.values())
        self.saved = base  # seq; all up to it is on disk

    @property
    def last(self) -> int:
        return len(self.entries)

    def common(self, later: Chronicle) -> int:
        """How many of the entries here are entries of a later chronicle, too."""
        least = self.last
        while later is not self:
            least = min(least, later.base)
            if later.before is None:
                return 0
            later = later.before
        return least

    def joined(self, player: str) -> int:
        """The seq at which a player came the last time."""
        return next(entry.s for entry in reversed(self.entries) if isinstance(entry, Join) and entry.by == player)

    def add(self, entry: AnyEntry) -> None:
        self.entries.append(entry)
        state = self.states[-1]
        if type(entry) is Leave and entry.by in state.players:
            self.left[entry.by] = (entry.s, state.players[entry.by].state)
        self.states.append(state if type(entry) is Do else apply(state, entry))

    def number(self, entry: Do | Set, session: str) -> None:
        """The entry came under its number from that session."""
        self.numbers[entry.s] = (session, entry.n)
        self.last_n[session] = entry.n

    def own(self, entry: Do | Set, view: View, number: int) -> None:
        """The entry is what a program did, and which of its doings."""
        self.whose[entry.s] = (view, number)
        self.last_done[view] = number
