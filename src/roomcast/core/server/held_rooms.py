"""Rooms that wait for a handler of their rules (`core.room.holding_room`), and the peers that wait to enter them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from roomcast.core.room.handler_runs import HandlerRuns
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.server.peer_contract import ServerPeer
from roomcast.core.server.waiting_peers import WaitingPeers
from roomcast.errors import Refused


class HeldRooms:
    """Of one server. `runs` runs the handlers.

    `failed` is called with a room in which something went wrong, `refused` with one that does not open.
    """

    def __init__(
        self,
        rooms: Mapping[str, Room],
        waiting: WaitingPeers,
        runs: HandlerRuns,
        failed: Callable[[Room, Exception], None],
        refused: Callable[[Room, Refused], None],
    ) -> None:
        self.runs: Final = runs
        self._rooms = rooms
        self._waiting = waiting
        self._failed = failed
        self._refused = refused

    def enter(self, room: Room, peer: ServerPeer, seats: int) -> Room | None:
        """An open room, for one that wants to enter. None: it has to wait; `room_opened` or `open_failed` follows."""
        if not room.held:
            return room
        self._waiting.add(room.name, peer, seats)
        return None

    def wait(self, room: Room, peer: ServerPeer) -> None:
        """Let one wait that was about to enter, before all others; `room_opened` or `open_failed` follows."""
        self._waiting.add_first(room.name, peer)

    def let_in(self, room: Room, now: float) -> None:
        """Those who wait for a room that is open: until one of them has it wait again."""
        while not room.held and self._rooms.get(room.name) is room:
            peer = self._waiting.next(room.name)
            if peer is None:
                return
            peer.room_opened(room, now)

    def handler_ended(self, room: RuledRoom, token: object, now: float) -> None:
        """A handler has ended for which the room waits, if it is still there."""
        if self._rooms.get(room.name) is not room:
            return
        try:
            room.finished(token, now)
        except Refused as error:
            self._refused(room, error)
        except Exception as error:
            self._failed(room, error)
        self.let_in(room, now)

    def work_ended(self, room: RuledRoom, token: object, now: float) -> None:
        """Work that a room has done beside its order has ended, if the room is still there."""
        if self._rooms.get(room.name) is not room:
            return
        try:
            room.work_ended(token, now)
        except Exception as error:
            self._failed(room, error)

    def closed(self, room: Room) -> None:
        """The room is no more."""
        if isinstance(room, RuledRoom):
            room.stop_works()

    def broken_off(self, room: Room, code: str, message: str) -> None:
        """The room was closed, whatever state it was in."""
        if isinstance(room, RuledRoom):
            room.abandon()
        for peer in self._waiting.take(room.name):
            peer.open_failed(Refused(code, message))
