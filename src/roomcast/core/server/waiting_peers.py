"""Who waits for which room: to be opened, or to go on where its rules wait for something."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from roomcast.core.server.peer_contract import ServerPeer


class WaitingPeers:
    """The rooms of one server into which peers cannot come yet, and the peers that wait for each, in their order."""

    def __init__(self) -> None:
        self._by_room: dict[str, dict[ServerPeer, int]] = {}  # with the seats that each wants
        self._waits_for: dict[ServerPeer, str] = {}  # the same the other way round

    def __len__(self) -> int:
        """How many rooms somebody waits for."""
        return len(self._by_room)

    def rooms_beside(self, rooms: Collection[str]) -> int:
        """How many rooms there are: these, which are open, and those that are being opened."""
        return len(rooms) + sum(room not in rooms for room in self._by_room)

    def __contains__(self, room: str) -> bool:
        """Whether somebody waits for the room of that name."""
        return room in self._by_room

    def count(self, room: str) -> int:
        """How many seats those want who wait for the room of that name."""
        return sum(self._by_room.get(room, {}).values())

    def add(self, room: str, peer: ServerPeer, seats: int = 1) -> None:
        """`seats`: how many it wants, with those for its party."""
        self._by_room.setdefault(room, {})[peer] = seats
        self._waits_for[peer] = room

    def add_first(self, room: str, peer: ServerPeer) -> None:
        """As `add`, before all others."""
        self._by_room[room] = {peer: 1} | self._by_room.get(room, {})
        self._waits_for[peer] = room

    def next(self, room: str) -> ServerPeer | None:
        """The first of those who wait for a room, which is open; it waits no more. None: nobody does."""
        waiting = self._by_room.get(room)
        if not waiting:
            self._by_room.pop(room, None)
            return None
        peer = next(iter(waiting))
        del waiting[peer], self._waits_for[peer]
        return peer

    def remove(self, peer: ServerPeer) -> None:
        """The peer waits no more; does nothing where it never did."""
        room = self._waits_for.pop(peer, None)
        if room is not None:
            del self._by_room[room][peer]

    def take(self, room: str) -> Iterable[ServerPeer]:
        """Those who have waited for a room, which is open now or cannot be opened; they wait no more."""
        waiting = self._by_room.pop(room, {})
        for peer in waiting:
            del self._waits_for[peer]
        return waiting
