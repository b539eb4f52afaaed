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
any         `disconnected` for good, or in vain     over
any         bye without `again`, `leave`, `fail`    over
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

import msgspec

from roomcast.core.client import parcels
from roomcast.core.client.backoff import MAX_IN_VAIN, Backoff
from roomcast.core.client.client_events import Closed, Event, Joined, Offline, Resumed
from roomcast.core.client.outbox import Freshness, Outdating
from roomcast.core.client.room_clock import RoomClock
from roomcast.core.client.round_trips import RoundTrips
from roomcast.core.client.send_queue import SendQueue
from roomcast.core.client.settlement import Settlement
from roomcast.core.client.wakes import Wakes
from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ServerMessage
from roomcast.core.protocol.messages import (
    NO_STATE,
    Begin,
    BeginRequest,
    Bye,
    Check,
    ClientLimits,
    Do,
    DoRequest,
    Entry,
    Error,
    Hello,
    Hidden,
    Ping,
    Pong,
    Report,
    Resume,
    Save,
    Set,
    SetRequest,
    Skipped,
    Snapshot,
    Tick,
    Wake,
    Welcome,
)
from roomcast.core.protocol.names import one_line
from roomcast.errors import ProtocolError

_PING: Final = codec.encode(Ping())
_IN_THE_LOG: Final = (Entry, Hidden)
_FORGOTTEN: Final = "the server no longer knows this session: it was away too long, or the server is a new one"


class Stage(Enum):
    OFFLINE = "offline"
    GREETING = "greeting"
    LIVE = "live"
    OVER = "over"


