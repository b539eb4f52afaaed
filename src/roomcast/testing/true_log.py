"""The complete log of a room: every entry and every state since seq 1, also where the room keeps only the newest.

All checks compare with it: what programs received, what the room shows, what is on disk.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Raw

from roomcast.core.protocol.line_codec import STANDARD
from roomcast.core.protocol.messages import AnyEntry, Do, Join, Leave, Set
from roomcast.core.protocol.names import PARCEL, STARTER_WORDS
from roomcast.core.room.commit_log import Level
from roomcast.core.room.fold import EMPTY, RoomState, apply
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.room.shared_map import SharedMap
from roomcast.testing.actions import ActionLog
from roomcast.testing.audited_rules import AuditedBehaviour
from roomcast.testing.rules_record import RulesRecord

Place: TypeAlias = tuple[int, int]
"""Of a line among those that line clients are sent: the seq of the entry before it, and how many lines of the next one
came up to it; 0 where it is the last of the entry that the seq is of."""


class TrueLog:
    """All entries of a room while one server process had it open.

    When a room is opened again from disk, a new `TrueLog` begins. It shares the first `base` entries with the one
    `before` it; entries of `before` after these were lost in a crash.
    """

    def __init__(self, room: Room, level: Level, before: TrueLog | None, base: int) -> None:
        self.room = room
        self.rules = record_of(room)  # None: it is a relay
        self.level = level
        self.before = before
        self.base = base
        self.entries: list[AnyEntry] = before.entries[:base] if before else []
        self.states: list[RoomState] = before.states[: base + 1] if before else [EMPTY]  # by seq: the fold up to it
        self.authors: dict[int, tuple[ActionLog, int]] = {}  # by seq: which action, by index, of which program it is
        self.numbers: dict[int, tuple[str, int]] = {}  # by seq: the session and the number `n` of its message
        self.left: dict[str, tuple[int, Raw]] = {}  # by player: seq of its leave, and its state then
        self.sessions: set[str] = set()  # that have ever been in the room
        if before is not None:
            self.left = {who: left for who, left in before.left.items() if left[0] <= base}
            self.sessions = set(before.sessions)
            self.authors = {seq: author for seq, author in before.authors.items() if seq <= base}
            self.numbers = {seq: number for seq, number in before.numbers.items() if seq <= base}
        self.last_action: dict[ActionLog, int] = dict(self.authors.values())  # by program: index of its newest action
        self.last_n: dict[str, int] = dict(self.numbers.values())  # by session: the newest number
        self.saved = base  # seq up to which all is on disk
        self.until = 0  # the room's time when the server was last seen alive
        self.own: dict[tuple[int, int], str] = {}  # programs' own state, by seq and the number of timers run
        self.worlds: dict[tuple[int, int], str] = {}  # the same with the timers that wait, by seq and the room's time
        self.false_worlds: set[str] = set()  # what liars have given as that, and who was out of step with the log

    @property
    def last(self) -> int:
        """The seq of the newest entry."""
        return len(self.entries)

    def newest_join(self, player: str) -> int:
        """The seq at which a player last took a seat; 0: it never did."""
        for seq in range(self.last, 0, -1):
            entry = self.entries[seq - 1]
            if isinstance(entry, Join) and entry.by == player:
                return seq
        return 0

    def owned_by(self, owner: str, seq: int) -> SharedMap:
        """The shared state of a player after an entry, or of the room ("")."""
        state = self.states[seq]
        return state.players[owner].state if owner else state.shared

    def origin(self, seq: int) -> TrueLog:
        """The log of the server process that has added that entry."""
        log = self
        while log.before is not None and seq <= log.base:
            log = log.before
        return log

    def world(self, seq: int, at: int) -> str | None:
        """The text of the world after an entry, at the room's time `at`; None where no honest program has saved it."""
        return self.origin(seq).worlds.get((seq, at))

    def common(self, later: TrueLog) -> int:
        """The seq up to which this log and a later one of the same room are equal; 0 for unrelated logs."""
        least = self.last
        while later is not self:
            least = min(least, later.base)
            if later.before is None:
                return 0
            later = later.before
        return least

    def joined_at(self, player: str) -> int:
        """The seq of a player's last join."""
        return next(entry.s for entry in reversed(self.entries) if isinstance(entry, Join) and entry.by == player)

    def lines_for(self, player: str, after: Place) -> list[tuple[Place, bytes]]:
        """The lines after a place that a line client is sent: commands of others, and events of rules, for it."""
        found: list[tuple[Place, bytes]] = []
        for entry in self.entries[after[0] :]:
            lines = self._lines_of(entry, player)
            places = [(entry.s, 0)] if len(lines) == 1 else [(entry.s - 1, count) for count in range(1, len(lines))]
            found += zip([*places, (entry.s, 0)], lines, strict=False)
        return [one for one in found if one[0] > after]

    def _lines_of(self, entry: AnyEntry, player: str) -> list[bytes]:
        if _is_line_for(entry, player):
            return STANDARD.render(entry).splitlines()
        if self.rules is None or entry.s not in self.rules.moments:
            return []
        return STANDARD.render_events(self.rules.moments[entry.s].entry_for(player)).splitlines()

    def new_entries(self) -> list[AnyEntry]:
        """The entries of the room that are not here yet."""
        if self.rules is not None:
            return self.rules.entries_after(self.last)
        return self.room.log.entries(self.last, self.room.log.last)

    def add(self, entry: AnyEntry) -> None:
        """Append an entry, and fold it."""
        self.entries.append(entry)
        state = self.states[-1]
        if type(entry) is Leave and entry.by in state.players:
            self.left[entry.by] = (entry.s, state.players[entry.by].state.text())
        self.states.append(state if type(entry) is Do else apply(state, entry))

    def set_number(self, entry: Do | Set, session: str) -> None:
        """The entry is the message with its number `n` of that session."""
        self.numbers[entry.s] = (session, entry.n)
        self.last_n[session] = entry.n

    def set_author(self, entry: Do | Set, actions: ActionLog, index: int) -> None:
        """The entry is that action of that program."""
        self.authors[entry.s] = (actions, index)
        self.last_action[actions] = index


def record_of(room: Room) -> RulesRecord | None:
    """What is noted of a room with rules; None: it is a relay."""
    behaviour = room.behaviour if isinstance(room, RuledRoom) else None
    return behaviour.record if isinstance(behaviour, AuditedBehaviour) else None


def _is_line_for(entry: AnyEntry, player: str) -> bool:
    if not isinstance(entry, Do) or entry.c in STARTER_WORDS or entry.c == PARCEL:
        return False  # the line protocol cannot express it
    return entry.by != player and (entry.to is None or player in entry.to)
