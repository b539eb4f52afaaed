"""The peer that speaks `roomcast.1`: a player of the room that its hello names, or an observer of it."""

from __future__ import annotations

from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ClientMessage, ServerMessage
from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.limits import exceeded
from roomcast.core.protocol.messages import (
    BeginRequest,
    Bye,
    Check,
    Done,
    DoRequest,
    Error,
    Hello,
    Ping,
    Pong,
    Report,
    SavedWorld,
    SetRequest,
    Wake,
)
from roomcast.core.protocol.observer_messages import Close, Kick, Watch
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.session import Session
from roomcast.core.room.token_bucket import TokenBucket
from roomcast.core.server.directory import Directory
from roomcast.core.server.guesses import WrongGuess
from roomcast.core.server.hello_peer import NOBODY, HelloPeer
from roomcast.core.server.observers import Observer
from roomcast.core.server.observing import NOT_ALLOWED, handle_observer
from roomcast.core.server.peer import Peer, contained
from roomcast.core.server.peer_input import PORTION
from roomcast.core.server.prices import SMALL
from roomcast.core.server.stage import Stage
from roomcast.errors import CODES, BadArgument, ProtocolError, Refused

COME_BACK_IN: Final = 0.5  # seconds: what a bye asks of clients that may come back
_LOOKS_ON: Final = "who only looks on cannot act: join without spectate"
_LINE_END: Final = codec.LINE_END
_PRESENT: Final = Stage.PRESENT  # looking up a member of an enumeration takes its time


