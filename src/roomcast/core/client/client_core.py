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
from typing import Final, TypeAlias

import msgspec

from roomcast.core.client import parcels
from roomcast.core.client.outbox import Outbox
from roomcast.core.client.parcel_queue import Sending
from roomcast.core.client.reports import Reports
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import (
    Act,
    AnyEntry,
    Bye,
    Check,
    Do,
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
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import BadArgument, ProtocolError, TooFast

FIRST_WAIT: Final = 0.1  # seconds before the first try to come back; then it doubles
LONGEST_WAIT: Final = 5.0  # seconds
_FORGOTTEN: Final = "the server no longer knows this session: it was away too long, or the server is a new one"
MOST_WAITING: Final = 10_000  # messages that may wait to be acknowledged


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


class ClientCore:
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
        self.retry_at = 0.0  # when to try again, while offline
        self.events: deque[Event] = deque()
        self.over: Closed | None = None  # why no more will come
        self.farewell = ""  # why the server last sent us away, when we may come back
        self._chance = chance
        self._secret = ""
        self._epoch = 1
        self.outbox: Final = Outbox()  # what is not acknowledged
        self.reports: Final = Reports()
        self._sending = Sending()
        self._settle: tuple[int, int] | None = None  # by this seq, all up to that number must have come back
        self._greeting = b""
        self._warned = False
        self._failures = 0

    @property
    def unacknowledged(self) -> int:
        """Messages that have not come back yet, and calls with bytes that are not sent yet."""
        return len(self.outbox.waiting) + len(self._sending)

    def wait_before_retry(self, now: float) -> float:
        """Seconds to wait before the next try to connect; 0 when it is over, or time."""
        return 0.0 if self.stage is Stage.OVER else max(0.0, self.retry_at - now)

    @property
    def has_output(self) -> bool:
        """Whether `take_frame` may have something to write."""
        return bool(self._greeting or self.reports or self.outbox.unsent or self._may_send_piece)

    # ------------------------------------------------------------------ what the program wants

    def do(self, command: str, arguments: msgspec.Raw, to: tuple[str, ...] | None, now: float) -> int:
        """Number a command and keep it until it comes back. Raises `TooFast` and `BadArgument`."""
        n = self._add(Act(self.outbox.n + 1, command, arguments, to), command)
        if self.reports.every:
            self.reports.acted(n, now)
        return n

    def send(
        self,
        command: str,
        arguments: msgspec.Raw,
        blobs: Mapping[parcels.Place, bytes],
        to: tuple[str, ...] | None,
    ) -> None:
        """Send a call with bytes, in pieces, while other messages go on. Raises as `do`."""
        parcel = self._sending.make(command, arguments, blobs, to)
        self._check_size(codec.encode(Act(self.outbox.n + 1, PARCEL, parcel.opening(), to)), command)
        self._sending.add(parcel)

    def set(self, of: str, patch: dict[str, Json], *, whole: bool) -> int:
        """Number a patch of shared state ("me" or "room"). Raises as `do`."""
        return self._add(Put(self.outbox.n + 1, of, patch, whole), "the state")

    def report(self, entry: Do, ran: float) -> None:
        """Tell the server that an entry was run, in so many ms (only where it asks)."""
        if self.stage is Stage.LIVE:
            self.reports.ran(entry, ran, self.me)

    def check(self, seq: int, digest: str) -> None:
        """Let the server compare the hash of our program's state after the entry at `seq` with the others'.

        `seq` is in the log that we follow now: a program that has not come so far has nothing to compare.
        """
        if self.stage is Stage.LIVE:
            self.reports.add(Check(seq, digest))

    def leave(self) -> None:
        """It is over, by our own will."""
        self._end("left", "this program left the room")

    def _add(self, message: Act | Put, what: str) -> int:
        if len(self.outbox.waiting) >= MOST_WAITING:
            raise TooFast(
                f"{len(self.outbox.waiting)} messages wait to be sent or to come back, so {what} was not taken: "
                "send less often, or wait until the connection is back"
            )
        self._check_size(codec.encode(message), what)
        n = self.outbox.add(message)
        self._warn_of_haste()
        return n

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
        waiting, rate = len(self.outbox.waiting), self.limits.rate
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
        if self._may_send_piece:
            return codec.encode(self._sending.next(self.outbox, self.limits.message_size))
        lines = self.reports.take(self.limits.message_size)
        room = self.limits.message_size - sum(map(len, lines)) - len(lines)
        outbox = self.outbox
        while (message := outbox.peek()) is not None:
            line = codec.encode(message)
            room -= len(line) + 1
            if room < 0 and lines:
                break
            lines.append(line)
            outbox.wrote()
            if self.reports.every:
                self.reports.wrote(message.n, now)
        return b"\n".join(lines)

    @property
    def _may_send_piece(self) -> bool:
        return self.stage is Stage.LIVE and self._sending.may_send(self.outbox)

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
        for message in codec.messages_of(frame):
            if self.stage is Stage.OVER:
                return
            if type(message) is Do or isinstance(message, Entry):
                self._check_order(message.s)
                if message.by == self.me and isinstance(message, Do | Set):
                    self.outbox.acknowledge(message.n)
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
                self.reports.asked_for(message.every)
            elif type(message) is Error:
                self._refused(message)
            elif type(message) is Bye:
                self._dismissed(message, now)

    def disconnected(self, why: str, now: float) -> None:
        """The connection is gone, or could not be made."""
        if self.stage is Stage.OVER:
            return
        if self.stage is Stage.LIVE:
            self.events.append(Offline(self.farewell or why))
        self.stage = Stage.OFFLINE
        self.reports.clear()
        wait = min(FIRST_WAIT * 2**self._failures, LONGEST_WAIT)
        self._failures = min(self._failures + 1, 10)
        self.retry_at = max(self.retry_at, now + wait * (0.5 + self._chance() / 2))

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
        for n in self.outbox.settle(taken):
            message = "the server has had it, but what became of it was not heard"
            self.events.append(Error("unanswered", message, n))

    def _refused(self, error: Error) -> None:
        refused = self.outbox.acknowledge(error.n)
        self.events.append(error)
        given_up = self._sending.give_up(refused, self.outbox.n + 1)
        if given_up is not None:
            self.outbox.add(given_up)
            self._warn_of_haste()

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        self.stage = Stage.LIVE
        self._failures = 0
        self.limits = welcome.limits
        self.reports.asked_for(int(welcome.steps))
        self._epoch = welcome.epoch
        self.code = welcome.code
        self.room = welcome.room or self.room  # we may have asked by the code, which another server does not know
        if welcome.resumed:
            if welcome.lost:
                self._follow_another_log(welcome)
            else:
                self.events.append(Resumed(welcome.s - self.seen))
            self.outbox.count_from(welcome.n)
            self._settle = (welcome.s, welcome.n)
            self._settle_if_there()
            return
        lost = _FORGOTTEN if self._secret else ""
        self._settle = None
        dropped = self.outbox.start_anew()
        self._sending.restart()
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
        self._sending.restart()  # pieces of them may be undone

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
