"""Which rooms are watched, open or not, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from roomcast.core.protocol.limits import Limits, exceeded, share_of
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.protocol.observer_messages import Watch
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.clock import Clock
from roomcast.core.room.room import Room
from roomcast.core.room.subscription import RoomSubscriber
from roomcast.core.server.accounts import Account
from roomcast.core.server.failures import Failures
from roomcast.core.server.observers import Observer, RoomObservers
from roomcast.core.server.room_lookup import RoomLookup
from roomcast.errors import Refused

SHARE_WHY: Final = "those of your address are more than their share (setting: address-share)"


_NO_SPECTATORS: Final = "the room's rules let nobody look on: only with the server's token it can be watched"
_WITH_PASSWORD: Final = "the room has a password: only with the server's token it can be watched"
_ASKS_WHO: Final = "the room's rules ask who comes: only with the server's token it can be watched"


def _why_not(room: Room) -> tuple[str, str] | None:
    """Why not everyone may watch a room: a code, and a sentence."""
    if room.meeting.password:
        return "bad-password", _WITH_PASSWORD
    if not room.spectators:
        return "not-allowed", _NO_SPECTATORS
    return ("not-allowed", _ASKS_WHO) if room.asks_who else None


class ObserverDirectory:
    """The observers of all rooms of one server, by the name of the room.

    Where those of a room fail, their connections end, and nothing else does. `broken` is called where the room failed.
    `rooms`: those that are open, by name. `check_token` raises `Refused` for one that is not the server's.
    """

    def __init__(
        self,
        limits: Limits,
        clock: Clock,
        failures: Failures,
        broken: Callable[[RoomBroken], object],
        lines: LineCodec = STANDARD,
        *,
        rooms: Mapping[str, Room],
        lookup: RoomLookup,
        check_token: Callable[[str, Account, float], object],
    ) -> None:
        self._lines = lines
        self._limits = limits
        self._clock = clock
        self._failures = failures
        self._broken = broken
        self._open = rooms
        self._lookup = lookup
        self._check_token = check_token
        self._rooms: dict[str, RoomObservers] = {}

    def observe(self, observer: Observer, watch: Watch, account: Account, now: float) -> None:
        """Let a connection watch a room, which need not be open.

        Raises `BadArgument` (the name) and `Refused` ("bad-token", "watch-full", "bad-password", "not-allowed").
        """
        name = self._lookup.look_up(watch.room, account, now)
        if watch.token:
            self._check_token(watch.token, account, now)
            observer.admin = True
        self._add(name, observer, self._open.get(name), now)

    def _add(self, name: str, observer: Observer, room: Room | None, now: float) -> None:
        if room is not None and not observer.admin and (why := _why_not(room)):
            raise Refused(*why)
        observers = self._rooms.get(name)
        met = 0 if observers is None else len(observers)
        if met >= self._limits.room_observers and not observer.admin:
            what = f"the room {name!r} has observers enough"
            giving = None if observers is None else self._gives_way(observers, observer.address)
            if giving is None:
                raise Refused("watch-full", exceeded("room_observers", self._limits, met, what))
            giving.disconnect("watch-full", f"{what}, and {SHARE_WHY}")
            self.remove(giving)
        if observers is None or observers.over:
            observers = self._rooms[name] = RoomObservers(name, self._clock, now, self._lines)
            if room is not None:
                observers.room_opened(room, now)
        observer.room = name
        observers.add(observer, now)

    def _gives_way(self, observers: Iterable[Observer], address: str) -> Observer | None:
        """Who watches no more for somebody from `address`: the last of another one that has more than its share."""
        watching = [one for one in observers if not one.admin]
        of_address = Counter(one.address for one in watching)
        largest, most = max(of_address.items(), key=lambda item: item[1], default=("", 0))
        if largest == address or most <= share_of(self._limits.room_observers, self._limits):
            return None
        return next(one for one in reversed(watching) if one.address == largest)

    def remove(self, observer: Observer) -> None:
        """The observer watches no more; does nothing where it never did."""
        observers = self._rooms.get(observer.room)
        if observers is None:
            return
        if observers.remove(observer) and not len(observers):
            del self._rooms[observer.room]
            observers.end()

    def end_looking_on(self, room: Room) -> None:
        """Let nobody look on, with the server's token excepted, whom the room does not let."""
        if why := _why_not(room):
            for observer in [one for one in self._rooms.get(room.name, ()) if not one.admin]:
                observer.disconnect(*why)
                self.remove(observer)
        if not room.spectators:
            for session in [one for one in room.sessions.values() if one.looks_on]:
                if session.peer is not None:
                    session.peer.disconnect("not-allowed", _NO_SPECTATORS)

    def room_opened(self, room: Room, now: float) -> None:
        self.end_looking_on(room)
        self._tell(room.name, lambda observers: observers.room_opened(room, now))

    def room_closed(self, room: Room) -> None:
        self._tell(room.name, RoomObservers.room_closed)

    def tick(self, now: float) -> None:
        """About once a second: send the counts."""
        for name in list(self._rooms):
            self._tell(name, lambda observers: observers.tick(now))

    def _tell(self, name: str, tell: Callable[[RoomObservers], object]) -> None:
        observers = self._rooms.get(name)
        if observers is None or observers.over:
            return
        try:
            tell(observers)
        except RoomBroken as error:
            self._broken(error)
        except Exception as error:
            self.taken_out(name, observers, error)

    def taken_out(self, name: str, subscriber: RoomSubscriber, error: Exception) -> None:
        """A subscriber of that room has raised: whoever watches by it connects anew."""
        self._failures.add("what is shown of it failed, and ended", name, error)
        try:
            subscriber.taken_out()
        except Exception as second:
            self._failures.add("the end of what is shown of it failed", name, second)
