"""One connection's conversation with the server: from hello to bye, and whether it is alive.

State       what comes in             what follows
--------    ----------------------    ---------------------------------------------
greeting    hello                     welcome → present; refused: bye → over
            anything else, too late   error, bye → over
            watch                     watching → watching; refused: bye → over
present     do, set                   an entry in the log, or error
            a type that we don't know error
            bytes that are no message error, bye → over
watching    kick, close               with the token: somebody's bye; else error
any         more than the rate        waits: the transport reads no more of it for a moment
any         silence, no reading       over (and free to resume)
over        anything                  nothing
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Final

from roomcast.core import codec, messages, names, starter
from roomcast.core.connection import Connection, Wire
from roomcast.core.limits import exceeded
from roomcast.core.messages import (
    Act,
    Bye,
    Check,
    Close,
    Done,
    Error,
    Hello,
    Kick,
    Ping,
    Pong,
    Promised,
    Put,
    Report,
    Resume,
    Watch,
    Welcome,
)
from roomcast.core.observers import Observer
from roomcast.core.session import Bucket
from roomcast.errors import CODES, BadArgument, ProtocolError, Refused

if TYPE_CHECKING:
    from roomcast.core.feed import Cursor
    from roomcast.core.hub import Hub
    from roomcast.core.room import Room
    from roomcast.core.session import Session

COME_BACK_IN: Final = 0.5  # seconds: what a bye asks of clients that may come back
_NOT_ALLOWED: Final = "only observers who said the server's token may do that: say watch, with token"
_CLOSE_OK, _CLOSE_AWAY, _CLOSE_POLICY = 1000, 1001, 1008  # RFC 6455, section 7.4.1


class Stage(Enum):
    GREETING = "greeting"
    PRESENT = "present"
    WATCHING = "watching"
    OVER = "over"


class Peer:
    """What both kinds of connection have in common: a place in the hub, a session, signs of life."""

    __slots__ = (
        "_born",
        "_over_for",
        "_over_since",
        "_paused",
        "_pinged",
        "_quiet_since",
        "_unread",
        "_unread_since",
        "_waiting",
        "_wrong",
        "address",
        "bucket",
        "connection",
        "heard",
        "hub",
        "room",
        "session",
        "stage",
        "wire",
    )

    def __init__(self, hub: Hub, connection: Connection, wire: Wire, address: str, now: float) -> None:
        self.hub = hub
        self.connection = connection
        self.wire = wire
        self.address = address
        self.stage = Stage.GREETING
        self.room: Room | None = None
        self.session: Session | None = None
        self.bucket: Bucket | None = None  # how fast it may speak, once it is present
        self.heard = True  # something came since the last sweep
        self._waiting: list[bytes] = []  # messages held back, because they came too fast
        self._wrong: ProtocolError | None = None  # what came after them and is no message
        self._born = now
        self._quiet_since = now
        self._pinged = False
        self._over_since: float | None = None  # the first sweep after the end
        self._over_for = 0  # sweeps in which it read nothing
        self._paused = False
        self._unread = 0  # bytes at the last sweep
        self._unread_since: float | None = None  # since when that has not become less

    # -- what the transport tells

    def receive(self, data: bytes, now: float) -> float:
        """Take bytes in. Returns seconds to wait before reading on, because messages came too fast.

        Nothing is lost by that: what has come waits here, what has not waits at the sender's.
        """
        if self._wrong is None:
            try:
                self._waiting.extend(self._cut(data))  # what comes before something wrong is taken
            except ProtocolError as error:
                self._wrong = error
        return self.read_on(now)

    def read_on(self, now: float) -> float:
        """Take what waits, as fast as the rate allows; returns as `receive`."""
        self.heard = True
        for count, line in enumerate(self._waiting):
            if self.stage is Stage.OVER:
                break
            bucket = self.bucket
            if bucket is not None and not bucket.take(now):
                del self._waiting[:count]
                return bucket.wait(now)
            self._take(line, now)
        self._waiting.clear()
        if self._wrong is not None and self.stage is not Stage.OVER:
            self._break_off(self._wrong)
        return 0.0

    def _cut(self, data: bytes) -> Iterable[bytes]:
        """The messages that these bytes complete. Raises `ProtocolError`, after those that are good."""
        raise NotImplementedError

    def _take(self, line: bytes, now: float) -> None:
        raise NotImplementedError

    def _break_off(self, error: ProtocolError) -> None:
        """It said what is no message: that ends the connection."""
        raise NotImplementedError

    def paused(self) -> None:
        """The peer does not read what is written."""
        self._paused = True
        if self.room is not None and self._cursor is not None:
            self.room.feed.pause(self._cursor)

    def resumed(self) -> None:
        """The peer has read most of it."""
        self._paused = False
        if self.room is not None and self._cursor is not None:
            self.room.feed.resume(self._cursor)

    @property
    def _cursor(self) -> Cursor | None:
        """Our place in the log. A newer connection of the session has its own, which is none of our business."""
        return self.session.cursor if self.session is not None and self.session.holder is self else None

    def gone(self, now: float, *, clean: bool) -> None:
        """The connection has ended: `clean` if the peer said that it leaves."""
        if self.session is not None and self.stage is Stage.PRESENT and (clean or not self.session.secret):
            for line in self._waiting:  # it said these before, and will not say them again
                self._take(line, now)
        self.stage = Stage.OVER
        self.hub.exit(self)
        room, session = self.room, self.session
        self.room = self.session = None
        if room is None or session is None or session.holder is not self:
            return
        if clean or not session.secret:
            self.hub.forget(session)
            room.leave(session, now, "left" if clean else "lost")
        else:
            room.drop(session, now)

    def _take_place(self, room: Room, session: Session) -> None:
        self.room, self.session, self.bucket = room, session, session.bucket
        session.holder = self
        self.stage = Stage.PRESENT

    def _attach(self, room: Room, session: Session, seq: int) -> None:
        room.attach(session, self, self.connection, self.wire, seq)
        if self._paused:  # by the welcome
            self.paused()

    # -- what the room tells

    def replaced(self) -> None:
        self.sent_away("replaced", "this session has connected anew from elsewhere")

    def asked_to_report(self, every: int) -> None:
        """Somebody watches the room, and asks for reports of the six steps."""

    def sent_away(self, code: str, message: str) -> None:
        """Say why, and end the connection."""
        if self.stage is not Stage.OVER:
            self.stage = Stage.OVER
            if self.room is not None and self.session is not None and self.session.holder is self:
                self.room.mute(self.session)
            self._say_bye(code, message)
            self.connection.close(_CLOSE_AWAY if CODES[code][1] else _CLOSE_POLICY, code)

    def _say_bye(self, code: str, message: str) -> None:
        raise NotImplementedError

    # -- what time brings

    def sweep(self, now: float) -> None:
        """Once a second or so: is the peer alive, and does it read?"""
        limits = self.hub.limits
        if self.stage is Stage.OVER:
            self._wait_for_its_end(now)
            return
        if self.stage is Stage.GREETING and now - self._born > limits.hello_within:
            what = "no hello came in time"
            self.sent_away("hello-late", exceeded("hello_within", limits, now - self._born, what))
            return
        before, self._unread = self._unread, self.connection.unread()
        # Only while it is paused: as long as more is written, what waits may grow though it reads.
        if not self._paused or self._unread < before:
            self._unread_since = None
        elif self._unread_since is None:
            self._unread_since = now
        elif now - self._unread_since > limits.unread_for:
            self.connection.abort()
            return
        # Who reads is alive, though its answer to our ping may come late: the ping waits behind what is still unread.
        if self.heard or self._unread < before:
            self.heard = False
            self._pinged = False
            self._quiet_since = now
        elif now - self._quiet_since > limits.silent_for and self._can_be_silent_no_longer():
            self.connection.abort()
        elif now - self._quiet_since > limits.ping_every and not self._pinged:
            self._pinged = True
            self.connection.ping()

    def stood_still(self, seconds: float) -> None:
        """For so long, it could not be heard, and what it read could not be seen."""
        self._born += seconds
        self._quiet_since += seconds
        if self._unread_since is not None:
            self._unread_since += seconds
        if self._over_since is not None:
            self._over_since += seconds

    def _wait_for_its_end(self, now: float) -> None:
        """It was sent away: let it read what waits, and the bye at the end, if it reads at all."""
        before, self._unread = self._unread, self.connection.unread()
        if self._over_since is None:
            self._over_since = now
        self._over_for = 0 if self._unread < before else self._over_for + 1
        if self._over_for > 2 or now - self._over_since > self.hub.limits.drain:
            self.connection.abort()

    def _can_be_silent_no_longer(self) -> bool:
        return True


class JsonPeer(Peer):
    """A peer that speaks `roomcast.1`: each frame holds JSON messages, one a line."""

    __slots__ = ("observer",)

    def __init__(self, hub: Hub, connection: Connection, wire: Wire, address: str, now: float) -> None:
        super().__init__(hub, connection, wire, address, now)
        self.observer: Observer | None = None  # set for one that looks on at a room, and is no player

    def receive(self, data: bytes, now: float) -> float:
        """As `Peer.receive`; a frame of one message, of a player who is within its rate, takes the short way."""
        if (
            self.stage is not Stage.PRESENT
            or self._waiting
            or self._wrong is not None
            or b"\n" in data
            or len(data) > self.hub.limits.message_size
        ):
            return super().receive(data, now)
        self.heard = True
        assert self.session is not None
        if not self.session.bucket.take(now):
            self._waiting.append(data)
            return self.session.bucket.wait(now)
        self._take(data, now)
        return 0.0

    def _cut(self, data: bytes) -> list[bytes]:
        if len(data) > self.hub.limits.message_size:
            what = "a frame is too big"
            raise ProtocolError("too-big", exceeded("message_size", self.hub.limits, len(data), what))
        return codec.lines_of(data)

    def _take(self, line: bytes, now: float) -> None:
        try:
            self._obey(codec.decode_client(line, self.hub.limits), line, now)
        except Refused as error:
            self._send(Error(error.code, error.message, error.n))
            if error.code == "gap":
                self.sent_away(error.code, error.message)
        except ProtocolError as error:
            if error.code == "unknown-type" and self.stage in (Stage.PRESENT, Stage.WATCHING):
                self._send(Error(error.code, error.message))
            else:
                self._break_off(error)

    def _obey(self, message: messages.ClientMessage, line: bytes, now: float) -> None:
        room, session, hub = self.room, self.session, self.hub
        if room is None or session is None:
            if self.observer is not None:
                self._obey_observer(self.observer, message, now)
            elif type(message) is Hello:
                self._greet(message, now)
            elif type(message) is Watch:
                self._watch(message, now)
            else:
                raise ProtocolError("hello-first", "say hello first: which room, and your name")
        elif type(message) is Act:
            seq = room.do(session, message, now)
            hub.commands += 1
            if room.watcher is not None and seq:
                room.watcher.received(room, seq, line, now)
        elif type(message) is Put:
            room.set(session, message, now)
            hub.commands += 1
        elif type(message) is Check:
            room.check(session, message, now)
        elif type(message) is Done:
            if room.watcher is not None and room.watcher.done(session.id, message, now):
                session.bucket.give_back()  # a report that we asked for is not counted
        elif type(message) is Kick or type(message) is Close:
            raise Refused("not-allowed", _NOT_ALLOWED)
        elif type(message) is Ping:
            self._answer_ping()
        else:
            raise ProtocolError("bad-message", "hello or watch comes once, at the start of a connection")

    def _check_version(self, spoken: Iterable[int]) -> None:
        if not set(spoken) & set(messages.VERSIONS):
            ours = ", ".join(map(str, messages.VERSIONS))
            raise ProtocolError("version", f"this server speaks version {ours} of the protocol: update")

    def _watch(self, watch: Watch, now: float) -> None:
        self._check_version(watch.v)
        self.observer = Observer(self.connection, self.wire)
        try:
            self.hub.observe(self.observer, watch, self.address, now)
        except BadArgument as error:
            raise ProtocolError("bad-name", str(error)) from None
        except Refused as error:
            raise ProtocolError(error.code, error.message) from None
        self.bucket = Bucket(self.hub.limits.rate, self.hub.limits.burst, now)
        self.stage = Stage.WATCHING

    def _obey_observer(self, observer: Observer, message: messages.ClientMessage, now: float) -> None:
        if type(message) is Ping:
            self._answer_ping()
        elif type(message) is not Kick and type(message) is not Close:
            raise ProtocolError("bad-message", "an observer only looks on: to play, connect anew and say hello")
        elif not observer.admin:
            raise Refused("not-allowed", _NOT_ALLOWED)
        elif type(message) is Kick:
            self.hub.kick(observer.room, message.who, now)
        else:
            self.hub.close_room(observer.room, now)

    def _answer_ping(self) -> None:
        if not self._paused:  # who does not read gets no answers either
            self._send(Pong())

    def paused(self) -> None:
        super().paused()
        if self.observer is not None:
            self.observer.stop()

    def resumed(self) -> None:
        super().resumed()
        if self.observer is not None and self.stage is not Stage.OVER:
            self.observer.reads = True

    def gone(self, now: float, *, clean: bool) -> None:
        super().gone(now, clean=clean)
        if self.observer is not None:
            self.hub.stop_observing(self.observer)

    def asked_to_report(self, every: int) -> None:
        if self.stage is Stage.PRESENT:
            self._send(Report(every))

    def _greet(self, hello: Hello, now: float) -> None:
        self._check_version(hello.v)
        try:
            if hello.resume is not None:
                self.hub.check_ended(hello.resume.session)
            known = self.hub.find(hello.resume.session, now) if hello.resume is not None else None
            if known is not None and hello.resume is not None and known[0].name == self.hub.resolve(hello.room):
                self._resume(*known, hello, hello.resume, now)
            else:
                self._join(hello, now)
        except BadArgument as error:
            raise ProtocolError("bad-name", str(error)) from None
        except Refused as error:
            raise ProtocolError(error.code, error.message) from None

    def _join(self, hello: Hello, now: float) -> None:
        if hello.name:
            names.clean_name(hello.name, "a player's name", self.hub.limits)  # before there is a room for it
        room = self.hub.room(hello.room, now)
        session = room.join(hello.name, self.hub.secret(), now)
        self.hub.keep(room, session)
        self._take_place(room, session)

        def begin() -> None:
            if session.holder is self and self.stage is Stage.PRESENT:
                seq, snapshot = room.snapshot()
                self._welcome(room, session, hello, seq, now, snapshot=snapshot)
                self._attach(room, session, seq)

        room.when_seen(room.log.last, begin)  # its own join, among others

    def _resume(self, room: Room, session: Session, hello: Hello, resume: Resume, now: float) -> None:
        room.come_back(session, now)
        self._take_place(room, session)
        lost = max(0, resume.seen - room.common(resume.epoch))
        if not (lost or resume.fresh):
            self._welcome(room, session, hello, room.log.last, now, resumed=True)
            self._attach(room, session, resume.seen)
            return

        # It has seen what a crash has undone, or knows nothing of the room any more. Of what it had sent, all must
        # be in the snapshot: what would come after it, it could not tell from what was refused.
        def begin() -> None:
            if session.holder is self and self.stage is Stage.PRESENT:
                seq, snapshot = room.snapshot()
                self._welcome(room, session, hello, seq, now, snapshot=snapshot, resumed=True, lost=lost)
                self._attach(room, session, seq)

        room.when_seen(room.log.last, begin)

    def _welcome(
        self,
        room: Room,
        session: Session,
        hello: Hello,
        seq: int,
        now: float,
        *,
        snapshot: messages.Snapshot | None = None,
        resumed: bool = False,
        lost: int = 0,
    ) -> None:
        limits = self.hub.limits
        self._send(
            Welcome(
                me=session.id,
                session=session.secret,
                s=seq,
                time=self.hub.clock(now),
                limits=Promised(
                    limits.message_size,
                    limits.rate,
                    limits.burst,
                    limits.silent_for,
                    limits.json_depth,
                    limits.json_values,
                ),
                snapshot=snapshot,
                resumed=resumed,
                n=session.n,
                epoch=room.epoch,
                lost=lost,
                steps=self.hub.show is not None,
                room="" if hello.room == room.name else room.name,
                code=self.hub.code(room.name),
            )
        )
        if room.watcher is not None and self.hub.show is None:
            self.asked_to_report(room.watcher.every)

    def _break_off(self, error: ProtocolError) -> None:
        self._send(Error(error.code, error.message))
        self.sent_away(error.code, error.message)

    def _say_bye(self, code: str, message: str) -> None:
        if self.observer is not None:
            self.observer.stop()  # nothing comes after a bye
        self._send(Bye(code, message, COME_BACK_IN if CODES[code][1] else None))

    def _send(self, message: messages.ServerMessage) -> None:
        if self._paused and type(message) is Error:
            self.connection.abort()  # sends what is wrong and does not read that it is: memory has a bound
            return
        self.connection.write(self.wire.pack([codec.encode(message)]))


class StarterPeer(Peer):
    """A peer that speaks the starter protocol. It has a seat from the start, and cannot come back."""

    __slots__ = ("_lines",)

    def __init__(self, hub: Hub, connection: Connection, wire: Wire, address: str, now: float) -> None:
        super().__init__(hub, connection, wire, address, now)
        self._lines = starter.LineReader(hub.limits)

    def enter(self, room_name: str, free_names: tuple[str, ...], now: float) -> None:
        """Give the client its place in the room, under the first free name. Raises `Refused`."""
        room = self.hub.room(room_name, now)
        again = free_names[len(room.sessions) % len(free_names)]  # gets a number, for all names are taken
        name = next((name for name in free_names if name not in room.sessions), again)
        session = room.join(name, "", now, wanted_id=name)
        self._take_place(room, session)

        def begin() -> None:
            if session.holder is self and self.stage is Stage.PRESENT:
                seq, snapshot = room.snapshot()
                others = [record.id for record in snapshot.players if record.id != session.id]
                self.connection.write(starter.greeting(others, session.id))
                self._attach(room, session, seq)

        room.when_seen(room.log.last, begin)

    def _cut(self, data: bytes) -> Iterable[bytes]:
        return self._lines.feed(data)

    def _take(self, line: bytes, now: float) -> None:
        room, session = self.room, self.session
        try:
            words = starter.parse(line)
            if not words or room is None or session is None:
                return
            arguments = starter.arguments(words[1:], self.hub.limits)
            seq = room.do(session, Act(session.n + 1, words[0], arguments), now)
        except (ProtocolError, Refused) as error:
            self.sent_away(error.code, error.message)
            return
        self.hub.commands += 1
        if room.watcher is not None:
            room.watcher.received(room, seq, line, now, starter=True)

    def _break_off(self, error: ProtocolError) -> None:
        self.sent_away(error.code, error.message)

    def _say_bye(self, code: str, message: str) -> None:
        if code != "closing":
            self.connection.write(starter.complaint(message))

    def _can_be_silent_no_longer(self) -> bool:
        return False  # it has no ping to answer: it may be silent for as long as it is connected
