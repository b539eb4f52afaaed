"""Which rooms are watched, open or not, and by whom."""

from __future__ import annotations

from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.room.clock import Clock
from roomcast.core.room.room import Room
from roomcast.core.server.observers import Observer, RoomObservers
from roomcast.errors import Refused


class ObserverDirectory:
    """The observers of all rooms of one server, by the name of the room."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._rooms: dict[str, RoomObservers] = {}

    def add(self, name: str, observer: Observer, room: Room | None, now: float) -> None:
        """Let an observer watch the room of that name; `room`: where it is open. Raises `Refused` ("watch-full")."""
        observers = self._rooms.get(name)
        met = 0 if observers is None else len(observers)
        if met >= self._limits.room_observers and not observer.admin:
            what = f"the room {name!r} has observers enough"
            raise Refused("watch-full", exceeded("room_observers", self._limits, met, what))
        if observers is None:
            observers = self._rooms[name] = RoomObservers(name, self._clock, now)
            if room is not None:
                observers.room_opened(room, now)
        observer.room = name
        observers.add(observer, now)

    def remove(self, observer: Observer) -> None:
        """The observer watches no more; does nothing where it never did."""
        observers = self._rooms.get(observer.room)
        if observers is None:
            return
        observers.remove(observer)
        if not len(observers):
            del self._rooms[observer.room]
            observers.end()

    def room_opened(self, room: Room, now: float) -> None:
        if room.name in self._rooms:
            self._rooms[room.name].room_opened(room, now)

    def room_closed(self, room: Room) -> None:
        if room.name in self._rooms:
            self._rooms[room.name].room_closed()

    def tick(self, now: float) -> None:
        """About once a second: send the counts."""
        for observers in self._rooms.values():
            observers.tick(now)