class JsonPeer(HelloPeer):
    """A peer that speaks `roomcast.1`: each frame holds JSON messages, one a line."""

    __slots__ = ("_small", "observer")

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        HelloPeer.__init__(self, directory, connection, wire, address, now)
        self.observer: Observer | None = None  # set for one that watches a room, and is no player
        self._small = min(SMALL, directory.limits.message_size)  # bytes: messages that take the fast path

    def receive(self, data: bytes, now: float) -> float:
        """As `Peer.receive`; a frame of one message, of a player who is within its rate, takes a fast path."""
        if (
            self.stage is not _PRESENT
            or self._held
            or self._wrong is not None
            or _LINE_END in data
            or len(data) > self._small
        ):
            return Peer.receive(self, data, now)
        self.heard = True
        session: Session = self.session  # type: ignore[assignment]  # who is present has one
        bucket = session.bucket
        try:
            if not bucket.take(now):
                self._held.append(data)
                return self._held_back(bucket, now)
        except Exception as error:
            self.failed(error)
            return 0.0
        self._handle_line(data, now)
        if session.n >= self._due:
            self._settle(now)
        return 0.0

    def _split(self, data: bytes) -> list[bytes]:
        limits = self.directory.limits
        if len(data) > limits.message_size:
            raise ProtocolError("too-big", exceeded("message_size", limits, len(data), "a frame is too big"))
        return codec.lines_of(data)

    def _handle_line(self, line: bytes, now: float) -> None:
        directory, room, session = self.directory, self.room, self._actor
        try:
            message = codec.decode_client(line, directory.bounds)
            if type(message) is DoRequest and room is not None and session is not None:
                seq = room.do(session, message, now)
                directory.commands += 1
                if room.watched and seq:
                    room.subscriptions.received(seq, line, now)
            else:
                if type(message) is SetRequest:
                    self._owe_patch(line)
                self._handle_message(message, now)
                if self._owed >= PORTION:
                    self._settle(now)
        except Refused as error:
            self._owe_message()
            self._send(Error(error.code, error.message, error.n))
            if error.code == "gap":
                self.disconnect(error.code, error.message)
        except ProtocolError as error:
            self._owe_message()
            if error.code == "unknown-type" and self.stage in (Stage.PRESENT, Stage.WATCHING):
                self._send(Error(error.code, error.message))
            elif error.code == "bad-argument" and self.session is not None:
                n = codec.number_of(line)
                self.session.use_up(n)
                self._send(Error(error.code, error.message, n))
            else:
                self._fail(error)
        except Exception as error:
            self.failed(error)

    def _handle_message(self, message: ClientMessage, now: float) -> None:
        """Handle any message but a player's command. Raises `Refused` and `ProtocolError`."""
        room, session, directory = self.room, self.session, self.directory
        self._owe_message()
        if type(message) is Ping and self.stage in (Stage.PRESENT, Stage.WATCHING):
            if not self.connection.behind:  # who does not read gets no answers either
                self._send(Pong(directory.clock.at(now) if room is None else room.log.time(now)))
        elif self.observer is not None:
            self._owe_bytes(handle_observer(directory, self.observer, message, now))
        elif room is None or session is None:
            self._open_conversation(message, now)
        elif session.looks_on and type(message) is not Wake:
            raise Refused("not-allowed", _LOOKS_ON, getattr(message, "n", 0))
        elif type(message) is SetRequest:
            if message.op:
                self._owe_operation(len(message.p) + len(message.was) + room.bytes_compared(session, message))
            room.set(session, message, now)
            directory.commands += 1
        elif type(message) is AskRequest:
            room.ask(session, message, now)
            directory.commands += 1
        elif type(message) is Check:
            room.check(session, message, now)
        elif type(message) is Wake:
            room.wake(session, message)
        elif type(message) is SavedWorld:
            room.save_world(session, message, now)
        elif type(message) is BeginRequest:
            room.begin_with_world(session)
            self._owe_sent()
        elif type(message) is Done:
            if room.subscriptions.reported(session.id, message, now):
                session.bucket.give_back()  # a report that the server asked for is not counted
        elif type(message) is Kick or type(message) is Close:
            raise Refused("not-allowed", NOT_ALLOWED)
        else:
            raise ProtocolError("bad-message", "hello or watch comes once, at the start of a connection")

    # ------------------------------------------------------------------ hello, or watch

    def _open_conversation(self, message: ClientMessage, now: float) -> None:
        """The first message of a connection. Raises `ProtocolError`."""
        try:
            if type(message) is Hello:
                self._greet(message, now)
            elif type(message) is Watch:
                self._watch(message, now)
            else:
                raise ProtocolError("hello-first", "say hello first: which room, and your name")
        except BadArgument as error:
            raise ProtocolError("bad-name", error.message) from None
        except Refused as error:
            raise ProtocolError(error.code, error.message) from None

    def _watch(self, watch: Watch, now: float) -> None:
        self._check_version(watch.v, watch.room)
        self.observer = Observer(self.connection, self.wire, self.disconnect, self.account.key)
        try:
            self.directory.observe(self.observer, watch, self.account, now)
        except WrongGuess as error:
            self._refuse_late(error, now)
            return
        self.bucket = TokenBucket(self.directory.limits.rate, self.directory.limits.burst, now)
        self.stage = Stage.WATCHING
        room = self.directory.rooms.get(self.observer.room)
        self._owe(0 if room is None else len(room.state.players))

    # ------------------------------------------------------------------ what it is told

    def _tell_late(self, why: str) -> None:
        self._send(Error("rate", why))

    def gone(self, now: float, *, clean: bool) -> None:
        Peer.gone(self, now, clean=clean)
        if self.session is None:  # else its room is held, and may still take its last words
            self._actor = None
        observer, self.observer = self.observer, None  # it refers to this peer: no reference cycle may remain
        if observer is not None:
            self._stop_observing(observer)

    @contained
    def _stop_observing(self, observer: Observer) -> None:
        self.directory.stop_observing(observer)

    @contained
    def refuse(self, code: str, message: str, n: int = 0) -> None:
        error = codec.encode(Error(code, message, n))
        self._write(self.wire.pack([error]))  # though it is behind: it did nothing wrong

    @contained
    def request_reports(self, every: int) -> None:
        if self.stage is _PRESENT and self._hello is NOBODY:  # else it is told after its welcome
            self._send(Report(every))

    def _fail(self, error: ProtocolError) -> None:
        self._send(Error(error.code, error.message))
        self.disconnect(error.code, error.message, codec.CLOSE_NOT_UTF8 if isinstance(error, codec.NotUtf8) else 0)

    def _send_bye(self, code: str, message: str) -> None:
        if self.observer is not None:
            self.observer.leaving = True  # nothing comes after a bye
            self.observer.current = self.observer.starting = False
        self._send(Bye(code, message, COME_BACK_IN if CODES[code][1] else None))

    def _send(self, message: ServerMessage) -> None:
        if self.connection.behind and type(message) is Error:
            self.connection.abort()  # sends what is wrong and does not read that it is: memory has a bound
            return
        self._write(self.wire.pack([codec.encode(message)]))
