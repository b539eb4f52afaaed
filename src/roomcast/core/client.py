"""The other end: a client's half of the conversation, shared by the game-loop and the asyncio shells.

It numbers what is sent and keeps it until it comes back, comes back after
a lost connection with its session, sends again what was not acknowledged, and knows how long to wait.

State       what happens                            what follows
-------     ------------------------------------    ---------------------------------------------
offline     `connected`                             hello → greeting
greeting    welcome                                 everything unacknowledged again → live
            error, bye                              offline, or over
live        an entry                                `take_events`; our own is acknowledged
any         `disconnected`                          offline; `retry_at` says when to try again
any         bye that says no more, `leave`          over
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias, TypeGuard

import msgspec

from roomcast.core import codec, parcels
from roomcast.core.messages import (
    Act,
    AnyEntry,
    Bye,
    Check,
    Do,
    Done,
    Entry,
    Error,
    Hello,
    Hidden,
    Json,
    Promised,
    Put,
    Report,
    Resume,
    Set,
    Skipped,
    Snapshot,
    Welcome,
)
from roomcast.core.names import PARCEL
from roomcast.errors import BadArgument, ProtocolError, TooFast

FIRST_WAIT: Final = 0.1  # seconds before the first try to come back; then it doubles
LONGEST_WAIT: Final = 5.0  # seconds
MOST_WAITING: Final = 10_000  # messages that may wait to be acknowledged
MOST_PARCELS: Final = 100  # calls with bytes that may wait to be sent
_MOST_REPORTS: Final = 50  # of steps that wait to be told: who watches wants to see, not to drown


class Stage(Enum):
    OFFLINE = "offline"
    GREETING = "greeting"
    LIVE = "live"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Joined:
    """We are in, with a new session: start from this snapshot. `lost` says why an older one is over."""

    me: str
    seq: int
    snapshot: Snapshot
    lost: str = ""
    dropped: int = 0  # messages of the older session that were sent and never acknowledged
    log: int = 1  # which of the logs that this client has followed; entries with the same seq may differ


@dataclass(frozen=True, slots=True)
class Resumed:
    """The connection is back, and the log goes on without a gap: `missed` entries follow."""

    missed: int


@dataclass(frozen=True, slots=True)
class Offline:
    """The connection is lost; it is tried again by itself."""

    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """It is over: nothing will come any more."""

    code: str
    message: str


Event: TypeAlias = AnyEntry | Hidden | Skipped | Error | Joined | Resumed | Offline | Closed
"""What a shell gets from `take_events`, in order."""


class Client:
    """One player's half. `chance` gives numbers from 0 to 1, for the jitter of the waits."""

    def __init__(self, room: str, name: str, *, chance: Callable[[], float]) -> None:
        self.room = room
        self.name = name
        self.stage = Stage.OFFLINE
        self.me = ""  # our player id; "" before the first welcome
        self.code = ""  # the room's
        self.seen = 0  # seq of the last entry received
        self.log = 0  # which log that is in: a new session, or a loss, begins another
        self.limits: Promised | None = None
        self.every = 0  # of so many entries, the server wants to be told of one's six steps; 0: of none
        self.retry_at = 0.0  # when to try again, while offline
        self.sent_after: dict[int, float] = {}  # by number, where steps are watched: ms from acting to writing
        self._acted_at: dict[int, float] = {}
        self.events: deque[Event] = deque()
        self.over: Closed | None = None  # why no more will come
        self.farewell = ""  # why the server last sent us away, when we may come back
        self._chance = chance
        self._secret = ""
        self._epoch = 1
        self._n = 0
        self._waiting: deque[Act | Put] = deque()  # numbered, not acknowledged; the oldest first
        self._unsent = 0  # how many of those, at the end, have not been written to this connection
        self._never_sent = 0  # how many of those have not been written to any
        self._settle: tuple[int, int] | None = None  # by this seq, all up to that number must have come back
        self._parcels: deque[parcels.Outgoing] = deque()  # calls with bytes that have pieces left to send
        self._last_parcel = 0
        self._reports: deque[bytes] = deque()
        self._greeting = b""
        self._warned = False
        self._failures = 0

    @property
    def unacknowledged(self) -> int:
        """Messages that have not come back yet, and calls with bytes that are not sent yet."""
        return len(self._waiting) + len(self._parcels)

    def wait_before_retry(self, now: float) -> float:
        """Seconds to wait before the next try to connect; 0 when it is over, or time."""
        return 0.0 if self.stage is Stage.OVER else max(0.0, self.retry_at - now)

    @property
    def has_output(self) -> bool:
        """Whether `take_frame` may have something to write."""
        return bool(self._greeting or self._reports or self._unsent or self._may_send_piece)

    # ------------------------------------------------------------------ what the program wants

    def do(self, command: str, arguments: msgspec.Raw, to: tuple[str, ...] | None, now: float) -> int:
        """Number a command and keep it until it comes back. Raises `TooFast` and `BadArgument`."""
        n = self._add(Act(self._n + 1, command, arguments, to), command)
        if self.every:
            self._acted_at[n] = now
        return n

    def send(
        self,
        command: str,
        arguments: msgspec.Raw,
        blobs: Mapping[parcels.Place, bytes],
        to: tuple[str, ...] | None,
    ) -> None:
        """Send a call with bytes, in pieces, while other messages go on. Raises as `do`."""
        if len(self._parcels) >= MOST_PARCELS:
            raise TooFast(f"{MOST_PARCELS} calls with bytes wait to be sent, so {command} was not taken")
        parcel = parcels.Outgoing(self._last_parcel + 1, command, arguments, blobs, to)
        self._check_size(codec.encode(Act(self._n + 1, PARCEL, parcel.opening(), to)), command)
        self._last_parcel += 1
        self._parcels.append(parcel)

    def set(self, of: str, patch: dict[str, Json], *, whole: bool) -> int:
        """Number a patch of shared state ("me" or "room"). Raises as `do`."""
        return self._add(Put(self._n + 1, of, patch, whole), "the state")

    def is_asked_about(self, entry: Do) -> bool:
        """Whether the server wants to know when this entry has been run here."""
        if not self.every:
            return False
        if entry.s % self.every:
            if entry.by == self.me:
                self.sent_after.pop(entry.n, None)
            return False
        return True

    def report(self, entry: Do, ran: float) -> None:
        """Tell the server that an entry was run, in so many ms (only where it asks)."""
        if self.stage is Stage.LIVE and len(self._reports) < _MOST_REPORTS:
            sent = self.sent_after.pop(entry.n, None) if entry.by == self.me else None
            self._reports.append(codec.encode(Done(entry.s, ran, sent)))

    def check(self, seq: int, digest: str) -> None:
        """Let the server compare the hash of our program's state after the entry at `seq` with the others'.

        `seq` is in the log that we follow now: a program that has not come so far has nothing to compare.
        """
        if self.stage is Stage.LIVE and len(self._reports) < _MOST_REPORTS:
            self._reports.append(codec.encode(Check(seq, digest)))

    def leave(self) -> None:
        """It is over, by our own will."""
        self._end("left", "this program left the room")

    def _add(self, message: Act | Put, what: str) -> int:
        if len(self._waiting) >= MOST_WAITING:
            raise TooFast(
                f"{len(self._waiting)} messages wait to be sent or to come back, so {what} was not taken: "
                "send less often, or wait until the connection is back"
            )
        self._check_size(codec.encode(message), what)
        return self._take(message)

    def _take(self, message: Act | Put) -> int:
        self._n += 1
        self._waiting.append(message)
        self._warn_of_haste()
        self._unsent += 1
        self._never_sent += 1
        return self._n

    def _check_size(self, line: bytes, what: str) -> None:
        """The server would end the connection for it; here it is one call that fails. Raises `BadArgument`."""
        if self.limits is None:
            return
        size = len(line)
        if size > self.limits.message_size:
            raise BadArgument(
                f"{what} takes {size} bytes, and a message may have {self.limits.message_size}: send less, or in pieces"
            )
        if size > self.limits.json_depth or size > 2 * self.limits.json_values:
            try:
                codec.check_shape(line, self.limits)
            except ProtocolError as error:
                raise BadArgument(f"{what} cannot be sent: {error.message}: send less, or in pieces") from None

    def _warn_of_haste(self) -> None:
        """Tell the program, once, that it sends faster than the server takes: what it does comes ever later."""
        if self.limits is None or self.stage is not Stage.LIVE:
            return
        waiting, rate = len(self._waiting), self.limits.rate
        if waiting <= self.limits.burst:
            self._warned = False
        elif waiting > self.limits.burst + 2 * rate and not self._warned:
            self._warned = True
            message = (
                f"{waiting} of our messages wait, for the server takes {rate:g} a second from a player: "
                "send less often (setting: rate)"
            )
            self.events.append(Error("rate", message))

    # ------------------------------------------------------------------ what goes out

    def take_frame(self, now: float) -> bytes:
        """The next frame to write, b"" if there is none now."""
        if self._greeting:
            frame, self._greeting = self._greeting, b""
            return frame
        if self.stage is not Stage.LIVE or self.limits is None:
            return b""
        lines: list[bytes] = []
        room = self.limits.message_size
        if self._may_send_piece:
            return self._next_piece(self.limits.message_size)
        while self._reports and room > len(self._reports[0]):
            room -= len(self._reports[0]) + 1
            lines.append(self._reports.popleft())
        while self._unsent:
            message = self._waiting[-self._unsent]
            line = codec.encode(message)
            room -= len(line) + 1
            if room < 0 and lines:
                break
            lines.append(line)
            self._never_sent = min(self._never_sent, self._unsent - 1)
            self._unsent -= 1
            if self._acted_at:
                acted_at = self._acted_at.pop(message.n, None)
                if acted_at is not None and len(self.sent_after) < _MOST_REPORTS:
                    self.sent_after[message.n] = (now - acted_at) * 1000
        return b"\n".join(lines)

    @property
    def _may_send_piece(self) -> bool:
        """A few pieces are under way at a time, and the program's own commands come first."""
        if not self._parcels or self._unsent or self.stage is not Stage.LIVE:
            return False
        if len(self._waiting) >= parcels.WINDOW + parcels.COMMANDS_FIRST:
            return False
        return sum(_is_piece(message) for message in self._waiting) < parcels.WINDOW

    def _next_piece(self, message_size: int) -> bytes:
        """Number a piece, and write it at once: a piece that waits has been written to some connection."""
        parcel = self._parcels[0]
        self._n += 1
        piece = Act(self._n, PARCEL, parcel.take(message_size), parcel.to)
        self._waiting.append(piece)
        if parcel.done:
            self._parcels.popleft()
        return codec.encode(piece)

    def _give_up(self, refused: Act | Put | None) -> None:
        """A piece of ours was refused: its other pieces are of no use to anyone."""
        if refused is None or not _is_piece(refused):
            return
        number = parcels.number_of(refused.a)
        self._parcels = deque(parcel for parcel in self._parcels if parcel.id != number)
        self._take(Act(self._n + 1, PARCEL, parcels.given_up(number)))

    # ------------------------------------------------------------------ what the connection brings

    def connected(self) -> None:
        """A connection is open: hello goes out next."""
        self.stage = Stage.GREETING
        resume = Resume(self._secret, self.seen, self._epoch) if self._secret else None
        self._greeting = codec.encode(Hello(self.room, self.name, resume=resume))
        self.farewell = ""

    def receive(self, frame: bytes, now: float) -> None:
        """Take one frame in; what it brings is in `events`.

        Raises `ProtocolError` if the server does not keep to the protocol: then let the connection go.
        """
        for line in codec.lines_of(frame):
            if self.stage is Stage.OVER:
                return
            try:
                message = codec.decode_server(line)
            except ProtocolError as error:
                if error.code == "unknown-type":
                    continue  # of a later version: not for us
                raise
            if isinstance(message, Entry):
                self._check_order(message.s)
                if message.by == self.me and isinstance(message, Do | Set):
                    self._acknowledge(message.n)
                self.events.append(message)
                self._follow(message.s)
            elif type(message) is Hidden:
                self._check_order(message.s)
                self.events.append(message)
                self._follow(message.s)
            elif type(message) is Welcome:
                self._welcomed(message, now)
            elif type(message) is Skipped:
                self._skip(message)
            elif type(message) is Report:
                self._report_each(message.every)
            elif type(message) is Error:
                refused = self._acknowledge(message.n)
                self.events.append(message)
                self._give_up(refused)
            elif type(message) is Bye:
                self._dismissed(message, now)

    def disconnected(self, why: str, now: float) -> None:
        """The connection is gone, or could not be made."""
        if self.stage is Stage.OVER:
            return
        if self.stage is Stage.LIVE:
            self.events.append(Offline(self.farewell or why))
        self.stage = Stage.OFFLINE
        self._reports.clear()
        self._report_each(0)
        wait = min(FIRST_WAIT * 2**self._failures, LONGEST_WAIT)
        self._failures = min(self._failures + 1, 10)
        self.retry_at = max(self.retry_at, now + wait * (0.5 + self._chance() / 2))

    def _report_each(self, every: int) -> None:
        self.every = every
        if not every:
            self._acted_at.clear()
            self.sent_after.clear()

    def _check_order(self, seq: int) -> None:
        """Before anything of an entry counts: after a hole it would be run too early, and again after the resume."""
        if seq != self.seen + 1:
            raise ProtocolError("bad-message", f"entry {seq} came after {self.seen}: the order has a hole")

    def _follow(self, seq: int) -> None:
        self.seen = seq
        if self._settle is not None:
            self._settle_if_there()

    def _skip(self, skipped: Skipped) -> None:
        self.seen = skipped.last
        self.events.append(skipped)
        seq, taken = self._settle or (0, 0)
        reached = seq <= skipped.last  # if not, some of what the welcome counted still comes, as entries
        self._settle = (skipped.last, max(skipped.n, taken) if reached else skipped.n)
        self._settle_if_there()
        if not reached:
            self._settle = (seq, taken)

    def _settle_if_there(self) -> None:
        """At the place where the server was: what it had had by then, and did not come back, never will."""
        if self._settle is None or self.seen < self._settle[0]:
            return
        taken, self._settle = self._settle[1], None
        while self._waiting and self._waiting[0].n <= taken:
            n = self._waiting.popleft().n
            message = "the server has had it, but what became of it was not heard"
            self.events.append(Error("unanswered", message, n))
        self._unsent = min(self._unsent, len(self._waiting))
        self._never_sent = min(self._never_sent, self._unsent)

    def _acknowledge(self, n: int) -> Act | Put | None:
        """Our message `n` is done with: it came back, or was refused. Returns it."""
        waiting = self._waiting
        found: Act | Put | None = None
        if waiting and waiting[0].n == n:
            found = waiting.popleft()
        else:  # a refusal is heard at once, an entry a moment later: then it is not the oldest
            for message in waiting:
                if message.n == n:
                    found = message
                    waiting.remove(message)
                    break
        if self._unsent > len(waiting):  # a server that has seen what we never sent
            self._unsent = self._never_sent = len(waiting)
        return found

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        self.stage = Stage.LIVE
        self._failures = 0
        self.limits = welcome.limits
        self.every = int(welcome.steps)
        self._epoch = welcome.epoch
        self.code = welcome.code
        self.room = welcome.room or self.room  # we may have asked by the code, which another server does not know
        if welcome.resumed:
            if welcome.lost:
                self._follow_another_log(welcome)
            else:
                self.events.append(Resumed(welcome.s - self.seen))
            self._count_from(welcome.n)
            self._settle = (welcome.s, welcome.n)
            self._settle_if_there()
            return
        lost, dropped = "", 0
        if self._secret:
            lost = "the server no longer knows this session: it was away too long, or the server is a new one"
            dropped = len(self._waiting) - self._never_sent
        self._start_anew(dropped)
        self.me = welcome.me
        self._secret = welcome.session
        self.seen = welcome.s
        snapshot = welcome.snapshot if welcome.snapshot is not None else Snapshot()
        self.log += 1
        self.events.append(Joined(welcome.me, welcome.s, snapshot, lost, dropped, self.log))

    def _follow_another_log(self, welcome: Welcome) -> None:
        """A crash has undone entries that we have seen: go on from what the server has."""
        lost = f"the server ended before all was on its disk: {welcome.lost} entries that were seen here are undone"
        self.seen = welcome.s
        self.log += 1
        self.events.append(Joined(welcome.me, welcome.s, welcome.snapshot or Snapshot(), lost, log=self.log))
        self._restart_parcels()  # pieces of them may be undone

    def _count_from(self, n: int) -> None:
        """What the server has not had goes out again, under the numbers that it expects.

        They are the old ones, unless a crash has made the server forget that it refused some.
        """
        waiting = self._waiting
        had = sum(message.n <= n for message in waiting)
        again = list(waiting)[had:]
        for _ in again:
            waiting.pop()
        for number, message in enumerate(again, n + 1):
            waiting.append(message if message.n == number else msgspec.structs.replace(message, n=number))
        self._n = n + len(again)
        self._unsent = len(again)
        self._never_sent = min(self._never_sent, self._unsent)

    def _start_anew(self, dropped: int) -> None:
        """A new session counts from 1: what was never sent goes on under new numbers."""
        fresh = list(self._waiting)[dropped:]
        self._n = 0
        self._settle = None
        self._waiting.clear()
        for message in fresh:
            self._n += 1
            self._waiting.append(msgspec.structs.replace(message, n=self._n))
        self._unsent = self._never_sent = len(self._waiting)
        self._restart_parcels()

    def _restart_parcels(self) -> None:
        for parcel in self._parcels:
            parcel.restart()

    def _dismissed(self, bye: Bye, now: float) -> None:
        if bye.again is None:
            self._end(bye.code, bye.message)
        else:
            self.farewell = bye.message
            self.retry_at = now + bye.again

    def _end(self, code: str, message: str) -> None:
        if self.stage is not Stage.OVER:
            self.stage = Stage.OVER
            self.over = Closed(code, message)
            self.events.append(self.over)


def _is_piece(message: Act | Put) -> TypeGuard[Act]:
    return isinstance(message, Act) and message.c == PARCEL
