"""All rooms of a server: which are open, who waits for one to open, who watches which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from roomcast.core.protocol.client_limits import client_limits
from roomcast.core.protocol.codec import MessageBounds
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.room_codes import RoomCodes
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.clock import Clock
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.room.commit_log import CommitLog, Opened, Store
from roomcast.core.room.flush_queue import FlushQueue
from roomcast.core.room.handler_runs import NO_RUNS, HandlerRuns
from roomcast.core.room.room import Room
from roomcast.core.room.shared_state import StateTotal
from roomcast.core.server.accounts import Accounts
from roomcast.core.server.admin_token import AdminToken
from roomcast.core.server.administration import Administration
from roomcast.core.server.admission import Admission
from roomcast.core.server.auth_line import AuthLine
from roomcast.core.server.auth_runs import NO_AUTH_RUNS, AuthRuns
from roomcast.core.server.failures import Failures
from roomcast.core.server.flush_scheduler import FlushScheduler
from roomcast.core.server.held_rooms import HeldRooms
from roomcast.core.server.kept_logs import trim_logs
from roomcast.core.server.meetings import Meetings
from roomcast.core.server.observer_directory import ObserverDirectory
from roomcast.core.server.peer_contract import ServerPeer
from roomcast.core.server.revoked_sessions import RevokedSessions
from roomcast.core.server.room_kinds import STATE_BY_EVERYONE, RoomKinds, StateBy, make_room, relays_only
from roomcast.core.server.room_lookup import RoomLookup
from roomcast.core.server.room_makers import RoomMakers
from roomcast.core.server.room_passwords import RoomPasswords
from roomcast.core.server.store_events import StoreEvents
from roomcast.core.server.told_times import ToldTimes
from roomcast.core.server.trace_subscriber import TraceSubscriber
from roomcast.core.server.unopened_rooms import UnopenedRooms
from roomcast.core.server.waiting_peers import WaitingPeers
from roomcast.errors import Refused

_RoomKind = TypeVar("_RoomKind", bound=Room)


class Directory:
    """The rooms and connections of one server. It draws no secrets itself: `secret` does, and `seed` those of dice.

    `wake` is called when there is something to flush and there was nothing before; whoever drives the server then calls
    `flush`, and again when it says so. `show` is called with each command's trace; `token` is the one of those who may
    kick players and close rooms, "": nobody may. `log` is called with sentences for whoever runs the server. `lines`:
    what starter clients speak. `kinds`: which rooms have rules; `state_by`: who sets the state of others. `runs` runs
    handlers that wait, and tells `held`; `auth_runs` what rules say of those who come, and calls `auth`.

    Rooms fail alone: what one of them raises closes it, and nothing else. It goes to `failures`.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        store: Store,
        secret: Callable[[], str],
        seed: Callable[[], str],
        clock: Clock,
        wake: Callable[[], object],
        show: Callable[[CommandTrace], None] | None = None,
        token: str = "",
        log: Callable[[str], object] = lambda sentence: None,
        failures: Failures | None = None,
        lines: LineCodec = STANDARD,
        kinds: RoomKinds = relays_only,
        state_by: StateBy = STATE_BY_EVERYONE,
        runs: HandlerRuns = NO_RUNS,
        auth_runs: AuthRuns = NO_AUTH_RUNS,
    ) -> None:
        self.limits = limits
        self.lines: Final = lines
        self.kinds: Final = kinds
        self._state_by = state_by
        self.bounds: Final = MessageBounds(limits)
        self.client_limits: Final = client_limits(limits)  # what each client is told of them
        self.rooms: dict[str, Room] = {}  # those that are open, by name
        self.codes = RoomCodes(kept=store.rooms)
        self._lookup: Final = RoomLookup(limits, self.rooms, self.codes)
        self.resolve: Final = self._lookup.resolve  # see there
        self.room_of_code: Final = self.codes.room  # the name of the room for which a code stands, open or not
        self.code: Final = self.codes.of  # the code that stands for the room of a name, open or not
        self.secret = secret
        self.seed = seed  # for the dice of a new room: 128 random bits, as text
        self.failures: Final = Failures() if failures is None else failures
        self.clock = clock
        self.show = show
        self.commands = 0  # taken since the start
        self.copies = 0  # entries times connections, of rooms that are closed
        self.closing = False
        self.state_total: Final = StateTotal()
        self.revoked_sessions = RevokedSessions(limits.resume_window)
        administration = Administration(self.rooms, self.revoked_sessions, self._room_failed, self._close)
        self.kick: Final = administration.kick
        self.close_room: Final = administration.close_room
        self.log = log
        self.accounts = Accounts(limits)
        self.admission = Admission(limits, self.accounts)
        self.peers = self.admission.peers
        self._makers = RoomMakers(limits, self.rooms)
        self._waiting: Final = WaitingPeers()
        self.stop_waiting: Final = self._waiting.remove
        self.held: Final = HeldRooms(
            self.rooms, self._waiting, runs, self._room_failed,
            refused=lambda room, error: self._break_off(room, error.code, error.message),
        )  # fmt: skip
        self._meetings = Meetings(limits, kinds, self.rooms, self._waiting, self.codes, secret)
        self.brings_into: Final = self._meetings.brings_into
        self._told = ToldTimes()
        self._unopened = UnopenedRooms(log, self.failures)
        self.passwords: Final = RoomPasswords(log)
        self._admin_token = AdminToken(token, log)
        self._observers = ObserverDirectory(
            limits, clock, self.failures, self.room_broken, lines,
            rooms=self.rooms, lookup=self._lookup, check_token=self._admin_token.check,
        )  # fmt: skip
        self.observe: Final = self._observers.observe  # see there
        self.stop_observing: Final = self._observers.remove
        self.end_looking_on: Final = self._observers.end_looking_on
        self._store_events = StoreEvents(
            store, self.rooms, self.failures, self._opened, self._open_failed, self._break_off, self._room_failed
        )
        self.poll_store: Final = self._store_events.poll  # see there
        self.auth: Final = AuthLine(limits, auth_runs, self.failures, log)
        self._flushes = FlushScheduler(limits.pace, wake, self.room_broken)
        self.flush: Final = self._flushes.flush  # see there
        self.store = store

    # ------------------------------------------------------------------ connections

    def enter(self, peer: ServerPeer) -> None:
        """Count a connection in. Raises `Refused` where there are too many, or the server is closing."""
        if self.closing:
            raise Refused("closing", "this server is closing")
        self.admission.enter(peer)

    def exit(self, peer: ServerPeer) -> None:
        """Count a connection out; does nothing where it was not counted in."""
        self.admission.exit(peer)
        self._waiting.remove(peer)
        self.auth.forget(peer)

    # ------------------------------------------------------------------ opening and closing rooms

    def open(self, asked: str, peer: ServerPeer, now: float, meet: Meet | None = None) -> Room | None:
        """The room of that name or code, or of that kind as `meet` says: open, or as it was left, or new.

        None: it is being opened, or held; `peer.room_opened` or `peer.open_failed` follows. Raises `BadArgument` and
        `Refused`.
        """
        if meet is not None and meet.how:
            name = self._meetings.choose(asked, meet, peer.account, now)
        else:
            name = self._lookup.look_up(asked, peer.account, now)
        seats = 1 if meet is None else meet.seats
        if name in self.rooms:
            return self.held.enter(self.rooms[name], peer, seats)
        self.codes.check_new(name)
        if name not in self._waiting:
            least = self._makers.gives_way(peer.account, self._waiting.rooms_beside(self.rooms))
            if least is not None:
                if not least.close_down(now):
                    raise Refused("rooms-full", f"the room {least.name!r} is about to be closed: try again")
                self._close(least)
            self._meetings.opening(name, meet)
            try:
                self.code(name)  # before other rooms take it that are opened meanwhile
                self.codes.trim(self.rooms)
                opened = self.store.open(name)
            except Exception as error:
                self._forget(name)
                raise self._unopened.failed(name, error) from error
            self._makers.made(name, peer.account)
            if opened is not None:
                return self.held.enter(self._add(opened, now), peer, seats)
        self._waiting.add(name, peer, seats)
        return None

    def _add(self, opened: Opened, now: float) -> Room:
        """Raises `Refused`: "disk" where what is kept is damaged, "rooms-full", "room-broken" where it fails."""
        name, commits = opened.room, opened.commits
        try:
            room = make_room(
                opened, self.kinds(name), self.limits, now, self.seed, self._meetings.take_wanted(name),
                flushes=self._flushes, clock=self.clock, state_total=self.state_total, told=self._told.take(name),
                board=self._meetings.board_of(name), state_by=self._state_by, runs=self.held.runs,
            )  # fmt: skip
        except Exception as error:
            self._forget(name)
            self._close_commits(commits)
            if isinstance(error, Refused):
                self._unopened.refused(name, error)
                raise
            raise self._unopened.failed(name, error) from error
        self.rooms[name] = room
        if self.show is not None:
            room.subscribe(TraceSubscriber(room, self.show, self.failures))
        self._observers.room_opened(room, now)
        return room

    def add(self, make: Callable[[FlushQueue[Room]], _RoomKind], now: float) -> _RoomKind:
        """Have a room that is made elsewhere, before anybody has asked for it. `make` is given who flushes it."""
        room = make(self._flushes)
        self.code(room.name)
        self.rooms[room.name] = room
        self._observers.room_opened(room, now)
        return room

    def _opened(self, opened: Opened, now: float) -> None:
        try:
            room = self._add(opened, now)
        except Refused as error:
            self._open_failed(opened.room, error)
        else:
            self.held.let_in(room, now)

    def _open_failed(self, name: str, error: Refused) -> None:
        self._forget(name)
        for peer in self._waiting.take(name):
            peer.open_failed(error)

    def _forget(self, name: str) -> None:
        """There is no such room any more."""
        self._makers.closed(name)
        self._meetings.closed(name)

    def _close(self, room: Room) -> None:
        """The room is no longer needed in memory."""
        self.copies += room.feed.copies
        del self.rooms[room.name]
        self._flushes.forget(room)  # else its timers would go on
        self._forget(room.name)
        room.state_sizes.forget_all()
        room.seats.parties.end()
        self.held.closed(room)
        self._close_commits(room.commits)
        self._observers.room_closed(room)
        room.sessions.clear()  # nobody can come back to this one

    def _close_commits(self, commits: CommitLog) -> None:
        try:
            commits.close()
        except Exception as error:
            self.failures.add("what is kept of it could not be closed", commits.room, error)

    # ------------------------------------------------------------------ rooms that cannot go on

    def room_broken(self, broken: RoomBroken) -> None:
        """A step of a room was left half done: close the room."""
        room = self._store_events.room_of(broken.commits)
        if room is not None:
            self._room_failed(room, broken)
        else:
            self.failures.add("it failed after it was closed", broken.commits.room, broken)

    def _room_failed(self, room: Room, error: Exception) -> None:
        """Nobody knows what state a room is in: close it, and let its players come back to what is committed of it."""
        self.failures.add("it was closed, for something in the server failed", room.name, error)
        rest = "it opens again as it was kept" if room.commits.kept else "it begins anew: what was in it was not kept"
        why = f"something in the server failed in the room {room.name!r}, which was closed; {rest}"
        self._break_off(room, "room-broken", why)

    def _break_off(self, room: Room, code: str, message: str) -> None:
        """Close a room at once, whatever state it is in: everyone hears `bye`, and may come back."""
        if self.rooms.get(room.name) is not room:
            return
        peers = room.seats.abandon()
        self._told.note(room)
        self._close(room)
        for one in peers:
            one.disconnect(code, message)
        self.held.broken_off(room, code, message)

    # ------------------------------------------------------------------ time

    def sweep(self, now: float) -> None:
        """About once a second: everything that time alone brings about."""
        for peer in list(self.peers):
            peer.sweep(now)
        self._each_room(lambda room: self._sweep_room(room, now))
        trim_logs(self.rooms, self.limits, self._room_failed)
        self._observers.tick(now)
        self.revoked_sessions.sweep(now)
        self.auth.sweep(now)
        self.accounts.sweep(now)

    def _sweep_room(self, room: Room, now: float) -> None:
        room.sweep(now)
        for subscriber, error in room.subscriptions.take_failed():
            self._observers.taken_out(room.name, subscriber, error)
        empty_for = 0.0 if room.empty_since is None else now - room.empty_since
        if empty_for > self.limits.empty_room and not room.sessions and room.settled and room.close_down(now):
            self._close(room)

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend all deadlines of peers and rooms by them."""
        for peer in self.peers:
            peer.exclude_downtime(seconds, now)
        self.auth.exclude_downtime(seconds, now)
        self._each_room(lambda room: room.exclude_downtime(seconds, now))

    def _each_room(self, step: Callable[[Room], None]) -> None:
        for room in list(self.rooms.values()):
            try:
                step(room)
            except Exception as error:
                self._room_failed(room, error)

    # ------------------------------------------------------------------ the end

    def close(self, message: str, now: float) -> None:
        """Say `bye` to everyone, after all that is still to be written."""
        self.closing = True
        for room in list(self.rooms.values()):
            try:
                room.close_down(now)
                room.flush(now)
            except RoomBroken as error:
                self.room_broken(error)
        for peer in list(self.peers):
            peer.disconnect("closing", message)
