"""The client's side of the protocol, without I/O: one conversation with a room, over any number of connections.

It numbers what is sent and keeps it until it comes back, comes back after a lost connection with its session, sends
again what was not acknowledged, and knows how long to wait before the next connection.

stage       what happens                            what follows
-------     ------------------------------------    ---------------------------------------------
offline     `connected`                             hello → greeting
greeting    welcome                                 everything unacknowledged again → live
            error, bye                              offline, or over
live        an entry                                is in `events`; our own is acknowledged
any         `disconnected`                          offline; `wait_before_retry` says when to connect again
any         bye without `again`, `leave`            over
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

import msgspec

from roomcast.core.client import parcels
from roomcast.core.client.backoff import Backoff
from roomcast.core.client.client_events import Closed, Event, Joined, Offline, Resumed
from roomcast.core.client.outbox import Outbox
from roomcast.core.client.parcel_queue import ParcelQueue
from roomcast.core.client.reports import Reports
from roomcast.core.client.sending_limits import SendingLimits
from roomcast.core.client.settlement import Settlement
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import (
    Bye,
    Check,
    ClientLimits,
    Do,
    DoRequest,
    Entry,
    Error,
    Hello,
    Hidden,
    Json,
    Report,
    Resume,
    ServerMessage,
    Set,
    SetRequest,
    Skipped,
    Snapshot,
    Welcome,
)
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import ProtocolError, TooFast

MAX_WAITING: Final = 10_000  # messages that may wait to be acknowledged
_FORGOTTEN: Final = "the server no longer knows this session: it was away too long, or the server is a new one"


class Stage(Enum):
    OFFLINE = "offline"
    GREETING = "greeting"
    LIVE = "live"
    OVER = "over"


class ClientCore:
    """One player's conversation with a room. Times are monotonic seconds.

    `room`: its name or its code. `name`: the player's, "" for one of the server's choice. `chance` returns numbers
    from 0 to 1, for the jitter of the waits.
    """

    def __init__(self, room: str, name: str, *, chance: Callable[[], float]) -> None:
        self.room = room
        self.name = name
        self.stage = Stage.OFFLINE
        self.me = ""  # our player's id; "" before the first welcome
        self.code = ""  # the room's
        self.seen = 0  # seq of the last entry received
        self.log = 0  # which log that is in: a new session, or a loss, begins another
        self.limits: ClientLimits | None = None  # the server's, from its welcome on
        self.retry_at = 0.0  # when to connect again, while offline
        self.events: Final[deque[Event]] = deque()  # what has arrived: the shell takes it from the left
        self.over: Closed | None = None  # why no more will come
        self.bye_message = ""  # what the server said when it last sent us away, if we may come back
        self.outbox: Final = Outbox()  # what is not acknowledged
        self.reports: Final = Reports()
        self._parcels: Final = ParcelQueue()
        self._sending: Final = SendingLimits()
        self._settlement: Final = Settlement()
        self._backoff: Final = Backoff(chance)
        self._secret = ""  # the session's
        self._epoch = 1
        self._greeting = b""  # hello, where it is to be written

    @property
    def unacknowledged(self) -> int:
        """Messages that have not come back yet, and calls with bytes of which pieces are to be sent."""
        return len(self.outbox.waiting) + len(self._parcels.parcels)

    def wait_before_retry(self, now: float) -> float:
        """Seconds to wait before the next try to connect; 0 when it is time, and when the stage is over."""
        return 0.0 if self.stage is Stage.OVER else max(0.0, self.retry_at - now)

    @property
    def has_output(self) -> bool:
        """Whether `next_frame` may return something."""
        if self.outbox.unsent or self.reports.lines or self._greeting:
            return True
        return bool(self._parcels.parcels) and self._may_send_piece

    # ------------------------------------------------------------------ what the program wants

    def do(self, command: str, arguments: msgspec.Raw, to: tuple[str, ...] | None, now: float) -> int:
        """Number a command and keep it until it comes back. Returns its number.

        `arguments`: a JSON array or object. `to`: the ids of the players who alone shall see it, None for everyone.
        Raises `TooFast` and `BadArgument`.
        """
        n = self._add(DoRequest(self.outbox.n + 1, command, arguments, to), command)
        if self.reports.every:
            self.reports.acted(n, now)
        return n

    def send(
        self,
        command: str,
        arguments: msgspec.Raw,
        blobs: Mapping[parcels.ArgumentKey, bytes],
        to: tuple[str, ...] | None,
    ) -> None:
        """Send a call with bytes, in pieces, while other messages go on. Raises as `do`."""
        parcel = self._parcels.make(command, arguments, blobs, to)
        self._sending.check(codec.encode(DoRequest(self.outbox.n + 1, PARCEL, parcel.opening(), to)), command)
        self._parcels.add(parcel)

    def set(self, of: str, patch: dict[str, Json], *, whole: bool) -> int:
        """Number a patch of shared state ("me" or "room"). Returns its number. Raises as `do`."""
        return self._add(SetRequest(self.outbox.n + 1, of, patch, whole), "the state")

    def report(self, entry: Do, took: float) -> None:
        """Tell the server that an entry was run, in `took` ms."""
        if self.stage is Stage.LIVE:
            self.reports.ran(entry, took, self.me)

    def check(self, seq: int, digest: str) -> None:
        """Let the server compare the hash of our program's state after the entry at `seq` with the others'.

        `seq` is in the log that we follow now: a program that has not come so far has nothing to compare.
        """
        if self.stage is Stage.LIVE:
            self.reports.add(Check(seq, digest))

    def leave(self) -> None:
        """End the conversation: the program leaves the room."""
        self._end("left", "this program left the room")

    def _add(self, message: DoRequest | SetRequest, what: str) -> int:
        outbox, sending = self.outbox, self._sending
        if len(outbox.waiting) >= MAX_WAITING:
            raise TooFast(
                f"{len(outbox.waiting)} messages wait to be sent or to come back, so {what} was not taken: "
                "send less often, or wait until the connection is back"
            )
        line = codec.encode(message)
        if len(line) > sending.unchecked:
            sending.check(line, what)
        n = outbox.add(message, line)
        if sending.warned or len(outbox.waiting) > sending.burst:
            self._warn_of_rate()
        return n

    def _warn_of_rate(self) -> None:
        """Tell the program, once, that it sends faster than the server takes."""
        if self.stage is Stage.LIVE:
            warning = self._sending.rate_warning(len(self.outbox.waiting))
            if warning:
                self.events.append(Error("rate", warning))

    # ------------------------------------------------------------------ what goes out

    def next_frame(self, now: float) -> bytes:
        """The next frame to write; b"" if there is none now. It counts as written."""
        if self._greeting:
            frame, self._greeting = self._greeting, b""
            return frame
        if self.stage is not Stage.LIVE or self.limits is None:
            return b""
        outbox, reports = self.outbox, self.reports
        if not outbox.unsent:
            if self._parcels.parcels and self._may_send_piece:
                return codec.encode(self._parcels.next(outbox, self.limits.message_size))
            if not reports.lines:
                return b""
        size = self.limits.message_size
        lines = reports.write(size) if reports.lines else []
        room = size - sum(map(len, lines)) - len(lines)
        if reports.every:
            ours = outbox.numbers_unsent(len(outbox.unsent))
            written = outbox.write(room, at_least_one=not lines)
            for n in ours[: len(written)]:
                reports.wrote(n, now)
        else:
            written = outbox.write(room, at_least_one=not lines)
        return b"\n".join(lines + written)

    @property
    def _may_send_piece(self) -> bool:
        return self.stage is Stage.LIVE and self._parcels.may_send(self.outbox)

    # ------------------------------------------------------------------ what the connection brings

    def connected(self) -> None:
        """A connection is open: hello goes out next."""
        self.stage = Stage.GREETING
        resume = Resume(self._secret, self.seen, self._epoch) if self._secret else None
        self._greeting = codec.encode(Hello(self.room, self.name, resume=resume))
        self.bye_message = ""

    def receive(self, frame: bytes, now: float) -> None:
        """Take in one frame; what it brings is in `events`.

        Raises `ProtocolError` if the server breaks the protocol: then let the connection go.
        """
        for message in codec.messages_of(frame):
            if self.stage is Stage.OVER:
                return
            if type(message) is Do or isinstance(message, Entry | Hidden):
                if message.s != self.seen + 1:
                    self._reject_hole(message.s)
                if (type(message) is Do or type(message) is Set) and message.by == self.me:
                    self.outbox.acknowledge(message.n)
                self.events.append(message)
                self.seen = message.s
                if self._settlement.pending:
                    self._settle()
            else:
                self._handle_message(message, now)

    def disconnected(self, why: str, now: float) -> None:
        """The connection is gone, or could not be made; `why` as a sentence."""
        if self.stage is Stage.OVER:
            return
        if self.stage is Stage.LIVE:
            self.events.append(Offline(self.bye_message or why))
        self.stage = Stage.OFFLINE
        self.reports.clear()
        self.retry_at = max(self.retry_at, now + self._backoff.failed())

    def _handle_message(self, message: ServerMessage, now: float) -> None:
        """Handle anything that is not in the log."""
        if type(message) is Welcome:
            self._welcomed(message)
        elif type(message) is Skipped:
            self._skipped(message)
        elif type(message) is Report:
            self.reports.asked_for(message.every)
        elif type(message) is Error:
            self._refused(message)
        elif type(message) is Bye:
            self._handle_bye(message, now)

    def _reject_hole(self, seq: int) -> None:
        """Refuse an entry that does not follow the last one: it would run too early, and again after the resume."""
        raise ProtocolError("bad-message", f"entry {seq} came after {self.seen}: the order has a hole")

    def _skipped(self, skipped: Skipped) -> None:
        self.seen = skipped.last
        self.events.append(skipped)
        self._report_unanswered(self._settlement.skipped(skipped.last, skipped.n))

    def _settle(self) -> None:
        self._report_unanswered(self._settlement.reached(self.seen))

    def _report_unanswered(self, taken: int) -> None:
        """The server has received our messages up to number `taken`: those not acknowledged by now never will be."""
        for n in self.outbox.settle(taken):
            message = "the server has had it, but what became of it was not heard"
            self.events.append(Error("unanswered", message, n))

    def _refused(self, error: Error) -> None:
        refused = self.outbox.acknowledge(error.n)
        self.events.append(error)
        giving_up = self._parcels.give_up(refused, self.outbox.n + 1)
        if giving_up is not None:
            self.outbox.add(giving_up, codec.encode(giving_up))
            self._warn_of_rate()

    def _welcomed(self, welcome: Welcome) -> None:
        self.stage = Stage.LIVE
        self._backoff.succeeded()
        self.limits = welcome.limits
        self._sending.update(welcome.limits)
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
            self._settlement.expect(welcome.s, welcome.n)
            self._settle()
            return
        lost = _FORGOTTEN if self._secret else ""
        self._settlement.cancel()
        dropped = self.outbox.start_anew()
        self._parcels.restart()
        self.me = welcome.me
        self._secret = welcome.session
        self.seen = welcome.s
        snapshot = welcome.snapshot if welcome.snapshot is not None else Snapshot()
        self.log += 1
        self.events.append(Joined(welcome.me, welcome.s, snapshot, lost, dropped, self.log))

    def _follow_another_log(self, welcome: Welcome) -> None:
        """A crash has undone entries that we have seen: continue from the server's snapshot."""
        lost = f"the server ended before all was on its disk: {welcome.lost} entries that were seen here are undone"
        self.seen = welcome.s
        self.log += 1
        self.events.append(Joined(welcome.me, welcome.s, welcome.snapshot or Snapshot(), lost, log=self.log))
        self._parcels.restart()  # pieces of them may be undone

    def _handle_bye(self, bye: Bye, now: float) -> None:
        if bye.again is None:
            self._end(bye.code, bye.message)
        else:
            self.bye_message = bye.message
            self.retry_at = now + bye.again

    def _end(self, code: str, message: str) -> None:
        if self.stage is not Stage.OVER:
            self.stage = Stage.OVER
            self.over = Closed(code, message)
            self.events.append(self.over)