class ClientCore:
    """One player's conversation with a room. Times are monotonic seconds.

    It belongs to one owner, who has the connection. From anywhere else, a signal handler among them, a program may
    call `do`, `send`, `set`, `report`, `check` and `ask_for_time`, take `events` from the left, and read. There is no
    lock.

    `room`: its name or its code. `name`: the player's, "" for one of the server's choice. `chance` returns numbers
    from 0 to 1, for the jitter of the waits.
    """

    __slots__ = (
        "_anew",
        "_backoff",
        "_epoch",
        "_greeted_at",
        "_queue",
        "_secret",
        "_settlement",
        "_urgent",
        "_wakes",
        "bye_code",
        "bye_message",
        "clock",
        "code",
        "events",
        "holding",
        "limits",
        "log",
        "me",
        "name",
        "near",
        "outbox",
        "over",
        "reports",
        "room",
        "round_trips",
        "seen",
        "stage",
        "start",
        "ticked",
        "trouble",
    )

    def __init__(self, room: str, name: str, *, chance: Callable[[], float]) -> None:
        self.room = room
        self.name = name
        self.start = ""  # from where a room is run that we know nothing of: "", "beginning" or "world", as in `Hello`
        self.holding = False  # we have asked to begin once more: nothing is to be run until the answer comes
        self.stage = Stage.OFFLINE
        self.me = ""  # our player's id; "" before the first welcome
        self.code = ""  # the room's
        self.near: tuple[str, ...] = ()  # where we have made the room: others whose names are nearly the same
        self.seen = 0  # seq of the last entry received
        self.log = 0  # which log that is in: a new session, or a loss, begins another
        self.limits: ClientLimits | None = None  # the server's, from its welcome on
        self.events: Final[deque[Event]] = deque()  # what has arrived: the shell takes it from the left
        self.ticked = 0  # the newest tick: no entry from before that time will come (Unix milliseconds); 0: none
        self.clock: Final = RoomClock()
        self.over: Closed | None = None  # why no more will come
        self.bye_message = ""  # what the server said when it last sent us away, if we may come back
        self.bye_code = ""  # and the code of that
        self.trouble = ""  # why the last connection ended, or could not be made
        self._queue: Final = SendQueue(self.events)
        self.outbox: Final = self._queue.outbox  # what is not acknowledged
        self.reports: Final = self._queue.reports
        self.round_trips: Final = RoundTrips(self.clock)
        self._wakes: Final = Wakes()
        self._settlement: Final = Settlement()
        self._backoff: Final = Backoff(chance)
        self._secret = ""  # the session's
        self._anew = False  # the server sent away the session of an earlier run: we come back without it
        self._epoch = 1
        self._urgent = b""  # what goes before all else, in a frame of its own: hello, or a ping
        self._greeted_at = 0.0  # when hello was written

    @property
    def unacknowledged(self) -> int:
        """Messages that have not come back yet, and calls with bytes of which pieces are to be sent."""
        return len(self._queue)

    @property
    def outdated(self) -> int:
        """Messages that were not sent, because a newer one came (`latest`) or their time was over (`ttl`)."""
        return self.outbox.outdated

    @property
    def retry_at(self) -> float:
        """When to connect again, while offline."""
        return self._backoff.retry_at

    def wait_before_retry(self, now: float) -> float:
        """Seconds to wait before the next try to connect; 0 when it is time, and when the stage is over."""
        return 0.0 if self.stage is Stage.OVER else max(0.0, self.retry_at - now)

    @property
    def has_output(self) -> bool:
        """Whether `next_frame` may return something."""
        return bool(self._urgent) or self._queue.has_output or self._wakes.has_output

    # ------------------------------------------------------------------ what the program wants

    def do(
        self,
        command: str,
        arguments: msgspec.Raw,
        to: tuple[str, ...] | None,
        now: float,
        outdating: Outdating | None = None,
    ) -> int:
        """Hand over a command, which is kept until it comes back. Returns the number that it is about to get.

        `arguments`: a JSON array or object. `to`: the ids of the players who alone shall see it, None for everyone.
        `outdating`: it is dropped when it is outdated before it is written; None: never. What the server has not had
        when the session is resumed was not written. Raises `TooFast` and `BadArgument`.
        """
        outbox = self.outbox
        n = outbox.newest + len(outbox.handed) + 1
        freshness = None if outdating is None else Freshness(outdating.latest, now + outdating.ttl)
        return self._queue.hand_over(DoRequest(n, command, arguments, to), now, freshness)

    def send(
        self,
        command: str,
        arguments: msgspec.Raw,
        blobs: Mapping[parcels.ArgumentKey, bytes],
        to: tuple[str, ...] | None,
    ) -> None:
        """Send a call with bytes, in pieces, while other messages go on. Raises as `do`."""
        self._queue.hand_over_parcel(command, arguments, blobs, to)

    def set(
        self,
        of: str,
        patch: dict[str, msgspec.Raw],
        *,
        whole: bool = False,
        op: str = "",
        was: dict[str, msgspec.Raw] | None = None,
    ) -> int:
        """Hand over a patch of shared state ("me" or "room"), whose values are encoded: what waits to be acknowledged
        is written again after a lost connection, and must not have changed. `op`, `was`: as in `SetRequest`.
        Returns and raises as `do`.
        """
        encoded = msgspec.Raw(codec.encode(patch))
        expected = NO_STATE if was is None else msgspec.Raw(codec.encode(was))
        return self._queue.hand_over(SetRequest(self.outbox.next_number, of, encoded, whole, op, expected), 0.0)

    def report(self, log: int, entry: Do, took: float) -> None:
        """Tell the server that an entry of that log was run, in `took` ms."""
        if self.stage is Stage.LIVE:
            self.reports.ran(entry, took, self.me, log)

    def check(self, log: int, seq: int, digest: str) -> None:
        """Let the server compare the hash of our program's state after the entry at `seq` with the others'.

        Nothing is sent where we follow another log by now: there, the same seq is another entry.
        """
        if self.stage is Stage.LIVE:
            self.reports.add(Check(seq, digest), log)

    def ping(self) -> None:
        """Ask the server for an answer, which `round_trips` learns from. Does nothing while there is no connection.

        For the owner alone: `round_trips.wanted` is for anybody.
        """
        if self.stage is Stage.LIVE:
            self._urgent = _PING

    def ask_for_time(self, wanted: Wake, heard: float) -> bool:
        """Have the server tell the room's time when a timer of the program is due. Returns as `Wakes.ask`."""
        return self._wakes.ask(wanted, heard)

    def begin_with_world(self) -> None:
        """Begin once more, with the room's world. Until the answer comes, `holding` is true."""
        self.start = "world"
        if self.log:
            self.holding = True
            if self.stage is Stage.LIVE:
                self.reports.add(BeginRequest(), self.log)

    def save_world(self, log: int, save: Save, text: str | None) -> None:
        """Answer `save`, of that log, with the program's own state as canonical JSON text; None: it cannot be had."""
        if self.stage is not Stage.LIVE or self.limits is None:
            return
        if text is None:
            self._queue.world.decline(log, save)
        else:
            self._queue.world.add(log, save, text, self.limits.message_size)

    @property
    def session(self) -> str:
        """The secret of our session, which a later run of the program may come back with; "" before the welcome."""
        return self._secret

    def take_up(self, session: str) -> None:
        """Come back with the session of an earlier run. Before the first connection."""
        self._secret = session

    def leave(self) -> None:
        """End the conversation: the program leaves the room."""
        self._end("left", "this program left the room")

    def fail(self, why: str) -> None:
        """End the conversation for a reason on this side; `why` as a sentence."""
        self._end("", why)

    # ------------------------------------------------------------------ what goes out

    def next_frame(self, now: float) -> bytes:
        """The next frame to write; b"" if there is none now. It counts as written."""
        if self._urgent:
            frame, self._urgent = self._urgent, b""
            if self.stage is Stage.LIVE:
                self.round_trips.sent(now)
            else:
                self._greeted_at = now
            return frame
        if self.stage is not Stage.LIVE or self.limits is None:
            self._queue.drop_outdated(now)
            return b""
        if self._wakes.has_output:
            return self._wakes.write()
        return self._queue.next_frame(self.limits.message_size, self.log, now)

    def drop_outdated(self, now: float) -> None:
        """Where nothing can be written for now: drop what the program has sent and is outdated already."""
        self._queue.drop_outdated(now)

    # ------------------------------------------------------------------ what the connection brings

    def connected(self) -> None:
        """A connection is open: hello goes out next."""
        self.stage = Stage.GREETING
        fresh = not self.log or self.holding
        resume = Resume(self._secret, self.seen, self._epoch, fresh=fresh) if self._secret else None
        self._urgent = codec.encode(Hello(self.room, self.name, resume=resume, start=self.start))
        self.bye_message = self.bye_code = ""
        self._anew = False

    def receive(self, frame: bytes, now: float) -> None:
        """Take in one frame; what it brings is in `events`.

        Raises `ProtocolError` if the server breaks the protocol: then let the connection go.
        """
        if self.outbox.handed:
            self._queue.take_over()
        for message in codec.messages_of(frame):
            if self.over is not None:
                return
            if type(message) is Do or isinstance(message, _IN_THE_LOG):
                if message.s != self.seen + 1:
                    self._reject_hole(message.s)
                if (
                    (type(message) is Do or type(message) is Set)
                    and message.by == self.me
                    and self._settlement.may_come(message.n)
                ):
                    self.outbox.acknowledge(message.n)
                self.events.append(message)
                self.seen = message.s
                if self._settlement.pending:
                    self._settle()
            else:
                self._handle_message(message, now)

    def disconnected(self, why: str, now: float, *, said: bool = False, final: bool = False) -> None:
        """The connection is gone, or could not be made; `why` as a sentence.

        `said`: the server has ended it explicitly, and may do so again. `final`: it would do so again.
        """
        if self.stage is Stage.OVER:
            return
        self.trouble = self.bye_message or why
        self._backoff.ended(now, said=said and not self.bye_message)
        if final and not self.bye_message and not self._anew:
            self._end("", why)
        elif self._backoff.is_in_vain:
            self._end("", f"{MAX_IN_VAIN} connections in a row were ended at once: {why}")
        else:
            if self.stage is Stage.LIVE:
                self.events.append(Offline(self.trouble))
                self._urgent = b""
                self.round_trips.disconnected()
            self.stage = Stage.OFFLINE
            self._queue.live = False
            self.reports.clear()
            self._queue.world.lines.clear()
            self._backoff.failed(now)

    def _handle_message(self, message: ServerMessage, now: float) -> None:
        """Handle anything that is not in the log."""
        if type(message) is Welcome:
            self._welcomed(message, now)
            self.clock.restart(another_room=bool(message.lost) or not message.resumed)
            self.clock.sample(self._greeted_at, now, message.time)
            self._wakes.connected()
        elif type(message) is Tick:
            self.ticked = message.at
        elif type(message) is Skipped:
            self._skipped(message)
        elif type(message) is Pong:
            self.round_trips.answered(message, now)
        elif type(message) is Begin:
            self._begin(message)
        elif type(message) is Save:
            self.events.append(message)
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
        if skipped.upto:
            self._settlement.expect(skipped.upto, skipped.n)
        else:
            self._report_unanswered(self._settlement.skipped(skipped.last, skipped.n))

    def _begin(self, begin: Begin) -> None:
        self.seen = begin.s
        self.log += 1
        self.ticked = 0  # it was told after entries that come again
        upto = begin.upto or begin.s
        self.events.append(
            Joined(self.me, begin.s, begin.snapshot, log=self.log, upto=upto, world=begin.world, again=self.holding)
        )
        self.holding = False
        self._queue.parcels.restart()
        self._settlement.expect(upto, begin.n)

    def _settle(self) -> None:
        self._report_unanswered(self._settlement.reached(self.seen))

    def _report_unanswered(self, taken: int) -> None:
        """The server has received our messages up to number `taken`: those not acknowledged by now never will be."""
        for n in self.outbox.settle(taken):
            message = "the server has had it, but what became of it was not heard"
            self.events.append(Error("unanswered", message, n))

    def _refused(self, error: Error) -> None:
        if error.code == "no-world":
            self.holding = False
        self.events.append(Error(error.code, one_line(error.message), error.n))
        self._queue.refused(error)

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        smaller = self._queue.sending.update(welcome.limits)
        self.stage = Stage.LIVE
        self._queue.live = True
        if self.round_trips.wanted:
            self.ping()
        self._backoff.welcomed(now)
        self.limits = welcome.limits
        self.reports.asked_for(int(welcome.steps))
        if welcome.epoch != self._epoch:
            self.ticked = 0  # what another run of the server has told does not hold for this one
        self._epoch = welcome.epoch
        self.code, self.near = welcome.code, welcome.near
        self.room = welcome.room or self.room  # we may have asked by the code, which another server does not know
        if welcome.resumed:
            if not self.log or self.holding:
                # The session is of an earlier run of this program, which knows nothing of the room yet; or the program
                # begins once more.
                self.me = welcome.me
                self._start_from(welcome)
            elif welcome.lost:
                self._follow_another_log(welcome)
            else:
                self.events.append(Resumed(welcome.s - self.seen))
            self.outbox.count_from(welcome.n)
            if smaller:
                self._queue.drop_what_no_longer_fits()
            self._settlement.expect(welcome.upto or welcome.s, welcome.n)
            self._settle()
            return
        lost = _FORGOTTEN if self._secret and self.log else ""
        self._settlement.expect(welcome.upto or welcome.s, 0)  # up to there, an earlier player had our id
        dropped = self.outbox.start_anew()
        self._queue.parcels.restart()
        self.me = welcome.me
        self._secret = welcome.session
        self._start_from(welcome, lost, dropped)
        self._settle()
        if smaller:
            self._queue.drop_what_no_longer_fits()

    def _follow_another_log(self, welcome: Welcome) -> None:
        """A crash has undone entries that we have seen: continue from the server's snapshot."""
        lost = f"the server ended before all was on its disk: {welcome.lost} entries that were seen here are undone"
        self._start_from(welcome, lost)
        self._queue.parcels.restart()  # pieces of them may be undone

    def _start_from(self, welcome: Welcome, lost: str = "", dropped: int = 0) -> None:
        self.seen = welcome.s
        self.log += 1
        self.ticked = 0  # before the event: who has taken that does not use a tick of the other log
        again = self.holding
        snapshot, upto = welcome.snapshot or Snapshot(), welcome.upto or welcome.s
        self.events.append(
            Joined(
                welcome.me,
                welcome.s,
                snapshot,
                lost,
                dropped,
                self.log,
                upto,
                welcome.world,
                welcome.before,
                again=again,
            )
        )
        self.holding = False  # after the event: who sees that has the answer

    def _handle_bye(self, bye: Bye, now: float) -> None:
        message = one_line(bye.message)
        if bye.again is None and self._secret and not self.log and bye.code != "kicked":
            self._secret = ""  # a session of an earlier run, which the server will not have: come as another player
            self._anew = True
        elif bye.again is None:
            self._end(bye.code, message)
        else:
            self.bye_message, self.bye_code = message or bye.code, bye.code
            self._backoff.asked_to_wait(bye.again, now)

    def _end(self, code: str, message: str) -> None:
        if self.stage is not Stage.OVER:
            over = self.over = self.over or Closed(code, message)
            self.holding = False
            if not (self.events and self.events[-1] is over):  # it may have been broken off here
                self.events.append(over)
            self.stage = Stage.OVER
            self._queue.live = False
