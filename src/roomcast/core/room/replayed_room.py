"""A room that runs a recorded log again, for onlookers: programs that join and read, and change nothing.

The log has the recorded entries alone, with the seqs, players and times that they had: so all who read it come to the
same state, dice and timers as those who were there. Who joins has a session and no seat: there is no entry of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import floor
from typing import Any, ClassVar, Final

from roomcast.core.protocol import codec, names
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import AnyEntry, DoRequest, Hidden, SetRequest
from roomcast.core.protocol.recording import Header
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog, SavedRoom, World
from roomcast.core.room.flush_queue import FlushQueue
from roomcast.core.room.fold import apply
from roomcast.core.room.order import Order
from roomcast.core.room.parties import ALONE, Claim
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.errors import Refused

_ONLOOKER: Final = "onlooker"
_AT_ONCE: Final = 1000  # entries that `advance` takes before the room is flushed


class ReplayedOrder(Order):
    """An order that takes recorded entries, and whose time runs at a speed of its own.

    The time never passes the next entry's: what is told of it holds.
    """

    __slots__ = ("_base", "_since", "next_at", "speed")

    def __init__(self, commits: CommitLog, clock: Clock) -> None:
        super().__init__(commits, clock)
        self.speed = 1.0
        self.next_at: float = 0.0  # of the entry that comes next: Unix milliseconds
        self._since, self._base = 0.0, 0.0  # a moment, and the recorded time then (milliseconds)

    def time(self, now: float) -> int:
        return max(self.at, floor(min(self.recorded(now), self.next_at)))

    def recorded(self, now: float) -> float:
        """The recorded time that has come by now, whatever stands there."""
        return self._base + (now - self._since) * self.speed * 1000

    def monotonic(self, at: float) -> float:
        return self._since + (at - self._base) / (self.speed * 1000) + 1e-6

    def go_on_from(self, at: float, now: float) -> None:
        """It is `at` now."""
        self._since, self._base = now, at

    def set_time(self, now: float) -> None:
        """The clock has no say here."""

    def replay(self, entry: AnyEntry | Hidden, line: bytes) -> None:
        """Append the next recorded entry."""
        state = self.state if isinstance(entry, Hidden) else apply(self.state, entry)
        try:
            self.state = state
            self.at = max(self.at, entry.at)
            self.append(entry.s, line)
            self._commit(entry.s, line, None, "", 0)
        except Exception as error:
            raise RoomBroken(self.commits) from error


class ReplayedRoom(Room):
    """A room in which `entries`, those after the header's place, happen again, `speed` times as fast as they did.

    It begins when `advance` is called first. Recorded entries are all that is in its log: commands and patches of those
    who join are refused ("replay").
    """

    __slots__ = ("_begun", "_entries", "_recorded", "order")

    replays: ClassVar[bool] = True

    def __init__(
        self,
        header: Header,
        entries: Sequence[AnyEntry | Hidden],
        limits: Limits,
        now: float,
        *,
        flushes: FlushQueue[Room],
        clock: Clock,
        commits: CommitLog,
        speed: float = 1.0,
    ) -> None:
        self._entries: Final = deque(entries)
        self._recorded: Final = frozenset(
            [player.id for player in header.snapshot.players] + [getattr(entry, "by", "") for entry in entries]
        )
        self._begun = False
        world = World(header.s, header.world, header.snapshot) if header.world else None
        saved = SavedRoom(1, {1: header.s}, header.s, header.snapshot, header.s, [], world=world)
        super().__init__(
            header.room, limits, now, flushes=flushes, clock=clock, commits=commits, saved=saved if header.s else None
        )
        order = self.order
        order.at = header.snapshot.at
        order.speed = speed
        order.next_at = float(order.at)

    def _make_order(self, commits: CommitLog, clock: Clock) -> Order:
        self.order = ReplayedOrder(commits, clock)
        return self.order

    def advance(self, now: float) -> float | None:
        """Let what is due by now happen. Returns seconds until more is; None: nothing more comes.

        Time in which nobody was in the recorded room is left out. Raises `RoomBroken`.
        """
        order, entries = self.order, self._entries
        for _ in range(_AT_ONCE):
            if not entries:
                order.next_at = float(order.at)
                return None
            entry = entries[0]
            order.next_at = float(entry.at)
            if not self._begun or (entry.at > order.recorded(now) and not self._is_anyone_recorded()):
                self._begun = True
                order.go_on_from(float(entry.at), now)
            if entry.at > order.recorded(now):
                return order.monotonic(entry.at) - now
            order.replay(entry, codec.encode(entry))
            entries.popleft()
            self._schedule_flush()
        order.next_at = float(order.at)  # until it is known when the next one comes
        return 0.0

    def _is_anyone_recorded(self) -> bool:
        return any(player.here for player in self.log.state.players.values())

    # ------------------------------------------------------------------ onlookers

    def join(
        self,
        name: str,
        secret: str,
        now: float,
        wanted_id: str | None = None,
        address: str = "",
        claim: Claim = ALONE,
        auth: bytes = b"",
    ) -> Session:
        """An onlooker, whose id is nobody's in the recording."""
        taken = dict.fromkeys(self._recorded | self.sessions.keys())
        return super().join(name, secret, now, names.new_id(wanted_id or name or _ONLOOKER, taken), address)

    def sweep(self, now: float) -> None:
        self.empty_since = None  # it stays open when the last onlooker goes
        super().sweep(now)

    def do(self, session: Session, request: DoRequest, now: float) -> int:
        raise self._refused(session, request.n)

    def set(self, session: Session, request: SetRequest, now: float) -> int:
        raise self._refused(session, request.n)

    def _refused(self, session: Session, n: int) -> Refused:
        session.use_up(n)
        return Refused("replay", f"the room {self.name!r} is a replay: nothing can be sent there", n)

    def _free_seat(self, address: str, now: float, *, returning: bool = False, claim: Claim = ALONE) -> None:
        """Onlookers take no seat."""

    def _propose(
        self, kind: type[AnyEntry], by: str, now: float, fields: tuple[Any, ...] = (), secret: str = "", n: int = 0
    ) -> None:
        """What happens now is in no log."""
