"""The peer that speaks `roomcast.1`: a player of the room that its hello names, or an observer of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from roomcast.core.protocol import codec, messages, names
from roomcast.core.protocol.limits import exceeded
from roomcast.core.protocol.messages import (
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
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.session import TokenBucket
from roomcast.core.server.observers import Observer
from roomcast.core.server.peer import Peer, Stage
from roomcast.errors import CODES, BadArgument, ProtocolError, Refused

if TYPE_CHECKING:
    from roomcast.core.room.room import Room
    from roomcast.core.room.session import Session
    from roomcast.core.server.directory import Directory

COME_BACK_IN: Final = 0.5  # seconds: what a bye asks of clients that may come back
_PRESENT: Final = Stage.PRESENT  # here, for looking up a member of an enumeration takes its time
_NOT_ALLOWED: Final = "only observers who said the server's token may do that: say watch, with token"


class JsonPeer(Peer):
    """A peer that speaks `roomcast.1`: each frame holds JSON messages, one a line."""

    __slots__ = ("observer",)

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        super().__init__(directory, connection, wire, address, now)
        self.observer: Observer | None = None  # set for one that looks on at a room, and is no player

    def receive(self, data: bytes, now: float) -> float:
        """As `Peer.receive`; a frame of one message, of a player who is within its rate, takes the short way."""
        if (
            self.stage is not _PRESENT
            or self._waiting
            or self._wrong is not None
            or codec.LINE_END in data
            or len(data) > self.directory.limits.message_size
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
        if len(data) > self.directory.limits.message_size:
            what = "a frame is too big"
            raise ProtocolError("too-big", exceeded("message_size", self.directory.limits, len(data), what))
        return codec.lines_of(data)

    def _take(self, line: bytes, now: float) -> None:
        directory, room = self.directory, self.room
        try:
            message = codec.decode_client(line, directory.limits)
            if type(message) is Act and room is not None and self.session is not None:
                seq = room.do(self.session, message, now)
                directory.commands += 1
                if room.watcher is not None and seq:
                    room.watcher.received(room, seq, line, now)
            else:
                self._handle_message(message, now)
        except Refused as error:
            self._send(Error(error.code, error.message, error.n))
            if error.code == "gap":
                self.disconnect(error.code, error.message)
        except ProtocolError as error:
            if error.code == "unknown-type" and self.stage in (Stage.PRESENT, Stage.WATCHING):
                self._send(Error(error.code, error.message))
            else:
                self._break_off(error)

    def _handle_message(self, message: messages.ClientMessage, now: float) -> None:
        """What is no command of a player."""
        room, session, directory = self.room, self.session, self.directory
        if room is None or session is None:
            if self.observer is not None:
                self._handle_observer(self.observer, message, now)
            elif type(message) is Hello:
                self._greet(message, now)
            elif type(message) is Watch:
                self._watch(message, now)
            else:
                raise ProtocolError("hello-first", "say hello first: which room, and your name")
        elif type(message) is Put:
            room.set(session, message, now)
            directory.commands += 1
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
            self.directory.observe(self.observer, watch, self.address, now)
        except BadArgument as error:
            raise ProtocolError("bad-name", str(error)) from None
        except Refused as error:
            raise ProtocolError(error.code, error.message) from None
        self.bucket = TokenBucket(self.directory.limits.rate, self.directory.limits.burst, now)
        self.stage = Stage.WATCHING

    def _handle_observer(self, observer: Observer, message: messages.ClientMessage, now: float) -> None:
        if type(message) is Ping:
            self._answer_ping()
        elif type(message) is not Kick and type(message) is not Close:
            raise ProtocolError("bad-message", "an observer only looks on: to play, connect anew and say hello")
        elif not observer.admin:
            raise Refused("not-allowed", _NOT_ALLOWED)
        elif type(message) is Kick:
            self.directory.kick(observer.room, message.who, now)
        else:
            self.directory.close_room(observer.room, now)

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
            self.directory.stop_observing(self.observer)

    def asked_to_report(self, every: int) -> None:
        if self.stage is Stage.PRESENT:
            self._send(Report(every))

    def _greet(self, hello: Hello, now: float) -> None:
        self._check_version(hello.v)
        try:
            if hello.resume is not None:
                self.directory.check_ended(hello.resume.session)
            known = self.directory.find(hello.resume.session, now) if hello.resume is not None else None
            if known is not None and hello.resume is not None and known[0].name == self.directory.resolve(hello.room):
                self._resume(*known, hello, hello.resume, now)
            else:
                self._join(hello, now)
        except BadArgument as error:
            raise ProtocolError("bad-name", str(error)) from None
        except Refused as error:
            raise ProtocolError(error.code, error.message) from None

    def _join(self, hello: Hello, now: float) -> None:
        if hello.name:
            names.clean_name(hello.name, "a player's name", self.directory.limits)  # before there is a room for it
        room = self.directory.room(hello.room, now)
        session = room.join(hello.name, self.directory.secret(), now)
        self.directory.keep(room, session)
        self._take_place(room, session)

        def begin() -> None:
            if session.peer is self and self.stage is Stage.PRESENT:
                seq, snapshot = room.snapshot()
                self._welcome(room, session, hello, seq, now, snapshot=snapshot)
                self._attach(room, session, seq)

        room.when_committed(room.log.last, begin)  # its own join, among others

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
            if session.peer is self and self.stage is Stage.PRESENT:
                seq, snapshot = room.snapshot()
                self._welcome(room, session, hello, seq, now, snapshot=snapshot, resumed=True, lost=lost)
                self._attach(room, session, seq)

        room.when_committed(room.log.last, begin)

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
        limits = self.directory.limits
        self._send(
            Welcome(
                me=session.id,
                session=session.secret,
                s=seq,
                time=self.directory.clock(now),
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
                steps=self.directory.show is not None,
                room="" if hello.room == room.name else room.name,
                code=self.directory.code(room.name),
            )
        )
        if room.watcher is not None and self.directory.show is None:
            self.asked_to_report(room.watcher.every)

    def _break_off(self, error: ProtocolError) -> None:
        self._send(Error(error.code, error.message))
        self.disconnect(error.code, error.message)

    def _say_bye(self, code: str, message: str) -> None:
        if self.observer is not None:
            self.observer.stop()  # nothing comes after a bye
        self._send(Bye(code, message, COME_BACK_IN if CODES[code][1] else None))

    def _send(self, message: messages.ServerMessage) -> None:
        if self._paused and type(message) is Error:
            self.connection.abort()  # sends what is wrong and does not read that it is: memory has a bound
            return
        self.connection.write(self.wire.pack([codec.encode(message)]))
