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

from collections.abc import Callable
from typing import Final

from roomcast.core.client.backoff import MAX_IN_VAIN, Backoff
from roomcast.core.client.client_events import Answered, Closed, Offline, Resumed
from roomcast.core.client.room_place import TOO_OLD
from roomcast.core.client.sending_core import SendingCore, Stage
from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ServerMessage
from roomcast.core.protocol.messages import (
    Begin,
    Bye,
    Do,
    Entry,
    Error,
    Hidden,
    Ping,
    Pong,
    Report,
    Resume,
    Save,
    Set,
    Skipped,
    Snapshot,
    Tick,
    Turn,
    Welcome,
)
from roomcast.core.protocol.names import one_line

_PING: Final = codec.encode(Ping())
_IN_THE_LOG: Final = (Entry, Hidden)
_FORGOTTEN: Final = "the server no longer knows this session: it was away too long, or the server is a new one"


class ClientCore(SendingCore):
    """One player's conversation with a room. Times are monotonic seconds.

    It belongs to one owner, who has the connection. From anywhere else, a signal handler among them, a program may
    call what `SendingCore` has, take `events` from the left, and read. There is no lock.

    `room`: its name or its code. `name`: the player's, "" for one of the server's choice. `chance` returns numbers
    from 0 to 1, for the jitter of the waits.
    """

    __slots__ = (
        "_anew",
        "_backoff",
        "_epoch",
        "_secret",
        "_urgent",
        "bye_code",
        "bye_message",
        "over",
        "trouble",
    )

    def __init__(self, room: str, name: str, *, chance: Callable[[], float]) -> None:
        super().__init__(room, name)
        self.over: Closed | None = None  # why no more will come
        self.bye_message = ""  # what the server said when it last sent us away, if we may come back
        self.bye_code = ""  # and the code of that
        self.trouble = ""  # why the last connection ended, or could not be made
        self._backoff: Final = Backoff(chance)
        self._secret = ""  # the session's
        self._anew = False  # the server sent away the session of an earlier run: we come back without it
        self._epoch = 1
        self._urgent = b""  # what goes before all else, in a frame of its own: hello, or a ping

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
        return bool(self._urgent) or self._queue.has_output or self.time_link.wakes.has_output

    def ping(self) -> None:
        """Ask the server for an answer, which the round trips learn from. Does nothing while there is no connection.

        For the owner alone: `RoundTrips.wanted` is for anybody.
        """
        if self.stage is Stage.LIVE:
            self._urgent = _PING

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
                self.time_link.round_trips.sent(now)
            else:
                self.time_link.greeted(now)
            return frame
        if self.stage is not Stage.LIVE or self.limits is None:
            self._queue.drop_outdated(now)
            return b""
        wakes = self.time_link.wakes
        if wakes.has_output:
            return wakes.write()
        return self._queue.next_frame(self.limits.message_size, self.log, now)

    def drop_outdated(self, now: float) -> None:
        """Where nothing can be written for now: drop what the program has sent and is outdated already."""
        self._queue.drop_outdated(now)

    # ------------------------------------------------------------------ what the connection brings

    def connected(self) -> None:
        """A connection is open: hello goes out next."""
        self.stage = Stage.GREETING
        fresh = self.follower.ask_by_hello() or not self.log
        world = self.start == "world" and self.follower.knows_world and not fresh
        resume = Resume(self._secret, self.seen, self._epoch, fresh=fresh, world=world) if self._secret else None
        self._urgent = codec.encode(self.hello(resume, self.start))
        self.bye_message = self.bye_code = ""
        self._anew = False

    def receive(self, frame: bytes, now: float) -> None:
        """Take in one frame; what it brings is in `events`.

        Raises `ProtocolError` if the server breaks the protocol: then let the connection go.
        """
        if self.outbox.handed:
            self._queue.take_over()
        follower = self.follower
        settlement = follower.settlement
        for message in codec.messages_of(frame):
            if self.over is not None:
                return
            if type(message) is Do or isinstance(message, _IN_THE_LOG):
                if message.s != follower.seen + 1:
                    follower.reject_hole(message.s)
                if (
                    (type(message) is Do or type(message) is Set)
                    and message.by == self.me
                    and settlement.may_come(message.n, message.s)
                ):
                    self.outbox.acknowledge(message.n)
                elif type(message) is Turn and message.ok:
                    follower.take_own(message)
                    continue
                self.events.append(message)
                follower.seen = message.s
                if settlement.pending:
                    follower.settle()
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
                self.time_link.round_trips.disconnected()
            self.stage = Stage.OFFLINE
            self._queue.live = False
            self.reports.clear()
            self._queue.world.lines.clear()
            self._backoff.failed(now)

    def _handle_message(self, message: ServerMessage, now: float) -> None:
        """Handle anything that is not in the log."""
        if type(message) is Welcome:
            self._welcomed(message, now)
            self._ask_to_begin()  # what the program has wanted since hello
            self.time_link.welcomed(message, now)
        elif type(message) is Tick:
            self.time_link.ticked = message.at
        elif type(message) is Skipped:
            self.follower.skip(message)
        elif type(message) is Pong:
            self.time_link.round_trips.answered(message, now)
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

    def _begin(self, begin: Begin) -> None:
        upto = begin.upto or begin.s
        self.time_link.ticked = 0  # it was told after entries that come again
        self.follower.start_at(self.me, begin.s, begin.snapshot, upto=upto, world=begin.world)
        self._queue.parcels.restart()
        self.follower.settlement.expect(upto, begin.n)
        self.follower.settle()  # where nothing follows, what comes next is new

    def _refused(self, error: Error) -> None:
        if error.code == "no-world":
            self.follower.holding = False
        answer = self.outbox.answer_to(error.n) if error.n else None
        message = one_line(error.message)
        if answer is None:
            self.events.append(Error(error.code, message, error.n))
        else:
            answer.fail(error.code, message)
            self.events.append(Answered(answer))
        self._queue.refused(error)

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        if not self.come_into(welcome):
            self._end("version", TOO_OLD)
            return
        smaller = self._queue.sending.update(welcome.limits)
        self.stage = Stage.LIVE
        self._queue.live = True
        if self.time_link.round_trips.wanted:
            self.ping()
        self._backoff.welcomed(now)
        self.limits = welcome.limits
        self.reports.asked_for(int(welcome.steps))
        if welcome.epoch != self._epoch:
            self.time_link.ticked = 0  # what another run of the server has told does not hold for this one
        self._epoch = welcome.epoch
        settlement, end = self.follower.settlement, welcome.upto or welcome.s
        if not (welcome.resumed and self.log):
            settlement.begin(end)  # of this session, we have written nothing yet
        if welcome.resumed:
            if welcome.lost and self.log:  # first: what came back is undone, though the program may have run none of it
                self._follow_another_log(welcome)
            elif not self.log or self.follower.awaits_answer:
                # The session is of an earlier run of this program, which knows nothing of the room yet; or the program
                # begins once more.
                self.me = welcome.me
                self._start_from(welcome)
            else:
                self.events.append(Resumed(welcome.s - self.seen))
            self.outbox.count_from(welcome.n)
            if smaller:
                self._queue.drop_what_no_longer_fits()
            settlement.expect(end, welcome.n)
            self.follower.settle()
            return
        lost = _FORGOTTEN if self._secret and self.log else ""
        dropped, unanswered = self.outbox.start_anew()
        self._queue.parcels.restart()
        self.me = welcome.me
        self._secret = welcome.session
        self._start_from(welcome, lost, dropped)
        self.events.extend(map(Answered, unanswered))
        if smaller:
            self._queue.drop_what_no_longer_fits()

    def _follow_another_log(self, welcome: Welcome) -> None:
        """A crash has undone entries that we have seen: continue from the server's snapshot."""
        lost = f"the server ended before all was on its disk: {welcome.lost} entries that were seen here are undone"
        self._start_from(welcome, lost)
        self._queue.parcels.restart()  # pieces of them may be undone

    def _start_from(self, welcome: Welcome, lost: str = "", dropped: int = 0) -> None:
        self.time_link.ticked = 0  # before the event: who has taken that does not use a tick of the other log
        self.follower.start_at(
            welcome.me,
            welcome.s,
            welcome.snapshot or Snapshot(),
            upto=welcome.upto or welcome.s,
            world=welcome.world,
            lost=lost,
            dropped=dropped,
            before=welcome.before,
        )

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
            self.follower.holding = False
            self.events.extend(map(Answered, self.outbox.give_up(code or "left", message)))
            if not (self.events and self.events[-1] is over):  # it may have been broken off here
                self.events.append(over)
            self.stage = Stage.OVER
            self._queue.live = False
