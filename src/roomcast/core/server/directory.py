"""All rooms of a server: which exist, who may come back to them, which have something to write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.messages import Watch
from roomcast.core.protocol.room_codes import RoomCodes
from roomcast.core.room.command_trace import CommandTrace, CommandTracer
from roomcast.core.room.commit_log import Store
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.core.server.admin_token import AdminToken
from roomcast.core.server.observers import Observer, Observers
from roomcast.errors import Refused

if TYPE_CHECKING:
    from roomcast.core.server.peer import Peer

# Seconds that a room waits for each connection that it has written to, so that the batches of a large one grow, and not
# the queue: a write takes 4 to 8 µs.
WAIT_A_WRITE: Final = 10e-6
# And where several rooms have something to write, seconds that each write takes from the time of all: less than half of
# it goes into writing, and the rest is there for reading, and for those who come in.
SHARE_A_WRITE: Final = 20e-6


class Directory:
    """The rooms, sessions and connections of one server. It draws no secrets itself: `secret` does.

    `wake` is called when there is something to flush and there was nothing before; whoever drives
    the hub then calls `flush`, and again when it says so.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        secret: Callable[[], str],
        clock: Callable[[float], int],
        wake: Callable[[], None],
        show: Callable[[CommandTrace], None] | None = None,
        token: str = "",
        store: Store | None = None,
    ) -> None:
        self._store = store
        self.limits = limits
        self.rooms: dict[str, Room] = {}
        self.codes = RoomCodes()
        self._codes_of_kept = store is None  # those of rooms on disk are given, too
        self.peers: dict[Peer, None] = {}  # in the order of coming: what happens to them all happens in it
        self.secret = secret
        self.show = show  # is handed each command's six steps, in all rooms
        self.admin = AdminToken(token)
        self.commands = 0  # taken since the start
        self.copies = 0  # entries times connections, of rooms that are gone
        self.closing = False
        self.clock = clock
        self._wake = wake
        self._addresses: Counter[str] = Counter()
        self._sessions: dict[str, tuple[Room, Session]] = {}
        self._ended: dict[str, tuple[float, str, str]] = {}  # sessions that may not come back: until when, and why
        self._observers: dict[str, Observers] = {}  # by the name of the room that they watch, open or not
        self._changed: list[Room] = []
        self._paced: list[tuple[float, int, Room]] = []  # a heap of those that wrote a moment ago, by when they may
        self._readers_a_pace = int(limits.pace / WAIT_A_WRITE)  # a room that has more of them waits for longer
        self._pacings = 0  # so far; tells those apart that may write at the same time
        self._writing_until = float("-inf")  # what was written takes until then, at `SHARE_A_WRITE` each

    # ------------------------------------------------------------------ connections

    def enter(self, peer: Peer) -> None:
        """Count a connection in. Raises `Refused` where there are too many."""
        if self.closing:
            raise Refused("closing", "this server is closing")
        if len(self.peers) >= self.limits.connections:
            what = "this server has no place left"
            raise Refused("server-full", exceeded("connections", self.limits, len(self.peers), what))
        met = self._addresses[peer.address]
        if met >= self.limits.connections_address:
            what = f"too many connections from {peer.address}"
            raise Refused("server-full", exceeded("connections_address", self.limits, met, what))
        self.peers[peer] = None
        self._addresses[peer.address] += 1

    def exit(self, peer: Peer) -> None:
        """Count a connection out; does nothing where it was not counted in."""
        if peer in self.peers:
            del self.peers[peer]
            self._addresses[peer.address] -= 1
            if not self._addresses[peer.address]:
                del self._addresses[peer.address]

    # ------------------------------------------------------------------ rooms and sessions

    def resolve(self, asked: str) -> str:
        """The name of the room that somebody asks for, by its name or by its code. Raises `BadArgument`."""
        name = names.clean_room_name(asked, self.limits)
        return name if name in self.rooms else self.room_of_code(name) or name

    def room_of_code(self, typed: str) -> str | None:
        """The name of the room for which a code stands, be it open or not."""
        self._know_kept_rooms()
        return self.codes.room(typed)

    def code(self, room: str) -> str:
        """The code that stands for the room of that name, be it open or not."""
        self._know_kept_rooms()
        return self.codes.of(room)

    def _know_kept_rooms(self) -> None:
        """Before the first code is given or read: so that those of yesterday still hold."""
        if not self._codes_of_kept and self._store is not None:
            self._codes_of_kept = True
            self.codes.know(self._store.rooms())

    def room(self, asked: str, now: float) -> Room:
        """The room of that name or code: open, or as it was left, or new.

        Raises `BadArgument` (the name) and `Refused` ("rooms-full", "disk").
        """
        name = self.resolve(asked)
        room = self.rooms.get(name)
        if room is None:
            if len(self.rooms) >= self.limits.rooms:
                what = "this server has no room left to open"
                raise Refused("rooms-full", exceeded("rooms", self.limits, len(self.rooms), what))
            journal, saved = (None, None) if self._store is None else self._store.open(name)
            room = Room(
                name,
                self.limits,
                now,
                changed=self._room_changed,
                clock=self.clock,
                journal=journal,
                saved=saved,
                broken=self._room_broken,
            )
            self.rooms[name] = room
            self.code(name)
            self.codes.trim(self.rooms)
            for session in room.sessions.values():
                self.keep(room, session)
            if name in self._observers:
                self._observers[name].opened(room, now)
            elif self.show is not None:
                room.watcher = CommandTracer(self.show)
        return room

    def _close(self, room: Room) -> None:
        """The room is no longer needed in memory."""
        self.copies += room.feed.copies
        del self.rooms[room.name]
        room.close()
        if room.name in self._observers:
            self._observers[room.name].gone()

    def _room_broken(self, room: Room, why: str) -> None:
        """What the room says cannot be kept any more: close it; it opens again from what is on disk."""
        if self.rooms.get(room.name) is room:
            del self.rooms[room.name]
        for session in list(room.sessions.values()):
            self.forget(session)
            room.mute(session)
            peer, session.peer = session.peer, None
            if peer is not None:
                peer.disconnect("disk", why)
        if room.name in self._observers:
            self._observers[room.name].gone()

    def keep(self, room: Room, session: Session) -> None:
        """Remember a session by its secret, so that its player can come back."""
        self._sessions[session.secret] = (room, session)

    def forget(self, session: Session) -> None:
        self._sessions.pop(session.secret, None)

    def find(self, secret: str, now: float) -> tuple[Room, Session] | None:
        """The session with that secret, and its room; it may have to be opened. Raises `Refused` as `room`."""
        if secret not in self._sessions and self._store is not None:
            name = self._store.room_of(secret)
            if name is not None:
                self.room(name, now)
        return self._sessions.get(secret)

    def sweep(self, now: float) -> None:
        """Once a second or so: everything that time alone brings about."""
        for peer in list(self.peers):
            peer.sweep(now)
        for room in list(self.rooms.values()):
            for session in room.sweep(now):
                self.forget(session)
            empty_for = 0.0 if room.empty_since is None else now - room.empty_since
            if empty_for > self.limits.empty_room and not room.sessions and room.settled:
                self._close(room)
            elif room.watcher is not None:
                room.watcher.sweep(now)
        self._trim_logs()
        for observers in self._observers.values():
            observers.tick(now)
        for secret in [secret for secret, (until, _, _) in self._ended.items() if now > until]:
            del self._ended[secret]

    def exclude_downtime(self, seconds: float) -> None:
        """This computer slept, or was busy elsewhere, for so long: that time counts against nobody.

        Nobody could be heard in it, or come back.
        """
        for peer in self.peers:
            peer.exclude_downtime(seconds)
        for room in self.rooms.values():
            room.exclude_downtime(seconds)

    def _trim_logs(self) -> None:
        """Where all logs together are too large, each may keep an equal share."""
        if sum(room.log.size for room in self.rooms.values()) > self.limits.kept_total:
            share = self.limits.kept_total // len(self.rooms)
            for room in self.rooms.values():
                room.log.trim(self.limits.kept_entries, share, room.feed.flushed)

    # ------------------------------------------------------------------ those who watch, and those who may end things

    def observe(self, observer: Observer, watch: Watch, address: str, now: float) -> None:
        """Let a connection look on at a room, which need not be open.

        Raises `BadArgument` (the name) and `Refused` ("bad-token", "watch-full").
        """
        name = self.resolve(watch.room)
        if watch.token:
            self.admin.check(watch.token, address, now)
            observer.admin = True
        observers = self._observers.get(name)
        met = 0 if observers is None else len(observers)
        if met >= self.limits.room_observers and not observer.admin:
            what = f"the room {name!r} has observers enough"
            raise Refused("watch-full", exceeded("room_observers", self.limits, met, what))
        if observers is None:
            observers = self._observers[name] = Observers(name, self.clock, self.show, now)
            if name in self.rooms:
                observers.opened(self.rooms[name], now)
        observer.room = name
        observers.add(observer, now)

    def stop_observing(self, observer: Observer) -> None:
        """The connection looks on no more; does nothing where it never did."""
        observers = self._observers.get(observer.room)
        if observers is None:
            return
        observers.remove(observer)
        if not len(observers):
            del self._observers[observer.room]
            observers.end()
            if self.show is not None and observer.room in self.rooms:
                self.rooms[observer.room].watcher = CommandTracer(self.show)

    def kick(self, room_name: str, who: str, now: float) -> None:
        """Send a player out of a room. Raises `Refused` where it is not there."""
        room = self.rooms.get(room_name)
        if room is None or who not in room.state.players:
            raise Refused("bad-argument", f"no player {names.quoted(who)} is in the room {room_name!r}")
        room.flush(now)  # the last that it hears is the bye, after all that came before
        why = f"you were sent out of the room {room_name!r} by whoever runs the server"
        self._dismiss(room, room.sessions[who], "kicked", why, now)

    def close_room(self, room_name: str, now: float) -> None:
        """Send everyone out of a room; who joins then begins a new one, but for what is kept on disk."""
        room = self.rooms.get(room_name)
        if room is None:
            return
        room.flush(now)
        for session in list(room.sessions.values()):
            why = f"the room {room_name!r} was closed by whoever runs the server"
            self._dismiss(room, session, "room-closed", why, now)
        room.flush(now)
        if room.settled:
            self._close(room)

    def _dismiss(self, room: Room, session: Session, code: str, why: str, now: float) -> None:
        """End a player's stay: it is told why, and cannot come back as itself."""
        self.forget(session)
        if session.secret:
            self._ended[session.secret] = (now + self.limits.resume_window, code, why)
        if session.peer is not None:
            session.peer.disconnect(code, why)
        room.leave(session, now, code)

    def check_ended(self, secret: str) -> None:
        """Raises `Refused`, with what they were told, where a session's stay was ended."""
        if secret in self._ended:
            _, code, why = self._ended[secret]
            raise Refused(code, why)

    # ------------------------------------------------------------------ writing, at a pace

    def _room_changed(self, room: Room) -> None:
        if not self._changed:
            self._wake()
        self._changed.append(room)

    def flush(self, now: float) -> float | None:
        """Write what is new in all rooms, but in each no more than once a `pace` (a large room: less often).

        A room that was quiet is written at once, unless what several rooms have to write is too much: then each waits
        its turn, and more of its entries go in one write. Returns when to call again, None: when woken.
        """
        pace = self.limits.pace
        changed, self._changed = self._changed, []
        if not pace:
            for room in changed:
                room.flush(now)
            return None
        paced, until = self._paced, self._writing_until
        alone = len(changed) + len(paced) == 1
        if alone or until < now:
            until = now
        while paced and now >= paced[0][0] and now >= until - pace:
            room = heappop(paced)[2]
            until += room.feed.readers * SHARE_A_WRITE
            room.flush(now)
        for room in changed:
            readers = room.feed.readers
            wait = pace if readers <= self._readers_a_pace else readers * WAIT_A_WRITE
            may_write_at = room.flushed_at + wait
            if now >= may_write_at and now >= until - pace:
                until += readers * SHARE_A_WRITE
                room.flush(now)
            else:
                self._pacings += 1
                heappush(paced, (may_write_at, self._pacings, room))
        self._writing_until = until
        if not paced:
            return None
        return paced[0][0] if alone else max(paced[0][0], until - pace)

    def close(self, message: str, now: float) -> None:
        """Say `bye` to everyone, after all that is still to be written."""
        self.closing = True
        for room in self.rooms.values():
            room.flush(now)
        for peer in list(self.peers):
            peer.disconnect("closing", message)
