"""All rooms of a server: which are open, who waits for one to open, who watches which."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.messages import Watch, client_limits
from roomcast.core.protocol.room_codes import RoomCodes
from roomcast.core.room.clock import Clock
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.room.commit_log import CommitFailed, Committed, Opened, OpenFailed, Store
from roomcast.core.room.room import Room
from roomcast.core.server.admin_token import AdminToken
from roomcast.core.server.admission import Admission
from roomcast.core.server.flush_scheduler import FlushScheduler
from roomcast.core.server.observer_directory import ObserverDirectory
from roomcast.core.server.observers import Observer
from roomcast.core.server.peer_contract import ServerPeer
from roomcast.core.server.revoked_sessions import RevokedSessions
from roomcast.core.server.trace_subscriber import TraceSubscriber
from roomcast.errors import Refused


class Directory:
    """The rooms and connections of one server. It draws no secrets itself: `secret` does.

    `wake` is called when there is something to flush and there was nothing before; whoever drives the server then calls
    `flush`, and again when it says so. `show` is called with each command's trace; `token` is the one of those who may
    kick players and close rooms, "": nobody may.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        store: Store,
        secret: Callable[[], str],
        clock: Clock,
        wake: Callable[[], object],
        show: Callable[[CommandTrace], None] | None = None,
        token: str = "",
    ) -> None:
        self.limits = limits
        self.client_limits: Final = client_limits(limits)  # what each client is told of them
        self.rooms: dict[str, Room] = {}  # those that are open, by name
        self.codes = RoomCodes()
        self.secret = secret
        self.clock = clock
        self.show = show
        self.commands = 0  # taken since the start
        self.copies = 0  # entries times connections, of rooms that are closed
        self.closing = False
        self.revoked_sessions = RevokedSessions(limits.resume_window)
        self._admission = Admission(limits)
        self.peers = self._admission.peers
        self._admin_token = AdminToken(token)
        self._observers = ObserverDirectory(limits, clock)
        self._flushes = FlushScheduler(limits.pace, wake)
        self.flush: Final = self._flushes.flush  # see there
        self._store = store
        self._opening: dict[str, dict[ServerPeer, None]] = {}  # who waits for a room to be opened, by its name
        self._waits_for: dict[ServerPeer, str] = {}  # the same the other way round
        self._codes_of_kept = False  # rooms that are kept have their codes

    # ------------------------------------------------------------------ connections

    def enter(self, peer: ServerPeer) -> None:
        """Count a connection in. Raises `Refused` where there are too many, or the server is closing."""
        if self.closing:
            raise Refused("closing", "this server is closing")
        self._admission.enter(peer)

    def exit(self, peer: ServerPeer) -> None:
        """Count a connection out; does nothing where it was not counted in."""
        self._admission.exit(peer)
        self.stop_waiting(peer)

    def stop_waiting(self, peer: ServerPeer) -> None:
        """The peer waits for no room to be opened any more; does nothing where it never did."""
        name = self._waits_for.pop(peer, None)
        if name is not None:
            del self._opening[name][peer]

    # ------------------------------------------------------------------ opening and closing rooms

    def resolve(self, asked: str) -> str:
        """The name of the room that somebody asks for, by its name or by its code. Raises `BadArgument`."""
        name = names.clean_room_name(asked, self.limits)
        return name if name in self.rooms else self.room_of_code(name) or name

    def room_of_code(self, typed: str) -> str | None:
        """The name of the room for which a code stands, whether it is open or not."""
        self._give_codes_to_kept_rooms()
        return self.codes.room(typed)

    def code(self, room: str) -> str:
        """The code that stands for the room of that name, whether it is open or not."""
        self._give_codes_to_kept_rooms()
        return self.codes.of(room)

    def _give_codes_to_kept_rooms(self) -> None:
        """Before the first code is given or read, so that codes outlive the server."""
        if not self._codes_of_kept:
            self._codes_of_kept = True
            self.codes.assign(self._store.rooms())

    def open(self, asked: str, peer: ServerPeer, now: float) -> Room | None:
        """The room of that name or code: open, or as it was left, or new.

        None: it is being opened; `peer.room_opened` or `peer.open_failed` follows. Raises `BadArgument` (the name) and
        `Refused` ("rooms-full", "disk").
        """
        name = self.resolve(asked)
        if name in self.rooms:
            return self.rooms[name]
        if name not in self._opening:
            taken = len(self.rooms) + len(self._opening)
            if taken >= self.limits.rooms:
                what = "this server has no room left to open"
                raise Refused("rooms-full", exceeded("rooms", self.limits, taken, what))
            self.code(name)  # before other rooms take it that are opened meanwhile
            self.codes.trim(self.rooms)
            opened = self._store.open(name)
            if opened is not None:
                return self._add(opened, now)
            self._opening[name] = {}
        self._opening[name][peer] = None
        self._waits_for[peer] = name
        return None

    def poll_store(self, now: float) -> None:
        """The store has woken the server: take its events."""
        for event in self._store.poll():
            if isinstance(event, Committed):
                room = self.rooms.get(event.commits.room)
                if room is not None and room.commits is event.commits:
                    room.committed()
            elif isinstance(event, Opened):
                self._opened(event, now)
            elif isinstance(event, OpenFailed):
                self._open_failed(event.room, Refused("disk", event.message))
            else:
                self._commit_failed(event)

    def _add(self, opened: Opened, now: float) -> Room:
        """Raises `Refused` ("disk") where what is kept of the room is damaged."""
        name = opened.room
        try:
            room = Room(
                name,
                self.limits,
                now,
                flushes=self._flushes,
                clock=self.clock,
                commits=opened.commits,
                saved=opened.saved,
            )
        except Refused:
            opened.commits.close()
            raise
        self.rooms[name] = room
        if self.show is not None:
            room.subscribe(TraceSubscriber(room, self.show))
        self._observers.room_opened(room, now)
        return room

    def _opened(self, opened: Opened, now: float) -> None:
        try:
            room = self._add(opened, now)
        except Refused as error:
            self._open_failed(opened.room, error)
            return
        for peer in self._take_waiting(opened.room):
            peer.room_opened(room, now)

    def _open_failed(self, name: str, error: Refused) -> None:
        for peer in self._take_waiting(name):
            peer.open_failed(error)

    def _take_waiting(self, name: str) -> Iterable[ServerPeer]:
        """Those who have waited for a room; they wait no more."""
        waiting = self._opening.pop(name, {})
        for peer in waiting:
            del self._waits_for[peer]
        return waiting

    def _commit_failed(self, failed: CommitFailed) -> None:
        """Nothing more of the room can be committed: close it; it opens again from what is committed."""
        room = self.rooms.get(failed.commits.room)
        if room is None or room.commits is not failed.commits:
            return
        for session in list(room.sessions.values()):
            room.detach(session)
            peer, session.peer = session.peer, None
            if peer is not None:
                peer.disconnect("disk", failed.message)
        self._close(room)

    def _close(self, room: Room) -> None:
        """The room is no longer needed in memory."""
        self.copies += room.feed.copies
        del self.rooms[room.name]
        room.close()
        self._observers.room_closed(room)

    # ------------------------------------------------------------------ time

    def sweep(self, now: float) -> None:
        """About once a second: everything that time alone brings about."""
        for peer in list(self.peers):
            peer.sweep(now)
        for room in list(self.rooms.values()):
            room.sweep(now)
            empty_for = 0.0 if room.empty_since is None else now - room.empty_since
            if empty_for > self.limits.empty_room and not room.sessions and room.settled:
                self._close(room)
        self._trim_logs()
        self._observers.tick(now)
        self.revoked_sessions.sweep(now)

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend all deadlines of peers and rooms by them."""
        for peer in self.peers:
            peer.exclude_downtime(seconds, now)
        for room in self.rooms.values():
            room.exclude_downtime(seconds, now)

    def _trim_logs(self) -> None:
        """Where all logs together are too large, each may keep an equal share."""
        if sum(room.log.size for room in self.rooms.values()) > self.limits.kept_total:
            share = self.limits.kept_total // len(self.rooms)
            for room in self.rooms.values():
                room.log.trim(self.limits.kept_entries, share, room.feed.flushed)

    # ------------------------------------------------------------------ those who watch, and those who may end stays

    def observe(self, observer: Observer, watch: Watch, address: str, now: float) -> None:
        """Let a connection watch a room, which need not be open.

        Raises `BadArgument` (the name) and `Refused` ("bad-token", "watch-full").
        """
        name = self.resolve(watch.room)
        if watch.token:
            self._admin_token.check(watch.token, address, now)
            observer.admin = True
        self._observers.add(name, observer, self.rooms.get(name), now)

    def stop_observing(self, observer: Observer) -> None:
        """The connection watches no more; does nothing where it never did."""
        self._observers.remove(observer)

    def kick(self, room_name: str, player: str, now: float) -> None:
        """Send a player out of a room. Raises `Refused` where it is not there."""
        room = self.rooms.get(room_name)
        if room is None or player not in room.state.players:
            raise Refused("bad-argument", f"no player {names.quoted(player)} is in the room {room_name!r}")
        room.flush(now)  # the last that it hears is the bye, after all that came before
        why = f"you were sent out of the room {room_name!r} by whoever runs the server"
        self.revoked_sessions.revoke(room, room.sessions[player], "kicked", why, now)

    def close_room(self, room_name: str, now: float) -> None:
        """Send everyone out of a room; who joins then begins a new one, but for what is kept on disk."""
        room = self.rooms.get(room_name)
        if room is None:
            return
        room.flush(now)
        for session in list(room.sessions.values()):
            why = f"the room {room_name!r} was closed by whoever runs the server"
            self.revoked_sessions.revoke(room, session, "room-closed", why, now)
        room.flush(now)
        if room.settled:
            self._close(room)

    def close(self, message: str, now: float) -> None:
        """Say `bye` to everyone, after all that is still to be written."""
        self.closing = True
        for room in self.rooms.values():
            room.flush(now)
        for peer in list(self.peers):
            peer.disconnect("closing", message)
