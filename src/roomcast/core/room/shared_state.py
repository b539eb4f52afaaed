"""How large the shared state of a room and of its players may grow."""

from __future__ import annotations

from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.messages import Json, SetRequest
from roomcast.core.room.fold import RoomState, patched
from roomcast.errors import Refused

ROOM = ""  # the owner of the room's own state; every other owner is a player's id


class StateSizes:
    """Upper bounds of the sizes of shared state, as JSON text, by owner.

    A bound grows with each patch; the state itself is measured only where its bound is over the limit.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bounds: dict[str, int] = {}  # bytes

    def check(self, owner: str, request: SetRequest, state: RoomState) -> None:
        """Count a patch in. Raises `Refused` ("state-full") where the state would be too large."""
        limit = "player_state" if owner else "room_state"
        most = getattr(self._limits, limit)
        size = self._bounds.get(owner, 2) + len(codec.encode(request.p))
        if size > most:
            size = len(codec.encode(patched(_state_of(owner, state), request.p, whole=request.whole)))
            if size > most:
                what = "shared state of a player" if owner else "shared state of the room"
                raise Refused("state-full", exceeded(limit, self._limits, size, what), request.n)
        self._bounds[owner] = size

    def measure(self, owner: str, state: dict[str, Json]) -> None:
        """Take the size of an owner's state as it is."""
        self._bounds[owner] = len(codec.encode(state))

    def forget(self, player: str) -> None:
        """A player has left, and its state with it."""
        self._bounds.pop(player, None)


def _state_of(owner: str, state: RoomState) -> dict[str, Json]:
    if owner == ROOM:
        return state.shared
    record = state.players.get(owner)
    return {} if record is None else record.state
