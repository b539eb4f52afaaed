"""One connection's conversation with the server: from hello to bye, and whether it is alive.

State       what comes in             what follows
--------    ----------------------    ---------------------------------------------
greeting    hello                     opening, or welcome → present; refused: bye → over
            anything else, too late   error, bye → over
            watch                     watching → watching; refused: bye → over
opening     the room is open          welcome → present; refused: bye → over
            anything                  waits
present     do, set                   an entry in the log, or error
            an unknown type           error
            bytes that are no message error, bye → over
watching    kick, close               with the token: somebody's bye; else error
any         more than the rate        waits: the transport pauses reading it for a moment
any         silence, no reading       over (and free to resume)
over        anything                  nothing
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final

from roomcast.core.protocol.limits import exceeded
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.feed import Cursor
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session, Start
from roomcast.core.room.token_bucket import TokenBucket
from roomcast.core.server.directory import Directory
from roomcast.errors import CODES, ProtocolError, Refused

_CLOSE_OK, _CLOSE_AWAY, _CLOSE_POLICY = 1000, 1001, 1008  # RFC 6455, section 7.4.1
_OPENING_POLL: Final = 0.05  # seconds; so often what waits for the room to open is looked at again


class Stage(Enum):
    GREETING = "greeting"
    OPENING = "opening"
    PRESENT = "present"
    WATCHING = "watching"
    OVER = "over"


class Peer:
    """What all peers have in common: admission, a session, keepalive."""

    __slots__ = (
        "_born",
        "_held",
        "_over_for",
        "_over_since",
        "_pinged",
        "_quiet_since",
        "_unread",
        "_unread_since",
        "_wrong",
        "address",
        "bucket",
        "connection",
        "directory",
        "heard",
        "room",
        "session",
        "stage",
        "wire",
    )

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        self.directory = directory
        self.connection = connection
        self.wire = wire
        self.address = address
        self.stage = Stage.GREETING
        self.room: Room | None = None
        self.session: Session | None = None
        self.bucket: TokenBucket | None = None  # how fast it may speak, once it is present
        self.heard = True  # something came since the last sweep
        self._held: list[bytes] = []  # messages held back: they came too fast, or before the room was open
        self._wrong: ProtocolError | None = None  # what came after them and is no message
        self._born = now
        self._quiet_since = now
        self._pinged = False
        self._over_since: float | None = None  # the first sweep after the end
        self._over_for = 0  # sweeps in which it read nothing
        self._unread = 0  # bytes at the last sweep
        self._unread_since: float | None = None  # since when that has not become less

    # -- what the transport tells

    def receive(self, data: bytes, now: float) -> float:
        """Take bytes in. Returns seconds to wait before reading on, because messages came too fast.

        Nothing is lost by that: what has come is held here, what has not waits at the sender's.
        """
        if self._wrong is None:
            try:
                self._held.extend(self._split(data))  # what comes before something wrong is handled
            except ProtocolError as error:
                self._wrong = error
        return self.read_on(now)

    def read_on(self, now: float) -> float:
        """Handle what is held, as fast as the rate allows; returns as `receive`."""
        self.heard = True
        for count, line in enumerate(self._held):
            if self.stage is Stage.OVER:
                break
            if self.stage is Stage.OPENING:
                del self._held[:count]
                return _OPENING_POLL
            bucket = self.bucket
            if bucket is not None and not bucket.take(now):
                del self._held[:count]
                return bucket.wait(now)
            self._handle_line(line, now)
        self._held.clear()
        if self._wrong is not None:
            if self.stage is Stage.OPENING:
                return _OPENING_POLL
            if self.stage is not Stage.OVER:
                self._fail(self._wrong)
        return 0.0

    def _split(self, data: bytes) -> Iterable[bytes]:
        """The messages that these bytes complete. Raises `ProtocolError`, after those that are good."""
        raise NotImplementedError

    def _handle_line(self, line: bytes, now: float) -> None:
        """Handle one message."""
        raise NotImplementedError

    def _fail(self, error: ProtocolError) -> None:
        """The client broke the protocol: end the connection."""
        raise NotImplementedError

    def fell_behind(self) -> None:
        """The connection does not read what is written."""
        if self.room is not None and self._cursor is not None:
            self.room.feed.fall_behind(self._cursor)

    def resumed(self) -> None:
        """The connection was behind, and has read most of what waited."""
        if self.room is not None and self._cursor is not None:
            self.room.resume_reading(self._cursor)

    @property
    def _cursor(self) -> Cursor | None:
        """Our place in the log. A newer connection of the session has its own, which we leave alone."""
        return self.session.cursor if self.session is not None and self.session.peer is self else None

    def gone(self, now: float, *, clean: bool) -> None:
        """The connection has ended: `clean` if the other end said that it leaves."""
        if self.session is not None and self.stage is Stage.PRESENT and (clean or not self.session.secret):
            for line in self._held:  # it said these before, and will not say them again
                self._handle_line(line, now)
        self.stage = Stage.OVER
        self.directory.exit(self)
        room, session = self.room, self.session
        self.room = self.session = None
        if room is None or session is None or session.peer is not self:
            return
        if clean or not session.secret:
            room.leave(session, now, "left" if clean else "lost")
        else:
            room.drop(session, now)

    def _write(self, data: bytes) -> None:
        if not self.connection.write(data):
            self.fell_behind()

    # -- what the directory and the room tell

    def room_opened(self, room: Room, now: float) -> None:
        """The room that the peer waits for is open; it may have been disconnected meanwhile."""
        if self.stage is Stage.OPENING:
            self._enter(room, now)

    def _enter(self, room: Room, now: float) -> None:
        """Take a seat in the room. If that is refused, the client is told why, and disconnected."""
        raise NotImplementedError

    def begin(self, start: Start, now: float) -> None:
        """Send the welcome, and let the entries after `start` follow."""
        raise NotImplementedError

    def open_failed(self, error: Refused) -> None:
        """The room that the peer waits for cannot be opened; it may have been disconnected meanwhile."""
        if self.stage is Stage.OPENING:
            self._refuse(error)

    def _refuse(self, error: Refused) -> None:
        """The client is not admitted."""
        raise NotImplementedError

    def _attach_session(self, room: Room, session: Session) -> None:
        self.room, self.session, self.bucket = room, session, session.bucket
        session.peer = self
        self.stage = Stage.PRESENT

    def replaced(self) -> None:
        self.disconnect("replaced", "this session has connected anew from elsewhere")

    def request_reports(self, every: int) -> None:
        """Ask the client for reports of the six steps; line clients cannot give them."""

    def disconnect(self, code: str, message: str) -> None:
        """Send a farewell, and end the connection; `code` is one of `CODES`."""
        if self.stage is not Stage.OVER:
            if self.stage is Stage.OPENING:
                self.directory.stop_waiting(self)
            self.stage = Stage.OVER
            if self.room is not None and self.session is not None and self.session.peer is self:
                self.room.detach(self.session)
            self._send_bye(code, message)
            self.connection.close(_CLOSE_AWAY if CODES[code][1] else _CLOSE_POLICY, code)

    def _send_bye(self, code: str, message: str) -> None:
        raise NotImplementedError

    # -- what time brings

    def sweep(self, now: float) -> None:
        """About once a second: is the peer alive, and does it read?"""
        limits = self.directory.limits
        if self.stage is Stage.OVER:
            self._drain(now)
            return
        if self.stage is Stage.GREETING and now - self._born > limits.hello_within:
            what = "no hello came in time"
            self.disconnect("hello-late", exceeded("hello_within", limits, now - self._born, what))
            return
        before, self._unread = self._unread, self.connection.unread()
        # Only while it is behind: as long as more is written, what waits may grow though it reads.
        if not self.connection.behind or self._unread < before:
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
        elif now - self._quiet_since > limits.silent_for and self._must_answer_pings():
            self.connection.abort()
        elif now - self._quiet_since > limits.ping_every and not self._pinged:
            self._pinged = True
            self.connection.ping()

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend the deadlines of the client by them."""
        self._born = min(self._born + seconds, now)
        self._quiet_since = min(self._quiet_since + seconds, now)
        if self._unread_since is not None:
            self._unread_since = min(self._unread_since + seconds, now)
        if self._over_since is not None:
            self._over_since = min(self._over_since + seconds, now)

    def _drain(self, now: float) -> None:
        """Disconnected: give the client time to read what waits and the bye, as long as it reads at all."""
        before, self._unread = self._unread, self.connection.unread()
        if self._over_since is None:
            self._over_since = now
        self._over_for = 0 if self._unread < before else self._over_for + 1
        if self._over_for > 2 or now - self._over_since > self.directory.limits.drain:
            self.connection.abort()

    def _must_answer_pings(self) -> bool:
        return True
