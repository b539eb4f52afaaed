"""The peer that speaks `roomcast.1`: a player of the room that its hello names, or an observer of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from roomcast.core import codec, messages, names
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
from roomcast.core.peer import Peer, Stage
from roomcast.core.session import Bucket
from roomcast.errors import CODES, BadArgument, ProtocolError, Refused

if TYPE_CHECKING:
    from roomcast.core.hub import Hub
    from roomcast.core.room import Room
    from roomcast.core.session import Session

COME_BACK_IN: Final = 0.5  # seconds: what a bye asks of clients that may come back
_PRESENT: Final = Stage.PRESENT  # here, for looking up a member of an enumeration takes its time
_NOT_ALLOWED: Final = "only observers who said the server's token may do that: say watch, with token"


class JsonPeer(Peer):
    """A peer that speaks `roomcast.1`: each frame holds JSON messages, one a line."""

    __slots__ = ("observer",)

    def __init__(self, hub: Hub, connection: Connection, wire: Wire, address: str, now: float) -> None:
        super().__init__(hub, connection, wire, address, now)
        self.observer: Observer | None = None  # set for one that looks on at a room, and is no player

    def receive(self, data: bytes, now: float) -> float:
        """As `Peer.receive`; a frame of one message, of a player who is within its rate, takes the short way."""
        if (
            self.stage is not _PRESENT
            or self._waiting
            or self._wrong is not None
            or codec.LINE_END in data
            or len(data) > self.hub.limits.message_size
        ):
            return super().receive(data, now)
        self.heard = True
        bucket = self.bucket
        if bucket is not None and not bucket.take(now):
            self._waiting.append(data)
            return bucket.wait(now)
        self._take(data, now)
        return 0.0

    def _cut(self, data: bytes) -> list[bytes]:
        if len(data) > self.hub.limits.message_size:
            what = "a frame is too big"
            raise ProtocolError("too-big", exceeded("message_size", self.hub.limits, len(data), what))
        return codec.lines_of(data)

    def _take(self, line: bytes, now: float) -> None:
        hub, room = self.hub, self.room
        try:
            message = codec.decode_client(line, hub.limits)
            if type(message) is Act and room is not None and self.session is not None:
                seq = room.do(self.session, message, now)
                hub.commands += 1
                if room.watcher is not None and seq:
                    room.watcher.received(room, seq, line, now)
            else:
                self._obey(message, now)
        except Refused as error:
            self._send(Error(error.code, error.message, error.n))
            if error.code == "gap":
                self.sent_away(error.code, error.message)
        except ProtocolError as error:
            if error.code == "unknown-type" and self.stage in (Stage.PRESENT, Stage.WATCHING):
                self._send(Error(error.code, error.message))
            else:
                self._break_off(error)

    def _obey(self, message: messages.ClientMessage, now: float) -> None:
        """What is no command of a player."""
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
