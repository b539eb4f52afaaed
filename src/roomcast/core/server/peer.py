"""One connection's conversation with the server: from hello to bye, and whether it is alive. `stage` has its stages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from roomcast.core.protocol.limits import exceeded
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.feed import Cursor
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session, Start
from roomcast.core.server.auth_runs import AuthRun
from roomcast.core.server.directory import Directory
from roomcast.core.server.peer_input import PeerInput
from roomcast.core.server.stage import Stage
from roomcast.errors import CODES, Refused

LAST_WORDS: Final = 1000  # messages that are still handled of one whose connection has ended: 10 ms of work
_CLOSE_OK, _CLOSE_AWAY, _CLOSE_POLICY = 1000, 1001, 1008  # RFC 6455, section 7.4.1


Arguments = ParamSpec("Arguments")
AnyPeer = TypeVar("AnyPeer", bound="Peer")


def contained(
    told: Callable[Concatenate[AnyPeer, Arguments], None],
) -> Callable[Concatenate[AnyPeer, Arguments], None]:
    """Decorator of what transports, rooms and the directory tell a peer: whatever it raises ends this connection alone.

    And the room, where that cannot go on.
    """

    @wraps(told)
    def call(peer: AnyPeer, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            told(peer, *args, **kwargs)
        except Exception as error:
            peer.failed(error)

    return call


class Peer(PeerInput):
    """What all peers have in common: admission, a session, keepalive."""

    __slots__ = ("_born", "_over_for", "_over_since", "_pinged", "_quiet_since", "_unread", "_unread_since")

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        PeerInput.__init__(self, directory, connection, wire, address, now)
        self._born = now
        self._quiet_since = now
        self._pinged = False
        self._over_since: float | None = None  # the first sweep after the end
        self._over_for = 0  # sweeps in which it read nothing
        self._unread = 0  # bytes at the last sweep
        self._unread_since: float | None = None  # since when that has not become less

    # -- what the transport tells

    @contained
    def fell_behind(self) -> None:
        """The connection does not read what is written."""
        if self.room is not None and self._cursor is not None:
            self.room.feed.fall_behind(self._cursor)

    @contained
    def resumed(self) -> None:
        """The connection was behind, and has read most of what waited."""
        if self.room is not None and self._cursor is not None:
            self.room.resume_reading(self._cursor)

    @property
    def _cursor(self) -> Cursor | None:
        """Our place in the log. A newer connection of the session has its own, which we leave alone."""
        return self.session.cursor if self.session is not None and self.session.peer is self else None

    @property
    def leaves(self) -> bool:
        """Whether going away (close code 1001) is leaving. Not for line clients, which have no close codes."""
        return False

    @contained
    def gone(self, now: float, *, clean: bool) -> None:
        """The connection has ended: `clean` if the other end said that it leaves."""
        if self._goes_later(clean=clean):
            return
        if self.session is not None and self.stage is Stage.PRESENT and (clean or not self.session.secret):
            del self._held[LAST_WORDS:]
            while self._held:  # it said these before, and will not say them again
                self._handle_line(self._held.pop(0), now)
                if self._goes_later(clean=clean):
                    return
        self._owe_sent()
        self._settle(now)
        self.stage = Stage.OVER
        self.directory.exit(self)
        if self.arriving is not None:
            self._stop_arriving(now, clean=clean)
        room, session = self.room, self.session
        self.room = self.session = None
        if room is None or session is None or session.peer is not self:
            return
        try:
            if clean or not session.secret:
                room.leave(session, now, "left" if clean else "lost")
            else:
                room.drop(session, now)
        except Exception as error:  # its ghost would stay
            raise RoomBroken(room.commits) from error
        if room.is_open_to(session):
            self._keep_away(session, room, now)

    def _stop_arriving(self, now: float, *, clean: bool) -> None:
        if self.arriving is None:
            return
        (room, session), self.arriving = self.arriving, None
        is_new = not self._has_been_in(session)
        turn_back = partial(self._turn_back, room, session, is_new=is_new, leaves=clean or is_new)
        if not room.defer(turn_back):
            turn_back(now)

    def _goes_later(self, *, clean: bool) -> bool:
        """Whether the room is held; then it is told once that is over."""
        room, session = self.room, self.session
        if room is None or session is None or not room.held:
            return False  # nearly always
        if not room.defer(lambda later: Peer.gone(self, later, clean=clean)):
            return False
        if session.peer is self:
            room.detach(session)  # there is nobody who could read any more
        return True

    def _keep_away(self, session: Session, room: Room, now: float) -> None:
        """The player may come back; so may as many of its address as may be connected at once, and no more."""
        for oldest, other in self.account.keep(session, room, self.directory.limits.connections_address):
            try:
                other.leave(oldest, now, "timeout")
            except Exception as error:
                raise RoomBroken(other.commits) from error

    def _owe_sent(self) -> None:
        """The player was sent snapshots, or what it had missed of the log: as much as was written is to be charged."""
        cursor = self._cursor
        if cursor is not None and cursor.sent:
            self._owe_bytes(cursor.sent)
            cursor.sent = 0

    def _write(self, data: bytes) -> None:
        if not self.connection.write(data):
            self.fell_behind()

    # -- what the directory and the room tell

    @contained
    def room_opened(self, room: Room, now: float) -> None:
        """The room that the peer waits for is open; it may have been disconnected meanwhile."""
        if self.stage is Stage.OPENING:
            self._enter(room, now)

    def _enter(self, room: Room, now: float) -> None:
        """Take a seat in the room. If that is refused, the client is told why, and disconnected."""
        raise NotImplementedError

    def _wait_for(self, room: Room, session: Session | None = None) -> None:
        """The room is held: wait until it goes on. `session`: ours, on which it decides; None: we could not enter."""
        self.stage, self.arriving = Stage.OPENING, None if session is None else (room, session)
        self.directory.held.wait(room, self)

    def _arrive(self, room: Room, now: float) -> Session:
        """The room has decided on the session that has waited for it. Raises `Refused`."""
        assert self.arriving is not None
        (_, session), self.arriving = self.arriving, None
        room.arrived(session, now)
        return session

    def _has_been_in(self, session: Session) -> bool:
        """Whether its program knows the session, and may come back with it: it was told of it before."""
        return False

    def _turn_back(self, room: Room, session: Session, now: float, *, is_new: bool, leaves: bool) -> None:
        """The connection ended while the room's rules thought about its coming."""
        room.given_up(session)
        if room.is_open_to(session) and session.peer is None:
            if is_new:
                room.seats.parties.forget(session.ticket)
            if leaves:
                room.leave(session, now, "lost")
            else:
                room.drop(session, now)
                self._keep_away(session, room, now)

    def begin(self, start: Start, now: float) -> None:
        """Send the welcome, and let the entries after `start` follow."""
        raise NotImplementedError

    @contained
    def open_failed(self, error: Refused) -> None:
        """The room that the peer waits for cannot be opened; it may have been disconnected meanwhile."""
        if self.stage is Stage.OPENING:
            self._refuse(error)

    def auth_ended(self, run: AuthRun, now: float) -> None:
        """The rules of the room that the peer wants have been asked; see `AskingPeer`."""
        raise NotImplementedError

    def _refuse(self, error: Refused) -> None:
        """The client is not admitted."""
        raise NotImplementedError

    def _attach_session(self, room: Room, session: Session) -> None:
        self.room, self.session, self.bucket = room, session, session.bucket
        self._settled, self._seq, self._writes = session.n, room.log.last, room.feed.writes
        self._due = session.n + 1
        session.peer = self
        self.stage = Stage.PRESENT

    @contained
    def go_on(self, now: float) -> None:
        """As `PeerHandle.go_on`."""
        if self.stage is Stage.PRESENT:
            self._handle_held(now)
            self.connection.read_again()

    @contained
    def replaced(self) -> None:
        self.disconnect("replaced", "this session has connected anew from elsewhere")

    def refuse(self, code: str, message: str, n: int = 0) -> None:
        """As `PeerHandle.refuse`."""

    def request_reports(self, every: int) -> None:
        """Ask the client for reports of the six steps; line clients cannot give them."""

    @contained
    def disconnect(self, code: str, message: str, close: int = 0) -> None:
        """Send a farewell, and end the connection; `code` is one of `CODES`.

        `close`: the code of the transport's own farewell, where it is another than that of `code`.
        """
        if self.stage is not Stage.OVER:
            if self.stage is Stage.OPENING:
                self.directory.stop_waiting(self)
                self.directory.auth.forget(self)
            self.stage = Stage.OVER
            if self.room is not None and self.session is not None and self.session.peer is self:
                self.room.detach(self.session)
            self._send_bye(code, message)
            self.connection.close(close or (_CLOSE_AWAY if CODES[code][1] else _CLOSE_POLICY), code)

    def _send_bye(self, code: str, message: str) -> None:
        raise NotImplementedError

    def failed(self, error: Exception) -> None:
        """Something in the server failed for this connection: end it; and its room, where that cannot go on."""
        was_over = self.stage is Stage.OVER
        try:
            if isinstance(error, RoomBroken):
                self.directory.room_broken(error)
            else:
                room = "" if self.room is None else self.room.name
                self.directory.failures.add("a connection was ended, for something in the server failed", room, error)
        finally:
            if was_over:
                self.connection.abort()
            else:
                self.disconnect("server-error", "something in the server failed for this connection: connect again")

    # -- what time brings

    @contained
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
        if self.stage is Stage.REFUSED and self._wrong is not None and now >= self._fail_at:
            self._fail(self._wrong)  # it had waited for a room, so nothing that it sends leads here
            return
        self._frames = max(0, self._frames - int(limits.rate))
        self._owe_sent()
        self._settle_each_second(now)
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

    @contained
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
